"""Figures as functions of summed statistics, one set of sums or many at a time.

The statistics of one item are one row of numbers. The figures of a corpus are a function of the summed rows, so that a
bootstrap over items needs new sums only. In arrays of figures NaN stands for 0/0; `Scores` never holds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sized

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rsica_bench.metrics.scores import Scores
from rsica_data.core.errors import UserError

Floats = NDArray[np.float64]
Figures = dict[str, Floats]


def divide(part: ArrayLike, whole: ArrayLike) -> Floats:
    """``part / whole`` by element, NaN where ``whole`` is 0."""
    bottom = np.asarray(whole, np.float64)
    return np.asarray(np.divide(np.asarray(part, np.float64), np.where(bottom == 0, np.nan, bottom)))


def divide_or_agree(part: ArrayLike, whole: ArrayLike, nothing_at_all: ArrayLike) -> Floats:
    """``part / whole`` of single items; where ``whole`` is 0, 1 if truth and prediction are both empty, else 0."""
    quotient = divide(part, whole)
    return np.where(np.isnan(quotient), np.where(nothing_at_all, 1.0, 0.0), quotient)


def as_scores(figures: Mapping[str, Floats], reasons: Mapping[str, str]) -> Scores:
    """Scores of one set of figures.

    Args:
        figures: arrays without axes, NaN where undefined.
        reasons: why a figure of this name, or of the part of its name before ``/`` or ``@``, is undefined.
    """
    values = {name: float(value) for name, value in figures.items() if not np.isnan(value)}
    return Scores(values, {name: _reason(name, reasons) for name in figures if name not in values})


def _reason(name: str, reasons: Mapping[str, str]) -> str:
    if name in reasons:
        return reasons[name]
    return reasons[name.partition("/")[0].partition("@")[0]]


def check_shapes(true: NDArray[np.generic], predicted: NDArray[np.generic], what: str) -> None:
    """Raise where truth and prediction differ in shape.

    Raises:
        UserError: the shapes differ.
    """
    if true.shape != predicted.shape:
        raise UserError(
            f"{what}: the prediction has shape {predicted.shape}, the truth {true.shape}", hint="both must be the same"
        )


def check_lengths(what: str, true: Sized, predicted: Sized) -> None:
    """Raise where truth and prediction are not of as many items.

    Raises:
        UserError: the lengths differ.
    """
    if len(true) != len(predicted):
        raise UserError(f"{what}: {len(predicted)} predicted for {len(true)} true ones", hint="both must be as many")


def check_finite(values: ArrayLike, what: str) -> None:
    """Raise where a value is no number.

    Raises:
        UserError: a value is NaN or infinite.
    """
    if not np.isfinite(np.asarray(values, np.float64)).all():
        raise UserError(f"{what}: a value is not finite")
