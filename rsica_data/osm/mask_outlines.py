"""Masks to polygons: the way back from pixels to the map, exact to the pixel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.osm.ground_grid import Grid

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


def mask_outlines(mask: NDArray[Any], grid: Grid) -> Iterator[tuple[int, BaseGeometry]]:
    """Value and outline in degrees of every 8-connected object of a mask; 0 has none.

    The mask holds class ids (uint8) or numbers of objects (int32), ``[height, width]``.

    Outlines run along pixel edges, holes included, so that drawing them on the same grid gives the same pixels. Parts
    that touch in a corner only are the parts of a MultiPolygon.
    """
    from rasterio.features import shapes
    from shapely import make_valid
    from shapely.geometry import shape

    values = np.ascontiguousarray(mask, np.uint8 if mask.dtype.itemsize == 1 else np.int32)
    for geometry, value in shapes(values, mask=values != 0, connectivity=8):
        # An 8-connected ring meets itself in the corner: made valid it has parts that touch there.
        yield int(value), grid.from_pixels(make_valid(shape(geometry)))
