"""Intervals of figures over pairs: for shares and what lies between 0 and 1 item by item after Korn and Graubard, for
other figures by the studentised bootstrap. `rsica_bench.metrics.interval_rules` says which figure has which.

**korn-graubard** (Korn and Graubard 1998, "Confidence intervals for proportions with small expected number of positive
counts estimated from survey data"): the exact binomial interval (Clopper and Pearson 1934) of an effective number of
items ``p (1 - p) / v``, v being the variance over pairs, corrected for the degrees of freedom of v, and no more than
the items. It never has zero width. Two things are added, as v tells little where few pairs hold the rarer answer:

- The design effect (variance over pairs by that over items) as seen weighs as much as there are such pairs, an expected
  one (correlation .3 between the items of a pair) as much as three; it only raises what was seen.
- Where all items are right, or all wrong, the pairs count, not the items.

**studentised-bootstrap**: at each end the outer one of three, all on the variance by linearisation:

- the bootstrap-t (Efron and Tibshirani 1993, section 12.5) over resampled pairs, on the scale that takes the figure's
  range to the real line (logarithm, logit);
- the t interval on that scale;
- the t interval corrected for skewness (Hall 1992).

Each of them is short on one side where few pairs decide (a skewed figure whose large values are not in the sample).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.clusters import (
    PairSums,
    Support,
    blocks_of,
    cluster_rows,
    influence,
    influences_of_draws,
    numbered,
    row_sums,
    slopes_of,
    supports,
)
from rsica_bench.metrics.figures import Floats
from rsica_bench.metrics.interval_rules import KORN_GRAUBARD, RULES, STUDENTISED, Kind, Rule
from rsica_bench.metrics.quantiles import beta_quantile, normal_quantile, t_quantile
from rsica_bench.metrics.resampling import LEAST_DEFINED, Resampling, draws
from rsica_bench.metrics.statistics_tables import Table
from rsica_data.core.freed_memory import return_freed_memory

Limits = tuple[float, float]
INTERVAL_KEYS = ("intervals", "interval_methods", "interval_approximate", "interval_absent")
CONSTANT = "every pair has the same value"
ONE_PAIR = "there is one pair only"
UNDEFINED = "undefined in more than a twentieth of the draws"
_EXPECTED, _EXPECTED_WEIGHT = 0.3, 3  # correlation of the items of a pair, and how many pairs' evidence it weighs
_NEAR = 1e-3  # so near an end BLEU's constants alone may have brought a figure: what the end itself tells counts too
_FLAT = 1e-7  # a standard error that small beside the figure is rounding


@dataclass(frozen=True)
class Intervals:
    """Intervals by figure.

    Attributes:
        limits: ``(low, high)``.
        methods: how each was made.
        approximate: figures with fewer pairs than their interval needs to hold, and that number.
        absent: why a figure has none.
    """

    limits: dict[str, Limits] = field(default_factory=dict)
    methods: dict[str, str] = field(default_factory=dict)
    approximate: dict[str, int] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)

    def as_json(self, names: Collection[str]) -> dict[str, Any]:
        """``intervals interval_methods interval_approximate interval_absent`` of a result, for some figures."""
        limits = {name: list(pair) for name, pair in self.limits.items()}
        parts: tuple[dict[str, Any], ...] = (limits, self.methods, self.approximate, self.absent)
        return {
            key: {name: part[name] for name in sorted(part) if name in names}
            for key, part in zip(INTERVAL_KEYS, parts, strict=True)
        }


def find_intervals(tables: Sequence[Table], clusters: NDArray[np.int64], how: Resampling) -> Intervals:
    """Intervals of every figure that is defined.

    Args:
        tables: statistics of items.
        clusters: cluster of each item, shape ``[items]``.
        how: draws, seed, level; without draws there are no intervals.
    """
    clusters, number = numbered(clusters, tables)
    intervals = Intervals()
    if number and how.draws:
        for table in tables:
            _add_table(intervals, table, clusters, number, how)
            table.release()
            return_freed_memory()
    return intervals


def _add_table(intervals: Intervals, table: Table, clusters: NDArray[np.int64], number: int, how: Resampling) -> None:
    sums = PairSums(cluster_rows(table, clusters, number, with_spread=True))
    values = {name: float(value) for name, value in table.named_figures(sums.total).items()}
    values = {name: value for name, value in values.items() if np.isfinite(value)}
    kinds = {name: table.kind(name) for name in values}
    support, slopes = supports(table, clusters, sums.rows), slopes_of(table, sums, values)
    left = []

    def moves(name: str) -> Floats:
        return influence(blocks_of(sums.rows), slopes[name])

    for name, value in values.items():
        rule, error = RULES[kinds[name]], standard_error(moves(name), support[name].pairs)
        flat = is_flat(error, value)
        bounded = np.isfinite(rule.high)
        if rule.method == KORN_GRAUBARD or (bounded and (flat or support[name].pairs == 1)):
            of_items = influence((rows for _, rows in table.row_blocks(with_spread=True)), slopes[name])
            variances = (0.0 if flat else error**2, float((of_items**2).sum()))
            limits = korn_graubard(value, variances, support[name], kinds[name], how.level)
            _keep(intervals, name, limits, KORN_GRAUBARD, support[name], rule)
        elif support[name].pairs == 1 or flat:
            intervals.absent[name] = ONE_PAIR if support[name].pairs == 1 else CONSTANT
        else:
            left.append(name)
    for name, (drawn, errors) in _drawn(table, sums, left, how).items():
        pairs = support[name].pairs
        if np.isnan(drawn).mean() > 1 - LEAST_DEFINED:
            intervals.absent[name] = UNDEFINED
            continue
        limits = studentised(values[name], moves(name), pairs, drawn, errors, RULES[kinds[name]], how.level)
        _keep(intervals, name, limits, STUDENTISED, support[name], RULES[kinds[name]])


def _keep(intervals: Intervals, name: str, limits: Limits, method: str, support: Support, rule: Rule) -> None:
    intervals.limits[name], intervals.methods[name] = limits, method
    if support.pairs < rule.holds_from:
        intervals.approximate[name] = rule.holds_from


def is_flat(error: float, value: float) -> bool:
    """Whether a standard error is no more than rounding of the figure."""
    return error <= _FLAT * max(abs(value), float(np.finfo(float).tiny))


def standard_error(moves: Floats, pairs: int) -> float:
    """Standard error of a figure from the influences of pairs; 0 for one pair."""
    return float(np.sqrt((moves**2).sum() * pairs / (pairs - 1))) if pairs > 1 else 0.0


def _drawn(table: Table, sums: PairSums, names: Sequence[str], how: Resampling) -> dict[str, tuple[Floats, Floats]]:
    """Figures of resampled pairs and their standard errors, shape ``[draws]`` each."""
    if not names:
        return {}
    parts: dict[str, list[tuple[Floats, Floats]]] = {name: [] for name in names}
    for weights in draws(len(sums), how):
        totals = sums.drawn(weights)
        values = table.named_figures(totals)
        for name, moves in influences_of_draws(table, sums, weights, totals, names):
            parts[name].append((values[name], np.sqrt(row_sums(weights, moves, squared=True))))
            del moves  # before the next block of draws is made
    return {
        name: (np.concatenate([p[0] for p in rows]), np.concatenate([p[1] for p in rows]))
        for name, rows in parts.items()
    }


def korn_graubard(value: float, variances: tuple[float, float], support: Support, kind: Kind, level: float) -> Limits:
    """Interval of a figure between two ends.

    Args:
        value: the figure.
        variances: its variance over pairs, and over items as if these were independent.
        support: what it rests on.
        kind: its kind.
        level: of the interval.
    """
    rule = RULES[kind]
    width = rule.high - rule.low
    share = min(max((value - rule.low) / width, 0.0), 1.0)
    # The constants of BLEU keep a perfect score a hair below 1.
    share = round(share) if min(share, 1 - share) < _FLAT else share
    number = _effective_number(share, (variances[0] / width**2, variances[1] / width**2), support, kind, level)
    low, high = _exact(share, number, level)
    if kind != "share" and min(share, 1 - share) < _NEAR:
        at_end = _exact(round(share), support.pairs, level)
        low, high = min(low, at_end[0]), max(high, at_end[1])
    return rule.low + width * low, rule.low + width * high


def _exact(share: float, number: float, level: float) -> Limits:
    """Clopper and Pearson's interval of a share of any number of items."""
    tail, right = (1 - level) / 2, share * number
    low = beta_quantile(right, number - right + 1, tail) if share > 0 else 0.0
    return low, beta_quantile(right + 1, number - right, 1 - tail) if share < 1 else 1.0


def _effective_number(
    share: float, variances: tuple[float, float], support: Support, kind: Kind, level: float
) -> float:
    rows, pairs = support.rows, support.pairs
    if share in (0, 1) or pairs == 1 or variances[1] <= _FLAT**2:
        return float(pairs)
    effect = variances[0] / variances[1]
    expected = 1 + (support.together - 1) * _EXPECTED
    weighed = (support.rare * effect + _EXPECTED_WEIGHT * expected) / (support.rare + _EXPECTED_WEIGHT)
    number = share * (1 - share) / (max(effect, weighed) * variances[1])
    upper = 0.5 + level / 2
    # The variance of items that are right or wrong follows from their share; that of others was itself estimated.
    usual = t_quantile(rows - 1, upper) if kind == "share" else normal_quantile(upper)
    number *= (usual / t_quantile(pairs - 1, upper)) ** 2
    return min(number, rows) if kind == "share" else number


def studentised(
    value: float, moves: Floats, pairs: int, drawn: Floats, errors: Floats, rule: Rule, level: float
) -> Limits:
    """Interval by the studentised bootstrap, see the module.

    Args:
        value: the figure.
        moves: influence of each pair, shape ``[n]``; not all 0.
        pairs: pairs that have the figure.
        drawn: the figure of resampled pairs, shape ``[draws]``.
        errors: their standard errors, shape ``[draws]``.
        rule: its range.
        level: of the interval.
    """
    error, upper = standard_error(moves, pairs), 0.5 + level / 2
    quantile = t_quantile(pairs - 1, upper)
    corrected = [_skewed(value, error, moves, quantile), _skewed(value, error, moves, -quantile)]
    low, high = [min(corrected)], [max(corrected)]
    if rule.low < value < rule.high:
        here, slope = _to_line(np.array(value), rule), _slope(np.array(value), rule)
        with np.errstate(all="ignore"):
            ratios = (_to_line(drawn, rule) - here) / (errors * _slope(drawn, rule))
            # Where a draw has no spread, it lies as far as can be on its side; where it is the same besides, at 0.
            far = np.where(drawn == value, 0.0, np.copysign(np.inf, drawn - value))
        ratios = np.where(np.isnan(ratios), far, ratios)[~np.isnan(drawn)]
        first, last = np.quantile(ratios, [1 - upper, upper], method="inverted_cdf")
        step = error * slope
        # Draws without spread may lie without end: the other two intervals are left then.
        low += [float(_from_line(here - q * step, rule)) for q in (last, quantile) if np.isfinite(q)]
        high += [float(_from_line(here + q * step, rule)) for q in (-first, quantile) if np.isfinite(q)]
    ends = [end for end in low if np.isfinite(end)], [end for end in high if np.isfinite(end)]
    return max(rule.low, min(ends[0])), min(rule.high, max(ends[1]))


def _skewed(value: float, error: float, moves: Floats, quantile: float) -> float:
    """An end of the t interval that is corrected for skewness by Hall's transformation (1992)."""
    inside = moves[moves != 0]
    third = float((inside**3).sum() / (inside**2).sum() ** 1.5)  # skewness over the square root of the number
    if abs(third) < 1e-9:
        return value - quantile * error
    turned = np.cbrt(1 + third * (quantile - third / 6)) - 1
    return float(value - error * 3 * turned / third)


def _to_line(values: Floats, rule: Rule) -> Floats:
    if np.isfinite(rule.high):
        share = (values - rule.low) / (rule.high - rule.low)
        return np.asarray(np.log(share / (1 - share)))
    return np.asarray(np.log(values - rule.low) if np.isfinite(rule.low) else values)


def _from_line(values: Floats, rule: Rule) -> Floats:
    with np.errstate(over="ignore"):
        if np.isfinite(rule.high):
            return np.asarray(rule.low + (rule.high - rule.low) / (1 + np.exp(-values)))
        return np.asarray(rule.low + np.exp(values) if np.isfinite(rule.low) else values)


def _slope(values: Floats, rule: Rule) -> Floats:
    if np.isfinite(rule.high):
        return np.asarray((rule.high - rule.low) / ((values - rule.low) * (rule.high - values)))
    return np.asarray(1 / (values - rule.low) if np.isfinite(rule.low) else np.ones_like(values))
