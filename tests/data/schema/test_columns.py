"""Records by column give the arrays that pyarrow makes of the same rows as dictionaries."""

import subprocess
import sys
from dataclasses import asdict

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rsica_data.schema import columns
from rsica_data.schema.arrow import (
    FACTS_TYPE,
    INSTRUCTIONS_SCHEMA,
    PAIRS_SCHEMA,
    StoredPair,
    instruction_from_row,
    instructions_table,
    pair_from_row,
    pairs_table,
)
from rsica_data.schema.columns import column
from rsica_data.schema.facts import ChangeFacts, ClassFacts, CoverFacts, ObjectFacts, TransitionFacts
from rsica_data.schema.records import ClassDef, EncodedImage, ExtraImage, Instruction, Provenance, Turn

text = st.sampled_from(["", "road", "Straße", "\U0001f6e3"])
whole = st.integers(0, 9)
point = st.tuples(whole, whole)
numbers = st.sampled_from([0.0, -1.5, 2.25e-300, 1e300])
objects = st.builds(
    ObjectFacts,
    object_id=whole,
    class_id=whole,
    box=st.tuples(whole, whole, whole, whole),
    obb=st.tuples(numbers, numbers, numbers, numbers, numbers),
    centroid=st.tuples(numbers, numbers),
    area_px=whole,
    outline=st.lists(point, max_size=2).map(tuple),
    outer=st.booleans(),
    tags=st.none() | st.dictionaries(text, text, max_size=3),
    confidence=st.none() | numbers,
    direction=st.sampled_from([None, "built", "removed"]),
    cells=st.lists(st.sampled_from(["top-left", "center"]), max_size=2).map(tuple),
)
classes = st.builds(
    ClassFacts,
    class_id=whole,
    name=text,
    count_components=whole,
    count_contours=whole,
    area_px=whole,
    area_m2=st.none() | numbers,
    fraction=numbers,
    cells_touch=st.just(("top-left",)) | st.just(()),
    cells_centroid=st.just(()),
    largest=st.none() | whole,
)
facts = st.builds(
    ChangeFacts,
    version=st.just(2),
    width=whole,
    height=whole,
    gsd_m=st.none() | numbers,
    classes=st.lists(classes, max_size=2).map(tuple),
    objects=st.lists(objects, max_size=2).map(tuple),
    transitions=st.lists(st.builds(TransitionFacts, whole, whole, whole, numbers), max_size=2).map(tuple),
    cover=st.lists(st.builds(CoverFacts, whole, text, st.none() | whole, st.none() | whole), max_size=2).map(tuple),
)


def plain(record):
    """A record of facts as the nested dictionaries that pyarrow takes."""
    if record is None:
        return None
    row = asdict(record)
    for item in row["objects"]:
        tags = item["tags"]
        item["tags"] = None if tags is None else [{"key": key, "value": tags[key]} for key in sorted(tags)]
    return row


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.none() | facts, max_size=2))
def test_facts_are_the_arrays_of_their_rows(records):
    expected = pa.array([plain(record) for record in records], FACTS_TYPE)
    found = column(records, FACTS_TYPE)
    found.validate(full=True)
    assert found.equals(expected)


@given(st.lists(st.none() | st.lists(st.none() | text, max_size=3), max_size=5))
def test_lists_with_nulls(values):
    kind = pa.list_(pa.string())
    assert column(values, kind).equals(pa.array(values, kind))


def test_pairs_and_instructions_come_back():
    image = EncodedImage("a.png", b"\x89PNG")
    extra = (ExtraImage("prior", None, image), ExtraImage("later", "2020", image))
    bare = StoredPair(
        pair_id="s/test/1",
        split="test",
        source="s",
        before=image,
        after=None,
        change_mask=None,
        before_labels=None,
        after_labels=None,
        ignore_id=None,
        extra_images=(),
        classes=(),
        width=1,
        height=2,
        gsd_m=None,
        crs=None,
        transform=None,
        before_date=None,
        after_date=None,
        captions=(),
        changed=None,
        facts=None,
        license=None,
        attributes={},
    )
    full = StoredPair(
        pair_id="s/test/2",
        split="test",
        source="s",
        before=image,
        after=image,
        change_mask=image,
        before_labels=image,
        after_labels=image,
        ignore_id=255,
        extra_images=extra,
        classes=(ClassDef(1, "road"),),
        width=1,
        height=2,
        gsd_m=0.5,
        crs="EPSG:4326",
        transform=(1.0, 0.0, 2.0, 0.0, -1.0, 3.0),
        before_date="2019",
        after_date="2020",
        captions=("Ä road.",),
        changed=True,
        facts=ChangeFacts(2, 1, 2, 0.5, (), ()),
        license="CC0",
        attributes={"b": [1], "a": None},
    )
    table = pairs_table([bare, full])
    assert table.schema.equals(PAIRS_SCHEMA, check_metadata=True)
    assert [pair_from_row(row) for row in table.to_pylist()] == [bare, full]
    assert table["attributes"].to_pylist() == ["{}", '{"a":null,"b":[1]}']
    turns = (Turn("user", "?"), Turn("assistant", "!"))
    item = Instruction(
        *("s/test/2#counting#0", "s/test/2", "test", "counting", "counting", turns, {"road": 1}),
        *(("one",), None, Provenance("rule", "t", 1, seed=2**62)),
    )
    table = instructions_table([item])
    assert table.schema.equals(INSTRUCTIONS_SCHEMA, check_metadata=True)
    assert [instruction_from_row(row) for row in table.to_pylist()] == [item]
    assert pairs_table([]).num_rows == instructions_table([]).num_rows == 0


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(
        [
            (pa.string(), text),
            (pa.binary(), text.map(str.encode)),
            (pa.bool_(), st.booleans()),
            (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
            (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
            (pa.float64(), st.floats(allow_nan=False) | whole),
        ]
    ).flatmap(lambda pair: st.tuples(st.just(pair[0]), st.lists(st.none() | pair[1], max_size=20)))
)
def test_plain_values_are_those_of_pyarrow(drawn):
    kind, values = drawn
    made = column(values, kind)
    made.validate(full=True)
    assert made.equals(pa.array(values, kind))


def test_a_build_makes_its_tables_without_pandas():
    told = "import sys; from rsica_data.schema.columns import column; import pyarrow as pa; "
    told += "column(['a', None], pa.string()); column([], pa.float64()); assert 'pandas' not in sys.modules"
    subprocess.run([sys.executable, "-c", told], check=True)


@pytest.mark.parametrize("sizes", [[], [None], [3, 0, None, 5], [1 << 20, None, 3 << 20, 7], [2] * 70])
def test_images_taken_up_one_by_one_give_the_same_array(sizes):
    images = [None if size is None else EncodedImage(f"A/{size}.png", bytes([7]) * size) for size in sizes]
    taken = columns.ImageColumn()
    for turn in range(2):  # the second time in the memory of the first
        for image in images[turn:]:
            taken.append(image)
        assert taken.array().equals(columns.column(images[turn:], columns.IMAGE_TYPE))
        taken.array().validate(full=True)
        taken.clear()
    taken.release()
    other = columns.ImageColumn()
    other.append(EncodedImage("b", b"other"))
    assert other.array().to_pylist() == [{"bytes": b"other", "path": "b"}]


def test_images_past_what_a_column_holds_are_refused(monkeypatch):
    monkeypatch.setattr(columns, "_LARGEST_OFFSET", 10)
    taken = columns.ImageColumn()
    taken.append(EncodedImage("a", b"123456"))
    with pytest.raises(ValueError, match="12 bytes"):
        taken.append(EncodedImage("a", b"123456"))
