"""Lists of classes: F1 over all decisions, by class and as the mean over classes, and whole lists that are right.

An unread reply names every class that is not shown and none that is (`rsica_bench.scoring.unread`).

Figures:
    f1: 2 right / (shown + named) decisions; of one class as f1/CLASS. Averaging: micro over decisions. Source:
        sklearn.metrics.
    macro_f1: mean of f1/CLASS over the classes that are shown or named. Averaging: macro over classes. Source:
        sklearn.metrics.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Figures, Floats, divide
from rsica_bench.metrics.multilabel import KINDS, REASONS, multilabel_figures, multilabel_statistics
from rsica_bench.metrics.statistics_tables import Table
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec
from rsica_bench.scoring.unread import worst_cells

_ONLY = ("precision", "recall", "f1", "hamming", "subset_accuracy", "jaccard")
_MACRO = {"f1": "the class is neither shown nor named", "macro_f1": "no class is shown or named"}


def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    """Figures of all decisions together, and F1 by class."""
    if not items:
        return Measured((), {"f1": "no item"})
    names = sorted({name for item in items for name in item.gold.question.args["among"]})
    numbers = np.arange(len(items))
    rows = np.concatenate([multilabel_statistics(*_decisions(item)) for item in items])
    together = Table(rows, numbers, multilabel_figures, REASONS, only=_ONLY, kinds=KINDS)
    by_class = np.stack([_by_class(item, names) for item in items])
    kinds = {"f1": KINDS["f1"], "macro_f1": KINDS["f1"]}
    return Measured((together, Table(by_class, numbers, _class_figures(names), _MACRO, kinds=kinds)))


def _decisions(item: ScoredItem) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """True and predicted, ``[1, classes that are asked about]`` each."""
    among = item.gold.question.args["among"]
    true = np.array([[name in item.gold.gold["value"] for name in among]], bool)
    if item.answer is None:
        return true, worst_cells(true)
    return true, np.array([[name in item.answer["value"] for name in among]], bool)


def _by_class(item: ScoredItem, names: Sequence[str]) -> Floats:
    """Both, true and predicted of every class, ``[3 * names]``."""
    row = np.zeros((3, len(names)))
    (true,), (predicted,) = _decisions(item)
    places = [names.index(name) for name in item.gold.question.args["among"]]
    row[:, places] = [true & predicted, true, predicted]
    return row.ravel()


def _class_figures(names: Sequence[str]) -> Callable[[Floats], Figures]:
    def figures(sums: Floats) -> Figures:
        both, true, predicted = np.moveaxis(sums.reshape(*sums.shape[:-1], 3, len(names)), -2, 0)
        f1 = divide(2 * both, true + predicted)
        known = ~np.isnan(f1)
        macro = divide(np.where(known, f1, 0.0).sum(axis=-1), known.sum(axis=-1))
        return {"macro_f1": macro} | {f"f1/{name}": f1[..., place] for place, name in enumerate(names)}

    return figures


SCORER = ScorerSpec(
    "multilabel",
    measure,
    ("f1", "macro_f1", "subset_accuracy", "jaccard", "hamming", "unparsed_share"),
    lower=("hamming", "unparsed_share"),
)
