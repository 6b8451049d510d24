"""Boxes in replies, in the forms in which models write them; the texts of a box are compared in pixels.

`boxes_in` reads horizontal boxes by class, `turned_boxes_in` boxes with angles of one class, and `rows_in`, on which
the latter rests, the numbers as they stand, for questions that say what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rsica_data.text.mentions import class_key, mentions
from rsica_data.text.none_text import says_none
from rsica_data.text.normalized.cleaning import NoAnswerError, free_text
from rsica_data.text.normalized.literals import structures_in

Box = tuple[float, float, float, float]
TurnedBox = tuple[float, float, float, float, float]
"""``x0 y0 x1 y1`` of a box before it is turned about its centre, and the degrees, clockwise as y points down."""
Unit = Literal["percent", "pixels"]

_NUMBER = r"\s*['\"]?(-?\d{1,6}(?:\.\d{1,6})?)(?:\s{0,2}%)?['\"]?\s*"
# The fifth number is an angle: degrees, or the rotated form of GeoChat and EarthDial.
_ANGLE = r"(?:,\s*['\"]?(-?\d{1,3}(?:\.\d{1,6})?)(?:\s?°|\s?deg(?:rees?)?\b)?['\"]?\s*)?"
_BOX = re.compile(
    rf"\{{<{_NUMBER}><{_NUMBER}><{_NUMBER}><{_NUMBER}>(?:\|?<([^<>]{{0,12}})>)?\}}|"
    rf"[\[(]{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}{_ANGLE}[\])]|"
    rf"(?:<box>|<\|box_start\|>)\s*[\[(]*{_NUMBER},{_NUMBER}[\])]*\s*,?\s*[\[(]*{_NUMBER},{_NUMBER}[\])]*\s*"
    rf"(?:</box>|<\|box_end\|>)|"
    rf"\({_NUMBER},{_NUMBER}\)\s*,\s*\({_NUMBER},{_NUMBER}\)"
)
# Of cells "(1, 2) and (3, 3)" are two places: only questions for boxes read two points so.
_POINTS = re.compile(
    rf"\({_NUMBER},{_NUMBER}\)[^\d()\[\]]{{0,40}}\b(?:to|and|through|(?:bottom|lower)[- ]right)\b[^\d()]{{0,20}}"
    rf"\({_NUMBER},{_NUMBER}\)"
)
_EIGHT = re.compile(r"[\[(<]" + ",".join([_NUMBER] * 8) + r"[\])>]")
_BARE = re.compile(
    r"(?:[^\d\n]{0,60}:\s{0,4}|<\w{1,12}>)?\s{0,4}"
    r"(-?\d[\d.]{0,12}(?:(?:\s{0,4},\s{0,4}|\s{1,9})-?\d[\d.]{0,12}){3,7})\s{0,4}(?:</\w{1,12}>)?\.?"
)
_NAMED = re.compile(
    r"\b(?P<key>x_?(?:min|max|[0-4])|y_?(?:min|max|[0-4])|left|top|right|bottom|c[xy]|[xy]_?c(?:enter)?|w(?:idth)?|h(?:eight)?|"
    r"angle|theta|rotation)\b[\"']?\s*[:=]\s*[\"']?(?P<value>-?\d{1,6}(?:\.\d{1,6})?)",
    re.IGNORECASE,
)
_SIDES = {"xmin": 0, "left": 0, "ymin": 1, "top": 1, "xmax": 2, "right": 2, "ymax": 3, "bottom": 3}
_CENTRED = {"cx": 0, "xc": 0, "xcenter": 0, "cy": 1, "yc": 1, "ycenter": 1, "w": 2, "width": 2, "h": 3, "height": 3}


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
        owner = next((mention.name for mention in reversed(named) if mention.end <= match.start()), None)
        owner = owner or (classes[0] if len(classes) == 1 else None)
        numbers = [number for number in match.groups() if number is not None]
        box = _box(numbers[:4])
        if owner is not None and box is not None:
            boxes.setdefault(owner, []).append(box)
    return boxes


@dataclass(frozen=True, slots=True)
class Row:
    """The numbers of a box as a reply gives them.

    Attributes:
        numbers: four or five, or the eight of four corners.
        means: what a form says of them by itself: ``corners`` (GeoChat's braces, corners by name), ``centre`` (centre
            and sides by name); empty where the question says it.
    """

    numbers: tuple[float, ...]
    means: Literal["", "corners", "centre"] = ""


def rows_in(text: str) -> list[Row] | None:
    """Boxes of a reply of one class as rows of numbers, in its order; None where it is no such reply.

    Besides the forms of `boxes_in` these are read: eight numbers (four corners), corners or centre and sides by name
    (``x0=1, y0=2, x1=3, y1=4``), and a line of bare numbers where nothing else is given. A reply that says that there
    is none (``[]``, "no", "there are none") has an empty list.
    """
    try:
        text = free_text(text)
    except NoAnswerError:
        return None
    eight = [Row(tuple(map(float, match.groups()))) for match in _EIGHT.finditer(text)]
    rest = _EIGHT.sub(" ", text)
    rows = [_row_of(match) for match in _BOX.finditer(rest)] or [_row_of(match) for match in _POINTS.finditer(rest)]
    if eight or rows:
        return [*eight, *rows]
    read = False
    for value in structures_in(text):
        for _, values in _labelled(value, ("object",)):
            listed = [values] if _is_box(values) else values
            read = True
            rows += [row for entry in listed if (row := _listed(entry)) is not None]
    rows = rows or _named_rows(text) or _bare_rows(text)
    return rows if rows or read or says_none(text) else None


def _row_of(match: re.Match[str]) -> Row:
    numbers = [number for number in match.groups() if number is not None]
    if match[0].startswith("{"):
        # GeoChat's angle may be any text; one that is no number is none.
        return Row((*map(float, numbers[:4]), _angle(numbers[4:])), "corners")
    return Row(tuple(map(float, numbers)))


def _listed(entry: Any) -> Row | None:
    if not _is_box(entry):
        return None
    try:
        return Row(tuple(float(str(value)) for value in entry))
    except ValueError:
        return None


def _named_rows(text: str) -> list[Row]:
    """Boxes whose numbers have names: each time that a name comes again, another box begins."""
    groups: list[dict[str, float]] = [{}]
    for match in _NAMED.finditer(text):
        key = match["key"].lower().replace("_", "")
        if key in groups[-1]:
            groups.append({})
        groups[-1][key] = float(match["value"])
    return [row for group in groups if (row := _named_row(group)) is not None]


def _named_row(group: Mapping[str, float]) -> Row | None:
    angle = next((group[key] for key in ("angle", "theta", "rotation") if key in group), None)
    tail = () if angle is None else (angle,)
    # "x0 .. x1" and "x1 .. x2" are both in use.
    digits = sorted({key[1:] for key in group if key[0] in "xy" and key[1:].isdigit()})
    own = {f"{axis}{digit}": 2 * n + (axis == "y") for n, digit in enumerate(digits) for axis in "xy"}
    for places, means in ((own, "corners"), (_SIDES, "corners"), (_CENTRED, "centre")):
        numbers = {places[key]: value for key, value in group.items() if key in places}
        if sorted(numbers) == [0, 1, 2, 3]:
            return Row((*(numbers[place] for place in range(4)), *tail), "centre" if means == "centre" else "corners")
    return None


def _bare_rows(text: str) -> list[Row]:
    rows = []
    for line in text.splitlines():
        match = _BARE.fullmatch(line.strip(" *_`\t").lstrip("->#"))
        numbers = re.findall(r"-?\d+(?:\.\d+)?", match[1]) if match else []
        if len(numbers) in (4, 5, 8):
            rows.append(Row(tuple(map(float, numbers))))
    return rows


def turned_boxes_in(text: str) -> list[TurnedBox] | None:
    """Boxes with their angles that a reply of one class names, in its order; None where it is no such reply.

    Read are the forms of `rows_in` that give corners; a form without an angle has 0. Boxes without area are among
    them: they were named. A reply that says that there is none has an empty list.
    """
    rows = rows_in(text)
    if rows is None:
        return None
    boxes = [(row, _corners(row.numbers[:4])) for row in rows if row.means != "centre" and len(row.numbers) < 8]
    return [(*box, _angle(row.numbers[4:])) for row, box in boxes if box is not None]


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


def has_area(box: Sequence[float]) -> bool:
    """Whether a box ends after it begins, on both sides."""
    return box[0] < box[2] and box[1] < box[3]


def _box(values: Sequence[object]) -> Box | None:
    box = _corners(values)
    return box if box is not None and has_area(box) else None


def _corners(values: Sequence[object]) -> Box | None:
    try:
        numbers = [float(str(value)) for value in values]
    except ValueError:
        return None
    if len(numbers) != 4 or not all(abs(number) < 1e6 for number in numbers):
        return None
    x0, y0, x1, y1 = numbers
    return x0, y0, x1, y1


def to_pixels(boxes: Mapping[str, Sequence[Box]], unit: Unit, width: int, height: int) -> dict[str, list[Box]]:
    """Boxes in pixels of an image; ``percent`` are shares of its sides, 0 to 100."""
    x, y = (width / 100, height / 100) if unit == "percent" else (1.0, 1.0)
    return {
        name: [(b[0] * x, b[1] * y, b[2] * x, b[3] * y) for b in class_boxes] for name, class_boxes in boxes.items()
    }
