"""Binary decisions: accuracy, precision, recall, F-measures, Matthews correlation.

Figures:
    accuracy: (tp + tn) / n. Averaging: micro. Source: sklearn.metrics.
    precision: tp / (tp + fp), changed being positive. Averaging: micro. Source: sklearn.metrics.
    recall: tp / (tp + fn). Averaging: micro. Source: sklearn.metrics.
    f1: 2 tp / (2 tp + fp + fn). Averaging: micro. Source: sklearn.metrics.
    f0.5: 1.25 tp / (1.25 tp + 0.25 fn + fp). Averaging: micro. Source: sklearn.metrics.
    negative_precision: tn / (tn + fn). Averaging: micro. Source: sklearn.metrics.
    negative_recall: tn / (tn + fp). Averaging: micro. Source: sklearn.metrics.
    mcc: (tp tn - fp fn) / sqrt((tp + fp) (tp + fn) (tn + fp) (tn + fn)). Averaging: micro. Source: Matthews 1975.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Figures, Floats, as_scores, check_shapes, divide
from rsica_bench.metrics.interval_rules import kinds_of
from rsica_bench.metrics.scores import Scores

_NOTHING_POSITIVE = "nothing is positive, in gold or prediction"
REASONS = {
    "accuracy": "no item",
    "precision": "nothing was predicted positive",
    "recall": "nothing is positive",
    "f1": _NOTHING_POSITIVE,
    "f0.5": _NOTHING_POSITIVE,
    "negative_precision": "nothing was predicted negative",
    "negative_recall": "nothing is negative",
    "mcc": "gold or prediction holds one value only",
}
KINDS = (
    kinds_of(("accuracy", "precision", "recall", "negative_precision", "negative_recall"), "share")
    | kinds_of(("f1",), "ratio")
    | kinds_of(("f0.5",), "weighted_ratio")
    | kinds_of(("mcc",), "correlation")
    | kinds_of(("tp", "fp", "fn", "tn"), "error")
)


def binary_statistics(true: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> Floats:
    """``tp, fp, fn, tn`` of each decision, shape ``[N]`` to ``[N, 4]``; sums of rows give the figures.

    Raises:
        UserError: the shapes differ.
    """
    check_shapes(true, predicted, "decisions")
    return np.stack([true & predicted, ~true & predicted, true & ~predicted, ~true & ~predicted], axis=-1).astype(float)


def binary_figures(sums: Floats) -> Figures:
    """Figures of summed statistics, shape ``[..., 4]``: those of :func:`binary_scores`; NaN where undefined."""
    tp, fp, fn, tn = np.moveaxis(sums, -1, 0)
    spread = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return {
        "accuracy": divide(tp + tn, tp + fp + fn + tn),
        "precision": divide(tp, tp + fp),
        "recall": divide(tp, tp + fn),
        "f1": divide(2 * tp, 2 * tp + fp + fn),
        "negative_precision": divide(tn, tn + fn),
        "negative_recall": divide(tn, tn + fp),
        "f0.5": divide(1.25 * tp, 1.25 * tp + 0.25 * fn + fp),
        "mcc": divide(tp * tn - fp * fn, np.sqrt(spread)),
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "tn": tn,
    }


def binary_scores(true: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> Scores:
    """Scores of yes-no decisions, True the positive class.

    Args:
        true: gold, shape ``[N]``.
        predicted: decisions, shape ``[N]``.

    Returns:
        accuracy, precision, recall, f1, f0.5, mcc and the same for the negative class (``negative_precision``,
        ``negative_recall``), and the counts tp, fp, fn, tn. Undefined ratios are absent.
    """
    return binary_scores_of_sums(binary_statistics(true, predicted).sum(axis=0))


def binary_scores_of_sums(sums: Floats) -> Scores:
    """Scores of summed statistics, shape ``[4]``."""
    return as_scores(binary_figures(sums), REASONS)
