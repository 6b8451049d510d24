"""Semantic change detection as SECOND defines it (Yang et al. 2020, "Asymmetric Siamese Networks for Semantic Change
Detection", arXiv 2010.05687), with F_scd as the scoring of Bi-SRNet adds it (Ding et al. 2022, function
``SCDD_eval_all`` of its public code).

Each date has a map of what changed there: 0 is no change, 1..K the class of a changed pixel at that date. The pixels of
both dates are counted in one confusion matrix q, shape ``[K+1, K+1]``: ``q[i, j]`` has true class i and predicted
class j (Bi-SRNet's histogram is the transpose; only precision and recall see the difference). With n the sum of q::

    oa            = sum_i q_ii / n
    iou_no_change = q_00 / (sum_i q_i0 + sum_j q_0j - q_00)
    iou_change    = sum_{i>=1, j>=1} q_ij / (n - q_00)
    miou          = (iou_no_change + iou_change) / 2

    kappa_n0      = (rho - eta) / (1 - eta), of q with q_00 set to 0:
                    rho = sum_i q_ii / m,  eta = sum_k (sum_j q_kj)(sum_i q_ik) / m^2,  m = n - q_00
    sek           = kappa_n0 * exp(iou_change - 1)
    score         = 0.3 miou + 0.7 sek

    precision_scd = sum_{i>=1} q_ii / sum_{j>=1} sum_i q_ij      (right classes among pixels predicted as change)
    recall_scd    = sum_{i>=1} q_ii / sum_{i>=1} sum_j q_ij      (right classes among changed pixels)
    f_scd         = 2 precision_scd recall_scd / (precision_scd + recall_scd)

Where eta is 1 (nothing but one class, all of it right) Bi-SRNet takes kappa as 0; here it is undefined and absent.
Bi-SRNet prints oa as the mean over images, which for images of one size is the same.

Figures:
    oa: sum of q_ii / n. Averaging: micro over pixels of both dates. Source: SECOND (arXiv 2010.05687).
    iou_no_change: q_00 / (row 0 + column 0 - q_00). Averaging: micro over pixels. Source: SECOND.
    iou_change: changed and said so / (n - q_00). Averaging: micro over pixels. Source: SECOND.
    miou: (iou_no_change + iou_change) / 2. Averaging: macro over change and no change. Source: SECOND.
    sek: kappa without q_00 * exp(iou_change - 1). Averaging: micro over pixels. Source: SECOND.
    score: 0.3 miou + 0.7 sek. Averaging: -. Source: SECOND.
    precision_scd: right classes / pixels said to change. Averaging: micro over pixels. Source: Bi-SRNet (Ding et al.
        2022).
    recall_scd: right classes / changed pixels. Averaging: micro over pixels. Source: Bi-SRNet.
    f_scd: harmonic mean of both. Averaging: micro over pixels. Source: Bi-SRNet.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.classification import confusion_matrix
from rsica_bench.metrics.figures import Figures, as_scores, check_finite, divide
from rsica_bench.metrics.interval_rules import kinds_of
from rsica_bench.metrics.scores import Scores
from rsica_data.core.errors import UserError

_NO_CHANGE = "no pixel is change, in truth or prediction"
REASONS = {
    "oa": "no pixel",
    "iou_no_change": "every pixel is change, in truth and prediction",
    "iou_change": _NO_CHANGE,
    "miou": "the IoU of change or of no-change is undefined",
    "sek": "the separated kappa is undefined: without no-change hits nothing is left, or one class only",
    "score": "miou or sek is undefined",
    "precision_scd": "no pixel was predicted as change",
    "recall_scd": "no pixel is change",
    "f_scd": _NO_CHANGE,
}
KINDS = kinds_of(REASONS, "pixel_ratio") | kinds_of(("sek", "score"), "pixel_correlation")


def semantic_confusion(
    true: NDArray[np.integer], predicted: NDArray[np.integer], classes: int, ignore: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Confusion matrix of a pair over both dates.

    Args:
        true: maps of both dates, shape ``[2, H, W]``, 0 for no change and 1..classes.
        predicted: predicted maps, same shape.
        classes: number K of classes besides no change.
        ignore: pixels that do not count, shape ``[2, H, W]``; None for none.

    Returns:
        Counts, shape ``[K+1, K+1]``; rows are true. Matrices of pairs may be added.

    Raises:
        UserError: there are not two dates, shapes differ, or a map holds another value.
    """
    if true.shape[:1] != (2,):
        raise UserError(f"semantic change needs maps of both dates, shape [2, H, W], not {true.shape}")
    return confusion_matrix(true, predicted, classes + 1, ignore)


def semantic_change_figures(matrices: NDArray[np.generic]) -> Figures:
    """Figures of confusion matrices.

    Args:
        matrices: counts, shape ``[..., K+1, K+1]``, rows true, class 0 no change.

    Returns:
        Arrays of shape ``[...]`` by name, NaN where undefined.
    """
    q = np.asarray(matrices, np.float64)
    total, hit = q.sum(axis=(-2, -1)), q[..., 0, 0]
    all_true, all_said = q.sum(axis=-1), q.sum(axis=-2)
    right = np.trace(q, axis1=-2, axis2=-1)
    changed = total - hit
    true_change, said_change = total - all_true[..., 0], total - all_said[..., 0]
    iou_no_change = divide(hit, all_true[..., 0] + all_said[..., 0] - hit)
    iou_change = divide(q[..., 1:, 1:].sum(axis=(-2, -1)), changed)
    miou = (iou_no_change + iou_change) / 2
    # kappa with both sides times m^2, so that the denominator is exactly 0 where it is undefined.
    first = (all_true[..., 0] - hit) * (all_said[..., 0] - hit)
    by_chance = first + (all_true[..., 1:] * all_said[..., 1:]).sum(axis=-1)
    kappa = divide((right - hit) * changed - by_chance, changed**2 - by_chance)
    sek = kappa * np.exp(iou_change - 1)
    return {
        "oa": divide(right, total),
        "iou_no_change": iou_no_change,
        "iou_change": iou_change,
        "miou": miou,
        "sek": sek,
        "score": 0.3 * miou + 0.7 * sek,
        "precision_scd": divide(right - hit, said_change),
        "recall_scd": divide(right - hit, true_change),
        "f_scd": divide(2 * (right - hit), said_change + true_change),
    }


def semantic_change_scores(matrix: NDArray[np.generic]) -> Scores:
    """Scores of the summed matrix of a corpus, as fractions.

    Args:
        matrix: counts, shape ``[K+1, K+1]``, rows true, class 0 no change.

    Raises:
        UserError: a count is no number.
    """
    check_finite(matrix, "confusion matrix")
    return as_scores(semantic_change_figures(matrix), REASONS)
