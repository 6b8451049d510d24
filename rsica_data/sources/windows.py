"""Tiles of picture and mask files, read by windows: of a file never more is unpacked than its blocks in the tile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import InvalidItemError
from rsica_data.geometry.raster_header import Transform
from rsica_data.imagery.image_limits import check_pixels, check_samples
from rsica_data.imagery.images import raster_samples
from rsica_data.imagery.input_files import checked_file
from rsica_data.imagery.masks import label_values
from rsica_data.imagery.raster_files import gdal_offline, open_raster, raster_errors
from rsica_data.schema import EncodedImage, Mask
from rsica_data.sources.mask_rules import MaskRule, mask_ids
from rsica_data.sources.scenes.opened_rasters import cached
from rsica_data.sources.tiff_images import Georeference, LoadedImage, chosen_bands, georeference_of, stretched
from rsica_data.sources.tiling import Cut

_JPEG_HEAD = b"\xff\xd8\xff"


@contextmanager
def _opened(root: Path, path: str) -> Iterator[Any]:
    """The open dataset of a file, kept open for its next tile."""
    status = checked_file(root, path).stat()
    key = ("tiles", str(root), path, status.st_mtime_ns, status.st_size)
    with gdal_offline(), raster_errors(path):
        yield cached(key, lambda: open_raster(path, root=root))


def picture_size(root: Path, path: str | None) -> tuple[int, int]:
    """Width and height of a picture in pixels, from its header.

    Raises:
        InvalidItemError: as :func:`raster_files.open_raster`.
    """
    if path is None:
        raise InvalidItemError("missing-file", "no image")
    with _opened(root, path) as opened:
        return int(opened.width), int(opened.height)


def _window(opened: Any, path: str, cut: Cut) -> Any:
    """Rasterio's window of a tile, of a file that is as large as its picture and has pixels in one order alone."""
    from rasterio.windows import Window

    if (opened.width, opened.height) != cut.whole:
        sizes = f"{path} is {opened.width}x{opened.height}, the image before is {cut.whole[0]}x{cut.whole[1]}"
        raise InvalidItemError("size-mismatch", sizes)
    tags = opened.tags()
    if tags.get("EXIF_Orientation", "1") != "1" or tags.get("TIFFTAG_ORIENTATION", "1") not in (
        "1",
        "ORIENTATION_TOPLEFT",
    ):
        raise InvalidItemError("orientation-tag", f"{path}: has an orientation tag; turn the file before it is cut")
    return Window(cut.x, cut.y, cut.width, cut.height)


def load_tile(
    root: Path,
    paths: Sequence[str],
    cut: Cut,
    name: str,
    stretch: tuple[float, float] | None,
    bands: tuple[int, int, int] | None,
    *,
    any_depth: bool = False,
) -> LoadedImage:
    """A tile of a picture as an 8-bit PNG.

    Args:
        root: the input folder.
        paths: the file relative to it; or three, of one band each: red, green and blue.
        cut: the tile.
        name: what the image is called.
        stretch: see :func:`tiff_images.load_any`.
        bands: the same.
        any_depth: stretch samples of 8 bits too.

    Raises:
        InvalidItemError: as :func:`tiff_images.load_any`; ``size-mismatch``; ``orientation-tag``.
    """
    parts, place = [], None
    check_pixels(name, cut.width, cut.height)
    for path in paths:
        with _opened(root, path) as opened:
            window = _window(opened, path, cut)
            place = place or georeference_of(opened)
            chosen = chosen_bands(opened, bands, path) if len(paths) == 1 else (1,)
            size = max(np.dtype(kind).itemsize for kind in opened.dtypes)
            check_samples(path, cut.width, cut.height, len(chosen), size)
            parts.append(_samples(opened, path, chosen, window))
    pixels = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2)
    image = stretched(EncodedImage(name, b""), pixels, stretch, any_depth=any_depth)
    return LoadedImage(image, (cut.width, cut.height), _moved(place, cut), converted=True)


def _samples(opened: Any, path: str, bands: tuple[int, ...], window: Any) -> NDArray[Any]:
    """Samples ``[height, width, bands]``; a palette's colours in place of its indices."""
    if opened.count == 1 and opened.colorinterp[0].name == "palette":
        pixels = raster_samples(opened, path, palette_indices=False, window=window)[0]
        return pixels if pixels.ndim == 3 else pixels[:, :, None]
    return np.asarray(opened.read(list(bands), window=window).transpose(1, 2, 0))


def _moved(place: Georeference | None, cut: Cut) -> Georeference | None:
    if place is None:
        return None
    a, b, c, d, e, f = place.transform
    moved: Transform = (a, b, c + a * cut.x + b * cut.y, d, e, f + d * cut.x + e * cut.y)
    return Georeference(place.crs, moved, place.gsd_m)


def load_mask_tile(root: Path, path: str | None, rule: MaskRule, cut: Cut) -> Mask:
    """A tile of a mask file as class ids, ``[height, width]``.

    Args:
        root: the input folder.
        path: file relative to it; None where none was found.
        rule: what its values mean.
        cut: the tile.

    Raises:
        InvalidItemError: as :func:`common.load_mask`; ``mask-alpha`` where the tile has transparent pixels.
    """
    with _mask(root, path) as (opened, known):
        check_pixels(known, cut.width, cut.height)
        window = _window(opened, known, cut)
        raw, alpha = raster_samples(opened, known, palette_indices=rule.palette_indices, window=window)
        kind = str(opened.driver)
    if alpha is not None and alpha.min() != (np.iinfo(alpha.dtype).max if alpha.dtype.kind == "u" else 1):
        what = f"{known}: has transparent pixels; masks that are cut have none: save it without an alpha channel"
        raise InvalidItemError("mask-alpha", what)
    # Of the file's bytes only its kind counts here.
    head = EncodedImage(known, _JPEG_HEAD if kind == "JPEG" else b"")
    return mask_ids(head, label_values(raw, None, known), rule)


def load_band_tiles(root: Path, path: str | None, cut: Cut) -> NDArray[Any]:
    """All bands of a tile of a label file, ``[height, width, bands]``, in its own depth.

    Raises:
        InvalidItemError: as :func:`load_mask_tile`.
    """
    with _mask(root, path) as (opened, known):
        window = _window(opened, known, cut)
        size = max(np.dtype(kind).itemsize for kind in opened.dtypes)
        check_samples(known, cut.width, cut.height, opened.count, size)
        return np.asarray(opened.read(window=window).transpose(1, 2, 0))


@contextmanager
def _mask(root: Path, path: str | None) -> Iterator[tuple[Any, str]]:
    if path is None:
        raise InvalidItemError("missing-mask", "no mask file")
    try:
        checked_file(root, path)
    except InvalidItemError as error:
        if error.reason == "missing-file":
            raise InvalidItemError("missing-mask", f"{path}: no such file") from None
        raise
    with _opened(root, path) as opened:
        yield opened, path
