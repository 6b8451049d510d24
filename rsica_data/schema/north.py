"""Whether the top of an image is north, so that compass directions can be read off it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

_SLOPE = 0.0875
"""Tangent of five degrees: what north may be off the vertical."""

_STEP = 1e-4
"""Degrees of latitude, about ten metres."""


def north_is_up(transform: Sequence[float] | None, crs: str | None, width: int, height: int) -> bool:
    """Whether north is up to five degrees, and east not mirrored, in the middle of the image.

    Args:
        transform: ``(a, b, c, d, e, f)``, pixel to map: ``x = a*col + b*row + c``, ``y = d*col + e*row + f``.
        crs: as text. The axes of a map's CRS need not run north and east (polar and conic projections).
        width: of the image, in pixels.
        height: of the image, in pixels.

    Returns:
        False also where there is no georeference, or one that says nothing.
    """
    if transform is None or not crs:
        return False
    a, b, c, d, e, f = transform
    determinant = a * e - b * d
    to_degrees = degrees_of(crs)
    if to_degrees is None or not determinant < 0:
        return False
    x, y = a * width / 2 + b * height / 2 + c, d * width / 2 + e * height / 2 + f
    lon, lat = to_degrees.transform(x, y)
    north_x, north_y = to_degrees.transform(lon, lat + _STEP, direction="INVERSE")
    if to_degrees.source_crs.is_geographic:  # 180.5 and -179.5 degrees are one place
        north_x += 360.0 * round((x - north_x) / 360.0) if abs(north_x) < 1e9 else 0.0
    east, north = north_x - x, north_y - y
    right, down = (e * east - b * north) / determinant, (a * north - d * east) / determinant
    return bool(-down > 0 and abs(right) <= _SLOPE * -down)


@lru_cache(maxsize=64)
def degrees_of(crs: str) -> Any:
    """Transformer of a CRS to longitude and latitude in degrees (WGS 84); None where the CRS is not known."""
    import pyproj

    try:
        return pyproj.Transformer.from_crs(pyproj.CRS.from_user_input(crs), 4326, always_xy=True)
    except pyproj.exceptions.ProjError:
        return None
