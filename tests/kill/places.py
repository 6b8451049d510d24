"""What the killed commands work on: a tiny dataset, runs, repositories on a local Hub, a local language model."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_CARD_HASH = re.compile(rb"<!-- card of rsica [0-9a-f]{64} -->")
KEY = "key_of_the_kill_test"
RECORDS = {"build_info.json", "run_info.json"}
"""Files that say when and on what machine something was made: they are there, and their bytes vary."""


@dataclass(frozen=True)
class Servers:
    """Addresses of the Hub's and the language model's stand-ins, and the model's log."""

    hub: str
    model: str
    log: Path

    def ask(self, path: str) -> bytes:
        asked = urllib.request.Request(self.hub + path, headers={"Authorization": f"Bearer {KEY}"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return bytes(answer.read())

    def repository(self, name: str) -> dict[str, str]:
        """Every file of a repository with its hash, by the bytes with its own name left out, and its commits."""
        rows = json.loads(self.ask(f"/api/datasets/{name}/tree/main?recursive=true"))
        found = {"commits": str(len(json.loads(self.ask(f"/_control/messages/{name}"))))}
        for row in rows:
            if row["type"] == "file":
                data = self.ask(f"/datasets/{name}/resolve/main/{row['path']}")
                data = _CARD_HASH.sub(b"", data.replace(name.split("/")[1].encode(), b"NAME"))
                found[row["path"]] = hashlib.sha256(data).hexdigest()
        return found

    def answered(self) -> Counter[str]:
        """How often each question was answered."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        rows = [json.loads(line) for line in lines]
        return Counter(row["sha"] for row in rows if row["outcome"] == "answered")


@contextmanager
def servers(folder: Path) -> Iterator[Servers]:
    """Both stand-ins, as processes of their own."""
    log = folder / "model.jsonl"
    hub = [sys.executable, str(ROOT / "tests/hub_server/server.py"), "--token", f"{KEY}=ann"]
    serve = "from rsica_data.cli import main; main()"
    model = [sys.executable, "-c", serve, "assist", "serve", "--model", "rules", "--port", "0", "--log", str(log)]
    # A killed client leaves half a request, and the standard library's server says so at length.
    started = [
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) for words in (hub, model)
    ]
    try:
        lines = [process.stdout.readline() for process in started if process.stdout is not None]
        yield Servers(lines[0].strip(), json.loads(lines[1])["base_url"], log)
    finally:
        for process in started:
            process.kill()
            process.wait()


def content(folder: Path) -> dict[str, str]:
    """Every file and folder below a folder with the hash of its bytes, in which its own path is left out."""
    found = {}
    own = str(folder).encode()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir():
            found[name] = "folder"
        else:
            found[name] = (
                "record" if path.name in RECORDS else hashlib.sha256(path.read_bytes().replace(own, b"OUT")).hexdigest()
            )
    return found


def recipe(folder: Path, name: str, source: dict[str, Any], tasks: Sequence[str], **sections: Any) -> Path:
    """A recipe file; JSON is YAML."""
    path = folder / f"{name}.yaml"
    whole = {"name": name, "license": "CC-BY-4.0", "citation": "The authors.", "date": "2026-03-01", "source": source}
    path.write_text(json.dumps({**whole, "tasks": {task: {} for task in tasks}, **sections}))
    return path


def environment(folder: Path, own_cache: bool = False) -> dict[str, str]:
    """Variables of one round: temporary files lie in its folder, the cache too where the case is about it."""
    found = {"HF_HOME": str(folder / "home"), "HF_TOKEN": KEY, "TMPDIR": str(folder / "tmp")}
    return {**found, "RSICA_CACHE": str(folder / "out" / "cache")} if own_cache else found


def hub_environment(places: Servers) -> dict[str, str]:
    """Variables that the Hub's client reads when it is imported."""
    fixed = {"HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NO_PROXY": "127.0.0.1,localhost"}
    return {**os.environ, **fixed, **threads, "HF_ENDPOINT": places.hub}
