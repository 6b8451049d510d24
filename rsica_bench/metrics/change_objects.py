"""Objects of change masks: how many are found, and how well, after panoptic quality (Kirillov et al. 2019, 1801.00868).

Objects are the 8-connected components of a class. A true and a predicted object match where their IoU is above 0.5;
each then matches no other. ``object_f1`` is panoptic recognition quality, ``object_iou`` segmentation quality,
``object_pq`` the product of both. Pixels to be ignored are in no object, and a predicted object of which more than
half is ignored counts nowhere, as in the panoptic evaluation.

Figures:
    object_f1: 2 matches / (true + predicted objects). Averaging: micro over objects. Source: recognition quality,
        panoptic segmentation (arXiv 1801.00868).
    object_precision: matches / predicted objects. Averaging: micro over objects. Source: this project.
    object_recall: matches / true objects. Averaging: micro over objects. Source: this project.
    object_iou: mean IoU of matches. Averaging: micro over matches. Source: segmentation quality (arXiv 1801.00868).
    object_pq: 2 summed IoU of matches / (true + predicted objects). Averaging: micro over objects. Source: panoptic
        quality (arXiv 1801.00868).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Figures, Floats, as_scores, check_lengths, check_shapes, divide
from rsica_bench.metrics.interval_rules import Kind, kinds_of
from rsica_bench.metrics.scores import Scores

COLUMNS = ("matches", "true", "predicted", "iou")
_LEAST = 0.5
REASONS = {
    "object_f1": "there is no object, true or predicted",
    "object_precision": "no object was predicted",
    "object_recall": "no object is true",
    "object_iou": "no object matches",
    "object_pq": "there is no object, true or predicted",
}
KINDS: dict[str, Kind] = kinds_of(REASONS, "ratio")


def object_row(
    true: NDArray[np.bool_], predicted: NDArray[np.bool_], ignore: NDArray[np.bool_] | None = None
) -> Floats:
    """Summable statistics of one mask, shape ``[4]``, see `COLUMNS`.

    Args:
        true: shape ``[H, W]``.
        predicted: same shape.
        ignore: pixels that do not count, same shape; None for none.

    Raises:
        UserError: the shapes differ.

    Example:
        >>> import numpy as np
        >>> true = np.array([[1, 1, 0, 0, 1]], bool)
        >>> object_row(true, np.array([[1, 0, 0, 1, 1]], bool)).tolist()
        [0.0, 2.0, 2.0, 0.0]
    """
    check_shapes(true, predicted, "mask")
    void = np.zeros(true.shape, bool) if ignore is None else ignore
    check_shapes(true, void, "ignore")
    first, trues = _objects(true & ~void)
    second, predictions = _objects(predicted)
    table = np.zeros((trues + 1, predictions + 1), np.int64)
    np.add.at(table, (first[~void], second[~void]), 1)
    kept = table.sum(axis=0)
    hidden = np.bincount(second[void], minlength=predictions + 1)
    union = table[1:].sum(axis=1, keepdims=True) + kept[1:] - table[1:, 1:]
    iou = table[1:, 1:] / np.maximum(union, 1)
    matched = iou > _LEAST
    # Most of it lies where nobody knows what is true.
    lost = (hidden[1:] > _LEAST * (hidden + kept)[1:]) & ~matched.any(axis=0)
    return np.array([matched.sum(), trues, predictions - lost.sum(), iou[matched].sum()], np.float64)


def _objects(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    import cv2

    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8, ltype=cv2.CV_32S)
    return np.asarray(labels, np.int32), count - 1


def object_figures(sums: Floats) -> Figures:
    """Figures of summed rows, shape ``[..., 4]``; NaN where undefined."""
    matches, true, predictions, iou = np.moveaxis(sums, -1, 0)
    return {
        "object_f1": divide(2 * matches, true + predictions),
        "object_precision": divide(matches, predictions),
        "object_recall": divide(matches, true),
        "object_iou": divide(iou, matches),
        "object_pq": divide(2 * iou, true + predictions),
    }


def scores_of_sums(sums: Floats) -> Scores:
    """Scores of summed rows, shape ``[4]``."""
    return as_scores(object_figures(sums), REASONS)


def object_scores(true: Sequence[NDArray[np.bool_]], predicted: Sequence[NDArray[np.bool_]]) -> Scores:
    """Scores of a corpus of masks of one class, as fractions.

    Args:
        true: masks, shape ``[H, W]`` each; sizes may differ between items.
        predicted: masks of the same items.

    Raises:
        UserError: not as many masks are predicted as are true, or two differ in shape.
    """
    check_lengths("masks", true, predicted)
    rows = [object_row(*pair) for pair in zip(true, predicted, strict=True)]
    return scores_of_sums(np.array(rows, np.float64).reshape(-1, len(COLUMNS)).sum(axis=0))
