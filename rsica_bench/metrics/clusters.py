"""Statistics of items summed by pair, and how far each pair moves a figure.

The influence of a pair on a figure is the derivative of the figure by the pair's weight (infinitesimal jackknife,
Efron 1982): the figure's gradient by the summed statistics, times the pair's statistics. The sum of the squares is the
variance of the figure over pairs (Taylor linearisation, as surveys have it).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Figures, Floats
from rsica_bench.metrics.statistics_tables import BLOCK, Table, summed
from rsica_bench.metrics.stored_arrays import release, stored_zeros

_STEP = 1e-6  # of a gradient, in pairs of the usual size
_BLOCK = 1 << 22  # numbers that are held at a time
_NUMBERS = 1 << 19  # numbers of sums by pair that are multiplied at a time
_EXACT = 1 << 53  # sums of whole numbers up to there are exact


@dataclass(frozen=True)
class Support:
    """What a figure rests on.

    Attributes:
        rows: items that have the figure.
        pairs: pairs that have it.
        together: items of a pair that an item shares its pair with, itself included, mean over items.
        rare: pairs that hold another value than the highest, or than the lowest, whichever are fewer.
    """

    rows: int
    pairs: int
    together: float
    rare: int


def numbered(clusters: NDArray[np.int64], tables: Sequence[Table]) -> tuple[NDArray[np.int64], int]:
    """Clusters numbered from 0, those alone that have a row in some table, and how many there are."""
    used = np.zeros(len(clusters), bool)
    for table in tables:
        used[table.items] = True
    distinct = np.unique(clusters[used])
    numbers = np.searchsorted(distinct, clusters)  # the inverse of `unique` takes four arrays of this size to make
    numbers[~used] = 0
    return numbers, len(distinct)


def cluster_rows(table: Table, clusters: NDArray[np.int64], number: int, *, with_spread: bool = False) -> Floats:
    """Rows summed within clusters, shape ``[number, k]``.

    Args:
        table: statistics of items.
        clusters: cluster of each item, shape ``[items]``.
        number: number of clusters.
        with_spread: sum the rows as intervals take them.
    """
    sums = stored_zeros((number, table.rows.shape[1]))
    for place, rows in table.row_blocks(with_spread=with_spread):
        np.add.at(sums, clusters[table.items[place]], rows)
        release(sums)
    return sums


def supports(table: Table, clusters: NDArray[np.int64], sums: Floats) -> dict[str, Support]:
    """What each figure rests on. A figure that no single item has (a correlation) rests on all items.

    Args:
        table: statistics of items.
        clusters: cluster of each item, shape ``[items]``.
        sums: the rows summed within clusters, shape ``[n, k]``.
    """
    owner = clusters[table.items]
    known: dict[str, list[NDArray[np.bool_]]] = {}
    for _, rows in table.row_blocks():
        for name, values in table.named_figures(rows).items():
            known.setdefault(name, []).append(~np.isnan(values))
    ends = {name: np.zeros(2, np.int64) for name in known}
    for rows in blocks_of(sums):
        for name, values in table.named_figures(rows).items():
            ends[name] += (values > 0).sum(), (values < 1).sum()
    figure_supports = {}
    for name, parts in known.items():
        having = np.concatenate(parts)
        sizes = np.bincount(owner[having] if having.any() else owner, minlength=len(sums))
        pairs = int((sizes > 0).sum())
        rare = int(ends[name].min()) if having.any() else pairs
        figure_supports[name] = Support(int(sizes.sum()), pairs, float((sizes**2).sum() / max(1, sizes.sum())), rare)
    return figure_supports


def blocks_of(rows: Floats) -> Iterator[Floats]:
    """An array in blocks of rows, one at least; a single column is one block (`statistics_tables.summed`)."""
    size = BLOCK if rows.shape[1] > 1 else max(1, len(rows))
    for begin in range(0, max(1, len(rows)), size):
        yield np.asarray(rows[begin : begin + size])
        release(rows)


class PairSums:
    """Statistics of pairs and of resampled pairs; those of many pairs lie on disk and are read in blocks.

    A product of matrices adds up in an order of its own. Whole numbers have the same sum in any order, so that they are
    multiplied a block of pairs at a time; columns of other numbers are held in memory, and multiplied at once.

    Args:
        rows: statistics of each pair, shape ``[n, k]``.

    Example:
        >>> PairSums(np.array([[1.0, 0.5], [2.0, 0.25]])).drawn(np.array([[2.0, 0.0], [1.0, 1.0]])).tolist()
        [[2.0, 1.0], [3.0, 0.75]]
    """

    def __init__(self, rows: Floats) -> None:
        self.rows = rows
        self._broken: NDArray[np.intp] | None = None
        if isinstance(rows, np.memmap):
            self._broken = _broken_columns(rows)
            self._parts = np.empty((len(rows), len(self._broken)))
            for place, block in placed_blocks(rows):
                self._parts[place] = block[:, self._broken]

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def total(self) -> Floats:
        """Sum over all pairs, shape ``[k]``."""
        return summed(blocks_of(self.rows))

    @cached_property
    def usual_size(self) -> Floats:
        """Mean size of each statistic over pairs, shape ``[k]``."""
        return summed(np.abs(rows) for rows in blocks_of(self.rows)) / max(1, len(self.rows))

    @cached_property
    def is_finite(self) -> bool:
        """Whether every statistic could be measured."""
        return all(np.isfinite(rows).all() for rows in blocks_of(self.rows))

    def drawn(self, weights: Floats) -> Floats:
        """Sums over resampled pairs, shape ``[draws, k]``.

        Args:
            weights: how often each pair was drawn, shape ``[draws, n]``.
        """
        if self._broken is None:
            return weights @ self.rows
        totals = np.zeros((len(weights), self.rows.shape[1]))
        for place, rows in placed_blocks(self.rows):
            totals += weights[:, place] @ rows
        if len(self._broken):
            totals[:, self._broken] = weights @ self._parts
        return totals


def _broken_columns(sums: Floats) -> NDArray[np.intp]:
    """Columns with numbers that are not whole, or too large for exact sums; if it is one, another one with it."""
    whole, largest = np.ones(sums.shape[1], bool), np.zeros(sums.shape[1])
    for rows in blocks_of(sums):
        known = np.isfinite(rows)  # what is not has no other sum in another order
        whole &= ((rows == np.trunc(rows)) | ~known).all(axis=0)
        largest = np.maximum(largest, np.abs(np.where(known, rows, 0)).max(axis=0, initial=0))
    broken = np.flatnonzero(~whole | (largest * len(sums) > _EXACT))
    # A single column would be multiplied as a vector, which is summed in another order than the columns of a matrix.
    return np.union1d(broken, [(broken[0] + 1) % len(whole)]) if len(broken) == 1 else broken


def placed_blocks(rows: Floats) -> Iterator[tuple[slice, Floats]]:
    """An array in blocks of rows with their places.

    The last one is the largest: a small one would be multiplied by other code, with another order of sums.
    """
    size = max(BLOCK, _NUMBERS // rows.shape[1] // BLOCK * BLOCK)
    number = max(1, len(rows) // size)
    for begin in range(0, number * size, size):
        place = slice(begin, begin + size if begin + size < number * size else len(rows))
        yield place, np.asarray(rows[place])
        release(rows)


def gradients(table: Table, sums: Floats, size: Floats, names: Collection[str]) -> Figures:
    """Derivatives of figures by the statistics.

    Args:
        table: whose figures.
        sums: where, shape ``[..., k]``.
        size: usual size of each statistic in one pair, shape ``[k]``; one of size 0, or of none (NaN: what could not be
            measured), has derivative 0.
        names: full names of the figures.

    Returns:
        Shape ``[..., k]`` by figure.
    """
    columns = np.flatnonzero(size > 0)
    steps = np.zeros((len(columns), len(size)))
    steps[np.arange(len(columns)), columns] = _STEP * size[columns]
    flat = sums.reshape(-1, sums.shape[-1])
    derivatives = {name: np.zeros(flat.shape) for name in names}
    block = max(1, _BLOCK // max(1, steps.size))
    with np.errstate(all="ignore"):
        for begin in range(0, len(flat), block):
            here = flat[begin : begin + block]
            base, moved = table.named_figures(here), table.named_figures(here[:, None] + steps)
            for name in names:
                slopes = (moved[name] - base[name][:, None]) / (_STEP * size[columns])
                derivatives[name][begin : begin + block, columns] = slopes
    return {name: values.reshape(sums.shape) for name, values in derivatives.items()}


def slopes_of(table: Table, sums: PairSums, names: Collection[str]) -> Figures:
    """Derivatives of the figures of all pairs by the statistics, shape ``[k]`` each; arguments as of `influences`."""
    return gradients(table, sums.total, sums.usual_size, names)


def influence(blocks: Iterator[Floats], slope: Floats) -> Floats:
    """Influence of rows of statistics on a figure, shape ``[n]``; it sums to 0.

    Args:
        blocks: the rows, shape ``[., k]`` each.
        slope: derivatives of the figure by the statistics, shape ``[k]``.
    """
    return _centred(np.concatenate([_numbers(rows) @ slope for rows in blocks]))


def influences(table: Table, sums: PairSums, names: Collection[str]) -> Figures:
    """Influence of each pair on figures of all pairs, shape ``[n]`` by figure; they sum to 0.

    Args:
        table: whose figures.
        sums: statistics of each pair.
        names: full names of the figures.
    """
    return {name: influence(blocks_of(sums.rows), slope) for name, slope in slopes_of(table, sums, names).items()}


def influences_of_draws(
    table: Table, sums: PairSums, weights: Floats, drawn: Floats, names: Collection[str]
) -> Iterator[tuple[str, Floats]]:
    """Influence of each pair on figures of resampled pairs, a figure after another, shape ``[draws, n]`` each.

    Args:
        table: whose figures.
        sums: statistics of each pair.
        weights: how often each pair was drawn, shape ``[draws, n]``.
        drawn: `PairSums.drawn` of them, shape ``[draws, k]``.
        names: full names of the figures.
    """
    for name, slope in gradients(table, drawn, sums.usual_size, names).items():
        moved = np.empty(weights.shape)
        for place, rows in placed_blocks(sums.rows):
            np.matmul(slope, (rows if sums.is_finite else _numbers(rows)).T, out=moved[:, place])
        moved -= row_sums(weights, moved)[:, None] / len(sums)
        yield name, moved
        del moved  # before the next one is made


def row_sums(weights: Floats, values: Floats, *, squared: bool = False) -> Floats:
    """Sums over each row of ``weights * values``, or of ``weights * values**2``, shape ``[draws, n]`` to ``[draws]``.

    Some rows at a time: the arrays are the largest of all that intervals need.

    >>> row_sums(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), squared=True)
    array([41.])
    """
    totals = np.empty(len(values))
    block = max(1, _BLOCK // 16 // max(1, values.shape[1]))
    for begin in range(0, len(values), block):
        rows = slice(begin, begin + block)
        part = values[rows] ** 2 if squared else values[rows].copy()
        part *= weights[rows]
        totals[rows] = part.sum(axis=1)
    return totals


def _numbers(rows: Floats) -> Floats:
    return np.nan_to_num(rows, posinf=0.0, neginf=0.0)


def _centred(values: Floats) -> Floats:
    return np.asarray(values - values.mean())
