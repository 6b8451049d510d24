"""What a map holds: features with geometry and tags, the box that is asked for, and what was skipped."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rsica_data.core.errors import UserError
from rsica_data.core.raw import LIMIT_VARIABLE, largest_document

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Tags = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Feature:
    """One object of a map.

    Attributes:
        osm_id: number of the OSM element; for other files the row, from 0.
        osm_type: ``node``, ``way`` or ``relation``; ``polygon`` for files that are not OSM.
        geometry: shapely, EPSG:4326, longitude before latitude. Valid: broken geometry was repaired or skipped.
        tags: OSM tags; for other files, their attributes as text, with OSM's keys where they have the meaning.
        version, timestamp: of the element itself (``2019-04-21T09:50:14Z``); None where the file has none.
        valid_from, valid_to: the span in which the map showed the object so, tags and nodes; only from history
            files. ``valid_to`` is exclusive, None where it is the last state.
    """

    osm_id: int
    osm_type: str
    geometry: BaseGeometry
    tags: Tags
    version: int | None = None
    timestamp: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None

    @property
    def key(self) -> tuple[str, int]:
        """Type and number: what identifies the object in all versions of the map."""
        return (self.osm_type, self.osm_id)

    @property
    def name(self) -> str:
        """``way/123``: how messages and outputs name it."""
        return f"{self.osm_type}/{self.osm_id}"


@dataclass(frozen=True, slots=True)
class Note:
    """What happened to one element: skipped, or repaired.

    Attributes:
        name: ``way/123``.
        reason: short and stable: ``missing-node``, ``open-ring``, ``too-few-points``, ``incomplete-relation``,
            ``self-intersection``, ``no-coordinates``, ``empty-geometry``, ``deleted``, ``mixed-collection``.
        detail: one readable sentence.
    """

    name: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """A box in degrees, EPSG:4326. ``west > east`` says that it crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        values = (self.west, self.south, self.east, self.north)
        if not all(math.isfinite(value) for value in values):
            raise UserError(f"box {values}: not all numbers are finite")
        if not (-180 <= self.west <= 180 and -180 <= self.east <= 180):
            raise UserError(f"box {values}: longitudes should be -180..180", hint="west,south,east,north in degrees")
        if not (-90 <= self.south <= 90 and -90 <= self.north <= 90):
            swapped = -90 <= self.west <= 90 and -90 <= self.east <= 90
            hint = "longitude comes first: west,south,east,north" if swapped else "west,south,east,north in degrees"
            raise UserError(f"box {values}: latitudes should be -90..90", hint=hint)
        if self.south >= self.north or self.west == self.east:
            raise UserError(f"box {values}: is empty", hint="west,south,east,north in degrees")

    @property
    def crosses(self) -> bool:
        """Whether it crosses the antimeridian."""
        return self.west > self.east

    def parts(self) -> list[Bounds]:
        """The box, or its two halves west and east of the antimeridian."""
        if not self.crosses:
            return [self]
        halves = []
        if self.west < 180:
            halves.append(Bounds(self.west, self.south, 180.0, self.north))
        if self.east > -180:
            halves.append(Bounds(-180.0, self.south, self.east, self.north))
        return halves

    def meets(self, box: Sequence[float]) -> bool:
        """Whether it meets a box ``(west, south, east, north)``; geometry over the antimeridian goes beyond 180."""
        west, south, east, north = box
        return any(
            part.west <= east + turn and west + turn <= part.east and part.south <= north and south <= part.north
            for part in self.parts()
            for turn in ((0,) if east <= 180 else (0, -360))
        )

    def swapped(self) -> Bounds | None:
        """The box with longitude and latitude exchanged, where that is a box at all."""
        if self.crosses or max(abs(self.west), abs(self.east)) > 90:
            return None
        return Bounds(self.south, self.west, self.north, self.east)

    def __str__(self) -> str:
        return f"{self.west:.6g},{self.south:.6g},{self.east:.6g},{self.north:.6g}"


_BYTES_A_FEATURE = 128


def check_number(number: int, origin: str) -> None:
    """Raises UserError where a map gives more features than are kept: 1,048,576, and more by ``RSICA_MAX_READ_MB``.

    A feature takes a kilobyte of memory whatever it holds, and a line of a file that makes one takes twenty bytes.
    """
    most = largest_document() // _BYTES_A_FEATURE
    if number > most:
        hint = f"cut it to the area (--bbox), or raise {LIMIT_VARIABLE} for a map that you trust"
        raise UserError(f"holds more than {most:,} features", file=origin or None, hint=hint)


def parse_bounds(text: str) -> Bounds:
    """``west,south,east,north`` as the command line takes it.

    Raises:
        UserError: not four numbers, or no box.
    """
    parts = text.split(",")
    try:
        west, south, east, north = (float(part) for part in parts)
    except ValueError:
        hint = "west,south,east,north in degrees, such as 24.93,60.16,24.95,60.17"
        raise UserError(f"'{text}' is not a box", hint=hint) from None
    return Bounds(west, south, east, north)


@dataclass(frozen=True)
class FeatureSet:
    """The features of one map at one time.

    Attributes:
        features: sorted by type (node, way, relation) and number, so that equal maps give equal label maps.
        skipped: elements that could not be used, with the reason.
        repaired: features whose geometry had to be repaired.
        extent: box of the extract as its file states it; else None.
        reader: what read it: ``osmium``, ``osmnx``, ``overpass-json``, ``polygons``.
        date: the state asked for, ISO 8601; None for the file as it stands.
        origin: file or place, for messages.
    """

    features: tuple[Feature, ...]
    skipped: tuple[Note, ...] = ()
    repaired: tuple[Note, ...] = ()
    extent: Bounds | None = None
    reader: str = ""
    date: str | None = None
    origin: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)

    def bounds(self) -> Bounds | None:
        """Box of the features' geometry; None where there are none. Assumes that they do not cross 180 degrees."""
        if not self.features:
            return None
        boxes = [feature.geometry.bounds for feature in self.features]
        west, south = (min(box[side] for box in boxes) for side in (0, 1))
        east, north = (max(box[side] for box in boxes) for side in (2, 3))
        return None if west >= east or south >= north else Bounds(west, south, east, north)


_ORDER = {"node": 0, "way": 1, "relation": 2, "polygon": 3}


def sort_features(features: Sequence[Feature]) -> tuple[Feature, ...]:
    """Features by type and number, each once: its highest version.

    Joined extracts, and the pieces in which osmnx asks for a large area, hold some twice.
    """
    ordered = sorted(features, key=lambda item: (_ORDER.get(item.osm_type, 9), item.osm_id, item.version or 0))
    return tuple({item.key: item for item in ordered}.values())
