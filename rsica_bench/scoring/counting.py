"""Counting: a class that a read reply does not count is taken as 0, and its share is reported; an unread reply has the
worst case by its gold (`rsica_bench.scoring.unread`).

Figures:
    missing_share: replies that do not count the class, unread ones among them / replies, by class. Averaging: mean
        over items. Source: this project.
    beyond_share: replies whose count is farther off than the worst case by its gold / replies, by class; such a count
        is taken as off by the worst case, so that errors are those of the published formula where the share is 0.
        Averaging: mean over items. Source: this project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.counting import (
    COLUMNS,
    KINDS,
    REASONS,
    bin_figures,
    bin_rows,
    counting_figures,
    counting_statistics,
)
from rsica_bench.metrics.figures import Figures, Floats, divide
from rsica_bench.metrics.ngrams import blocks
from rsica_bench.metrics.statistics_tables import BLOCK, Table, mean_table
from rsica_bench.metrics.stored_arrays import release, stored_blocks, stored_zeros
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec
from rsica_bench.scoring.common import class_names
from rsica_bench.scoring.item_store import Picked
from rsica_bench.scoring.unread import worst_counts
from rsica_data.schema.rules import COUNT_BINS

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
_BIN_REASONS = dict.fromkeys(REASONS, "no item has such a true count")


def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    """MAE, RMSE, exact, within-1 and bias by class, also by bin of the true count; MAE and RMSE as means over classes.

    ``exact_all`` is the share of replies that are right for every class.
    """
    names = class_names(items)
    if not names:
        return Measured((), {"mae": "no item"})
    rows = stored_zeros((len(items), len(names) * len(COLUMNS)))
    tables: list[Table] = []
    for place, name in enumerate(names):
        numbers = np.array([n for n, item in enumerate(items) if name in item.gold.gold], np.int64)
        true, predicted, lost, missing = _columns(Picked(items, numbers), name)
        worst = worst_counts(true)
        reach = np.abs(worst - true)
        beyond = predicted > true + reach
        if protocol.counting == "bounded":
            predicted = np.minimum(predicted, true + reach)
        predicted[lost] = worst[lost]
        columns = slice(place * len(COLUMNS), (place + 1) * len(COLUMNS))
        for begin, end in blocks(len(numbers), BLOCK):
            rows[numbers[begin:end], columns] = counting_statistics(true[begin:end], predicted[begin:end])
            release(rows)
        binned = stored_blocks(_bin_blocks(true, predicted), (len(COUNT_BINS) * len(COLUMNS),))
        tables.append(Table(binned, numbers, _by_bin, _BIN_REASONS, suffix=f"/{name}", kinds=KINDS))
        shares = {"missing_share": missing} | ({"beyond_share": beyond} if protocol.counting == "bounded" else {})
        tables.append(replace(mean_table(numbers, **shares), suffix=f"/{name}"))
    whole = Table(rows, np.arange(len(items)), _by_class(names), REASONS, kinds=KINDS)
    exact = mean_table(exact_all=[item.answer == item.gold.gold for item in items])
    return Measured((whole, *tables, exact))


def _columns(items: Sequence[ScoredItem], name: str) -> tuple[Counts, Counts, Flags, Flags]:
    """True and predicted counts of a class, whether a reply has no answer, and whether it does not count the class."""
    answers = ((item.gold.gold[name], item.answer, item.answer or {}) for item in items)
    rows = ((true, counts.get(name, 0), answer is None, name not in counts) for true, answer, counts in answers)
    true, predicted, lost, missing = np.fromiter(chain.from_iterable(rows), np.int64).reshape(-1, 4).T
    return true, predicted.copy(), lost.astype(bool), missing.astype(bool)


def _bin_blocks(true: Counts, predicted: Counts) -> Iterator[Floats]:
    """Statistics of each item at its bin, in blocks: they are the largest of all, six numbers for each bin."""
    for begin, end in blocks(len(true), BLOCK):
        rows = bin_rows(true[begin:end], predicted[begin:end])
        yield rows.reshape(len(rows), -1)


def _by_bin(sums: Floats) -> Figures:
    return bin_figures(sums.reshape(*sums.shape[:-1], len(COUNT_BINS), len(COLUMNS)))


def _by_class(names: Sequence[str]) -> Callable[[Floats], Figures]:
    """Figures of sums of shape ``[..., classes * 6]``: by class, and MAE and RMSE as means over the classes."""

    def figures(sums: Floats) -> Figures:
        parts = np.moveaxis(sums.reshape(*sums.shape[:-1], len(names), len(COLUMNS)), -2, 0)
        by_class = [counting_figures(part) for part in parts]
        named_figures = {
            f"{key}/{n}": value for n, one in zip(names, by_class, strict=True) for key, value in one.items()
        }
        for key in ("mae", "rmse"):
            values = np.stack([one[key] for one in by_class])
            known = ~np.isnan(values)
            named_figures[key] = divide(np.where(known, values, 0).sum(axis=0), known.sum(axis=0))
        return named_figures

    return figures


SCORER = ScorerSpec(
    "counting",
    measure,
    ("mae", "mae/road", "mae/building", "rmse/road", "rmse/building", "exact_all", "unparsed_share"),
    lower=("mae", "rmse", "missing_share", "beyond_share", "unparsed_share"),
)
