"""How often the 95 % intervals hold the truth, and how often `compare` finds a difference where there is none.

    python benchmarks/interval_coverage.py [--quick] [--sizes 18,50,200,1000] [--repeats 1000] [--only counts,masks]
                                           [--json FILE]

Test sets are drawn from laws whose figures are known (from 400,000 pairs): pairs with one or several rows each, that
hang together through the pair. Two systems of one law answer each; the first gives the coverage of the figures, both
that of the differences (0) and the type I error of the p-value at 5 %. Printed are a line a metric and, by kind of
metric and number of pairs, the least coverage: of metrics whose interval is not marked approximate, and of all.

The laws, after what is seen on real sets (LEVIR-CC's counts and captions, LEVIR-CD's areas):

decisions   changed or not, half of the pairs changed, sensitivity .85, specificity .93; one row a pair
shares      accuracies .5 .9 .97 .99, one row a pair, or 1 to 8 (3 on average) with correlation .2, or 10 with .5
questions   five kinds, some rows of each a pair, shares .6 to .99, a random effect of the pair
counts      no road in 58 % of the pairs, no building in 50 %; else negative binomial with long tails; misses at a rate
            that varies with the pair, and false finds
cells       nine cells a pair, 40 % of the pairs without any
boxes       none in half of the pairs, else negative binomial; IoU beta
masks       35 % of the pairs unchanged, areas log-normal, IoU beta, 4 % wholly missed, false alarms in 15 %
captions    half of the pairs unchanged and mostly right word for word, the rest of varying quality
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from rsica_bench.metrics import binary, box_metrics, caption_metrics, change_detection, counting, multilabel, vqa
from rsica_bench.metrics.bootstrap import compare
from rsica_bench.metrics.figures import divide
from rsica_bench.metrics.intervals import find_intervals
from rsica_bench.metrics.resampling import Resampling
from rsica_bench.metrics.statistics_tables import Table, mean_table

SIZES = (18, 50, 200, 1000)
TRUTH_PAIRS = 400_000
PIXELS = 256 * 256
Numbers = NDArray[Any]
Drawn = tuple[Numbers, list[Numbers]]
"""Pair of each row, and the statistics of each row for both systems."""
Metrics = Callable[[Numbers], dict[str, Any]]
"""Sums of statistics to metrics by name."""
KINDS_OF_QUESTIONS = (0.95, 0.9, 0.8, 0.6, 0.99)


def beta(rng: Generator, mean: float, correlation: float, size: int) -> Numbers:
    """Beta variables by mean and intraclass correlation."""
    weight = 1 / correlation - 1
    return rng.beta(mean * weight, (1 - mean) * weight, size)


def one_row(number: int) -> Numbers:
    """The pair of each row where each pair has one."""
    return np.arange(number)


def decisions(rng: Generator, number: int) -> Drawn:
    true = rng.random(number) < 0.5
    answers = [np.where(true, rng.random(number) < 0.85, rng.random(number) < 0.07) for _ in range(2)]
    return one_row(number), [binary.binary_statistics(true, one) for one in answers]


def shares(mean: float, correlation: float, rows: int, rng: Generator, number: int) -> Drawn:
    if rows == 1:
        return one_row(number), [(rng.random(number) < mean)[:, None] for _ in range(2)]
    sizes = np.full(number, rows) if rows > 5 else 1 + np.minimum(rng.poisson(rows - 1, number), 7)
    owner = np.repeat(np.arange(number), sizes)
    chance = beta(rng, mean, correlation, number)[owner]
    return owner, [(rng.random(len(owner)) < chance)[:, None] for _ in range(2)]


def questions(rng: Generator, number: int) -> Drawn:
    asked = rng.poisson([1.2, 1, 0.8, 0.6, 0.5], (number, 5))
    asked[asked.sum(axis=1) == 0, 0] = 1
    owner = np.repeat(np.arange(number), asked.sum(axis=1))
    kind = np.repeat(np.tile(np.arange(5), number), asked.ravel())
    share = np.array(KINDS_OF_QUESTIONS)
    line = np.log(share / (1 - share))[kind] * 1.1 + rng.normal(0, 0.8, number)[owner]
    systems: list[Numbers] = []
    for _ in range(2):
        rows = np.zeros((len(owner), 5, 2))
        rows[np.arange(len(owner)), kind, 0] = 1
        rows[np.arange(len(owner)), kind, 1] = rng.random(len(owner)) < 1 / (1 + np.exp(-line))
        systems.append(rows.reshape(len(owner), 10))
    return owner, systems


def counts(rng: Generator, number: int) -> Drawn:
    quality = beta(rng, 0.75, 0.2, number)
    parts: tuple[list[Numbers], list[Numbers]] = ([], [])
    for nothing, mean, size, most in ((0.58, 0.9, 1.0, 12), (0.5, 7.0, 0.7, 60)):
        law = rng.negative_binomial(size, size / (size + mean), number)
        true = np.where(rng.random(number) < nothing, 0, 1 + law).clip(0, most)
        for rows in parts:
            false = rng.poisson(rng.gamma(0.8, 1 / 0.8, number) * (0.12 + 0.08 * true))
            rows.append(counting.counting_statistics(true, rng.binomial(true, quality) + false))
    return one_row(number), [np.concatenate(rows, axis=-1) for rows in parts]


def cells(rng: Generator, number: int) -> Drawn:
    changed = rng.random(number) < 0.6
    true = rng.random((number, 9)) < (beta(rng, 0.35, 0.3, number) * changed)[:, None]
    quality = beta(rng, 0.8, 0.2, number)
    false = (0.25 * (1 - quality) * (0.3 + changed))[:, None]
    systems: list[Numbers] = []
    for _ in range(2):
        answers = np.where(true, rng.random((number, 9)) < quality[:, None], rng.random((number, 9)) < false)
        systems.append(multilabel.multilabel_statistics(true, answers))
    return one_row(number), systems


def box_rows(rng: Generator, number: int) -> Drawn:
    law = 1 + rng.negative_binomial(0.9, 0.9 / 3.9, number)
    true = np.where(rng.random(number) < 0.5, 0, law)
    quality = beta(rng, 0.75, 0.2, number)
    systems: list[Numbers] = []
    for _ in range(2):
        hit, extra = rng.binomial(true, quality), rng.poisson(0.15 + 0.15 * true)
        owner = np.repeat(np.arange(number), hit)
        iou = rng.beta(6 * quality[owner] + 1, 2)
        sums = [
            np.bincount(owner, iou, number),
            *(np.bincount(owner, iou >= t, number) for t in box_metrics.THRESHOLDS),
        ]
        systems.append(box_metrics.image_statistics(np.stack([true, hit + extra, *sums], axis=-1).astype(float)))
    return one_row(number), systems


def masks(rng: Generator, number: int) -> Drawn:
    changed = rng.random(number) < 0.65
    area = np.minimum(np.exp(rng.normal(7.8, 1.0, number)), PIXELS * 0.7).astype(int) * changed
    quality, side = beta(rng, 0.75, 0.15, number), rng.beta(2, 2, number)
    systems: list[Numbers] = []
    for _ in range(2):
        iou = np.clip(quality + rng.normal(0, 0.05, number), 0.02, 0.99) * (rng.random(number) > 0.04)
        hit = np.where(iou > 0, area * iou**side, 0)
        union = np.where(iou > 0, hit / np.maximum(iou, 1e-9), area)
        alarm = (rng.random(number) < 0.15) * np.exp(rng.normal(4.5, 1.2, number))
        false = np.minimum(np.where(iou > 0, union - area, 0).clip(0) + alarm, PIXELS - area)
        tp, fp, fn = np.round(hit), np.round(false), area - np.round(hit)
        systems.append(change_detection.pair_statistics(np.stack([tp, fp, fn, PIXELS - tp - fp - fn], axis=-1)))
    return one_row(number), systems


def caption_rows(rng: Generator, number: int) -> Drawn:
    changed = rng.random(number) < 0.5
    hard = beta(rng, 0.5, 0.25, number)
    systems: list[Numbers] = []
    for _ in range(2):
        exact = np.where(changed, rng.random(number) < 0.07, rng.random(number) < 0.93)
        quality = (hard + rng.normal(0, 0.15, number)).clip(0.02, 0.98)
        length = np.where(changed, 5 + rng.poisson(4.3, number), 7)
        share = [0.55 + 0.42 * quality, quality, 0.9 * quality**2, 0.8 * quality**3]
        rows = np.full((number, caption_metrics.CAPTION_COLUMNS), np.nan)
        for order in range(4):
            rows[:, 4 + order] = np.maximum(0, length - order)
            rows[:, order] = np.where(exact, rows[:, 4 + order], rng.binomial(length - order, share[order]))
        rows[:, 8], rows[:, 9] = length, np.maximum(4, length + changed * rng.integers(-2, 3, number))
        rows[:, 10] = np.where(exact, 1, 0.2 + 0.65 * quality)
        rows[:, 11] = np.where(exact, 2.03, 3 * quality**2.5)
        rows[:, 12], rows[:, -1] = rows[:, 11] * 1.02, 1
        systems.append(rows)
    return one_row(number), systems


def share_metrics(sums: Numbers) -> dict[str, Any]:
    """Accuracy."""
    return {"accuracy": divide(sums[..., 0], sums[..., 1])}


def question_metrics(sums: Numbers) -> dict[str, Any]:
    """Accuracy by kind and over all."""
    return vqa.vqa_figures(sums.reshape(*sums.shape[:-1], 5, 2), ("a", "b", "c", "d", "e"))


def count_metrics(sums: Numbers) -> dict[str, Any]:
    """Errors of two classes, and their means."""
    parts = [counting.counting_figures(sums[..., 6 * n : 6 * n + 6]) for n in range(2)]
    by_class = {f"{key}/{n}": v for n, part in zip(("road", "building"), parts, strict=True) for key, v in part.items()}
    return by_class | {key: (parts[0][key] + parts[1][key]) / 2 for key in ("mae", "rmse")}


LAWS: dict[str, tuple[Callable[[Generator, int], Drawn], Metrics | None, Mapping[str, Any] | None]] = {
    f"accuracy {mean}, {rows_of_a_pair}": (partial(shares, mean, correlation, rows), None, None)
    for mean in (0.5, 0.9, 0.97, 0.99)
    for rows_of_a_pair, correlation, rows in (("1 row", 0, 1), ("3 rows", 0.2, 3), ("10 rows", 0.5, 10))
} | {
    "decisions": (decisions, binary.binary_figures, binary.KINDS),
    "questions": (questions, question_metrics, vqa.KINDS),
    "counts": (counts, count_metrics, counting.KINDS),
    "cells": (cells, multilabel.multilabel_figures, multilabel.KINDS),
    "boxes": (box_rows, box_metrics.box_figures, box_metrics.KINDS),
    "masks": (masks, change_detection.change_detection_figures, change_detection.KINDS),
    "captions": (caption_rows, caption_metrics.caption_figures, caption_metrics.KINDS),
}
COUNTS_OF_ITEMS = {"tp", "fp", "fn", "tn"}  # they grow with the test set: no truth to hold


def make_table(rows: Numbers, figures: Metrics | None, kinds: Mapping[str, Any] | None) -> Table:
    """A system's statistics as a table of metrics."""
    if figures is None:
        return mean_table(accuracy=rows[:, 0])
    return Table(rows, np.arange(len(rows)), figures, {}, kinds=kinds or {})


def truths(law: str) -> dict[str, float]:
    """The metrics of a law, from many pairs."""
    make, figures, kinds = LAWS[law]
    if figures is None:
        return {"accuracy": float(law.split()[1].rstrip(","))}
    _, (rows, _) = make(np.random.default_rng(99), TRUTH_PAIRS)
    metrics = make_table(rows, figures, kinds).named_figures(rows.sum(axis=0))
    return {name: float(value) for name, value in metrics.items() if name not in COUNTS_OF_ITEMS}


class Tally:
    """What became of one metric at one number of pairs."""

    def __init__(self) -> None:
        self.held = self.made = self.marked = self.held_unmarked = self.none = 0
        self.widths: list[float] = []
        self.difference_held = self.difference_made = self.found_different = self.compared = 0

    def add(self, truth: float, limits: tuple[float, float] | None, marked: bool) -> None:
        """Count an interval; None where there is none."""
        if limits is None:
            self.none += 1
            return
        held = limits[0] - 1e-9 <= truth <= limits[1] + 1e-9
        self.made += 1
        self.held += held
        self.marked += marked
        self.held_unmarked += held and not marked
        self.widths.append(limits[1] - limits[0])

    def add_difference(self, one: Any) -> None:
        """Count a comparison of two systems of one law."""
        self.compared += 1
        self.found_different += one.p < 0.05
        if one.low is not None:
            self.difference_made += 1
            self.difference_held += one.low <= 0 <= one.high


Tallies = dict[str, tuple[str, Tally]]
"""Kind and tally of each metric."""
Results = dict[tuple[str, int], Tallies]
"""Tallies by law and number of pairs."""


def simulate(law: str, number: int, repeats: int, compared: int) -> Tallies:
    """Kind and tally of each metric over the repeats, the first ``compared`` of which compare both systems."""
    make, figures, kinds = LAWS[law]
    truth, how = truths(law), Resampling()
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    rng = np.random.default_rng([number, list(LAWS).index(law)])
    for turn in range(repeats):
        owner, systems = make(rng, number)
        tables = [make_table(rows, figures, kinds) for rows in systems]
        intervals = find_intervals(tables[:1], owner, how)
        for name, value in truth.items():
            tallies[name].add(value, intervals.limits.get(name), name in intervals.approximate)
        if turn < compared:
            for name, one in compare(tables[:1], tables[1:], owner, how).items():
                if name in truth:
                    tallies[name].add_difference(one)
    return {name: (tables[0].kind(name), tally) for name, tally in tallies.items()}


def json_rows(results: Results) -> list[dict[str, object]]:
    """A row a metric, law and number of pairs: the counts of its tally and the median width of its intervals."""
    return [
        {"law": law, "pairs": number, "metric": name, "kind": kind}
        | {key: int(value) for key, value in vars(one).items() if key != "widths"}
        | {"width": float(np.median(one.widths)) if one.widths else None}
        for (law, number), tallies in results.items()
        for name, (kind, one) in tallies.items()
    ]


def percent(part: int, whole: int) -> str:
    """A share, of five characters."""
    return f"{100 * part / whole:5.1f}" if whole else "    -"


def print_metrics(law: str, number: int, tallies: Tallies, seconds: float) -> None:
    """A line a metric."""
    print(f"{law}, {number} pairs ({seconds:.0f} s)")
    for name, (kind, one) in tallies.items():
        width = f"{np.median(one.widths):.3f}" if one.widths else "-"
        print(
            f"  {name:24} {kind:18} held {percent(one.held, one.made)} width {width:>7}"
            f"  marked {percent(one.marked, one.made)} none {percent(one.none, one.none + one.made)}"
            f"  difference held {percent(one.difference_held, one.difference_made)}"
            f" p<.05 {percent(one.found_different, one.compared)}",
            flush=True,
        )


def print_summary(results: Results, sizes: Sequence[int]) -> None:
    """The least coverage by kind and number of pairs."""
    print("\nleast coverage of a metric (of those mostly not marked approximate | of all), percent")
    by_kind: defaultdict[str, defaultdict[int, list[Tally]]] = defaultdict(lambda: defaultdict(list))
    for (_, number), tallies in results.items():
        for kind, one in tallies.values():
            by_kind[kind][number].append(one)
    for kind, columns in sorted(by_kind.items()):
        line = []
        for number in sizes:
            made = [one for one in columns[number] if one.made]
            sure = [100 * one.held / one.made for one in made if one.marked < 0.5 * one.made]
            every = [100 * one.held / one.made for one in made]
            line.append(f"{min(sure):5.1f} | {min(every):5.1f}" if sure else f"    - | {min(every):5.1f}")
        print(f"  {kind:18} " + "   ".join(line))
    print("differences: least coverage; p < .05 without a difference, mean and greatest of a metric, percent")
    for kind, columns in sorted(by_kind.items()):
        line = []
        for number in sizes:
            made = [one for one in columns[number] if one.difference_made]
            rates = [100 * one.found_different / one.compared for one in columns[number] if one.compared]
            held = min((100 * one.difference_held / one.difference_made for one in made), default=float("nan"))
            line.append(f"{held:5.1f} | {np.mean(rates):4.1f} {max(rates):4.1f}" if rates else "-")
        print(f"  {kind:18} " + "   ".join(line))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="100 repeats at 18 and 50 pairs")
    parser.add_argument("--sizes", default=None)
    parser.add_argument("--repeats", type=int, default=None)
    parser.add_argument("--only", default=None, help="laws, by the beginning of their names")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the tallies there as one JSON object")
    words = parser.parse_args()
    sizes = [int(part) for part in words.sizes.split(",")] if words.sizes else SIZES[:2] if words.quick else SIZES
    repeats = words.repeats or (100 if words.quick else 1000)
    chosen = [law for law in LAWS if words.only is None or law.startswith(tuple(words.only.split(",")))]
    results: Results = {}
    begun = time.perf_counter()
    for law in chosen:
        for number in sizes:
            start = time.perf_counter()
            # Differences need two sets of draws: fewer of the large test sets.
            results[law, number] = simulate(law, number, repeats, repeats if number < 500 else repeats // 5)
            print_metrics(law, number, results[law, number], time.perf_counter() - start)
    print_summary(results, sizes)
    if words.json:
        content = {"benchmark": "interval coverage", "repeats": repeats, "rows": json_rows(results)}
        words.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"{repeats} repeats, {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
