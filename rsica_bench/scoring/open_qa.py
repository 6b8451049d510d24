"""Open questions: accuracy over all, by question kind, and as the mean over kinds; free text is scored as captions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rsica_bench.contracts import Measured, ScoredItem, ScorerSpec
from rsica_bench.metrics.figures import Figures, Floats
from rsica_bench.metrics.tables import Table
from rsica_bench.metrics.vqa import type_rows, vqa_figures
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.captioning import caption_tables
from rsica_data import plugins
from rsica_data.schema import TaskSpec

FREE_TEXT = "text"
_REASONS = {"accuracy": "no question of this kind", "average_accuracy": "no item"}


def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    """Share of right answers, an unread reply being a wrong one; ``free_text/BLEU-4`` and so on for free text."""
    if not items:
        return Measured((), {"accuracy": "no item"})
    free = [number for number, item in enumerate(items) if item.gold.question.kind == FREE_TEXT]
    typed = sorted(set(range(len(items))).difference(free))
    tables = [_accuracy(items, typed)] if typed else []
    absent = {} if typed else {"accuracy": "only free-text questions"}
    if free:
        chosen = [items[number] for number in free]
        found = caption_tables(chosen, [item.gold.gold["references"] for item in chosen], protocol)
        tables += [table.under("free_text/", np.array(free)) for table in found.tables]
        absent |= {f"free_text/{metric}": reason for metric, reason in found.absent.items()}
    return Measured(tuple(tables), absent)


def _accuracy(items: Sequence[ScoredItem], numbers: Sequence[int]) -> Table:
    task: TaskSpec = plugins.load(plugins.TASKS, "open_qa")
    chosen = [items[number] for number in numbers]
    right = [item.answer is not None and task.matches(item.gold.gold, item.answer) for item in chosen]
    kinds = [item.gold.question.kind for item in chosen]
    names = sorted(set(kinds))
    rows = type_rows(kinds, right, names).reshape(len(chosen), -1)
    return Table(rows, np.array(numbers), _figures(names), _REASONS)


def _figures(names: Sequence[str]) -> Callable[[Floats], Figures]:
    return lambda sums: vqa_figures(sums.reshape(*sums.shape[:-1], len(names), 2), names)


SCORER = ScorerSpec(
    "open_qa",
    measure,
    ("accuracy", "average_accuracy", "free_text/BLEU-4", "free_text/ROUGE-L", "free_text/CIDEr", "unparsed_share"),
    lower=("unparsed_share",),
)
