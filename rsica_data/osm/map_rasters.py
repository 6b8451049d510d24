"""Images and label maps on disk: read on a grid, written with their place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.files import atomic_path, write_atomic
from rsica_data.imagery.image_limits import check_pixels, check_samples
from rsica_data.imagery.images import encode_mask
from rsica_data.imagery.raster_files import opened_raster, without_name
from rsica_data.osm.ground_grid import Grid, grid_of
from rsica_data.schema import ClassDef, Mask

LABEL_SUFFIXES = (".tif", ".tiff", ".png")


def image_on_grid(path: str | Path, grid: Grid) -> NDArray[Any]:
    """An image's pixels on a grid, ``[height, width, bands]``, warped bilinearly where its own grid is another.

    Raises:
        UserError: cannot be opened or read, or has no CRS.
    """
    from affine import Affine
    from rasterio.vrt import WarpedVRT
    from rasterio.warp import Resampling

    own = grid_of(path)
    try:
        with (
            opened_raster(path) as opened,
            WarpedVRT(
                opened,
                src_crs=own.crs,
                src_transform=Affine(*own.transform),
                crs=grid.crs,
                transform=Affine(*grid.transform),
                width=grid.width,
                height=grid.height,
                resampling=Resampling.bilinear,
            ) as warped,
        ):
            check_pixels(str(path), grid.width, grid.height)
            check_samples(str(path), grid.width, grid.height, warped.count, np.dtype(warped.dtypes[0]).itemsize)
            pixels: NDArray[Any] = warped.read()
    except InvalidItemError as error:
        raise UserError(f"cannot be read: {without_name(error, path)}", file=path) from None
    return pixels.transpose(1, 2, 0)


def read_mask(path: str | Path) -> NDArray[Any]:
    """First band of a mask file, ``[height, width]``, PNG or TIFF, with or without a place.

    Raises:
        UserError: cannot be opened or read.
    """
    try:
        with opened_raster(path) as opened:
            check_pixels(str(path), opened.width, opened.height)
            check_samples(str(path), opened.width, opened.height, 1, np.dtype(opened.dtypes[0]).itemsize)
            band: NDArray[Any] = opened.read(1)
    except InvalidItemError as error:
        raise UserError(f"cannot be read as a mask: {without_name(error, path)}", file=path) from None
    return band


def check_label_path(path: Path) -> None:
    """Raises UserError where a label map cannot be written under that name."""
    if path.suffix.lower() not in LABEL_SUFFIXES:
        raise UserError("a label map is written as .tif (with its place) or .png", file=path)


def write_labels(
    path: Path, labels: Mask, grid: Grid, classes: Sequence[ClassDef], ignore_id: int | None = None
) -> None:
    """A label map as a GeoTIFF that keeps CRS, transform and class names, or as an 8-bit PNG.

    Raises:
        UserError: another suffix.
        RunError: it cannot be written.
    """
    import rasterio
    from affine import Affine

    check_label_path(path)
    if path.suffix.lower() == ".png":
        write_atomic(path, encode_mask(labels), lone=True)
        return
    profile = {
        "driver": "GTiff",
        "dtype": "uint8",
        "count": 1,
        "width": grid.width,
        "height": grid.height,
        "crs": grid.crs,
        "transform": Affine(*grid.transform),
        "compress": "deflate",
        "tiled": grid.width >= 256 and grid.height >= 256,
        "blockxsize": 256,
        "blockysize": 256,
    }
    names = {f"CLASS_{item.id}": item.name for item in classes}
    with atomic_path(path, lone=True) as temporary, rasterio.open(temporary, "w", **_fitting(profile)) as out:
        out.write(np.asarray(labels, np.uint8), 1)
        out.update_tags(CLASS_0="none", **names, **({} if ignore_id is None else {"IGNORE": str(ignore_id)}))


def _fitting(profile: dict[str, Any]) -> dict[str, Any]:
    """Block sizes only where the file is tiled."""
    return profile if profile["tiled"] else {k: v for k, v in profile.items() if not k.startswith("block")}
