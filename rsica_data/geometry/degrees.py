"""Coordinates of any reference system as degrees, and places on the globe as points in space."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import UserError
from rsica_data.core.extras import need_extra

Floats = NDArray[np.float64]

DEGREES = "EPSG:4326"
EARTH_RADIUS_KM = 6371.0088
"""Mean radius of WGS 84 (IUGG)."""


def to_degrees(crs: str) -> Callable[[Any, Any], tuple[Floats, Floats]]:
    """The function from coordinates of a reference system to longitude and latitude.

    Args:
        crs: code or WKT.

    Raises:
        UserError: it is not known, or pyproj (extra ``geo``) is not installed and it is not in degrees.

    Example:
        >>> lon, lat = to_degrees("EPSG:4326")([13.0], [45.0])
        >>> lon.tolist(), lat.tolist()
        ([13.0], [45.0])
    """
    if crs == DEGREES:
        return lambda x, y: (np.asarray(x, np.float64), np.asarray(y, np.float64))
    with need_extra():
        from pyproj import CRS, Transformer
        from pyproj.exceptions import CRSError
    try:
        transformer = Transformer.from_crs(CRS.from_user_input(crs), DEGREES, always_xy=True)
    except CRSError:
        raise UserError(f"the reference system {crs[:60]} is not known") from None

    def turned(x: Any, y: Any) -> tuple[Floats, Floats]:
        lon, lat = transformer.transform(x, y)
        return np.asarray(lon, np.float64), np.asarray(lat, np.float64)

    return turned


def on_the_globe(lon: Floats, lat: Floats) -> Floats:
    """Places as points on a sphere of the earth's size, kilometres, shape ``[n, 3]``.

    Example:
        >>> on_the_globe(np.array([0.0, 90.0]), np.array([0.0, 0.0])).round(1).tolist()
        [[6371.0, 0.0, 0.0], [0.0, 6371.0, 0.0]]
    """
    east, north = np.radians(lon), np.radians(lat)
    across = np.cos(north)
    points: Floats = EARTH_RADIUS_KM * np.column_stack([across * np.cos(east), across * np.sin(east), np.sin(north)])
    return points


def arc_km(chord: Floats) -> Floats:
    """Distances over the ground of points that are these straight distances apart, both in kilometres."""
    arcs: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.clip(chord / (2 * EARTH_RADIUS_KM), 0, 1))
    return arcs
