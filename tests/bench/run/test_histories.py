"""Gold and own history in one command."""

import json
import sys

import pytest

from rsica_bench.run.predictions import read_predictions

MODULE = """
def echo(images, prompt, history):
    said = [turn["content"] for turn in history if turn["role"] == "assistant"]
    return "Yes, after: " + " | ".join(said)
"""


@pytest.fixture
def go(rsica_bench, tiny_data, tmp_path, monkeypatch):
    (tmp_path / "echo_model.py").write_text(MODULE)
    sys.modules.pop("echo_model", None)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return lambda *words, out="run": rsica_bench(
        "run", "--data", tiny_data, "--adapter", "python", "--model", "echo_model:echo", "--allow-code",
        "--set", f"path={tmp_path}", "--history", "both", "--out", tmp_path / out, *words,
    )  # fmt: skip


def test_both_are_run_and_reported(go, rsica_bench, tmp_path):
    found = go("--tasks", "classification,dialogue", "--json")
    assert found.status == 0, found.err
    assert set(found.json["gold-history"]["tasks"]) == {"classification", "dialogue"}
    assert set(found.json["own-history"]["tasks"]) == {"dialogue"}
    assert found.json["own-history"]["protocol"]["history"] == "own"
    gold, own = (
        read_predictions(tmp_path / "run" / name / "predictions.jsonl") for name in ("gold-history", "own-history")
    )
    key = next(key for key in own if key[1] == 1)
    assert own[key]["raw"] == "Yes, after: Yes, after: " and gold[key]["raw"] != own[key]["raw"]
    assert {row["history"] for row in own.values()} == {"own"}
    text = go("--tasks", "classification,dialogue").out
    assert "gold history" in text and "own history" in text
    html = tmp_path / "l.html"
    rsica_bench("leaderboard", "build", tmp_path / "run", "--html", html, "--markdown", tmp_path / "l.md")
    assert "own history" in (tmp_path / "l.md").read_text()


def test_without_dialogues_there_is_nothing_to_compare(go):
    found = go("--tasks", "classification", out="none")
    assert found.status == 2 and "no chosen task has several turns" in found.err
    assert json.dumps(found.json) == "null"
