"""Datasets of the simulator for runs, programs that behave badly on purpose, scored items made by hand."""

import json
import shutil
import sys
import textwrap

import numpy as np
import pytest

from rsica_bench.scoring.api import PairFacts, ScoredItem
from rsica_data.change_facts import compute_facts
from rsica_data.core import registry
from rsica_data.schema import ClassDef, FactRules, GoldTurn, ParseContext, Question, Unparsed, view_facts

TASKS = ("captioning", "classification", "counting", "dialogue", "localization", "open_qa")
CLASSES = ("road", "building")


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory):
    """A dataset with a test split of 24 pairs."""
    from rsica_data.cli import cli
    from rsica_data.core.command_line import run_cli

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
    words = ["build", str(folder / "r.yaml"), "--out", str(folder / "out"), "--workers", "1"]
    assert run_cli(cli, "rsica-data", words) == 0
    return folder / "out"


@pytest.fixture(scope="session")
def finished(synthetic, tmp_path_factory):
    """Finished runs of the synthetic dataset, one an adapter; to be copied before anything is changed."""
    from rsica_bench.cli import cli
    from rsica_data.core.command_line import run_cli

    folder = tmp_path_factory.mktemp("finished")
    for name in ("oracle", "pixel-difference", "no-change"):
        words = ["run", "--data", str(synthetic), "--adapter", name, "--out", str(folder / name)]
        assert run_cli(cli, "rsica-bench", words) == 0
    return folder


def view_of(boxes, size=90):
    """Facts of a mask with filled boxes, by class."""
    mask = np.zeros((size, size), np.uint8)
    for name, found in boxes.items():
        for x0, y0, x1, y1 in found:
            mask[y0:y1, x0:x1] = CLASSES.index(name) + 1
    classes = [ClassDef(n + 1, name) for n, name in enumerate(CLASSES)]
    return view_facts(compute_facts(change_mask=mask, classes=classes), FactRules())


@pytest.fixture
def item():
    """``item(task, gold, raw, ...)``: the reply is read by the task itself, the facts come from a mask."""

    def make(task, gold, raw, *, pair="p0", turn=1, boxes=None, question=None, name="i0", changed=True, source="s"):
        question = question or Question(task)
        answer = registry.load(registry.TASKS, task).parse(raw, ParseContext(question, CLASSES)) if raw else None
        unread = isinstance(answer, Unparsed)
        return ScoredItem(
            instruction_id=name,
            turn=turn,
            pair=PairFacts(pair, source, "test", changed, None if boxes is None else view_of(boxes)),
            gold=GoldTurn(task, question, gold),
            prompt="",
            raw=raw,
            answer=None if unread else answer,
            reason=answer.reason if unread else None if raw else "no reply",
            classes=CLASSES,
        )

    return make


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory):
    """A dataset whose test split holds 6 pairs of 64 x 64 pixels, every task, in two shards."""
    from rsica_data.cli import cli
    from rsica_data.core.command_line import run_cli

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
    from rsica_bench.models import command_helper

    def write(text, name="model.py"):
        path = tmp_path / name
        shutil.copy(command_helper.__file__, tmp_path)  # as users do
        path.write_text(textwrap.dedent(text))
        return f"{sys.executable} {path}"

    return write
