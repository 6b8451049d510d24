"""Answers of an Overpass server in JSON: ``out body; >; out skel;``, ``out meta;`` and ``out geom;``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.json_text import kind_of, read_json, short
from rsica_data.osm.assemble import Assembler, TagFilter
from rsica_data.osm.elements import Point, RawRelation, RawWay, Stamp, unwrapped
from rsica_data.osm.features import Bounds, FeatureSet, Note


def read_overpass(path: Path, wanted: TagFilter, bounds: Bounds | None) -> FeatureSet:
    """Features of a saved answer.

    Raises:
        UserError: not JSON, no answer of Overpass, or one that stopped half-way (its ``remark`` says so).
    """
    answer = read_json(path, surrogates="replace")
    return overpass_features(answer, wanted, bounds, str(path))


def overpass_features(answer: Any, wanted: TagFilter, bounds: Bounds | None, origin: str) -> FeatureSet:
    """Features of an answer that is read already; as :func:`read_overpass`."""
    elements = answer.get("elements") if isinstance(answer, Mapping) else None
    if not isinstance(elements, list):
        raise UserError("is no answer of Overpass: it has no list 'elements'", file=origin)
    if "remark" in answer:
        raise UserError(
            f"is not whole; the server remarked: {short(str(answer['remark']))}", file=origin, hint="ask again"
        )
    assembler = Assembler(wanted, bounds, origin)
    try:
        _assemble(elements, assembler)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UserError(f"an element is not as Overpass writes it: {short(repr(error))}", file=origin) from None
    about = answer.get("osm3s", {})
    base = about.get("timestamp_osm_base") if isinstance(about, Mapping) else None
    base = base if isinstance(base, str) else None
    return assembler.finish("overpass-json", None, base, origin)


def _assemble(elements: list[Any], assembler: Assembler) -> None:
    points: dict[int, Point] = {}
    ways: dict[int, dict[str, Any]] = {}
    relations: dict[int, dict[str, Any]] = {}
    # The parts of a query come one after the other: an element may appears twice, once without its tags.
    for element in elements:
        kind, number = element["type"], int(element["id"])
        if kind == "node":
            points[number] = _degrees(element)
        elif kind == "way":
            known = ways.get(number, {})
            ways[number] = {**known, **element}
        elif kind == "relation":
            relations.setdefault(number, element)
            for member in element.get("members", ()):
                if member["type"] == "way" and "geometry" in member:
                    ways.setdefault(int(member["ref"]), {"geometry": member["geometry"]})
    assembler.announce(_relation(element) for element in relations.values())
    for element in {int(e["id"]): e for e in elements if e["type"] == "node" and e.get("tags")}.values():
        assembler.node(int(element["id"]), points[int(element["id"])], _tags(element), _stamp(element))
    for number, element in ways.items():
        way = _way(number, element, points)
        if way is None:
            assembler.skipped.append(Note(f"way/{number}", "no-coordinates", "ask with 'out geom' or '(._;>;)'"))
        elif assembler.needs(number, way.tags):
            assembler.way(way)


def _degrees(at: Mapping[str, Any]) -> Point:
    """Longitude and latitude.

    Raises:
        ValueError: they are no place on the globe.
    """
    longitude, latitude = float(at["lon"]), float(at["lat"])
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise ValueError(f"lon {longitude:g}, lat {latitude:g}")
    return longitude, latitude


def _tags(element: Mapping[str, Any]) -> dict[str, str]:
    tags = element.get("tags") or {}
    if not isinstance(tags, Mapping):
        raise TypeError(f"tags of {element['type']} {element['id']} are {kind_of(tags)}")
    return {str(key): str(value) for key, value in tags.items()}


def _way(number: int, element: Mapping[str, Any], points: Mapping[int, Point]) -> RawWay | None:
    # A way that only a relation's members speak of has no tags, and neither type nor number.
    tags = _tags({"type": "way", "id": number, **element})
    if "geometry" in element:
        way_points: list[Point | None] = [None if at is None else _degrees(at) for at in element["geometry"]]
        # `out geom` gives no node numbers for members: equal places stand for equal nodes.
        places: dict[Point, int] = {}
        made = [-1 - places.setdefault(at, len(places)) if at is not None else 0 for at in way_points]
        refs = [int(ref) for ref in element.get("nodes", made)]
    elif "nodes" in element:
        refs = [int(ref) for ref in element["nodes"]]
        way_points = [points.get(ref) for ref in refs]
        if refs and not any(way_points):
            return None
    else:
        return None
    return RawWay(number, list(refs), unwrapped(way_points), tags, _stamp(element))


def _relation(element: Mapping[str, Any]) -> RawRelation:
    members = [(m["type"], int(m["ref"]), m.get("role", "")) for m in element.get("members", ())]
    return RawRelation(int(element["id"]), members, _tags(element), _stamp(element))


def _stamp(element: Mapping[str, Any]) -> Stamp:
    version, moment = element.get("version"), element.get("timestamp")
    is_number = isinstance(version, int) and not isinstance(version, bool)
    return Stamp(version if is_number else None, moment if isinstance(moment, str) else None)
