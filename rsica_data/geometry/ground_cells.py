"""Cells of the ground and rings of a scene, which splits are assigned by."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_data.geometry.degrees import EARTH_RADIUS_KM

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_KM_A_DEGREE = math.pi * EARTH_RADIUS_KM / 180


def ground_cells(lon: Floats, lat: Floats, cell_km: float) -> tuple[Ints, Ints]:
    """Row and column of the cell of a world-wide grid that each place lies in.

    Rows are ``cell_km`` high, counted from the south pole. Each row is cut from longitude -180 on into cells that are
    ``cell_km`` wide in its middle, so that cells have one size everywhere and one place has one cell, whatever the
    reference system of its image.

    Args:
        lon: degrees, any shape.
        lat: degrees, of the same shape.
        cell_km: side of a cell in kilometres.

    Returns:
        Rows and columns, of the shape of ``lon``.

    Example:
        >>> rows, columns = ground_cells(np.array([13.0, 13.01, 14.0]), np.array([45.0, 45.0, 45.0]), 10)
        >>> (rows == rows[0]).tolist(), (columns == columns[0]).tolist()
        ([True, True, True], [True, True, False])
    """
    rows = np.floor((lat + 90) * _KM_A_DEGREE / cell_km)
    middle = np.radians(np.clip((rows + 0.5) * cell_km / _KM_A_DEGREE - 90, -90, 90))
    columns = np.floor((lon + 180) * np.cos(middle) * _KM_A_DEGREE / cell_km)
    return rows.astype(np.int64), columns.astype(np.int64)


def ring_depths(width: float, height: float, shares: Sequence[float]) -> list[float]:
    """How far from the edge of a rectangle each ring but the innermost ends, for rings of these shares of its area.

    With a square of side s and shares of 2/4, 1/4 and 1/4 these are the distances of BigEarthNet v2.0 (reBEN: Clasen et
    al., arXiv 2407.03653; ``insert_new_tile_border_split`` in its pipeline): s (2 - sqrt 2) / 4, and s / 4.

    Args:
        width: of the rectangle.
        height: of the rectangle.
        shares: of the rings, from the outermost; only their proportions count.

    Example:
        >>> [round(depth, 4) for depth in ring_depths(1, 1, [2, 1, 1])]
        [0.1464, 0.25]
    """
    total, inside, depths = sum(shares), 1.0, []
    for share in shares[:-1]:
        inside -= share / total
        # What is left within depth d of every edge: (width - 2 d) (height - 2 d) = inside * width * height.
        sides = width + height
        depths.append((sides - math.sqrt(max(0.0, sides**2 - 4 * (1 - inside) * width * height))) / 4)
    return depths


def rings(x: Floats, y: Floats, width: Floats, height: Floats, shares: Sequence[float]) -> Ints:
    """The ring of a scene that each place lies in, 0 for the outermost.

    Args:
        x: from the scene's left edge, in the units of its size.
        y: from its upper edge.
        width: of the scenes, one a place.
        height: of the scenes, one a place.
        shares: as in :func:`ring_depths`.
    """
    edge = np.minimum(np.minimum(x, y), np.minimum(width - x, height - y))
    sizes, which = np.unique(np.column_stack([width, height]), axis=0, return_inverse=True)
    depths = np.array([ring_depths(float(w), float(h), shares) for w, h in sizes]).reshape(len(sizes), -1)
    number: Ints = (edge[:, None] >= depths[which.ravel()]).sum(axis=1).astype(np.int64)
    return number
