"""Accuracy by question kind, for every task whose questions are right or wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rsica_bench.metrics.figures import Figures, Floats
from rsica_bench.metrics.ngrams import blocks
from rsica_bench.metrics.statistics_tables import BLOCK, Table
from rsica_bench.metrics.stored_arrays import stored_blocks
from rsica_bench.metrics.vqa import KINDS, type_rows, vqa_figures
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import Measured, ScoredItem
from rsica_bench.scoring.item_store import Picked
from rsica_data.core import registry
from rsica_data.schema import JsonObject, TaskSpec

_REASONS = {"accuracy": "no question of this kind", "average_accuracy": "no item"}


def accuracy_table(
    task_name: str,
    items: Sequence[ScoredItem],
    numbers: Sequence[int],
    matches: Callable[[JsonObject, JsonObject], bool] | None = None,
) -> Table:
    """Right answers by question kind of some of the items.

    An answer is right where the task's ``matches`` says so; an unread reply is a wrong one.

    Args:
        task_name: the task that compares answers.
        items: all items.
        numbers: which of them are asked.
        matches: whether a gold takes an answer; None for the task's own rule.
    """
    task: TaskSpec = registry.load(registry.TASKS, task_name)
    same = matches or task.matches
    chosen = Picked(items, numbers)
    right = [item.answer is not None and same(item.gold.gold, item.answer) for item in chosen]
    kinds = [item.gold.question.kind for item in chosen]
    names = sorted(set(kinds))
    parts = (type_rows(kinds[begin:end], right[begin:end], names) for begin, end in blocks(len(chosen), BLOCK))
    rows = stored_blocks((part.reshape(len(part), -1) for part in parts), (2 * len(names),))
    return Table(rows, np.array(numbers), _figures(names), _REASONS, kinds=KINDS)


def measure_by_kind(task_name: str) -> Callable[[Sequence[ScoredItem], BenchProtocol], Measured]:
    """A scorer's ``measure`` for a task of right and wrong answers."""

    def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
        if not items:
            return Measured((), {"accuracy": "no item"})
        return Measured((accuracy_table(task_name, items, range(len(items))),))

    return measure


def _figures(names: Sequence[str]) -> Callable[[Floats], Figures]:
    return lambda sums: vqa_figures(sums.reshape(*sums.shape[:-1], len(names), 2), names)
