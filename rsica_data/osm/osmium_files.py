"""OSM files by osmium: XML, PBF, change histories, plain or compressed.

A plain file is read in two passes, relations first, then nodes and ways; coordinates of nodes lie in osmium's own
store (16 bytes a node), so that an extract of a country fits in memory. Nodes that come after their ways, as Overpass
writes them, and locations that stand on the ways themselves cost one more pass. Of a history file every node's state at
the date is held (about 300 bytes a node): cut large ones to the area first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rsica_data.core.errors import RsicaError, UserError
from rsica_data.core.files import utf8_text
from rsica_data.core.json_text import short
from rsica_data.core.packed_limits import check_packed
from rsica_data.osm.assemble import Assembler, TagFilter, joint_stamp
from rsica_data.osm.elements import Point, RawRelation, RawWay, Stamp, unwrapped
from rsica_data.osm.features import Bounds, FeatureSet, Note, Tags
from rsica_data.osm.pbf_blobs import check_blobs

_FOREVER = "9999"
_LARGEST_RATIO = 50
"""Bytes of XML that a byte of gzip or bzip2 holds: some 12 to 20 of real extracts. Of PBF it is 2 to 4."""
# Of osmium's set of ids: a block of 2 ** 25 ids takes 4 MB, and 8 bytes where nothing stands in it. OpenStreetMap's
# highest id is about 1.3e10.
_BLOCK_BITS = 25
_MOST_BLOCKS = 32
_HIGHEST_ID = 1 << 40


def read_osmium(path: Path, wanted: TagFilter, bounds: Bounds | None, date: str | None) -> FeatureSet:
    """Features of an OSM file.

    Args:
        path: ``.osm``, ``.osm.gz``, ``.osm.bz2``, ``.osm.pbf``, ``.osh`` and the like.
        wanted: which tags make a feature.
        bounds: box that they must meet; None for all.
        date: state at this time (ISO 8601, UTC), of a history file; None for its last state.

    Raises:
        UserError: not such a file, broken, or a date is asked of a file without history.
    """
    if path.name.lower().endswith(".pbf"):
        check_blobs(path, ratio=_LARGEST_RATIO)
    check_packed(path, ratio=_LARGEST_RATIO)
    assembler = Assembler(wanted, bounds, str(path))
    try:
        header = _open(path).header
        history = ".osh" in path.name or header.has_multiple_object_versions
        if date is not None and not history:
            hint = "give the extract of each date, or a history file (.osh.pbf)"
            raise UserError("is no history file: it holds one state of the map", file=path, hint=hint)
        extent = _extent(header)
        if history:
            _read_history(path, assembler, date)
        else:
            _read_plain(path, assembler)
    except RsicaError:
        raise
    except Exception as error:
        # osmium's own, and what Python makes of numbers, times and texts that are none.
        raise UserError(f"cannot be read as OSM data: {_first_line(error)}", file=path) from None
    return assembler.finish("osmium", extent, date, str(path))


def _open(path: Path, *entities: Any) -> Any:
    import osmium

    kinds = entities[0] if entities else osmium.osm.ALL
    return osmium.FileProcessor(str(path.absolute()), kinds)


def _first_line(error: Exception) -> str:
    return short((str(error).splitlines() or [type(error).__name__])[0])


def _extent(header: Any) -> Bounds | None:
    box = header.box()
    if not box.valid():
        return None
    low, high = box.bottom_left, box.top_right
    if low.lon == high.lon or low.lat >= high.lat:
        return None
    return Bounds(low.lon, low.lat, high.lon, high.lat)


def _read_plain(path: Path, assembler: Assembler) -> None:
    import osmium

    osm = osmium.osm
    assembler.announce(_relation(item) for item in _open(path, osm.RELATION))
    tagged = osmium.filter.EmptyTagFilter()
    tagged.enable_for(osm.NODE)
    waiting: list[RawWay] = []
    for item in _open(path, osm.NODE | osm.WAY).with_locations().with_filter(tagged):
        tags = _tags(item)
        if item.is_node():
            if item.location.valid():
                assembler.node(item.id, (item.lon, item.lat), tags, _stamp(item))
        elif assembler.needs(item.id, tags):
            way = _way(item, tags)
            if way.missing:
                waiting.append(way)
            else:
                assembler.way(way)
    for way in _with_late_nodes(path, _with_own_locations(path, waiting)):
        assembler.way(way)


def _with_own_locations(path: Path, ways: list[RawWay]) -> list[RawWay]:
    """The ways with coordinates that stand on the ways themselves, as `osmium add-locations-to-ways` writes them."""
    import osmium

    if not ways:
        return []
    # Without osmium's store of nodes, which would put "not there" in the place of these.
    osm_ways = _numbered(path, osmium.osm.WAY, {way.osm_id for way in ways})
    own = {item.id: _points(item) for item in osm_ways}
    return [_filled(way, own.get(way.osm_id, ())) for way in ways]


def _numbered(path: Path, kind: Any, ids: set[int]) -> Iterator[Any]:
    """The elements of a kind with these ids."""
    import osmium

    items = _open(path, kind)
    # osmium's filter holds a bit an id up to the highest, in blocks; it is faster, and takes no negative ids.
    if min(ids) >= 0 and max(ids) < _HIGHEST_ID and len({number >> _BLOCK_BITS for number in ids}) <= _MOST_BLOCKS:
        yield from items.with_filter(osmium.filter.IdFilter(ids))
    else:
        yield from (item for item in items if item.id in ids)


def _filled(way: RawWay, points: Sequence[Point | None]) -> RawWay:
    """The way with points put where it lacks them; they belong to the same nodes."""
    if len(points) != len(way.points):
        return way
    return replace(way, points=unwrapped([a if a is not None else b for a, b in zip(way.points, points, strict=True)]))


def _with_late_nodes(path: Path, ways: list[RawWay]) -> Iterator[RawWay]:
    """The ways with the nodes that stand after them in the file."""
    import osmium

    lacking = {ref for way in ways for ref, point in zip(way.refs, way.points, strict=True) if point is None}
    if not lacking:
        yield from ways
        return
    nodes = _numbered(path, osmium.osm.NODE, lacking)
    late: dict[int, Point] = {node.id: (node.lon, node.lat) for node in nodes if node.location.valid()}
    for way in ways:
        points = [late.get(ref) if at is None else at for ref, at in zip(way.refs, way.points, strict=True)]
        yield replace(way, points=unwrapped(points))


def _tags(item: Any) -> Tags:
    return {utf8_text(tag.k): utf8_text(tag.v) for tag in item.tags}


def _stamp(item: Any) -> Stamp:
    return Stamp(item.version or None, _timestamp(item))


def _timestamp(item: Any) -> str | None:
    moment = item.timestamp
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment.year > 1970 else None


def _way(item: Any, tags: Tags) -> RawWay:
    return RawWay(item.id, [node.ref for node in item.nodes], unwrapped(_points(item)), tags, _stamp(item))


def _points(item: Any) -> list[Point | None]:
    """Coordinates of a way's nodes, None where they are not known."""
    places = (node.location for node in item.nodes)
    return [(place.lon, place.lat) if place.valid() else None for place in places]


def _relation(item: Any) -> RawRelation:
    kinds = {"n": "node", "w": "way", "r": "relation"}
    members = [(kinds[member.type], member.ref, member.role) for member in item.members]
    return RawRelation(item.id, members, _tags(item), _stamp(item))


@dataclass(slots=True)
class _Version:
    """The version of an element that holds at the date, and when the next one begins."""

    version: int = -1
    item: Any = None
    begin: str = ""
    end: str | None = None

    def offer(self, version: int, moment: str, date: str, item: Any) -> None:
        """Take another version into account, in any order."""
        if moment > date:
            self.end = moment if self.end is None else min(self.end, moment)
        elif version > self.version:
            self.version, self.item, self.begin = version, item, moment

    def stamp(self) -> Stamp:
        return Stamp(self.version, self.begin, self.begin, self.end)


def _read_history(path: Path, assembler: Assembler, date: str | None) -> None:
    kinds: dict[str, dict[int, _Version]] = {"n": {}, "w": {}, "r": {}}
    until = date or _FOREVER
    for item in _open(path):
        kind = item.type_str()
        moment = _timestamp(item)
        if kind not in kinds:
            continue
        if moment is None:
            raise UserError(f"{kind}{item.id} has no timestamp, as a history needs", file=path)
        kept = kinds[kind].setdefault(item.id, _Version())
        kept.offer(item.version, moment, until, _copy(item, kind) if item.visible else None)
    nodes = {number: kept for number, kept in kinds["n"].items() if kept.item is not None}
    assembler.announce(replace(kept.item, stamp=kept.stamp()) for kept in kinds["r"].values() if kept.item is not None)
    for number, kept in nodes.items():
        point, tags = kept.item
        assembler.node(number, point, tags, kept.stamp())
    for number, kept in kinds["w"].items():
        if kept.item is not None:
            refs, tags, own = kept.item
            assembler.way(_filled(_way_at(number, refs, tags, kept.stamp(), nodes), own))
    for kind, word in (("w", "way"), ("r", "relation")):
        gone = [number for number, kept in kinds[kind].items() if kept.item is None and kept.version >= 0]
        assembler.skipped += [Note(f"{word}/{number}", "deleted", "was deleted by then") for number in gone]


def _copy(item: Any, kind: str) -> Any:
    # Items of the stream do not outlive their turn.
    if kind == "n":
        return ((item.lon, item.lat), _tags(item)) if item.location.valid() else None
    if kind == "w":
        points = _points(item)
        # An empty list costs less than one of None a way.
        return [node.ref for node in item.nodes], _tags(item), points if any(points) else []
    return _relation(item)


def _way_at(number: int, refs: list[int], tags: Tags, stamp: Stamp, nodes: dict[int, _Version]) -> RawWay:
    there = [nodes.get(ref) for ref in refs]
    points = [None if node is None else node.item[0] for node in there]
    span = joint_stamp(stamp, (node.stamp() for node in there if node is not None))
    return RawWay(number, refs, unwrapped(points), tags, span)
