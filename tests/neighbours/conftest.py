"""The demo, tiny models, and replies with our scores of them, for tests with other people's trainers and harnesses.

Each test runs where its package is installed: `make test-neighbours NEIGHBOUR=/path/to/python` runs those of one
environment. Packages and documented commands run in processes of their own, as they do for users.
"""

import json
import subprocess
import sys
import zlib

import pytest
from neighbours import PROGRAMS, ROOT, environment, run

WRONG = ("Yes. Roads: 3. Buildings: 7.", "bananas", "", "No.", "a road is built in the top-left")


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
        key = (name, *settings.items())
        if key not in made:
            made[key] = getattr(tiny_models, name)(tmp_path_factory.mktemp(name), **settings)
        return made[key]

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


@pytest.fixture(scope="session")
def served(tiny, tmp_path_factory):
    """A tiny Idefics3 behind an OpenAI-compatible server: its address, and the file with what it was asked."""
    log = tmp_path_factory.mktemp("served") / "asked.jsonl"
    words = [sys.executable, PROGRAMS / "tiny_server.py", tiny("idefics3"), log]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment()) as server:
        address = server.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        yield address, log
        server.terminate()
