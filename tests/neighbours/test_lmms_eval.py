"""The real lmms-eval: exported tasks and their scores, its command, and the adapter with its dummy and a tiny model."""

import json
import math

import pytest
from neighbours import PROGRAMS, PYTHON, documented, needs, run

pytestmark = [pytest.mark.slow, needs("lmms-eval")]


@pytest.fixture
def exported(demo):
    run(documented("formats.md", "rsica-data export demo/dataset --format lmms-eval"), demo)
    return demo / "demo" / "lmms"


def test_scores_are_those_of_a_run_on_the_same_replies(exported, demo, replies, ours, tmp_path):
    run([PYTHON, PROGRAMS / "lmms_replies.py", exported, "rsica_demo", replies, tmp_path / "out.json"], demo)
    result = json.loads((tmp_path / "out.json").read_text())
    compared = 0
    for task, metrics in ours.items():
        row = result["results"][f"rsica_demo_{task}"]
        shown = {name.removesuffix(",none"): value for name, value in row.items() if name.endswith(",none")}
        shown = {name: value for name, value in shown.items() if "_stderr" not in name}
        for name, value in shown.items():
            if name in metrics:
                assert value == pytest.approx(metrics[name], abs=1e-9, rel=0), (task, name)
                compared += 1
            else:
                assert math.isnan(value), (task, name)  # undefined for these replies
    assert compared > 100
    assert result["shown"] == {"RGB+RGB marks 0 max 512": len(replies.read_text().splitlines())}


def test_the_command_asks_a_real_model(exported, demo, tiny, tmp_path):
    words = documented("formats.md", "python -m lmms_eval")
    words[words.index("qwen2_5_vl")] = "qwen2_vl"
    place = next(number for number, word in enumerate(words) if word.startswith("pretrained="))
    words[place] = f"pretrained={tiny('qwen2_vl')},device_map=cpu"
    words[words.index("rsica_demo")] = "rsica_demo_classification"
    words[words.index("logs")] = tmp_path / "logs"
    out = run([*words, "--device", "cpu", "--limit", 2], demo)
    assert "unparsed_share" in out
    (log,) = (tmp_path / "logs").rglob("*_samples_rsica_demo_classification.jsonl")
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    # Its log goes into a run of ours.
    words = ["rsica-bench", "run", "--data", "demo/dataset", "--adapter", "replay", "--model", log, "--tasks",
             "classification", "--limit", 2, "--out", tmp_path / "run"]  # fmt: skip
    run(words, demo)
    kept = [json.loads(line) for line in (tmp_path / "run" / "predictions.jsonl").read_text().splitlines()]
    assert [row["raw"] for row in kept] == [row["unparsed_share"]["reply"] for row in rows]
    assert [row["instruction_id"] for row in kept] == [row["unparsed_share"]["id"] for row in rows]


@pytest.mark.parametrize("name", ["dummy", "qwen2_vl"])
def test_the_adapter_asks_its_models(demo, tiny, tmp_path, name):
    args = "{}" if name == "dummy" else f"{{pretrained: {tiny(name)}}}"
    words = ["rsica-bench", "run", "--data", "demo/dataset", "--adapter", "lmms-eval", "--model", name, "--set",
             f"args={args}", "--set", "max_new_tokens=4", "--tasks", "classification,dialogue", "--limit", 2,
             "--out", tmp_path / "run"]  # fmt: skip
    run(words, demo)
    rows = [json.loads(line) for line in (tmp_path / "run" / "predictions.jsonl").read_text().splitlines()]
    assert len(rows) == 2 * 5
    assert not any(row.get("failed") for row in rows)
    assert any(row["raw"] for row in rows)
