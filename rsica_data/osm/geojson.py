"""Features as GeoJSON and back: the form of overpass-turbo, ``"@id": "way/123"`` beside the tags."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rsica_data.errors import UserError
from rsica_data.journal import atomic_path
from rsica_data.osm.features import Feature

_STAMPS = ("version", "timestamp", "valid_from", "valid_to")
_DECIMALS = 9  # of a degree: a tenth of a millimetre


def feature_json(feature: Feature, **properties: Any) -> dict[str, Any]:
    """A feature as a GeoJSON object; further properties get a ``@`` before their name."""
    from shapely import set_precision
    from shapely.geometry import mapping

    shape = set_precision(feature.geometry, 10.0**-_DECIMALS, mode="pointwise")
    stamps = {f"@{name}": getattr(feature, name) for name in _STAMPS if getattr(feature, name) is not None}
    extra = {f"@{name}": value for name, value in properties.items() if value is not None}
    return {
        "type": "Feature",
        "properties": {"@id": feature.name, **stamps, **extra, **feature.tags},
        "geometry": mapping(shape),
    }


def write_geojson(path: Path, features: Iterable[dict[str, Any]], **members: Any) -> int:
    """A FeatureCollection, a feature a line; returns how many. The file is whole or not there."""
    count = 0
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        head = {"type": "FeatureCollection", **members}
        stream.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [')
        for feature in features:
            stream.write(("," if count else "") + "\n" + json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
            count += 1
        stream.write("\n]}\n")
    return count


def split_properties(properties: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tags, and what stands beside them under ``@`` names (without the ``@``)."""
    tags = {key: value for key, value in properties.items() if not key.startswith("@")}
    return tags, {key[1:]: value for key, value in properties.items() if key.startswith("@")}


def geojson_rows(path: Path) -> Iterator[tuple[int, Any, dict[str, Any], str | None]]:
    """Number, geometry, properties and CRS of the features of a GeoJSON file.

    The CRS is the one of the old ``crs`` member where there is one; the standard's longitude and latitude else.

    Raises:
        UserError: not GeoJSON.
    """
    from shapely.errors import ShapelyError
    from shapely.geometry import shape

    try:
        content = json.loads(path.read_bytes())
    except (ValueError, OSError) as error:
        raise UserError(f"cannot be read as GeoJSON: {error}", file=path) from None
    members = content.get("features") if isinstance(content, Mapping) else None
    if not isinstance(members, list):
        raise UserError("is no GeoJSON FeatureCollection: it has no list 'features'", file=path)
    crs = _crs(content, path)
    for number, member in enumerate(members):
        try:
            geometry = shape(member["geometry"]) if member.get("geometry") else None
            yield number, geometry, dict(member.get("properties") or {}), crs
        except (KeyError, TypeError, ValueError, AttributeError, ShapelyError) as error:
            raise UserError(f"feature {number} is not as GeoJSON has it: {error!r}", file=path) from None


def _crs(content: Mapping[str, Any], path: Path) -> str | None:
    if "crs" not in content:
        return "OGC:CRS84"
    try:
        return None if content["crs"] is None else str(content["crs"]["properties"]["name"])
    except (KeyError, TypeError):
        raise UserError("its crs member cannot be read", file=path, hint="name it, or leave it out") from None
