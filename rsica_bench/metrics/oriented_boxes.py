"""Oriented boxes ``[cx, cy, w, h, degrees]``: exact IoU by clipping one rectangle with the other.

The angle turns the side ``w`` from the x axis towards the y axis, clockwise on the screen as y points down: OpenCV's
convention (``cv2.boxPoints``). The shared polygon is found by Sutherland and Hodgman's clipping (1974) in double
precision. ``cv2.rotatedRectangleIntersection`` works in single precision and is not used.

Matching and figures are those of `rsica_bench.metrics.boxes`, with `oriented_iou` in the place of `box_iou`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.boxes import as_boxes
from rsica_bench.metrics.figures import Floats

_UNIT = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])


def corners(boxes: NDArray[np.generic]) -> Floats:
    """Corners of oriented boxes, shape ``[N, 4, 2]``, all in one sense of turning.

    Args:
        boxes: shape ``[N, 5]``: centre, sides and degrees.
    """
    found = as_boxes(boxes, 5)
    angle = np.deg2rad(found[:, 4])
    turn = np.stack([np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle)], axis=-1).reshape(-1, 2, 2)
    return np.asarray((_UNIT * found[:, None, 2:4]) @ turn + found[:, None, :2])


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
        # Coordinates around one centre keep their digits where boxes lie far from the origin.
        shift = np.array([*first[t, :2], 0, 0, 0])
        shared = _area(_clip(corners(first[t : t + 1] - shift)[0], corners(second[p : p + 1] - shift)[0]))
        whole = first[t, 2] * first[t, 3] + second[p, 2] * second[p, 3] - shared
        result[t, p] = min(max(shared / whole, 0.0), 1.0)
    return result


def _near(first: Floats, second: Floats) -> NDArray[np.bool_]:
    """Pairs of boxes with area whose circumscribed circles meet, shape ``[T, P]``."""
    apart = np.hypot(*np.moveaxis(first[:, None, :2] - second[None, :, :2], -1, 0))
    radii = [np.hypot(boxes[:, 2], boxes[:, 3]) / 2 for boxes in (first, second)]
    first_solid, second_solid = ((boxes[:, 2] > 0) & (boxes[:, 2] * boxes[:, 3] > 0) for boxes in (first, second))
    return np.asarray((apart < radii[0][:, None] + radii[1]) & first_solid[:, None] & second_solid[None])


def _clip(polygon: Floats, window: Floats) -> Floats:
    """The part of a convex polygon within a convex window that turns in the same sense as `corners`."""
    for start, end in zip(window, np.roll(window, -1, axis=0), strict=True):
        if len(polygon) == 0:
            return polygon
        edge = end - start
        side = edge[0] * (polygon[:, 1] - start[1]) - edge[1] * (polygon[:, 0] - start[0])
        kept = []
        for number, (point, here) in enumerate(zip(polygon, side, strict=True)):
            before = side[number - 1]
            if (before < 0) != (here < 0):
                # The signs differ, so the share lies in [0, 1] and the crossing between the two points.
                share = before / (before - here)
                kept.append(polygon[number - 1] + share * (point - polygon[number - 1]))
            if here >= 0:
                kept.append(point)
        polygon = np.array(kept).reshape(-1, 2)
    return polygon


def _area(polygon: Floats) -> float:
    """Area by the shoelace formula."""
    x, y = polygon[:, 0], polygon[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)
