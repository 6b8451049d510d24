"""How much two regions share and how much they cover together, in the unit of their coordinates.

Of boxes the areas are exact, however many there are and however they overlap. Of oriented boxes they are exact where
there is one on each side (clipping after Sutherland and Hodgman 1974, in double precision); several of them are
compared on a grid of pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_data.geometry.boxes import Box
from rsica_data.geometry.regions import Oriented, Region, corners, oriented_region

Overlap = tuple[float, float]
"""Shared area, and area of both together."""
_FINEST = 1000


def mask_overlap(first: Region, second: Region) -> Overlap:
    """Shared and joint pixels of two masks of one shape."""
    return float(np.count_nonzero(first & second)), float(np.count_nonzero(first | second))


def box_overlap(first: Sequence[Box], second: Sequence[Box]) -> Overlap:
    """Overlap of what two lists of boxes cover; boxes without area cover nothing.

    Example:
        >>> box_overlap([(0, 0, 2, 2), (1, 0, 3, 2)], [(2, 0, 4, 2)])
        (2.0, 8.0)
    """
    rows = np.array([*first, *second], np.float64).reshape(-1, 4)
    # The edges of all boxes cut the plane into cells, each of which a box covers wholly or not at all.
    xs, ys = np.unique(rows[:, [0, 2]]), np.unique(rows[:, [1, 3]])
    covered = [np.zeros((max(len(ys) - 1, 0), max(len(xs) - 1, 0)), bool) for _ in range(2)]
    for number, (x0, y0, x1, y1) in enumerate(rows):
        side = covered[number >= len(first)]
        side[np.searchsorted(ys, y0) : np.searchsorted(ys, y1), np.searchsorted(xs, x0) : np.searchsorted(xs, x1)] = (
            True
        )
    areas = np.outer(np.diff(ys), np.diff(xs))
    return float(areas[covered[0] & covered[1]].sum()), float(areas[covered[0] | covered[1]].sum())


def oriented_overlap(first: Sequence[Oriented], second: Sequence[Oriented], size: tuple[float, float]) -> Overlap:
    """Overlap of what two lists of oriented boxes cover; boxes without area cover nothing.

    Args:
        first: centre, sides and degrees of each box of one side.
        second: those of the other.
        size: width and height of the image in their unit; where there are several boxes on a side, what lies beyond it
            is left out.
    """
    solid = [[box for box in side if min(box[2:4]) > 0] for side in (first, second)]
    areas = [sum(box[2] * box[3] for box in side) for side in solid]
    if not all(solid):
        if max(map(len, solid), default=0) < 2:
            return 0.0, sum(areas)
    elif len(solid[0]) == len(solid[1]) == 1:
        shared = rectangle_overlap(solid[0][0], solid[1][0])
        return shared, areas[0] + areas[1] - shared
    fine = _FINEST / max(size)
    width, height = (max(1, round(side * fine)) for side in size)
    regions = [oriented_region((_scaled(box, fine) for box in side), width, height) for side in solid]
    both, either = mask_overlap(*regions)
    return both / fine**2, either / fine**2


def _scaled(box: Oriented, by: float) -> Oriented:
    cx, cy, w, h, degrees = box
    return cx * by, cy * by, w * by, h * by, degrees


def rectangle_overlap(first: Oriented, second: Oriented) -> float:
    """Shared area of two oriented boxes whose sides have a length.

    Example:
        >>> round(rectangle_overlap((0, 0, 2, 2, 0), (0, 0, 2, 2, 45)), 6)
        3.313708
    """
    # Coordinates around one centre keep their digits where boxes lie far from the origin.
    shift = np.array([*first[:2], 0, 0, 0])
    quads = corners(np.array([first, second], np.float64) - shift)
    return _area(_clip(quads[0], quads[1]))


def _clip(polygon: NDArray[np.float64], window: NDArray[np.float64]) -> NDArray[np.float64]:
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


def _area(polygon: NDArray[np.float64]) -> float:
    """Area by the shoelace formula."""
    x, y = polygon[:, 0], polygon[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)
