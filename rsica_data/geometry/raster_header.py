"""What an open raster says of itself: the order of its colours, and where it lies. One rule for every reader."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Transform = tuple[float, float, float, float, float, float]
"""Pixel to map: x = a * column + b * row + c, y = d * column + e * row + f."""

_NO_TRANSFORM = ((1.0, 0.0, 0.0, 0.0, 1.0, 0.0), (1.0, 0.0, 0.0, 0.0, -1.0, 0.0))
"""What GDAL gives for a file that has none. No real image has a corner at (0, 0) and pixels of one unit."""

_POINTS_TOLERANCE_PX = 0.5
_LARGEST_NUMBER = 1e12
_LONGEST_CRS = 1 << 17
_CRS_FILE = re.compile(
    r"(?:grids|init)\s*=\S*[/~\\]|(?:PARAMETERFILE|PROJ4_GRIDS|parameter_data_file)[^\]}]*[/~\\]", re.IGNORECASE
)


def own_colours(meanings: Sequence[str]) -> tuple[int, ...]:
    """The 1-based bands to show as red, green and blue, or the one to show as grey.

    Those that the file calls so, in whatever order they lie in it; else the first three that are no alpha band, else
    the first.

    Args:
        meanings: names of rasterio's colour interpretations, a band each.
    """
    if {"red", "green", "blue"} <= set(meanings):
        return tuple(meanings.index(name) + 1 for name in ("red", "green", "blue"))
    plain = [number for number, name in enumerate(meanings, 1) if name != "alpha"]
    return tuple(plain[:3]) if len(plain) >= 3 else tuple(plain[:1]) or (1,)


def alpha_band(meanings: Sequence[str]) -> int | None:
    """The 1-based alpha band, where there is one."""
    return meanings.index("alpha") + 1 if "alpha" in meanings else None


@dataclass(frozen=True, slots=True)
class RasterPlace:
    """Where a raster lies.

    Attributes:
        crs: as text, or None.
        transform: pixel to map, or None where the file does not tell.
        by_points: whether both come from ground control points.
        problem: why there is no transform, for messages; None where there is one.
    """

    crs: str | None
    transform: Transform | None
    by_points: bool = False
    problem: str | None = None


def names_files(crs: str) -> bool:
    """Whether a CRS names grids or definitions by a path, which PROJ would read wherever they lie."""
    return len(crs) > _LONGEST_CRS or _CRS_FILE.search(crs) is not None


def raster_place(dataset: Any) -> RasterPlace:
    """The place of an open rasterio dataset: its transform and CRS, else those of its ground control points.

    Points count where one affine transform fits all of them to half a pixel; others need the image to be warped first.
    """
    crs = None if dataset.crs is None else str(dataset.crs.to_string())
    a, b, c, d, e, f = (float(value) for value in tuple(dataset.transform)[:6])
    transform = (a, b, c, d, e, f)
    if crs is not None and names_files(crs):
        return RasterPlace(None, None, problem="has a CRS that names files")
    if not all(math.isfinite(value) and abs(value) < _LARGEST_NUMBER for value in transform):
        return RasterPlace(crs, None, problem="has a transform of numbers that are none, or of no place on earth")
    if a * e - b * d == 0:
        return RasterPlace(crs, None, problem="has a transform that maps all pixels to one line")
    if transform not in _NO_TRANSFORM:
        return RasterPlace(crs, transform)
    points, points_crs = dataset.gcps
    if points:
        own = crs if points_crs is None else str(points_crs.to_string())
        return _by_points(points, own)
    if getattr(dataset, "rpcs", None) is not None:
        return RasterPlace(crs, None, problem="has RPCs in place of a transform: orthorectify it, e.g. gdalwarp -rpc")
    return RasterPlace(crs, None, problem="has no transform: nothing tells where its pixels lie")


def _by_points(points: Sequence[Any], crs: str | None) -> RasterPlace:
    import numpy as np

    # A plane through the points, by least squares: x and y each as a * column + b * row + c.
    columns = np.array([[point.col, point.row, 1.0] for point in points])
    places = np.array([[point.x, point.y] for point in points])
    if len(points) < 3 or np.linalg.matrix_rank(columns) < 3:
        what = f"has {len(points)} ground control points, of which no three span an area"
        return RasterPlace(crs, None, by_points=True, problem=what)
    origin = places.mean(axis=0)  # large coordinates would cost digits
    fitted = np.linalg.lstsq(columns, places - origin, rcond=None)[0]
    linear = fitted[:2].T
    if abs(np.linalg.det(linear)) < 1e-18:
        return RasterPlace(crs, None, by_points=True, problem="has ground control points that lie on one line")
    misses = np.linalg.solve(linear, (columns @ fitted - (places - origin)).T)
    off = float(np.hypot(*misses).max())
    if off > _POINTS_TOLERANCE_PX:
        what = f"has ground control points that no affine transform fits (one is {off:.1f} px off)"
        return RasterPlace(crs, None, by_points=True, problem=f"{what}: warp it first, e.g. gdalwarp -tps")
    (a, d), (b, e), (c, f) = fitted.tolist()
    return RasterPlace(crs, (a, b, c + float(origin[0]), d, e, f + float(origin[1])), by_points=True)
