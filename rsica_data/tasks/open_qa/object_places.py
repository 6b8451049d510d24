"""Geometry of changed objects, in image words: left and right, top and bottom. North is not assumed to be up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rsica_data.schema import ObjectFacts

DIRECTIONS = (
    "top left",
    "top right",
    "bottom left",
    "bottom right",
    "top",
    "bottom",
    "left",
    "right",
)


def unique_extreme(items: Sequence[ObjectFacts], size: Callable[[ObjectFacts], float]) -> ObjectFacts | None:
    """The item of greatest ``size``; None where there is none or the runner-up is as great."""
    ordered = sorted(items, key=size, reverse=True)
    if not ordered or (len(ordered) > 1 and size(ordered[0]) == size(ordered[1])):
        return None
    return ordered[0]


def unique_key(values: Mapping[str, float]) -> str | None:
    """The key of the greatest value; None for a tie."""
    ordered = sorted(values, key=lambda key: values[key], reverse=True)
    if not ordered or (len(ordered) > 1 and values[ordered[0]] == values[ordered[1]]):
        return None
    return ordered[0]


def direction_from_centre(items: Sequence[ObjectFacts], width: int, height: int) -> str | None:
    """Which way the area-weighted centre of the objects lies from the image's centre; None within a tenth of it."""
    total = sum(item.area_px for item in items)
    if total == 0:
        return None
    dx = sum(item.area_px * (item.centroid[0] + 0.5) for item in items) / total / width - 0.5
    dy = sum(item.area_px * (item.centroid[1] + 0.5) for item in items) / total / height - 0.5
    far = max(abs(dx), abs(dy))
    if far < 0.1:
        return None
    # A side counts where its offset is at least tan(22.5 degrees) of the greater one: eight equal sectors.
    row = "" if abs(dy) < 0.414 * far else "top" if dy < 0 else "bottom"
    column = "" if abs(dx) < 0.414 * far else "left" if dx < 0 else "right"
    return f"{row} {column}".strip()


def relative_position(a: ObjectFacts, b: ObjectFacts, width: int, height: int) -> str | None:
    """Where ``a`` lies seen from ``b``; None where neither axis is clearly the greater."""
    dx = (a.centroid[0] - b.centroid[0]) / width
    dy = (a.centroid[1] - b.centroid[1]) / height
    if max(abs(dx), abs(dy)) < 0.1 or 0.5 < abs(dx) / max(abs(dy), 1e-9) < 2:
        return None
    if abs(dx) > abs(dy):
        return "left" if dx < 0 else "right"
    return "above" if dy < 0 else "below"


def touches_border(item: ObjectFacts, width: int, height: int) -> bool:
    """Whether an object touches the edge of the image."""
    x0, y0, x1, y1 = item.box
    return x0 == 0 or y0 == 0 or x1 == width or y1 == height
