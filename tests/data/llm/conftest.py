"""The local server as a subprocess, and clients of it."""

import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from rsica_data.core.files import sha256_json
from rsica_data.llm import LlmClient, LlmRequest, LlmSettings, Message, Price, Usage
from rsica_data.llm.payload import body

SCHEMA = {
    "type": "object",
    "properties": {"count": {"type": "integer", "minimum": 0}, "place": {"enum": ["north", "south"]}},
    "required": ["count", "place"],
    "additionalProperties": False,
}
PRICE = {"input": "0.15", "output": "0.6", "batch_discount": "0.5"}
COMMAND = [sys.executable, "-c", "from rsica_data.cli import main; main()"]


class Server:
    """Address and log of a running server."""

    def __init__(self, url, log, process):
        self.url, self.log, self.process = url, log, process

    def rows(self, outcome=None):
        """What was served since the last :meth:`forget`."""
        found = [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []
        return [row for row in found if outcome is None or row["outcome"] == outcome]

    def answered(self):
        """How often each body was answered."""
        return Counter(row["sha"] for row in self.rows("answered"))

    def cost(self, price=PRICE, once=False):
        """What the served answers cost, summed independently of the client; each body once, where asked for."""
        table = Price.model_validate(price)
        rows = self.rows("answered")
        rows = {row["sha"]: row for row in rows}.values() if once else rows
        usages = [(row["usage"], row["batch"]) for row in rows]
        return sum(
            (
                table.cost(Usage(u["input_tokens"], u["output_tokens"], u["cached_tokens"]), batch)
                for u, batch in usages
            ),
            Decimal(0),
        )

    def forget(self):
        os.truncate(self.log, 0)


@contextmanager
def run_server(log, *words, **environment):
    process = subprocess.Popen(
        [*COMMAND, "assist", "serve", "--port", "0", "--log", str(log), *map(str, words)],
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


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory):
    with run_server(tmp_path_factory.mktemp("server") / "served.jsonl") as server:
        yield server


@pytest.fixture
def server(shared_server):
    """A server without faults, shared by the tests; its log is empty at the start of each."""
    shared_server.forget()
    return shared_server


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
        settings = {"model": "schema", "cache_dir": tmp_path / "cache", "prices": {"schema": PRICE}, "backoff_s": 0.01}
        client = LlmClient(LlmSettings.model_validate({"base_url": url, "concurrency": 8, **settings, **values}))
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture(scope="session")
def ask():
    """Makes the request with this number; ``ask.sha(request)`` is how the server's log names it."""

    def make(number, schema=SCHEMA, **values):
        return LlmRequest((Message("user", f"question {number}"),), "schema", schema, **values)

    make.sha = lambda request: sha256_json(body(request, "chat", "schema"))
    return make
