"""Several devices, killed workers, full disks, models that changed."""

import errno
import json
import os
import sys
import time
from pathlib import Path

import pytest

from rsica_bench.run.predictions import read_predictions
from rsica_data.core.files import sha256_file

MODULE = """
import os, time
from pathlib import Path

HERE = Path(__file__).parent

def _note(text):
    with (HERE / "asked").open("a") as stream:
        stream.write(text + chr(10))

def calm(images, prompt, history):
    _note(f"{os.getpid()} {os.environ.get('CUDA_VISIBLE_DEVICES', '')}")
    time.sleep(0.02)
    return "Yes"

def together(images, prompt, history):
    # Answers only once two processes were asked: whichever starts first waits for the other.
    _note(str(os.getpid()))
    end = time.monotonic() + 60
    while len(set((HERE / "asked").read_text().split())) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    return "Yes"

def killer(images, prompt, history):
    # The third question of every process kills it, until it is cured; no question does so twice, whatever the order.
    import hashlib
    calm(images, prompt, history)
    globals()["count"] = globals().get("count", 0) + 1
    mark = HERE / ("killed-" + hashlib.sha256(images[0].tobytes() + prompt.encode()).hexdigest())
    if count == 3 and not (HERE / "cured").exists() and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), 9)
    return "Yes"

def poisoned(images, prompt, history):
    import hashlib
    if hashlib.sha256(images[0].tobytes()).digest()[0] % 3 == 0 and not (HERE / "cured").exists():
        os.kill(os.getpid(), 9)
    return "Yes"

def sleepy(images, prompt, history):
    if not (HERE / "cured").exists():
        time.sleep(600)
    return "Yes"

def refusing(images, prompt, history):
    if not (HERE / "cured").exists():
        raise ValueError("not today")
    return "Yes"

def silent(images, prompt, history):
    return "Yes"

class Unloadable:
    def __init__(self):
        os.kill(os.getpid(), 9)
"""


@pytest.fixture
def go(rsica_bench, tiny_data, tmp_path, monkeypatch):
    (tmp_path / "worker_models.py").write_text(MODULE)
    sys.modules.pop("worker_models", None)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def run(function, *words, out="run", tasks="classification,counting"):
        return rsica_bench(
            "run", "--data", tiny_data, "--adapter", "python", "--model", f"worker_models:{function}", "--allow-code",
            "--set", f"path={tmp_path}", "--tasks", tasks, "--batch-size", 4, "--out", tmp_path / out, *words, "--json",
        )  # fmt: skip

    return run


def content(folder):
    return {name: sha256_file(folder / name) for name in ("predictions.jsonl", "result.json", "run.json")}


def test_two_devices_answer_everything_once(go, tmp_path):
    assert go("together", "--devices", "cpu,cpu").status == 0
    asked = (tmp_path / "asked").read_text().split()
    assert len(asked) == 12 and len(set(asked)) == 2
    assert go("together", out="alone").status == 0
    assert content(tmp_path / "run") == content(tmp_path / "alone")
    info = json.loads((tmp_path / "run" / "run_info.json").read_text())
    assert info["devices"] == ["cpu", "cpu"] and info["turns_this_session"] == 12 and info["replies_per_second"] > 0


def test_a_killed_worker_is_replaced(go, tmp_path):
    assert go("killer", "--devices", "cpu,cpu", "--batch-size", 2).status == 0
    assert len(read_predictions(tmp_path / "run" / "predictions.jsonl")) == 12
    (tmp_path / "cured").touch()
    assert go("killer", "--batch-size", 2, out="unbroken").status == 0
    assert content(tmp_path / "run") == content(tmp_path / "unbroken")


def test_what_kills_every_worker_is_listed_and_asked_again(go, tmp_path):
    words = ("--devices", "cpu", "--batch-size", 3)
    found = go("poisoned", *words, tasks="classification")
    assert found.status == 1
    rows = read_predictions(tmp_path / "run" / "predictions.jsonl")
    bad = {key for key, row in rows.items() if row.get("failed")}
    assert len(rows) == 6 and 0 < len(bad) < 6
    assert {rows[key]["reason"] for key in bad} == {"no reply: the worker process died"}
    (tmp_path / "cured").touch()
    assert go("poisoned", *words, tasks="classification").status == 0
    assert go("poisoned", out="unbroken", tasks="classification").status == 0
    assert content(tmp_path / "run") == content(tmp_path / "unbroken")


def test_a_hung_worker_is_killed(go, tmp_path):
    words = ("--devices", "cpu", "--batch-size", 1, "--unit-timeout", 1, "--limit", 1)
    began = time.monotonic()
    assert go("sleepy", *words, tasks="classification").status == 1
    assert time.monotonic() - began < 100
    (row,) = read_predictions(tmp_path / "run" / "predictions.jsonl").values()
    assert row["failed"] and row["reason"] == "no reply: the worker process died"


def test_workers_that_never_load_end_the_run(go):
    found = go("Unloadable", "--devices", "cpu,cpu")
    assert found.status == 1 and "while it was loading" in found.err


def test_a_mistake_in_a_worker_is_one_line(go):
    found = go("absent", "--devices", "cpu,cpu")
    assert found.status == 2 and "cannot import" in found.err and "Traceback" not in found.err


def test_devices_are_checked(go):
    assert "not a device: 'gpu0'" in go("calm", "--devices", "cpu,gpu0").err


def test_a_gpu_worker_sees_its_own_gpu(monkeypatch):
    from rsica_bench.run.workers import _visible

    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6")
    assert _visible("cuda:1") == "cuda:0" and os.environ["CUDA_VISIBLE_DEVICES"] == "6"
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert _visible("cuda:3") == "cuda:0" and os.environ["CUDA_VISIBLE_DEVICES"] == "3"
    assert _visible("cpu") == "cpu"


def test_full_disk_stops_and_the_same_command_goes_on(go, tmp_path, monkeypatch):
    real, synced = os.fsync, []

    def full(handle):
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        if sum(name.endswith("predictions.partial.jsonl") for name in synced) == 3:
            raise OSError(errno.ENOSPC, "full")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    found = go("silent")
    assert found.status == 1 and "no space left" in found.err and "go on" in found.err
    monkeypatch.setattr(os, "fsync", real)
    lines = (tmp_path / "run" / "predictions.partial.jsonl").read_text().splitlines()
    assert 0 < len(lines) < 12 and all(json.loads(line) for line in lines)
    assert go("silent").status == 0
    assert go("silent", out="unbroken").status == 0
    assert content(tmp_path / "run") == content(tmp_path / "unbroken")


def test_another_model_under_the_same_name_is_refused(go, tmp_path):
    go("refusing")
    (tmp_path / "run" / "model.json").write_text('{"callable": "other:model", "revision": null}\n')
    found = go("refusing")
    assert found.status == 2 and "differs from the one that this run began with: callable was" in found.err


def test_a_folder_without_answers_may_be_taken_again(go):
    assert go("absent").status == 2
    assert go("silent").status == 0


@pytest.mark.slow
def test_ray_on_one_machine(go, tmp_path):
    """The same bytes from Ray actors as from this process, also where one is killed."""
    pytest.importorskip("ray")
    ray = ("--engine", "ray", "--devices", "cpu,cpu", "--batch-size", 2)
    assert go("together", *ray, tasks="classification").status == 0
    asked = (tmp_path / "asked").read_text().split()
    assert len(asked) == 6 and len(set(asked)) == 2
    assert go("together", out="alone", tasks="classification").status == 0
    assert content(tmp_path / "run") == content(tmp_path / "alone")
    assert go("killer", *ray, out="killed", tasks="classification,counting").status == 0
    assert len(read_predictions(tmp_path / "killed" / "predictions.jsonl")) == 12
    found = go("absent", *ray, out="mistake")
    assert found.status in (1, 2) and "cannot import" in found.err
