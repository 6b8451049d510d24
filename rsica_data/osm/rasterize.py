"""Label maps on an image's grid: classes drawn without anti-aliasing, each pixel of one class or none.

Which pixels belong to a polygon is a setting:

``centre``   those whose centre lies in it, as GDAL and most tools burn polygons (the default);
``touched``  those that it touches at all;
``area``     as many as its area is, those that it covers most: every object has its area to half a pixel.

Lines become polygons of their width in metres first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from rsica_data.osm.features import Feature
from rsica_data.osm.ground_grid import Grid
from rsica_data.osm.scheme import Named, Scheme
from rsica_data.osm.way_geometry import of_dimension
from rsica_data.schema import Mask

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Pixels = Literal["centre", "touched", "area"]

_ARC_SEGMENTS = 8
_DENSE_M = 100.0
_MANY_CORNERS = 1000
_FINE = 16  # sub-pixels a side when coverage is measured


def drawn_shape(named: Named, grid: Grid) -> BaseGeometry:
    """What is drawn of a feature, in degrees: its polygon, or its line or point widened to ``width_m`` metres.

    Line ends are flat, so that a road does not reach beyond its last node; bends are round.
    """
    if named.width_m is None:
        return named.feature.geometry
    into, back = grid.metres
    style = "round" if "Point" in named.feature.geometry.geom_type else "flat"
    wide = into(named.feature.geometry).buffer(named.width_m / 2, quad_segs=_ARC_SEGMENTS, cap_style=style)
    # Straight edges of the local CRS bend a little in degrees: points every 100 m keep them where they are.
    geometry: BaseGeometry = back(wide.segmentize(_DENSE_M))
    return geometry


def pixel_shape(geometry: BaseGeometry, grid: Grid) -> BaseGeometry | None:
    """A polygon in degrees as a polygon in pixels; None where it does not meet the image."""
    from shapely import Polygon, box, make_valid

    moved = grid.to_pixels(geometry)
    x0, y0, x1, y1 = moved.bounds
    if not np.isfinite([x0, y0, x1, y1]).all():
        # Parts on the other side of the earth have no place in the CRS: keep what is near.
        near = geometry.intersection(_near(grid))
        if near.is_empty:
            return None
        moved = grid.to_pixels(near)
        x0, y0, x1, y1 = moved.bounds
    if x1 <= 0 or y1 <= 0 or x0 >= grid.width or y0 >= grid.height:
        return None
    shape = moved if moved.is_valid else of_dimension(make_valid(moved), 2)
    if shape is None or (isinstance(shape, Polygon) and len(shape.exterior.coords) < _MANY_CORNERS):
        return shape
    # A country's border drawn on a tile: GDAL walks all its edges unless it is cut first.
    return of_dimension(shape.intersection(box(-2, -2, grid.width + 2, grid.height + 2)), 2)


def _near(grid: Grid) -> BaseGeometry:
    from shapely import box, unary_union

    return unary_union([box(part.west, part.south, part.east, part.north) for part in grid.bounds.parts()])


def burn(shapes: Iterable[tuple[BaseGeometry, int]], grid: Grid, dtype: Any, pixels: Pixels = "centre") -> NDArray[Any]:
    """Values of polygons in pixel coordinates, later ones over earlier ones; 0 elsewhere.

    Args:
        shapes: polygon in pixels (``pixel_shape``) and value.
        grid: gives the size.
        dtype: of the result ``[height, width]``; uint8 or int32.
        pixels: which pixels belong to a polygon.
    """
    from rasterio.features import rasterize as gdal_rasterize

    listed = [(shape, value) for shape, value in shapes if not shape.is_empty]
    size = (grid.height, grid.width)
    if pixels == "area" or not listed:
        out = np.zeros(size, dtype)
        for shape, value in listed:
            _burn_area(out, shape, value)
        return out
    kind = np.dtype(dtype).name
    burnt: NDArray[Any] = gdal_rasterize(listed, size, all_touched=pixels == "touched", dtype=kind)
    return burnt


def _burn_area(out: NDArray[Any], shape: BaseGeometry, value: int) -> None:
    """Give ``value`` to the round(area) pixels that the polygon covers most; of equals, the first in row order."""
    from affine import Affine
    from rasterio.features import rasterize as gdal_rasterize
    from shapely import box

    inside = shape.intersection(box(0, 0, out.shape[1], out.shape[0]))
    wanted = round(inside.area)
    if not wanted:
        return
    x0, y0 = (math.floor(low) for low in inside.bounds[:2])
    x1, y1 = (math.ceil(high) for high in inside.bounds[2:])
    fine = ((y1 - y0) * _FINE, (x1 - x0) * _FINE)
    transform = Affine(1 / _FINE, 0, x0, 0, 1 / _FINE, y0)
    hits = gdal_rasterize([(inside, 1)], fine, transform=transform, dtype="uint8")
    cover = hits.reshape(y1 - y0, _FINE, x1 - x0, _FINE).sum(axis=(1, 3), dtype=np.int32)
    most = np.argsort(-cover, axis=None, kind="stable")[:wanted]
    window = out[y0:y1, x0:x1]
    window[np.unravel_index(most, cover.shape)] = value


def rasterize_named(named: Sequence[Named], grid: Grid, pixels: Pixels = "centre") -> Mask:
    """Label map of features that have classes: ids ``[height, width]`` uint8, 0 for none, by rank, low first."""
    return np.asarray(burn(_ordered(named, grid, lambda number: named[number].class_id), grid, np.uint8, pixels))


def rasterize_numbers(named: Sequence[Named], grid: Grid, pixels: Pixels = "centre") -> NDArray[np.int32]:
    """Which feature is drawn where: 1 + its place in ``named``, ``[height, width]`` int32, 0 for none.

    The order of drawing is that of :func:`rasterize_named`, so that both agree in every pixel.
    """
    return np.asarray(burn(_ordered(named, grid, lambda number: number + 1), grid, np.int32, pixels))


def _ordered(named: Sequence[Named], grid: Grid, value: Callable[[int], int]) -> Iterable[tuple[BaseGeometry, int]]:
    for number in sorted(range(len(named)), key=lambda at: (*named[at].rank, named[at].feature.key)):
        shape = pixel_shape(drawn_shape(named[number], grid), grid)
        if shape is not None:
            yield shape, value(number)


def label_map(features: Iterable[Feature], scheme: Scheme, grid: Grid, pixels: Pixels = "centre") -> Mask:
    """Label map of features under a scheme: class ids ``[height, width]`` uint8, 0 where no rule fits."""
    return rasterize_named(scheme.classify_all(features), grid, pixels)
