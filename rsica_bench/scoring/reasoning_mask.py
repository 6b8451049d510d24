"""Implicit questions: gIoU and cIoU of the masks, and how well the absence of a target is recognised.

gIoU and cIoU are those of LISA (arXiv 2308.00692) and SegEarth-R1 (arXiv 2504.09644), taken over the cells of the
question's grid; an unread reply says the worst: nothing where there is a target, something where there is none.

Figures:
    n_acc: items without a target of which no cell was named / items without a target. Averaging: micro over items.
        Source: N-acc of GRES (arXiv 2306.00968).
    t_acc: items with a target of which some cell was named / items with a target. Averaging: micro over items.
        Source: T-acc of GRES (arXiv 2306.00968).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rsica_bench.metrics.interval_rules import Kind
from rsica_bench.metrics.regions import KINDS as REGION_KINDS
from rsica_bench.metrics.regions import REASONS as REGION_REASONS
from rsica_bench.metrics.regions import region_figures, region_row
from rsica_bench.metrics.statistics_tables import Table, mean_table
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec
from rsica_data.tasks.grounding import is_none, overlap

KINDS: dict[str, Kind] = {"n_acc": "share", "t_acc": "share"}


def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    """Figures of the masks of all items, and of items with and without a target."""
    if not items:
        return Measured((), {"giou": "no item"})
    rows = []
    for item in items:
        gold, args = item.gold.gold, item.gold.question.args
        if item.answer is None:
            rows.append(region_row(0.0, 1.0 if is_none(gold) else overlap(gold, gold, args)[1], False))
        else:
            both, either = overlap(gold, item.answer, args)
            rows.append(region_row(both, either, is_none(gold) and is_none(item.answer)))
    tables = [Table(np.stack(rows), np.arange(len(items)), region_figures, REGION_REASONS, kinds=REGION_KINDS)]
    absent = {}
    for name, without in (("n_acc", True), ("t_acc", False)):
        numbers = [number for number, item in enumerate(items) if is_none(item.gold.gold) is without]
        right = [_says_none(items[number]) is without for number in numbers]
        if numbers:
            tables.append(mean_table(numbers, KINDS, **{name: right}))
        else:
            absent[name] = "no item without a target" if without else "no item with a target"
    return Measured(tuple(tables), absent)


def _says_none(item: ScoredItem) -> bool | None:
    """Whether an answer names no cell; None for an unread reply, which is wrong either way."""
    return None if item.answer is None else is_none(item.answer)


SCORER = ScorerSpec(
    "reasoning_mask",
    measure,
    ("giou", "ciou", "accuracy@0.5", "n_acc", "t_acc", "unparsed_share"),
    lower=("unparsed_share",),
)
