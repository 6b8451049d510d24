"""Regions in their three forms, box, oriented box and mask, and the ways from one to another.

Boxes are ``(x0, y0, x1, y1)``, half-open. Oriented boxes are ``(cx, cy, w, h, degrees)``: the angle turns the side
``w`` from the x axis towards the y axis, clockwise on the screen as y points down (OpenCV's ``boxPoints``). Masks are
arrays of booleans; a shape covers the pixels whose centre lies in it. These are the three forms of GeoGround (Zhou et
al. 2024, arXiv 2411.11904).

    mask -> oriented box    `region_oriented`    the rectangle of least area over the pixels
    mask -> box             `region_box`
    oriented box -> box     `envelope`           the box around its corners
    oriented box -> mask    `oriented_region`
    box -> oriented box     `as_oriented`        turned by 0 degrees
    box -> mask             `box_region`
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rsica_data.geometry.boxes import Box

Oriented = tuple[float, float, float, float, float]
Region = NDArray[np.bool_]
_CORNERS = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], np.int32)
_UNIT = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])


def corners(boxes: ArrayLike) -> NDArray[np.float64]:
    """Corners of oriented boxes, all in one sense of turning.

    Args:
        boxes: shape ``[N, 5]``: centre, sides and degrees.

    Returns:
        Shape ``[N, 4, 2]``.

    Example:
        >>> corners([[5, 5, 4, 2, 90]]).round(6).tolist()
        [[[6.0, 3.0], [6.0, 7.0], [4.0, 7.0], [4.0, 3.0]]]
    """
    rows = np.asarray(boxes, np.float64).reshape(-1, 5)
    angle = np.deg2rad(rows[:, 4])
    turn = np.stack([np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle)], axis=-1).reshape(-1, 2, 2)
    return np.asarray((_UNIT * rows[:, None, 2:4]) @ turn + rows[:, None, :2])


def envelope(oriented: Oriented) -> Box:
    """The box around an oriented box.

    Example:
        >>> envelope((5, 5, 4, 2, 0))
        (3.0, 4.0, 7.0, 6.0)
    """
    points = corners([oriented])[0]
    (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return (x0, y0, x1, y1)


def as_oriented(box: Sequence[float], degrees: float = 0.0) -> Oriented:
    """A box turned about its centre.

    Args:
        box: ``x0 y0 x1 y1`` before it is turned.
        degrees: clockwise on the screen.

    Example:
        >>> as_oriented((3, 4, 7, 6))
        (5.0, 5.0, 4, 2, 0.0)
    """
    x0, y0, x1, y1 = box
    return ((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, degrees)


def least_rectangle(points: NDArray[np.int32] | NDArray[np.float32]) -> Oriented:
    """The rectangle of least area over points.

    Args:
        points: shape ``[N, 2]``, x before y.

    Returns:
        Sides with ``w >= h``; degrees in ``[-90, 90)``, and in ``[0, 90)`` where the sides are equal. Two decimals.
    """
    import cv2

    (cx, cy), (w, h), angle = cv2.minAreaRect(points)
    w, h = round(w, 2), round(h, 2)
    if h > w:
        w, h, angle = h, w, angle + 90.0
    span = 90.0 if w == h else 180.0
    # Rounded before it is brought into range: 89.999 would else come out as 90. Adding 0.0 makes -0.0 plain 0.0.
    turned = round(angle, 2) % span
    return round(cx, 2), round(cy, 2), w, h, round(turned - 180.0 if turned >= 90.0 else turned, 2) + 0.0


def pixel_rectangle(pixels: NDArray[np.int32]) -> Oriented:
    """`least_rectangle` over the outer corners of pixels.

    Args:
        pixels: indices ``[N, 2]`` int32, x before y. Pixel (x, y) covers ``[x, x+1) x [y, y+1)``.
    """
    return least_rectangle((pixels[:, None, :] + _CORNERS).reshape(-1, 2))


def box_region(boxes: Iterable[Sequence[float]], width: int, height: int) -> Region:
    """What boxes cover together, ``[height, width]``; boxes without area cover nothing.

    Example:
        >>> box_region([(1, 0, 3, 1)], 4, 2).astype(int).tolist()
        [[0, 1, 1, 0], [0, 0, 0, 0]]
    """
    region = np.zeros((height, width), bool)
    for box in boxes:
        # The first pixel whose centre is not left of the edge.
        x0, y0, x1, y1 = (max(0, int(np.ceil(np.clip(edge, -1, 1e6) - 0.5))) for edge in box)
        region[y0:y1, x0:x1] = True
    return region


def oriented_region(boxes: Iterable[Oriented], width: int, height: int) -> Region:
    """What oriented boxes cover together, ``[height, width]``; boxes without area cover nothing."""
    region = np.zeros((height, width), bool)
    for oriented in boxes:
        if min(oriented[2:4]) <= 0:
            continue
        x0, y0, x1, y1 = envelope(oriented)
        left, right = (int(np.clip(edge, 0, width)) for edge in (np.floor(x0), np.ceil(x1)))
        top, bottom = (int(np.clip(edge, 0, height)) for edge in (np.floor(y0), np.ceil(y1)))
        y, x = np.mgrid[top:bottom, left:right] + 0.5
        quad = corners([oriented])[0]
        inside = np.ones(x.shape, bool)
        for start, end in zip(quad, np.roll(quad, -1, axis=0), strict=True):
            inside &= (end[0] - start[0]) * (y - start[1]) - (end[1] - start[1]) * (x - start[0]) >= 0
        region[top:bottom, left:right] |= inside
    return region


def outline_region(outlines: Iterable[Sequence[tuple[int, int]]], width: int, height: int) -> Region:
    """The pixels within outlines and on them, ``[height, width]``; holes are filled.

    Args:
        outlines: vertices on pixel centres, as of ``ObjectFacts.outline``.
        width: of the image, in pixels.
        height: of the image, in pixels.
    """
    import cv2

    region = np.zeros((height, width), np.uint8)
    for outline in outlines:
        # One polygon a call: of several in one, OpenCV fills what an odd number covers.
        cv2.fillPoly(region, [np.array(outline, np.int32)], 1)
    return region.view(np.bool_)


def region_box(region: Region) -> Box | None:
    """The box around a mask; None where it is empty."""
    y, x = np.nonzero(region)
    return (int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1) if len(x) else None


def region_oriented(region: Region) -> Oriented | None:
    """The rectangle of least area over the pixels of a mask; None where it is empty."""
    y, x = np.nonzero(region)
    return pixel_rectangle(np.stack([x, y], axis=-1).astype(np.int32)) if len(x) else None


def grid_of(region: Region, size: int) -> Region:
    """A mask on a coarse grid: the cells of which it covers at least half.

    A mask that covers half of no cell has the one cell of which it covers most, the first of equals: nothing vanishes.

    Args:
        region: shape ``[H, W]``.
        size: cells a side.

    Returns:
        Shape ``[size, size]``. Pixel (x, y) lies in column ``x * size // W``; sides below ``size`` repeat pixels.
    """
    picked = (np.arange(max(side, size)) * side // max(side, size) for side in region.shape)
    region = region[np.ix_(*picked)]
    height, width = region.shape
    rows, columns = np.arange(height) * size // height, np.arange(width) * size // width
    covered = np.zeros((size, size))
    y, x = np.nonzero(region)
    np.add.at(covered, (rows[y], columns[x]), 1)
    share = covered / np.outer(np.bincount(rows, minlength=size), np.bincount(columns, minlength=size))
    cells = share >= 0.5
    if len(x) and not cells.any():
        cells[np.unravel_index(int(share.argmax()), share.shape)] = True
    return np.asarray(cells)


def grid_region(cells: Region, width: int, height: int) -> Region:
    """The pixels of a coarse grid's cells, ``[height, width]``.

    `grid_of` gives the cells back where no side of the image is shorter than the grid's.

    Args:
        cells: shape ``[N, N]``.
        width: of the image, in pixels.
        height: of the image, in pixels.
    """
    size = len(cells)
    return np.asarray(cells[np.arange(height) * size // height][:, np.arange(width) * size // width])
