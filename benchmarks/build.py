"""The build beside the obvious script and the least that any build has to do, on a synthetic tree of LEVIR-MCI's layout.

    python benchmarks/build.py FOLDER [--pairs 8744] [--rounds 3] [--workers 1]
    python benchmarks/build.py FOLDER --growth 1000 10000 100000     (memory alone, of images of 64 pixels)

`peer` and `bound` are those of `benchmarks/build_peer.py`; `build` is `rsica-data build changechat-105k`, `unchecked`
the same with --no-check-images. All are taken in turns. Prints JSON: processor seconds, the largest resident set of any
one process, and ratios to the peer. A second call uses the tree again. Needs 0.25 MB of disk a pair and dataset.
"""

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

from measured import RSICA_DATA, command, in_turns, report

CAPTIONS = Path(os.environ.get("RSICA_SHARED", Path(__file__).parents[2] / "shared")) / "fixtures" / "levir_cc"
PEER = Path(__file__).with_name("build_peer.py")
RECIPE = """name: growth
version: 1
title: Simulated pairs
source: {{name: synthetic, options: {{pairs: {pairs}, size: 64, seed: 3}}}}
facts: {{classes: [road, building]}}
tasks: {{captioning: {{}}, classification: {{}}, counting: {{}}, localization: {{}}, dialogue: {{}}}}
"""


def make_tree(folder, pairs):
    captions = CAPTIONS / "LevirCCcaptions.json.gz"
    words = ["--captions", captions] if captions.is_file() else []
    command(*RSICA_DATA, "synth", "--layout", "levir-mci", "--pairs", pairs, *words, "--out", folder)


def build(tree, out, workers, *words):
    shutil.rmtree(out, ignore_errors=True)
    command_ = (*RSICA_DATA, "build", "changechat-105k", "--input", tree, "--out", out, "--workers", workers, *words)
    return command(*command_)


def compare(folder, pairs, rounds, workers):
    tree = folder / f"tree-{pairs}"
    make_tree(tree, pairs)
    ways = {
        "bound": lambda: command(sys.executable, PEER, "bound", tree, folder / "bound"),
        "peer": lambda: command(sys.executable, PEER, "peer", tree, folder / "peer"),
        "unchecked": lambda: build(tree, folder / "dataset", workers, "--no-check-images"),
        "build": lambda: build(tree, folder / "dataset", workers),
    }
    against = {"bound": "peer", "unchecked": "peer", "build": "peer"}
    report("build", in_turns(ways, rounds), against, pairs=pairs, workers=workers)


def growth(folder, sizes, workers):
    rows = []
    for pairs in sizes:
        recipe, out = folder / "growth.yaml", folder / "growth"
        recipe.write_text(RECIPE.format(pairs=pairs))
        shutil.rmtree(out, ignore_errors=True)
        usage = command(*RSICA_DATA, "build", recipe, "--out", out, "--workers", workers)
        size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
        rows.append({"pairs": pairs, **usage, "disk_mb": size / 1e6})
        print(json.dumps(rows[-1]), file=sys.stderr)
    print(json.dumps({"benchmark": "build growth", "workers": workers, "rows": rows}, indent=1))


def main():
    words = argparse.ArgumentParser()
    words.add_argument("folder", type=Path)
    words.add_argument("--pairs", type=int, default=8744)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--workers", type=int, default=1)
    words.add_argument("--growth", type=int, nargs="+")
    given = words.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.growth:
        growth(given.folder, given.growth, given.workers)
    else:
        compare(given.folder, given.pairs, given.rounds, given.workers)


if __name__ == "__main__":
    main()
