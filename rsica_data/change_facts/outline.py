"""Outlines in the coarse, size-free form in which ChangeChat shows them to a language model."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

_SHARE = 0.05
_STEP = 0.1


def prompt_outline(
    outline: Sequence[tuple[int, int]], width: int, height: int, max_vertices: int = 8
) -> tuple[tuple[float, float], ...]:
    """An outline as a polygon of few vertices in shares of the image's size.

    Douglas-Peucker approximation at 5 % of the perimeter, loosened by 0.1 px until at most ``max_vertices`` are left,
    as in the published build of ChangeChat.

    Args:
        outline: pixel vertices ``(x, y)`` of a closed contour, as in ``ObjectFacts.outline``.
        width: image width in pixels.
        height: image height in pixels.
        max_vertices: at least 1.

    Returns:
        Vertices ``(x / width, y / height)``, two decimals.
    """
    contour = np.asarray(outline, np.int32).reshape(-1, 1, 2)
    tolerance = _SHARE * cv2.arcLength(contour, closed=True)
    polygon = cv2.approxPolyDP(contour, tolerance, closed=True)
    while len(polygon) > max(max_vertices, 1):
        tolerance += _STEP
        polygon = cv2.approxPolyDP(contour, tolerance, closed=True)
    points = np.asarray(polygon).reshape(-1, 2).tolist()
    return tuple((round(x / width, 2), round(y / height, 2)) for x, y in points)
