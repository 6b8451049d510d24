"""Boxes ``(x0, y0, x1, y1)`` in pixels, half-open, origin top left."""

from __future__ import annotations

import math

Box = tuple[float, float, float, float]


def box_distance(a: Box, b: Box) -> float:
    """Distance between two boxes in pixels; 0 where they touch or overlap."""
    return math.hypot(max(a[0] - b[2], b[0] - a[2], 0), max(a[1] - b[3], b[1] - a[3], 0))
