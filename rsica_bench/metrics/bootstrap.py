"""How sure a figure is, and whether two systems differ, over clusters of items.

What counts are clusters (image pairs), not items: questions about one pair are not independent of one another
(cluster bootstrap, Davison and Hinkley 1997, section 3.8). Statistics are summed within each cluster once; a draw is a
weighted sum of these rows, so no metric is computed again. CIDEr keeps the document frequencies of the whole corpus.

- Intervals of figures: `rsica_bench.metrics.intervals`.
- The difference of two shares, or of other figures that lie between two ends item by item, has a t interval with two
  pairs added, one all for either system (Bonett and Price 2012, "Adjusted Wald confidence interval for a difference of
  binomial proportions based on paired data", carried to clusters by pseudo-values): it has width where the systems
  agree on every pair. Other differences have the studentised bootstrap over the same draws of pairs.
- The p-value is by randomisation over pairs: `rsica_bench.metrics.randomisation`.
- Interval and p-value agree: where the test does not reject at the level of the interval, the interval holds 0; where
  it does, the interval ends before it reaches 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.clusters import (
    PairSums,
    cluster_rows,
    influences,
    influences_of_draws,
    numbered,
    row_sums,
    supports,
)
from rsica_bench.metrics.figures import Figures, Floats
from rsica_bench.metrics.interval_rules import KORN_GRAUBARD, RULES, STUDENTISED, Rule
from rsica_bench.metrics.intervals import Limits, find_intervals, is_flat, standard_error, studentised
from rsica_bench.metrics.quantiles import t_quantile
from rsica_bench.metrics.randomisation import holm, p_values, swaps_for
from rsica_bench.metrics.resampling import LEAST_DEFINED, Resampling, draws
from rsica_bench.metrics.statistics_tables import Table

__all__ = ["Comparison", "Resampling", "cluster_rows", "compare", "holm", "intervals"]

ADDED_PAIRS = "t-two-pairs-added"
_BESIDE = 1e-6  # an interval that the test keeps off 0 ends at this share of the difference


@dataclass(frozen=True)
class Comparison:
    """A figure of two systems on the same items.

    Attributes:
        first, second: the figure of each.
        difference: second minus first, with its interval ``low .. high``; both None where nothing tells its spread.
        p: two-sided p-value that there is no difference.
        interval: how the interval was made; None where there is none.
        approximate: the number of pairs that the interval needs to hold, where there are fewer; else None.
    """

    first: float
    second: float
    difference: float
    low: float | None
    high: float | None
    p: float
    interval: str | None = None
    approximate: int | None = None


def intervals(tables: Sequence[Table], clusters: NDArray[np.int64], how: Resampling) -> dict[str, Limits]:
    """``(low, high)`` by figure, see `find_intervals`, which also says how each was made and which have none."""
    return find_intervals(tables, clusters, how).limits


def compare(
    first: Sequence[Table],
    second: Sequence[Table],
    clusters: NDArray[np.int64],
    how: Resampling,
    comparisons: int = 1,
    only: Collection[str] | None = None,
) -> dict[str, Comparison]:
    """Every figure that both systems have, with the interval and the p-value of the difference.

    A system against itself (the same table on both sides) differs in nothing, for certain.

    Args:
        first: statistics of the items under one system.
        second: those of the same items under the other.
        clusters: cluster of each item, shape ``[items]``.
        how: draws, seed, level.
        comparisons: how many p-values will be adjusted together: the swaps are enough for them.
        only: figures that are wanted, None for all: the others cost an interval each. What is given of one does not
            depend on it.
    """
    clusters, number = numbered(clusters, [*first, *second])
    swaps = swaps_for(how.draws, comparisons)
    figure_comparisons: dict[str, Comparison] = {}
    if number and how.draws:
        for one, other in _pairs(first, second):
            figure_comparisons |= (
                _itself(one) if one is other else _compare(_Sides(one, other, clusters, number), how, swaps, only)
            )
    return {name: value for name, value in figure_comparisons.items() if only is None or name in only}


class _Sides:
    """Two tables of the same figures, and their statistics by cluster."""

    def __init__(self, one: Table, other: Table, clusters: NDArray[np.int64], number: int) -> None:
        self.tables = (one, other)
        self.sums = tuple(PairSums(cluster_rows(table, clusters, number)) for table in self.tables)
        rests = [supports(table, clusters, sums.rows) for table, sums in zip(self.tables, self.sums, strict=True)]
        self.pairs = {name: max(rests[0][name].pairs, rests[1][name].pairs) for name in rests[0]}

    def difference(self, first: Floats, second: Floats) -> Figures:
        """Differences of the figures of sums."""
        values = self.tables[1].named_figures(second)
        return {name: values[name] - value for name, value in self.tables[0].named_figures(first).items()}

    def moves(self, names: Collection[str]) -> Figures:
        """Influence of each pair on differences of all pairs, shape ``[n]`` each."""
        first, second = (influences(t, s, names) for t, s in zip(self.tables, self.sums, strict=True))
        return {name: second[name] - first[name] for name in names}

    def moves_of_draws(self, names: Collection[str], weights: Floats) -> Iterator[tuple[str, Floats]]:
        """Influence of each pair on differences of draws, a figure after another, shape ``[draws, n]`` each."""
        both = (
            influences_of_draws(t, s, weights, s.drawn(weights), names)
            for t, s in zip(self.tables, self.sums, strict=True)
        )
        for (name, first), (_, second) in zip(*both, strict=True):
            second -= first
            yield name, second

    def rule(self, name: str) -> Rule:
        """The rule of a figure; where the sides differ (zeros and ones on one side alone), that of any number."""
        kinds = {table.kind(name) for table in self.tables}
        return RULES[kinds.pop() if len(kinds) == 1 else "real"]


def _itself(table: Table) -> dict[str, Comparison]:
    values = table.named_figures(table.rows.sum(axis=0))
    return {name: Comparison(float(v), float(v), 0.0, 0.0, 0.0, 1.0) for name, v in values.items() if not np.isnan(v)}


def _compare(sides: _Sides, how: Resampling, swaps: int, only: Collection[str] | None) -> dict[str, Comparison]:
    totals = [sums.total for sums in sides.sums]
    whole = [table.named_figures(total) for table, total in zip(sides.tables, totals, strict=True)]
    first, second = sides.sums
    drawn = _collect(sides.difference(first.drawn(w), second.drawn(w)) for w in draws(len(first), how))
    seen = {
        name: float(value)
        for name, value in sides.difference(*totals).items()
        if (only is None or name in only) and not np.isnan(value) and np.isnan(drawn[name]).mean() <= 1 - LEAST_DEFINED
    }
    limits = _limits(sides, seen, drawn, how)
    chances = p_values(seen, (first.rows, second.rows), sides.difference, swaps, how.seed)
    comparisons = {}
    for name, difference in seen.items():
        p = chances[name]
        values, least = (float(whole[0][name]), float(whole[1][name])), sides.rule(name).holds_from
        (low, high), method = limits.get(name, ((None, None), None))
        if low is not None and high is not None:
            low, high = agreeing((low, high), difference, p <= 1 - how.level)
        short = least if method is not None and sides.pairs[name] < least else None
        comparisons[name] = Comparison(*values, difference, low, high, p, method, short)
    return comparisons


def agreeing(limits: Limits, difference: float, rejected: bool) -> Limits:
    """An interval of a difference that holds 0 exactly where the test did not reject at its level."""
    low, high = limits
    if not rejected:
        return min(low, 0.0), max(high, 0.0)
    edge = difference * _BESIDE
    return (max(low, edge), high) if difference > 0 else (low, min(high, edge))


def _limits(sides: _Sides, seen: dict[str, float], drawn: Figures, how: Resampling) -> dict[str, tuple[Limits, str]]:
    """Intervals of differences, and how they were made; none where all pairs differ by the same, or there is one."""
    moves = sides.moves(seen)
    figure_intervals: dict[str, tuple[Limits, str]] = {}
    left = []
    for name, difference in seen.items():
        rule, pairs = sides.rule(name), sides.pairs[name]
        if rule.method == KORN_GRAUBARD:
            figure_intervals[name] = (
                _with_two_pairs(difference, moves[name], pairs, rule.high - rule.low, how.level),
                ADDED_PAIRS,
            )
        elif pairs > 1 and not is_flat(standard_error(moves[name], pairs), difference):
            left.append(name)
    for name, errors in _errors(sides, left, how).items():
        limits = studentised(seen[name], moves[name], sides.pairs[name], drawn[name], errors, RULES["real"], how.level)
        figure_intervals[name] = limits, STUDENTISED
    return figure_intervals


def _with_two_pairs(difference: float, moves: Floats, pairs: int, most: float, level: float) -> Limits:
    """The t interval of a difference of at most ``most``, with a pair added for either system.

    With ``n`` pairs the pseudo-value of a pair is the difference plus ``n`` times its influence.
    """
    mean = pairs * difference / (pairs + 2)
    squares = pairs**2 * float((moves**2).sum()) + pairs * (difference - mean) ** 2
    squares += (most - mean) ** 2 + (most + mean) ** 2
    error = np.sqrt(squares / ((pairs + 1) * (pairs + 2)))
    half = float(t_quantile(max(1, pairs - 1), 0.5 + level / 2) * error)
    return max(-most, mean - half), min(most, mean + half)


def _errors(sides: _Sides, names: Sequence[str], how: Resampling) -> Figures:
    """Standard errors of differences in draws, shape ``[draws]``."""
    if not names:
        return {}
    return _collect(
        {name: np.sqrt(row_sums(w, moves, squared=True)) for name, moves in sides.moves_of_draws(names, w)}
        for w in draws(len(sides.sums[0]), how)
    )


def _collect(blocks: Iterator[Figures]) -> Figures:
    parts: dict[str, list[Floats]] = {}
    for block in blocks:
        for name, values in block.items():
            parts.setdefault(name, []).append(values)
    return {name: np.concatenate(arrays) for name, arrays in parts.items()}


def _pairs(first: Sequence[Table], second: Sequence[Table]) -> list[tuple[Table, Table]]:
    """Tables of the same figures from the same statistics."""
    by_key = {_key(table): table for table in second}
    return [(table, by_key[_key(table)]) for table in first if _key(table) in by_key]


def _key(table: Table) -> tuple[int, tuple[str, ...]]:
    width = table.rows.shape[1]
    return width, tuple(table.named_figures(np.zeros(width)))
