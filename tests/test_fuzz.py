"""The fuzzer in short, and that it sees what breaks its rules; the lock and the audit."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FUZZ = ROOT / "tests" / "fuzz"
sys.path.insert(0, str(FUZZ))
sys.path.insert(0, str(ROOT / "tools"))

import lock  # noqa: E402
import mutations  # noqa: E402
import pictures  # noqa: E402
import running  # noqa: E402
from targets import TARGETS  # noqa: E402


def test_a_hostile_file_for_every_reader(tmp_path):
    words = [sys.executable, str(FUZZ), "--each", "--seed", "11", "--report", str(tmp_path / "report")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert f"\n{len(TARGETS)} cases in" in done.stdout and "\n0 violations" in done.stdout


@pytest.fixture
def ended(tmp_path, monkeypatch):
    """Run a function as a case; the problems that were seen."""
    # The kernel's count is of a whole network: here, outside a namespace, of whatever else the machine does.
    monkeypatch.setattr(running, "attempts", lambda: 0)

    def run(work, writes=()):
        folder = tmp_path / "pen" / "case"
        folder.mkdir(parents=True)
        return running.run(work, folder, writes).problems

    return run


def test_what_ends_well_is_no_problem(ended):
    def work():
        Path("out").mkdir()
        Path("out/a").write_text("x")
        print("error: a line", file=sys.stderr)
        return 2

    assert ended(work, ("out",)) == []


def _traceback():
    raise KeyError("x")


def _memory():
    held = bytearray(1000 << 20)
    held[::4096] = b"x" * len(held[::4096])
    return 0


def _connection():
    import socket

    with socket.socket() as client:
        client.settimeout(1)
        client.connect_ex(("127.0.0.1", 9))
    return 0


CASES = {
    "traceback": (_traceback, "a traceback"),
    "memory": (_memory, "MB more than its imports"),
    "write": (lambda: Path("../beside").write_text("x") and 0, "wrote ../beside"),
    "input": (lambda: Path("in.txt").write_text("x") and 0, "wrote in.txt"),
    "signal": (lambda: os.kill(os.getpid(), 11), "killed by SIGSEGV"),
    "silent": (lambda: 2, "without an error line"),
    "program": (lambda: os.system("true"), "starts a program"),
    "connection": (_connection, "socket.connect"),
    "temporary": (lambda: (Path(os.environ["TMPDIR"]) / "x").write_text("x") and 0, "leaves temporary files"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_breaks_a_rule_is_seen(ended, name):
    work, expected = CASES[name]
    assert any(expected in problem for problem in ended(work)), name


def test_a_case_that_hangs_is_ended(ended, monkeypatch):
    import time

    monkeypatch.setattr(running, "SECONDS", 1)
    assert any("still runs" in problem for problem in ended(lambda: time.sleep(60)))


def test_a_seed_gives_the_same_file_again(photo_bytes):
    import random

    for change in (mutations.change_bytes, pictures.damaged_pixels, pictures.changed_chunks):
        assert change(random.Random(3), photo_bytes) == change(random.Random(3), photo_bytes)
    text = b'{"a": [1, "x"], "b": {"c": null}}'
    assert mutations.change_yaml(random.Random(5), text) == mutations.change_yaml(random.Random(5), text)


def test_damaged_pixels_have_right_checksums(photo_bytes):
    import random

    damaged = pictures.damaged_pixels(random.Random(1), photo_bytes)
    assert damaged != photo_bytes and pictures.joined(pictures.chunks(damaged)) == damaged
    assert pictures.pixels(damaged) != pictures.pixels(photo_bytes)


@pytest.fixture
def photo_bytes():
    import numpy as np

    from rsica_data.imagery.images import encode_png

    return encode_png(np.random.default_rng(0).integers(0, 256, (20, 20, 3)).astype(np.uint8))


def test_the_lock_has_the_versions_of_the_constraints_and_hashes():
    found = lock.entries(lock.LOCK.read_text(encoding="utf-8"))
    pins = dict(
        line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")
    )
    pins = {name.lower().replace("_", "-"): version for name, version in pins.items()}
    assert len(found) > 100 and all(hashes for *_, hashes in found)
    assert {name: version for name, version, *_ in found if pins.get(name, version) != version} == {}
    assert {name for name, _, marker, _ in found if name not in pins and not marker} == set()


def test_torch_and_packages_of_gpus_are_left_out_of_the_lock():
    text = "a==1 \\\n    --hash=sha256:1\ntorch==2 ; python_version < '4' \\\n    --hash=sha256:2\n"
    text += "torch==2+cpu \\\n    --hash=sha256:3\nnvidia-cudnn==9 \\\n    --hash=sha256:4\n"
    text += "b==1 ; sys_platform == 'win32' \\\n    --hash=sha256:5\n    --hash=sha256:6\n"
    assert lock.written(lock.joined(lock.entries(text))).removeprefix(lock.HEAD) == (
        "a==1 \\\n    --hash=sha256:1\nb==1 ; sys_platform == 'win32' \\\n    --hash=sha256:5 \\\n    --hash=sha256:6\n"
    )


@pytest.mark.parametrize(
    ("said", "line", "found"),
    [
        ("", "vulnerabilities: the service could not be asked (no way there)", False),
        ({"dependencies": [{"name": "a", "skip_reason": "x"}]}, "no package could be checked", False),
        (
            {"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}]},
            "a 1: CVE-1, mended in 2",
            True,
        ),
    ],
)
def test_an_audit_says_what_it_could_not_check(tmp_path, said, line, found):
    import audit

    (tmp_path / "lib/python3.11/site-packages").mkdir(parents=True)
    program = tmp_path / "bin/pip-audit"
    program.parent.mkdir()
    text = json.dumps(said) if said else ""
    program.write_text(f"#!/bin/sh\necho 'no way there' >&2\ncat <<'END'\n{text}\nEND\n")
    program.chmod(0o755)
    lines, bad = audit.vulnerabilities(tmp_path, tmp_path)
    assert any(line in one for one in lines) and bad is found
