"""The real Inspect: the exported task and its scores, its command, and the adapter, asking a tiny model."""

import json

import pytest
from neighbours import PROGRAMS, PYTHON, check_run, documented, needs, run

pytestmark = [pytest.mark.slow, needs("inspect-ai")]


@pytest.fixture
def exported(demo):
    run(documented("formats.md", "rsica-data export demo/dataset --format inspect"), demo)
    return demo / "demo" / "inspect" / "rsica_demo.py"


def test_scores_are_those_of_a_run_on_the_same_replies(exported, demo, replies, ours, tmp_path):
    run([PYTHON, PROGRAMS / "inspect_replies.py", exported, replies, tmp_path / "out.json"], demo)
    result = json.loads((tmp_path / "out.json").read_text())
    wanted = {f"{task}/{name}": value for task, metrics in ours.items() for name, value in metrics.items()}
    shown = {name: value for name, value in result["metrics"].items() if "/" in name}
    assert shown == pytest.approx(wanted, abs=1e-9, rel=0)
    assert len(shown) > 200
    assert result["metrics"]["classification"] == pytest.approx(ours["classification"]["accuracy"], abs=1e-9)
    assert len(result["samples"]) == len(replies.read_text().splitlines())


def test_the_command_asks_a_real_model_with_two_images(exported, demo, served, tmp_path):
    address, log = served
    words = documented("formats.md", "inspect eval demo/inspect/rsica_demo.py")
    words[words.index("openai/gpt-4o")] = "openai-api/local/tiny"
    before = len(log.read_text().splitlines()) if log.is_file() else 0
    out = run([*words, "--limit", 6, "--log-dir", tmp_path, "--display", "plain"], demo,
              LOCAL_BASE_URL=address, LOCAL_API_KEY="x")  # fmt: skip
    rows = [json.loads(line) for line in log.read_text().splitlines()][before:]
    assert [row["images"] for row in rows] == [[[256, 256]] * 2] * 6
    assert not any("<image>" in row["text"] for row in rows)
    assert "counting/mae" in out or "counting/unparsed_share" in out


def test_the_adapter_asks_a_real_model(demo, served, tmp_path):
    address, log = served
    before = len(log.read_text().splitlines()) if log.is_file() else 0
    words = ["rsica-bench", "run", "--data", "demo/dataset", "--adapter", "inspect", "--model", "openai-api/local/tiny",
             "--tasks", "classification,dialogue", "--limit", 2, "--out", tmp_path / "run"]  # fmt: skip
    run(words, demo, LOCAL_BASE_URL=address, LOCAL_API_KEY="x")
    check_run(tmp_path / "run", [json.loads(line) for line in log.read_text().splitlines()][before:])
