"""Questions that came with a set: CDVQA's official files, ChangeChat's JSON there and back."""

import gzip
import json

import pytest

from rsica_data.core.errors import UserError
from rsica_data.dataset.opening import open_dataset
from rsica_data.schema import ParseContext, Question, Unparsed
from rsica_data.sources.catalog.catalog_page import Page
from rsica_data.sources.catalog.catalog_pages import load_page
from rsica_data.sources.catalog.page_questions import QuestionForm, read_questions
from rsica_data.sources.catalog.source import SOURCE, CatalogOptions
from rsica_data.tasks.given_qa import TASK

CDVQA = load_page("cdvqa").layouts[0]


def test_the_official_validation_files_of_cdvqa(real_data, tmp_path):
    for key in ("questions", "answers", "images"):
        packed = real_data / "cdvqa" / f"Val_{key}.json.gz"
        (tmp_path / f"Val_{key}.json").write_bytes(gzip.decompress(packed.read_bytes()))
    told = read_questions(tmp_path, "", CDVQA.questions, {"Val": "val"})
    assert len(told) == 400
    asked = [question for entry in told.values() for question in entry.questions]
    assert len(asked) == 16_441
    kinds = {question.kind: question.options for question in asked}
    assert len(kinds) == 8
    assert kinds["change_or_not"] == ("no", "yes")
    assert set(kinds["change_ratio"]) >= {"0", "0_to_10", "90_to_100"} - {"90_to_100"}


def test_questions_of_one_image_in_all_splits(real_data):
    folder = real_data / "miniatures" / "cdvqa"
    if not folder.is_dir():
        pytest.skip("no miniature")
    options = CatalogOptions(page=load_page("cdvqa"))
    keys = SOURCE.index(folder, options)
    assert [key.pair_id for key in keys] == ["cdvqa/train/00003", "cdvqa/val/00003", "cdvqa/test/00003"]
    pair = SOURCE.load(folder, keys[0], options)
    assert len(pair.questions) == 4
    assert pair.questions[0].turns == (("Did the areas of trees change?", "yes"),)


def parse(reply, *options):
    return TASK.parse(reply, ParseContext(Question("kind", {"options": list(options)}), ()))


RATIO = ("0", "0_to_10", "10_to_20", "20_to_30")
COVER = ("buildings", "low_vegetation", "NVG_surface", "trees", "water")


@pytest.mark.parametrize(
    ("reply", "options", "value"),
    [
        ("Yes, they did.", ("no", "yes"), "yes"),
        ("No", ("no", "yes"), "no"),
        ("0_to_10", RATIO, "0_to_10"),
        ("About 0 to 10 percent.", RATIO, "0_to_10"),
        ("0", RATIO, "0"),
        ("The largest change is that of low vegetation.", COVER, "low_vegetation"),
        ("<think>trees? water?</think>nvg_surface", COVER, "NVG_surface"),
        ("Two houses were built.", (), "Two houses were built."),
        ("There are 12 buildings.", ("a whole number",), "12"),
        ("three", ("a whole number",), "3"),
    ],
)
def test_replies_are_read_as_the_answers_of_the_set(reply, options, value):
    assert parse(reply, *options) == {"value": value}


@pytest.mark.parametrize(
    ("reply", "options"), [("trees or water", COVER), ("roads", COVER), ("perhaps", ("no", "yes")), ("", ())]
)
def test_replies_that_name_no_answer_or_several(reply, options):
    assert isinstance(parse(reply, *options), Unparsed)


def test_an_answer_is_right_but_for_case_and_point():
    assert TASK.matches({"kind": "k", "value": "Low_vegetation"}, {"value": "low vegetation."})
    assert not TASK.matches({"kind": "k", "value": "trees"}, {"value": "water"})


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}, "names no image"),
        ({"image": ["a.png"], "conversations": [{"from": "human", "value": "a"}]}, "no question with its answer"),
        ({"image": ["a.png"], "conversations": [{"from": {}, "value": "a"}] * 2}, "from (human, gpt)"),
        ({"image": ["a.png"], "captions": 5}, "is no list of texts"),
        ({"image": ["a.png"], "conversations": [{"from": "x", "value": "a"}] * 2}, "from (human, gpt)"),
        ({"image": ["a.png"], "changeflag": "perhaps", "conversations": []}, "changeflag"),
    ],
)
def test_mistakes_in_conversations(tmp_path, record, told):
    (tmp_path / "a_train.json").write_text(json.dumps([record]))
    form = QuestionForm(conversations={"train": ("a_train.json",)})
    with pytest.raises(UserError) as error:
        read_questions(tmp_path, "", form, {})
    assert told in str(error.value)


def test_other_forms_of_conversations(tmp_path):
    turns = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "<image>\n<image>\nWhat changed?"},
        {"role": "assistant", "content": "A road."},
    ]
    record = {"images": ["A/7.png", "B/7.png"], "messages": turns}
    (tmp_path / "t.json").write_text(json.dumps([record]))
    told = read_questions(tmp_path, "", QuestionForm(conversations={"train": ("t.json",)}), {})
    assert told["train", "7"].questions[0].turns == (("What changed?", "A road."),)


def records(folder):
    """Every record of an export but its id, in order."""
    found = {}
    for path in sorted(folder.glob("changechat*.json")):
        rows = [{key: value for key, value in row.items() if key != "id"} for row in json.loads(path.read_text())]
        found[path.name] = sorted(rows, key=json.dumps)
    return found


def test_what_changechat_writes_is_read_back(new_tasks, real_data, rsica_data, tmp_path, write_recipe):
    mini = real_data / "miniatures" / "levirmci"
    if not mini.is_dir():
        pytest.skip("no miniature")
    page = {"page": "levir-mci"}
    recipe = write_recipe(source="catalog", options=page)
    assert rsica_data("build", recipe, "--input", mini, "--out", tmp_path / "one", "--workers", 1).status == 0
    first, second = tmp_path / "export1", tmp_path / "export2"
    assert rsica_data("export", tmp_path / "one", "--format", "changechat", "--to", first).status == 0
    again = rsica_data("build", "changechat-json", "--input", first, "--out", tmp_path / "two", "--workers", 1)
    assert again.status == 0, again.err
    assert rsica_data("validate", tmp_path / "two").status == 0
    assert rsica_data("export", tmp_path / "two", "--format", "changechat", "--to", second).status == 0
    assert records(first) == records(second)
    one, two = open_dataset(tmp_path / "one"), open_dataset(tmp_path / "two")
    for split in ("train", "test"):
        old = {pair.before.path.rpartition("/")[2]: pair for pair in one.pairs(split)}
        new = {pair.before.path.rpartition("/")[2]: pair for pair in two.pairs(split)}
        assert {name: pair.before.data for name, pair in old.items()} == {n: p.before.data for n, p in new.items()}
        assert {name: pair.changed for name, pair in old.items()} == {name: pair.changed for name, pair in new.items()}


def test_a_page_needs_one_way_to_give_questions():
    text = load_page("cdvqa").model_dump(mode="json")
    text["layouts"][0]["questions"]["answers"] = None
    with pytest.raises(ValueError, match="questions, answers and images, or conversations, or rows"):
        Page.model_validate(text)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("train.json", '[{"img_id": "04661.png", "type": "any", "question": "Change?", "answer": "no"}]'),
        ("train.json", '{"question": [{"img_id": "04661.png", "type": "any", "question": "Change?", "answer": "no"}]}'),
        ("train.jsonl", '{"img_id": ["a/04661.png"], "type": "any", "question": "Change?", "answer": "no"}\n'),
        ("train.csv", "img_id,type,question,answer\n04661.png,any,Change?,no\n"),
    ],
)
def test_tables_of_questions(tmp_path, file, text):
    (tmp_path / file).write_text(text)
    form = QuestionForm(rows={"file": {"train": ("train.*",)}, "image": "img_id"})
    (question,) = read_questions(tmp_path, "", form, {})["train", "04661"].questions
    assert (question.kind, question.turns, question.options) == ("any", (("Change?", "no"),), ("no",))


def test_a_row_without_an_answer_is_an_error(tmp_path):
    (tmp_path / "train.json").write_text('[{"image": "1.png", "question": "Change?"}]')
    with pytest.raises(UserError, match="row 1 lacks image, question or answer"):
        read_questions(tmp_path, "", QuestionForm(rows={"file": {"train": ("train.json",)}}), {})


def test_scenes_are_asked_by_the_names_of_their_folders(tmp_path):
    from PIL import Image

    for folder, name in (("baseball_diamond", "baseball_diamond_001"), ("airport", "airport_001")):
        (tmp_path / folder).mkdir()
        Image.new("RGB", (8, 8)).save(tmp_path / folder / f"{name}.jpg")
    options = CatalogOptions(page=load_page("resisc45"))
    pairs = [SOURCE.load(tmp_path, key, options) for key in SOURCE.index(tmp_path, options)]
    assert [pair.questions[0].turns[0][1] for pair in pairs] == ["airport", "baseball diamond"]
    assert pairs[0].questions[0].options == ("airport", "baseball diamond")
    assert pairs[0].after is None


def test_ids_of_another_kind_are_an_error(tmp_path):
    rows = {"questions": [{"id": [1], "img_id": {}, "question": "Change?"}], "answers": [{"question_id": [1]}]}
    for key in ("questions", "answers", "images"):
        (tmp_path / f"Val_{key}.json").write_text(json.dumps({key: rows.get(key, [{"id": 1}])}))
    with pytest.raises(UserError, match="has no image, no answer or no words"):
        read_questions(tmp_path, "", CDVQA.questions, {"Val": "val"})
