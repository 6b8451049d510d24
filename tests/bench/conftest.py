"""Datasets for runs, and programs that behave badly on purpose."""

import json
import shutil
import sys
import textwrap

import pytest

TASKS = ("captioning", "classification", "counting", "dialogue", "localization", "open_qa")


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory):
    """A dataset with a test split of 24 pairs."""
    from rsica_data.cli import cli
    from rsica_data.cli_support import run_cli

    folder = tmp_path_factory.mktemp("synthetic")
    recipe = {
        "name": "bench",
        "source": {"name": "synthetic", "options": {"pairs": 126, "size": 128, "seed": 11}},
        "splits": ["test"],
        "facts": {"classes": ["road", "building"]},
        "tasks": {task: {} for task in TASKS},
        "build": {"shard_pairs": 10},
    }
    (folder / "r.yaml").write_text(json.dumps(recipe))
    assert run_cli(cli, "rsica-data", ["build", str(folder / "r.yaml"), "--out", str(folder / "out")]) == 0
    return folder / "out"


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory):
    """A dataset whose test split holds 6 pairs of 64 x 64 pixels, every task, in two shards."""
    from rsica_data.cli import cli
    from rsica_data.cli_support import run_cli

    folder = tmp_path_factory.mktemp("tiny")
    recipe = {
        "name": "tiny",
        "source": {"name": "synthetic", "options": {"pairs": 30, "size": 64, "seed": 3}},
        "splits": ["test"],
        "facts": {"classes": ["road", "building"]},
        "tasks": {task: {} for task in TASKS},
        "build": {"shard_pairs": 3},
    }
    (folder / "r.yaml").write_text(json.dumps(recipe))
    assert (
        run_cli(cli, "rsica-data", ["build", str(folder / "r.yaml"), "--out", str(folder / "out"), "--workers", "1"])
        == 0
    )
    return folder / "out"


@pytest.fixture
def program(tmp_path):
    """Write a Python program (it may import command_helper) and return the words that start it."""
    from rsica_bench.adapters import command_helper

    def write(text, name="model.py"):
        path = tmp_path / name
        shutil.copy(command_helper.__file__, tmp_path)  # as users do
        path.write_text(textwrap.dedent(text))
        return f"{sys.executable} {path}"

    return write


@pytest.fixture
def rows_of():
    """Rows of a finished run, by (instruction, turn)."""
    from rsica_bench.runner.predictions import read_predictions

    return lambda run: read_predictions(run / "predictions.jsonl")
