"""How sure a figure is: bootstrap intervals, and paired tests between two systems, over clusters of items.

What is drawn are clusters (image pairs), not items: questions about one pair are not independent of one another
(cluster bootstrap, Davison and Hinkley 1997, section 3.8). Statistics are summed within each cluster once; a draw is a
weighted sum of these rows, so no metric is computed again. CIDEr keeps the document frequencies of the whole corpus.

- Intervals are percentile intervals (Efron 1979).
- The difference of two systems has a percentile interval over the same draws of pairs, and a p-value by approximate
  randomisation (Noreen 1989; Riezler and Maxwell 2005): the two systems' results on each pair are swapped at random,
  and the share of swaps whose difference is at least as large as the one seen, ``(1 + hits) / (1 + draws)``, counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Figures, Floats
from rsica_bench.metrics.tables import Table

_BLOCK = 1 << 22  # numbers of one block of weights: bounds the memory
_LEAST_DEFINED = 0.95  # share of draws in which a figure must be defined to have an interval


@dataclass(frozen=True)
class Resampling:
    """How uncertainty was found: number of draws, seed, and level of the intervals; no draw means no intervals."""

    draws: int = 1000
    seed: int = 0
    level: float = 0.95


@dataclass(frozen=True)
class Comparison:
    """A figure of two systems on the same items.

    Attributes:
        first, second: the figure of each.
        difference: second minus first, with its interval ``low .. high``.
        p: two-sided p-value that there is no difference.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    p: float


def cluster_rows(table: Table, clusters: NDArray[np.int64], number: int) -> Floats:
    """Rows summed within clusters, shape ``[number, k]``.

    Args:
        table: statistics of items.
        clusters: cluster of each item, shape ``[items]``.
        number: number of clusters.
    """
    sums = np.zeros((number, table.rows.shape[1]))
    np.add.at(sums, clusters[table.items], table.rows)
    return sums


def intervals(tables: Sequence[Table], clusters: NDArray[np.int64], how: Resampling) -> dict[str, tuple[float, float]]:
    """Percentile intervals of every figure.

    Args:
        tables: statistics of items.
        clusters: cluster of each item, shape ``[items]``.
        how: draws, seed, level.

    Returns:
        ``(low, high)`` by figure. A figure that is undefined in more than a twentieth of the draws has none.
    """
    clusters, number = _numbered(clusters, tables)
    if not number or not how.draws:
        return {}
    sums = [cluster_rows(table, clusters, number) for table in tables]
    drawn = _collect(
        {name: values for table, rows in zip(tables, sums, strict=True) for name, values in _at(table, w @ rows)}
        for w in _draws(number, how)
    )
    return {name: limits for name, values in drawn.items() if (limits := _percentiles(values, how.level)) is not None}


def compare(
    first: Sequence[Table], second: Sequence[Table], clusters: NDArray[np.int64], how: Resampling
) -> dict[str, Comparison]:
    """Every figure that both systems have, with the interval and the p-value of the difference.

    Args:
        first: statistics of the items under one system.
        second: those of the same items under the other.
        clusters: cluster of each item, shape ``[items]``.
        how: draws, seed, level.
    """
    clusters, number = _numbered(clusters, [*first, *second])
    found: dict[str, Comparison] = {}
    if not number:
        return found
    for one, other in _pairs(first, second):
        a, b = cluster_rows(one, clusters, number), cluster_rows(other, clusters, number)
        seen = _difference(one, other, a.sum(axis=0), b.sum(axis=0))
        drawn = _collect(_difference(one, other, w @ a, w @ b) for w in _draws(number, how))
        swapped = _collect(_swaps(one, other, a, b, how))
        whole = one.named_figures(a.sum(axis=0)), other.named_figures(b.sum(axis=0))
        for name, difference in seen.items():
            limits = _percentiles(drawn[name], how.level) if how.draws else None
            if np.isnan(difference) or limits is None:
                continue
            # What rounding makes smaller by a hair is as large; an undefined difference speaks for chance.
            hits = np.sum(~(np.abs(swapped[name]) < abs(difference) * (1 - 1e-9)))
            p = float((1 + hits) / (1 + how.draws))
            values = float(whole[0][name]), float(whole[1][name])
            found[name] = Comparison(*values, float(difference), *limits, p)
    return found


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for their number (Holm 1979), in the same order."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def _numbered(clusters: NDArray[np.int64], tables: Sequence[Table]) -> tuple[NDArray[np.int64], int]:
    """Clusters numbered from 0, those alone that have a row in some table."""
    used = np.zeros(len(clusters), bool)
    for table in tables:
        used[table.items] = True
    numbers = np.zeros(len(clusters), np.int64)
    distinct, numbers[used] = np.unique(clusters[used], return_inverse=True)
    return numbers, len(distinct)


def _draws(number: int, how: Resampling) -> Iterator[Floats]:
    """Blocks of weights, ``[draws, clusters]``: how often each cluster was drawn."""
    rng = np.random.default_rng(how.seed)
    for size in _sizes(number, how.draws):
        yield rng.multinomial(number, np.full(number, 1 / number), size=size).astype(np.float64)


def _swaps(one: Table, other: Table, a: Floats, b: Floats, how: Resampling) -> Iterator[Figures]:
    rng = np.random.default_rng([how.seed, 1])
    gap, first, second = b - a, a.sum(axis=0), b.sum(axis=0)
    for size in _sizes(len(a), how.draws):
        moved = rng.integers(0, 2, (size, len(a))).astype(np.float64) @ gap
        yield _difference(one, other, first + moved, second - moved)


def _sizes(number: int, draws: int) -> list[int]:
    block = max(1, _BLOCK // number)
    return [min(block, draws - begin) for begin in range(0, draws, block)]


def _difference(one: Table, other: Table, a: Floats, b: Floats) -> Figures:
    first, second = one.named_figures(a), other.named_figures(b)
    return {name: second[name] - values for name, values in first.items() if name in second}


def _at(table: Table, sums: Floats) -> list[tuple[str, Floats]]:
    return list(table.named_figures(sums).items())


def _collect(blocks: Iterator[Figures]) -> Figures:
    parts: dict[str, list[Floats]] = {}
    for block in blocks:
        for name, values in block.items():
            parts.setdefault(name, []).append(values)
    return {name: np.concatenate(found) for name, found in parts.items()}


def _percentiles(values: Floats, level: float) -> tuple[float, float] | None:
    known = values[~np.isnan(values)]
    if len(known) < _LEAST_DEFINED * len(values) or not len(known):
        return None
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _pairs(first: Sequence[Table], second: Sequence[Table]) -> list[tuple[Table, Table]]:
    """Tables of the same figures from the same statistics."""
    by_key = {_key(table): table for table in second}
    return [(table, by_key[_key(table)]) for table in first if _key(table) in by_key]


def _key(table: Table) -> tuple[int, tuple[str, ...]]:
    width = table.rows.shape[1]
    return width, tuple(table.named_figures(np.zeros(width)))
