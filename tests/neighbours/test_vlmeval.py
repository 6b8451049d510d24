"""The real VLMEvalKit: the exported table asked with its command, its answers scored here, and the adapter."""

import json

import pytest
from neighbours import PYTHON, check_run, documented, needs, run

pytestmark = [pytest.mark.slow, needs("ms-vlmeval")]


def asked(log):
    return [json.loads(line) for line in log.read_text().splitlines()] if log.is_file() else []


def test_the_table_is_asked_and_its_answers_are_scored(demo, served, tmp_path):
    address, log = served
    run(documented("formats.md", "rsica-data export demo/dataset --format vlmeval"), demo)
    words = documented("formats.md", "LMUData=demo/vlm python -m vlmeval.run")[1:]
    words[words.index("MODEL")] = "tiny"
    before = len(asked(log))
    run(
        [*words, "--base-url", address, "--limit", 8, "--work-dir", tmp_path / "out"],
        demo,
        LMUData=demo / "demo" / "vlm",
    )
    rows = asked(log)[before:]
    assert [row["images"] for row in rows] == [[[256, 256]] * 2] * 8
    (answers,) = (path for path in (tmp_path / "out").rglob("*demo_test.*") if path.suffix in (".xlsx", ".tsv"))
    words = documented("formats.md", "python demo/vlm/replies.py", ANSWERS=answers.with_suffix(""))
    words[words.index(next(word for word in words if "xlsx" in word))] = answers
    run([PYTHON, *words[1:-1], tmp_path / "replies.jsonl"], demo)
    replies = [json.loads(line) for line in (tmp_path / "replies.jsonl").read_text().splitlines()]
    assert sorted(row["raw"] or "" for row in replies) == sorted(row["reply"] for row in rows)


def test_the_adapter_asks_a_real_model(demo, served, tmp_path):
    address, log = served
    before = len(asked(log))
    args = f"{{model: tiny, api_base: {address}/chat/completions, key: sk-x}}"
    words = ["rsica-bench", "run", "--data", "demo/dataset", "--adapter", "vlmeval", "--model", "GPT4o", "--set",
             f"args={args}", "--tasks", "classification,dialogue", "--limit", 2, "--out", tmp_path / "run"]  # fmt: skip
    run(words, demo)
    check_run(tmp_path / "run", asked(log)[before:])
