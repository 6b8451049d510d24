"""The short form of `make kill-test`: a kill of each command but the slowest two."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kills", [8, pytest.param(30, marks=pytest.mark.slow)])
def test_killed_commands_go_on_as_if_nothing_had_been(kills):
    command = [sys.executable, str(ROOT / "tests/kill"), "--seed", "3", "--count", str(kills), "--quick"]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=500
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert f"{kills} kills" in done.stdout.splitlines()[-1]
    assert "; 0 with a fault; " in done.stdout.splitlines()[-1]
