"""Transitions: accuracy by kind; of from-to matrices how much of the changed ground is told alike, and which steps.

Figures:
    matrix_overlap: mean over matrices of the sum of the smaller shares of each step. Averaging: macro over items.
        Source: one minus the total variation distance.
    step_precision: named steps that are true / named steps. Averaging: micro over steps. Source: this project.
    step_recall: true steps that are named / true steps. Averaging: micro over steps. Source: this project.
    step_f1: 2 steps both named and true / (named + true steps). Averaging: micro over steps. Source: this project.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rsica_bench.metrics.figures import Figures, Floats, divide
from rsica_bench.metrics.interval_rules import Kind
from rsica_bench.metrics.statistics_tables import Table
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec
from rsica_bench.scoring.by_kind import accuracy_table
from rsica_data.tasks.transition import matrix_overlap

REASONS = {
    "matrix_overlap": "no matrix was asked for",
    "step_precision": "no step was named",
    "step_recall": "no step is true",
    "step_f1": "no step, true or named",
}
KINDS: dict[str, Kind] = {
    "matrix_overlap": "mean",
    "step_precision": "ratio",
    "step_recall": "ratio",
    "step_f1": "ratio",
}


def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    """Accuracy of all questions, and the figures of matrices."""
    if not items:
        return Measured((), {"accuracy": "no item"})
    tables = [accuracy_table("transition", items, range(len(items)))]
    numbers = np.array([n for n, item in enumerate(items) if item.gold.question.kind == "matrix"], np.int64)
    if len(numbers):
        rows = np.stack([_row(items[number]) for number in numbers])
        tables.append(Table(rows, numbers, _figures, REASONS, kinds=KINDS))
    return Measured(tuple(tables))


def _row(item: ScoredItem) -> Floats:
    """``[1, overlap, steps both true and named, true, named]``; an unread reply names only false steps."""
    gold = item.gold.gold["value"]
    true = {(before, after) for before, after, _ in gold}
    if item.answer is None:
        return np.array([1, 0, 0, len(true), max(1, len(true))], np.float64)
    named = {(before, after) for before, after, _ in item.answer["value"]}
    # Steps too small for the gold are missing in it: it is compared with itself for the most that can be had.
    most = matrix_overlap(gold, gold)
    return np.array([1, matrix_overlap(gold, item.answer["value"]) / most, len(true & named), len(true), len(named)])


def _figures(sums: Floats) -> Figures:
    items, overlap, both, true, named = np.moveaxis(sums, -1, 0)
    return {
        "matrix_overlap": divide(overlap, items),
        "step_precision": divide(both, named),
        "step_recall": divide(both, true),
        "step_f1": divide(2 * both, true + named),
    }


SCORER = ScorerSpec(
    "transition",
    measure,
    ("accuracy", "average_accuracy", "matrix_overlap", "step_f1", "unparsed_share"),
    lower=("unparsed_share",),
)
