"""The short form of `make kill-test`: a kill or two of each command but the slowest."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_killed_commands_go_on_as_if_nothing_had_been():
    command = [sys.executable, str(ROOT / "tests/kill"), "--seed", "3", "--count", "60", "--quick"]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=500
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert "60 kills" in done.stdout.splitlines()[-1]
    assert "; 0 with a fault; " in done.stdout.splitlines()[-1]
