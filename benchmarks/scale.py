"""Every step from images to a leaderboard at growing numbers of pairs: processor seconds, memory, disk.

    python benchmarks/scale.py FOLDER --pairs 1000 10000 100000 [--steps build validate replay] [--workers 2]

Pairs are of 64 pixels, 500 simulated ones, the others links to them. `replay` answers every turn of changechat-105k
(seven a pair) from a file of replies as a model gives them: a fifth of the typed ones wrong, two in a hundred unread,
captions with words put in and left out, so that nearly all differ; scores have their intervals. Prints a JSON object a
step, as it ends.
Needs 40 kB of disk a pair.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from build import linked_tree
from measured import RSICA_BENCH, RSICA_DATA, at_least, command, rounded

from rsica_data.dataset.opening import open_dataset

RECIPE, PARTS = "changechat-105k", 3
STEPS = ("build", "parts", "merge", "validate", "stats", "export", "no-change", "replay", "board")
DIALOGUE = ("classification", "counting", "captioning")
WORDS = ("a", "road", "house", "trees", "building", "villa", "bare", "left", "right", "top", "new", "many", "removed")
WRONG: dict[str, Callable[[random.Random], str]] = {
    "counting": lambda draw: f"{draw.randint(0, 5)} roads and {draw.randint(0, 9)} buildings have changed.",
    "localization": lambda draw: "Roads: top left, center. Buildings: bottom right.",
    "classification": lambda draw: draw.choice(["Yes.", "No."]),
}


def simulated_reply(text: str, task: str, draw: random.Random) -> str:
    """A reply that a model might give where ``text`` is right."""
    if task == "captioning":
        words = text.split()
        for _ in range(draw.randint(0, 6)):
            place = draw.randrange(len(words) + 1)
            if draw.random() < 0.5:
                words.insert(place, draw.choice(WORDS))
            elif len(words) > 3:
                words.pop(min(place, len(words) - 1))
        return " ".join(words)
    luck = draw.random()
    return "I cannot tell." if luck < 0.02 else WRONG[task](draw) if luck < 0.2 else text


def write_replies(data: Path, path: Path) -> None:
    """A reply to every turn, as `replay` reads them."""
    draw = random.Random(0)
    with path.open("w", encoding="utf-8") as stream:
        for item in open_dataset(data).instructions("train"):
            tasks = DIALOGUE if item.task == "dialogue" else (item.task,)
            for turn, task in enumerate(tasks):
                raw = simulated_reply(item.turns[2 * turn + 1].content, task, draw)
                stream.write(json.dumps({"instruction_id": item.instruction_id, "turn": turn, "raw": raw}) + "\n")


def commands(folder: Path, workers: int) -> tuple[dict[str, list[tuple[object, ...]]], dict[str, Path]]:
    """The commands of each step, in the order of `STEPS`, and the folder that some of them fill."""
    tree, data, parts, runs = (folder / name for name in ("tree", "data", "parts", "runs"))
    build = (*RSICA_DATA, "build", RECIPE, "--input", tree)
    run = (*RSICA_BENCH, "run", "--data", data, "--split", "train")
    replies = ("--adapter", "replay", "--set", f"predictions={folder / 'replies.jsonl'}")
    ways: dict[str, list[tuple[object, ...]]] = {
        "build": [(*build, "--out", data, "--workers", workers)],
        "parts": [
            (*build, "--out", parts, "--workers", 1, "--part", f"{number}/{PARTS}") for number in range(1, PARTS + 1)
        ],
        "merge": [(*RSICA_DATA, "merge", RECIPE, "--input", tree, "--out", parts)],
        "validate": [(*RSICA_DATA, "validate", data)],
        "stats": [(*RSICA_DATA, "stats", data)],
        "export": [(*RSICA_DATA, "export", data, "--format", "llava", "--to", folder / "llava")],
        "no-change": [(*run, "--adapter", "no-change", "--out", runs / "no-change")],
        "replay": [(*run, *replies, "--out", runs / "replay")],
        "board": [(*RSICA_BENCH, "leaderboard", "build", runs, "--html", folder / "board.html")],
    }
    made = {"build": data, "merge": parts, "export": folder / "llava", "replay": runs / "replay"}
    return ways, made


def size_mb(folder: Path) -> float:
    """Size of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def main() -> None:
    """The command line."""
    words = argparse.ArgumentParser()
    words.add_argument("folder", type=Path)
    words.add_argument("--pairs", type=at_least(1), nargs="+", default=[1000, 10_000])
    words.add_argument("--steps", nargs="+", choices=STEPS, default=STEPS)
    words.add_argument("--workers", type=at_least(1), default=2)
    given = words.parse_args()
    for pairs in given.pairs:
        folder = given.folder / str(pairs)
        linked_tree(folder / "tree", pairs, 64)
        ways, made = commands(folder, given.workers)
        for step in (step for step in STEPS if step in given.steps):
            if step == "replay":
                write_replies(folder / "data", folder / "replies.jsonl")
            begun = time.monotonic()
            usages = [command(*way) for way in ways[step]]
            row: dict[str, object] = {"pairs": pairs, "step": step, "wall_s": time.monotonic() - begun}
            row |= {"cpu_s": sum(usage["cpu_s"] for usage in usages), "peak_mb": max(u["peak_mb"] for u in usages)}
            row |= {"disk_mb": size_mb(made[step])} if step in made else {}
            print(json.dumps(rounded(row)), flush=True)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
