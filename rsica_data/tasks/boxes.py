"""Boxes in replies: ``{<x0><y0><x1><y1>}`` as GeoChat writes them, ``[x0, y0, x1, y1]``, or JSON by class."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from rsica_data.tasks.reading import class_key, json_object, mentions

Box = tuple[float, float, float, float]
Unit = Literal["percent", "pixels"]

_NUMBER = r"\s*(-?\d{1,6}(?:\.\d{1,6})?)\s*"
_BOX = re.compile(
    rf"\{{<{_NUMBER}><{_NUMBER}><{_NUMBER}><{_NUMBER}>(?:\|?<[^<>]{{0,12}}>)?\}}|"
    rf"[\[(]{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}[\])]"
)


def boxes_in(text: str, classes: Sequence[str]) -> dict[str, list[Box]]:
    """Boxes that a reply names, by class; classes without boxes are left out. Never raises.

    A box belongs to the class that was mentioned last before it, or, where there is but one class, to that one. A box
    whose sides have no length is left out. Numbers are as in the text: see :func:`to_pixels`.
    """
    found = _from_json(text, classes)
    if found:
        return found
    named = mentions(text.lower(), classes)
    for match in _BOX.finditer(text):
        owner = next((name for _, end, name in reversed(named) if end <= match.start()), None)
        owner = owner or (classes[0] if len(classes) == 1 else None)
        box = _box([number for number in match.groups() if number is not None])
        if owner is not None and box is not None:
            found.setdefault(owner, []).append(box)
    return found


def _from_json(text: str, classes: Sequence[str]) -> dict[str, list[Box]]:
    found: dict[str, list[Box]] = {}
    for word, values in (json_object(text) or {}).items():
        name = class_key(str(word), classes)
        if name is None or not isinstance(values, list):
            continue
        rows = [values] if len(values) == 4 and not any(isinstance(value, list) for value in values) else values
        boxes = [box for row in rows if isinstance(row, list) and (box := _box(row)) is not None]
        if boxes:
            found[name] = boxes
    return found


def _box(values: Sequence[object]) -> Box | None:
    try:
        numbers = [float(str(value)) for value in values]
    except ValueError:
        return None
    if len(numbers) != 4 or not all(abs(number) < 1e6 for number in numbers):
        return None
    x0, y0, x1, y1 = numbers
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def to_pixels(boxes: Mapping[str, Sequence[Box]], unit: Unit, width: int, height: int) -> dict[str, list[Box]]:
    """Boxes in pixels of an image; ``percent`` are shares of its sides, 0 to 100."""
    x, y = (width / 100, height / 100) if unit == "percent" else (1.0, 1.0)
    return {name: [(b[0] * x, b[1] * y, b[2] * x, b[3] * y) for b in found] for name, found in boxes.items()}
