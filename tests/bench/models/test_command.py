"""The command adapter against programs that answer, die, hang, and break the protocol."""

import json
import time

import pytest

from rsica_bench.run.predictions import read_predictions

PARROT = """
    from command_helper import serve
    from PIL import Image
    def answer(question):
        sizes = [Image.open(path).size for path in question["images"]]
        print("noise on standard output")
        return {"text": "Yes", "seen": {"sizes": sizes}, "usage": {"output_tokens": 1}}
    serve(answer, revision="parrot@1", BATCH)
"""


@pytest.fixture
def go(rsica_bench, tiny_data, tmp_path):
    """Run a program over the classification questions."""

    def run(command, *words, out="run", adapter="command", tasks="classification"):
        return rsica_bench(
            "run", "--data", tiny_data, "--adapter", adapter, "--model", command, "--tasks", tasks,
            "--out", tmp_path / out, *words, "--json",
        )  # fmt: skip

    return run


def test_a_program_answers_and_says_what_it_saw(go, program, tmp_path):
    for batch in ("batch=False", "batch=True"):
        text = PARROT.replace("BATCH", batch)
        if batch == "batch=True":
            text = text.replace("serve(answer,", "serve(lambda questions: [answer(q) for q in questions],")
        out = batch[-4:]
        assert go(program(text), out=out).status == 0
        rows = read_predictions(tmp_path / out / "predictions.jsonl")
        assert len(rows) == 6
        assert {json.dumps(row["seen"]) for row in rows.values()} == {'{"sizes": [[64, 64], [64, 64]]}'}
        result = json.loads((tmp_path / out / "result.json").read_text())
        assert result["status"] == "reproduced" and result["model"]["revision"] == "parrot@1"
        assert json.loads((tmp_path / out / "run_info.json").read_text())["usage"]["output_tokens"] == 6


def test_one_image_program_gets_one_image(go, program, tmp_path):
    text = """
        from command_helper import serve
        from PIL import Image
        serve(lambda q: "%d %s" % (len(q["images"]), Image.open(q["images"][0]).size), images=1)
    """
    assert go(program(text), "--one-image", "difference").status == 0
    rows = read_predictions(tmp_path / "run" / "predictions.jsonl")
    assert {row["raw"] for row in rows.values()} == {"1 (208, 64)"}
    assert {row["seen"]["composed"] for row in rows.values()} == {"difference"}
    assert json.loads((tmp_path / "run" / "result.json").read_text())["status"] == "unpinned"


def moody(how, marker):
    """A program that misbehaves on every question with 'nothing' in its file name's pair until the marker exists."""
    return f"""
        import os, time, json
        from command_helper import serve
        from pathlib import Path
        marker, seen = Path({str(marker)!r}), Path({str(marker)!r} + ".asked")
        def answer(question):
            with seen.open("a") as stream:
                stream.write(question["key"] + "\\n")
            if int(question["key"], 16) % 3 == 0 and not marker.exists():
                {how}
            return "Yes"
        serve(answer)
    """


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("os._exit(7)", "ended with exit status 7"),
        ("os.kill(os.getpid(), 9)", "killed by SIGKILL"),
        ("time.sleep(60)", "no reply within 1 s"),
        ("raise ValueError('cannot see')", "ValueError: cannot see"),
        ("return {'no': 'text'}", "the reply has no text"),
    ],
)
def test_what_goes_wrong_is_listed_and_asked_again(go, program, tmp_path, how, reason):
    marker = tmp_path / "well"
    command = program(moody(how, marker))
    began = time.monotonic()
    words = ("--set", "timeout=1")
    found = go(command, *words)
    assert time.monotonic() - began < 30
    rows = read_predictions(tmp_path / "run" / "predictions.jsonl")
    failed = [json.loads(line) for line in (tmp_path / "run" / "failed.jsonl").read_text().splitlines()]
    bad = [key for key, row in rows.items() if row["raw"] is None]
    assert found.status == 1 and len(rows) == 6 and 0 < len(bad) < 6
    assert [(row["instruction_id"], row["turn"]) for row in failed] == sorted(bad)
    assert all(reason in row["reason"] for row in failed)
    assert found.json["tasks"]["classification"]["unparsed"] == len(bad)

    marker.touch()
    asked = len((tmp_path / "well.asked").read_text().splitlines())
    assert go(command, *words).status == 0
    assert len((tmp_path / "well.asked").read_text().splitlines()) - asked == len(bad), (
        "only the failed are asked again"
    )
    assert not (tmp_path / "run" / "failed.jsonl").exists()
    assert go(command, *words, out="unbroken").status == 0
    for name in ("predictions.jsonl", "result.json"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "unbroken" / name).read_bytes()


def test_a_program_that_only_fails_is_not_asked_for_ever(go, program, tmp_path):
    command = program("from command_helper import serve\nserve(lambda question: 1 / 0)", "broken.py")
    found = go(command, "--max-failures", 3, "--batch-size", 2)
    assert found.status == 1
    reasons = [json.loads(line)["reason"] for line in (tmp_path / "run" / "failed.jsonl").read_text().splitlines()]
    assert len(reasons) == 6
    assert sum("division by zero" in reason for reason in reasons) == 3
    assert sum("not asked: 3 turns in a row had failed" in reason for reason in reasons) == 3


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("print('ready')", 1, "no JSON object"),
        ("print('{\"hello\": 9}')", 1, "hello of protocol 1"),
        ("raise SystemExit(3)", 1, "exit status 3"),
    ],
)
def test_a_program_that_does_not_start(go, program, text, status, said):
    found = go(program(text))
    assert found.status == status and said in found.err and len(found.err.splitlines()) == 1


def test_no_such_program(go):
    assert "cannot start 'no-such-program'" in go("no-such-program --x").err


def test_masks_over_the_protocol_answer_every_task(go, program, tmp_path):
    text = """
        import numpy as np
        from PIL import Image
        from command_helper import serve
        def answer(question):
            before = np.asarray(Image.open(question["images"][0]))
            mask = np.zeros(before.shape[:2], np.uint8)
            mask[:20, :20] = question["classes"].index("building") + 1
            path = question["images"][0] + ".mask.png"
            Image.fromarray(mask).save(path)
            return {"mask": path}
        serve(answer, revision="corner@1")
    """
    found = go(program(text), adapter="command-mask", tasks="counting,localization,classification")
    assert found.status == 0, found.err
    rows = read_predictions(tmp_path / "run" / "predictions.jsonl")
    counts = [row["answer"] for row in rows.values() if row["task"] == "counting"]
    assert counts and all(answer == {"road": 0, "building": 1} for answer in counts)
    assert len(list((tmp_path / "run" / "masks").rglob("*.png"))) == 6


def test_a_replay_scores_as_the_live_run(go, program, rsica_bench, tiny_data, tmp_path):
    live = go(program(moody("os._exit(7)", tmp_path / "well")))
    words = ("--tasks", "classification", "--adapter", "replay", "--out", tmp_path / "again", "--json")
    rows = tmp_path / "run" / "predictions.jsonl"
    again = rsica_bench("run", "--data", tiny_data, "--model", rows, *words)
    assert again.json["tasks"] == live.json["tasks"]
