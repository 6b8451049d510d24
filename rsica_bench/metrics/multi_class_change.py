"""Change of several classes in one mask: IoU by class and their mean, as Change-Agent evaluates LEVIR-MCI.

The pixels of all pairs are counted in one confusion matrix q, shape ``[K+1, K+1]``: ``q[i, j]`` pixels have true class
i and predicted class j, class 0 being no change. With ``t_k`` and ``p_k`` the row and column sums of class k::

    oa          = sum_k q_kk / sum q
    iou/NAME    = q_kk / (t_k + p_k - q_kk)
    f1/NAME     = 2 q_kk / (t_k + p_k)
    precision/NAME = q_kk / p_k         recall/NAME = q_kk / t_k
    miou        = mean of iou/NAME over no change and all classes      (macro)
    mean_f1     = mean of f1/NAME over no change and all classes       (macro)

A class that is neither true nor predicted anywhere has no IoU and is left out of the means, as Change-Agent's
``Evaluator`` has it (``np.nanmean``; Liu et al. 2024, arXiv 2403.19646, public code).

Figures:
    oa: sum of q_kk / sum of q. Averaging: micro over pixels. Source: Change-Agent (arXiv 2403.19646).
    miou: mean of iou/NAME over no change and all classes. Averaging: macro over classes. Source: Change-Agent.
    mean_f1: mean of f1/NAME over no change and all classes. Averaging: macro over classes. Source: Change-Agent.
    iou: q_kk / (t_k + p_k - q_kk), by class. Averaging: micro over pixels. Source: Change-Agent.
    f1: 2 q_kk / (t_k + p_k), by class. Averaging: micro over pixels. Source: Change-Agent.
    precision: q_kk / p_k, by class. Averaging: micro over pixels. Source: Change-Agent.
    recall: q_kk / t_k, by class. Averaging: micro over pixels. Source: Change-Agent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.classification import check_confusion, confusion_matrix
from rsica_bench.metrics.figures import Figures, Floats, as_scores, divide
from rsica_bench.metrics.interval_rules import Kind, kinds_of
from rsica_bench.metrics.scores import Scores

_ABSENT = "the class is neither true nor predicted"
REASONS = {
    "oa": "no pixel",
    "miou": "no pixel",
    "mean_f1": "no pixel",
    "iou": _ABSENT,
    "f1": _ABSENT,
    "precision": "the class was never predicted",
    "recall": "the class is never true",
}
KINDS: Mapping[str, Kind] = kinds_of(REASONS, "pixel_ratio")


def multi_class_confusion(
    true: NDArray[np.integer], predicted: NDArray[np.integer], classes: int, ignore: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Confusion matrix of a pair, shape ``[classes+1, classes+1]``; rows are true. Matrices of pairs may be added.

    Args:
        true: true mask, shape ``[H, W]``, 0 for no change and 1..classes.
        predicted: predicted mask, same shape.
        classes: number of classes besides no change.
        ignore: pixels that do not count, same shape; None for none.

    Raises:
        UserError: the shapes differ, or a mask holds another value.
    """
    return confusion_matrix(true, predicted, classes + 1, ignore)


def multi_class_figures(matrices: NDArray[np.generic], names: Sequence[str]) -> Figures:
    """Figures of confusion matrices.

    Args:
        matrices: counts, shape ``[..., K+1, K+1]``, rows true, class 0 no change.
        names: names of all classes, no change first.

    Returns:
        Arrays of shape ``[...]`` by name, NaN where undefined.
    """
    q = np.asarray(matrices, np.float64)
    hit, true, predicted = np.diagonal(q, axis1=-2, axis2=-1), q.sum(axis=-1), q.sum(axis=-2)
    by_class = {
        "iou": divide(hit, true + predicted - hit),
        "f1": divide(2 * hit, true + predicted),
        "precision": divide(hit, predicted),
        "recall": divide(hit, true),
    }
    figures = {"oa": divide(hit.sum(axis=-1), q.sum(axis=(-2, -1)))}
    figures |= {"miou": _mean(by_class["iou"]), "mean_f1": _mean(by_class["f1"])}
    for key, values in by_class.items():
        figures |= {f"{key}/{name}": values[..., place] for place, name in enumerate(names)}
    return figures


def _mean(values: Floats) -> Floats:
    known = ~np.isnan(values)
    return divide(np.where(known, values, 0).sum(axis=-1), known.sum(axis=-1))


def multi_class_scores(matrix: NDArray[np.generic], names: Sequence[str]) -> Scores:
    """Scores of the summed matrix of a corpus, as fractions.

    Args:
        matrix: counts, shape ``[K+1, K+1]``, rows true, class 0 no change.
        names: names of all classes, no change first.

    Raises:
        UserError: as many names as classes are needed, and counts that are numbers.
    """
    check_confusion(matrix, names)
    return as_scores(multi_class_figures(matrix, names), REASONS)
