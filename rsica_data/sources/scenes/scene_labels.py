"""Masks and label maps on the grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.geometry.raster_grid import RasterGrid
from rsica_data.geometry.raster_header import own_colours
from rsica_data.imagery.masks import Colour, thresholded, values_to_ids
from rsica_data.schema import Mask
from rsica_data.schema.records import IGNORE_ID
from rsica_data.sources.scenes.layers import Piece, Window, place_piece, read_piece, touches
from rsica_data.sources.scenes.map_labels import MapLayer, draw_map
from rsica_data.sources.scenes.opened_rasters import RasterFile, opened, read_header
from rsica_data.sources.scenes.scene_layer import find_files, with_crs
from rsica_data.sources.scenes.scene_options import LABELS, GeotiffOptions

_EDGE = 1.0
"""Pixels of the grid that a mask may fall short of, for grids of different CRS do not end alike."""


@dataclass(frozen=True, slots=True)
class MaskLayer:
    """A mask on the grid. ``covers`` is False where pixels may lie outside it."""

    role: str
    pieces: tuple[Piece, ...]
    covers: bool


@dataclass(frozen=True, slots=True)
class TileLabels:
    """Class ids of a tile, by role, ``[h, w]`` uint8; 255 where nothing is known."""

    masks: dict[str, Mask]
    labelled: NDArray[np.bool_]


def find_masks(
    root: Path, options: GeotiffOptions, grid: RasterGrid, scenes: Sequence[RasterFile], crs: str | None
) -> tuple[MaskLayer, ...]:
    """The mask layers of a recipe.

    Args:
        root: the input folder.
        options: of the source.
        grid: the grid of the scenes.
        scenes: headers of scenes that consist of one file; a mask without georeference takes that of the scene of its
            size.
        crs: CRS of files that have a transform but no CRS.

    Raises:
        UserError: a file is missing, has no place, or does not cover the grid.
    """
    layers = []
    for role in (*LABELS, "unchanged_mask"):
        paths = getattr(options, role)
        if paths is None:
            continue
        key = f"source.options.{role}"
        known = {} if role == "unchanged_mask" else options.mapping(role)
        headers = [
            _with_labels(_header(root, path, key, grid, scenes, crs), known) for path in find_files(root, paths, key)
        ]
        pieces = tuple(place_piece(file, _mask_bands(file), grid, role) for file in headers)
        share = _covered(pieces, grid)
        if share < 1 and options.outside_mask == "refuse":
            what = f"{', '.join(paths)} covers {share:.1%} of the grid of {grid.width}x{grid.height} px"
            hint = "give outside_mask: ignore to leave the rest unlabelled, or cut the grid by grid.bounds"
            raise UserError(what, key=key, hint=hint)
        layers.append(MaskLayer(role, pieces, share >= 1))
    return tuple(layers)


def _header(
    root: Path, path: str, key: str, grid: RasterGrid, scenes: Sequence[RasterFile], crs: str | None
) -> RasterFile:
    file = read_header(root, path, key)
    plain = file.unplaced is not None
    if plain and file.by_points:
        raise UserError(f"{path} {file.unplaced}", key=key)
    if not plain:
        file = with_crs(file, crs)
    if file.crs is not None and not plain:
        return file
    if grid.crs is None:
        if (file.width, file.height) == (grid.width, grid.height):
            return file
        what = f"{path} is {file.width}x{file.height} px, the scenes are {grid.width}x{grid.height}"
        raise UserError(what, key=key)
    for scene in scenes:
        if (file.width, file.height) == (scene.width, scene.height):
            return replace(file, crs=scene.crs, transform=scene.transform, unplaced=None)
    sizes = ", ".join(f"{scene.path} {scene.width}x{scene.height}" for scene in scenes) or "mosaics"
    what = f"{path} has no CRS, and with {file.width}x{file.height} px not the size of a scene ({sizes})"
    raise UserError(what, key=key, hint="give it a georeference, or the size of a scene")


def _with_labels(file: RasterFile, mapping: Mapping[Colour, int]) -> RasterFile:
    """The header without its nodata value where the class map gives that value a meaning, mostly "background"."""
    return replace(file, nodata=None) if not mapping or file.nodata in mapping else file


def _mask_bands(file: RasterFile) -> tuple[int, ...]:
    return own_colours(file.bands.colours)


def _covered(pieces: Sequence[Piece], grid: RasterGrid) -> float:
    """Share of the grid inside the bounds of any piece, 1 where none is missing but a rim of a pixel."""
    if len(pieces) == 1:
        x0, y0, x1, y1 = pieces[0].box
        if x0 <= _EDGE and y0 <= _EDGE and x1 >= grid.width - _EDGE and y1 >= grid.height - _EDGE:
            return 1.0
    # Many files: counted on a coarse raster, one step of it at most a few pixels of the grid.
    steps = min(1000, grid.width), min(1000, grid.height)
    seen = np.zeros((steps[1], steps[0]), np.bool_)
    xs = (np.arange(steps[0]) + 0.5) * grid.width / steps[0]
    ys = (np.arange(steps[1]) + 0.5) * grid.height / steps[1]
    for piece in pieces:
        x0, y0, x1, y1 = piece.box
        seen |= ((ys >= y0 - _EDGE) & (ys <= y1 + _EDGE))[:, None] & ((xs >= x0 - _EDGE) & (xs <= x1 + _EDGE))[None, :]
    return float(seen.mean())


def read_labels(
    root: Path,
    layers: Sequence[MaskLayer],
    maps: Sequence[MapLayer],
    options: GeotiffOptions,
    grid: RasterGrid,
    window: Window,
) -> TileLabels:
    """The masks of a window. Call it inside :func:`files.gdal`.

    Raises:
        InvalidItemError: ``unknown-mask-value``, ``mask-depth``, or ``corrupt-image``.
    """
    shape = (window.height, window.width)
    labelled = np.ones(shape, np.bool_)
    masks: dict[str, Mask] = {layer.role: draw_map(layer, window, grid) for layer in maps}
    for layer in layers:
        if layer.role == "unchanged_mask":
            unchanged, known = _values(root, layer, window, options)
            rest = (masks["change_mask"] == 0) & ~((unchanged.reshape(*shape, -1) != 0).any(axis=2) & known)
            masks["change_mask"][rest] = IGNORE_ID
            continue
        values, known = _values(root, layer, window, options)
        path = layer.pieces[0].file.path
        mapping = options.mapping(layer.role)
        if not known.all():
            # A value that the class map knows, so that what lies outside is not taken for a wrong label.
            values[~known] = _any_value(mapping, values)
        ids = _ids(values, mapping, path, options, layer.role)
        ids[~known] = IGNORE_ID
        masks[layer.role] = ids
    for ids in masks.values():
        labelled &= ids != IGNORE_ID
    return TileLabels(masks, labelled)


def _ids(
    values: NDArray[np.uint8], mapping: Mapping[Colour, int], path: str, options: GeotiffOptions, role: str
) -> Mask:
    rule = options.mask_rule(role)
    if rule.threshold is not None:
        return thresholded(values, rule.threshold, path) * np.uint8(rule.threshold_id)
    return values_to_ids(values, mapping, path)


def _any_value(mapping: dict[Colour, int], values: NDArray[np.uint8]) -> Colour:
    for value in mapping:
        if values.ndim == 3:
            return value
        if isinstance(value, int):
            return value
        if value[0] == value[1] == value[2]:
            return value[0]
    return 0


def _values(
    root: Path, layer: MaskLayer, window: Window, options: GeotiffOptions
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Label values ``[h, w]`` or ``[h, w, 3]`` and where the mask has any; the first file with a pixel counts."""
    known = np.zeros((window.height, window.width), np.bool_)
    values: NDArray[np.uint8] | None = None
    for piece in layer.pieces:
        if not touches(piece, window):
            continue
        read = read_piece(root, piece, window)
        piece_labels = _as_labels(root, piece, read.values, options.palette == "colours")
        if values is None:
            values, known = piece_labels, read.valid
        else:
            if piece_labels.ndim != values.ndim:
                piece_labels, values = (_in_colour(part) for part in (piece_labels, values))
            fresh = read.valid & ~known
            values[fresh] = piece_labels[fresh]
            known |= fresh
    if values is None:
        return np.zeros(known.shape, np.uint8), known
    if values.ndim == 3 and (values[:, :, 0] == values[:, :, 1]).all() and (values[:, :, 0] == values[:, :, 2]).all():
        values = np.ascontiguousarray(values[:, :, 0])
    return values, known


def _in_colour(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return values if values.ndim == 3 else np.repeat(values[:, :, None], 3, axis=2)


def _as_labels(root: Path, piece: Piece, read: NDArray[Any], colours: bool) -> NDArray[np.uint8]:
    path = piece.file.path
    if read.dtype != np.uint8:
        if read.dtype.kind == "f":
            read = np.nan_to_num(read, nan=0.0)
        if read.min() < 0 or read.max() > 255 or np.any(read % 1):
            raise InvalidItemError(
                "mask-depth", f"{path}: {read.dtype} values {read.min()}..{read.max()}; masks hold 0..255"
            )
        read = read.astype(np.uint8)
    if piece.file.one_bit and len(read) == 1:
        return np.asarray(read[0] * np.uint8(255))
    if len(read) == 3:
        return np.ascontiguousarray(np.moveaxis(read, 0, -1))
    if colours and piece.file.bands.colours[0] == "palette":
        table = np.zeros((256, 3), np.uint8)
        for number, colour in opened(root, path).colormap(1).items():
            table[number] = colour[:3]
        return np.asarray(table[read[0]], np.uint8)
    return np.array(read[0])
