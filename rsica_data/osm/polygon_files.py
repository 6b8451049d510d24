"""Labelled polygons that are not OSM: GeoJSON, GeoPackage, shapefiles, GeoParquet (Overture), Microsoft's and Google's
building footprints as they are published.

Their columns become tags. Columns with a known meaning get OSM's key: Overture's ``names.primary`` is ``name``, a
``height`` column ``height``; files of footprints, which have no class at all, get ``building=yes``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsica_data.core.csv_tables import stream_table
from rsica_data.core.errors import UserError
from rsica_data.core.files import utf8_text
from rsica_data.core.json_text import need_object, parse_json, read_json_lines, short
from rsica_data.core.parquet import opened_parquet
from rsica_data.core.raw import read_lines
from rsica_data.core.text_encoding import decoded
from rsica_data.geometry.raster_header import names_files
from rsica_data.osm.assemble import TagFilter
from rsica_data.osm.features import Bounds, Feature, FeatureSet, Note, Tags, check_number, sort_features
from rsica_data.osm.geojson import feature_parts, geojson_rows, split_properties
from rsica_data.osm.vector_files import vector_rows
from rsica_data.osm.way_geometry import SetAside, repaired

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

GOOGLE_COLUMNS = ("latitude", "longitude", "area_in_meters", "confidence", "geometry")
_BATCH = 65536
_OVERTURE = {"class": "building", "subtype": "building:use", "num_floors": "building:levels"}
_FOOTPRINT_COLUMNS = {"height", "confidence", "release", "capture_dates_range", "full_plus_code", "area_in_meters"}

Row = tuple[int, "BaseGeometry | None", Mapping[str, Any]]


def read_polygons(path: Path, wanted: TagFilter, bounds: Bounds | None, layer: str | None = None) -> FeatureSet:
    """Features of a file of polygons, in EPSG:4326.

    Args:
        path: the file. ``.csv`` and ``.csv.gz`` may be Google's Open Buildings (CSV with WKT) or Microsoft's global
            footprints (a line of GeoJSON each, whatever the name says).
        wanted: which tags make a feature.
        bounds: box that they must meet; None for all.
        layer: layer of a GeoPackage; needed where it has several.

    Raises:
        UserError: cannot be read, has no CRS, or coordinates that are no degrees.
    """
    name = path.name.lower()
    if name.endswith(".parquet"):
        rows = _parquet_rows(path)
    elif name.endswith((".csv", ".csv.gz")):
        rows = _csv_rows(path)
    elif name.endswith((".geojsonl", ".geojsonl.gz")):
        rows = _line_rows(path)
    elif name.endswith((".json", ".geojson")):
        rows = _geojson_rows(path)
    else:
        rows = _vector_rows(path, layer)
    return _collect(path, rows, wanted, bounds)


def _collect(path: Path, rows: Iterable[Row], wanted: TagFilter, bounds: Bounds | None) -> FeatureSet:
    features: list[Feature] = []
    aside: list[Note] = []
    repairs: list[Note] = []
    for number, geometry, columns in rows:
        name = f"polygon/{number}"
        check_number(len(features) + len(aside) + 1, str(path))
        try:
            if geometry is None or geometry.is_empty:
                raise SetAside(name, "empty-geometry", "has no geometry")
            _check_degrees(path, name, geometry)
            mended, note = repaired(geometry, name)
        except SetAside as error:
            aside.append(error.note)
            continue
        plain, beside = split_properties(columns)
        tags = as_tags(plain)
        if (bounds is not None and not bounds.meets(mended.bounds)) or not wanted(tags):
            continue
        repairs += [note] if note is not None else []
        features.append(_feature(number, mended, tags, beside))
    sorted_features = sort_features(features)
    return FeatureSet(
        sorted_features,
        tuple(aside),
        tuple(repairs),
        None,
        "polygons",
        None,
        str(path),
        {"polygon": len(sorted_features)},
    )


def _feature(number: int, geometry: BaseGeometry, tags: Tags, beside: Mapping[str, Any]) -> Feature:
    """The feature, with the number and stamps that overpass-turbo and :mod:`rsica_data.osm.geojson` write."""
    kind, _, osm_id = str(beside.get("id", "")).partition("/")
    if kind not in ("node", "way", "relation") or not _is_number(osm_id):
        return Feature(number, "polygon", geometry, tags)
    version = _text(beside.get("version")) or ""
    stamps = (_text(beside.get(name)) for name in ("timestamp", "valid_from", "valid_to"))
    return Feature(int(osm_id), kind, geometry, tags, int(version) if _is_number(version) else None, *stamps)


def _is_number(text: str) -> bool:
    """Whether a text is a whole number from 0 that 63 bits hold."""
    return text.isascii() and text.isdigit() and len(text) <= 18


def _check_degrees(path: Path, name: str, geometry: BaseGeometry) -> None:
    west, south, east, north = geometry.bounds
    if not all(math.isfinite(value) for value in geometry.bounds):
        raise SetAside(name, "no-coordinates", "has coordinates that are no numbers")
    if west >= -180 and east <= 180 and south >= -90 and north <= 90:
        return
    detail = f"{name} has coordinates {west:.6g},{south:.6g} to {east:.6g},{north:.6g}, which are no degrees"
    if west >= -90 and east <= 90 and south >= -180 and north <= 180:
        raise UserError(f"{name}: latitude and longitude are swapped ({detail})", file=path, hint="longitude first")
    raise UserError(detail, file=path, hint="the file's CRS is missing or wrong")


def as_tags(columns: Mapping[str, Any]) -> dict[str, str]:
    """Columns as tags: text values, empty ones left out, known columns under OSM's keys."""
    tags: dict[str, str] = {}
    for key, value in columns.items():
        if key in ("tags", "other_tags") and isinstance(value, Mapping):
            tags |= {str(k): str(v) for k, v in value.items() if v is not None}
            continue
        text = _primary(value) if key == "names" else _text(value)
        if text:
            tags["name" if key == "names" else key] = text
    is_overture = "names" in columns or "sources" in columns
    if is_overture:
        for column, key in _OVERTURE.items():
            if column in tags:
                tags.setdefault(key, tags[column])
    if "building" not in tags and (is_overture or not columns or set(columns) & _FOOTPRINT_COLUMNS == set(columns)):
        tags["building"] = "yes"
    return tags


def _primary(value: Any) -> str | None:
    return _text(value.get("primary")) if isinstance(value, Mapping) else _text(value)


def _text(value: Any) -> str | None:
    if value is None or value != value or isinstance(value, (list, dict, tuple, bytes)):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return utf8_text(str(value)).strip() or None


def _geojson_rows(path: Path) -> Iterator[Row]:
    move: Callable[[Any], Any] | None = None
    for number, geometry, properties, crs in geojson_rows(path):
        move = move or to_degrees(crs, path)
        yield number, None if geometry is None else force_flat(moved(move, geometry)), properties


def force_flat(geometry: Any) -> Any:
    """Geometry without heights."""
    from shapely import force_2d

    return force_2d(geometry)


def _vector_rows(path: Path, layer: str | None) -> Iterator[Row]:
    """By OGR: GeoPackage, FlatGeobuf, shapefiles."""
    from shapely import force_2d, from_wkb

    move: Callable[[Any], Any] | None = None
    for crs, start, data, fields, columns in vector_rows(path, layer):
        move = move or to_degrees(crs, path)
        shapes = force_2d(moved(move, from_wkb(data, on_invalid="ignore")))
        for number, shape in enumerate(shapes):
            values = {field: _plain(column[number]) for field, column in zip(fields, columns, strict=True)}
            yield start + number, shape, values


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def to_degrees(crs: str | None, path: Path) -> Callable[[Any], Any]:
    """A function that takes geometry from a CRS to EPSG:4326, longitude first.

    Raises:
        UserError: there is no CRS, or it is not known.
    """
    import pyproj
    import shapely

    if not crs:
        raise UserError("has no CRS", file=path, hint="set it: ogr2ogr -a_srs EPSG:... OUT IN")
    if names_files(crs):
        raise UserError("has a CRS that names files", file=path, hint="set it: ogr2ogr -a_srs EPSG:... OUT IN")
    try:
        source = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise UserError(f"has a CRS that is not known: {short(str(error).splitlines()[0])}", file=path) from None
    if source.to_epsg() in (4326, 4979) or source.to_authority() == ("OGC", "CRS84"):
        return lambda shapes: shapes
    try:
        there = pyproj.Transformer.from_crs(source, 4326, always_xy=True)
    except pyproj.exceptions.ProjError as error:
        problem = f"has a CRS that does not lead to degrees: {short(str(error).splitlines()[0])}"
        raise UserError(problem, file=path) from None
    return lambda shapes: shapely.transform(shapes, there.transform, interleaved=False)


def moved(move: Callable[[Any], Any], shapes: Any) -> Any:
    """Geometry through a function of :func:`to_degrees`; coordinates that are none stay so, and are refused later."""
    import numpy as np

    with np.errstate(invalid="ignore"):
        return move(shapes)


def _parquet_rows(path: Path) -> Iterator[Row]:
    """GeoParquet, a batch at a time; WKB geometry as the standard and Overture have it."""
    from shapely import force_2d, from_wkb

    with opened_parquet(path) as opened:
        column, crs = _geo_column(opened.schema_arrow, path)
        move = to_degrees(crs, path)
        start = 0
        for batch in opened.iter_batches(_BATCH):
            rows = batch.drop_columns([column]).to_pylist()
            shapes = from_wkb(batch.column(column).to_numpy(zero_copy_only=False), on_invalid="ignore")
            for number, (shape, row) in enumerate(zip(force_2d(moved(move, shapes)), rows, strict=True)):
                yield start + number, shape, {key: value for key, value in row.items() if key != "bbox"}
            start += len(rows)


def _geo_column(schema: Any, path: Path) -> tuple[str, str | None]:
    """Name and CRS of the geometry of a GeoParquet file, whose metadata may hold anything."""
    import pyarrow as pa

    text = (schema.metadata or {}).get(b"geo")
    if text is None:
        raise UserError("is parquet but no GeoParquet: it has no 'geo' metadata", file=path)
    about = need_object(parse_json(decoded(text, path, key="geo"), path, key="geo"), "GeoParquet", path, key="geo")
    column, columns = about.get("primary_column"), about.get("columns")
    if not isinstance(column, str):
        raise UserError("names no column", file=path, key="geo.primary_column")
    entry = columns.get(column) if isinstance(columns, dict) else None
    if not isinstance(entry, dict):
        raise UserError(f"says nothing of the column '{short(column)}'", file=path, key="geo.columns")
    if len(schema.get_all_field_indices(column)) != 1:
        raise UserError(f"the file has no column '{short(column)}', or several", file=path, key="geo.primary_column")
    if entry.get("encoding") != "WKB":
        problem = f"its geometry is encoded as {short(str(entry.get('encoding')))}"
        raise UserError(problem, file=path, hint="write it as WKB")
    kind = schema.field(column).type
    if not (pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
        raise UserError(f"its geometry is a column of {short(str(kind))}, not of bytes", file=path, key=column)
    # Without the key the standard says longitude and latitude; null says that nobody knows.
    crs = entry.get("crs", "OGC:CRS84")
    return column, json.dumps(crs) if isinstance(crs, dict) else None if crs is None else str(crs)


def _csv_rows(path: Path) -> Iterator[Row]:
    _, first = next(read_lines(path, unpack=True), (1, b""))
    text = decoded(first, path, line=1)
    if text.lstrip().startswith("{"):
        return _line_rows(path)
    if not all(name in text for name in GOOGLE_COLUMNS):
        hint = "columns of Google's Open Buildings (" + ", ".join(GOOGLE_COLUMNS) + ") or a line of GeoJSON each"
        raise UserError("is no table of polygons that is known here", file=path, line=1, hint=hint)
    return _google_rows(path)


def _google_rows(path: Path) -> Iterator[Row]:
    from shapely import from_wkt
    from shapely.errors import ShapelyError

    for number, row in stream_table(path, GOOGLE_COLUMNS):
        try:
            shape = from_wkt(row["geometry"])
        except (ShapelyError, TypeError, ValueError):
            shape = None
        kept = ("confidence", "area_in_meters", "full_plus_code")
        yield number, shape, {key: row.get(key) for key in kept}


def _line_rows(path: Path) -> Iterator[Row]:
    lines = read_json_lines(
        path, "a feature", own=False, unpack=True, surrogates="replace", numbers="text", nan_as_null=True
    )
    for number, item in lines:
        geometry, properties = feature_parts(item, path, line=number)
        # Microsoft writes -1 where a height or confidence is not known.
        yield number - 1, geometry, {key: value for key, value in properties.items() if value != -1}
