"""Features as GeoJSON and back: the form of overpass-turbo, ``"@id": "way/123"`` beside the tags."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.files import atomic_path
from rsica_data.core.json_text import kind_of, read_json, short
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
    with atomic_path(path, lone=True) as temporary, temporary.open("w", encoding="utf-8") as stream:
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
    content = read_json(path, surrogates="replace", numbers="text", nan_as_null=True)
    members = content.get("features") if isinstance(content, Mapping) else None
    if not isinstance(members, list):
        raise UserError("is no GeoJSON FeatureCollection: it has no list 'features'", file=path)
    crs = _crs(content, path)
    for number, member in enumerate(members):
        geometry, properties = feature_parts(member, path, key=f"features[{number}]")
        yield number, geometry, properties, crs


def feature_parts(
    member: Any, path: Path, *, line: int | None = None, key: str | None = None
) -> tuple[Any, dict[str, Any]]:
    """Geometry (shapely; None where there is none) and properties of a feature.

    Args:
        member: what stands in place of the feature.
        path: the file, for messages.
        line: line of the feature, where each has one.
        key: place of the feature in the file.

    Raises:
        UserError: it is no feature.
    """
    from shapely.errors import ShapelyError
    from shapely.geometry import shape

    def mistake(what: str) -> UserError:
        return UserError(f"is not as GeoJSON has it: {what}", file=path, line=line, key=key)

    if not isinstance(member, Mapping):
        raise mistake(f"{kind_of(member)}, not an object")
    properties = member.get("properties")
    if properties is not None and not isinstance(properties, Mapping):
        raise mistake(f"its properties are {kind_of(properties)}, not an object")
    if not member.get("geometry"):
        return None, dict(properties or {})
    try:
        return shape(member["geometry"]), dict(properties or {})
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, ShapelyError) as error:
        raise mistake(short(repr(error))) from None


def _crs(content: Mapping[str, Any], path: Path) -> str | None:
    if "crs" not in content:
        return "OGC:CRS84"
    try:
        return None if content["crs"] is None else str(content["crs"]["properties"]["name"])
    except (KeyError, TypeError, IndexError):
        raise UserError("its crs member cannot be read", file=path, hint="name it, or leave it out") from None
