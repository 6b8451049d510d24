"""Boxes in replies, in the forms in which models write them; the texts of a box are compared in pixels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from rsica_data.text.mentions import class_key, mentions
from rsica_data.text.normalized.cleaning import NoAnswerError, free_text
from rsica_data.text.normalized.literals import structures_in

Box = tuple[float, float, float, float]
TurnedBox = tuple[float, float, float, float, float]
"""``x0 y0 x1 y1`` of a box before it is turned about its centre, and the degrees, clockwise as y points down."""
Unit = Literal["percent", "pixels"]

_NUMBER = r"\s*['\"]?(-?\d{1,6}(?:\.\d{1,6})?)['\"]?\s*"
# The fifth number is an angle: degrees, or the rotated form of GeoChat and EarthDial.
_ANGLE = r"(?:,\s*['\"]?(-?\d{1,3}(?:\.\d{1,6})?)['\"]?\s*)?"
_BOX = re.compile(
    rf"\{{<{_NUMBER}><{_NUMBER}><{_NUMBER}><{_NUMBER}>(?:\|?<([^<>]{{0,12}})>)?\}}|"
    rf"[\[(]{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}{_ANGLE}[\])]|"
    rf"(?:<box>|<\|box_start\|>)\s*[\[(]*{_NUMBER},{_NUMBER}[\])]*\s*,?\s*[\[(]*{_NUMBER},{_NUMBER}[\])]*\s*"
    rf"(?:</box>|<\|box_end\|>)|"
    rf"\({_NUMBER},{_NUMBER}\)\s*,\s*\({_NUMBER},{_NUMBER}\)"
)
_NO_BOX = re.compile(r"\s*\[[\[\]\s]*\]\s*|\W*(?:none|nothing|no|there (?:is|are) (?:no|none))\b[^0-9]*", re.IGNORECASE)


def boxes_in(text: str, classes: Sequence[str]) -> dict[str, list[Box]]:
    """Boxes that a reply names, by class; classes without boxes are left out. Never raises.

    Read are ``{<x0><y0><x1><y1>}`` (GeoChat), ``[x0, y0, x1, y1]``, the same with an angle as the fifth number
    (EarthDial: the horizontal box is taken, the angle left), ``<box>(x0,y0),(x1,y1)</box>`` and
    ``<|box_start|>(x0,y0),(x1,y1)<|box_end|>`` (Qwen-VL), ``(x0,y0),(x1,y1)`` by itself, JSON by class.
    A box belongs to the class that was mentioned last before it, or, where there is but one class, to that one. A box
    whose sides have no length is left out. Numbers are as in the text: see :func:`to_pixels`.
    """
    try:
        text = free_text(text)
    except NoAnswerError:
        return {}
    boxes = _from_json(text, classes)
    if boxes:
        return boxes
    named = mentions(text.lower(), classes)
    for match in _BOX.finditer(text):
        owner = next((found.name for found in reversed(named) if found.end <= match.start()), None)
        owner = owner or (classes[0] if len(classes) == 1 else None)
        numbers = [number for number in match.groups() if number is not None]
        box = _box(numbers[:4])
        if owner is not None and box is not None:
            boxes.setdefault(owner, []).append(box)
    return boxes


def turned_boxes_in(text: str) -> list[TurnedBox] | None:
    """Boxes with their angles that a reply of one class names, in its order; None where it is no such reply.

    Read are the forms of `boxes_in`; a form without an angle has 0. A reply that says that there is none (``[]``, "no",
    "there are none"), or that names only boxes whose sides have no length, has an empty list.
    """
    try:
        text = free_text(text)
    except NoAnswerError:
        return None
    found: list[TurnedBox] = []
    read = False
    for match in _BOX.finditer(text):
        read = True
        numbers = [number for number in match.groups() if number is not None]
        box = _box(numbers[:4])
        if box is not None:
            found.append((*box, _angle(numbers[4:])))
    if not read:
        for _, values in ((name, row) for value in structures_in(text) for name, row in _labelled(value, ("object",))):
            rows = [values] if _is_box(values) else values
            read = read or bool(rows)
            boxes = [(row, _box(row[:4])) for row in rows if _is_box(row)]
            found += [(*box, _angle(row[4:])) for row, box in boxes if box is not None]
    return found if read or _NO_BOX.fullmatch(text) else None


def _angle(rest: Sequence[object]) -> float:
    try:
        return float(str(rest[0])) if rest else 0.0
    except ValueError:
        return 0.0


def _from_json(text: str, classes: Sequence[str]) -> dict[str, list[Box]]:
    boxes: dict[str, list[Box]] = {}
    for value in structures_in(text):
        for name, values in _labelled(value, classes):
            rows = [values] if _is_box(values) else values
            read = [box for row in rows if _is_box(row) and (box := _box(row[:4])) is not None]
            if read:
                boxes.setdefault(name, []).extend(read)
    return boxes


def _labelled(value: Any, classes: Sequence[str]) -> Iterator[tuple[str, list[Any]]]:
    """(class, box or boxes) of a structure: classes as keys, or objects with a label and a box (``bbox_2d``)."""
    if isinstance(value, list):
        for entry in value:
            if isinstance(entry, dict):
                yield from _labelled(entry, classes)
        return
    if not isinstance(value, dict):
        return
    label = next((str(value[key]) for key in ("label", "class", "category", "name", "type") if key in value), None)
    box = next((value[key] for key in ("bbox_2d", "bbox", "box", "boxes") if isinstance(value.get(key), list)), None)
    if box is not None and (label is not None or len(classes) == 1):
        name = class_key(label, classes) if label is not None else classes[0]
        if name is not None:
            yield name, box
        return
    for key, entry in value.items():
        name = class_key(str(key), classes)
        if name is not None and isinstance(entry, list):
            yield name, entry


def _is_box(row: Any) -> bool:
    return (
        isinstance(row, list | tuple) and len(row) in (4, 5) and not any(isinstance(part, list | dict) for part in row)
    )


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
