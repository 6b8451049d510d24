"""What the tasks on maps share: which objects a question means, and where they lie."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal

from rsica_data.schema import MapObject, MapScene
from rsica_data.schema.rules import map_size_word

DIRECTIONS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
NEXT_TO_M = 20.0

Image = Literal["first", "second"] | None


def objects_at(scene: MapScene, image: Image) -> tuple[MapObject, ...]:
    """The objects of the first or only image, or of the second."""
    return scene.after if image == "second" else scene.before


def countable(objects: Iterable[MapObject]) -> list[MapObject]:
    """Objects that can be counted: a road of the map is many ways, a building is one."""
    return [item for item in objects if item.shape != "line"]


def of_class(objects: Iterable[MapObject], name: str) -> list[MapObject]:
    """Objects of one class."""
    return [item for item in objects if item.class_name == name]


def of_size(objects: Iterable[MapObject], size: str | None) -> list[MapObject]:
    """Objects of a size word; all where there is none."""
    if size is None:
        return list(objects)
    return [item for item in objects if map_size_word(item.area_m2) == size]


def side_of(place: tuple[float, float], anchor: tuple[float, float]) -> str:
    """Where ``place`` lies from ``anchor``: ``left``, ``right``, ``above`` or ``below``, by the larger offset."""
    dx, dy = place[0] - anchor[0], place[1] - anchor[1]
    if abs(dx) >= abs(dy):
        return "left" if dx < 0 else "right"
    return "above" if dy < 0 else "below"


def direction_of(place: tuple[float, float], anchor: tuple[float, float]) -> str:
    """Compass direction from ``anchor`` to ``place`` on an image with north up, in eighths."""
    turn = math.degrees(math.atan2(place[0] - anchor[0], anchor[1] - place[1])) % 360
    return DIRECTIONS[round(turn / 45) % 8]


def is_clear(place: tuple[float, float], anchor: tuple[float, float], margin: float = 15.0) -> bool:
    """Whether a direction is one that people would agree on: within ``margin`` degrees of an eighth, and not close."""
    dx, dy = place[0] - anchor[0], anchor[1] - place[1]
    turn = math.degrees(math.atan2(dx, dy)) % 45
    return math.hypot(dx, dy) >= 5 and min(turn, 45 - turn) <= margin


def class_names(objects: Iterable[MapObject]) -> list[str]:
    """Names of the classes that are there, each once, in alphabetical order."""
    return sorted({item.class_name for item in objects})


def line_classes(objects: Sequence[MapObject]) -> set[str]:
    """Classes that are there as lines."""
    return {item.class_name for item in objects if item.shape == "line"}
