"""Orders of images in time: laws, golds by hand, what is shown, and series through the command line."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import rsica_data as rd
from rsica_data.core.files import dump_json
from rsica_data.dataset.opening import open_dataset
from rsica_data.schema import AskContext, ExtraImage, ParseContext, Question, RenderContext, Unparsed
from rsica_data.schema.series import SeriesDate, shown_of
from rsica_data.sources.catalog.catalog_pages import load_page
from rsica_data.sources.catalog.layout_writer import dates_of, write_page
from rsica_data.tasks.ordering import TASK, OrderingSettings
from tests.support.series_folders import PAGE, write_places


def drafts_of(series, seed=0, evaluation=True, **options):
    context = AskContext("s/test/p", "test", ("building",), None, (), None, evaluation, seed, series=series)
    return TASK.ask(context, OrderingSettings(**options))


def series_of(*shares):
    return tuple(SeriesDate(None, {"building": share}) for share in shares)


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(3, 12), st.integers(0, 9), st.booleans())
def test_laws(seed, dates, pick, evaluation):
    for draft in drafts_of(series_of(*np.arange(dates) / 20), seed, evaluation, per_pair=3):
        (turn,) = TASK.turns(draft.kind, draft.gold)
        (answer,) = TASK.accepted(draft.gold)
        context = ParseContext(turn.question, ("building",))
        assert TASK.parse(draft.turns[1].content, context) == answer
        text = TASK.render(answer, RenderContext(turn.question, ("building",), "default", pick))
        assert TASK.parse(text, context) == answer, text
        assert TASK.matches(draft.gold, answer)
        # The images in the order of the answer are in the order of time.
        shown = shown_of(range(dates), draft.gold)
        assert [shown[number - 1] for number in answer["value"]] == list(range(dates))


def test_what_is_asked():
    assert drafts_of(()) == () == drafts_of(series_of(0.1, 0.2))
    assert drafts_of(series_of(0.1, 0.2, 0.2)) == ()
    assert len(drafts_of(series_of(0.1, 0.2, 0.2), changed=False)) == 1
    assert len(drafts_of((SeriesDate("2018"), SeriesDate("2019"), SeriesDate("2020")))) == 1
    golds = {tuple(draft.gold["value"]) for seed in range(60) for draft in drafts_of(series_of(0.1, 0.2, 0.3), seed)}
    assert len(golds) == 6


@pytest.mark.parametrize("text", ["[2, 3, 1]", "<think>1, 2, 3?</think>2, 3, 1", "<answer>2, 3, 1</answer>",
                                  "Final answer: 2, 3, 1", "\\boxed{2, 3, 1}", "```json\n[2, 3, 1]\n```"])  # fmt: skip
def test_frames_are_taken_off(text):
    assert TASK.parse(text, ParseContext(Question("order", {"count": 3}), ())) == {"value": [2, 3, 1]}


@pytest.mark.parametrize("text", ["", "<think>2, 3, 1</think>", "The images look alike."])
def test_what_is_no_order(text):
    assert isinstance(TASK.parse(text, ParseContext(Question("order", {"count": 3}), ())), Unparsed)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("series")
    maps = write_places(root / "in", 8, dates=11)
    tasks = {"ordering": {"per_pair": 2}, "trend": {"dates": True}, "classification": {}}
    options = {"page": PAGE, "series": {"dates": 5, "every": 2}}
    recipe = {"name": "months", "source": {"name": "catalog", "options": options}, "tasks": tasks}
    rd.build(recipe, out=root / "d", input=root / "in", workers=1)
    return root, maps


def test_records_of_five_dates(built):
    root, _ = built
    pairs = list(open_dataset(root / "d").pairs("test"))
    assert [pair.pair_id for pair in pairs] == [f"months/test/place{n:03}_2018-01_2018-09" for n in (1, 3, 5, 7)]
    assert [entry.date for entry in pairs[0].extra_images] == ["2018-03", "2018-05", "2018-07"]
    assert (pairs[0].before_date, pairs[0].after_date) == ("2018-01", "2018-09")
    assert pairs[0].extra_images[1].image.data == (root / "in/images/place001/2018-05.png").read_bytes()


def test_models_are_shown_the_images_in_the_order_of_the_question(built, rsica_bench, tmp_path, monkeypatch):
    """A model that looks: it counts the grey pixels of buildings in each image that it is given."""
    root, _ = built
    (tmp_path / "looking.py").write_text(LOOKING)
    monkeypatch.syspath_prepend(tmp_path)
    words = ("run", "--data", root / "d", "--split", "test", "--adapter", "python", "--model", "looking:answer",
             "--allow-code", "--set", "images=5", "--out", tmp_path / "run", "--json", "--tasks", "trend")  # fmt: skip
    result = rsica_bench(*words)
    assert result.status == 0, result.err
    assert result.json["tasks"]["trend"]["metrics"]["accuracy"] == 1


LOOKING = """
import re

import numpy as np


def answer(images, prompt, history):
    counts = [int((np.asarray(image)[..., 0] == 200).sum()) for image in images]
    assert len(counts) == 5
    if "fields" in prompt:
        counts = [int((np.asarray(image)[..., 0] == 150).sum()) for image in images]
    total = np.asarray(images[0])[..., 0].size
    if "consecutive" in prompt:
        best = int(np.argmax(np.diff(counts))) + 1
        return f"{best} and {best + 1}"
    if "at least" in prompt:
        least = float(re.search(r"([\\d.]+) %", prompt)[1]) / 100
        return next((f"Image {n}" for n, count in enumerate(counts, 1) if count / total >= least), "none")
    if "most ground" in prompt:
        return f"Image {int(np.argmax(counts)) + 1}"
    return "yes" if counts[-1] > counts[0] else "no"
"""


def test_oracle_and_blind_baseline(built, rsica_bench, tmp_path):
    root, _ = built
    measured = {}
    for name in ("oracle", "majority"):
        words = ("run", "--data", root / "d", "--split", "test", "--adapter", name, "--out", tmp_path / name, "--json")
        result = rsica_bench(*words)
        assert result.status == 0, result.err
        measured[name] = {task: result.json["tasks"][task]["metrics"] for task in ("ordering", "trend")}
    assert measured["oracle"]["ordering"]["accuracy"] == measured["oracle"]["ordering"]["kendall_tau"] == 1
    assert measured["oracle"]["trend"]["accuracy"] == 1 and measured["majority"]["ordering"]["kendall_tau"] < 1


def test_the_question_does_not_hold_its_answer():
    """What the blind baseline knows of a question is the same for every order."""
    golds = [draft.gold for seed in range(9) for draft in drafts_of(series_of(0.1, 0.2, 0.3), seed)]
    assert len({dump_json(dict(TASK.turns("order", gold)[0].question.args)) for gold in golds}) == 1 < len(golds)


def test_exports_show_the_images_in_the_order_of_the_question(built, rsica_data, tmp_path):
    root, _ = built
    assert rsica_data("validate", root / "d").status == 0
    items = {item.instruction_id: item for item in open_dataset(root / "d").instructions("test")}
    ordering = [item for item in items.values() if item.task == "ordering"]
    assert rsica_data("export", root / "d", "--format", "sharegpt", "--to", tmp_path / "s").status == 0
    rows = json.loads((tmp_path / "s" / "sharegpt_test.json").read_text())
    months = ["2018-01", "2018-03", "2018-05", "2018-07", "2018-09"]
    shown = [row["images"] for row in rows if row["messages"][0]["content"].count("<image>") == 5]
    orders = [[path[-11:-4] for path in paths] for paths in shown]
    wanted = [[months[place] for place in item.gold["args"]["shown"]] for item in ordering]
    assert [order for order in orders if order != months] == [order for order in wanted if order != months] != []
    assert {len(row["images"]) for row in rows} == {2, 5}
    for path in shown[0]:
        assert (tmp_path / "s" / path).is_file()
    for form in ("llava", "qwen-vl", "ms-swift", "openai", "trl", "webdataset"):
        done = rsica_data("export", root / "d", "--format", form, "--to", tmp_path / form)
        assert done.status == 0, (form, done.err)
    refused = rsica_data("export", root / "d", "--format", "changechat", "--to", tmp_path / "c")
    assert refused.status == 2 and "needs two" in refused.err


def test_training_samples_hold_the_images_of_the_question(built):
    pytest.importorskip("torch")
    from rsica_data.training import MapDataset, StreamDataset

    root, maps = built
    dataset = MapDataset(root / "d", split="test", cache=root / "cache")
    streamed = {sample["id"]: sample for sample in StreamDataset(root / "d", split="test", rank=0, world=1)}
    items = {item.instruction_id: item for item in open_dataset(root / "d").instructions("test")}
    counts = set()
    for number in range(len(dataset)):
        sample = dataset[number]
        item = items[sample["id"]]
        name = item.pair_id.split("/")[2][:8]
        labels = maps["test", name][0:9:2]
        wanted = [labels[place] for place in item.gold.get("args", {}).get("shown", [0, 4])]
        counts.add(len(sample["images"]))
        for image, other, label in zip(sample["images"], streamed[sample["id"]]["images"], wanted, strict=True):
            assert np.array_equal(np.asarray(image), np.asarray(other))
            assert np.array_equal(np.asarray(image)[..., 0] == 200, label == 1)
        assert sum(part["type"] == "image" for part in sample["messages"][0]["content"]) == len(sample["images"])
    assert counts == {2, 5}


def test_a_set_without_series_has_none(rsica_data, write_recipe, tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "x.png")
    assert rsica_data("synth", "--layout", "levir-cd", "--out", tmp_path / "in", "--pairs", 2).status == 0
    options = {"page": "levir-cd", "series": {"dates": 3}}
    recipe = write_recipe(source="catalog", options=options, tasks={"classification": {}})
    done = rsica_data("build", recipe, "--input", tmp_path / "in", "--out", tmp_path / "d")
    assert done.status == 2 and "source.options.series" in done.err and "no series" in done.err


@pytest.mark.parametrize("name", ["spacenet7", "dynamicearthnet"])
def test_published_series_in_miniature(name, rsica_data, rsica_bench, write_recipe, tmp_path):
    """A third month is added to the two of the miniature, its buildings those of the first: they come and go."""
    write_page(load_page(name), tmp_path / "in", pairs=6, size=48, seed=3)
    first = dates_of(load_page(name).layouts[0])[0]
    for path in sorted((tmp_path / "in").rglob(f"*{first}*")):
        shutil.copy(path, path.with_name(path.name.replace(first, "2021-06-01")))
    options, tasks = {"page": name, "series": {"dates": 3}}, {"ordering": {"changed": False}, "trend": {}}
    recipe = write_recipe(source="catalog", options=options, tasks=tasks)
    done = rsica_data("build", recipe, "--input", tmp_path / "in", "--out", tmp_path / "d", "--workers", 1)
    assert done.status == 0, done.err
    assert rsica_data("validate", tmp_path / "d").status == 0
    items = list(open_dataset(tmp_path / "d").instructions("train"))
    assert {item.task for item in items} == {"ordering", "trend"}
    rose = [item.gold["value"] for item in items if item.kind == "rose"]
    assert rose and not any(rose)
    words = ("run", "--data", tmp_path / "d", "--split", "train", "--adapter", "oracle", "--json")
    result = rsica_bench(*words, "--out", tmp_path / "o").json["tasks"]
    assert result["ordering"]["metrics"]["accuracy"] == result["trend"]["metrics"]["accuracy"] == 1


def test_validate_sees_a_question_that_shows_what_is_not_there(stored_pair, write_dataset, asked, rsica_data):
    pair = stored_pair("x")
    extra = (ExtraImage("date", "2018-02", pair.before),)
    pair = dataclasses.replace(pair, extra_images=extra)
    gold = {"kind": "order", "args": {"shown": [2, 0, 1]}, "value": [2, 3, 1]}
    item = asked(pair, "ordering", "Which order?", "2, 3, 1", gold=gold, kind="order")
    whole = write_dataset([pair], [item])
    assert not [line for line in rsica_data("validate", whole.root).err.splitlines() if "shows images" in line]
    wrong = dataclasses.replace(item, gold=gold | {"args": {"shown": [3, 0, 1]}})
    broken = write_dataset([pair], [wrong])
    told = rsica_data("validate", broken.root)
    assert told.status == 1 and "shows images [3, 0, 1] of 3" in told.out + told.err


def test_too_few_dates_for_a_series(rsica_data, write_recipe, tmp_path):
    write_places(tmp_path / "in", 2, dates=4)
    options = {"page": PAGE, "series": {"dates": 3, "every": 2}}
    recipe = write_recipe(source="catalog", options=options, tasks={"ordering": {}})
    built = rsica_data("build", recipe, "--input", tmp_path / "in", "--out", tmp_path / "out")
    assert built.status == 2 and "source.options.series: no place has 3 dates" in built.err
    assert "the most are 4" in built.err and "Traceback" not in built.err
