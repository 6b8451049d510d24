"""The build beside the obvious script and the least that any build has to do, on a tree of simulated pairs.

    python benchmarks/build.py FOLDER [--pairs 8744] [--rounds 3] [--workers 1]
    python benchmarks/build.py FOLDER --growth 1000 10000 100000 [--side 64]     (how memory and time grow)

`peer` and `bound` are those of `benchmarks/build_peer.py`; `build` is `rsica-data build changechat-105k`, `unchecked`
the same with --no-check-images. All are taken in turns. Prints JSON: processor seconds, the largest resident set of any
one process, and ratios to the peer. A second call uses the tree again. Needs 0.25 MB of disk a pair and dataset.
"""

import argparse
import compileall
import json
import os
import shutil
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
from measured import RSICA_DATA, Usage, at_least, command, in_turns, report, rounded

import rsica_data
from rsica_data.imagery.images import encode_png
from rsica_data.synth.simulate import simulate

CAPTIONS = Path(os.environ.get("RSICA_SHARED", Path(__file__).parents[2] / "shared")) / "fixtures" / "levir_cc"
PEER = Path(__file__).with_name("build_peer.py")
DRAWN = 500
"""Pairs that are simulated for a look at growth; the others are links to these."""


def make_tree(folder: Path, pairs: int) -> None:
    captions = CAPTIONS / "LevirCCcaptions.json.gz"
    words: list[object] = ["--captions", captions] if captions.is_file() else []
    command(*RSICA_DATA, "synth", "--layout", "levir-mci", "--pairs", pairs, *words, "--out", folder)


def build(tree: Path, out: Path, workers: int, *words: str) -> Usage:
    shutil.rmtree(out, ignore_errors=True)
    command_ = (*RSICA_DATA, "build", "changechat-105k", "--input", tree, "--out", out, "--workers", workers, *words)
    return command(*command_)


def compare(folder: Path, pairs: int, rounds: int, workers: int) -> None:
    tree = folder / f"tree-{pairs}"
    make_tree(tree, pairs)
    # As an installed package has it: a working tree may be without, and a command would then compile what it imports.
    compileall.compile_dir(Path(rsica_data.__file__).parent, quiet=2)
    ways = {
        "bound": lambda: command(sys.executable, PEER, "bound", tree, folder / "bound"),
        "peer": lambda: command(sys.executable, PEER, "peer", tree, folder / "peer"),
        "unchecked": lambda: build(tree, folder / "dataset", workers, "--no-check-images"),
        "build": lambda: build(tree, folder / "dataset", workers),
    }
    against = {"bound": "peer", "unchecked": "peer", "build": "peer"}
    report("build", in_turns(ways, rounds), against, pairs=pairs, workers=workers)


def linked_tree(folder: Path, pairs: int, side: int) -> None:
    """A folder in LEVIR-MCI's layout whose files are links to those of a few simulated pairs of ``side`` pixels."""
    shutil.rmtree(folder, ignore_errors=True)
    drawn = [simulate(seed, seed % 2 == 0, side) for seed in range(min(pairs, DRAWN))]
    for part, images in (("A", "before"), ("B", "after"), ("label", "change_mask")):
        target = folder / "images" / "train" / part
        target.mkdir(parents=True)
        for number in range(pairs):
            path = target / f"train_{number:06d}.png"
            if number < len(drawn):
                pixels = getattr(drawn[number], images)
                values = np.array([0, 128, 255], np.uint8)[pixels] if part == "label" else pixels
                path.write_bytes(encode_png(values, level=1))
            else:
                path.hardlink_to(target / f"train_{number % len(drawn):06d}.png")


def growth(folder: Path, sizes: Sequence[int], side: int, workers: int) -> None:
    rows = []
    for pairs in sizes:
        linked_tree(folder / "linked", pairs, side)
        usage = build(folder / "linked", folder / "grown", workers)
        size = sum(path.stat().st_size for path in (folder / "grown").rglob("*") if path.is_file())
        rows.append({"pairs": pairs, **usage, "disk_mb": size / 1e6})
        print(json.dumps(rows[-1]), file=sys.stderr)
    for name in ("linked", "grown"):
        shutil.rmtree(folder / name, ignore_errors=True)
    whole = {"benchmark": "build growth", "date": date.today().isoformat(), "side_px": side, "workers": workers}
    print(json.dumps(rounded({**whole, "rows": rows}), indent=1))


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("folder", type=Path)
    words.add_argument("--pairs", type=at_least(1), default=8744)
    words.add_argument("--rounds", type=at_least(1), default=3)
    words.add_argument("--workers", type=at_least(1), default=1)
    words.add_argument("--growth", type=at_least(1), nargs="+")
    words.add_argument("--side", type=at_least(1), default=64)
    given = words.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.growth:
        growth(given.folder, given.growth, given.side, given.workers)
    else:
        compare(given.folder, given.pairs, given.rounds, given.workers)


if __name__ == "__main__":
    main()
