"""Binary decisions: accuracy, precision, recall, F-measures, Matthews correlation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.scores import Scores, ratios


def binary_scores(true: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> Scores:
    """Scores of yes-no decisions, True the positive class.

    Args:
        true: gold, shape ``[N]``.
        predicted: decisions, shape ``[N]``.

    Returns:
        accuracy, precision, recall, f1, f0.5, mcc and the same for the negative class (``negative_precision``,
        ``negative_recall``), and the counts tp, fp, fn, tn. Undefined ratios are absent.
    """
    return binary_scores_of_counts(*binary_counts(true, predicted))


def binary_counts(true: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """tp, fp, fn and tn of decisions, shape ``[N]``; counts of batches may be added."""
    tp, fp = int(np.sum(true & predicted)), int(np.sum(~true & predicted))
    fn, tn = int(np.sum(true & ~predicted)), int(np.sum(~true & ~predicted))
    return tp, fp, fn, tn


def binary_scores_of_counts(tp: int, fp: int, fn: int, tn: int) -> Scores:
    """The figures of `binary_scores` from summed counts."""
    nothing = "no item"
    scores = ratios(
        accuracy=(tp + tn, tp + fp + fn + tn, nothing),
        precision=(tp, tp + fp, "nothing was predicted positive"),
        recall=(tp, tp + fn, "nothing is positive"),
        f1=(2 * tp, 2 * tp + fp + fn, "nothing is positive, in gold or prediction"),
        negative_precision=(tn, tn + fn, "nothing was predicted negative"),
        negative_recall=(tn, tn + fp, "nothing is negative"),
    )
    scores |= ratios(**{"f0.5": (1.25 * tp, 1.25 * tp + 0.25 * fn + fp, "nothing is positive, in gold or prediction")})
    spread = float(tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    scores |= ratios(mcc=(tp * tn - fp * fn, spread**0.5, "gold or prediction holds one value only"))
    return scores | Scores({"tp": float(tp), "fp": float(fp), "fn": float(fn), "tn": float(tn)})
