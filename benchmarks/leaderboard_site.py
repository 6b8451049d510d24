"""The site of a leaderboard at growing numbers of runs: processor seconds, clock, memory, disk.

    python benchmarks/leaderboard_site.py FOLDER [--runs 20 80 500] [--submitted 20] [--split test]

The dataset is that of the recipe demo (96 simulated pairs, of which test has 18 and train 65; six tasks). The first
`--submitted` rows are runs of different replies, answered by `rsica-bench run --adapter replay` and added by
`rsica-bench leaderboard submit`. Each further row is a copy of one of these in which about a fifth of the turns are
answered as another one of them did: its predictions differ from theirs; the scores in its result.json are still those
of the run that it was copied from. The site scores the predictions of every row again and does not look at that.
Prints a JSON object a number of runs, as it ends. Needs 1 MB of disk a run.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import yaml
from measured import RSICA_BENCH, RSICA_DATA, at_least, command, rounded
from scale import simulated_reply, size_mb

from rsica_bench.leaderboard.boards import PACKED, RUNS, SUBMISSION
from rsica_bench.run.predictions import PREDICTIONS
from rsica_bench.run.result import RESULT
from rsica_data.core.files import sha256_file
from rsica_data.dataset.opening import open_dataset

RECIPE = Path(__file__).parents[1] / "recipes" / "demo.yaml"
Turn = tuple[str, int, str, str]
"""Instruction id, turn, task, and the reply that is right."""
UNREAD, CHANGED = "I cannot tell.", 0.2
"""A reply that no task reads, and the share of the turns of a copied row that another run answers."""


def gold_turns(data: Path, split: str) -> list[Turn]:
    """The turns of the split that runs are of."""
    return [
        (item.instruction_id, turn, item.task, item.turns[2 * turn + 1].content)
        for item in open_dataset(data).instructions(split)
        for turn in range(len(item.turns) // 2)
    ]


def write_replies(turns: Sequence[Turn], number: int, path: Path) -> None:
    """The replies of model ``number``: the higher it is, the more of them belong to another question of the task."""
    draw, wrong = random.Random(number), 0.05 + 0.03 * number
    others: dict[tuple[str, int], list[str]] = {}
    for _, turn, task, text in turns:
        others.setdefault((task, turn), []).append(text)
    with path.open("w", encoding="utf-8") as stream:
        for name, turn, task, text in turns:
            luck = draw.random()
            raw = UNREAD if luck < 0.02 else draw.choice(others[task, turn]) if luck < wrong else text
            raw = simulated_reply(raw, task, draw) if task == "captioning" else raw
            stream.write(json.dumps({"instruction_id": name, "turn": turn, "raw": raw}) + "\n")


def submit_runs(folder: Path, data: Path, split: str, board: Path, count: int) -> None:
    """Answer and submit ``count`` runs of different replies."""
    turns, runs = gold_turns(data, split), folder / "runs"
    runs.mkdir()
    for number in range(count):
        replies, run = runs / f"{number}.jsonl", runs / str(number)
        write_replies(turns, number, replies)
        words = ("--adapter", "replay", "--set", f"predictions={replies}", "--out", run)
        command(*RSICA_BENCH, "run", "--data", data, "--split", split, *words)
        command(*RSICA_BENCH, "leaderboard", "submit", run, "--to", board, "--name", f"Submitted {number:02d}")


def add_copies(folder: Path, board: Path, submitted: int, begin: int, end: int) -> None:
    """Rows ``begin`` to ``end`` of the board: each a submitted one with answers of another one of them in it."""
    origins = sorted((board / RUNS).glob("submitted-*"))
    answers = [
        (folder / "runs" / str(number) / PREDICTIONS).read_text("utf-8").splitlines(True) for number in range(submitted)
    ]
    for number in range(begin, end):
        draw = random.Random(number)
        origin, other = draw.sample(range(submitted), 2)
        pairs = zip(answers[origin], answers[other], strict=True)
        lines = [theirs if draw.random() < CHANGED else ours for ours, theirs in pairs]
        row, predictions = board / RUNS / f"copied-{number:04d}--default", folder / "copied.jsonl"
        shutil.copytree(origins[origin], row)
        predictions.write_text("".join(lines), encoding="utf-8")
        (row / PACKED).write_bytes(gzip.compress(predictions.read_bytes(), mtime=0))
        _change(row / RESULT, predictions_sha256=sha256_file(predictions))
        _change(row / SUBMISSION, model=f"Copied {number:04d}")


def _change(path: Path, **values: object) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content | values), encoding="utf-8")


def make_board(folder: Path, data: Path) -> Path:
    """A folder of boards with one empty board of the dataset."""
    board = folder / "boards" / "simulated"
    board.mkdir(parents=True)
    content = {"title": "Simulated", "datasets": [{"name": "demo", "sha256": open_dataset(data).hash}]}
    (board / "benchmark.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return board


def main() -> None:
    """The command line."""
    words = argparse.ArgumentParser()
    words.add_argument("folder", type=Path)
    words.add_argument("--runs", type=at_least(1), nargs="+", default=[20, 80, 500])
    words.add_argument("--submitted", type=at_least(1), default=20)
    words.add_argument("--split", choices=("train", "val", "test"), default="test")
    given = words.parse_args()
    if not 2 <= given.submitted <= min(given.runs):
        words.error("--submitted takes at least 2, and no more than the least of --runs")
    folder = given.folder / "site"
    shutil.rmtree(folder, ignore_errors=True)
    data, site = folder / "data", folder / "out"
    command(*RSICA_DATA, "build", RECIPE, "--out", data)
    board = make_board(folder, data)
    submit_runs(folder, data, given.split, board, given.submitted)
    present = given.submitted
    for runs in sorted(given.runs):
        add_copies(folder, board, given.submitted, present, runs)
        present = runs
        shutil.rmtree(site, ignore_errors=True)
        begun = time.monotonic()
        usage = command(*RSICA_BENCH, "leaderboard", "build", board.parent, "--site", site, "--data", data)
        row = {
            "runs": runs,
            "split": given.split,
            **usage,
            "wall_s": time.monotonic() - begun,
            "site_mb": size_mb(site),
        }
        print(json.dumps(rounded(row)), flush=True)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
