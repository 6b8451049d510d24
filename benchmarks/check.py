"""Each stage beside a bare loop that does the same with nothing around it, and the ratios held against those on record.

    python benchmarks/check.py [--pairs 200] [--rounds 5] [--only build facts]     prints JSON
    python benchmarks/check.py --record         writes benchmarks/recorded.json
    python benchmarks/check.py --against        as `make bench-check`: fails where one is a quarter worse

Everything runs in this process, so that starting Python does not count; processor seconds, taken in turns, the median
of the rounds' ratios. What each ratio compares is in benchmarks/README.md.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from datetime import date
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import build_peer
import cv2
import llm
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from build import linked_tree
from measured import call, in_turns, rounded, spread

from rsica_bench.api.evaluating import evaluate
from rsica_bench.items import make_job, read_reply
from rsica_bench.models.api import Reply
from rsica_data.builder import BuildOptions, build
from rsica_data.builder.recipe import load_recipe
from rsica_data.change_facts import compute_facts
from rsica_data.core import registry
from rsica_data.dataset.opening import open_dataset
from rsica_data.imagery.images import decode_mask
from rsica_data.schema.records import ClassDef

RECORDED = Path(__file__).with_name("recorded.json")
WORSE = 1.25
CLASSES = (ClassDef(1, "road"), ClassDef(2, "building"))


class Material:
    """A tree of simulated pairs, and the dataset of it."""

    def __init__(self, folder, pairs, stack):
        self.stack = stack
        self.folder, self.tree, self.pairs = folder, folder / "tree", pairs
        linked_tree(self.tree, pairs, 256)
        self.build(self.folder / "dataset")
        self.dataset = open_dataset(self.folder / "dataset")
        self.files = sorted((self.folder / "dataset").rglob("*.parquet"))
        self.masks = [decode_mask(pair.change_mask.data) for pair in self.dataset.pairs()]

    def fresh(self, name):
        shutil.rmtree(self.folder / name, ignore_errors=True)
        (self.folder / name).mkdir()
        return self.folder / name

    def build(self, out, **options):
        shutil.rmtree(out, ignore_errors=True)
        build(BuildOptions(load_recipe("changechat-105k"), out, self.tree, **options))


def bench_build(have):
    """peer: the script of build_peer.py."""
    return {
        "bare": lambda: build_peer.peer(have.tree, have.fresh("peer")),
        "ours": lambda: have.build(have.folder / "built"),
        "unchecked": lambda: have.build(have.folder / "built", check_images=False),
    }


def bench_facts(have):
    """bare: contours and their moments by OpenCV, class by class."""

    def bare():
        for mask in have.masks:
            for item in CLASSES:
                contours, _ = cv2.findContours(
                    np.equal(mask, item.id).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
                )
                [cv2.moments(contour) for contour in contours]

    return {
        "bare": bare,
        "ours": lambda: [compute_facts(change_mask=mask, classes=CLASSES, gsd_m=0.5) for mask in have.masks],
    }


def bench_load(have):
    """bare: the parquet files as Python rows, by pyarrow."""
    return {
        "bare": lambda: [pq.ParquetFile(path).read().to_pylist() for path in have.files],
        "ours": lambda: (list(have.dataset.pairs()), list(have.dataset.instructions())),
    }


def bench_load_datasets(have):
    """bare: the same files by Hugging Face datasets, as a stream of rows, images as they are encoded."""
    import datasets

    folders = [[str(path) for path in have.files if path.parent.name == name] for name in ("pairs", "instructions")]

    def stream(files):
        rows = datasets.load_dataset("parquet", data_files=files, split="train", streaming=True)
        return rows.decode(False) if hasattr(rows, "decode") else rows

    return {
        "bare": lambda: [list(stream(files)) for files in folders],
        "ours": lambda: (list(have.dataset.pairs()), list(have.dataset.instructions())),
    }


def bench_load_webdataset(have):
    """bare: the tar files of our export, by webdataset, nothing decoded."""
    import webdataset

    spec = registry.load(registry.EXPORTERS, "webdataset")
    out = have.fresh("tars")
    spec.export(have.dataset, out, spec.options())
    tars = sorted(str(path) for path in out.rglob("*.tar"))
    return {
        "bare": lambda: list(webdataset.WebDataset(tars, shardshuffle=False)),
        "ours": lambda: (list(have.dataset.pairs()), list(have.dataset.instructions())),
    }


def bench_llm(have):
    """bare: the same requests by the package openai, replies read as JSON; the server is another process."""
    server = have.stack.enter_context(subprocess.Popen(llm.COMMAND, stdout=subprocess.PIPE, text=True))
    have.stack.callback(server.terminate)
    url, numbers = json.loads(server.stdout.readline())["base_url"], count()
    return {
        name: lambda way=way: way(url, llm.ask(LLM_REQUESTS, next(numbers)), 32)
        for name, way in (("bare", llm.bare), ("ours", llm.ours))
    }


def bench_export(have):
    """bare: rows by pyarrow, LLaVA's records, one json.dump; images written out."""

    def bare():
        out, rows = have.fresh("bare"), []
        for path in have.files:
            for row in pq.ParquetFile(path).read().to_pylist():
                if "turns" in row:
                    said = [{"from": turn["role"], "value": turn["content"]} for turn in row["turns"]]
                    rows.append({"id": row["instruction_id"], "image": row["pair_id"], "conversations": said})
                else:
                    for side in ("before", "after"):
                        (out / f"{row['pair_id'].replace('/', '_')}_{side}.png").write_bytes(row[side]["bytes"])
        (out / "llava.json").write_text(json.dumps(rows))

    spec = registry.load(registry.EXPORTERS, "llava")
    return {"bare": bare, "ours": lambda: spec.export(have.dataset, have.fresh("ours"), spec.options())}


def bench_replies(have):
    """bare: one regular expression over each reply."""
    pairs = {pair.pair_id: pair for pair in have.dataset.pairs(images=False)}
    jobs = [make_job(item, pairs[item.pair_id]) for item in have.dataset.instructions() if item.task != "captioning"]
    asked = [
        (job.item.turns[2 * turn + 1].content, gold, job.classes) for job in jobs for turn, gold in enumerate(job.golds)
    ]
    word = re.compile(r"\d+|\w+")
    return {
        "bare": lambda: [Counter(word.findall(text.lower())) for text, _, _ in asked],
        "ours": lambda: [read_reply(Reply(text), gold, classes) for text, gold, classes in asked],
    }


def bench_run(have):
    """bare: each question and its images to a function that says yes, the replies as JSON lines; nothing scored."""

    def bare():
        pairs = {pair.pair_id: pair for pair in have.dataset.pairs("train")}
        with (have.folder / "replies.jsonl").open("w") as stream:
            for item in have.dataset.instructions("train", ["classification", "counting", "localization"]):
                pair = pairs[item.pair_id]
                assert pair.before.data and pair.after.data
                stream.write(json.dumps({"instruction_id": item.instruction_id, "raw": "Yes"}) + "\n")

    tasks = ["classification", "counting", "localization"]

    def ours():
        evaluate(have.dataset.root, lambda prompt: "Yes", name="yes", split="train", tasks=tasks, out=have.fresh("run"))

    return {"bare": bare, "ours": ours}


BENCHMARKS = {
    "build": bench_build,
    "facts": bench_facts,
    "load": bench_load,
    "export": bench_export,
    "replies": bench_replies,
    "run": bench_run,
    "llm": bench_llm,
    "load_datasets": bench_load_datasets,
    "load_webdataset": bench_load_webdataset,
}
NEEDS = {"load_datasets": "datasets", "load_webdataset": "webdataset", "llm": "openai"}
"""Packages without which a benchmark is left out."""
LLM_REQUESTS = 200


def measure(names, pairs, rounds):
    """``{benchmark: {way/bare: ratio and its spread}}``, and seconds of each way."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        have, found = Material(Path(folder), pairs, stack), {}
        for name in names:
            if name in NEEDS and find_spec(NEEDS[name]) is None:
                print(f"{name} is left out: {NEEDS[name]} is not installed", file=sys.stderr)
                continue
            ways = BENCHMARKS[name](have)
            for way in ways.values():
                way()  # caches, imports
            usages = in_turns({way: lambda work=work: call(work) for way, work in ways.items()}, rounds)
            seconds = {way: [usage["cpu_s"] for usage in usages[way]] for way in ways}
            ratios = {
                f"{way}/bare": spread([one / base for one, base in zip(seconds[way], seconds["bare"], strict=True)])
                for way in ways
                if way != "bare"
            }
            found[name] = {"cpu_s": {way: spread(values) for way, values in seconds.items()}, "ratios": ratios}
    return found


def compare(found, recorded):
    """Ratios that are worse than on record, as lines: those of which even the best round is."""
    return [
        f"{name} {ratio}: {now['least']:.3g} to {now['greatest']:.3g}, on record {was['median']:.3g}"
        for name, one in found.items()
        for ratio, now in one["ratios"].items()
        for was in [recorded["benchmarks"].get(name, {}).get("ratios", {}).get(ratio)]
        if was is not None and now["least"] > WORSE * was["median"]
    ]


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--pairs", type=int, default=200)
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS))
    words.add_argument("--record", action="store_true")
    words.add_argument("--against", action="store_true")
    given = words.parse_args()
    cv2.setNumThreads(1)
    pa.set_cpu_count(1)
    settings = {"pairs": given.pairs, "rounds": given.rounds, "load": round(os.getloadavg()[0], 1)}
    found = measure(given.only, given.pairs, given.rounds)
    for one in found.values():
        one["taken"] = {"date": date.today().isoformat(), **settings}
    whole = rounded({"date": date.today().isoformat(), "settings": settings, "benchmarks": found})
    text = json.dumps(whole, indent=1)
    print(text)
    if given.record:
        # Those that were not taken now stay as they are.
        kept = json.loads(RECORDED.read_text())["benchmarks"] if RECORDED.is_file() else {}
        RECORDED.write_text(json.dumps(whole | {"benchmarks": kept | whole["benchmarks"]}, indent=1) + "\n")
    worse = compare(found, json.loads(RECORDED.read_text())) if given.against else []
    for line in worse:
        print(f"worse by a quarter or more: {line}", file=sys.stderr)
    sys.exit(bool(worse))


if __name__ == "__main__":
    main()
