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

from rsica_data.core.errors import UserError
from rsica_data.geometry.raster_grid import RasterGrid
from rsica_data.schema import ClassDef, Mask
from rsica_data.schema.records import IGNORE_ID
from rsica_data.sources.scenes.layers import Window
from rsica_data.sources.scenes.scene_options import MAPS, GeotiffOptions, MapOptions

_MANY_CORNERS = 1000

if TYPE_CHECKING:
    from rsica_data.osm.features import FeatureSet
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
        known: polygon in pixels of the area that the file covers; None where that is the grid, or it does not say.
        skipped: elements of the file that could not be used.
    """

    role: str
    shapes: Any
    values: Any
    tree: Any
    pixels: Pixels
    known: Any
    skipped: int


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


def find_maps(
    root: Path, options: GeotiffOptions, grid: RasterGrid, classes: Sequence[ClassDef]
) -> tuple[MapLayer, ...]:
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
    root: Path, options: GeotiffOptions, role: str, chosen: MapOptions, grid: RasterGrid, ids: dict[str, int]
) -> MapLayer:
    from shapely import STRtree

    key = f"source.options.{role}"
    placed = osm_grid(grid, key)
    feature_set = _read(root, options, chosen, placed, key)
    named = _named(root, options, feature_set)
    order = sorted(range(len(named)), key=lambda at: (*named[at].rank, named[at].feature.key))
    shapes = _on_grid([named[at] for at in order], placed)
    values = np.array([ids[named[at].class_name] for at in order], np.uint8)
    known = _known(feature_set, placed)
    return MapLayer(MAPS[role], shapes, values, STRtree(shapes), options.pixels, known, len(feature_set.skipped))


def osm_grid(grid: RasterGrid, key: str) -> Any:
    """The grid as ``rsica_data.osm`` has it.

    Raises:
        UserError: it has no CRS.
    """
    from rsica_data.osm.ground_grid import Grid as MapGrid

    if grid.crs is None:
        raise UserError("the scenes have no CRS: a map has no place on them", key=key, hint="give assume_crs")
    return MapGrid(grid.crs, grid.transform, grid.width, grid.height)


def _read(root: Path, options: GeotiffOptions, chosen: MapOptions, placed: Any, key: str) -> FeatureSet:
    from rsica_data.osm.assemble import any_tags
    from rsica_data.osm.ground_grid import check_cover
    from rsica_data.osm.map_files import read_map

    wanted = any_tags if options.map_class else _scheme(root, options).wants
    path = root / chosen.file
    try:
        feature_set = read_map(
            path, date=chosen.date, bounds=placed.bounds, wanted=wanted, layer=chosen.layer, root=root
        )
        if not feature_set.features:
            # Once more without the box, for the reason: elsewhere, swapped axes, or nothing of these classes.
            check_cover(placed, read_map(path, date=chosen.date, layer=chosen.layer, root=root), 0.0)
    except UserError as error:
        raise UserError(error.message, file=error.file, line=error.line, key=key, hint=error.hint) from None
    try:
        if feature_set.extent is not None and options.outside_mask == "refuse":
            check_cover(placed, feature_set)
    except UserError as error:
        hint = "cut a larger extract, or give outside_mask: ignore to leave the rest unlabelled"
        raise UserError(error.message, file=error.file, key=key, hint=hint) from None
    return feature_set


def _named(root: Path, options: GeotiffOptions, feature_set: FeatureSet) -> list[Named]:
    from rsica_data.osm.scheme import Named, shape_of

    if options.map_class is None:
        return _scheme(root, options).classify_all(feature_set.features)
    areas = [feature for feature in feature_set.features if shape_of(feature) == "area"]
    return [Named(feature, 1, options.map_class, (0, 0), None) for feature in areas]


def _known(feature_set: FeatureSet, placed: Any) -> Any:
    """The area that a file covers, in pixels; None where that is the whole grid, or it does not say."""
    import shapely

    if feature_set.extent is None:
        return None
    parts = [shapely.box(part.west, part.south, part.east, part.north) for part in feature_set.extent.parts()]
    # Straight edges in degrees are curves on the grid.
    area = placed.to_pixels(shapely.segmentize(shapely.unary_union(parts), 0.01))
    return None if area.buffer(1).covers(shapely.box(0, 0, placed.width, placed.height)) else area


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


def draw_map(layer: MapLayer, window: Window, grid: RasterGrid) -> Mask:
    """Class ids of a window, ``[h, w]`` uint8; 0 where the map has none of the classes, 255 where it says nothing."""
    corners = (window.x, window.y, window.x + window.width, window.y + window.height)
    place = _window_grid(window, grid)
    near = np.sort(layer.tree.query(_box(corners)))
    shapes = _local(layer.shapes[near], corners)
    ids = _burnt(list(zip(shapes, layer.values[near].tolist(), strict=True)), place, layer.pixels)
    if layer.known is not None:
        inside = _burnt([(shape, 1) for shape in _local(np.array([layer.known], object), corners)], place, "centre")
        ids[inside == 0] = IGNORE_ID
    return ids


def _window_grid(window: Window, grid: RasterGrid) -> Any:
    from rsica_data.osm.ground_grid import Grid as MapGrid

    return MapGrid(grid.crs or "", grid.window_transform(window.x, window.y), window.width, window.height)


def _box(corners: tuple[int, int, int, int]) -> Any:
    import shapely

    return shapely.box(*corners)


def _local(shapes: Any, corners: tuple[int, int, int, int]) -> Any:
    """Shapes of the grid in pixels of a window; those of many corners are cut first: a coast line drawn on a tile."""
    import shapely

    if not len(shapes):
        return shapes
    if shapely.get_num_coordinates(shapes).max() > _MANY_CORNERS:
        x0, y0, x1, y1 = corners
        shapes = shapely.intersection(shapes, shapely.box(x0 - 2, y0 - 2, x1 + 2, y1 + 2))
    return shapely.transform(shapes, lambda points: points - corners[:2])


def _burnt(shapes: Sequence[tuple[Any, int]], place: Any, pixels: Pixels) -> Mask:
    from rsica_data.osm.rasterize import burn

    return np.asarray(burn(shapes, place, np.uint8, pixels), np.uint8)
