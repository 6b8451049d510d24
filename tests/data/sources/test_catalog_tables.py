"""Tables of captions, questions and splits in every file form, and one JSON file an image."""

import gzip
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from rsica_data.core.errors import UserError
from rsica_data.sources.catalog.catalog_pages import load_page, read_page
from rsica_data.sources.catalog.page_questions import QuestionForm, read_questions
from rsica_data.sources.catalog.page_tables import TableForm, image_name, table_rows
from rsica_data.sources.catalog.source import SOURCE, CatalogOptions

ROWS = [{"image": "a/1.png", "caption": "A road."}, {"image": "a/2.png", "caption": "A house."}]
PAGE = """
name: mine
title: Mine
family: one date text
summary: Mine.
layouts:
  - name: flat
    before: "images/{{name}}.png"
    captions: {captions}
    split_names: {{training: train, testing: test}}
    splits: {splits}
"""


def write_rows(path, rows):
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".csv":
        lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
        path.write_text("\n".join(lines))
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        path.write_text(json.dumps(rows))


def write_images(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(folder / f"{name}.png")


@pytest.mark.parametrize("suffix", ["csv", "json", "jsonl", "parquet"])
def test_rows_are_the_same_in_every_form(tmp_path, suffix):
    path = tmp_path / f"t.{suffix}"
    write_rows(path, ROWS)
    assert [dict(row) for row in table_rows(path, ("image", "caption"))] == ROWS


def test_of_a_parquet_file_only_the_columns_that_are_asked_for_are_read(tmp_path):
    path = tmp_path / "t.parquet"
    write_rows(path, [{**row, "picture": b"0" * 100} for row in ROWS])
    assert [dict(row) for row in table_rows(path, ("image", "absent"))] == [{"image": "a/1.png"}, {"image": "a/2.png"}]


@pytest.mark.parametrize(
    ("cell", "name", "found"),
    [
        ("a/b/1.png", None, "1"),
        (["x\\1.tif", "y/1.tif"], None, "1"),
        (12, None, "12"),
        ("sysu_test_00001.png", "sysu_*_{name}.png", "00001"),
        ("other.png", "sysu_*_{name}.png", None),
        ("", None, None),
        ([], None, None),
        (True, None, None),
    ],
)
def test_names_that_cells_hold(cell, name, found):
    assert image_name(cell, TableForm(file="a.csv", name=name)) == found


def build_keys(tmp_path, captions, splits):
    path = tmp_path / "mine.yaml"
    path.write_text(PAGE.format(captions=captions, splits=splits))
    options = CatalogOptions(page=read_page(path))
    return {key.pair_id: key for key in SOURCE.index(tmp_path / "in", options)}


@pytest.mark.parametrize("suffix", ["csv", "json", "jsonl", "parquet"])
def test_a_table_tells_captions_flags_and_splits(tmp_path, suffix):
    write_images(tmp_path / "in" / "images", "1", "2", "3")
    rows = [
        {"image": "1.png", "caption": "A road.", "flag": 1, "part": "training"},
        {"image": "1.png", "caption": "A long road.", "flag": 1, "part": "training"},
        {"image": "2.png", "caption": "Nothing.", "flag": 0, "part": "testing"},
        {"image": "not-here.png", "caption": "Nothing.", "flag": 0, "part": "testing"},
    ]
    write_rows(tmp_path / "in" / f"t.{suffix}", rows)
    table = f"{{table: {{file: 't.{suffix}', changed: flag}}}}"
    keys = build_keys(tmp_path, table, f"[{{table: {{file: 't.{suffix}', split: part}}}}]")
    assert {name: (key.captions, key.changed) for name, key in keys.items()} == {
        "mine/train/1": (("A road.", "A long road."), True),
        "mine/test/2": (("Nothing.",), False),
    }


def test_a_split_that_is_none_is_an_error(tmp_path):
    write_images(tmp_path / "in" / "images", "1")
    write_rows(tmp_path / "in" / "t.csv", [{"image": "1.png", "caption": "A road.", "split": "odd"}])
    with pytest.raises(UserError, match="split is none of train, val, test, training, testing"):
        build_keys(tmp_path, "{table: {file: t.csv}}", "[{table: {file: t.csv}}]")


@pytest.mark.parametrize(("row", "told"), [({"image": "1.png"}, "row 1 lacks"), ({"caption": "x"}, "row 1 lacks")])
def test_a_row_that_lacks_something_is_an_error(tmp_path, row, told):
    write_images(tmp_path / "in" / "images", "1")
    write_rows(tmp_path / "in" / "t.json", [row])
    with pytest.raises(UserError, match=told):
        build_keys(tmp_path, "{table: {file: t.json}}", "[{all: test}]")


def test_options_are_written_below_the_question(tmp_path):
    write_rows(
        tmp_path / "t.parquet",
        [
            {
                "image": ["1.png"],
                "question": "Which?",
                "answer": "B",
                "choices": ["(A) a road", "(B) a house"],
                "type": "x y",
            }
        ],
    )
    form = QuestionForm(rows={"file": "t.parquet", "options": "choices"})
    (question,) = read_questions(tmp_path, "", form, {})["", "1"].questions
    assert question.turns == (("Which?\n(A) a road\n(B) a house", "B"),)
    assert question.kind == "x_y"


def test_one_file_an_image(tmp_path):
    folder = tmp_path / "train" / "QAs"
    folder.mkdir(parents=True)
    documents = {"1": (["Where to land?", "Say where."], ["On the runway.", "There."]), "2": (["Where?"], [""])}
    for name, (asked, answers) in documents.items():
        (folder / f"{name}.json").write_text(json.dumps({"questions": asked, "answer": answers}))
    told = read_questions(tmp_path, "", load_page("earthreason").layouts[0].questions, {"train": "train"})
    assert [question.turns for question in told["train", "1"].questions] == [(("Where to land?", "On the runway."),)]
    assert [question.turns for question in told["train", "2"].questions] == [(("Where?", ""),)]
    answered = load_page("earthreason").layouts[0].questions.model_dump()
    answered["each"]["unanswered"] = False
    told = read_questions(tmp_path, "", QuestionForm(**answered), {"train": "train"})
    assert told["train", "2"].questions == [] and len(told["train", "1"].questions) == 1


def test_the_captions_that_cdchat_published(real_data, tmp_path):
    packed = real_data / "cdchat_sysu" / "sysu_test_captions.json.gz"
    if not packed.is_file():
        pytest.skip("no captions of CDChat")
    (tmp_path / "sysu_test_captions.json").write_bytes(gzip.decompress(packed.read_bytes()))
    for side in ("time1", "time2"):
        write_images(tmp_path / "test" / side, "00000", "00002")
    keys = SOURCE.index(tmp_path, CatalogOptions(page=load_page("cdchat")))
    assert len(keys) == 3774
    first = next(key for key in keys if key.pair_id == "cdchat/test/00000")
    assert first.captions == ("Some new containers appeared on the bottom left of the image.",)
    assert first.changed is True
