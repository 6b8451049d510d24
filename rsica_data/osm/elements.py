"""OSM's own elements before they have a geometry, and the rule which closed ways are areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rsica_data.osm.features import Tags

Point = tuple[float, float]

AREA_RELATIONS = ("multipolygon", "boundary")

# Which tags make a closed way an area: the table "Overpass turbo/Polygon Features" of the OSM wiki, which osmnx and
# osmtogeojson use too. "all": any value; else whether the values listed are the only ones ("only") or excepted.
_ALL = """
    amenity area area:highway boundary building building:part craft golf historic indoor landuse leisure military office
    place public_transport ruins shop tourism
"""
_AREA_KEYS: dict[str, tuple[str, frozenset[str]]] = {
    **{key: ("all", frozenset()) for key in _ALL.split()},
    "aeroway": ("except", frozenset({"taxiway"})),
    "man_made": ("except", frozenset({"cutline", "embankment", "pipeline"})),
    "natural": ("except", frozenset({"arete", "cliff", "coastline", "ridge", "tree_row"})),
    "barrier": ("only", frozenset({"city_wall", "ditch", "hedge", "retaining_wall", "spikes"})),
    "highway": ("only", frozenset({"elevator", "escape", "rest_area", "services"})),
    "power": ("only", frozenset({"generator", "plant", "substation", "transformer"})),
    "railway": ("only", frozenset({"platform", "roundhouse", "station", "turntable"})),
    "waterway": ("only", frozenset({"boatyard", "dam", "dock", "riverbank"})),
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """Version, time of edit, and the span in which a state held (history files)."""

    version: int | None = None
    timestamp: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None


@dataclass(frozen=True, slots=True)
class RawWay:
    """A way: node numbers, and their coordinates ``(lon, lat)`` or None where the file does not hold the node."""

    osm_id: int
    refs: Sequence[int]
    points: Sequence[Point | None]
    tags: Tags
    stamp: Stamp

    @property
    def closed(self) -> bool:
        """Whether it ends where it starts."""
        return len(self.refs) > 3 and self.refs[0] == self.refs[-1]

    @property
    def missing(self) -> int:
        """How many of its nodes have no coordinates."""
        return sum(point is None for point in self.points)


@dataclass(frozen=True, slots=True)
class RawRelation:
    """A relation: members as ``(type, number, role)``; type is ``node``, ``way`` or ``relation``."""

    osm_id: int
    members: Sequence[tuple[str, int, str]]
    tags: Tags
    stamp: Stamp

    @property
    def is_area(self) -> bool:
        """Whether it stands for an area."""
        return self.tags.get("type") in AREA_RELATIONS

    def ways(self) -> list[tuple[int, str]]:
        """Number and role of the member ways."""
        return [(ref, role) for kind, ref, role in self.members if kind == "way"]


def is_area(tags: Tags) -> bool:
    """Whether the tags make a closed way an area.

    ``area=no`` forbids it; else one tag of the table is enough.
    """
    if tags.get("area") == "no":
        return False
    for key in tags.keys() & _AREA_KEYS.keys():
        rule, values = _AREA_KEYS[key]
        if rule == "all" or (tags[key] in values) == (rule == "only"):
            return True
    return False


def unwrapped(points: Sequence[Point | None]) -> list[Point | None]:
    """Points of a way, western ones moved east by 360 degrees where the way crosses the antimeridian."""
    longitudes = [point[0] for point in points if point is not None]
    if not longitudes or max(longitudes) - min(longitudes) <= 180:
        return list(points)
    return [point if point is None or point[0] > 0 else (point[0] + 360, point[1]) for point in points]


_BARE = ("type", "source", "note", "created_by", "attribution", "fixme")


def is_untagged(tags: Tags) -> bool:
    """Whether a relation says nothing of what it is: before 2017 the tags of many stood on their outer ways."""
    return all(key in _BARE or key.startswith("source:") for key in tags)
