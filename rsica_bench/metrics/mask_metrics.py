"""Masks of referring and grounding questions: one true and one predicted mask an item.

- ``giou``: mean of the items' IoU, empty against empty being 1; ``ciou``: summed intersection over summed union. Both
  as in GRES (Liu et al. 2023, arXiv 2306.00968, where an expression may have no target) and LISA (Lai et al. 2024,
  arXiv 2308.00692, function ``validate`` of its public code, without the 1e-5 that it adds to the union). ``giou`` is
  not the generalised IoU of boxes.
- ``precision``, ``recall``, ``f1``: of the pixels of all items together.
- ``boundary_f1``: mean of the items' contour accuracy F (Perazzi et al. 2016, "A Benchmark Dataset and Evaluation
  Methodology for Video Object Segmentation", as the DAVIS code computes it): the share of boundary pixels within a
  tolerance of the other mask's boundary, harmonic mean of both directions. The tolerance is a disk of radius
  ``ceil(0.008 * diagonal)`` pixels. No boundary on both sides is 1, on one side only 0.

Figures:
    giou: mean of the items' IoU, empty against empty 1. Averaging: macro over items. Source: GRES (arXiv 2306.00968).
    ciou: summed intersection / summed union. Averaging: micro over pixels. Source: LISA (arXiv 2308.00692).
    precision: pixels right / pixels said. Averaging: micro over pixels. Source: this project.
    recall: pixels right / pixels true. Averaging: micro over pixels. Source: this project.
    f1: 2 right / (said + true). Averaging: micro over pixels. Source: this project.
    boundary_f1: mean of the items' contour accuracy F. Averaging: macro over items. Source: DAVIS (Perazzi et al.
        2016), but 0 for a full mask against an empty one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Figures, Floats, as_scores, check_shapes, divide
from rsica_bench.metrics.scores import Scores
from rsica_data.core.errors import UserError

BOUND = 0.008
COLUMNS = ("intersection", "union", "true", "predicted", "items", "iou", "boundary_f1")
_REASONS = {
    "giou": "no item",
    "ciou": "no pixel is true or predicted",
    "precision": "no pixel was predicted",
    "recall": "no pixel is true",
    "f1": "no pixel is true or predicted",
    "boundary_f1": "no item",
}


def mask_iou(true: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> float:
    """IoU of one item, 1 where both masks are empty.

    Raises:
        UserError: the shapes differ.
    """
    check_shapes(true, predicted, "mask")
    either = int(np.count_nonzero(true | predicted))
    return int(np.count_nonzero(true & predicted)) / either if either else 1.0


def boundary(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Boundary pixels as DAVIS has them: those that differ from the pixel to the right, below, or right below.

    The edge of the image is no boundary.

    Args:
        mask: shape ``[H, W]``.
    """
    wide = np.pad(mask, ((0, 1), (0, 1)), mode="edge")
    here = wide[:-1, :-1]
    return np.asarray((here != wide[:-1, 1:]) | (here != wide[1:, :-1]) | (here != wide[1:, 1:]))


def boundary_f1(true: NDArray[np.bool_], predicted: NDArray[np.bool_], bound: float = BOUND) -> float:
    """Contour accuracy F of one item; other than DAVIS's, 0 for a full mask against an empty one.

    Args:
        true: shape ``[H, W]``.
        predicted: same shape.
        bound: radius of the tolerance: below 1 a share of the image's diagonal (rounded up to pixels), else in pixels.

    Raises:
        UserError: the shapes differ.
    """
    check_shapes(true, predicted, "mask")
    first, second = boundary(true), boundary(predicted)
    sizes = int(np.count_nonzero(first)), int(np.count_nonzero(second))
    if 0 in sizes:
        # An empty mask and one of the whole image have no boundary either, and are as unlike as can be.
        return float(sizes == (0, 0) and bool((true == predicted).all()))
    radius = int(bound) if bound >= 1 else math.ceil(bound * math.hypot(*true.shape))
    recall = np.count_nonzero(first & _dilate(second, radius)) / sizes[0]
    precision = np.count_nonzero(second & _dilate(first, radius)) / sizes[1]
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _dilate(mask: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """Pixels within ``radius`` of a pixel of the mask."""
    import cv2

    steps = np.arange(-radius, radius + 1)
    disk = (steps[:, None] ** 2 + steps**2 <= radius**2).astype(np.uint8)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disk), bool)


def mask_row(true: NDArray[np.bool_], predicted: NDArray[np.bool_], bound: float = BOUND) -> Floats:
    """Summable statistics of one item, shape ``[7]``, see `COLUMNS`.

    Args:
        true: shape ``[H, W]``.
        predicted: same shape.
        bound: as of `boundary_f1`.

    Raises:
        UserError: the shapes differ.
    """
    check_shapes(true, predicted, "mask")
    areas = [np.count_nonzero(m) for m in (true & predicted, true | predicted, true, predicted)]
    return np.array([*areas, 1, mask_iou(true, predicted), boundary_f1(true, predicted, bound)], np.float64)


def mask_figures(sums: Floats) -> Figures:
    """Figures of summed statistics, shape ``[..., 7]``; NaN where undefined."""
    both, either, true, predicted, items, iou, contour = np.moveaxis(sums, -1, 0)
    return {
        "giou": divide(iou, items),
        "ciou": divide(both, either),
        "precision": divide(both, predicted),
        "recall": divide(both, true),
        "f1": divide(2 * both, true + predicted),
        "boundary_f1": divide(contour, items),
    }


def scores_of_sums(sums: Floats) -> Scores:
    """Scores of summed statistics, shape ``[7]``."""
    return as_scores(mask_figures(sums), _REASONS)


def mask_scores(
    true: Sequence[NDArray[np.bool_]], predicted: Sequence[NDArray[np.bool_]], bound: float = BOUND
) -> Scores:
    """Scores of a corpus, as fractions.

    Args:
        true: masks, shape ``[H, W]`` each; sizes may differ between items.
        predicted: masks of the same items.
        bound: as of `boundary_f1`.

    Raises:
        UserError: not as many masks on both sides, or the shapes of an item differ.
    """
    if len(true) != len(predicted):
        raise UserError(f"{len(true)} masks are true, {len(predicted)} predicted")
    rows = [mask_row(t, p, bound) for t, p in zip(true, predicted, strict=True)]
    return scores_of_sums(np.array(rows, np.float64).reshape(-1, len(COLUMNS)).sum(axis=0))
