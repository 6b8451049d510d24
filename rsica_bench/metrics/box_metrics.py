"""Boxes ``[x0, y0, x1, y1]`` in half-open pixels: matched one to one, mean IoU, precision and recall at IoU thresholds.

Truths and predictions of an image are matched one to one so that the sum of the IoU of the pairs is the greatest
possible (the assignment problem; Kuhn 1955); pairs that do not overlap are no match. At a threshold t a matched pair
with IoU >= t is a hit. The matching does not depend on t, so it need not be the one with most hits at each t.

``mean_iou`` is the sum of matched IoU over the number of true boxes, an unmatched truth counting 0. With ``per_image_``
the figures are means over images: an image without boxes in truth and prediction has 1, one with boxes on one side only
has 0 where the ratio itself is 0/0.

Figures:
    mean_iou: sum of IoU of matched boxes / true boxes. Averaging: micro over boxes. Source: Kuhn 1955 for the
        matching.
    precision@T: matched with IoU >= T / predicted boxes. Averaging: micro over boxes. Source: this project.
    recall@T: matched with IoU >= T / true boxes. Averaging: micro over boxes. Source: this project.
    f1@T: 2 hits / (true + predicted boxes). Averaging: micro over boxes. Source: this project.
    per_image_mean_iou: mean of the same by image. Averaging: macro over images. Source: this project.
    per_image_precision@T: mean of the same by image. Averaging: macro over images. Source: this project.
    per_image_recall@T: mean of the same by image. Averaging: macro over images. Source: this project.
    per_image_f1@T: mean of the same by image. Averaging: macro over images. Source: this project.
    any_match_precision@T: predictions with IoU >= T with any truth / predicted boxes. Averaging: micro over boxes.
        Source: EarthDial (arXiv 2412.15190).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Figures, Floats, as_scores, divide, divide_or_agree
from rsica_bench.metrics.interval_rules import kinds_of
from rsica_bench.metrics.scores import Scores
from rsica_data.core.errors import UserError

THRESHOLDS = (0.25, 0.5, 0.75)
_PER_IMAGE = ("mean_iou", "precision", "recall", "f1")
REASONS = {
    "mean_iou": "there is no true box",
    "precision": "no box was predicted",
    "recall": "there is no true box",
    "f1": "there is no box, in truth or prediction",
} | {f"per_image_{name}": "no image" for name in _PER_IMAGE}
KINDS = kinds_of(REASONS, "ratio") | kinds_of((f"per_image_{name}" for name in _PER_IMAGE), "mean")
IouMatrix = Callable[[NDArray[np.generic], NDArray[np.generic]], Floats]


def box_iou(true: NDArray[np.generic], predicted: NDArray[np.generic]) -> Floats:
    """IoU of each true box with each predicted one.

    Args:
        true: shape ``[T, 4]``, ``x0 y0 x1 y1`` with x1 and y1 outside the box.
        predicted: shape ``[P, 4]``.

    Returns:
        Shape ``[T, P]``. A box without area has IoU 0 with any other.

    Raises:
        UserError: the arrays are not of that shape.
    """
    first, second = as_boxes(true, 4)[:, None], as_boxes(predicted, 4)[None]
    low, high = np.maximum(first[..., :2], second[..., :2]), np.minimum(first[..., 2:], second[..., 2:])
    shared = np.clip(high - low, 0, None).prod(axis=-1)
    areas = [np.clip(boxes[..., 2:] - boxes[..., :2], 0, None).prod(axis=-1) for boxes in (first, second)]
    return np.nan_to_num(divide(shared, areas[0] + areas[1] - shared))


def as_boxes(boxes: NDArray[np.generic], width: int) -> Floats:
    """Boxes as floats, shape ``[N, width]``; an empty array of any shape is no box.

    Raises:
        UserError: another shape, or a value that is not finite.
    """
    float_boxes = np.asarray(boxes, np.float64)
    if float_boxes.size == 0:
        return np.zeros((0, width))
    if float_boxes.ndim != 2 or float_boxes.shape[1] != width:
        raise UserError(f"boxes have shape [N, {width}], not {float_boxes.shape}")
    if not np.isfinite(float_boxes).all():
        raise UserError("a box holds a number that is not finite")
    return float_boxes


def match(iou: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """One-to-one matching of greatest total IoU.

    Args:
        iou: shape ``[T, P]``.

    Returns:
        Numbers of the matched truths and of their predictions, shape ``[M]`` each; only pairs that overlap.
    """
    from scipy.optimize import linear_sum_assignment

    truths, predictions = linear_sum_assignment(iou, maximize=True)
    overlap = iou[truths, predictions] > 0
    return truths[overlap], predictions[overlap]


def box_row(iou: Floats, thresholds: Sequence[float] = THRESHOLDS) -> Floats:
    """``[truths, predictions, sum of matched IoU, hits at each threshold]`` of one image.

    Args:
        iou: shape ``[T, P]``.
        thresholds: least IoU of a hit.

    Returns:
        Shape ``[3 + len(thresholds)]``.
    """
    matched = iou[match(iou)]
    hits = [float((matched >= least).sum()) for least in thresholds]
    return np.array([*iou.shape, matched.sum(), *hits])


def any_match_row(iou: Floats, thresholds: Sequence[float] = THRESHOLDS) -> Floats:
    """``[predictions, hits at each threshold]`` of one image where one truth may be hit by many predictions.

    Args:
        iou: shape ``[T, P]``.
        thresholds: least IoU with any truth.

    Returns:
        Shape ``[1 + len(thresholds)]``.
    """
    best = iou.max(axis=0, initial=0.0)
    return np.array([iou.shape[1], *(float((best >= least).sum()) for least in thresholds)])


def any_match_figures(sums: Floats, thresholds: Sequence[float] = THRESHOLDS) -> Figures:
    """``any_match_precision@T`` of summed rows, shape ``[..., 1 + K]``: hits over predictions (micro).

    So EarthDial scores detection at 0.5 (Soni et al. 2025, arXiv 2412.15190, public code). It is no precision of a
    one-to-one matching: many boxes about one truth all hit.
    """
    predictions = sums[..., 0]
    return {
        f"any_match_precision@{least:g}": divide(sums[..., 1 + k], predictions) for k, least in enumerate(thresholds)
    }


def image_statistics(rows: Floats) -> Floats:
    """Summable statistics of images, for figures by box and by image.

    Args:
        rows: rows of single images, shape ``[..., 3 + K]`` with K thresholds.

    Returns:
        Shape ``[..., 5 + 4 K]``: the row, 1 for the image, its mean IoU, and precision, recall and F1 at each.
    """
    truths, predictions, iou, hits = rows[..., 0:1], rows[..., 1:2], rows[..., 2:3], rows[..., 3:]
    nothing = truths + predictions == 0
    parts = [divide_or_agree(hits, predictions, nothing), divide_or_agree(hits, truths, nothing)]
    parts.append(divide_or_agree(2 * hits, truths + predictions, nothing))
    return np.concatenate([rows, np.ones_like(truths), divide_or_agree(iou, truths, nothing), *parts], axis=-1)


def box_figures(sums: Floats, thresholds: Sequence[float] = THRESHOLDS) -> Figures:
    """Figures of summed `image_statistics`, shape ``[..., 5 + 4 K]``; NaN where undefined."""
    count = len(thresholds)
    truths, predictions, iou, items = sums[..., 0], sums[..., 1], sums[..., 2], sums[..., 3 + count]
    means = np.moveaxis(divide(sums[..., 4 + count :], items[..., None]), -1, 0)
    figures = {"mean_iou": divide(iou, truths), "per_image_mean_iou": means[0]}
    for k, least in enumerate(thresholds):
        hits = sums[..., 3 + k]
        figures[f"precision@{least:g}"] = divide(hits, predictions)
        figures[f"recall@{least:g}"] = divide(hits, truths)
        figures[f"f1@{least:g}"] = divide(2 * hits, truths + predictions)
        for part, name in enumerate(("precision", "recall", "f1")):
            figures[f"per_image_{name}@{least:g}"] = means[1 + part * count + k]
    return figures


def scores_of_sums(sums: Floats, thresholds: Sequence[float] = THRESHOLDS) -> Scores:
    """Scores of summed `image_statistics`, shape ``[5 + 4 K]``."""
    return as_scores(box_figures(sums, thresholds), REASONS)


def box_scores(
    true: Sequence[NDArray[np.generic]],
    predicted: Sequence[NDArray[np.generic]],
    thresholds: Sequence[float] = THRESHOLDS,
    iou: IouMatrix = box_iou,
) -> Scores:
    """Scores of the boxes of a corpus, as fractions.

    Args:
        true: boxes of each image, shape ``[T, 4]`` (or what `iou` takes).
        predicted: boxes of each image, shape ``[P, 4]``.
        thresholds: least IoU of a hit.
        iou: ``(true, predicted) -> [T, P]``; `rsica_bench.metrics.oriented_boxes.oriented_iou` for oriented boxes.

    Raises:
        UserError: not as many images on both sides, or boxes of a wrong shape.
    """
    return scores_of_sums(statistics_of_images(true, predicted, thresholds, iou).sum(axis=0), thresholds)


def statistics_of_images(
    true: Sequence[NDArray[np.generic]],
    predicted: Sequence[NDArray[np.generic]],
    thresholds: Sequence[float] = THRESHOLDS,
    iou: IouMatrix = box_iou,
) -> Floats:
    """`image_statistics` of each image, shape ``[N, 5 + 4 K]``; arguments as of `box_scores`."""
    if len(true) != len(predicted):
        raise UserError(f"boxes of {len(true)} images are true, of {len(predicted)} predicted")
    rows = [box_row(iou(t, p), thresholds) for t, p in zip(true, predicted, strict=True)]
    return image_statistics(np.array(rows, np.float64).reshape(-1, 3 + len(thresholds)))
