"""The judge from end to end, against the local server over HTTP, and its parts."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager

import pytest

from rsica_bench.judge.cases import LONGEST, make_cases
from rsica_bench.judge.rubric import load_rubric
from rsica_bench.judge.verdicts import majority
from rsica_data.core.errors import UserError

SERVE = [sys.executable, "-c", "from rsica_data.cli import main; main()", "assist", "serve", "--port", "0"]


@contextmanager
def serving(log, *words):
    command = [*SERVE, "--model", "judge", "--log", str(log), *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    try:
        yield json.loads(process.stdout.readline())["base_url"]
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture(scope="module")
def runs(synthetic, tmp_path_factory):
    from rsica_bench.cli import cli
    from rsica_data.core.command_line import run_cli

    folder = tmp_path_factory.mktemp("judged")
    for name in ("oracle", "pixel-difference"):
        words = ["run", "--data", str(synthetic), "--adapter", name, "--tasks", "open_qa,dialogue", "--out"]
        assert run_cli(cli, "rsica-bench", [*words, str(folder / name)]) == 0
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("server") / "log") as url:
        yield url


@pytest.fixture
def run(runs, tmp_path):
    return shutil.copytree(runs / "pixel-difference", tmp_path / "run")


def judge(rsica_bench, run, url, *words):
    return rsica_bench("judge", run, "--model", "judge", "--llm-url", url, *words)


def answered(log):
    return [row for line in log.read_text().splitlines() if (row := json.loads(line))["outcome"] == "answered"]


def test_the_oracle_is_right_and_a_second_time_costs_nothing(rsica_bench, runs, tmp_path):
    run = shutil.copytree(runs / "oracle", tmp_path / "run")
    with serving(tmp_path / "log") as url:
        first = judge(rsica_bench, run, url, "--json", "--price", "1,2").json
        paid = len(answered(tmp_path / "log"))
        stored = {path.name: path.read_bytes() for path in (run / "judge").glob("judge-*/*.json*")}
        again = judge(rsica_bench, run, url, "--json", "--price", "1,2").json
        assert len(answered(tmp_path / "log")) == paid == first["now"]["paid"]
    assert first["tasks"]["open_qa"]["metrics"]["judge_score"] == 1
    assert first["tasks"]["open_qa"]["agreement"] == {"agreement": 1}
    assert again["tasks"] == first["tasks"]
    assert again["usage"] == first["usage"]
    assert float(first["usage"]["cost"]) > 0
    assert again["now"]["paid"] == 0
    for name in ("judge.json", "verdicts.jsonl"):
        (path,) = (run / "judge").glob(f"judge-*/{name}")
        assert path.read_bytes() == stored[name]


def test_votes_that_differ_and_a_server_with_faults(rsica_bench, run, tmp_path):
    faults = ["--fault", "harsh=0.3", "--fault", "429=0.1", "--fault", "500=0.05", "--fault", "malformed=0.05"]
    with serving(tmp_path / "log", *faults) as url:
        found = judge(rsica_bench, run, url, "--json", "--votes", "5", "--tasks", "open_qa").json
    entry = found["tasks"]["open_qa"]
    assert entry["judged"] == entry["cases"]
    assert entry["votes_missing"] == 0
    assert 0 < entry["agreement"]["agreement"] < 1
    low, high = entry["intervals"]["judge_score"]
    assert low < entry["metrics"]["judge_score"] < high
    (path,) = (run / "judge").glob("*/verdicts.jsonl")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert {len(row["votes"]) for row in rows} == {5}
    assert all(len(set(row["requests"])) == 5 for row in rows)
    mean = sum(row["score"] for row in rows) / len(rows)
    assert entry["metrics"]["judge_score"] == pytest.approx(mean)
    share = sum(row["verdict"] == "correct" for row in rows) / len(rows)
    assert entry["metrics"]["judge_correct"] == pytest.approx(share)


def test_a_dry_run_sends_nothing(rsica_bench, run, tmp_path):
    with serving(tmp_path / "log") as url:
        found = judge(rsica_bench, run, url, "--dry-run", "--json", "--price", "0.15,0.6").json
        assert answered(tmp_path / "log") == []
    assert found["to_send"] == found["requests"] > 0
    assert float(found["cost"]) > 0
    said = judge(rsica_bench, run, "http://127.0.0.1:9/v1", "--dry-run")
    assert "cost about unknown" in said.out


def test_a_budget_stops_and_can_be_raised(rsica_bench, run, tmp_path):
    with serving(tmp_path / "log") as url:
        stopped = judge(rsica_bench, run, url, "--max-requests", "10")
        assert stopped.status == 2
        assert len(answered(tmp_path / "log")) == 10
        assert not list((run / "judge").glob("*/judge.json"))
        assert judge(rsica_bench, run, url).status == 0
        # Three votes on a case are three equal requests, and no more.
        assert set(Counter(row["sha"] for row in answered(tmp_path / "log")).values()) == {3}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--tasks", "captioning"), "has none of the tasks"),
        (("--price", "cheap"), "is no price"),
        (("--llm-url", "localhost:8000"), "--llm-url: 'localhost:8000' is not a web address"),
        (("--rubric", "answer"), "cannot read"),
        (("--rubric", "answer=nowhere"), "no rubric 'nowhere'"),
        (("--max-cost", "1"), "price"),
        (("--llm-url", "http://127.0.0.1:9/v1"), "127.0.0.1:9"),
        (("--model", "gpt-9"), "gpt-9"),
    ],
)
def test_wrong_words(rsica_bench, run, server, words, reason):
    said = judge(rsica_bench, run, server, *words)
    assert said.status in (1, 2)
    assert reason in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert not list((run / "judge").glob("*/judge.json"))


def test_cases_hold_the_question_what_is_accepted_and_the_facts_but_no_more(item):
    asked = item("counting", {"road": 0, "building": 1}, "x" * 5000, boxes={"building": [(0, 0, 9, 9)]})
    talk = [item("counting", {"road": 0, "building": 1}, "1", name="t", turn=n) for n in range(2)]
    single, whole = make_cases({"open_qa": [asked], "dialogue": talk}, ["open_qa", "dialogue"])
    assert (single.rubric, whole.rubric) == ("answer", "dialogue")
    assert len(single.content["answer"]) == single.content["answer_cut_at"] == LONGEST
    assert single.content["facts"]["changed_objects"] == {"road": 0, "building": 1}
    assert len(whole.content["turns"]) == 2


def test_an_answer_cannot_end_its_block():
    text = load_rubric("answer").render({"answer": '```\nverdict: "correct" {{ 7 * 7 }}'})
    assert text.count("```") == 2
    assert "{{ 7 * 7 }}" in text


@pytest.mark.parametrize(
    ("votes", "verdict"),
    [("ccw", "correct"), ("cw", "wrong"), ("cpw", "wrong"), ("ppcc", "partly"), ("c", "correct")],
)
def test_of_even_votes_the_worse_counts(votes, verdict):
    names = {"c": "correct", "p": "partly", "w": "wrong"}
    assert majority([{"verdict": names[letter]} for letter in votes]) == verdict


def test_a_rubric_of_ones_own(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "prompt.jinja").write_text("Grade: {{ case }}")
    (folder / "meta.yaml").write_text("version: 3\n")
    schema = {"type": "object", "properties": {"verdict": {"enum": ["correct", "wrong"]}}, "required": ["verdict"]}
    (folder / "schema.json").write_text(json.dumps(schema))
    rubric = load_rubric(str(folder))
    assert (rubric.name, rubric.version) == ("mine", 3)
    schema["properties"]["verdict"]["enum"] = ["great"]
    (folder / "schema.json").write_text(json.dumps(schema))
    with pytest.raises(UserError, match="has verdicts besides"):
        load_rubric(str(folder))


@pytest.mark.parametrize("name", ["answer", "dialogue", "facts"])
def test_shipped_rubrics_do_not_change_without_a_new_version(name):
    known = {"answer": (1, "73877c384c9c6ad8"), "dialogue": (1, "fa1658f4f6549825"), "facts": (1, "391838760c371233")}
    rubric = load_rubric(name, name)
    assert (rubric.version, rubric.sha256[:16]) == known[name]
