"""The vllm adapter against a stand-in of the part of vLLM's interface that it uses (LLM, chat, SamplingParams).

vLLM itself needs a GPU; what is tested here is what goes in and what is made of what comes out.
"""

import json
import sys
import types

import pytest

from rsica_bench.run.predictions import read_predictions


@pytest.fixture
def vllm(monkeypatch):
    """The stand-in; keeps what it was given."""
    given = types.SimpleNamespace(engine=None, sampling=None, batches=[])

    class SamplingParams:
        def __init__(self, **values):
            given.sampling = values

    class LLM:
        def __init__(self, model, **values):
            if model == "absent":
                raise OSError("absent is not a local folder")
            given.engine = values

        def chat(self, messages, sampling_params=None, use_tqdm=True):
            assert use_tqdm is False and isinstance(sampling_params, SamplingParams)
            given.batches.append(messages)
            said = types.SimpleNamespace(text=" Yes ", token_ids=[5, 6, 7])
            return [types.SimpleNamespace(prompt="<chat>", prompt_token_ids=[1] * 20, outputs=[said]) for _ in messages]

    monkeypatch.setitem(sys.modules, "vllm", types.SimpleNamespace(LLM=LLM, SamplingParams=SamplingParams))
    return given


@pytest.fixture
def go(rsica_bench, tiny_data, tmp_path):
    return lambda *words, model="org/model", out="run": rsica_bench(
        "run", "--data", tiny_data, "--adapter", "vllm", "--model", model, "--tasks", "dialogue", "--limit", 2,
        "--out", tmp_path / out, *words, "--json",
    )  # fmt: skip


def test_whole_units_with_images_and_history(go, vllm, tmp_path, rsica_bench, tiny_data):
    live = go(
        "--set", "system=Be brief.", "--set", "revision=abc", "--set", "engine={enforce_eager: true}", "--seed", 3
    )
    assert live.status == 0, live.err
    assert vllm.engine["limit_mm_per_prompt"] == {"image": 2} and vllm.engine["enforce_eager"] is True
    assert vllm.engine["seed"] == 3 and vllm.sampling == {"temperature": 0, "top_p": 1, "max_tokens": 256, "seed": 3}
    (batch,) = vllm.batches
    longest = max(batch, key=len)
    assert [turn["role"] for turn in longest[:3]] == ["system", "user", "assistant"]
    kinds = [part["type"] for part in longest[1]["content"]]
    assert kinds == ["image_url", "image_url", "text"]
    assert longest[1]["content"][0]["image_url"]["url"].startswith("data:image/png;base64,")
    assert [part["type"] for part in longest[-1]["content"]] == ["text"]
    rows = read_predictions(tmp_path / "run" / "predictions.jsonl")
    row = next(iter(rows.values()))
    assert row["raw"] == "Yes"
    assert row["seen"] == {"images": [[64, 64], [64, 64]], "input_tokens": 20, "prompt": "<chat>"}
    info = json.loads((tmp_path / "run" / "run_info.json").read_text())
    assert info["usage"]["output_tokens"] == 3 * len(rows)
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["model"]["revision"] == "org/model@abc" and result["status"] == "reproduced"
    words = ("--tasks", "dialogue", "--limit", 2, "--model", tmp_path / "run" / "predictions.jsonl")
    again = rsica_bench(
        "run", "--data", tiny_data, "--adapter", "replay", *words, "--out", tmp_path / "again", "--json"
    )
    assert again.json["tasks"] == live.json["tasks"]


def test_mistakes(go, vllm, monkeypatch):
    assert "cannot start with 'absent'" in go(model="absent").err
    assert "--allow-code" in go("--set", "trust_remote_code=true", out="b").err
    monkeypatch.setitem(sys.modules, "vllm", None)
    found = go(out="c")
    assert found.status == 2 and "rsica[vllm]" in found.err
