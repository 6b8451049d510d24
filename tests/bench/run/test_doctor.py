"""`doctor` names every adapter and what is missing."""

import importlib.util

import pytest

from rsica_data.core import registry


def test_what_is_there(rsica_bench):
    found = rsica_bench("doctor", "--json")
    assert found.status == 0
    assert set(found.json["adapters"]) == set(registry.names(registry.ADAPTERS))
    assert found.json["adapters"]["pixel-difference"]["ready"] and found.json["machine"]["cores"] >= 1
    assert found.json["extras"]["peft"]["purpose"]
    text = rsica_bench("doctor").out
    assert "adapters" in text and "  ok      oracle" in text


def test_what_is_missing(rsica_bench, monkeypatch):
    real = importlib.util.find_spec
    hidden = ("transformers", "accelerate", "vllm", "ray")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name in hidden else real(name, *rest))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    found = rsica_bench("doctor", "--json").json
    assert found["adapters"]["transformers"] == {
        "ready": False,
        "missing": ["transformers", "accelerate"],
        "note": "pip install 'rsica[transformers]', in a checkout: pip install -e '.[transformers]'",
    }
    assert found["adapters"]["vllm"]["note"].startswith("pip install 'rsica[vllm]', in a checkout: ")
    assert "OPENAI_API_KEY" in found["adapters"]["openai"]["note"]
    assert found["extras"]["ray"]["version"] is None
    assert "missing ray" in rsica_bench("doctor").out


def test_metadata_without_an_installation(tmp_path):
    """What `make gpu-check` writes has the entry points of the installed package."""
    import importlib.metadata as metadata

    import package_metadata as writer

    writer.write_metadata(tmp_path)
    (found,) = metadata.distributions(name="rsica", path=[str(tmp_path)])
    written = {(point.group, point.name, point.value) for point in found.entry_points}
    installed = metadata.distribution("rsica")
    assert found.version == installed.version
    plugins_ = {(p.group, p.name, p.value) for p in installed.entry_points if p.group.startswith("rsica.")}
    assert written == plugins_


def test_all_gpus_without_one(rsica_bench, tiny_data, tmp_path):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    words = ("--adapter", "pixel-difference", "--devices", "all", "--out", tmp_path / "run")
    assert "torch sees no GPU" in rsica_bench("run", "--data", tiny_data, *words).err
