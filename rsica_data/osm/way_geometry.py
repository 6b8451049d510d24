"""Geometry of ways and multipolygons, repaired where it can be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rsica_data.osm.elements import Point, RawRelation, RawWay, is_area
from rsica_data.osm.features import Note

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


class SetAside(Exception):
    """An element cannot be used; carries the note."""

    def __init__(self, name: str, reason: str, detail: str) -> None:
        self.note = Note(name, reason, detail)
        super().__init__(detail)


def way_geometry(way: RawWay) -> BaseGeometry:
    """LineString, MultiLineString or Polygon of a way.

    A line whose middle nodes are missing keeps the pieces that are there. An area needs all its nodes: closing it
    across a gap would invent land.

    Raises:
        SetAside: ``missing-node`` or ``too-few-points``.
    """
    # The plain constructors of shapely's classes take several times as long.
    from shapely import LineString, MultiLineString, linestrings, polygons

    name = f"way/{way.osm_id}"
    area = way.closed and is_area(way.tags)
    if not way.missing:
        points = _whole(way.points)
        if len(set(points)) < (3 if area else 2):
            raise SetAside(name, "too-few-points", f"has {len(set(points))} different points")
        geometry: BaseGeometry = polygons(points) if area else linestrings(points)
        return geometry
    detail = f"{way.missing} of its {len(way.refs)} nodes are not in the file"
    if area:
        raise SetAside(name, "missing-node", f"an area, and {detail}")
    runs = [run for run in _runs(way.points) if len(set(run)) >= 2]
    if not runs:
        raise SetAside(name, "missing-node", detail)
    return LineString(runs[0]) if len(runs) == 1 else MultiLineString(runs)


def _whole(points: Sequence[Point | None]) -> list[Point]:
    return [point for point in points if point is not None]


def _runs(points: Sequence[Point | None]) -> Iterator[list[Point]]:
    """Stretches of neighbouring points that are there."""
    run: list[Point] = []
    for point in points:
        if point is not None:
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run


def relation_geometry(relation: RawRelation, ways: Mapping[int, RawWay]) -> BaseGeometry:
    """Polygon or MultiPolygon of a multipolygon or boundary relation.

    Inner rings are cut out of the outer rings around them; outer rings within an inner one are islands. A ring without
    a role is inner where it lies within an outer ring, else outer.

    Raises:
        SetAside: ``incomplete-relation`` (a member way or a node of one is not in the file), ``open-ring``, or
            ``empty-geometry``.
    """
    from shapely import unary_union

    name = f"relation/{relation.osm_id}"
    rings: dict[str, list[RawWay]] = {"outer": [], "inner": [], "": []}
    absent = []
    for ref, role in relation.ways():
        if role in rings:
            way = ways.get(ref)
            if way is None or way.missing:
                absent.append(ref)
            else:
                rings[role].append(way)
    if absent:
        shown = ", ".join(map(str, absent[:3])) + (", ..." if len(absent) > 3 else "")
        detail = f"{len(absent)} of its {len(relation.ways())} member ways are not whole in the file (way {shown})"
        raise SetAside(name, "incomplete-relation", detail)
    if not any(rings.values()):
        raise SetAside(name, "empty-geometry", "has no member ways")
    outer, inner = _polygons(name, rings["outer"]), _polygons(name, rings["inner"])
    for polygon in sorted(_polygons(name, rings[""]), key=lambda item: -item.area):
        inside = any(shell.contains(polygon) for shell in outer)
        (inner if inside else outer).append(polygon)
    return unary_union([_with_holes(shell, inner) for shell in outer])


def _with_holes(shell: BaseGeometry, holes: Sequence[BaseGeometry]) -> BaseGeometry:
    """An outer ring without the inner rings in it. An inner ring that is larger has the outer one as its island."""
    from shapely import unary_union

    within = [hole for hole in holes if hole.area < shell.area and hole.intersects(shell)]
    return shell.difference(unary_union(within)) if within else shell


def _polygons(name: str, ways: Sequence[RawWay]) -> list[BaseGeometry]:
    """Polygons of closed ways, and of ways that close together."""
    from shapely import LineString, Polygon, make_valid, polygonize_full

    polygons: list[BaseGeometry] = []
    open_lines = []
    for way in ways:
        points = _whole(way.points)
        if way.closed and len(set(points)) >= 3:
            polygons.append(make_valid(Polygon(points)))
        elif len(set(points)) >= 2:
            open_lines.append(LineString(points))
    if open_lines:
        # Ways of one relation meet in shared nodes, so that no noding is needed.
        faces, cuts, dangles, invalid = polygonize_full(open_lines)
        left = [part for group in (cuts, dangles, invalid) for part in group.geoms]
        if left:
            raise SetAside(name, "open-ring", f"{len(left)} of its lines do not close to a ring")
        polygons += list(faces.geoms)
    return polygons


def repaired(geometry: BaseGeometry, name: str) -> tuple[BaseGeometry, Note | None]:
    """The geometry made valid, keeping only parts of its own dimension, and a note where it had to change.

    Raises:
        SetAside: ``empty-geometry``: nothing is left of it.
    """
    from shapely.errors import GEOSException

    try:
        return _repaired(geometry, name)
    except GEOSException as error:
        raise SetAside(name, "empty-geometry", f"cannot be repaired: {error}") from None


def _repaired(geometry: BaseGeometry, name: str) -> tuple[BaseGeometry, Note | None]:
    from shapely import is_valid_reason, make_valid

    if geometry.geom_type == "GeometryCollection":
        return _collected(geometry, name)
    if geometry.is_valid:
        if geometry.is_empty:
            raise SetAside(name, "empty-geometry", "nothing is left of it")
        return geometry, None
    detail = is_valid_reason(geometry)
    mended = of_dimension(make_valid(geometry), 2 if "Polygon" in geometry.geom_type else 1)
    if mended is None:
        raise SetAside(name, "empty-geometry", f"{detail}; nothing is left after repair")
    return mended, Note(name, "self-intersection", detail)


def _collected(collection: BaseGeometry, name: str) -> tuple[BaseGeometry, Note | None]:
    """The areas of a collection united, else its lines, else its points; a note where others are left out."""
    from shapely import get_dimensions, get_parts, make_valid

    parts = [part for part in _leaves(collection, get_parts) if not part.is_empty]
    largest = max((int(get_dimensions(part)) for part in parts), default=-1)
    united = of_dimension(make_valid(collection), largest) if largest >= 0 else None
    if united is None:
        raise SetAside(name, "empty-geometry", "its collection holds no geometry")
    left = sum(int(get_dimensions(part)) < largest for part in parts)
    kind = {2: "areas", 1: "lines"}.get(largest, "points")
    detail = f"a collection: its {kind} are kept, {left} other parts left out"
    return united, Note(name, "mixed-collection", detail) if left else None


def of_dimension(geometry: Any, dimension: int) -> BaseGeometry | None:
    """The parts of a geometry that are areas (2), lines (1) or points (0), united; None where there are none.

    Cutting and repairing leave stray lines behind, which would be drawn as pixels.
    """
    from shapely import get_dimensions, get_parts, unary_union

    parts = [part for part in _leaves(geometry, get_parts) if get_dimensions(part) == dimension and not part.is_empty]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else unary_union(parts)


def _leaves(geometry: Any, get_parts: Any) -> Iterator[Any]:
    if geometry.geom_type.startswith("Multi") or geometry.geom_type == "GeometryCollection":
        for part in get_parts(geometry):
            yield from _leaves(part, get_parts)
    else:
        yield geometry
