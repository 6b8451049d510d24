"""One date: its files found, their bands chosen, and the whole read as one layer on the grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import UserError
from rsica_data.geometry.raster_grid import RasterGrid
from rsica_data.sources.common import list_folder
from rsica_data.sources.scenes.bands import BAND_MAPS, Transform, Wanted, band_map, pick_bands
from rsica_data.sources.scenes.layers import Piece, Samples, Window, place_piece, read_piece, touches
from rsica_data.sources.scenes.opened_rasters import RasterFile, read_header
from rsica_data.sources.scenes.scene_options import BandChoice, Clouds, Scene, is_pattern
from rsica_data.sources.scenes.stac import Asset, Item, read_items
from rsica_data.sources.scenes.validity import CloudRule, cloud_rule, cloudy

Source = tuple[RasterFile, int]
"""A file and a 1-based band of it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a mosaic: where its channels lie, and its cloud band where it has one of its own."""

    channels: tuple[Source, ...]
    clouds: Source | None
    date: str | None
    date_from: str | None


@dataclass(frozen=True, slots=True)
class SceneFiles:
    """A scene as it is found on the disk, before there is a grid.

    Attributes:
        side: ``before`` or ``after``.
        parts: of the mosaic, the first wins.
        clouds: files that say which pixels to leave out, where they are files of their own.
        rule: how to read them.
        transform: what is done to samples before they are stretched.
        bands: what the recipe asked for, for the record.
        nodata: in place of the files' own.
        date, date_from: and where it was found (``options``, ``stac``, or a tag's name).
    """

    side: str
    parts: tuple[Part, ...]
    clouds: tuple[RasterFile, ...]
    rule: CloudRule | None
    transform: Transform
    bands: BandChoice | None
    nodata: float | None
    date: str | None
    date_from: str | None

    @property
    def headers(self) -> tuple[RasterFile, ...]:
        """The file with the smallest pixels of every part: what extent, CRS and pixel size are taken from."""
        return tuple(min((file for file, _ in part.channels), key=_pixel_area) for part in self.parts)

    @property
    def dtype(self) -> str:
        """Sample type that holds those of every file."""
        return str(np.result_type(*(file.dtype for part in self.parts for file, _ in part.channels)))


def _pixel_area(file: RasterFile) -> float:
    a, b, _, d, e, _ = file.transform
    return abs(a * e - b * d)


def find_files(root: Path, paths: Sequence[str], key: str) -> tuple[str, ...]:
    """Paths of a recipe with their wildcards filled in, in order.

    Raises:
        UserError: a pattern matches nothing.
    """
    expanded_paths: list[str] = []
    for path in paths:
        if not is_pattern(path):
            expanded_paths.append(path)
            continue
        parent = PurePosixPath(path).parent
        names = [name for name in list_folder(root / parent) if fnmatchcase(name, PurePosixPath(path).name)]
        names = [name for name in names if not name.lower().endswith((".aux.xml", ".hdr", ".ovr", ".msk"))]
        if not names:
            raise UserError(f"no file matches '{path}'", file=root, key=key)
        expanded_paths += [str(parent / name) for name in names]
    return tuple(dict.fromkeys(expanded_paths))


def find_scene(
    root: Path, side: str, scene: Scene, bands: BandChoice | None, nodata: float | None, crs: str | None
) -> SceneFiles:
    """Open the headers of a scene's files and choose their bands.

    Args:
        root: the input folder.
        side: ``before`` or ``after``.
        scene: the recipe's options of it.
        bands: the recipe's choice for both scenes.
        nodata: the same.
        crs: CRS of files that have none.

    Raises:
        UserError: a file or band is missing, or the files of a mosaic have unequal numbers of channels.
    """
    key = f"source.options.{side}"
    wanted = scene.bands if scene.bands is not None else bands
    parts: list[Part] = []
    if scene.separate is not None:
        parts += _separate_parts(root, scene.separate, key, crs)
        wanted = None
    for path in find_files(root, scene.files or (), f"{key}.files"):
        if path.lower().endswith(".json"):
            items = read_items(root, path, f"{key}.files")
            parts += [_item_part(root, item, wanted, scene.clouds, key, crs) for item in items]
        else:
            parts.append(_file_part(root, path, wanted, scene.clouds, key, crs))
    _check_channels(parts, key)
    for file in (file for part in parts for file, _ in part.channels):
        if file.dtype.startswith("complex"):
            raise UserError(f"{file.path} has {file.dtype} samples", key=key, hint="give amplitude, power or decibel")
    clouds = scene.clouds
    files = find_files(root, clouds.file, f"{key}.clouds.file") if clouds and clouds.file else ()
    dated = next((part for part in parts if part.date), None)
    return SceneFiles(
        side=side,
        parts=tuple(parts),
        clouds=tuple(with_crs(read_header(root, path, f"{key}.clouds.file"), crs) for path in files),
        rule=cloud_rule(clouds) if clouds else None,
        transform=band_map(wanted, f"{key}.bands").transform if isinstance(wanted, str) else "none",
        bands=wanted,
        nodata=scene.nodata if scene.nodata is not None else nodata,
        date=scene.date or (dated.date if dated else None),
        date_from="options" if scene.date else (dated.date_from if dated else None),
    )


def with_crs(file: RasterFile, crs: str | None) -> RasterFile:
    """The header with a CRS filled in where the file has none."""
    return replace(file, crs=crs) if file.crs is None and crs is not None else file


def _check_channels(parts: Sequence[Part], key: str) -> None:
    first = parts[0]
    for part in parts:
        if len(part.channels) != len(first.channels):
            counts = " and ".join(f"{p.channels[0][0].path} gives {len(p.channels)}" for p in (first, part))
            hint = "give bands that every file has"
            raise UserError(f"unequal numbers of channels: {counts}", key=f"{key}.bands", hint=hint)


def _file_part(root: Path, path: str, wanted: Wanted, clouds: Clouds | None, key: str, crs: str | None) -> Part:
    file = with_crs(read_header(root, path, f"{key}.files"), crs)
    chosen = pick_bands(file.bands, wanted, path, f"{key}.bands")
    cloud = None
    if clouds is not None and clouds.asset is not None:
        raise UserError(f"{path} is no STAC item", key=f"{key}.clouds.asset", hint="give clouds.file or clouds.band")
    if clouds is not None and clouds.band is not None:
        cloud = (file, pick_bands(file.bands, (clouds.band,), path, f"{key}.clouds.band")[0])
    return Part(tuple((file, band) for band in chosen), cloud, file.date, file.date_tag)


def _separate_parts(root: Path, bands: Sequence[Sequence[str]], key: str, crs: str | None) -> list[Part]:
    """Parts of which each has a file for red, one for green and one for blue."""
    key = f"{key}.separate"
    band_files = [find_files(root, paths, key) for paths in bands]
    if len({len(files) for files in band_files}) > 1:
        counts = ", ".join(str(len(files)) for files in band_files)
        raise UserError(f"has {counts} files of red, green and blue", key=key, hint="give as many of each")
    parts = []
    for paths in zip(*band_files, strict=True):
        files = [with_crs(read_header(root, path, key), crs) for path in paths]
        for file in files:
            if len(file.bands.names) != 1:
                what = f"{file.path} has {len(file.bands.names)} bands"
                raise UserError(what, key=key, hint="give files of one band, or files and bands")
        parts.append(Part(tuple((file, 1) for file in files), None, files[0].date, files[0].date_tag))
    return parts


def _item_part(root: Path, item: Item, wanted: Wanted, clouds: Clouds | None, key: str, crs: str | None) -> Part:
    def source(asset: Asset, band: int) -> Source:
        return with_crs(read_header(root, asset.path, f"{key}.files"), crs), band

    chosen = [source(*asset_band) for asset_band in _item_bands(item, wanted, f"{key}.bands")]
    cloud = None
    if clouds is not None and (name := clouds.asset or clouds.band) is not None:
        cloud = source(*_asset_band(item, (str(name).lower(),), f"{key}.clouds"))
    return Part(tuple(chosen), cloud, item.date, "stac" if item.date else None)


def _item_bands(item: Item, wanted: Wanted, key: str) -> list[tuple[Asset, int]]:
    if wanted is None:
        # A ready-made picture, where the item has one.
        visual = item.assets.get("visual")
        if visual is not None:
            return [(visual, band) for band in (1, 2, 3)]
        return [_asset_band(item, names, key) for names in BAND_MAPS["rgb"].names]
    if isinstance(wanted, str):
        chosen = band_map(wanted, key)
        if not chosen.names:
            raise UserError(f"'{wanted}' finds bands by wavelength, which STAC items do not name", key=key)
        return [_asset_band(item, names, key) for names in chosen.names]
    if any(isinstance(band, int) for band in wanted):
        raise UserError(f"{item.path} is a STAC item: give its bands by name", key=key)
    return [_asset_band(item, (str(band).lower(),), key) for band in wanted]


def _asset_band(item: Item, names: Sequence[str], key: str) -> tuple[Asset, int]:
    # By the order of the names, so that the sensor's own band name counts before a common name.
    for name in names:
        for asset in item.assets.values():
            for band, known in enumerate(asset.names, 1):
                if name in known:
                    return asset, band
    have = ", ".join(item.assets) or "none"
    raise UserError(f"{item.path} has no asset with band '{names[0]}'", key=key, hint=f"its raster assets: {have}")


@dataclass(frozen=True, slots=True)
class PlacedScene:
    """A scene on the grid. ``pieces`` are grouped by part and file: a part's pieces together hold all channels."""

    files: SceneFiles
    grid: RasterGrid
    parts: tuple[tuple[tuple[Piece, tuple[int, ...]], ...], ...]
    clouds: tuple[Piece, ...]

    @property
    def channels(self) -> int:
        """Number of channels."""
        return len(self.files.parts[0].channels)


def place_scene(files: SceneFiles, grid: RasterGrid, resampling: str) -> PlacedScene:
    """A scene on a grid.

    Raises:
        UserError: as :func:`layers.place_piece`.
    """
    parts, clouds = [], [_place_clouds(file, 1, grid, files.side) for file in files.clouds]
    for part in files.parts:
        by_file: dict[RasterFile, list[tuple[int, int]]] = {}
        for channel, (file, band) in enumerate(part.channels):
            by_file.setdefault(file, []).append((channel, band))
        pieces = tuple(
            (
                place_piece(file, [band for _, band in members], grid, files.side, resampling, files.nodata),
                tuple(channel for channel, _ in members),
            )
            for file, members in by_file.items()
        )
        parts.append(pieces)
        if part.clouds is not None:
            clouds.append(_place_clouds(*part.clouds, grid, files.side))
    return PlacedScene(files, grid, tuple(parts), tuple(clouds))


def _place_clouds(file: RasterFile, band: int, grid: RasterGrid, side: str) -> Piece:
    # Its "no data" is a value like any other here: what it means is the rule's business.
    return place_piece(replace(file, nodata=None), (band,), grid, side)


@dataclass(frozen=True, slots=True)
class SceneSamples:
    """What was read of a scene.

    Attributes:
        values: ``[channels, height, width]``.
        data: pixels with data ``[height, width]``, clouds among them: they are what the sensor saw.
        valid: those of them that are not cloudy.
    """

    values: NDArray[Any]
    data: NDArray[np.bool_]
    valid: NDArray[np.bool_]


def read_scene(root: Path, scene: PlacedScene, window: Window) -> SceneSamples:
    """Samples of a window: of a mosaic the first part with data counts. Call it inside :func:`files.gdal`.

    Raises:
        InvalidItemError: ``corrupt-image``.
    """
    shape = (window.height, window.width)
    near = [part for part in scene.parts if any(touches(piece, window) for piece, _ in part)]
    if not near:
        samples = Samples(np.zeros((scene.channels, *shape), scene.files.dtype), np.zeros(shape, np.bool_))
    else:
        samples = _read_part(root, near[0], scene, window)
    for part in near[1:]:
        if samples.valid.all():
            break
        samples = _under(samples, _read_part(root, part, scene, window))
    clear = samples.valid & ~_clouded(root, scene, window) if scene.clouds else samples.valid
    return SceneSamples(samples.values, samples.valid, clear)


def _read_part(
    root: Path, part: tuple[tuple[Piece, tuple[int, ...]], ...], scene: PlacedScene, window: Window
) -> Samples:
    read = [(read_piece(root, piece, window), channels) for piece, channels in part]
    if len(read) == 1 and str(read[0][0].values.dtype) == scene.files.dtype:
        return read[0][0]
    values = np.zeros((scene.channels, window.height, window.width), scene.files.dtype)
    valid = np.ones(values.shape[1:], np.bool_)
    for samples, channels in read:
        values[list(channels)] = samples.values
        valid &= samples.valid
    return Samples(values, valid)


def _under(upper: Samples, lower: Samples) -> Samples:
    return Samples(np.where(upper.valid, upper.values, lower.values), upper.valid | lower.valid)


def _clouded(root: Path, scene: PlacedScene, window: Window) -> NDArray[np.bool_]:
    cloud_mask = np.zeros((window.height, window.width), np.bool_)
    known = np.zeros_like(cloud_mask)
    for piece in scene.clouds:
        if scene.files.rule is not None and touches(piece, window):
            samples = read_piece(root, piece, window, with_mask=False)
            # Where two masks overlap, the first is of the part that is seen.
            cloud_mask |= cloudy(samples.values[0], scene.files.rule) & samples.valid & ~known
            known |= samples.valid
    return cloud_mask
