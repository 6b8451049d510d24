"""Oriented boxes ``[cx, cy, w, h, degrees]``: exact IoU by clipping one rectangle with the other.

The angle turns the side ``w`` from the x axis towards the y axis, clockwise on the screen as y points down: OpenCV's
convention (``cv2.boxPoints``). The shared polygon is found by Sutherland and Hodgman's clipping (1974) in double
precision. ``cv2.rotatedRectangleIntersection`` works in single precision and is not used.

Matching and figures are those of `rsica_bench.metrics.box_metrics`, with `oriented_iou` in the place of `box_iou`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.box_metrics import as_boxes
from rsica_bench.metrics.figures import Floats
from rsica_data.geometry import regions
from rsica_data.geometry.overlap import rectangle_overlap


def corners(boxes: NDArray[np.generic]) -> Floats:
    """Corners of oriented boxes, shape ``[N, 4, 2]``: `rsica_data.geometry.regions.corners` of checked boxes.

    Args:
        boxes: shape ``[N, 5]``: centre, sides and degrees.
    """
    return regions.corners(as_boxes(boxes, 5))


def oriented_iou(true: NDArray[np.generic], predicted: NDArray[np.generic]) -> Floats:
    """IoU of each true box with each predicted one.

    Args:
        true: shape ``[T, 5]``.
        predicted: shape ``[P, 5]``.

    Returns:
        Shape ``[T, P]``. A box without area (a side of 0 or less) has IoU 0 with any other.

    Raises:
        UserError: the arrays are not of that shape, or hold a number that is not finite.
    """
    first, second = as_boxes(true, 5), as_boxes(predicted, 5)
    result = np.zeros((len(first), len(second)))
    for t, p in np.argwhere(_near(first, second)):
        shared = rectangle_overlap(tuple(first[t]), tuple(second[p]))
        whole = first[t, 2] * first[t, 3] + second[p, 2] * second[p, 3] - shared
        result[t, p] = min(max(shared / whole, 0.0), 1.0)
    return result


def _near(first: Floats, second: Floats) -> NDArray[np.bool_]:
    """Pairs of boxes with area whose circumscribed circles meet, shape ``[T, P]``."""
    apart = np.hypot(*np.moveaxis(first[:, None, :2] - second[None, :, :2], -1, 0))
    radii = [np.hypot(boxes[:, 2], boxes[:, 3]) / 2 for boxes in (first, second)]
    first_solid, second_solid = ((boxes[:, 2] > 0) & (boxes[:, 2] * boxes[:, 3] > 0) for boxes in (first, second))
    return np.asarray((apart < radii[0][:, None] + radii[1]) & first_solid[:, None] & second_solid[None])
