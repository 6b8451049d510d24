"""Where a pair lies on Earth, as its page shows it: coordinates of the corners and the way to north."""

from __future__ import annotations

import math
from typing import Any

from rsica_data.schema.arrow import StoredPair
from rsica_data.schema.north import degrees_of

_STEP = 1e-4  # degrees of latitude, about ten metres


def place_of(pair: StoredPair) -> dict[str, Any] | None:
    """Place of a georeferenced pair.

    Returns:
        ``corners``: longitude and latitude in degrees (WGS 84) of the top left, top right, bottom right and bottom left
        corner; ``center``: of the middle; ``north``: degrees from the image's top to north, clockwise. None where the
        pair has no georeference, its CRS is not known, or pyproj (extra ``geo``) is not installed.
    """
    if pair.transform is None or not pair.crs:
        return None
    try:
        degrees = degrees_of(pair.crs)
    except ModuleNotFoundError:  # the page does without the place then
        return None
    if degrees is None:
        return None
    a, b, c, d, e, f = pair.transform[:6]

    def at(column: float, row: float) -> tuple[float, float]:
        lon, lat = degrees.transform(a * column + b * row + c, d * column + e * row + f)
        return float(lon), float(lat)

    width, height = pair.width, pair.height
    corners = [at(*corner) for corner in ((0, 0), (width, 0), (width, height), (0, height))]
    center = at(width / 2, height / 2)
    if not all(map(math.isfinite, (*center, *(value for corner in corners for value in corner)))):
        return None
    return {
        "corners": [[round(lon, 7), round(lat, 7)] for lon, lat in corners],
        "center": [round(value, 7) for value in center],
        "north": _north(at, width, height, center),
    }


def _north(at: Any, width: int, height: int, center: tuple[float, float]) -> float | None:
    """Degrees from up to north, clockwise, in the middle of the image."""
    (right_lon, right_lat), (down_lon, down_lat) = at(width / 2 + 1, height / 2), at(width / 2, height / 2 + 1)
    scale = math.cos(math.radians(center[1]))
    xx, xy = (right_lon - center[0]) * scale, right_lat - center[1]
    yx, yy = (down_lon - center[0]) * scale, down_lat - center[1]
    determinant = xx * yy - xy * yx
    if not determinant:
        return None
    column, row = -yx * _STEP / determinant, xx * _STEP / determinant
    return round(math.degrees(math.atan2(column, -row)), 1)
