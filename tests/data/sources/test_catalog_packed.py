"""Images inside tar shards and Parquet tables."""

import io
import json
import tarfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.imagery.images import decode_rgb
from rsica_data.sources.catalog.catalog_pages import load_page, read_page
from rsica_data.sources.catalog.packed_images import PackedForm, read_members
from rsica_data.sources.catalog.source import SOURCE, CatalogOptions

PAGE = """
name: mine
title: Mine
family: one date text
summary: Mine.
layouts:
  - name: shards
    before: {packed: FORM}
    splits: SPLITS
"""


def picture(level, kind="JPEG"):
    out = io.BytesIO()
    Image.fromarray(np.full((8, 8, 3), level, np.uint8)).save(out, kind)
    return out.getvalue()


def write_tar(path, files):
    with tarfile.open(path, "w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def load_pairs(root, form, splits="[]"):
    path = root / "mine.yaml"
    path.write_text(PAGE.replace("FORM", form).replace("SPLITS", splits))
    options = CatalogOptions(page=read_page(path))
    return {key.pair_id: SOURCE.load(root, key, options) for key in SOURCE.index(root, options)}


def test_shards_of_rsteller(tmp_path):
    texts = [{"task": 1, "text": "A farm ."}, {"task": 3, "text": "Fields."}, {"task": 2, "text": " . "}]
    document = {"metadata": {"patch_id": 5, "image_name": "m"}, "annotations": texts}
    write_tar(
        tmp_path / "Patches0000.tar",
        {"0.json": json.dumps(document).encode(), "0.jpg": picture(40), "1.jpg": picture(90), "1.json": b"{}"},
    )
    options = CatalogOptions(page=load_page("rsteller"))
    first, second = SOURCE.index(tmp_path, options)
    pair = SOURCE.load(tmp_path, first, options)
    assert (pair.pair_id, pair.before.path) == ("rsteller/train/0", "Patches0000.tar/0.jpg")
    assert pair.captions == ("A farm", "Fields.")
    assert first.extra["captions_left_out"] == 1
    assert pair.after is None
    assert abs(int(decode_rgb(pair.before.data)[0, 0, 0]) - 40) < 3
    assert SOURCE.load(tmp_path, second, options).captions == ()


def test_shards_tell_splits(tmp_path):
    write_tar(tmp_path / "train-0.tar", {"a/7.png": picture(1, "PNG")})
    write_tar(tmp_path / "test-0.tar", {"7.png": picture(2, "PNG")})
    pairs = load_pairs(tmp_path, "{tar: {train: 'train-*.tar', test: 'test-*.tar'}}")
    assert {name: int(decode_rgb(pair.before.data)[0, 0, 0]) for name, pair in pairs.items()} == {
        "mine/train/7": 1,
        "mine/test/7": 2,
    }


CELLS = {
    "bytes": lambda data: data,
    "struct": lambda data: {"bytes": data, "path": "x.png"},
    "list": lambda data: [{"bytes": data, "path": None}, {"bytes": b"", "path": None}],
}


@pytest.mark.parametrize("cell", CELLS)
def test_parquet_with_questions(tmp_path, cell):
    rows = [
        {
            "image": CELLS[cell](picture(10 * number, "PNG")),
            "index": number,
            "question": f"How many? {number}",
            "multi-choice options": ["(A) one", "(B) two"],
            "answer": "AB"[number % 2],
            "category": "Counting/All",
        }
        for number in range(5)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "test-00000.parquet", row_group_size=2)
    options = CatalogOptions(page=load_page("xlrs-bench"))
    pairs = [SOURCE.load(tmp_path, key, options) for key in SOURCE.index(tmp_path, options)]
    assert [pair.pair_id for pair in pairs] == [f"xlrs-bench/test/{number}" for number in range(5)]
    assert [int(decode_rgb(pair.before.data)[0, 0, 0]) for pair in pairs] == [0, 10, 20, 30, 40]
    (question,) = pairs[3].questions
    assert question.turns == (("How many? 3\n(A) one\n(B) two", "B"),)
    assert (question.kind, question.options) == ("Counting/All", ("A", "B"))


def test_deep_tiff_inside_a_shard_is_stretched(tmp_path):
    from rsica_data.imagery.raster_files import encode_tiff

    write_tar(tmp_path / "a.tar", {"1.tif": encode_tiff(np.full((8, 8, 3), 1500, np.uint16))})
    text = PAGE.replace("{packed: FORM}", "{packed: {tar: '*.tar'}, stretch: [0, 3000]}").replace(
        "SPLITS", "[{all: test}]"
    )
    (tmp_path / "mine.yaml").write_text(text)
    options = CatalogOptions(page=read_page(tmp_path / "mine.yaml"))
    (key,) = SOURCE.index(tmp_path, options)
    assert decode_rgb(SOURCE.load(tmp_path, key, options).before.data)[0, 0].tolist() == [128, 128, 128]


def test_names_of_two_shards_are_told_apart(tmp_path):
    for name in ("a", "b"):
        write_tar(tmp_path / f"{name}.tar", {"1.jpg": picture(1)})
    with pytest.raises(UserError, match=r"'1' is also in a\.tar"):
        read_members(tmp_path, "", PackedForm(tar="*.tar"))


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b\x08\0", b"no tar at all" * 100])
def test_a_file_that_is_no_tar(tmp_path, data):
    (tmp_path / "a.tar").write_bytes(data)
    with pytest.raises(UserError, match="damaged, or no tar without compression"):
        read_members(tmp_path, "", PackedForm(tar="a.tar"))


def test_broken_members_are_left_out_one_by_one(tmp_path):
    write_tar(tmp_path / "a.tar", {"1.jpg": b"", "2.jpg": b"no picture", "3.jpg": picture(3)})
    (tmp_path / "mine.yaml").write_text(PAGE.replace("FORM", "{tar: a.tar}").replace("SPLITS", "[{all: test}]"))
    options = CatalogOptions(page=read_page(tmp_path / "mine.yaml"))
    reasons = []
    for key in SOURCE.index(tmp_path, options):
        try:
            SOURCE.load(tmp_path, key, options)
            reasons.append(None)
        except InvalidItemError as error:
            reasons.append(error.reason)
    assert reasons == ["missing-file", "unknown-format", None]


@pytest.mark.parametrize("form", ["{}", "{tar: a.tar, parquet: a.parquet}", "{tar: ../a.tar}", "{tar: {odd: a.tar}}"])
def test_mistakes_in_a_form(tmp_path, form):
    with pytest.raises(UserError):
        load_pairs(tmp_path, form)
