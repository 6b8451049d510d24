"""The export for Inspect, against a stand-in of its interfaces: what is asked, and that scores are those of a run."""

import asyncio
import importlib.util
import json
from types import SimpleNamespace

import harness_standins
import pytest

from rsica_data.core.errors import UserError
from rsica_data.dataset.opening import open_dataset


@pytest.fixture
def export(rsica_data, small_dataset, tmp_path, monkeypatch):
    """Exports with further words, and gives the task of the module."""
    harness_standins.inspect_tasks(monkeypatch)

    def make(*words):
        done = rsica_data("export", small_dataset, "--format", "inspect", "--to", tmp_path / "inspect", *words)
        assert done.status == 0, done.err
        spec = importlib.util.spec_from_file_location("exported", tmp_path / "inspect" / "rsica_small.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.rsica_small

    return make


@pytest.fixture
def task(export):
    """Makes the exported task."""
    return export()


@pytest.fixture(scope="module")
def replies(small_dataset):
    found = {}
    for number, item in enumerate(open_dataset(small_dataset).instructions("test")):
        for turn, text in enumerate(item.turns[1::2]):
            found[item.instruction_id, turn] = (
                text.content if number % 3 else ["Yes.", "bananas", "No."][number % 9 // 3]
            )
    return found


def evaluate(made, replies):
    """What Inspect does: a score a sample, then each metric over all of them."""
    scores = []
    for sample in made.dataset:
        reply = replies[sample.metadata["id"], sample.metadata["turn"]]
        state = SimpleNamespace(metadata=sample.metadata, output=SimpleNamespace(completion=reply))
        score = asyncio.run(made.scorer(state, sample.target))
        scores.append(harness_standins.SampleScore(score, sample.metadata))
    by_task, _, figures = made.scorer.metrics
    return scores, by_task(scores), figures(scores)


def test_scores_are_those_of_a_run(task, replies, rsica_bench, small_dataset, tmp_path):
    rows = [{"instruction_id": name, "turn": turn, "raw": text} for (name, turn), text in replies.items()]
    (tmp_path / "replies.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = ["--data", small_dataset, "--adapter", "replay", "--model", tmp_path / "replies.jsonl"]
    assert rsica_bench("run", *words, "--out", tmp_path / "run").status == 0
    result = json.loads((tmp_path / "run" / "result.json").read_text())["tasks"]
    scores, by_task, figures = evaluate(task(), replies)
    ours = {f"{name}/{figure}": value for name, entry in result.items() for figure, value in entry["metrics"].items()}
    assert figures == pytest.approx(ours, abs=1e-9, rel=0)
    assert by_task["classification"] == pytest.approx(result["classification"]["metrics"]["accuracy"], abs=1e-9)
    unread = sum(one.score.value == "N" for one in scores)
    assert unread == sum(entry["unparsed"] for entry in result.values()) > 0


def test_a_sample_a_turn_with_what_was_said_before(task, small_dataset):
    item = next(iter(open_dataset(small_dataset).instructions("test", ["dialogue"])))
    samples = {sample.id: sample for sample in task(tasks="dialogue,counting").dataset}
    assert {sample.metadata["task"] for sample in samples.values()} == {"dialogue", "counting"}
    second = samples[f"{item.instruction_id}@1"]
    assert second.target == item.turns[3].content
    first_user, assistant, last_user = second.input
    assert [part.image is not None for part in first_user.content] == [True, True, False]
    assert (assistant.content, last_user.content[0].text) == (item.turns[1].content, item.turns[2].content)


def test_filters_of_the_export_hold_for_the_task(export):
    task = export("--task", "counting", "--task", "dialogue", "--limit", 3)
    items = {(sample.metadata["id"], sample.metadata["task"]) for sample in task().dataset}
    assert len(items) == 3
    assert {name for _, name in items} == {"counting", "dialogue"}
    counting = {sample.metadata["id"] for sample in task(tasks="counting").dataset}
    assert counting == {name for name, of in items if of == "counting"}
    with pytest.raises(UserError, match="no rows of task 'captioning'"):
        task(tasks="captioning")


def test_mistakes_are_told(task, small_dataset, rsica_data, tmp_path):
    from rsica_bench.harness.inspect_ai import inspect_task

    with pytest.raises(UserError, match="no rows of task 'countin' in split 'test'"):
        task(tasks="countin")
    with pytest.raises(UserError, match="rebuilt since"):
        inspect_task(small_dataset, sha256="0" * 64)
    done = rsica_data("export", small_dataset, "--format", "inspect", "--to", tmp_path / "x", "--set", "split=tset")
    assert (done.status, "no split 'tset'" in done.err) == (2, True)
