"""How near the pairs of an evaluation split lie to those of train, and how alike neighbours are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import UserError
from rsica_data.core.extras import need_extra
from rsica_data.dataset.quality.leaks import Sketch
from rsica_data.geometry.degrees import arc_km, on_the_globe, to_degrees

Floats = NDArray[np.float64]

DISTANCES_KM = (0.2, 1.0, 5.0)
"""Distances for which the share of pairs with a train pair within is told."""
NEIGHBOURS = 8
"""Nearest pairs that Moran's I compares each one with."""


def nearness_values(sketches: Sequence[Sketch]) -> dict[str, Any] | None:
    """What the georeferences tell of the splits; None where fewer than two pairs have one.

    Returns:
        ``{"placed", "splits": [...], "nearest_in_other_split", "morans_i", "morans_i_expected"}``, or ``{"placed",
        "why"}`` where a package is missing.
    """
    placed = [one for one in sketches if one.box is not None and one.crs is not None]
    if len(placed) < 2:
        return None
    try:
        points = _points(placed)
        with need_extra():
            from scipy.spatial import cKDTree
    except UserError as error:
        return {"placed": len(placed), "why": str(error)}
    splits = np.array([one.split for one in placed])
    _, nearest = cKDTree(points).query(points, k=2)
    other = splits[_not_self(nearest)] != splits
    changed = [None if one.changed is None else float(one.changed) for one in placed]
    known = np.array([value is not None for value in changed])
    values = np.array([value for value in changed if value is not None], np.float64)
    return {
        "placed": len(placed),
        "splits": [_row(split, points, splits) for split in dict.fromkeys(splits.tolist()) if _counts(split, splits)],
        "nearest_in_other_split": float(other.mean()),
        "morans_i": morans_i(points[known], values),
        "morans_i_expected": -1 / (len(values) - 1) if len(values) > 1 else None,
    }


def _points(placed: Sequence[Sketch]) -> Floats:
    points = np.empty((len(placed), 3))
    for crs in {one.crs for one in placed}:
        numbers = [number for number, one in enumerate(placed) if one.crs == crs]
        boxes = np.array([placed[number].box for number in numbers], np.float64)
        lon, lat = to_degrees(str(crs))((boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2)
        points[numbers] = on_the_globe(lon, lat)
    return points


def _counts(split: str, splits: NDArray[Any]) -> bool:
    return split != "train" and bool((splits == "train").any())


def _row(split: str, points: Floats, splits: NDArray[Any]) -> dict[str, Any]:
    from scipy.spatial import cKDTree

    chords, _ = cKDTree(points[splits == "train"]).query(points[splits == split])
    distances = arc_km(np.asarray(chords, np.float64))
    within = {f"{limit:g}": float((distances <= limit).mean()) for limit in DISTANCES_KM}
    return {"split": split, "pairs": len(distances), "median_km": float(np.median(distances)), "within_km": within}


def _not_self(nearest: NDArray[Any]) -> NDArray[Any]:
    """The nearest other place: a place may find one at its very spot before itself."""
    own = np.arange(len(nearest))
    return np.where(nearest[:, 0] == own, nearest[:, 1], nearest[:, 0])


def morans_i(points: Floats, values: Floats, neighbours: int = NEIGHBOURS) -> float | None:
    """Moran's I of values at places: 1 where neighbours are alike, -1 / (n - 1) expected of values without any order.

    Each place is compared with its nearest others, all with the same weight (P. A. P. Moran: Notes on continuous
    stochastic phenomena. Biometrika 37, 1950).

    Args:
        points: ``[n, d]``.
        values: ``[n]``.
        neighbours: number of nearest places.

    Returns:
        None where there are too few places, or all values are equal.

    Example:
        >>> line = np.array([[0.0], [1.0], [10.0], [11.0]])
        >>> morans_i(line, np.array([0.0, 0.0, 1.0, 1.0]), 1), morans_i(line, np.array([0.0, 1.0, 0.0, 1.0]), 1)
        (1.0, -1.0)
    """
    if len(values) <= neighbours or float(np.ptp(values)) == 0:
        return None
    from scipy.spatial import cKDTree

    _, nearest = cKDTree(points).query(points, k=neighbours + 1)
    own = np.arange(len(values))[:, None]
    others = nearest != own
    # Where several lie at one spot a place may not be among its own nearest: then the farthest is left out.
    others[others.all(axis=1), -1] = False
    centred = values - values.mean()
    beside = (centred[nearest] * others).sum(axis=1) / neighbours
    return float((centred * beside).sum() / (centred**2).sum())
