"""Reading rasters on a grid, window by window, never whole.

A file whose pixels lie on those of the grid is read as it stands; any other goes through a WarpedVRT of the grid, which
GDAL resamples block by block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import InvalidItemError, RsicaError
from rsica_data.geometry.raster_grid import Extent, RasterGrid
from rsica_data.geometry.raster_header import Transform
from rsica_data.imagery.raster_files import first_line, open_raster
from rsica_data.sources.scenes.opened_rasters import RasterFile, cached, opened
from rsica_data.sources.scenes.scene_grid import file_bounds

_SNAP = 1e-3
"""Pixels: a file that is closer than this to the grid lies on it."""

_AVERAGE_FROM = 1.5
"""Pixels that become so many times as large are averaged, not interpolated."""


class Window(NamedTuple):
    """Pixels of a grid: first column and row, width and height. It may reach past the grid."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Samples:
    """What was read of a window: samples ``[bands, height, width]`` and which pixels have data ``[height, width]``."""

    values: NDArray[Any]
    valid: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bands of a file, on a grid.

    Attributes:
        file: its header.
        bands: 1-based, in the order wanted.
        grid: the grid that windows are counted in.
        offset: column and row of the grid's first pixel in the file, where the file lies on the grid; else None.
        box: bounds of the file in the grid's pixels ``(x0, y0, x1, y1)``.
        resampling: rasterio's name of the method for a file that does not lie on the grid.
        nodata: value without data, or None.
    """

    file: RasterFile
    bands: tuple[int, ...]
    grid: RasterGrid
    offset: tuple[int, int] | None
    box: Extent
    resampling: str
    nodata: float | None


def place_piece(
    file: RasterFile,
    bands: Sequence[int],
    grid: RasterGrid,
    side: str,
    resampling: str = "nearest",
    nodata: float | None = None,
) -> Piece:
    """A piece on a grid.

    Args:
        file: header of the file, with a CRS unless the grid has none.
        bands: 1-based.
        grid: the grid.
        side: the recipe's key below ``source.options``, for messages.
        resampling: of the source's options; ``auto`` is decided here.
        nodata: in place of the file's own.

    Raises:
        UserError: as :func:`grid.file_bounds`.
    """
    box = _pixel_box(file, grid, side)
    if resampling == "auto":
        width, height = box[2] - box[0], box[3] - box[1]
        shrink = max(file.width / max(width, 1e-9), file.height / max(height, 1e-9))
        resampling = "average" if shrink > _AVERAGE_FROM else "bilinear"
    used = file.nodata if nodata is None else nodata
    if used is None and file.dtype.startswith("float"):
        # NaN stands for "no data" in float files, whether they say so or not: it would else spread when resampled.
        used = float("nan")
    return Piece(file, tuple(bands), grid, _offset(file, grid), box, resampling, used)


def _pixel_box(file: RasterFile, grid: RasterGrid, side: str) -> Extent:
    if grid.crs is None:
        return 0.0, 0.0, float(file.width), float(file.height)
    left, bottom, right, top = file_bounds(file, grid.crs, side)
    a, _, c, _, e, f = grid.transform
    return (left - c) / a, (top - f) / e, (right - c) / a, (bottom - f) / e


def _offset(file: RasterFile, grid: RasterGrid) -> tuple[int, int] | None:
    """Where the grid starts in the file, in whole pixels; None where the pixels do not lie on one another."""
    if grid.crs is None:
        return 0, 0
    if not _same_crs(file.crs, grid.crs):
        return None
    a, b, c, d, e, f = file.transform
    wide, high = grid.transform[0], grid.transform[4]
    # Over the whole grid, a difference in pixel size must not add up to more than the tolerance either.
    straight = b == 0 and d == 0 and abs(a - wide) * grid.width < _SNAP * abs(wide)
    if not straight or abs(e - high) * grid.height >= _SNAP * abs(high):
        return None
    x, y = (grid.transform[2] - c) / a, (grid.transform[5] - f) / e
    near = round(x), round(y)
    return near if max(abs(x - near[0]), abs(y - near[1])) < _SNAP else None


def _same_crs(one: str | None, other: str | None) -> bool:
    from rasterio.crs import CRS

    if one is None or other is None:
        return one == other
    return one == other or bool(CRS.from_user_input(one) == CRS.from_user_input(other))


def touches(piece: Piece, window: Window) -> bool:
    """Whether a piece has pixels in a window."""
    x0, y0, x1, y1 = piece.box
    inside = Window(
        max(window.x, 0),
        max(window.y, 0),
        min(window.x + window.width, piece.grid.width),
        min(window.y + window.height, piece.grid.height),
    )
    return x0 < inside.width and x1 > inside.x and y0 < inside.height and y1 > inside.y


def read_piece(root: Path, piece: Piece, window: Window, *, with_mask: bool = True) -> Samples:
    """The samples of a window. Call it inside :func:`files.gdal`.

    Pixels outside the file and outside the grid are 0 and not valid; pixels without data are not valid.

    Args:
        root: the input folder.
        piece: what to read.
        window: where.
        with_mask: whether the file's values without data, alpha band and mask count; else only its extent does.

    Raises:
        InvalidItemError: ``corrupt-image``: the pixels cannot be read.
    """
    try:
        if piece.offset is not None:
            return _read_direct(root, piece, window, with_mask)
        return _read_warped(root, piece, window)
    except RsicaError:
        raise
    except Exception as error:
        # GDAL's own, and what Python makes of damaged values: the tile is skipped, the build goes on.
        where = f"window {window.x},{window.y} of {window.width}x{window.height} px"
        raise InvalidItemError("corrupt-image", f"{piece.file.path}: {where}: {first_line(error)}") from error


def _read_direct(root: Path, piece: Piece, window: Window, with_mask: bool) -> Samples:
    from rasterio.windows import Window as FileWindow

    dataset = opened(root, piece.file.path)
    shift = piece.offset or (0, 0)
    limits = (
        (window.x, window.width, piece.grid.width, shift[0], piece.file.width),
        (window.y, window.height, piece.grid.height, shift[1], piece.file.height),
    )
    (x0, x1), (y0, y1) = (_common(*limit) for limit in limits)
    if x0 >= x1 or y0 >= y1:
        return _nothing(len(piece.bands), piece.file.dtype, window)
    there = FileWindow(window.x + x0 + shift[0], window.y + y0 + shift[1], x1 - x0, y1 - y0)
    values: NDArray[Any] = dataset.read(list(piece.bands), window=there)
    valid = _valid(dataset, piece, values, there) if with_mask else None
    if (x0, y0, x1, y1) == (0, 0, window.width, window.height):
        return Samples(values, np.ones(values.shape[1:], np.bool_) if valid is None else valid)
    whole = _nothing(len(piece.bands), piece.file.dtype, window)
    whole.values[:, y0:y1, x0:x1] = values
    whole.valid[y0:y1, x0:x1] = True if valid is None else valid
    return whole


def _common(first: int, length: int, grid: int, shift: int, size: int) -> tuple[int, int]:
    """The part of a window's columns (or rows) that grid and file both have, counted from the window's first."""
    low, high = max(0, -first, -(first + shift)), min(length, grid - first, size - first - shift)
    return low, high


def _nothing(bands: int, dtype: str, window: Window) -> Samples:
    shape = (window.height, window.width)
    return Samples(np.zeros((bands, *shape), dtype), np.zeros(shape, np.bool_))


def _valid(dataset: Any, piece: Piece, values: NDArray[Any], there: Any) -> NDArray[np.bool_] | None:
    """Pixels with data; None where all have."""
    valid: NDArray[np.bool_] | None = None
    if piece.nodata is not None and not np.isnan(piece.nodata):
        # As GDAL's own dataset mask: a pixel that is dark in one band only is no hole.
        valid = np.asarray((values != piece.nodata).any(axis=0))
    if values.dtype.kind == "f":
        finite = np.isfinite(values).all(axis=0)
        valid = finite if valid is None else valid & finite
    if piece.file.masked:
        own = dataset.read_masks(piece.bands[0], window=there) > 0
        valid = own if valid is None else valid & own
    return valid


@dataclass(frozen=True, slots=True)
class _Warped:
    """A warped view with the file under it, closed together and in this order."""

    source: Any
    view: Any
    alpha: int

    def close(self) -> None:
        self.view.close()
        self.source.close()


def _warped(root: Path, piece: Piece) -> _Warped:
    import rasterio
    from rasterio.crs import CRS
    from rasterio.enums import ColorInterp, Resampling
    from rasterio.vrt import WarpedVRT

    def make() -> _Warped:
        source = open_raster(piece.file.path, root=root, vrt=True)
        alpha = ColorInterp.alpha in source.colorinterp
        view = WarpedVRT(
            source,
            src_crs=CRS.from_user_input(piece.file.crs),
            src_transform=rasterio.Affine(*piece.file.transform),
            crs=CRS.from_user_input(piece.grid.crs),
            transform=rasterio.Affine(*piece.grid.transform),
            width=piece.grid.width,
            height=piece.grid.height,
            resampling=Resampling[piece.resampling],
            src_nodata=piece.nodata,
            add_alpha=not alpha,
        )
        return _Warped(source, view, source.colorinterp.index(ColorInterp.alpha) + 1 if alpha else view.count)

    opened(root, piece.file.path)  # for its errors
    status = (root / piece.file.path).stat()
    key = ("warped", str(root), piece.file, piece.grid, piece.resampling, repr(piece.nodata), status.st_mtime_ns)
    warped: _Warped = cached(key, make)
    return warped


def _read_warped(root: Path, piece: Piece, window: Window) -> Samples:
    from rasterio.windows import Window as FileWindow

    samples = _nothing(len(piece.bands), piece.file.dtype, window)
    warped = _warped(root, piece)
    x0, y0 = max(window.x, 0), max(window.y, 0)
    x1, y1 = min(window.x + window.width, piece.grid.width), min(window.y + window.height, piece.grid.height)
    if x0 >= x1 or y0 >= y1:
        return samples
    read = warped.view.read([*piece.bands, warped.alpha], window=FileWindow(x0, y0, x1 - x0, y1 - y0))
    values, valid = read[:-1], read[-1] > 0
    if values.dtype.kind == "f":
        valid &= np.isfinite(values).all(axis=0)
    rows, columns = slice(y0 - window.y, y1 - window.y), slice(x0 - window.x, x1 - window.x)
    samples.values[:, rows, columns] = np.where(valid, values, 0)
    samples.valid[rows, columns] = valid
    return samples


def shifted(grid: RasterGrid, dx: float, dy: float) -> RasterGrid:
    """The grid moved by (dx, dy) of its own pixels."""
    moved: Transform = grid.window_transform(dx, dy)
    return RasterGrid(grid.crs, moved, grid.width, grid.height)
