"""Exports for lmms-eval and VLMEvalKit: what they ask, and that their scores are those of a run on the same replies."""

import ast
import base64
import csv
import importlib.util
import json
import math
import subprocess
import sys

import pytest
import yaml

from rsica_data.core import registry
from rsica_data.dataset.opening import open_dataset

TASKS = ("captioning", "classification", "counting", "localization", "open_qa", "dialogue")


class Loader(yaml.SafeLoader):
    """Reads `!function` as lmms-eval does: the name of a function of a module beside the page."""


Loader.add_constructor("!function", lambda loader, node: loader.construct_scalar(node).split("."))


@pytest.fixture(scope="module")
def replies(small_dataset):
    """A reply to each turn of the test split: right, wrong, unreadable or none, in turns."""
    found = {}
    for number, item in enumerate(open_dataset(small_dataset).instructions("test")):
        for turn, text in enumerate(item.turns[1::2]):
            wrong = ["Yes. Roads: 3. Buildings: 7.", "bananas", "", "No."][(number + turn) % 4]
            found[item.instruction_id, turn] = text.content if (number + turn) % 3 else wrong
    return found


@pytest.fixture(scope="module")
def ours(small_dataset, replies, tmp_path_factory):
    """Figures of a run on these replies, by task."""
    from rsica_bench.cli import cli
    from rsica_data.core.command_line import run_cli

    folder = tmp_path_factory.mktemp("ours")
    rows = [{"instruction_id": name, "turn": turn, "raw": text} for (name, turn), text in replies.items()]
    (folder / "replies.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = ["run", "--data", str(small_dataset), "--adapter", "replay", "--model", str(folder / "replies.jsonl"),
             "--out", str(folder / "run")]  # fmt: skip
    assert run_cli(cli, "rsica-bench", words) == 0
    result = json.loads((folder / "run" / "result.json").read_text())
    return {task: entry["metrics"] for task, entry in result["tasks"].items()}


@pytest.fixture
def lmms(rsica_data, small_dataset, tmp_path):
    out = tmp_path / "lmms"
    done = rsica_data("export", small_dataset, "--format", "lmms-eval", "--to", out)
    assert done.status == 0, done.err
    return out


def module_beside(page):
    spec = importlib.util.spec_from_file_location(f"utils_{page.parent.name}", page.parent / "utils.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def evaluate(page, replies):
    """What lmms-eval does with a page and replies: documents, results, lists of results to aggregations."""
    datasets = pytest.importorskip("datasets")
    config = yaml.load(page.read_text(), Loader)
    utils = module_beside(page)
    function = {
        key: getattr(utils, value[1])
        for key, value in config.items()
        if isinstance(value, list) and value[0] == "utils"
    }
    files = config["dataset_kwargs"]["data_files"]
    documents = datasets.load_dataset(config["dataset_path"], data_files=files, split=config["test_split"],
                                      cache_dir=str(page.parent / "cache"))  # fmt: skip
    collected = {}
    for doc in documents:
        assert [image.mode for image in function["doc_to_visual"](doc)] == ["RGB", "RGB"]
        for metric, value in function["process_results"](doc, [replies[doc["id"], doc["turn"]]]).items():
            collected.setdefault(metric, []).append(value)
    by_name = {entry["metric"]: entry for entry in config["metric_list"]}
    assert set(by_name) == set(collected)
    return {name: getattr(utils, entry["aggregation"][1])(collected[name]) for name, entry in by_name.items()}


@pytest.mark.parametrize("task", TASKS)
def test_scores_in_lmms_eval_are_those_of_a_run(lmms, replies, ours, task):
    found = evaluate(lmms / f"rsica_small_{task}.yaml", replies)
    assert found["unparsed_share"] >= 0
    for name, value in found.items():
        if name not in ours[task]:
            assert math.isnan(value), name  # undefined for these replies
            continue
        assert value == pytest.approx(ours[task][name], abs=1e-9, rel=0), name
    lead = registry.load(registry.SCORERS, task).lead_of(ours[task])
    assert lead in found


def test_pages_of_lmms_eval(lmms, small_dataset):
    group = yaml.load((lmms / "rsica_small.yaml").read_text(), Loader)
    assert sorted(group["task"]) == sorted(f"rsica_small_{task}" for task in TASKS)
    page = yaml.load((lmms / "rsica_small_counting.yaml").read_text(), Loader)
    assert (page["task"], page["output_type"], page["test_split"]) == ("rsica_small_counting", "generate_until", "test")
    better = {entry["metric"]: entry["higher_is_better"] for entry in page["metric_list"]}
    assert (better["mae"], better["exact_all"], better["unparsed_share"]) == (False, True, False)
    assert not any(":" in name for name in better)
    assert len(better) == len(page["metric_list"])  # each figure once


def test_dialogues_are_a_document_a_turn_with_what_was_said_before(lmms, small_dataset):
    datasets = pytest.importorskip("datasets")
    utils = module_beside(lmms / "rsica_small.yaml")
    item = next(iter(open_dataset(small_dataset).instructions("test", ["dialogue"])))
    rows = datasets.Dataset.from_parquet(str(lmms / "documents" / "dialogue.parquet"), cache_dir=str(lmms / "cache"))
    own = [row for row in rows if row["id"] == item.instruction_id]
    assert [row["turn"] for row in own] == list(range(len(item.turns) // 2))
    messages = utils.doc_to_messages(own[1])
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    assert [part["type"] for part in messages[0]["content"]] == ["image", "image", "text"]
    assert utils.doc_to_text(own[1]).endswith(f"Question: {item.turns[2].content}")
    assert item.turns[1].content in utils.doc_to_text(own[1])
    assert utils.doc_to_text(own[0]) == item.turns[0].content
    assert utils.doc_to_target(own[1]) == item.turns[3].content


def test_a_dataset_that_was_built_anew_is_told(lmms, replies):
    from rsica_data.core.errors import UserError

    settings = json.loads((lmms / "rsica.json").read_text())
    (lmms / "rsica.json").write_text(json.dumps(settings | {"sha256": "0" * 64}))
    with pytest.raises(UserError, match="the dataset was rebuilt since"):
        evaluate(lmms / "rsica_small_counting.yaml", replies)


def test_a_table_for_vlmeval_and_its_answers_back_as_replies(
    rsica_data, rsica_bench, small_dataset, replies, ours, tmp_path
):
    out = tmp_path / "vlm"
    assert rsica_data("export", small_dataset, "--format", "vlmeval", "--to", out).status == 0
    limit = csv.field_size_limit(10**9)
    with (out / "small_test.tsv").open(newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    csv.field_size_limit(limit)
    pairs = {pair.pair_id: pair for pair in open_dataset(small_dataset).pairs("test")}
    items = {item.instruction_id: item for item in open_dataset(small_dataset).instructions("test")}
    assert {(row["id"], int(row["turn"])) for row in rows} == set(replies)
    assert [row["index"] for row in rows] == [str(number) for number in range(len(rows))]
    for row in rows[:20]:
        pair = pairs[items[row["id"]].pair_id]
        images = [base64.b64decode(text) for text in ast.literal_eval(row["image"])]
        assert images == [pair.before.data, pair.after.data]
    answers = [{"id": r["id"], "turn": r["turn"], "prediction": replies[r["id"], int(r["turn"])] or None} for r in rows]
    (tmp_path / "answers.json").write_text(json.dumps(answers))
    done = subprocess.run([sys.executable, out / "replies.py", tmp_path / "answers.json", tmp_path / "replies.jsonl"])
    assert done.returncode == 0
    words = ["--data", small_dataset, "--adapter", "replay", "--model", tmp_path / "replies.jsonl"]
    assert rsica_bench("run", *words, "--out", tmp_path / "run").status == 0
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert {task: entry["metrics"] for task, entry in result["tasks"].items()} == ours


def test_the_summary_counts_the_rows_of_the_split_that_is_asked(rsica_data, small_dataset, tmp_path):
    wanted = {"val": sum(1 for _ in open_dataset(small_dataset).instructions("val"))}
    for number, words in enumerate((["--split", "val"], ["--set", "split=val"])):
        done = rsica_data(
            "export", small_dataset, "--format", "vlmeval", "--to", tmp_path / str(number), *words, "--json"
        )
        assert (done.status, json.loads(done.out)["rows"]) == (0, wanted)


def test_a_split_may_be_chosen(rsica_data, small_dataset, tmp_path):
    for name in ("lmms-eval", "vlmeval"):
        done = rsica_data(
            "export", small_dataset, "--format", name, "--to", tmp_path / name, "--set", "split=val", "--json"
        )
        assert done.status == 0, done.err
        wrong = rsica_data("export", small_dataset, "--format", name, "--to", tmp_path / "x", "--set", "split=tset")
        assert (wrong.status, "no split 'tset'" in wrong.err) == (2, True)
    assert json.loads((tmp_path / "lmms-eval" / "rsica.json").read_text())["split"] == "val"
    assert (tmp_path / "vlmeval" / "small_val.tsv").is_file()
