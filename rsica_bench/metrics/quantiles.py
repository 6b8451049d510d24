"""Quantiles of the normal, beta and Student t distributions.

``scipy.special`` has them too, but would be 140 MB of the plain installation for these three functions; the tests hold
them against it. The regularised incomplete beta function is Lentz's continued fraction (Press et al., Numerical
Recipes, section 6.4); quantiles are Newton's steps inside a bracket, halved where a step leaves it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

_TINY = 1e-300
_LARGEST_EXPONENT = 700
_CLOSE = 1e-15
_MOST_TERMS = 100_000
_MOST_STEPS = 1100


def normal_quantile(probability: float) -> float:
    """Value below which the standard normal distribution has ``probability``."""
    return NormalDist().inv_cdf(probability)


@lru_cache(maxsize=1024)
def t_quantile(freedom: float, probability: float) -> float:
    """Value below which Student's t distribution with ``freedom`` degrees of freedom has ``probability``."""
    tail = min(probability, 1 - probability)
    if tail == 0.5:
        return 0.0
    # Of t^2 / (freedom + t^2) and its complement the smaller one is exact where it is asked for itself.
    share = beta_quantile(freedom / 2, 0.5, 2 * tail)
    rest = beta_quantile(0.5, freedom / 2, 1 - 2 * tail) if share > 0.5 else 1 - share
    value = math.sqrt(freedom * rest / (1 - rest if share > 0.5 else share))
    return value if probability > 0.5 else -value


def beta_quantile(a: float, b: float, probability: float) -> float:
    """Value below which the beta distribution of parameters ``a`` and ``b`` has ``probability``."""
    if probability <= 0 or probability >= 1:
        return min(max(probability, 0.0), 1.0)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    low, high = 0.0, 1.0
    value = a / (a + b)
    for _ in range(_MOST_STEPS):
        error = _beta_below(a, b, value, scale) - probability
        low, high = (low, value) if error > 0 else (value, high)
        exponent = scale + (a - 1) * math.log(value) + (b - 1) * math.log1p(-value)
        # Near an end the density may have no upper bound, or vanish: the bracket is halved there.
        step = error / math.exp(exponent) if -_LARGEST_EXPONENT < exponent < _LARGEST_EXPONENT else math.inf
        if abs(step) <= _CLOSE * value or high - low <= _CLOSE * high:
            return value
        following = value - step
        if not low < following < high:
            following = (low + high) / 2
        if following < _TINY or following >= 1:
            return float(round(following))
        value = following
    return value


def _beta_below(a: float, b: float, x: float, scale: float) -> float:
    front = math.exp(scale + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    numerator = 1.0
    denominator = 1 / (1 - (a + b) * x / (a + 1) or _TINY)
    fraction = denominator
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            denominator = 1 / (1 + term * denominator or _TINY)
            numerator = 1 + term / numerator or _TINY
            step = numerator * denominator
            fraction *= step
        if abs(step - 1) < _CLOSE:
            break
    return fraction
