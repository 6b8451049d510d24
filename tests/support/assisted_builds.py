"""Builds with rows of a language model, asked of the local server with the rules answerer: fixtures and helpers."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from rsica_data.cli import cli as data_group
from rsica_data.core.command_line import run_cli
from rsica_data.dataset.opening import open_dataset

MAIN = [sys.executable, "-c", "from rsica_data.cli import main; main()"]
EVERY = {
    "changechat-open-qa": {"totals": {"train": {"rows": 40, "pairs": 10}, "test": {"rows": 7, "pairs": 2}}},
    "caption-write": {},
    "caption-rewrite": {"per_pair": 3},
    "dialogue": {},
    "paraphrase": {"splits": ["train"]},
    "earthreason-question": {},
    "rswk-question": {"options": {"knowledge": ["Sealed soil lets less rain through."]}},
    "gaia-caption": {"images": True, "splits": ["test"]},
}


@contextmanager
def served(log, *words, **environment):
    command = [*MAIN, "assist", "serve", "--model", "rules", "--port", "0", "--log", str(log), *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})
    try:
        url = json.loads(process.stdout.readline())["base_url"]
        yield SimpleNamespace(url=url, rows=lambda: _rows(log))
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def _rows(log):
    return [json.loads(line) for line in Path(log).read_text().splitlines()] if Path(log).exists() else []


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with served(tmp_path_factory.mktemp("server") / "log.jsonl") as found:
        yield found


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A small LEVIR-MCI tree: 13 train, 3 val and 4 test pairs."""
    out = tmp_path_factory.mktemp("tree") / "levir"
    words = ["synth", "--pairs", "20", "--seed", "5", "--out", str(out), "--workers", "1"]
    assert run_cli(data_group, "rsica-data", words) == 0
    return out


@pytest.fixture
def assisted(rsica_data, write_recipe, tree, tmp_path):
    """Build with a server; returns the run and the output folder."""

    def build(server, *words, name="out", prompts=None, recipe=None, check=True, **sections):
        if recipe is None:
            assist = {"model": "rules", "prompts": prompts or {"changechat-open-qa": EVERY["changechat-open-qa"]}}
            recipe = write_recipe(
                source="levir-mci", tasks=["counting", "open_qa"], facts={"count": "contours", "cells": "centroid"},
                build={"shard_pairs": 5}, assist=assist | sections.pop("assist", {}), **sections,
            )  # fmt: skip
        out = tmp_path / name
        where = ["--llm-url", server.url] if server is not None else []
        found = rsica_data(
            "build", recipe, "--input", tree, "--out", out, "--workers", 1, "--assist", *where, "--json", *words
        )
        assert not check or found.status == 0, found.err
        return found, out

    return build


def written(out, prompt=None):
    rows = [row for row in open_dataset(out).instructions() if row.provenance.method == "llm"]
    return [row for row in rows if prompt is None or row.provenance.template == prompt]
