"""Running other people's trainers and harnesses: their programs, and commands as the pages show them."""

import json
import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "tests" / "neighbours" / "programs"
PYTHON = sys.executable
BESIDE = Path(PYTHON).parent
"""Where the programs of the environment are: `trl`, `swift`, `inspect`, `rsica-data`."""


def lacks(package):
    """Why a package, such as `trl>=1`, cannot be used here; None where it can."""
    wanted = Requirement(package)
    try:
        there = version(wanted.name)
    except PackageNotFoundError:
        return f"{package} is not installed in {sys.prefix}"
    return None if there in wanted.specifier else f"{package} is asked for, {there} is installed in {sys.prefix}"


def needs(package):
    """Skips a test, before its fixtures are made, where a package is not installed."""
    return pytest.mark.skipif(lacks(package) is not None, reason=str(lacks(package)))


def environment(**variables):
    path = f"{BESIDE}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "HF_HUB_OFFLINE": "1", "PATH": path, **{k: str(v) for k, v in variables.items()}}


def run(words, cwd, **variables):
    """Run a command in this environment; its output, and the end of it where it fails."""
    words = [str(word) for word in words]
    done = subprocess.run(
        words, cwd=cwd, env=environment(**variables), capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr


def documented(page, start, **values):
    """The words of a command that a page of the documentation shows: the one that begins with `start`.

    Words in capitals, such as MODEL, are replaced by `values`.
    """
    text = (ROOT / "docs" / page).read_text(encoding="utf-8").replace("\\\n", " ")
    (line,) = re.findall(rf"^    ({re.escape(start)}.*)$", text, re.MULTILINE)
    for name, value in values.items():
        line = re.sub(rf"\b{name}\b", str(value), line)
    return shlex.split(line, comments=True)


def python_blocks(page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def check_run(folder, asked):
    """A run of two dialogues and two other questions: two images each, and the replies are those of the model."""
    rows = [json.loads(line) for line in (folder / "predictions.jsonl").read_text().splitlines()]
    assert len(rows) == len(asked) == 2 * 5
    assert not any(row.get("failed") for row in rows)
    assert [len(row["images"]) for row in asked] == [2] * len(asked)
    assert sorted(row["raw"] for row in rows) == sorted(row["reply"] for row in asked)
