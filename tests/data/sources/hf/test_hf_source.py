"""Source ``hf``: what is read of local datasets in each form, streamed or not, and what is refused."""

import json

import numpy as np
import pytest
from small_pictures import picture, save, square

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.imagery.images import decode_rgb
from rsica_data.sources.hf.opened_sets import Rows
from rsica_data.sources.hf.source import SOURCE

COLUMNS = {"before": "t1", "after": "t2", "change_mask": "change", "captions": "texts", "id": "name", "changed": "flag"}
CLASSES = {"building": 255}


def check(found, expected, split="train"):
    assert [*found] == [f"hf/{split}/place_{number}" for number in range(4)]
    for number, pair in enumerate(found.values()):
        before, after, mask = expected(number)
        assert np.array_equal(decode_rgb(pair.before.data), before)
        assert np.array_equal(decode_rgb(pair.after.data), after)
        assert np.array_equal(pair.change_mask, mask)
        assert pair.changed is (number % 2 == 1)
        assert pair.captions == (("a house is built",) if number % 2 else ("the scenes are the same",))
        assert pair.before.path == f"{split}/A/place_{number}.png"


@pytest.mark.parametrize("streaming", [False, True])
def test_parquet_streamed_or_not(pairs, as_dataset, parquet, load_all, expected, streaming):
    root = parquet(train=as_dataset(pairs))
    found, rejected = load_all(SOURCE, root, columns=COLUMNS, classes=CLASSES, streaming=streaming)
    assert not rejected
    check(found, expected)


def test_what_save_to_disk_writes(pairs, as_dataset, tmp_path, load_all, expected):
    from datasets import DatasetDict

    DatasetDict(validation=as_dataset(pairs)).save_to_disk(str(tmp_path / "saved"))
    check(load_all(SOURCE, tmp_path / "saved", columns=COLUMNS, classes=CLASSES)[0], expected, "val")
    as_dataset(pairs).save_to_disk(str(tmp_path / "one"))
    check(load_all(SOURCE, tmp_path / "one", columns=COLUMNS, classes=CLASSES)[0], expected)


@pytest.mark.parametrize("streaming", [False, True])
def test_an_image_folder_with_metadata(tmp_path, load_all, streaming):
    rows = []
    for number in range(2):
        save(tmp_path / "in" / "test" / f"a{number}.png", picture(number))
        save(tmp_path / "in" / "test" / f"b{number}.png", picture(9 + number))
        rows.append({"pre_file_name": f"a{number}.png", "post_file_name": f"b{number}.png", "text": "a road"})
    (tmp_path / "in" / "test" / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    columns = {"before": "pre", "after": "post", "captions": "text"}
    found, rejected = load_all(SOURCE, tmp_path / "in", columns=columns, streaming=streaming)
    assert not rejected and [*found] == ["hf/test/test_00000000", "hf/test/test_00000001"]
    assert np.array_equal(decode_rgb(found["hf/test/test_00000001"].after.data), picture(10))


@pytest.mark.parametrize("streaming", [False, True])
def test_rows_of_one_id_are_one_pair_with_its_questions(as_dataset, parquet, load_all, pairs, streaming):
    from datasets import ClassLabel

    number = [0, 0, 1]
    rows = {
        "t1": [pairs["t1"][n] for n in number],
        "id": [f"{n}" for n in number],
        "asked": ["How many roads?", "Is it rural?", "Is it rural?"],
        "said": ["2", "yes", "no"],
        "sort": [0, 1, 1],
    }
    data = as_dataset(rows, images=("t1",), sort=ClassLabel(names=["count", "yes no"]))
    columns = {"before": "t1", "id": "id", "question": "asked", "answer": "said", "kind": "sort"}
    found, _ = load_all(SOURCE, parquet(test=data), columns=columns, streaming=streaming)
    assert [*found] == ["hf/test/0", "hf/test/1"]
    first, second = found["hf/test/0"].questions, found["hf/test/1"].questions
    assert [(one.kind, one.turns, one.options) for one in first] == [
        ("count", (("How many roads?", "2"),), ("a whole number",)),
        ("yes_no", (("Is it rural?", "yes"),), ("no", "yes")),
    ]
    assert [one.turns for one in second] == [(("Is it rural?", "no"),)]
    assert found["hf/test/0"].after is None


def test_lists_of_images_and_of_questions(as_dataset, parquet, load_all, pairs):
    from datasets import Image, List

    rows = {
        "images": [[pairs["t1"][0], pairs["t2"][0]], [pairs["t1"][1]]],
        "q": [["a?", "b?"], ["a?"]],
        "a": [["x", "y"], ["z"]],
    }
    data = as_dataset(rows, images=()).cast_column("images", List(Image(decode=False)))
    columns = {"before": "images[0]", "after": "images[1]", "question": "q", "answer": "a"}
    found, rejected = load_all(SOURCE, parquet(train=data), columns=columns)
    (pair,) = found.values()
    assert [one.turns[0] for one in pair.questions] == [("a?", "x"), ("b?", "y")]
    (error,) = rejected.values()
    assert error.reason == "missing-part" and "'images[1]' is not there" in error.detail


def test_splits_by_a_column(pairs, as_dataset, parquet, load_all):
    rows = {**pairs, "part": ["training", "dev", "held", "test"]}
    root = parquet(train=as_dataset(rows))
    found, _ = load_all(SOURCE, root, columns={**COLUMNS, "split": "part"}, classes=CLASSES)
    assert [*found] == ["hf/train/place_0", "hf/val/place_1", "hf/test/place_3"]
    stated = {"train": ["training", "dev"], "test": "held"}
    found, _ = load_all(SOURCE, root, columns={**COLUMNS, "split": "part"}, classes=CLASSES, split=stated)
    assert [*found] == ["hf/train/place_0", "hf/train/place_1", "hf/test/place_2"]


def test_masks_as_lists_and_label_maps_of_changed_pixels(as_dataset, parquet, load_all, pairs):
    before, after = square(1), square(2, 3)
    rows = {"t1": pairs["t1"][:1], "t2": pairs["t2"][:1], "l1": [before.tolist()], "l2": [after.tolist()]}
    root = parquet(train=as_dataset(rows, images=("t1", "t2")))
    columns = {"before": "t1", "after": "t2", "before_labels": "l1", "after_labels": "l2"}
    classes = {"water": 1, "road": 2}
    (pair,) = load_all(SOURCE, root, columns=columns, classes=classes, labels="changed-only")[0].values()
    assert np.array_equal(pair.before_labels, before) and np.array_equal(pair.after_labels, after)
    assert np.array_equal(pair.change_mask, np.where(after > 0, after, before)) and not pair.labels_whole
    (pair,) = load_all(SOURCE, root, columns=columns, classes=classes)[0].values()
    assert pair.change_mask is None and pair.labels_whole


def test_paths_attributes_threshold_and_null_masks(tmp_path, as_dataset, parquet, load_all, pairs):
    rows = {"t1": ["images/a.png", "../out.png"], "change": [pairs["change"][1], None], "city": ["Graz", "Wien"]}
    root = parquet(test=as_dataset(rows, images=("change",)))
    save(root / "images" / "a.png", picture(1))
    save(tmp_path / "out.png", picture(1))
    columns = {"before": "t1", "change_mask": "change", "attributes": ["city"]}
    found, rejected = load_all(SOURCE, root, columns=columns, classes={"building": 255}, mask_threshold=128)
    (pair,) = found.values()
    assert np.array_equal(decode_rgb(pair.before.data), picture(1)) and pair.attributes == {"city": "Graz"}
    assert pair.change_mask.sum() == 36
    assert [error.reason for error in rejected.values()] == ["outside-input"]


def test_index_reads_no_image_and_a_broken_one_is_rejected(pairs, as_dataset, parquet, load_all):
    pairs["t1"][2] = {"bytes": b"no image", "path": None}
    pairs["t2"][3] = None
    found, rejected = load_all(SOURCE, parquet(train=as_dataset(pairs)), columns=COLUMNS, classes=CLASSES)
    assert len(found) == 2
    assert {name: error.reason for name, error in rejected.items()} == {
        "hf/train/place_2": "unknown-format",
        "hf/train/place_3": "missing-file",
    }


def test_a_stream_is_read_again_where_rows_are_asked_out_of_order(pairs, as_dataset, parquet, expected):
    options = SOURCE.options(columns=COLUMNS, classes=CLASSES, streaming=True)
    root = parquet(train=as_dataset(pairs))
    keys = SOURCE.index(root, options)
    for number in (3, 0, 2, 2, 1):
        pair = SOURCE.load(root, keys[number], options)
        assert np.array_equal(decode_rgb(pair.before.data), expected(number)[0])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            {"columns": {"before": "A", "after": "B"}},
            "columns: the dataset has no columns 'A' (before), 'B' (after) (it has: t1, t2, change, texts, name,",
        ),
        ({"columns": {"before": "t1", "captions": "txt"}}, "the dataset has no column 'txt' (captions) (it has: t1,"),
        ({"columns": COLUMNS, "classes": CLASSES, "split": {"test": "hold"}}, "the dataset has no split 'hold'"),
        (
            {"columns": COLUMNS, "classes": CLASSES, "split": "hold"},
            "cannot be told: it has hold (state them,",
        ),
        (
            {"columns": {**COLUMNS, "changed": "city"}, "classes": CLASSES},
            "row 0 of split 'train': changeflag 'ci",
        ),
        ({"columns": {"before": "t1", "question": "texts", "answer": "name"}}, "has 2 questions and 1 answers"),
        (
            {"columns": {"before": "t1", "split": "city"}},
            "splits of the column 'city' cannot be told: it has city 0",
        ),
    ],
)
@pytest.mark.parametrize("streaming", [False, True])
def test_what_is_refused_and_how(pairs, as_dataset, parquet, options, told, streaming):
    with pytest.raises(UserError) as caught:
        SOURCE.index(parquet(train=as_dataset(pairs)), SOURCE.options(**options, streaming=streaming))
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_an_id_twice_without_anything_to_join(pairs, as_dataset, parquet):
    pairs["name"] = ["x"] * 4
    root = parquet(train=as_dataset(pairs))
    with pytest.raises(UserError, match="rows 0 and 1 of split 'train' have the id 'x'"):
        SOURCE.index(root, SOURCE.options(columns={"before": "t1", "id": "name"}))
    with pytest.raises(UserError, match="row 0 of split 'train' has no id"):
        empty = parquet("b", train=as_dataset({**pairs, "name": [""] * 4}))
        SOURCE.index(empty, SOURCE.options(columns={"before": "t1", "id": "name"}))


def test_a_folder_without_a_dataset_and_a_hub_that_cannot_be_reached(tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="empty: source.options: cannot be opened as a dataset"):
        SOURCE.index(tmp_path / "empty", SOURCE.options(columns={"before": "a"}))
    import datasets

    def absent(*_, **__):
        raise ConnectionError("offline mode is enabled\nmore")

    monkeypatch.setattr(datasets, "load_dataset", absent)
    chosen = SOURCE.options(repo="someone/pairs", streaming=True, columns={"before": "a"})
    with pytest.raises(UserError, match="someone/pairs: .*ConnectionError: offline mode is enabled$"):
        SOURCE.index(None, chosen)
    assert not SOURCE.reads_folder(chosen) and SOURCE.reads_folder(SOURCE.options(columns={"before": "a"}))


def test_masks_need_classes_and_columns_go_together():
    with pytest.raises(ValueError, match="change_mask is given: classes should map class names"):
        SOURCE.options(columns=COLUMNS)
    with pytest.raises(ValueError, match="question and answer go together"):
        SOURCE.options(columns={"before": "a", "question": "q"})
    with pytest.raises(ValueError, match="kind is given without question"):
        SOURCE.options(columns={"before": "a", "kind": "q"})
    with pytest.raises(ValueError, match=r"'images\[' should be a key"):
        SOURCE.options(columns={"before": "images["})


def test_notes_say_which_splits_were_read(pairs, as_dataset, parquet):
    data = as_dataset(pairs)
    root = parquet(train=data, extra=data)
    assert SOURCE.notes(root, SOURCE.options(columns=COLUMNS, classes=CLASSES)) == [
        "splits: 'train' as train; left out: extra"
    ]


def test_an_image_that_is_none(as_dataset, parquet, load_all):
    found, rejected = load_all(SOURCE, parquet(test=as_dataset({"t1": [3]}, images=())), columns={"before": "t1"})
    assert not found
    (error,) = rejected.values()
    assert isinstance(error, InvalidItemError) and error.reason == "image-form"


class Breaking:
    """A streamed dataset whose second row cannot be read."""

    features = None

    def select_columns(self, names):
        return self

    def decode(self, wanted):
        return self

    def __iter__(self):
        yield {"name": "one"}
        raise OSError("page header\nmore")


def test_a_damaged_file_ends_with_one_line():
    rows = Rows(Breaking(), streamed=True)
    assert rows.columns == ["name"]
    texts = rows.texts(["name"])
    assert next(texts) == {"name": "one"}
    with pytest.raises(UserError, match="source.options: row 1 cannot be read: OSError: page header$"):
        next(texts)
    assert rows.row(0) == {"name": "one"}
    with pytest.raises(InvalidItemError, match="unreadable-row: row 1: OSError: page header$"):
        rows.row(1)
    with pytest.raises(InvalidItemError, match="unreadable-row: row 5"):
        rows.row(5)
