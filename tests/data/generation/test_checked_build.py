"""Checks of a recipe over an assisted build: rows of rules and of a model alike, and a build that is killed between."""

from rsica_data.builder import checks_stage
from rsica_data.dataset.opening import open_dataset

CHECKS = {"balance": {"counting": 0.4}, "masks": {"action": "flag", "off_edges": 3.0}, "leaks": {"captions": "drop"}}


def data_of(out):
    files = sorted([*out.glob("*.jsonl"), *out.glob("*/*.parquet"), out / "manifest.json"])
    return {path.name: path.read_bytes() for path in files}


def test_rows_of_a_model_are_checked_too_and_a_killed_build_ends_the_same(server, assisted, rsica_data, monkeypatch):
    sections = {"checks": CHECKS}
    done, out = assisted(server, name="whole", **sections)
    assert done.status == 0, done.err
    dataset = open_dataset(out)
    assert dataset.manifest["checks"]["dropped_rows"]["answer-balance"] > 0
    assert any(item.provenance.method == "llm" for item in dataset.instructions("train"))
    assert any("checks" in pair.attributes for pair in dataset.pairs())
    assert rsica_data("validate", out).status == 0
    real, calls = checks_stage.gate_shard, []

    def fails(unit):
        calls.append(unit.name)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(unit)

    with monkeypatch.context() as patched:
        patched.setattr(checks_stage, "gate_shard", fails)
        assert assisted(server, name="killed", check=False, **sections)[0].status != 0
    done, killed = assisted(server, name="killed", **sections)
    assert done.status == 0, done.err
    assert data_of(killed) == data_of(out)
