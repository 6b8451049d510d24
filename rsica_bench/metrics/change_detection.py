"""Binary change detection from masks, in the figures that the field publishes.

The statistics of a pair are ``[tp, fp, fn, tn]`` in pixels, change being positive. Figures are micro: computed from the
counts summed over all pairs, as in the published tables of LEVIR-CD and DSIFN-CD. With ``n`` the number of pixels::

    oa        = (tp + tn) / n
    precision = tp / (tp + fp)            recall = tp / (tp + fn)
    f1        = 2 tp / (2 tp + fp + fn)   iou    = tp / (tp + fp + fn)
    miou      = (iou + tn / (tn + fp + fn)) / 2
    kappa     = (oa - pe) / (1 - pe)      pe     = ((tp + fp)(tp + fn) + (fn + tn)(fp + tn)) / n^2    (Cohen 1960)

``per_image_iou`` and ``per_image_f1`` are means over pairs (macro), a pair without true and predicted change having 1.
A pair of which every pixel is ignored tells nothing, and has none.

Figures:
    oa: (tp + tn) / n. Averaging: micro over pixels. Source: BIT_CD, Open-CD.
    precision: tp / (tp + fp), change being positive. Averaging: micro over pixels. Source: BIT_CD, Open-CD.
    recall: tp / (tp + fn). Averaging: micro over pixels. Source: BIT_CD, Open-CD.
    f1: 2 tp / (2 tp + fp + fn). Averaging: micro over pixels. Source: BIT_CD, Open-CD.
    iou: tp / (tp + fp + fn). Averaging: micro over pixels. Source: BIT_CD, Open-CD.
    iou_no_change: tn / (tn + fp + fn). Averaging: micro over pixels. Source: BIT_CD.
    miou: (iou + iou_no_change) / 2. Averaging: macro over change and no change. Source: BIT_CD.
    kappa: (oa - pe) / (1 - pe). Averaging: micro over pixels. Source: Cohen 1960.
    per_image_iou: mean of iou by pair, 1 without change on both sides. Averaging: macro over pairs. Source: this
        project.
    per_image_f1: mean of f1 by pair, 1 without change on both sides. Averaging: macro over pairs. Source: this
        project.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Figures, Floats, as_scores, check_finite, check_shapes, divide, divide_or_agree
from rsica_bench.metrics.interval_rules import kinds_of
from rsica_bench.metrics.scores import Scores

COLUMNS = ("tp", "fp", "fn", "tn", "items", "iou", "f1")
_NO_CHANGE = "no pixel is change, in truth or prediction"
REASONS = {
    "oa": "no pixel",
    "precision": "no pixel was predicted as change",
    "recall": "no pixel is change",
    "f1": _NO_CHANGE,
    "iou": _NO_CHANGE,
    "iou_no_change": "every pixel is change, in truth and prediction",
    "miou": "the IoU of change or of no-change is undefined",
    "kappa": "truth and prediction hold one and the same value only",
    "per_image_iou": "no pair",
    "per_image_f1": "no pair",
}
KINDS = (
    kinds_of(REASONS, "pixel_ratio")
    | kinds_of(("kappa",), "pixel_correlation")
    | kinds_of(("per_image_iou", "per_image_f1"), "mean")
)


def confusion_row(
    true: NDArray[np.bool_], predicted: NDArray[np.bool_], ignore: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """``[tp, fp, fn, tn]`` of one pair, in pixels.

    Args:
        true: change mask, shape ``[H, W]``.
        predicted: predicted mask, same shape.
        ignore: pixels that do not count, same shape; None for none.

    Raises:
        UserError: the shapes differ.
    """
    check_shapes(true, predicted, "change mask")
    if ignore is not None:
        check_shapes(true, ignore, "ignore mask")
        true, predicted = true[~ignore], predicted[~ignore]
    both, all_true, all_said = (int(np.count_nonzero(m)) for m in (true & predicted, true, predicted))
    return np.array([both, all_said - both, all_true - both, true.size - all_true - all_said + both], np.int64)


def change_figures(rows: NDArray[np.generic]) -> Figures:
    """Figures of confusion counts.

    Args:
        rows: counts, shape ``[..., 4]``; rows may be added before.

    Returns:
        Arrays of shape ``[...]`` by name, NaN where undefined.
    """
    tp, fp, fn, tn = np.moveaxis(np.asarray(rows, np.float64), -1, 0)
    iou, iou_no_change = divide(tp, tp + fp + fn), divide(tn, tn + fp + fn)
    return {
        "oa": divide(tp + tn, tp + fp + fn + tn),
        "precision": divide(tp, tp + fp),
        "recall": divide(tp, tp + fn),
        "f1": divide(2 * tp, 2 * tp + fp + fn),
        "iou": iou,
        "iou_no_change": iou_no_change,
        "miou": (iou + iou_no_change) / 2,
        # The same as (oa - pe) / (1 - pe), with a denominator that is exactly 0 where kappa is undefined.
        "kappa": divide(2 * (tp * tn - fn * fp), (tp + fp) * (fp + tn) + (tp + fn) * (fn + tn)),
    }


def pair_statistics(rows: NDArray[np.generic]) -> Floats:
    """Summable statistics of pairs, for figures by pixel and by pair.

    Args:
        rows: counts of single pairs, shape ``[..., 4]``.

    Returns:
        Shape ``[..., 7]``, see `COLUMNS`.
    """
    counts = np.asarray(rows, np.float64)
    tp, fp, fn, tn = np.moveaxis(counts, -1, 0)
    nothing = tp + fp + fn == 0
    iou = divide_or_agree(tp, tp + fp + fn, nothing)
    f1 = divide_or_agree(2 * tp, 2 * tp + fp + fn, nothing)
    seen = tp + fp + fn + tn > 0
    return np.concatenate([counts, np.stack([seen, iou * seen, f1 * seen], axis=-1)], axis=-1)


def change_detection_figures(sums: Floats) -> Figures:
    """All figures of summed `pair_statistics`, shape ``[..., 7]``."""
    items = sums[..., 4]
    means = {"per_image_iou": divide(sums[..., 5], items), "per_image_f1": divide(sums[..., 6], items)}
    return change_figures(sums[..., :4]) | means


def scores_of_sums(sums: Floats) -> Scores:
    """Scores of summed `pair_statistics`, shape ``[7]``."""
    return as_scores(change_detection_figures(sums), REASONS)


def change_detection_scores(rows: NDArray[np.generic]) -> Scores:
    """Scores of a corpus, as fractions.

    Args:
        rows: counts of each pair, shape ``[N, 4]``.

    Raises:
        UserError: a count is no number.
    """
    check_finite(rows, "counts of pixels")
    return scores_of_sums(pair_statistics(np.asarray(rows).reshape(-1, 4)).sum(axis=0))
