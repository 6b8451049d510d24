"""The one opening of rasters by GDAL: known formats by their content, local files only, nothing that a file names.

GDAL picks a format by content too, out of some 150, several of which read addresses and files that the file names; side
files (overviews, masks) are opened with all of them. Here the first bytes decide which single format is tried, side
files are checked in the same way, and network file systems are off.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import InvalidItemError, RsicaError
from rsica_data.imagery.image_limits import largest_file
from rsica_data.imagery.image_listing import BESIDE, IMAGES_BESIDE
from rsica_data.imagery.input_files import checked_file
from rsica_data.imagery.jpeg2000 import tile_cost
from rsica_data.imagery.vrt_files import vrt_sources

_CACHE_BYTES = 256 << 20
"""GDAL's block cache. Its own default, 5 % of the machine for every process, would let many workers fill it."""

OFFLINE = {
    # Network file systems open only files with these endings: there are none.
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".rsica-reads-no-network",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "GDAL_HTTP_CONNECTTIMEOUT": "1",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_DISABLE_READDIR_ON_OPEN": "TRUE",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
}
"""Configuration of GDAL under which files are read."""

_FORMATS = (
    (b"II*\0", "GTiff"),
    (b"MM\0*", "GTiff"),
    (b"II+\0", "GTiff"),
    (b"MM\0+", "GTiff"),
    (b"\x89PNG\r\n\x1a\n\0", "PNG"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JP2OpenJPEG"),
    (b"EHFA_HEADER_TAG\0", "HFA"),
    (b"\xff\x4f\xff\x51\0", "JP2OpenJPEG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"BM", "BMP"),
    (b"GIF8", "GIF"),
    (b"RIFF", "WEBP"),
)
"""First bytes and GDAL's name of the format. Up to HFA they hold a NUL byte, at which GDAL's search for text ends: no
other format can be made out of these."""

_SURE = frozenset({"GTiff", "PNG", "JP2OpenJPEG", "HFA"})
_KNOWN = "a GeoTIFF, PNG, JPEG, JPEG 2000, BMP, GIF, WebP, Erdas Imagine or ENVI file"
_MOST_BANDS = 4096
_LARGEST_VRT = 32 << 20
_LARGEST_BLOCK = 256 << 20
_MOST_PARTS = 1 << 20
"""Code blocks or precincts of a tile of JPEG 2000: some 200 bytes each."""


@contextmanager
def _unreadable_messages_dropped() -> Iterator[None]:
    """GDAL quotes names out of damaged files; rasterio prints a traceback of its own where they are no UTF-8."""
    before = sys.unraisablehook

    def hook(event: sys.UnraisableHookArgs) -> None:
        if "rasterio._env.log_error" not in str(event.object) or not isinstance(event.exc_value, UnicodeDecodeError):
            before(event)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


@contextmanager
def gdal_offline() -> Iterator[None]:
    """GDAL as this package uses it: no network, a bounded block cache, no search of the folder at every opening."""
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning

    with warnings.catch_warnings(), _unreadable_messages_dropped():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        # Of rasterio's own use of affine.
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        with rasterio.Env(GDAL_CACHEMAX=_CACHE_BYTES, GDAL_NUM_THREADS="1", **OFFLINE):
            yield


@contextmanager
def raster_errors(name: str) -> Iterator[None]:
    """Whatever reading a raster raises becomes a InvalidItemError (``corrupt-image``) with the file's name."""
    try:
        yield
    except RsicaError:
        raise
    except MemoryError:
        raise InvalidItemError("image-too-large", f"{name}: does not fit in memory") from None
    except Exception as error:
        # GDAL's and rasterio's errors, and what Python makes of damaged texts and numbers in a header.
        raise InvalidItemError("corrupt-image", f"{name}: {first_line(error)}") from error


def first_line(error: BaseException) -> str:
    """The first line of an error's innermost cause: GDAL's own words, where rasterio only says that a read failed."""
    while error.__cause__ is not None and isinstance(error.__cause__, Exception):
        error = error.__cause__
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


def without_name(error: InvalidItemError, path: str | Path) -> str:
    """What an error of this module says, for messages that name the file in their own way."""
    return error.detail.removeprefix(f"{path}: ")


def open_raster(path: str | Path, *, root: Path | None = None, vrt: bool = False) -> Any:
    """An open rasterio dataset; the caller closes it. Call it, and read, inside :func:`gdal_offline`.

    Args:
        path: the file, relative to ``root``.
        root: the input folder, in which the file and what belongs to it must lie; None for a file that a user names.
        vrt: whether a VRT of local files may be read.

    Raises:
        InvalidItemError: ``missing-file``, ``unreadable-file``, ``outside-input``, ``unknown-format``,
            ``unsafe-raster``,
            ``image-too-large`` (too many bands, too large blocks) or ``corrupt-image``.
    """
    name = str(path)
    real = checked_file(root, path)
    inside = real.parent if root is None else root
    with raster_errors(name):
        driver = _driver(name, real)
        if driver == "VRT":
            if not vrt:
                raise InvalidItemError("unsafe-raster", f"{name}: is a VRT description, not an image")
            _check_vrt(name, real, inside)
        return _opened(name, real, driver, inside)


@contextmanager
def opened_raster(path: str | Path, *, root: Path | None = None, vrt: bool = False) -> Iterator[Any]:
    """As :func:`open_raster` inside :func:`gdal_offline`, closed at the end; errors become InvalidItemError."""
    with gdal_offline(), open_raster(path, root=root, vrt=vrt) as dataset, raster_errors(str(path)):
        yield dataset


@contextmanager
def opened_bytes(name: str, data: bytes, driver: str = "GTiff") -> Iterator[Any]:
    """The open dataset of a file that is in memory, of the one format that GDAL calls ``driver``; errors in the block
    become InvalidItemError.
    """
    import rasterio

    with (
        gdal_offline(),
        raster_errors(name),
        rasterio.MemoryFile(data) as memory,
        memory.open(driver=driver) as dataset,
    ):
        _check_opened(name, dataset)
        yield dataset


def encode_tiff(pixels: NDArray[Any], place: tuple[str, Any] | None = None) -> bytes:
    """Pixels ``[height, width]`` or ``[height, width, bands]`` as a TIFF file; ``place`` is its CRS and transform."""
    import rasterio

    bands = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    height, width = pixels.shape[:2]
    about = {"driver": "GTiff", "count": len(bands), "height": height, "width": width, "dtype": bands.dtype}
    if place is not None:
        about |= {"crs": place[0], "transform": rasterio.Affine(*place[1])}
    with gdal_offline(), rasterio.MemoryFile() as memory:
        with memory.open(**about, compress="deflate") as opened:
            opened.write(bands)
        return bytes(memory.read())


def _opened(name: str, real: Path, driver: str, inside: Path) -> Any:
    import rasterio

    if str(real).startswith("/vsi"):
        raise InvalidItemError(
            "unsafe-raster", f"{name}: lies in a folder whose name GDAL takes for a virtual file system"
        )
    _check_beside(name, real, inside)
    if driver == "JP2OpenJPEG":
        _check_tiles(name, real)
    dataset = rasterio.open(real, driver=driver)
    try:
        _check_opened(name, dataset)
        if driver in ("HFA", "ENVI"):
            for file in dataset.files:
                checked_file(inside, Path(file))
    except BaseException:
        dataset.close()
        raise
    return dataset


def _check_tiles(name: str, real: Path) -> None:
    """Check what the tiles of a JPEG 2000 file cost: GDAL states smaller blocks than the decoder makes tables for."""
    with real.open("rb") as stream:
        try:
            cost = tile_cost(stream)
        except ValueError as error:
            raise InvalidItemError("corrupt-image", f"{name}: {error}") from None
    if cost.bytes > max(_LARGEST_BLOCK, largest_file()) or cost.parts > _MOST_PARTS:
        what = f"{name}: has tiles of {cost.width}x{cost.height} px in {cost.parts:,} parts"
        raise InvalidItemError("image-too-large", f"{what}; write it in tiles: gdal_translate -co TILED=YES")


def _driver(name: str, real: Path) -> str:
    with real.open("rb") as stream:
        head = stream.read(4096)
    for magic, driver in _FORMATS:
        if head.startswith(magic):
            return driver
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<VRTDataset", b"<?xml")) and b"<VRTDataset" in head:
        return "VRT"
    for header in (real.with_suffix(".hdr"), real.with_name(real.name + ".hdr")):
        if header.is_file():
            with header.open("rb") as stream:
                if stream.read(4) == b"ENVI":
                    return "ENVI"
    raise InvalidItemError("unknown-format", f"{name}: not recognized as {_KNOWN}")


def _check_vrt(name: str, real: Path, inside: Path) -> None:
    """Check every file that a VRT reads as if it were opened by itself."""
    if real.stat().st_size > _LARGEST_VRT:
        raise InvalidItemError("unsafe-raster", f"{name}: a VRT of more than {_LARGEST_VRT >> 20} MB")
    for source in vrt_sources(name, real.read_bytes(), real.parent):
        shown = f"{name}: source {source.name}"
        try:
            file = checked_file(inside, source)
        except InvalidItemError as error:
            raise InvalidItemError(error.reason, f"{name}: source {error.detail}") from None
        driver = _driver(shown, file)
        if driver not in _SURE:
            raise InvalidItemError(
                "unsafe-raster", f"{shown} is {driver}: a VRT may read GeoTIFF, PNG, JPEG 2000 or Imagine"
            )
        with raster_errors(shown):
            _opened(shown, file, driver, inside).close()


def _check_beside(name: str, real: Path, inside: Path) -> None:
    """Check the side files that GDAL opens with all formats, and that none is a link out of the folder."""
    names = {real.with_name(real.name + suffix) for suffix in BESIDE}
    names |= {real.with_suffix(suffix) for suffix in BESIDE}
    for beside in sorted(names - {real}):
        try:
            file = checked_file(inside, beside)
        except InvalidItemError as error:
            if error.reason == "missing-file" and not beside.is_symlink():
                continue
            raise InvalidItemError(
                "unsafe-raster", f"{name}: its side file {beside.name} is no file of the input folder"
            ) from None
        if beside.suffix in IMAGES_BESIDE:
            with file.open("rb") as stream:
                head = stream.read(16)
            if not any(head.startswith(magic) for magic, driver in _FORMATS if driver in ("GTiff", "HFA")):
                raise InvalidItemError("unsafe-raster", f"{name}: its side file {beside.name} is no GeoTIFF")


def _check_opened(name: str, dataset: Any) -> None:
    if dataset.count > _MOST_BANDS:
        raise InvalidItemError("image-too-large", f"{name}: has {dataset.count} bands, at most {_MOST_BANDS} are read")
    # Before anything asks for overviews or warps: GDAL opens what these name, whatever it is.
    if "OVERVIEW_FILE" in dataset.tags(ns="OVERVIEWS") or {"X_DATASET", "Y_DATASET"} & set(
        dataset.tags(ns="GEOLOCATION")
    ):
        raise InvalidItemError(
            "unsafe-raster", f"{name}: its metadata name another file as its overview or geolocation"
        )
    size = max(np.dtype(kind).itemsize if kind != "complex_int16" else 4 for kind in dataset.dtypes)
    together = dataset.count if str(dataset.profile.get("interleave", "")) == "pixel" else 1
    high, wide = max(dataset.block_shapes, key=lambda shape: shape[0] * shape[1])
    if high * wide * size * together > max(_LARGEST_BLOCK, largest_file()):
        what = f"{name}: has blocks of {wide}x{high} px, each of which is unpacked whole"
        raise InvalidItemError("image-too-large", f"{what}; write it in tiles: gdal_translate -co TILED=YES")
