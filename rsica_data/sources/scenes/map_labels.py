"""Polygons and OSM features as masks: read once in a process, drawn tile by tile.

All features are taken to the grid's pixels together; a tree finds those of a tile. Reading, naming and drawing are
``rsica_data.osm``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rsica_data.errors import UserError
from rsica_data.schema import ClassDef, Mask
from rsica_data.sources.scenes.grid import Grid
from rsica_data.sources.scenes.layers import Window
from rsica_data.sources.scenes.options import MAPS, GeotiffOptions, MapOptions

if TYPE_CHECKING:
    from rsica_data.osm.rasterize import Pixels
    from rsica_data.osm.scheme import Named, Scheme


@dataclass(frozen=True)
class MapLayer:
    """A map on the grid.

    Attributes:
        role: of the mask that it gives: ``change_mask``, ``before_labels`` or ``after_labels``.
        shapes: polygons in pixels of the grid, in the order of drawing, ``[n]`` of shapely geometry.
        values: their class ids ``[n]``.
        tree: finds the shapes that meet a box.
        pixels: which pixels belong to a polygon.
        set_aside: elements of the file that could not be used.
    """

    role: str
    shapes: Any
    values: Any
    tree: Any
    pixels: Pixels
    set_aside: int


def map_classes(root: Path, options: GeotiffOptions) -> tuple[ClassDef, ...]:
    """The recipe's classes: those of its class map, then those of its scheme that are not among them.

    Raises:
        UserError: there is no such scheme, or together they are too many.
    """
    names = [item.name for item in options.class_defs()]
    if any(getattr(options, role) is not None for role in MAPS):
        names += [options.map_class] if options.map_class else [item.name for item in _scheme(root, options).classes]
    unique = list(dict.fromkeys(names))
    if len(unique) > 254:
        raise UserError(f"{len(unique)} classes", key="source.options.scheme", hint="a mask holds at most 254")
    return tuple(ClassDef(number, name) for number, name in enumerate(unique, 1))


def find_maps(root: Path, options: GeotiffOptions, grid: Grid, classes: Sequence[ClassDef]) -> tuple[MapLayer, ...]:
    """Read the maps of a recipe and take them to the grid.

    Raises:
        UserError: a file is missing or cannot be read, or the map does not meet the grid.
    """
    ids = {item.name: item.id for item in classes}
    return tuple(
        _layer(root, options, role, getattr(options, role), grid, ids)
        for role in MAPS
        if getattr(options, role) is not None
    )


def _scheme(root: Path, options: GeotiffOptions) -> Scheme:
    from rsica_data.osm.scheme import load_scheme

    reference = str(options.scheme)
    own = root / reference
    return load_scheme(str(own) if reference.endswith((".yaml", ".yml")) and own.is_file() else reference)


def _layer(
    root: Path, options: GeotiffOptions, role: str, chosen: MapOptions, grid: Grid, ids: dict[str, int]
) -> MapLayer:
    from shapely import STRtree

    key = f"source.options.{role}"
    named, set_aside = _read(root, options, chosen, grid, key)
    placed = osm_grid(grid, key)
    order = sorted(range(len(named)), key=lambda at: (*named[at].rank, named[at].feature.key))
    shapes = _on_grid([named[at] for at in order], placed)
    values = np.array([ids[named[at].class_name] for at in order], np.uint8)
    return MapLayer(MAPS[role], shapes, values, STRtree(shapes), options.pixels, set_aside)


def osm_grid(grid: Grid, key: str) -> Any:
    """The grid as ``rsica_data.osm`` has it.

    Raises:
        UserError: it has no CRS.
    """
    from rsica_data.osm.grid import Grid as MapGrid

    if grid.crs is None:
        raise UserError("the scenes have no CRS: a map has no place on them", key=key, hint="give assume_crs")
    return MapGrid(grid.crs, grid.transform, grid.width, grid.height)


def _read(root: Path, options: GeotiffOptions, chosen: MapOptions, grid: Grid, key: str) -> tuple[list[Named], int]:
    from rsica_data.osm.assemble import any_tags
    from rsica_data.osm.grid import check_cover
    from rsica_data.osm.reading import read_map
    from rsica_data.osm.scheme import Named, shape_of

    scheme = None if options.map_class else _scheme(root, options)
    placed = osm_grid(grid, key)
    wanted = any_tags if scheme is None else scheme.wants
    try:
        found = read_map(root / chosen.file, date=chosen.date, bounds=placed.bounds, wanted=wanted, layer=chosen.layer)
        if not found.features:
            # Once more without the box, for the reason: elsewhere, swapped axes, or nothing of these classes.
            whole = read_map(root / chosen.file, date=chosen.date, layer=chosen.layer)
            check_cover(placed, whole, 0.0)
        elif found.extent is not None and options.outside_mask == "refuse":
            check_cover(placed, found)
    except UserError as error:
        raise UserError(error.message, file=error.file, line=error.line, key=key, hint=error.hint) from None
    if scheme is not None:
        return scheme.classify_all(found.features), len(found.set_aside)
    areas = [feature for feature in found.features if shape_of(feature) == "area"]
    name = str(options.map_class)
    return [Named(feature, 1, name, (0, 0), None) for feature in areas], len(found.set_aside)


def _on_grid(named: Sequence[Named], placed: Any) -> Any:
    """Polygons in pixels, all in one transformation: one by one it would take as long as reading the file."""
    import shapely

    from rsica_data.osm.rasterize import drawn_shape

    degrees = np.array([drawn_shape(item, placed) for item in named], object)
    if not len(degrees):
        return degrees
    shapes = placed.to_pixels(degrees)
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    return shapes


def draw_map(layer: MapLayer, window: Window, grid: Grid) -> Mask:
    """Class ids of a window, ``[h, w]`` uint8; 0 where the map has none of the classes."""
    import shapely

    from rsica_data.osm.grid import Grid as MapGrid
    from rsica_data.osm.rasterize import burn

    corners = (window.x, window.y, window.x + window.width, window.y + window.height)
    near = np.sort(layer.tree.query(shapely.box(*corners)))
    if not len(near):
        return np.zeros((window.height, window.width), np.uint8)
    cut = shapely.clip_by_rect(layer.shapes[near], *_with_rim(corners)) if _large(layer.shapes[near]) else None
    local = shapely.transform(layer.shapes[near] if cut is None else cut, lambda points: points - corners[:2])
    place = MapGrid(grid.crs or "", grid.window_transform(window.x, window.y), window.width, window.height)
    pairs = [(shape, int(value)) for shape, value in zip(local, layer.values[near], strict=True) if not shape.is_empty]
    return np.asarray(burn(pairs, place, np.uint8, layer.pixels), np.uint8)


def _with_rim(corners: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    return corners[0] - 2, corners[1] - 2, corners[2] + 2, corners[3] + 2


def _large(shapes: Any) -> bool:
    """Whether a shape has so many corners that it is worth cutting first: a coast line drawn on a tile."""
    import shapely

    return bool(shapely.get_num_coordinates(shapes).max() > 1000)
