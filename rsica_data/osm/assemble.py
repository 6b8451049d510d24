"""Features out of OSM elements: what every reader of OSM data shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rsica_data.osm.elements import Point, RawRelation, RawWay, Stamp, is_untagged
from rsica_data.osm.features import Bounds, Feature, FeatureSet, Note, Tags, check_number, sort_features
from rsica_data.osm.way_geometry import SetAside, relation_geometry, repaired, way_geometry

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

TagFilter = Callable[[Tags], bool]


def any_tags(tags: Tags) -> bool:
    """The default filter: whatever has a tag."""
    return bool(tags)


@dataclass
class Assembler:
    """Collects features, and what was skipped or repaired.

    Member ways of relations are kept until the relations are built; other ways are turned into features as they
    come, so that memory holds what passes the filters and no more.

    Attributes:
        wanted: which tags make a feature.
        bounds: features whose box does not meet it are left out; None for all.
        origin: the file, for messages.
    """

    wanted: TagFilter = any_tags
    bounds: Bounds | None = None
    origin: str = ""
    features: list[Feature] = field(default_factory=list)
    skipped: list[Note] = field(default_factory=list)
    repairs: list[Note] = field(default_factory=list)
    _relations: list[RawRelation] = field(default_factory=list)
    _members: dict[int, RawWay | None] = field(default_factory=dict)
    _borrowed: set[int] = field(default_factory=set)

    def announce(self, relations: Iterable[RawRelation]) -> None:
        """Relations of the file, before its ways: those that are areas and wanted are built in :meth:`finish`."""
        for relation in relations:
            untagged = is_untagged(relation.tags)
            if relation.is_area and (untagged or self.wanted(relation.tags)):
                self._relations.append(relation)
                for ref, role in relation.ways():
                    self._members[ref] = None
                    if untagged and role != "inner":
                        self._borrowed.add(ref)

    def needs(self, way_id: int, tags: Tags) -> bool:
        """Whether a way matters, so that its coordinates are worth looking up."""
        return way_id in self._members or (bool(tags) and self.wanted(tags))

    def node(self, osm_id: int, point: Point, tags: Tags, stamp: Stamp) -> None:
        """A node with tags."""
        from shapely import Point as Shape

        if tags and self.wanted(tags):
            self._add(osm_id, "node", lambda: Shape(point), tags, stamp)

    def way(self, way: RawWay) -> None:
        """A way; ways that lend their tags to a relation are no features of their own."""
        if way.osm_id in self._members:
            self._members[way.osm_id] = way
        if way.osm_id in self._borrowed or not way.tags or not self.wanted(way.tags):
            return
        if self._near(way):
            self._add(way.osm_id, "way", lambda: way_geometry(way), way.tags, way.stamp)

    def _near(self, way: RawWay) -> bool:
        """Whether a way's points meet the box: cheaper than its geometry."""
        points = [point for point in way.points if point is not None]
        if self.bounds is None or not points:
            return True
        lons, lats = zip(*points, strict=True)
        return self.bounds.meets((min(lons), min(lats), max(lons), max(lats)))

    def finish(self, reader: str, extent: Bounds | None, date: str | None, origin: str) -> FeatureSet:
        """Build the relations and hand everything over."""
        ways = {number: way for number, way in self._members.items() if way is not None}
        for relation in self._relations:
            tags = _borrowed_tags(relation, ways) if is_untagged(relation.tags) else relation.tags
            if not is_untagged(tags) and self.wanted(tags):
                stamp = joint_stamp(relation.stamp, (ways[ref].stamp for ref, _ in relation.ways() if ref in ways))
                self._add(relation.osm_id, "relation", _lazily(relation, ways), tags, stamp)
        self._return_lent(ways)
        features = sort_features(self.features)
        counts = Counter(feature.osm_type for feature in features)
        aside, repairs = tuple(self.skipped), tuple(self.repairs)
        return FeatureSet(features, aside, repairs, extent, reader, date, origin, dict(counts))

    def _return_lent(self, ways: Mapping[int, RawWay]) -> None:
        """Ways whose relation came to nothing are features again: the object is there, only its holes are unknown."""
        built = {feature.osm_id for feature in self.features if feature.osm_type == "relation"}
        kept = {ref for relation in self._relations if relation.osm_id in built for ref, _ in relation.ways()}
        for ref in sorted(self._borrowed - kept):
            way = ways.get(ref)
            if way is not None and way.tags and self.wanted(way.tags):
                self._add(ref, "way", _lazily_way(way), way.tags, way.stamp)

    def _add(self, osm_id: int, kind: str, build: Callable[[], BaseGeometry], tags: Tags, stamp: Stamp) -> None:
        name = f"{kind}/{osm_id}"
        check_number(len(self.features) + len(self.skipped) + 1, self.origin)
        try:
            shape = build()
            _check_range(name, shape)
            geometry, note = repaired(shape, name)
        except SetAside as aside:
            self.skipped.append(aside.note)
            return
        if self.bounds is not None and not self.bounds.meets(geometry.bounds):
            return
        if note is not None:
            self.repairs.append(note)
        self.features.append(
            Feature(osm_id, kind, geometry, tags, stamp.version, stamp.timestamp, stamp.valid_from, stamp.valid_to)
        )


def _check_range(name: str, geometry: BaseGeometry) -> None:
    """Raises SetAside where coordinates are no degrees; geometry over the antimeridian goes beyond 180."""
    if geometry.is_empty:
        return
    west, south, east, north = geometry.bounds
    if not (west >= -360 and east <= 540 and south >= -90 and north <= 90):
        raise SetAside(name, "no-coordinates", f"has coordinates {west:.6g},{south:.6g} to {east:.6g},{north:.6g}")


def joint_stamp(own: Stamp, parts: Iterable[Stamp]) -> Stamp:
    """An element's stamp with the span in which it and all its parts held."""
    if own.valid_from is None:
        return own
    spans = [own, *parts]
    begin = max(stamp.valid_from for stamp in spans if stamp.valid_from is not None)
    end = min((stamp.valid_to for stamp in spans if stamp.valid_to is not None), default=None)
    return replace(own, valid_from=begin, valid_to=end)


def _lazily(relation: RawRelation, ways: Mapping[int, RawWay]) -> Callable[[], BaseGeometry]:
    return lambda: relation_geometry(relation, ways)


def _lazily_way(way: RawWay) -> Callable[[], BaseGeometry]:
    return lambda: way_geometry(way)


def _borrowed_tags(relation: RawRelation, ways: Mapping[int, RawWay]) -> Tags:
    """Tags that all outer ways share, with the relation's own on top."""
    outer = [ways[ref].tags for ref, role in relation.ways() if role != "inner" and ref in ways]
    shared = {
        key: value for key, value in (outer[0] if outer else {}).items() if all(t.get(key) == value for t in outer)
    }
    return {**shared, **relation.tags}
