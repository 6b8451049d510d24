"""Images with more than 8-bit RGB to tell: georeference, bands and depth of TIFF files, by rasterio."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import InvalidItemError
from rsica_data.core.quick_init import quick_init
from rsica_data.geometry.raster_grid import short_crs
from rsica_data.geometry.raster_header import Transform, own_colours, raster_place
from rsica_data.imagery.image_limits import check_pixels, check_samples
from rsica_data.imagery.images import as_png, decode_raw, encode_png, is_tiff, opened_image, probe, read_image
from rsica_data.imagery.orientation import orientation
from rsica_data.imagery.raster_files import first_line, opened_bytes, opened_raster
from rsica_data.schema import EncodedImage

_EARTH_RADIUS_M = 6378137.0
_ECCENTRICITY_2 = 0.00669437999014
"""Squared first eccentricity of WGS 84."""
_WEB_MERCATOR = 3857
_TOLERANCE_PX = 1.0
_ORIENTATION = 274


@dataclass(frozen=True, slots=True)
class Georeference:
    """Where an image lies: CRS as text (EPSG code or WKT), affine transform, metres per pixel where known."""

    crs: str
    transform: Transform
    gsd_m: float | None


@quick_init
@dataclass(frozen=True, slots=True)
class LoadedImage:
    """An image to be stored.

    Attributes:
        image: the bytes.
        size: width and height in pixels, as they are stored.
        georeference: where it lies, where the file tells.
        converted: whether the bytes are not those of the file.
        orientation: EXIF orientation that the bytes still carry.
    """

    image: EncodedImage
    size: tuple[int, int]
    georeference: Georeference | None = None
    converted: bool = False
    orientation: int = 1


def load_any(
    root: Path, path: str, stretch: tuple[float, float] | None, bands: tuple[int, int, int] | None
) -> LoadedImage:
    """An image file as it stands where it is 8-bit grey or RGB that Pillow reads, else converted to an 8-bit PNG.

    Args:
        root: the input folder.
        path: file relative to it.
        stretch: sample values that become 0 and 255; needed for samples of more than 8 bits.
        bands: 1-based bands of a TIFF taken as red, green and blue; None for those that the file names so, else the
            first three, else the first.

    Raises:
        InvalidItemError: missing or broken file, ``image-depth``, ``missing-band``, or ``not-a-number``.
    """
    stored = read_image(root, path)
    return _load_tiff(root, stored, stretch, bands) if is_tiff(stored) else _load_plain(stored, stretch)


def _load_plain(stored: EncodedImage, stretch: tuple[float, float] | None) -> LoadedImage:
    info = probe(stored)
    size = (info.width, info.height)
    if info.bits <= 8 and info.format in ("PNG", "JPEG"):
        return LoadedImage(stored, size, orientation=1 if info.bare else orientation(stored))
    if info.bits <= 8:
        return LoadedImage(as_png(stored), size, converted=True)
    return LoadedImage(stretched(stored, decode_raw(stored), stretch), size, converted=True)


def load_separate(
    root: Path, paths: Sequence[str], stretch: tuple[float, float] | None, *, any_depth: bool = False
) -> LoadedImage:
    """One image of three files of one band each: red, green and blue.

    Args:
        root: the input folder.
        paths: the files, relative to it.
        stretch: sample values that become 0 and 255; needed for samples of more than 8 bits.
        any_depth: stretch samples of 8 bits too.

    Raises:
        InvalidItemError: as :func:`load_any`; ``size-mismatch`` where the files differ in size.
    """
    bands, place = [], None
    for path in paths:
        read_image(root, path)
        with opened_raster(path, root=root) as opened:
            check_pixels(path, opened.width, opened.height)
            check_samples(path, opened.width, opened.height, 3, np.dtype(opened.dtypes[0]).itemsize)
            place = place or georeference_of(opened)
            bands.append(opened.read(1))
    if len({band.shape for band in bands}) > 1:
        raise InvalidItemError("size-mismatch", f"{paths[0]} and its other bands differ in size")
    pixels = np.stack(bands, axis=2)
    image = stretched(EncodedImage(paths[0], b""), pixels, stretch, any_depth=any_depth)
    return LoadedImage(image, (pixels.shape[1], pixels.shape[0]), place, converted=True)


def _load_tiff(
    root: Path, stored: EncodedImage, stretch: tuple[float, float] | None, bands: tuple[int, int, int] | None
) -> LoadedImage:
    # By its path, so that world files beside it are seen.
    with opened_raster(stored.path, root=root) as opened:
        return _of_raster(opened, stored, stretch, bands)


def load_bytes(
    stored: EncodedImage, stretch: tuple[float, float] | None, bands: tuple[int, int, int] | None
) -> LoadedImage:
    """As :func:`load_any`, of an image that is in memory."""
    if not is_tiff(stored):
        return _load_plain(stored, stretch)
    with opened_bytes(stored.path, stored.data) as opened:
        return _of_raster(opened, stored, stretch, bands)


def _of_raster(
    opened: Any, stored: EncodedImage, stretch: tuple[float, float] | None, bands: tuple[int, int, int] | None
) -> LoadedImage:
    size, place = (opened.width, opened.height), georeference_of(opened)
    check_pixels(stored.path, *size)
    chosen = chosen_bands(opened, bands, stored.path)
    in_order = chosen == tuple(range(1, opened.count + 1)) and opened.count in (1, 3)
    plain = in_order and set(opened.dtypes) == {"uint8"} and opened.colorinterp[0].name != "palette"
    if plain and _pillow_reads(stored):
        return LoadedImage(stored, size, place)
    check_samples(stored.path, *size, len(chosen), max(np.dtype(kind).itemsize for kind in opened.dtypes))
    pixels: NDArray[Any] = opened.read(list(chosen)).transpose(1, 2, 0)
    return LoadedImage(stretched(stored, pixels, stretch), size, place, converted=True)


def _pillow_reads(stored: EncodedImage) -> bool:
    """Whether Pillow shows the pixels as rasterio reads them.

    Not for a compression that Pillow lacks, for broken files, which rasterio then reports, and for an orientation tag,
    which rasterio passes over.
    """
    try:
        probe(stored)
        with opened_image(stored) as opened:
            tags: Any = getattr(opened, "tag_v2", {})
            return bool(tags.get(_ORIENTATION, 1) == 1)
    except InvalidItemError:
        return False


def chosen_bands(opened: Any, bands: tuple[int, int, int] | None, path: str) -> tuple[int, ...]:
    """Bands to read of an open file: those that are asked for, else its own colours (``missing-band``)."""
    if bands is not None:
        if max(bands) > opened.count:
            raise InvalidItemError("missing-band", f"{path}: has {opened.count} bands, {list(bands)} are asked for")
        return bands
    return own_colours([meaning.name for meaning in opened.colorinterp])


def stretched(
    stored: EncodedImage, pixels: NDArray[Any], stretch: tuple[float, float] | None, *, any_depth: bool = False
) -> EncodedImage:
    """Samples ``[height, width(, bands)]`` as an 8-bit PNG, called as the file that they are of.

    Those of 8 bits are kept as they are, but where ``any_depth`` asks for the stretch.

    Raises:
        InvalidItemError: ``image-depth`` where a stretch is needed and not given, or ``not-a-number``.
    """
    if pixels.dtype.kind == "c":
        raise InvalidItemError(
            "image-depth", f"{stored.path}: has {pixels.dtype} samples; give amplitude, power or decibel"
        )
    if pixels.dtype != np.uint8 or (any_depth and stretch is not None):
        if stretch is None:
            detail = f"{stored.path}: samples are {pixels.dtype}, {pixels.min()}..{pixels.max()}"
            raise InvalidItemError("image-depth", f"{detail}; give the option stretch, the range that becomes 0..255")
        if not np.all(np.isfinite(pixels)):
            raise InvalidItemError("not-a-number", f"{stored.path}: has pixels that are NaN or infinite")
        low, high = stretch
        pixels = np.clip((pixels.astype(np.float64) - low) / (high - low) * 255 + 0.5, 0, 255).astype(np.uint8)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    return EncodedImage(str(Path(stored.path).with_suffix(".png").as_posix()), encode_png(pixels))


def georeference_of(opened: Any) -> Georeference | None:
    """Where an open file lies; None where it does not tell."""
    place = raster_place(opened)
    if place.crs is None or place.transform is None:
        return None
    _, _, _, d, e, f = place.transform
    middle = f + d * opened.width / 2 + e * opened.height / 2
    gsd = ground_sample_distance(place.crs, place.transform, middle) if _kind(place.crs)[0] else None
    return Georeference(place.crs, place.transform, gsd)


def ground_sample_distance(crs: str, transform: Transform, y: float) -> float | None:
    """Metres of ground per pixel: the square root of a pixel's area; None for a CRS without a map (engineering CRS).

    Projected CRS are taken at their word, but for Web Mercator, whose metres grow with latitude (one metre of the map
    is 1/cosh(y/R) metres of ground). Degrees are turned into metres on the WGS 84 ellipsoid, by its radii of curvature.

    Args:
        crs: as text.
        transform: pixel to map.
        y: northing or latitude of the place.
    """
    projected, unit, mercator, geographic = _kind(crs)
    a, b, _, d, e, _ = transform
    area = abs(a * e - b * d)
    if projected:
        gsd = math.sqrt(area) * unit
        return round(gsd / math.cosh(y / _EARTH_RADIUS_M) if mercator else gsd, 6)
    if not geographic:
        return None
    latitude = math.radians(max(-90.0, min(90.0, y)))
    curve = 1 - _ECCENTRICITY_2 * math.sin(latitude) ** 2
    north = _EARTH_RADIUS_M * (1 - _ECCENTRICITY_2) / curve**1.5
    east = _EARTH_RADIUS_M / math.sqrt(curve) * math.cos(latitude)
    return round(math.sqrt(area * math.radians(1.0) ** 2 * north * east), 6)


@lru_cache(maxsize=64)
def _kind(crs: str) -> tuple[bool, float, bool, bool]:
    """Whether a CRS is projected, its unit in metres, whether it is Web Mercator, whether it is in degrees."""
    from rasterio.crs import CRS

    parsed_crs = CRS.from_user_input(crs)
    unit = float(parsed_crs.linear_units_factor[1]) if parsed_crs.is_projected else 1.0
    return parsed_crs.is_projected, unit, parsed_crs.to_epsg() == _WEB_MERCATOR, parsed_crs.is_geographic


def check_alignment(before: LoadedImage, after: LoadedImage) -> None:
    """Check that two georeferenced images of equal size show the same ground.

    The corners of one are taken to pixels of the other, so that two spellings of one CRS are equal.

    Raises:
        InvalidItemError: ``wrong-crs``: a corner is more than a pixel off, or cannot be taken to the other CRS.
    """
    one, other = before.georeference, after.georeference
    if one is None or other is None or one == other:
        return
    from rasterio.crs import CRS
    from rasterio.warp import transform

    width, height = before.size
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64)
    linear, shift = _matrix(other.transform)
    there = corners @ linear.T + shift
    try:
        source, target = CRS.from_string(other.crs), CRS.from_string(one.crs)
        xs, ys = transform(source, target, there[:, 0].tolist(), there[:, 1].tolist())
    except Exception as error:
        # Of PROJ too, whose errors are no RasterioError.
        detail = first_line(error)
        raise InvalidItemError("wrong-crs", f"{before.image.path} and {after.image.path}: {detail}") from error
    linear, shift = _matrix(one.transform)
    here = np.linalg.solve(linear, (np.column_stack([xs, ys]) - shift).T).T
    off = float(np.hypot(*(here - corners).T).max())
    if not off <= _TOLERANCE_PX:
        names = f"{before.image.path} ({short_crs(one.crs)}) and {after.image.path} ({short_crs(other.crs)})"
        raise InvalidItemError("wrong-crs", f"{names} are up to {off:.1f} px apart on the ground")


def _matrix(transform: Transform) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Linear part ``[2, 2]`` and shift ``[2]`` of an affine transform."""
    a, b, c, d, e, f = transform
    return np.array([[a, b], [d, e]]), np.array([c, f])
