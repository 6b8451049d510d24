"""Caption metrics on real captions: ours, pycocoevalcap, its Java tools fed in one batch, aac-metrics, torchmetrics.

    python benchmarks/metrics.py [ITEMS ...] [--parts tokens n-grams whole] [--json FILE]     (default 1929 19290 96450)

Each system runs in a process of its own, started one after the other by this one; memory is the greatest sum over
that process and its children (Java among them). What takes less than a second is timed five times; the least counts.
"tokens" is tokenisation by `coco` of every distinct text alone, ours against the jar, one process for all of them.
Two corpora: "real" is the test split of LEVIR-CC with a real run's captions, as often as needed; "no repeats" has a
number of its own at the end of every sentence, so that no sentence appears twice. "n-grams" is BLEU, ROUGE-L and CIDEr
of ready tokens; "whole" is tokenisation by the `coco` protocol, the three, and METEOR. A system that needs a package
that is not there is left out. Reads the fixtures under RSICA_SHARED.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import itertools
import multiprocessing
import os
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import psutil
from caption_systems import (
    TEST_ITEMS,
    Scores,
    System,
    aac_ngrams,
    batched_java_whole,
    java_tokens,
    ours_ngrams,
    ours_tokens,
    ours_whole,
    pycocoevalcap_ngrams,
    pycocoevalcap_whole,
    real_corpus,
    torchmetrics_two,
    without_repeats,
)
from measured import add_json_option, dated, write_json

SLOW_FROM = 20_000
"""Items from which pycocoevalcap's line-by-line METEOR and torchmetrics are left out."""
PARTS = ("tokens", "n-grams", "whole")


@dataclass(frozen=True)
class Entry:
    """A system of a part of the comparison; the first of a part is what the others are compared with.

    Attributes:
        part: one of :data:`PARTS`.
        name: as it is printed.
        work: scores a corpus.
        package: what must be installed.
        slow: left out from :data:`SLOW_FROM` items on.
        warm: called once on a few items first, so that loading modules is not timed; starting Java always is.
    """

    part: str
    name: str
    work: System
    package: str
    slow: bool = False
    warm: bool = True


ENTRIES = (
    Entry("tokens", "ours", ours_tokens, "rsica_bench"),
    Entry("tokens", "Java", java_tokens, "pycocoevalcap", warm=False),
    Entry("n-grams", "ours", ours_ngrams, "rsica_bench"),
    Entry("n-grams", "pycocoevalcap", pycocoevalcap_ngrams, "pycocoevalcap"),
    Entry("n-grams", "aac-metrics", aac_ngrams, "aac_metrics"),
    Entry("n-grams", "torchmetrics", torchmetrics_two, "torchmetrics", slow=True),
    Entry("whole", "ours", ours_whole, "rsica_bench"),
    Entry("whole", "pycocoevalcap", pycocoevalcap_whole, "pycocoevalcap", slow=True, warm=False),
    Entry("whole", "batched Java", batched_java_whole, "pycocoevalcap", warm=False),
)


@dataclass(frozen=True)
class Measured:
    """Seconds by the clock, peak memory in MB over all processes, and the scores."""

    seconds: float
    memory_mb: float
    scores: Scores


def _child(entry: Entry, items: int, repeats: bool, pipe: Connection) -> None:
    corpus = real_corpus(items)
    hypotheses, references = corpus if repeats else without_repeats(corpus)
    with contextlib.redirect_stdout(io.StringIO()):
        if entry.warm:
            entry.work(hypotheses[:8], references[:8])
        seconds, scores = _timed(entry.work, hypotheses, references)
        for _ in range(4 if seconds < 1 else 0):
            seconds = min(seconds, _timed(entry.work, hypotheses, references)[0])
    pipe.send((seconds, scores))


def _timed(work: System, hypotheses: list[str], references: list[list[str]]) -> tuple[float, Scores]:
    begun = time.perf_counter()
    scores = work(hypotheses, references)
    return time.perf_counter() - begun, scores


def _watch(pid: int | None, peak_mb: list[float], over: threading.Event) -> None:
    """Raise ``peak_mb[0]`` to the memory of a process and its children, until ``over``."""
    while not over.wait(0.02):
        with contextlib.suppress(psutil.Error):
            parent = psutil.Process(pid)
            family = [parent, *parent.children(recursive=True)]
            peak_mb[0] = max(peak_mb[0], sum(process.memory_info().rss for process in family) / 2**20)


def measure(entry: Entry, items: int, repeats: bool) -> Measured:
    """Time and memory of a system in a process of its own.

    Raises:
        EOFError: the system failed; its traceback is on standard error.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(entry, items, repeats, theirs))
    process.start()
    theirs.close()
    peak_mb, over = [0.0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peak_mb, over))
    watcher.start()
    try:
        seconds, scores = ours.recv()
    finally:
        over.set()
        watcher.join()
        process.join()
    return Measured(seconds, peak_mb[0], scores)


def compare(part: str, items: int, repeats: bool) -> list[dict[str, Any]]:
    """Measure and print the systems of a part; a row a system, compared with the first."""
    corpus = "real" if repeats else "no repeats"
    print(f"{part}, {items:,} items, {corpus}", flush=True)
    base: Measured | None = None
    rows: list[dict[str, Any]] = []
    for entry in (entry for entry in ENTRIES if entry.part == part):
        if importlib.util.find_spec(entry.package) is None or (entry.slow and items > SLOW_FROM):
            print(f"  {entry.name:14} left out")
            continue
        now = measure(entry, items, repeats)
        base = base or now
        row = {
            "part": part, "items": items, "corpus": corpus, "system": entry.name,
            "seconds": now.seconds, "memory_mb": now.memory_mb,
            "times_the_seconds": now.seconds / base.seconds, "times_the_memory": now.memory_mb / base.memory_mb,
            "greatest_difference": max(abs(value - base.scores[name]) for name, value in now.scores.items()),
        }  # fmt: skip
        print(
            f"  {entry.name:14} {row['seconds']:8.3f} s {row['memory_mb']:7,.0f} MB"
            f"   {row['times_the_seconds']:6.1f} x the time, {row['times_the_memory']:5.1f} x the memory;"
            f" greatest difference of a score {row['greatest_difference']:.1e}",
            flush=True,
        )
        rows.append(row)
    return rows


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("items", type=int, nargs="*", default=[TEST_ITEMS, 10 * TEST_ITEMS, 50 * TEST_ITEMS])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    add_json_option(parser)
    given = parser.parse_args()
    load, rows = os.getloadavg()[0], []
    for items in given.items:
        for part, repeats in itertools.product(given.parts, (True, False)):
            rows += compare(part, items, repeats)
    write_json(given.json, dated("metrics", {"items": given.items, "load": load}, rows=rows))


if __name__ == "__main__":
    main()
