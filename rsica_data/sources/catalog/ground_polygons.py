"""Label files of polygons on the ground (GeoJSON), drawn on the pixels of the image that they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.json_text import read_json, short
from rsica_data.geometry.raster_header import names_files
from rsica_data.imagery.input_files import checked_file
from rsica_data.imagery.raster_files import first_line, gdal_offline
from rsica_data.schema import Mask
from rsica_data.sources.tiff_images import Georeference

_DEGREES = "OGC:CRS84"
_AREAS = ("Polygon", "MultiPolygon")


def load_outlines(root: Path, path: str | None, number: int, size: tuple[int, int], place: Georeference | None) -> Mask:
    """The polygons of a GeoJSON file as one class, ``[height, width]``: pixels whose centre lies in one.

    Coordinates are longitude and latitude (RFC 7946), or those of the CRS that the file names in ``crs``, as older
    files do. Features without an area are passed over.

    Args:
        root: the input folder.
        path: file relative to it; None where none is there.
        number: id of the class.
        size: width and height of the image, or of a tile of it.
        place: where the image or the tile lies.

    Raises:
        InvalidItemError: ``missing-mask``; ``no-place`` where the image tells no place; ``corrupt-labels``.
    """
    if path is None:
        raise InvalidItemError("missing-mask", "no file of polygons")
    if place is None:
        raise InvalidItemError("no-place", f"{path}: the image does not tell where it lies")
    from rasterio import Affine
    from rasterio.features import rasterize

    document = _document(root, path)
    mask = np.zeros((size[1], size[0]), np.uint8)
    try:
        with gdal_offline():
            shapes = [(geometry, number) for geometry in _areas(document, path, place.crs)]
            if shapes:
                rasterize(shapes, out=mask, transform=Affine(*place.transform))
    except InvalidItemError:
        raise
    except Exception as error:
        # rasterio's, GDAL's and PROJ's errors, and what they make of coordinates that are none.
        raise InvalidItemError("corrupt-labels", f"{path}: {first_line(error)}") from None
    return mask


def _document(root: Path, path: str) -> dict[str, Any]:
    try:
        document = read_json(checked_file(root, path))
    except InvalidItemError as error:
        if error.reason == "missing-file":
            raise InvalidItemError("missing-mask", f"{path}: no such file") from None
        raise
    except UserError as error:
        raise InvalidItemError("corrupt-labels", f"{path}: {error.message}") from None
    if not isinstance(document, dict) or not isinstance(document.get("features"), list):
        raise InvalidItemError("corrupt-labels", f"{path}: is no FeatureCollection")
    return document


def _areas(document: dict[str, Any], path: str, target: str) -> Iterator[Any]:
    """Geometries with an area, in the CRS of the image."""
    from rasterio.warp import transform_geom

    source = _crs(document, path)
    for number, feature in enumerate(document["features"]):
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        if geometry is None:
            continue
        if not isinstance(geometry, dict) or not isinstance(geometry.get("type"), str):
            raise InvalidItemError("corrupt-labels", f"{path}: feature {number} has no geometry")
        if geometry["type"] in _AREAS and geometry.get("coordinates"):
            yield geometry if source == target else transform_geom(source, target, geometry)


def _crs(document: dict[str, Any], path: str) -> str:
    from rasterio.crs import CRS

    given = document.get("crs")
    name = given.get("properties", {}).get("name") if isinstance(given, dict) else None
    if name is None:
        return _DEGREES
    if not isinstance(name, str) or names_files(name):
        raise InvalidItemError("corrupt-labels", f"{path}: names the CRS {short(str(name))}, which is none")
    return str(CRS.from_user_input(name).to_string())
