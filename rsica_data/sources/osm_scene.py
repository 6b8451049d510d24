"""What a map says about one image or pair: label maps, change mask, objects with tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from rsica_data.schema import MapChange, MapObject, MapScene
from rsica_data.schema.north import north_is_up

if TYPE_CHECKING:
    from rsica_data.osm.changes import Change
    from rsica_data.osm.features import Feature, FeatureSet
    from rsica_data.osm.ground_grid import Grid
    from rsica_data.osm.scheme import Named, Scheme
    from rsica_data.sources.osm_options import OsmOptions


@dataclass(frozen=True)
class _Map:
    """A map in memory with a tree over its features' boxes."""

    feature_set: FeatureSet
    tree: Any

    def near(self, grid: Grid) -> list[Feature]:
        """Features whose box meets the grid's, in order."""
        from shapely import box

        bounds = grid.bounds
        hits: set[int] = set()
        for part in bounds.parts():
            for turn in (0, 360) if bounds.crosses else (0,):
                hits |= set(self.tree.query(box(part.west + turn, part.south, part.east + turn, part.north)).tolist())
        return [self.feature_set.features[number] for number in sorted(hits)]


@lru_cache(maxsize=4)
def _read(root: Path, path: str, stamp: int, date: str | None, scheme_reference: str) -> _Map:
    """A map file, once a process; ``stamp`` is its time of change, so that a new file is read again."""
    from shapely import STRtree

    from rsica_data.osm.changes import keeps_history
    from rsica_data.osm.map_files import need_features, read_map

    scheme = _scheme(scheme_reference)
    feature_set = need_features(
        read_map(root / path, date=date, wanted=keeps_history(scheme), root=root),
        f"'{scheme.name}' features",
    )
    return _Map(feature_set, STRtree([feature.geometry for feature in feature_set.features]))


@lru_cache(maxsize=4)
def _scheme(reference: str) -> Scheme:
    from rsica_data.osm.scheme import load_scheme

    return load_scheme(reference)


def _reference(root: Path, options: OsmOptions) -> str:
    own = options.scheme.endswith((".yaml", ".yml"))
    return str(root / options.scheme) if own else options.scheme


def scheme_of(root: Path, options: OsmOptions) -> Scheme:
    """The scheme of the options.

    Raises:
        UserError: there is none, or mistakes in it.
    """
    return _scheme(_reference(root, options))


def _map_of(root: Path, name: str, date: str | None, grid: Grid, options: OsmOptions) -> _Map:
    from rsica_data.osm.ground_grid import check_cover

    loaded_map = _read(root, name, (root / name).stat().st_mtime_ns, date, _reference(root, options))
    if loaded_map.feature_set.extent is not None:
        check_cover(grid, loaded_map.feature_set, options.min_cover)
    return loaded_map


def map_single(root: Path, grid: Grid, options: OsmOptions) -> dict[str, Any]:
    """Fields of a single-date pair: classes, label map and scene."""
    from rsica_data.osm.rasterize import rasterize_named

    scheme = scheme_of(root, options)
    date = options.map_dates[0] if options.map_dates else None
    named = scheme.classify_all(_map_of(root, options.before_map, date, grid, options).near(grid))
    return {
        "classes": scheme.classes,
        "before_labels": rasterize_named(named, grid, options.pixels),
        "scene": MapScene(_objects(named, grid), (), (), *_frame(grid)),
    }


def map_pair(
    root: Path, grid: Grid, images: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None, options: OsmOptions
) -> dict[str, Any]:
    """Fields of a pair: classes, both label maps, change mask, numbers of the changes, and scene."""
    from rsica_data.osm.changes import ImageDates, find_changes, from_to
    from rsica_data.osm.map_files import iso_time

    scheme = scheme_of(root, options)
    dates = options.map_dates or (None, None)
    files = (options.before_map, options.after_map or options.before_map)
    old, new = (_map_of(root, file, date, grid, options).near(grid) for file, date in zip(files, dates, strict=True))
    taken = [None if date is None else iso_time(date) for date in (options.before_date, options.after_date)]
    changes = find_changes(old, new, scheme, grid, dates=ImageDates(*taken), images=images)
    states = (scheme.classify_all(old), scheme.classify_all(new))
    maps = from_to(
        *states, changes, grid, threshold=options.threshold, unsure_from=options.unsure_from, pixels=options.pixels
    )
    believed = [_change(change, grid, True) for change in maps.believed]
    others = [_change(change, grid, False) for change in (*maps.refused, *maps.unsure)]
    shown = tuple(_objects(side, grid) for side in maps.states)
    scene = MapScene(shown[0], shown[1], (*believed, *others), *_frame(grid))
    return {
        "classes": scheme.classes,
        "before_labels": maps.before,
        "after_labels": maps.after,
        "change_mask": maps.change_mask,
        "change_numbers": maps.objects,
        "scene": scene,
    }


def _frame(grid: Grid) -> tuple[int, int, float, dict[str, Any]]:
    """Width, height, ground sample distance, and whether the top of the image is north."""
    north_up = north_is_up(grid.transform, grid.crs, grid.width, grid.height)
    return grid.width, grid.height, round(grid.gsd_m, 6), {"north_up": north_up}


def _objects(named: Sequence[Named], grid: Grid) -> tuple[MapObject, ...]:
    """Objects that show at least half a pixel, in the order of their names."""
    from rsica_data.osm.rasterize import drawn_shape, pixel_shape
    from rsica_data.osm.scheme import shape_of

    objects = []
    for item in named:
        shape = pixel_shape(drawn_shape(item, grid), grid)
        measured = None if shape is None else _measured(shape, grid)
        if measured is not None:
            kind: Literal["area", "line", "point"] = shape_of(item.feature)
            area = measured["area_px"]
            objects.append(
                MapObject(
                    item.feature.name,
                    item.class_name,
                    dict(item.feature.tags),
                    kind,
                    area_m2=round(area * grid.gsd_m**2, 1),
                    **measured,
                )
            )
    return tuple(sorted(objects, key=lambda entry: entry.name))


def _measured(shape: Any, grid: Grid) -> dict[str, Any] | None:
    """Box, centroid and area inside the image, and whether that is all of it; None where next to nothing shows."""
    from shapely import box

    frame = box(0, 0, grid.width, grid.height)
    whole = bool(frame.covers(shape))
    inside = shape if whole else shape.intersection(frame)
    if inside.area < 0.5:
        return None
    x0, y0, x1, y1 = inside.bounds
    left, top = min(int(x0), grid.width - 1), min(int(y0), grid.height - 1)
    right, bottom = (min(int(np.ceil(x1)), grid.width), min(int(np.ceil(y1)), grid.height))
    return {
        "box": (left, top, max(right, left + 1), max(bottom, top + 1)),
        "centroid": (round(inside.centroid.x, 1), round(inside.centroid.y, 1)),
        "area_px": round(inside.area, 1),
        "whole": whole,
    }


def _change(change: Change, grid: Grid, believed: bool) -> MapChange:
    before, after = change.class_names()
    measured = _measured(change.shape, grid) or {"box": (0, 0, 1, 1), "centroid": (0.0, 0.0), "area_px": 0.0}
    return MapChange(
        name=change.name,
        kind=change.kind,
        class_before=before,
        class_after=after,
        tags_before=dict(change.tags_before),
        tags_after=dict(change.tags_after),
        box=measured["box"],
        centroid=measured["centroid"],
        area_px=measured["area_px"],
        confidence=change.verdict.confidence,
        believed=believed,
        reason=change.verdict.text,
    )
