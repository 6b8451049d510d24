"""What a map says about an image pair: the objects of both dates and what changed, for tasks that ask by the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from rsica_data.geometry.cells import cell_of
from rsica_data.schema.json_values import JsonObject

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class MapObject:
    """One object of a map on the image; only the part inside the image is measured.

    Attributes:
        name: ``way/123``.
        class_name: its class under the recipe's scheme.
        tags: its map tags.
        shape: ``area``, ``line`` or ``point`` on the map; lines and points are measured as they are drawn.
        box: ``(x0, y0, x1, y1)`` in pixels, half-open, clipped to the image.
        centroid: ``(x, y)`` in pixels of the shape, of which pixel (x, y) covers ``[x, x+1) x [y, y+1)``: half a pixel
            more than the centroid of the same pixels in the facts. Its cell is that of :func:`map_cell`.
        area_px, area_m2: pixels and square metres inside the image; one decimal.
        whole: whether it lies inside the image entirely.
    """

    name: str
    class_name: str
    tags: Mapping[str, str]
    shape: Literal["area", "line", "point"]
    box: Box
    centroid: tuple[float, float]
    area_px: float
    area_m2: float
    whole: bool


@dataclass(frozen=True, slots=True)
class MapChange:
    """One object that differs between the two maps.

    Attributes:
        name: ``way/123``.
        kind: ``added``, ``removed``, ``reclassified`` or ``reshaped``.
        class_before, class_after: class names; ``none`` where there is none.
        tags_before, tags_after: tags at both dates; empty where the object is absent.
        box, centroid, area_px: as :class:`MapObject`, of what changed.
        confidence: 0..1 that the ground changed.
        believed: whether the recipe takes it for a change of the ground.
        reason: why, in words.
    """

    name: str
    kind: str
    class_before: str
    class_after: str
    tags_before: Mapping[str, str]
    tags_after: Mapping[str, str]
    box: Box
    centroid: tuple[float, float]
    area_px: float
    confidence: float
    believed: bool
    reason: str

    def tags(self) -> dict[str, str]:
        """Tags of both dates in one mapping: the later ones, and earlier ones that differ as ``was:KEY``."""
        merged = dict(self.tags_after)
        for key, value in self.tags_before.items():
            if self.tags_after.get(key) != value:
                merged[f"was:{key}"] = value
        return merged


@dataclass(frozen=True, slots=True)
class MapScene:
    """The map of an image pair. A single-date pair has ``before`` alone."""

    before: tuple[MapObject, ...] = ()
    after: tuple[MapObject, ...] = ()
    changes: tuple[MapChange, ...] = ()
    width: int = 0
    height: int = 0
    gsd_m: float = 1.0
    notes: Mapping[str, Any] = field(default_factory=dict)


def map_cell(item: MapObject | MapChange, width: int, height: int) -> str:
    """Grid cell of an object or change: the cell that the facts' object of the same pixels has."""
    return cell_of((item.centroid[0] - 0.5, item.centroid[1] - 0.5), width, height)


def scene_to_json(scene: MapScene) -> JsonObject:
    """The scene as JSON values; kept in a pair's attributes under ``map``."""
    return asdict(scene)


def scene_from_json(values: Mapping[str, Any]) -> MapScene:
    """The inverse of :func:`scene_to_json`."""

    def placed(entry: Mapping[str, Any]) -> dict[str, Any]:
        return {**entry, "box": tuple(entry["box"]), "centroid": tuple(entry["centroid"])}

    return MapScene(
        before=tuple(MapObject(**placed(entry)) for entry in values["before"]),
        after=tuple(MapObject(**placed(entry)) for entry in values["after"]),
        changes=tuple(MapChange(**placed(entry)) for entry in values["changes"]),
        width=values["width"],
        height=values["height"],
        gsd_m=values["gsd_m"],
        notes=values["notes"],
    )
