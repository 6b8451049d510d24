"""What tests with other people's trainers and harnesses share.

Each runs where its package is installed: `make test-neighbours NEIGHBOUR=/path/to/python` runs those of one environment.
Packages and documented commands run in processes of their own, as they do for users.
"""

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BESIDE = Path(sys.executable).parent
"""Where the programs of the environment are: `trl`, `swift`, `inspect`, `rsica-data`."""
WRONG = ("Yes. Roads: 3. Buildings: 7.", "bananas", "", "No.", "a road is built in the top-left")


def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.slow)


def need(*packages):
    for package in packages:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed in {sys.prefix}", allow_module_level=True)


def run(words, cwd, **variables):
    """Run a command in this environment; its output, and the end of it where it fails."""
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "PATH": f"{BESIDE}{os.pathsep}{os.environ['PATH']}", **variables}
    words = [str(word) for word in words]
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, timeout=900, check=False)
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


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """A folder as the pages have it: the demo dataset lies in `demo/dataset`."""
    folder = tmp_path_factory.mktemp("demo")
    run(["rsica-data", "build", ROOT / "recipes" / "demo.yaml", "--out", "demo/dataset"], folder)
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """Folder of a tiny model with random weights, by the name of its maker in tests/support/tiny_models.py."""
    import tiny_models

    made = {}

    def make(name, **settings):
        if name not in made:
            made[name] = getattr(tiny_models, name)(tmp_path_factory.mktemp(name), **settings)
        return made[name]

    return make


@pytest.fixture(scope="session")
def replies(demo):
    """A file with a reply to each turn of the demo's test split: right, wrong, unreadable or none, by its id."""
    from rsica_data.dataset.opening import open_dataset

    rows = []
    for item in open_dataset(demo / "demo" / "dataset").instructions("test"):
        for turn, text in enumerate(item.turns[1::2]):
            drawn = zlib.crc32(f"{item.instruction_id} {turn}".encode())
            reply = text.content if drawn % 3 else WRONG[drawn // 3 % len(WRONG)]
            rows.append({"instruction_id": item.instruction_id, "turn": turn, "raw": reply})
    path = demo / "replies.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="session")
def ours(demo, replies):
    """Scores of a run of ours on these replies, by task."""
    words = ["rsica-bench", "run", "--data", "demo/dataset", "--adapter", "replay", "--model", replies]
    run([*words, "--out", demo / "ours"], demo)
    result = json.loads((demo / "ours" / "result.json").read_text())
    return {task: entry["metrics"] for task, entry in result["tasks"].items()}
