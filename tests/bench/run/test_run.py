"""Runs from end to end: bounds, baselines, kills, replay, protocols, leaderboards."""

import json
import math
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest
from pydantic import BaseModel

from rsica_bench.models.api import AdapterSpec, Reply, Request
from rsica_bench.protocols import find_protocol
from rsica_bench.run import RunOptions, run
from rsica_data.core import registry
from rsica_data.core.errors import UserError
from rsica_data.core.files import sha256_file
from rsica_data.dataset.opening import open_dataset

TASKS = ("captioning", "classification", "counting", "dialogue", "localization", "open_qa")


def scores(found):
    return metrics(found.json)


def metrics(result):
    return {task: entry["metrics"] for task, entry in result["tasks"].items()}


def result_of(run):
    return json.loads((run / "result.json").read_text())


def test_oracle_is_perfect(rsica_bench, synthetic, tmp_path):
    found = rsica_bench("run", "--data", synthetic, "--adapter", "oracle", "--out", tmp_path / "run", "--json")
    assert set(found.json["tasks"]) >= set(TASKS)
    assert all(entry["unparsed"] == 0 for entry in found.json["tasks"].values())
    got = scores(found)
    assert got["classification"]["accuracy"] == got["classification"]["f1"] == 1
    assert got["counting"]["mae"] == got["counting"]["rmse"] == 0
    assert got["localization"]["f1"] == got["localization"]["subset_accuracy"] == got["localization"]["jaccard"] == 1
    assert got["captioning"]["BLEU-4"] == pytest.approx(1, abs=1e-6)
    assert got["captioning"]["ROUGE-L"] == pytest.approx(1)
    assert got["open_qa"]["accuracy"] == got["dialogue"]["success"] == 1
    again = rsica_bench("score", tmp_path / "run", "--json")
    assert scores(again) == got
    assert set(again.json["tasks"]["counting"]) >= {"items", "unparsed", "metrics"}


def test_looking_at_the_pixels_beats_saying_nothing_changed(rsica_bench, synthetic, finished, tmp_path):
    got = {adapter: metrics(result_of(finished / adapter)) for adapter in ("no-change", "pixel-difference")}
    words = ("run", "--data", synthetic, "--adapter", "majority", "--out", tmp_path / "majority", "--json")
    got["majority"] = scores(rsica_bench(*words))
    for task in ("classification", "localization"):
        assert got["pixel-difference"][task]["f1"] > got["no-change"][task]["f1"] + 0.1
    assert got["majority"]["open_qa"]["accuracy"] > 0.3
    assert result_of(finished / "no-change")["adapter"]["kind"] == "privileged"


def start(data, out, *words):
    command = [sys.executable, "-c", "from rsica_bench.cli import main; main()", "run", "--data", str(data)]
    command += ["--adapter", "pixel-difference", "--batch-size", "8", "--out", str(out), *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def content(run_folder):
    return {name: sha256_file(run_folder / name) for name in ("predictions.jsonl", "result.json", "run.json")}


@pytest.mark.parametrize("moments", [3, pytest.param(12, marks=pytest.mark.slow)])
def test_killed_at_any_moment_it_ends_the_same(synthetic, tmp_path, moments):
    begun = time.monotonic()
    assert start(synthetic, tmp_path / "whole").wait() == 0
    length = time.monotonic() - begun
    expected = content(tmp_path / "whole")
    rng, kills, out = random.Random(5), 0, tmp_path / "killed"
    while kills < moments:
        process = start(synthetic, out)
        try:
            process.wait(rng.uniform(0.3, 1.0) * length)
        except subprocess.TimeoutExpired:
            kills += 1
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if (out / "result.json").is_file():
            assert content(out) == expected
            shutil.rmtree(out)
    assert start(synthetic, out).wait() == 0
    assert content(out) == expected


def test_batch_size_does_not_change_the_predictions(rsica_bench, synthetic, finished, tmp_path):
    for size in (1, 50):
        words = ("--adapter", "pixel-difference", "--batch-size", size, "--out", tmp_path / str(size))
        assert rsica_bench("run", "--data", synthetic, *words).status == 0
        assert content(tmp_path / str(size)) == content(finished / "pixel-difference")


def test_a_wrong_limit_of_pixels_is_refused_before_anything_is_written(rsica_bench, synthetic, tmp_path, monkeypatch):
    monkeypatch.setenv("RSICA_MAX_PIXELS", "many")
    told = rsica_bench("run", "--data", synthetic, "--adapter", "pixel-difference", "--out", tmp_path / "run")
    assert (told.status, "RSICA_MAX_PIXELS: 'many' is no number of pixels" in told.err) == (2, True)
    assert not (tmp_path / "run").exists()


def test_replay_scores_as_the_live_run(rsica_bench, synthetic, finished, tmp_path):
    rows = finished / "pixel-difference" / "predictions.jsonl"
    words = ("--adapter", "replay", "--set", f"predictions={rows}", "--out", tmp_path / "replayed", "--json")
    replayed = rsica_bench("run", "--data", synthetic, *words)
    assert scores(replayed) == metrics(result_of(finished / "pixel-difference"))
    assert json.loads((tmp_path / "replayed" / "result.json").read_text())["status"] == "rescored"
    lines = rows.read_text().splitlines()
    (tmp_path / "half.jsonl").write_text("\n".join(lines[::2]) + "\n")
    words = ("--adapter", "replay", "--model", tmp_path / "half.jsonl", "--out", tmp_path / "half", "--json")
    half = rsica_bench("run", "--data", synthetic, *words)
    assert half.status == 0
    told = rsica_bench("score", tmp_path / "half", "--draws", 0)
    assert "no reply: no row in the predictions)" in told.out
    assert sum(entry["unparsed"] for entry in half.json["tasks"].values()) >= len(lines) // 2
    twice = tmp_path / "twice.jsonl"
    twice.write_text("\n".join([lines[0], lines[0]]))
    words = ("--adapter", "replay", "--model", twice, "--out", tmp_path / "t")
    assert "appears twice" in rsica_bench("run", "--data", synthetic, *words).err


def test_replay_refuses_what_is_no_prediction_for_the_dataset(rsica_bench, synthetic, tmp_path):
    words = ("--adapter", "oracle", "--tasks", "counting", "--out", tmp_path / "live")
    assert rsica_bench("run", "--data", synthetic, *words).status == 0
    rows = [json.loads(line) for line in (tmp_path / "live" / "predictions.jsonl").read_text().splitlines()]
    first = rows[0]["instruction_id"]
    wrong = {
        "are not in the dataset, such as 'mine/test/1#counting#0'": [
            *rows,
            {"instruction_id": "mine/test/1#counting#0"},
        ],
        "has no reply to an instruction of split 'test'": [],
        "f.jsonl:1: not a row of predictions": [{"instruction_id": first, "turn": -1, "raw": "3"}],
        "f.jsonl:2: not a row of predictions": [
            rows[0],
            {"instruction_id": rows[1]["instruction_id"], "raw": math.nan},
        ],
    }
    words = ("--adapter", "replay", "--model", tmp_path / "f.jsonl", "--out", tmp_path / "out")
    for said, content in wrong.items():
        (tmp_path / "f.jsonl").write_text("".join(json.dumps(row) + "\n" for row in content))
        found = rsica_bench("run", "--data", synthetic, *words)
        assert found.status == 2
        assert said in found.err
    (tmp_path / "f.jsonl").write_bytes(b'{"instruction_id": "caf\xe9", "raw": "3"}\n')
    assert "f.jsonl:1: not UTF-8 text: byte 0xe9" in rsica_bench("run", "--data", synthetic, *words).err


@pytest.mark.parametrize("adapter", ["oracle", "majority", "no-change", "pixel-difference"])
def test_an_adapter_without_a_model_refuses_one(rsica_bench, synthetic, tmp_path, adapter):
    words = ("--adapter", adapter, "--model", "qwen", "--out", tmp_path / "out")
    found = rsica_bench("run", "--data", synthetic, *words)
    assert found.status == 2
    assert f"--model: adapter '{adapter}' takes no model" in found.err


def test_a_run_whose_dataset_is_not_there_says_what_to_give(rsica_bench, synthetic, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # in the clone there is a demo/dataset after `make demo`
    words = ("--adapter", "oracle", "--tasks", "counting", "--out", tmp_path / "run")
    assert rsica_bench("run", "--data", synthetic, *words).status == 0
    info = json.loads((tmp_path / "run" / "run_info.json").read_text())
    (tmp_path / "run" / "run_info.json").write_text(json.dumps(info | {"data": "demo/dataset"}))
    found = rsica_bench("score", tmp_path / "run")
    assert found.status == 2
    assert "the dataset that it was made from is not at 'demo/dataset' (give its folder with --data" in found.err
    assert rsica_bench("score", tmp_path / "run", "--data", synthetic, "--draws", 0).status == 0
    for content, said in ((b"[]", "run.json: not the settings of a run"), (b"\xff", "run.json:1: not UTF-8")):
        (tmp_path / "run" / "run.json").write_bytes(content)
        assert said in rsica_bench("score", tmp_path / "run").err


class NoSettings(BaseModel):
    pass


class Parrot:
    """A text adapter that keeps what it was given."""

    def __init__(self):
        self.requests: list[Request] = []

    def load(self, context):
        pass

    def close(self):
        pass

    def generate(self, requests):
        self.requests += requests
        return [Reply("Yes. There are 2 buildings and a road, both at the top left.") for _ in requests]


@pytest.fixture
def parrot(monkeypatch):
    adapter = Parrot()
    spec = AdapterSpec("parrot", "", "text", NoSettings, lambda options, model: adapter)
    load = registry.load
    monkeypatch.setattr(registry, "load", lambda group, name: spec if name == "parrot" else load(group, name))
    return adapter


def test_a_request_holds_images_prompt_and_history_alone(parrot, synthetic, tmp_path):
    dataset = open_dataset(synthetic)
    run(RunOptions(dataset, tmp_path / "run", "parrot", tasks=("dialogue",), limit=3))
    assert {len(request.images) for request in parrot.requests} == {2}
    last = [request for request in parrot.requests if len(request.history) == 6]
    assert len(last) == 3
    item = next(dataset.instructions("test", ["dialogue"]))
    assert [turn.content for turn in last[0].history] == [turn.content for turn in item.turns[:6]]
    assert last[0].prompt == item.turns[6].content


def test_own_history_is_what_the_model_said(parrot, synthetic, tmp_path):
    protocol = find_protocol("default", history="own")
    run(
        RunOptions(open_dataset(synthetic), tmp_path / "run", "parrot", tasks=("dialogue",), limit=1, protocol=protocol)
    )
    last = next(request for request in parrot.requests if len(request.history) == 6)
    assert {turn.content for turn in last.history if turn.role == "assistant"} == {
        "Yes. There are 2 buildings and a road, both at the top left."
    }


def test_published_prompts_are_asked_under_their_protocol(parrot, synthetic, tmp_path):
    protocol = find_protocol("changechat")
    result = run(
        RunOptions(
            open_dataset(synthetic),
            tmp_path / "run",
            "parrot",
            limit=2,
            protocol=protocol,
            tasks=("counting", "captioning"),
        )
    )
    assert {request.prompt for request in parrot.requests} == {
        "Please determine how many roads and buildings have changed?",
        "Please briefly describe the changes in these two images.",
    }
    assert "word map" in result["tasks"]["captioning"]["absent"]["captions"]
    assert "BLEU-4" not in result["tasks"]["captioning"]["metrics"]


def test_deltavlm_protocol_reads_the_change_from_the_caption(rsica_bench, synthetic, tmp_path):
    words = tmp_path / "map.json"
    words.write_text(json.dumps({"<unk>": 3, "the": 1, "building": 2}))
    found = rsica_bench(
        "run", "--data", synthetic, "--adapter", "oracle", "--protocol", "deltavlm", "--word-map", words,
        "--out", tmp_path / "run", "--json",
    )  # fmt: skip
    assert scores(found)["captioning"]["from_caption/accuracy"] == 1
    assert scores(found)["localization"]["jaccard_leading/road"] < 1
    assert found.json["protocol"]["word_map_sha256"]


def test_refused_with_one_line(rsica_bench, synthetic, tmp_path):
    done = tmp_path / "done"
    assert rsica_bench("run", "--data", synthetic, "--adapter", "oracle", "--limit", 2, "--out", done).status == 0
    on = ["run", "--data", synthetic, "--out", tmp_path / "x", "--adapter"]
    cases = [
        ([*on, "orcale"], "did you mean 'oracle'"),
        (["run", "--data", synthetic, "--adapter", "no-change", "--out", done], "other settings (limit, adapter)"),
        (["run", "--data", tmp_path, "--adapter", "oracle", "--out", tmp_path / "x"], "manifest.json"),
        ([*on, "oracle", "--split", "dev"], "splits: test"),
        ([*on, "oracle", "--tasks", "count"], "counting"),
        ([*on, "pixel-difference", "--set", "flor=3"], "'floor'"),
        ([*on, "replay"], "needs a file"),
        ([*on, "oracle", "--protocol", "delta"], "unknown protocol"),
        (["score", tmp_path], "no finished run"),
        (["leaderboard", "build", tmp_path / "absent", "--html", tmp_path / "l.html"], "no such folder"),
    ]
    for words, said in cases:
        found = rsica_bench(*words)
        assert found.status == 2, (words, found.err)
        assert said in found.err, (words, found.err)
    assert rsica_bench("run", "--data", synthetic, "--adapter", "oracle", "--limit", 2, "--out", done).status == 0


@pytest.mark.parametrize("part", [(), ("--part", "1/2")])
def test_nothing_to_ask_is_told(rsica_bench, tiny_data, tmp_path, part):
    words = ("run", "--data", tiny_data, "--adapter", "oracle", "--out", tmp_path / "run", *part)
    found = rsica_bench(*words, "--tasks", "trend,scene")
    assert found.status == 2
    assert "--tasks: nothing to ask: split 'test' has no instruction of trend, scene" in found.err
    assert "counting" in found.err
    assert list(tmp_path.iterdir()) == []


def test_a_part_without_a_unit_is_none_that_fails(rsica_bench, tiny_data, tmp_path):
    words = ("run", "--data", tiny_data, "--adapter", "oracle", "--tasks", "counting", "--out", tmp_path / "run")
    parts = [rsica_bench(*words, "--batch-size", 500, "--part", f"{number}/3", "--json") for number in (1, 2, 3)]
    assert [part.status for part in parts] == [0, 0, 0]
    assert [part.json["turns"] > 0 for part in parts] == [True, True, False]  # two shards, a unit each
    assert rsica_bench("merge", tmp_path / "run").status == 0


def test_leaderboard_keeps_protocols_apart(rsica_bench, synthetic, tmp_path):
    for adapter, protocol in (("oracle", "default"), ("no-change", "default"), ("no-change", "changechat")):
        words = (
            "--adapter",
            adapter,
            "--protocol",
            protocol,
            "--tasks",
            "counting",
            "--out",
            tmp_path / "runs" / f"{adapter}-{protocol}",
        )
        assert rsica_bench("run", "--data", synthetic, *words).status == 0
    html, markdown = tmp_path / "l.html", tmp_path / "l.md"
    assert rsica_bench("leaderboard", "build", tmp_path / "runs", "--html", html, "--markdown", markdown).status == 0
    text = markdown.read_text()
    assert text.count("## bench, test: counting") == 2
    ranked = text.split("protocol default v2")[1]
    assert ranked.index("oracle *") < ranked.index("no-change *")
    page = html.read_text()
    data = json.loads(page.split('id="data">')[1].split("</script>")[0])
    assert [len(table["rows"]) for table in data] == [1, 2]
    assert "https://" not in page
    assert rsica_bench("leaderboard", "build", tmp_path / "runs").status == 2


def test_protocol_names():
    assert find_protocol("default").as_json()["caption"] == "words"
    with pytest.raises(UserError, match="history"):
        find_protocol("default", history="mine")


def test_lists(rsica_bench, rsica_data):
    assert {entry["name"] for entry in rsica_bench("adapters", "--json").json} >= {"oracle", "replay", "majority"}
    assert {entry["task"] for entry in rsica_bench("tasks", "--json").json} >= set(TASKS)
    assert {entry["name"] for entry in rsica_data("tasks", "--json").json} >= set(TASKS)
    assert {entry["name"] for entry in rsica_data("sources", "--json").json} >= {"levir-mci", "levir-cd", "folder"}
    assert {entry["name"] for entry in rsica_data("recipes", "--json").json} >= {"changechat-105k", "demo", "levir-cd"}
    for call in (rsica_bench("adapters"), rsica_bench("tasks"), rsica_data("tasks"), rsica_data("sources")):
        assert call.status == 0


def test_score_captions_of_a_real_run(rsica_bench, real_data):
    folder = real_data / "levir_cc"
    words = (
        "--hypotheses",
        folder / "promptcc_test_hypotheses.txt",
        "--references",
        folder / "LevirCCcaptions.json.gz",
    )
    expected = json.loads((folder / "promptcc_expected_scores.json").read_text())
    for protocol in ("words", "levir-cc"):
        found = rsica_bench("score-captions", *words, "--split", "test", "--protocol", protocol, "--json").json
        assert found["items"] == 1929
        assert found["protocol"] == protocol
        assert {"scores", "changed", "unchanged"} <= set(found)
        for name in set(expected[protocol]) & set(found["scores"]):
            assert found["scores"][name] == pytest.approx(expected[protocol][name], abs=1e-9)
        assert {"BLEU-4", "ROUGE-L", "CIDEr"} <= set(found["scores"])
    refused = rsica_bench("score-captions", *words, "--split", "tset")
    assert refused.status == 2


def test_a_folder_in_which_a_run_was_killed_at_its_first_file_is_taken(rsica_bench, synthetic, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".partial-123-run.json").write_text("{")
    words = ("run", "--data", synthetic, "--adapter", "oracle", "--tasks", "counting", "--out", tmp_path / "run")
    assert rsica_bench(*words).status == 0
    assert not list((tmp_path / "run").glob(".partial-*"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear")
    said = rsica_bench(*words[:-1], tmp_path / "other")
    assert (said.status, "holds no run" in said.err) == (2, True)


def test_score_names_rows_of_unknown_ids(rsica_bench, tiny_data, tmp_path):
    run = tmp_path / "run"
    words = ("--data", tiny_data, "--adapter", "no-change", "--tasks", "counting", "--out", run)
    assert rsica_bench("run", *words).status == 0
    before = rsica_bench("score", run, "--json")
    row = json.loads((run / "predictions.jsonl").read_text().splitlines()[0])
    with (run / "predictions.jsonl").open("a") as stream:
        stream.write(json.dumps(row | {"instruction_id": "nowhere#counting#0"}) + "\n")
    after = rsica_bench("score", run, "--json")
    assert "1 id of no instruction of the split, the first 'nowhere#counting#0': they are not scored" in after.err
    assert after.json.pop("unknown_rows") == ["nowhere#counting#0"]
    assert (after.status, after.json) == (0, before.json)
    assert "unknown_rows" not in before.json and "not scored" not in before.err
