"""Headers of raster files, and a bounded cache of open ones: a process opens a file once, not once a tile."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.geometry.raster_header import Transform, raster_place
from rsica_data.imagery.raster_files import gdal_offline, open_raster, raster_errors
from rsica_data.sources.scenes.bands import Bands

_MAX_OPEN = 64
_TAG_DATE = re.compile(r"(\d{4})[:-](\d{2})[:-](\d{2})")
_NANOMETRES = {"micrometers": 1000.0, "nanometers": 1.0, "um": 1000.0, "nm": 1.0}


@dataclass(frozen=True, slots=True)
class RasterFile:
    """The header of a raster file.

    Attributes:
        path: relative to the input folder.
        crs: text that rasterio reads, or None; that of the ground control points where the transform is theirs.
        transform: pixel to map, as rasterio's; the identity where the file has none.
        unplaced: why it has none, for messages; None where it has one.
        by_points: whether it comes from ground control points.
        width, height: in pixels.
        dtype: of the first band.
        nodata: value that stands for "no data" (NaN possible), or None.
        masked: whether the file has an alpha band or a mask of its own besides.
        bands: names, colours and wavelengths.
        one_bit: whether samples are single bits, which GDAL reads as 0 and 1.
        date: ISO 8601 date of the file's tags, or None; ``date_tag`` the tag's name.
    """

    path: str
    crs: str | None
    transform: Transform
    width: int
    height: int
    dtype: str
    nodata: float | None
    masked: bool
    bands: Bands
    one_bit: bool
    date: str | None
    date_tag: str | None
    unplaced: str | None = None
    by_points: bool = False


_open: OrderedDict[tuple[Any, ...], Any] = OrderedDict()


gdal = gdal_offline
"""Call what opens and reads files inside it."""


def opened(root: Path, path: str) -> Any:
    """The open dataset of a file, from the cache or opened now. Call it, and read, inside :func:`gdal`.

    Raises:
        InvalidItemError: as :func:`raster_files.open_raster`.
    """
    try:
        status = (root / path).stat()
    except (OSError, ValueError) as error:
        raise InvalidItemError("missing-file", f"{path}: {getattr(error, 'strerror', None) or error}") from None
    key = (str(root), path, status.st_mtime_ns, status.st_size)
    return cached(key, lambda: open_raster(path, root=root, vrt=True))


def cached(key: tuple[Any, ...], make: Any) -> Any:
    """An open dataset by its key; the one that was used longest ago is closed where there are too many."""
    if key in _open:
        _open.move_to_end(key)
        return _open[key]
    dataset = make()
    _open[key] = dataset
    while len(_open) > _MAX_OPEN:
        _open.popitem(last=False)[1].close()
    return dataset


def close_all() -> None:
    """Close every cached dataset."""
    while _open:
        _open.popitem()[1].close()


def read_header(root: Path, path: str, key: str) -> RasterFile:
    """The header of ``root/path``.

    Args:
        root: the input folder.
        path: file relative to it.
        key: the recipe's key, for messages.

    Raises:
        UserError: as :func:`raster_files.open_raster` refuses it, or its header cannot be read.
    """
    try:
        with gdal(), raster_errors(path):
            return _header(opened(root, path), path)
    except InvalidItemError as error:
        raise UserError(error.detail, file=root, key=key) from None


def _header(dataset: Any, path: str) -> RasterFile:
    from rasterio.enums import MaskFlags

    date, tag = _date(dataset)
    place = raster_place(dataset)
    flags = [flag for band in dataset.mask_flag_enums for flag in band]
    return RasterFile(
        path=path,
        crs=place.crs,
        transform=place.transform or (1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
        width=dataset.width,
        height=dataset.height,
        dtype=str(dataset.dtypes[0]),
        nodata=None if dataset.nodata is None else float(dataset.nodata),
        masked=MaskFlags.alpha in flags or (MaskFlags.per_dataset in flags and dataset.nodata is None),
        bands=Bands(
            names=tuple(dataset.descriptions),
            colours=tuple(meaning.name for meaning in dataset.colorinterp),
            wavelengths=tuple(_wavelength(dataset, band) for band in range(1, dataset.count + 1)),
        ),
        one_bit=dataset.tags(1, ns="IMAGE_STRUCTURE").get("NBITS") == "1",
        date=date,
        date_tag=tag,
        unplaced=place.problem,
        by_points=place.by_points,
    )


def _date(dataset: Any) -> tuple[str | None, str | None]:
    """When the image was taken, by GDAL's metadata of the scene, else by the TIFF tag (often when it was written)."""
    for name, namespace in (("ACQUISITIONDATETIME", "IMAGERY"), ("TIFFTAG_DATETIME", None)):
        tags = dataset.tags(ns=namespace) if namespace else dataset.tags()
        match = _TAG_DATE.match(tags.get(name, ""))
        if match is not None:
            return "-".join(match.groups()), name
    return None, None


def _wavelength(dataset: Any, band: int) -> float | None:
    """Centre of a band in nanometres, as GDAL tells it of ENVI and other hyperspectral files."""
    tags = dataset.tags(band)
    try:
        if "wavelength" in tags:
            return float(tags["wavelength"]) * _NANOMETRES.get(tags.get("wavelength_units", "").lower(), 1.0)
        text = dataset.tags(band, ns="IMAGERY").get("CENTRAL_WAVELENGTH_UM")
        return None if text is None else float(text) * 1000.0
    except ValueError:
        return None
