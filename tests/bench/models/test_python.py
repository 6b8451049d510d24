"""The python adapter: functions, batches, classes, and the gate before code."""

import json
import sys

import pytest

MODULE = """
def one(images, prompt, history):
    if "fail" in prompt:
        raise ValueError("no")
    return "Yes" if images[0].mode == "RGB" and len(images) == 2 else "No"

def many(questions):
    return [one(**question) for question in questions]

class Model:
    def __init__(self, answer):
        self.answer = answer
    def __call__(self, images, prompt, history):
        return self.answer

def number(images, prompt, history):
    return 3

def picky(questions):
    if len(questions) > 1:
        raise RuntimeError("too many")
    return many(questions)

value = 3
"""


@pytest.fixture
def go(rsica_bench, tiny_data, tmp_path, monkeypatch):
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "my_answers.py").write_text(MODULE)
    sys.modules.pop("my_answers", None)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def run(model, *words, out="run", tasks="classification"):
        return rsica_bench(
            "run", "--data", tiny_data, "--adapter", "python", "--model", model, "--tasks", tasks,
            "--set", f"path={folder}", "--out", tmp_path / out, *words, "--json",
        )  # fmt: skip

    return run


def test_functions_batches_and_classes(go, rsica_bench, tiny_data, tmp_path):
    cases = [
        ("my_answers:one", ()),
        ("my_answers:many", ("--set", "batch=true")),
        ("my_answers:picky", ("--set", "batch=true")),
        ("my_answers:Model", ("--set", "init={answer: 'Yes'}", "--set", "revision=r1")),
    ]
    for number, (model, words) in enumerate(cases):
        found = go(model, "--allow-code", *words, out=str(number))
        assert found.status == 0, found.err
        rows = [json.loads(line) for line in (tmp_path / str(number) / "predictions.jsonl").read_text().splitlines()]
        assert {row["raw"] for row in rows} == {"Yes"}
    assert json.loads((tmp_path / "3" / "result.json").read_text())["status"] == "reproduced"
    words = ("--adapter", "replay", "--model", tmp_path / "3" / "predictions.jsonl", "--out", tmp_path / "again")
    again = rsica_bench("run", "--data", tiny_data, *words, "--tasks", "classification", "--json")
    assert again.json["tasks"] == found.json["tasks"]


def test_code_needs_leave(go):
    found = go("my_answers:one")
    assert found.status == 2 and "--allow-code" in found.err and "my_answers:one" in found.err


def test_mistakes(go):
    for model, said in (
        ("my_answers", "module:callable"),
        ("my_answers:absent", "cannot import"),
        ("no_module_of_mine:x", "cannot import"),
        ("my_answers:value", "cannot be called"),
    ):
        found = go(model, "--allow-code")
        assert found.status == 2 and said in found.err, found.err


def test_a_reply_that_is_no_text_fails(go, tmp_path):
    assert go("my_answers:number", "--allow-code").status == 1
    reasons = {json.loads(line)["reason"] for line in (tmp_path / "run" / "failed.jsonl").read_text().splitlines()}
    assert reasons == {"no reply: TypeError: the callable returned a int, not a text"}
