"""Windows of georeferenced images as 8-bit PNG files with their own grid."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import InvalidItemError
from rsica_data.geometry.raster_header import own_colours, raster_place
from rsica_data.imagery.image_limits import check_pixels, check_samples
from rsica_data.imagery.images import encode_png
from rsica_data.imagery.raster_files import opened_raster
from rsica_data.schema import EncodedImage

if TYPE_CHECKING:
    from rsica_data.osm.ground_grid import Grid


@dataclass(frozen=True)
class Tile:
    """An image of 8 bits, its pixels ``[height, width, channels]``, and where it lies."""

    image: EncodedImage
    pixels: NDArray[np.uint8]
    grid: Grid


def read_tile(
    root: Path,
    path: str | None,
    window: tuple[int, int, int] | None,
    stretch: tuple[float, float] | None,
    bands: tuple[int, int, int] | None,
) -> Tile:
    """A window of an image file.

    Args:
        root: the input folder.
        path: file relative to it.
        window: ``(x, y, size)`` in pixels; None for the whole image.
        stretch: sample values that become 0 and 255; needed for samples of more than 8 bits.
        bands: 1-based bands taken as red, green and blue; None for ``rasters.own_colours``.

    Raises:
        InvalidItemError: ``missing-file``, ``corrupt-image``, ``no-crs``, ``no-transform``, ``missing-band``,
            ``image-depth``,
            ``not-a-number``.
    """
    from rasterio.windows import Window

    if path is None:
        raise InvalidItemError("missing-file", f"{path}: no such file")
    with opened_raster(path, root=root) as opened:
        x, y, width, height = (
            (0, 0, opened.width, opened.height) if window is None else (*window[:2], window[2], window[2])
        )
        if x + width > opened.width or y + height > opened.height:
            raise InvalidItemError("size-mismatch", f"{path}: {opened.width}x{opened.height} does not hold the tile")
        chosen = _bands(opened, bands, path)
        check_pixels(path, width, height)
        check_samples(path, width, height, len(chosen), max(np.dtype(kind).itemsize for kind in opened.dtypes))
        samples = opened.read(list(chosen), window=Window(x, y, width, height)).transpose(1, 2, 0)
        grid = _grid(opened, x, y, width, height, path)
    pixels = _eight_bits(samples, stretch, path)
    name = Path(path).with_suffix("").as_posix() + ("" if window is None else f"_{y}_{x}") + ".png"
    flat = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels
    return Tile(EncodedImage(name, encode_png(np.ascontiguousarray(flat))), pixels, grid)


def _bands(opened: Any, bands: tuple[int, int, int] | None, path: str) -> tuple[int, ...]:
    if bands is None:
        return own_colours([meaning.name for meaning in opened.colorinterp])
    if max(bands) > opened.count:
        raise InvalidItemError("missing-band", f"{path}: has {opened.count} bands, {list(bands)} are asked for")
    return bands


def _grid(opened: Any, x: int, y: int, width: int, height: int, path: str) -> Grid:
    from rsica_data.osm.ground_grid import Grid

    place = raster_place(opened)
    if place.crs is None:
        raise InvalidItemError("no-crs", f"{path}: has no CRS; a map has no place on it")
    if place.transform is None:
        raise InvalidItemError("no-transform", f"{path}: {place.problem}; a map has no place on it")
    a, b, c, d, e, f = place.transform
    return Grid(place.crs, (a, b, a * x + b * y + c, d, e, d * x + e * y + f), width, height)


def _eight_bits(samples: NDArray[Any], stretch: tuple[float, float] | None, path: str) -> NDArray[np.uint8]:
    if samples.dtype == np.uint8 and stretch is None:
        return np.asarray(samples, np.uint8)
    if samples.dtype.kind == "c":
        raise InvalidItemError("image-depth", f"{path}: has {samples.dtype} samples; give amplitude, power or decibel")
    if not np.all(np.isfinite(samples)):
        raise InvalidItemError("not-a-number", f"{path}: has pixels that are NaN or infinite")
    if stretch is None:
        detail = f"{path}: samples are {samples.dtype}, {samples.min()}..{samples.max()}"
        raise InvalidItemError("image-depth", f"{detail}; give the option stretch, the range that becomes 0..255")
    low, high = stretch
    scaled = (samples.astype(np.float64) - low) / (high - low) * 255 + 0.5
    return np.asarray(np.clip(scaled, 0, 255), np.uint8)


def same_grid(one: Grid, other: Grid) -> bool:
    """Whether two grids show the same ground to a tenth of a pixel, whatever their CRS is called."""
    if (one.width, one.height) != (other.width, other.height):
        return False
    corners = np.array([[0, 0], [one.width, 0], [0, one.height], [one.width, one.height]], np.float64)
    there = other.from_degrees(*one.to_degrees(*one.place(corners[:, 0], corners[:, 1])))
    back = np.column_stack(other.pixel(*there))
    return bool(np.isfinite(back).all() and np.hypot(*(back - corners).T).max() <= 0.1)
