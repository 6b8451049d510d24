"""Regions that questions ask for, in any form: boxes, oriented boxes or masks, one true and one said region an item.

A region is the union of the boxes of an answer. IoU is that of the regions; nothing asked and nothing said is 1.
Areas are shares of the image, so that images of all sizes weigh alike in `ciou`.

Figures:
    accuracy@T: items whose regions have IoU >= T / items. Averaging: micro over items. Source: precision at T of
        referring expressions, RefCOCO (Yu et al. 2016), GeoChat (arXiv 2311.15826), GeoGround (arXiv 2411.11904).
    giou: mean of the items' IoU, nothing against nothing 1. Averaging: macro over items. Source: GRES (arXiv
        2306.00968).
    ciou: summed shared area / summed joint area. Averaging: micro over area. Source: LISA (arXiv 2308.00692), by shares
        of images.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rsica_bench.metrics.figures import Figures, Floats, divide
from rsica_bench.metrics.interval_rules import Kind

THRESHOLDS = (0.25, 0.5, 0.75)
REASONS = {"accuracy": "no item", "giou": "no item", "ciou": "no region is true or said"}
KINDS: dict[str, Kind] = {"accuracy": "share", "giou": "mean", "ciou": "pixel_ratio"}


def region_row(both: float, either: float, is_right: bool, thresholds: Sequence[float] = THRESHOLDS) -> Floats:
    """Summable statistics of one item.

    Args:
        both: shared area.
        either: joint area.
        is_right: the IoU is 1 although there is no area: nothing was asked for and nothing said.
        thresholds: least IoU of an accurate item.

    Returns:
        Shape ``[4 + len(thresholds)]``: shared and joint area, 1, IoU, whether it reaches each threshold.

    Example:
        >>> region_row(2, 8, False).tolist()
        [2.0, 8.0, 1.0, 0.25, 1.0, 0.0, 0.0]
    """
    iou = both / either if either else float(is_right)
    return np.array([both, either, 1, iou, *(float(iou >= least) for least in thresholds)], np.float64)


def region_figures(sums: Floats, thresholds: Sequence[float] = THRESHOLDS) -> Figures:
    """Figures of summed rows, shape ``[..., 4 + K]``; NaN where undefined."""
    both, either, items, iou = (sums[..., column] for column in range(4))
    hits = {f"accuracy@{least:g}": divide(sums[..., 4 + k], items) for k, least in enumerate(thresholds)}
    return {**hits, "giou": divide(iou, items), "ciou": divide(both, either)}
