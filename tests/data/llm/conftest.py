"""The local server as a subprocess, and clients of it."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from rsica_data.llm import LlmClient, LlmRequest, LlmSettings, Message

SCHEMA = {
    "type": "object",
    "properties": {"count": {"type": "integer", "minimum": 0}, "place": {"enum": ["north", "south"]}},
    "required": ["count", "place"],
    "additionalProperties": False,
}
PRICES = {"schema": {"input": "0.15", "output": "0.6"}}
SERVE = "from rsica_data.cli import main; main()"


class Server:
    """Address and log of a running server."""

    def __init__(self, url, log, process):
        self.url, self.log, self.process = url, log, process

    def rows(self, outcome=None):
        found = [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []
        return [row for row in found if outcome is None or row["outcome"] == outcome]


@contextmanager
def run_server(log, *words, **environment):
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, "assist", "serve", "--port", "0", "--log", str(log), *map(str, words)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        yield Server(json.loads(process.stdout.readline())["base_url"], Path(log), process)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture
def start_server(tmp_path):
    """Start a server with these words; it ends with the test."""
    running = []

    def start(*words, **environment):
        context = run_server(tmp_path / f"served-{len(running)}.jsonl", *words, **environment)
        running.append(context)
        return context.__enter__()

    yield start
    for context in running:
        context.__exit__(None, None, None)


@pytest.fixture
def make_client(tmp_path):
    """Make a client of a server; closed with the test."""
    made = []

    def make(url, **values):
        settings = {"model": "schema", "cache_dir": tmp_path / "cache", "prices": PRICES, "backoff_s": 0.01, **values}
        client = LlmClient(LlmSettings.model_validate({"base_url": url, "concurrency": 8, **settings}))
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture(scope="session")
def ask():
    """Makes the request with this number."""

    def make(number, schema=SCHEMA, **values):
        return LlmRequest((Message("user", f"question {number}"),), "schema", schema, **values)

    return make
