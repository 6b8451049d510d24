"""A recipe's place: two scenes on one grid, their masks, and what is measured of them once in every process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.files import dump_json
from rsica_data.geometry.raster_grid import RasterGrid
from rsica_data.geometry.raster_header import names_files
from rsica_data.schema import ClassDef
from rsica_data.sources.scenes.layers import Window, shifted
from rsica_data.sources.scenes.map_labels import MapLayer, find_maps, map_classes
from rsica_data.sources.scenes.opened_rasters import RasterFile, gdal
from rsica_data.sources.scenes.register import Shift, estimate_shift
from rsica_data.sources.scenes.scene_grid import Tile, choose_grid, cut_tiles, pixel_grid
from rsica_data.sources.scenes.scene_labels import MaskLayer, find_masks
from rsica_data.sources.scenes.scene_layer import (
    PlacedScene,
    SceneFiles,
    SceneSamples,
    find_scene,
    place_scene,
    read_scene,
)
from rsica_data.sources.scenes.scene_options import GeotiffOptions, Stretch
from rsica_data.sources.scenes.stretch import (
    Stretched,
    channels_after,
    make_stretch,
    percentile_ranges,
    shared_ranges,
    to_bytes,
    transformed,
)

_SAMPLE_SIDE, _SAMPLE_COUNT = 96, 12
"""The sample that percentiles come from: 12 x 12 windows of 96 x 96 px, 1.3 million pixels, whatever the scene."""

_MATCH_SIDE, _MATCH_LEAST, _MATCH_COUNT = 512, 128, 3
_MATCH_VALID = 0.9


@dataclass(frozen=True)
class Place:
    """Everything about the input that does not depend on the tile."""

    root: Path
    options: GeotiffOptions
    grid: RasterGrid
    tiles: tuple[Tile, ...]
    before: PlacedScene
    after_unaligned: PlacedScene
    masks: tuple[MaskLayer, ...]
    classes: tuple[ClassDef, ...]

    @cached_property
    def maps(self) -> tuple[MapLayer, ...]:
        """The maps on the grid, read when they are first asked for."""
        return find_maps(self.root, self.options, self.grid, self.classes)

    @cached_property
    def shift(self) -> Shift | None:
        """How far the scenes are apart; None where the recipe does not ask.

        Raises:
            UserError: they are further apart than ``max_shift_px``, or cannot be matched and were to be corrected.
        """
        if self.options.coregister == "off":
            return None
        return measure_shift(self)

    @cached_property
    def after(self) -> PlacedScene:
        """The scene after, moved by the shift where the recipe wants it corrected."""
        shift = self.shift
        if shift is None or self.options.coregister != "correct":
            return self.after_unaligned
        # What lies at (x, y) before lies at (x + dx, y + dy) after: there it is read.
        moved = shifted(self.grid, shift.dx, shift.dy)
        return place_scene(self.after_unaligned.files, moved, self.options.resampling)

    @cached_property
    def stretches(self) -> tuple[Stretched, Stretched]:
        """How samples before and after become 8 bits."""
        scenes = (self.before, self.after)
        chosen = [_stretch_option(self.options, scene) for scene in scenes]
        ranges = [_ranges(self.root, scene, option) for scene, option in zip(scenes, chosen, strict=True)]
        if self.options.stretch not in ("auto", "none") and chosen[0] is not None and chosen[0].shared:
            ranges = [shared_ranges(*ranges)] * 2
        before, after = (
            make_stretch(scene.files.dtype, scene.files.transform, channel_ranges)
            for scene, channel_ranges in zip(scenes, ranges, strict=True)
        )
        return before, after

    @cached_property
    def record(self) -> dict[str, Any]:
        """What every pair keeps of the place, in JSON values."""
        place_record: dict[str, Any] = {"grid": [self.grid.width, self.grid.height]}
        for scene, stretch in zip((self.before, self.after), self.stretches, strict=True):
            place_record[scene.files.side] = _scene_record(scene, stretch)
        aside = {layer.role: layer.skipped for layer in self.maps if layer.skipped}
        if aside:
            place_record["map_elements_set_aside"] = aside
        if self.shift is not None:
            applied = self.options.coregister == "correct"
            place_record["coregistration"] = asdict(self.shift) | {"applied": applied, "method": "phase-correlation"}
        return place_record


def open_place(root: Path, options: GeotiffOptions) -> Place:
    """Find the scenes, choose the grid, cut it, find the masks. Reads headers only.

    Raises:
        UserError: whatever is wrong with files, bands, CRS, overlap, tiles or masks.
    """
    with gdal():
        return _open_place(root, options)


def _open_place(root: Path, options: GeotiffOptions) -> Place:
    crs = _assumed_crs(options)
    before, after = (
        find_scene(root, side, getattr(options, side), options.bands, options.nodata, crs)
        for side in ("before", "after")
    )
    grid = _grid(before, after, options)
    _check_channels(before, after)
    tiles = cut_tiles(grid, options.tiles)
    single = [scene.headers[0] for scene in (before, after) if len(scene.parts) == 1]
    masks = find_masks(root, options, grid, single, crs)
    placed = [place_scene(scene, grid, options.resampling) for scene in (before, after)]
    return Place(root, options, grid, tiles, placed[0], placed[1], masks, map_classes(root, options))


@lru_cache(maxsize=4)
def _place_of(root: Path, options: str) -> Place:
    return open_place(root, GeotiffOptions.model_validate_json(options))


def place_of(root: Path, options: GeotiffOptions) -> Place:
    """The place of a recipe, opened once in a process."""
    return _place_of(root, options.model_dump_json())


def forget_places() -> None:
    """Open every place afresh: the files may have changed."""
    _place_of.cache_clear()


def _assumed_crs(options: GeotiffOptions) -> str | None:
    from rasterio.crs import CRS
    from rasterio.errors import CRSError

    if options.assume_crs is None:
        return None
    try:
        if names_files(options.assume_crs):
            raise CRSError("it names files")
        return str(CRS.from_user_input(options.assume_crs).to_string())
    except CRSError:
        raise UserError(f"'{options.assume_crs}' is no CRS", key="source.options.assume_crs") from None


def _check_channels(before: SceneFiles, after: SceneFiles) -> None:
    counts = [channels_after(len(scene.parts[0].channels), scene.transform) for scene in (before, after)]
    if counts[0] != counts[1]:
        what = f"{before.headers[0].path} gives {counts[0]} channels, {after.headers[0].path} {counts[1]}"
        hint = "give before.bands and after.bands, one or three each"
        raise UserError(what, key="source.options.bands", hint=hint)
    if counts[0] == 2:
        raise UserError("two channels make no image", key="source.options.bands", hint="give one or three bands")


def _grid(before: SceneFiles, after: SceneFiles, options: GeotiffOptions) -> RasterGrid:
    if options.pixel_grid:
        placed = [
            file.crs is not None and not (file.unplaced or file.by_points) for file in before.headers + after.headers
        ]
        if any(placed):
            raise UserError("the scenes have a CRS", key="source.options.pixel_grid", hint="leave it out")
        return pixel_grid(before.headers, after.headers)
    for scene in (before, after):
        for part in scene.parts:
            for file, _ in part.channels:
                _need_place(file, scene.side)
            if part.clouds is not None:
                _need_place(part.clouds[0], scene.side)
        for file in scene.clouds:
            _need_place(file, scene.side)
    return choose_grid(before.headers, after.headers, options.grid)


def _need_place(file: RasterFile, side: str) -> None:
    if file.unplaced is not None:
        hint = "give it a georeference, or pixel_grid: true where pixel lies on pixel; assume_crs gives a CRS alone"
        raise UserError(f"{file.path} {file.unplaced}", key=f"source.options.{side}", hint=hint)
    if file.crs is None:
        hint = "give assume_crs, or pixel_grid: true where pixel lies on pixel"
        raise UserError(f"{file.path} has no CRS", key=f"source.options.{side}", hint=hint)


def _stretch_option(options: GeotiffOptions, scene: PlacedScene) -> Stretch | None:
    """The stretch of a scene; None where 8-bit samples stay as they are."""
    as_it_is = scene.files.dtype == "uint8" and scene.files.transform == "none"
    if options.stretch == "auto":
        return None if as_it_is else Stretch(percentile=(2.0, 98.0))
    if options.stretch == "none":
        if not as_it_is:
            what = f"{scene.files.headers[0].path} has {scene.files.dtype} samples"
            raise UserError(what, key="source.options.stretch", hint="give auto, or [low, high]")
        return None
    return options.stretch


def _ranges(root: Path, scene: PlacedScene, option: Stretch | None) -> tuple[tuple[float, float], ...]:
    if option is None:
        return ()
    channels = channels_after(scene.channels, scene.files.transform)
    if option.percentile is None:
        fixed = option.ranges(channels)
        if len(fixed) != channels:
            what = f"{len(fixed)} ranges for {channels} channels"
            raise UserError(what, key="source.options.stretch.range", hint="give one, or one a channel")
        return fixed
    return percentile_ranges(_sample(root, scene), option.percentile)


def _sample(root: Path, scene: PlacedScene) -> NDArray[np.generic]:
    """Valid samples ``[channels, n]`` from windows spread evenly over the grid; what cannot be read is passed over."""
    window_samples, failed = [], None
    for window in spread_windows(scene.grid, _SAMPLE_SIDE, _SAMPLE_COUNT):
        try:
            samples = _read(root, scene, window)
        except InvalidItemError as error:
            failed = error
            continue
        if samples.valid.any():
            window_samples.append(transformed(samples.values, scene.files.transform)[:, samples.valid])
    if window_samples:
        return np.concatenate(window_samples, axis=1)
    if failed is not None:
        raise failed
    raise InvalidItemError("no-data", f"{scene.files.headers[0].path}: no pixel with data on the grid")


def _read(root: Path, scene: PlacedScene, window: Window) -> SceneSamples:
    with gdal():
        return read_scene(root, scene, window)


def spread_windows(grid: RasterGrid, side: int, count: int) -> Iterator[Window]:
    """At most ``count`` x ``count`` windows of at most ``side`` pixels, evenly over the grid; all of a small grid."""
    xs, width = _spread(grid.width, side, count)
    ys, height = _spread(grid.height, side, count)
    yield from (Window(x, y, width, height) for y in ys for x in xs)


def _spread(length: int, side: int, count: int) -> tuple[list[int], int]:
    """First pixels of the windows along one side, and their length."""
    number = min(count, -(-length // side))
    part = min(side, length // number)
    gap = length / number - part
    return [int(place * (part + gap) + gap / 2) for place in range(number)], part


def measure_shift(place: Place) -> Shift:
    """How far the scenes are apart, by phase correlation of windows spread over the grid.

    Raises:
        UserError: further than ``max_shift_px``; or no window could be matched although the recipe wants a correction.
    """
    pairs, options = [], place.options
    side = max(_MATCH_LEAST, min(_MATCH_SIDE, min(place.grid.width, place.grid.height) // 2))
    for window in spread_windows(place.grid, side, _MATCH_COUNT):
        try:
            sides = [_read(place.root, scene, window) for scene in (place.before, place.after_unaligned)]
        except InvalidItemError:
            continue
        if all(side.valid.mean() >= _MATCH_VALID for side in sides):
            pairs.append((_grey(sides[0], place.before), _grey(sides[1], place.after_unaligned)))
    shift = estimate_shift(pairs, 2 * options.max_shift_px + 1)
    key = "source.options.coregister"
    if not shift.windows and options.coregister == "correct":
        raise UserError("the scenes cannot be matched: nothing in common, or too little data", key=key, hint="give off")
    if np.hypot(shift.dx, shift.dy) > options.max_shift_px:
        what = (
            f"the scenes are {shift.dx:+.2f}, {shift.dy:+.2f} px apart, more than max_shift_px {options.max_shift_px}"
        )
        raise UserError(what, key=key, hint="register them first, or raise max_shift_px and give coregister: correct")
    return shift


def _grey(samples: SceneSamples, scene: PlacedScene) -> NDArray[np.float32]:
    grey = transformed(samples.values, scene.files.transform).astype(np.float32).mean(axis=0)
    return np.asarray(np.where(samples.valid, grey, grey[samples.valid].mean()), np.float32)


def _scene_record(scene: PlacedScene, stretch: Stretched) -> dict[str, Any]:
    files = list(dict.fromkeys(file.path for part in scene.files.parts for file, _ in part.channels))
    first = scene.files.parts[0].channels
    names = [file.bands.names[band - 1] or band for file, band in first]
    kept = {piece.resampling for part in scene.parts for piece, _ in part if piece.offset is None}
    return {
        "files": files[:20],
        "file_count": len(files),
        "bands": [name if isinstance(name, int) else str(name)[:80] for name in names],
        "band_map": scene.files.bands if isinstance(scene.files.bands, str) else None,
        "transform": scene.files.transform,
        "stretch": [list(ends) for ends in stretch.ranges] or None,
        "resampling": sorted(kept)[0] if kept else None,
        "date_from": scene.files.date_from,
    }


def render(place: Place, samples: SceneSamples, side: int) -> NDArray[np.uint8]:
    """The 8-bit image of a window of the scene before (``side`` 0) or after (1)."""
    return to_bytes(samples.values, samples.data, place.stretches[side])


def fingerprint(place: Place) -> str:
    """A hash over the grid and the headers of every file: another input makes another build."""
    scenes = [place.before.files, place.after_unaligned.files]
    files = [file for scene in scenes for part in scene.parts for file, _ in part.channels]
    files += [file for scene in scenes for file in scene.clouds]
    files += [piece.file for mask in place.masks for piece in mask.pieces]
    headers = [asdict(replace(file, nodata=None)) | {"nodata": repr(file.nodata)} for file in dict.fromkeys(files)]
    return hashlib.sha256(dump_json({"grid": asdict(place.grid), "files": headers}).encode()).hexdigest()[:16]
