"""A local Hub in a process of its own, and a client process that is pointed at it."""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest

from rsica_data.cli import cli as data_group
from rsica_data.core.command_line import run_cli

ROOT = Path(__file__).resolve().parents[4]
KEY = "hub_key_of_ann_0123456789"


class LocalHub:
    """The server, its faults and its log."""

    def __init__(self, url):
        self.url = url

    def _ask(self, path, data=None):
        body = None if data is None else json.dumps(data).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data=body), timeout=30) as answer:
            return json.load(answer)

    def fail(self, *faults):
        """Faults as (where, kind, times); none ends them."""
        self._ask("/_control/faults", [dict(zip(("where", "kind", "times"), fault, strict=True)) for fault in faults])

    def release(self):
        self._ask("/_control/release", {})

    def forget(self):
        self._ask("/_control/forget", {})

    def log(self, part=""):
        return [row for row in self._ask("/_control/log") if part in row["what"]]

    def sent(self):
        """Bytes of file content received."""
        return sum(row["bytes"] for row in self.log("PUT /_store/"))

    def messages(self, repo):
        return self._ask(f"/_control/messages/{repo}")


class Client:
    """Command lines in a process that knows the local Hub."""

    def __init__(self, process, environment):
        self._process, self.environment = process, environment

    def _ask(self, **request):
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the client process ended"
        return json.loads(line)

    def __call__(self, *words, program="rsica-data", **env):
        words = [str(word) for word in words]
        found = SimpleNamespace(**self._ask(do="command", program=program, words=words, env=env))
        assert KEY not in found.out + found.err
        assert "Traceback" not in found.err
        found.json = json.loads(found.out) if "--json" in words and found.status == 0 else None
        return found

    def load(self, name, config, revision=None):
        return SimpleNamespace(**self._ask(do="load", name=str(name), config=config, revision=revision))


@pytest.fixture(scope="session")
def hub():
    command = [sys.executable, str(ROOT / "tests/hub_server/server.py"), "--multipart-bytes", "40000"]
    with subprocess.Popen(
        [*command, "--token", f"{KEY}=ann", "--token", "key_of_bob=bob"], stdout=subprocess.PIPE, text=True
    ) as process:
        yield LocalHub(process.stdout.readline().strip())
        process.kill()


@pytest.fixture(scope="session")
def environment(hub, tmp_path_factory):
    home = tmp_path_factory.mktemp("hub_home")
    return {
        **os.environ,
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": KEY,
        "HF_HOME": str(home / "hf"),
        "HF_HUB_OFFLINE": "0",
        "HF_DATASETS_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "RSICA_CACHE": str(home / "cache"),
        "NO_PROXY": "127.0.0.1,localhost",
    }


@pytest.fixture(scope="session")
def _client(environment):
    worker = Path(__file__).with_name("worker.py")
    with subprocess.Popen(
        [sys.executable, str(worker)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout.readline().strip() == "ready"
        yield Client(process, environment)
        process.stdin.close()


@pytest.fixture
def client(_client, hub):
    hub.fail()
    hub.forget()
    yield _client
    hub.fail()


@pytest.fixture
def dataset(small_dataset, tmp_path):
    """A copy of the small dataset: 12 pairs of simulated images, which may be passed on."""
    shutil.copytree(small_dataset, tmp_path / "dataset")
    return tmp_path / "dataset"


def call(*words):
    assert run_cli(data_group, "rsica-data", [str(word) for word in words]) == 0


@pytest.fixture(scope="session")
def levir(tmp_path_factory):
    """A tree in LEVIR-MCI's layout, and a dataset built from it: terms that forbid passing the images on."""
    folder = tmp_path_factory.mktemp("levir")
    call("synth", "--layout", "levir-mci", "--pairs", 12, "--out", folder / "images", "--workers", 1)
    recipe = {
        "name": "levir-small",
        "title": "Small",
        "license": "CC-BY-4.0",
        "citation": "The authors of the instructions.",
        "date": "2026-03-01",
        "source": {"name": "levir-mci"},
        "facts": {"classes": ["road", "building"]},
        "tasks": {"captioning": {}, "counting": {}},
        "build": {"shard_pairs": 3},
    }
    (folder / "recipe.yaml").write_text(json.dumps(recipe))
    call("build", folder / "recipe.yaml", "--input", folder / "images", "--out", folder / "dataset", "--workers", 1)
    return SimpleNamespace(images=folder / "images", dataset=folder / "dataset")


STORE = """
import sys
from huggingface_hub import HfApi

api = HfApi()
api.create_repo(sys.argv[1], repo_type="dataset")
api.upload_folder(repo_id=sys.argv[1], folder_path=sys.argv[2], path_in_repo="data", repo_type="dataset")
"""


@pytest.fixture(scope="session")
def stored_folder(environment):
    """Put a local folder, of files that differ from each other, into a new repository; its address."""

    def store(repo, folder):
        quiet = environment | {"HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        subprocess.run([sys.executable, "-c", STORE, repo, str(folder)], env=quiet, check=True)
        return f"hf://datasets/{repo}/data"

    return store


@pytest.fixture
def content():
    """Bytes of all data files and the manifest of a folder, by path."""

    def read(folder, *tables):
        found = [
            path
            for table_name in tables or ("pairs", "instructions")
            for path in (folder / table_name).glob("*.parquet")
        ]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in [*found, folder / "manifest.json"]}

    return read
