"""Localization: nine cells a class; a class that a read reply does not name has no cell, an unread reply has the worst
case by its gold (`rsica_bench.scoring.unread`).

Where replies name boxes besides, these are scored too (`rsica_bench.scoring.boxes`).

Figures:
    jaccard_leading: jaccard_deltavlm under the protocol deltavlm, else jaccard; by class. Averaging: mean over items.
        Source: as those.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Figures, Floats
from rsica_bench.metrics.multilabel import COLUMNS, KINDS, REASONS, multilabel_figures, multilabel_statistics
from rsica_bench.metrics.ngrams import blocks
from rsica_bench.metrics.statistics_tables import BLOCK, Table, mean_table
from rsica_bench.metrics.stored_arrays import release, stored_blocks, stored_zeros
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec
from rsica_bench.scoring.boxes import box_tables
from rsica_bench.scoring.common import class_names
from rsica_bench.scoring.item_store import Picked
from rsica_bench.scoring.unread import unread, worst_cells
from rsica_data.geometry.cells import CELLS

_LEADING = {"jaccard_leading": "no item"}


def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    """Scores by class (``f1/road``) and over all together (``f1``); exact whole replies are ``subset_accuracy``."""
    names = class_names(items)
    if not names:
        return Measured((), {"f1": "no item"})
    lead = "jaccard_deltavlm" if protocol.localization == "deltavlm" else "jaccard"

    def figures(sums: Floats) -> Figures:
        cell_figures = multilabel_figures(sums)
        return cell_figures | {"jaccard_leading": cell_figures[lead]}

    kinds = KINDS | {"jaccard_leading": KINDS[lead]}
    tables: list[Table] = []
    total = stored_zeros((len(items), len(COLUMNS)))
    for name in names:
        numbers = np.array([n for n, item in enumerate(items) if name in item.gold.gold], np.int64)
        chosen = Picked(items, numbers)
        parts = (_statistics(chosen[begin:end], name) for begin, end in blocks(len(numbers), BLOCK))
        rows = stored_blocks(parts, (len(COLUMNS),))
        for begin, end in blocks(len(numbers), BLOCK):
            total[numbers[begin:end]] += rows[begin:end]
            release(total, rows)
        tables.append(Table(rows, numbers, figures, REASONS | _LEADING, suffix=f"/{name}", kinds=kinds))
    every = np.arange(len(items))
    only = set(REASONS) - {"subset_accuracy"}
    together = Table(total, every, multilabel_figures, REASONS, only=only, kinds=KINDS)
    exact = mean_table(subset_accuracy=[item.answer is not None and _same(item) for item in items])
    return Measured((*tables, together, exact, *box_tables(items, names, protocol)))


def _statistics(items: Sequence[ScoredItem], name: str) -> Floats:
    true = _rows(item.gold.gold[name] for item in items)
    predicted = _rows((item.answer or {}).get(name, ()) for item in items)
    lost = unread(items)
    predicted[lost] = worst_cells(true)[lost]
    return multilabel_statistics(true, predicted)


def _rows(answers: Iterable[Sequence[str]]) -> NDArray[np.bool_]:
    return np.fromiter((cell in cells for cells in answers for cell in CELLS), bool).reshape(-1, len(CELLS))


def _same(item: ScoredItem) -> bool:
    assert item.answer is not None
    gold = item.gold.gold
    return gold.keys() == item.answer.keys() and all(set(gold[name]) == set(item.answer[name]) for name in gold)


SCORER = ScorerSpec(
    "localization",
    measure,
    ("f1", "f1/road", "f1/building", "cell_iou", "jaccard", "subset_accuracy", "hamming", "unparsed_share"),
    lower=("hamming", "unparsed_share"),
    # DeltaVLM's papers give figures by class alone: of those the first leads.
    variants={
        "deltavlm": (
            "jaccard_deltavlm",
            *(f"{name}/{part}" for part in ("road", "building") for name in ("jaccard_deltavlm", "f1")),
            "f1",
            "cell_iou",
            "jaccard",
            "subset_accuracy",
            "hamming",
            "unparsed_share",
        )
    },
)
