"""Run folders at an address, with fsspec's file system in memory: the bytes of local runs, from several machines."""

import pytest

from rsica_data.core.files import sha256_bytes, sha256_file

QUICK = ("--tasks", "classification,counting", "--batch-size", 4)
VARYING = ("run_info.json", ".rsica-lock")


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Makes the commands those of another machine: nothing is in its cache."""
    return lambda name: monkeypatch.setenv("RSICA_CACHE", str(tmp_path / f"machine-{name}"))


def there(system, place):
    found = {name.removeprefix(f"{place}/"): sha256_bytes(system.cat_file(name)) for name in system.find(place)}
    return {name: digest for name, digest in found.items() if name not in VARYING}


def here(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in VARYING)
    return {path.relative_to(folder).as_posix(): sha256_file(path) for path in files}


def test_a_run_at_an_address_is_the_local_one(memory, machine, rsica_bench, tiny_data, tmp_path):
    words = ("run", "--data", tiny_data, "--adapter", "pixel-difference", *QUICK)
    assert rsica_bench(*words, "--out", tmp_path / "run").status == 0
    first = rsica_bench(*words, "--out", "memory://runs/one")
    assert first.status == 0, first.err
    assert first.out.startswith("memory://runs/one  protocol default")
    assert there(memory, "/runs/one") == here(tmp_path / "run")
    assert {"result.json", "predictions.jsonl"} <= there(memory, "/runs/one").keys()
    machine("two")
    again = rsica_bench(*words, "--out", "memory://runs/one")
    assert sorted(again.out.splitlines()) == sorted(first.out.splitlines())
    local, remote_ = (
        rsica_bench("score", tmp_path / "run", "--json"),
        rsica_bench("score", "memory://runs/one", "--data", tiny_data, "--json"),
    )
    assert remote_.json == local.json
    assert rsica_bench("compare", "memory://runs/one", tmp_path / "run", "--data", tiny_data).status == 0


def test_both_histories_at_an_address(memory, rsica_bench, tiny_data, tmp_path):
    words = ("run", "--data", tiny_data, "--adapter", "no-change", "--tasks", "dialogue", "--history", "both")
    assert rsica_bench(*words, "--out", tmp_path / "run").status == 0
    assert rsica_bench(*words, "--out", "memory://runs/both").status == 0
    wanted = {name: digest for name, digest in here(tmp_path / "run").items() if "run_info" not in name}
    assert {name: digest for name, digest in there(memory, "/runs/both").items() if "run_info" not in name} == wanted


def test_parts_of_a_run_at_an_address(memory, machine, rsica_bench, tiny_data, tmp_path):
    words = ("run", "--data", tiny_data, "--adapter", "pixel-difference", *QUICK)
    assert rsica_bench(*words, "--out", tmp_path / "run").status == 0
    told = rsica_bench("merge", "memory://runs/one", "--data", tiny_data)
    assert (told.status, "no parts are there" in told.err) == (2, True)
    for number in (2, 1, 3):
        machine(number)
        assert rsica_bench(*words, "--out", "memory://runs/one", "--part", f"{number}/3").status == 0
    assert not memory.exists("/runs/one")
    merged = rsica_bench("merge", "memory://runs/one", "--data", tiny_data)
    assert merged.status == 0, merged.err
    assert there(memory, "/runs/one") == here(tmp_path / "run")
    assert memory.find("/runs/one.parts") == []
    again = rsica_bench("merge", "memory://runs/one")
    assert sorted(again.out.splitlines()) == sorted(merged.out.splitlines())


def test_another_machine_asks_what_failed(memory, machine, rsica_bench, tiny_data, tmp_path, monkeypatch):
    code = "import os\n\ndef answer(images, prompt, history):\n    return os.environ['SAID']\n"
    (tmp_path / "far_model.py").write_text(code)
    monkeypatch.delenv("SAID", raising=False)
    words = ("run", "--data", tiny_data, "--adapter", "python", "--model", "far_model:answer", "--allow-code", *QUICK)
    words = (*words, "--set", f"path={tmp_path}", "--out", "memory://runs/one")
    assert rsica_bench(*words).status == 1
    assert "failed.jsonl" in there(memory, "/runs/one")
    machine("two")
    monkeypatch.setenv("SAID", "Yes.")
    found = rsica_bench(*words)
    assert found.status == 0, found.err
    assert not {"failed.jsonl", "predictions.partial.jsonl"} & there(memory, "/runs/one").keys()


def test_mistakes(memory, rsica_bench, tiny_data):
    words = ("run", "--data", tiny_data, "--adapter", "no-change", *QUICK, "--out")
    memory.pipe_file("/full/notes.txt", b"mine")
    told = rsica_bench(*words, "memory://full")
    assert (told.status, "memory://full" in told.err, "holds no run" in told.err) == (2, True, True)
    assert rsica_bench(*words, "memory://runs/one").status == 0
    other = ("run", "--data", tiny_data, "--adapter", "oracle", *QUICK, "--out", "memory://runs/one")
    assert (rsica_bench(*other).status, "other settings" in rsica_bench(*other).err) == (2, True)
    read = rsica_bench("score", "memory://runs/one", "--data", tiny_data, "--read-with", "m")
    assert (read.status, "copy that here" in read.err) == (2, True)
    judged = rsica_bench("judge", "memory://runs/one", "--data", tiny_data, "--model", "m")
    assert judged.status == 2
