"""Files of boxes: COCO's JSON of many images, VOC's XML and DOTA's text of one image each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.parsers import expat

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.json_text import read_json, short
from rsica_data.imagery.input_files import read_bounded
from rsica_data.sources.common import split_suffix

_LARGEST_FILE = 16 << 20
_SIDES = ("xmin", "ymin", "xmax", "ymax")
_CORNERS = tuple(f"{axis}_{end}" for end in ("left_top", "right_top", "right_bottom", "left_bottom") for axis in "xy")
"""The corners of an oriented box in ``robndbox``, as DIOR's oriented files have them."""


@dataclass(frozen=True, slots=True)
class Box:
    """An object.

    Attributes:
        name: its class, as the file calls it.
        box: ``x0, y0, x1, y1`` in pixels, as the file states them.
        corners: the four corners of an oriented box; empty for others.
        is_crowd: it stands for objects that nobody counted.
    """

    name: str
    box: tuple[float, float, float, float]
    corners: tuple[tuple[float, float], ...] = ()
    is_crowd: bool = False


def coco_images(path: Path) -> tuple[dict[str, list[Box]], tuple[str, ...]]:
    """Boxes of every image of a file in the form of COCO by the name of the image, and the names of its categories.

    Raises:
        UserError: the file is in another form, or an annotation names no image or category of it.
    """
    document = read_json(path)
    images, categories, annotations = (_rows(document, key, path) for key in ("images", "categories", "annotations"))
    names = {_plain(row.get("id")): str(row.get("name", "")) for row in categories}
    files = {_plain(row.get("id")): split_suffix(str(row.get("file_name", "")).rpartition("/")[2])[0] for row in images}
    boxes: dict[str, list[Box]] = {name: [] for name in files.values() if name}
    for number, row in enumerate(annotations):
        file, name = files.get(_plain(row.get("image_id"))), names.get(_plain(row.get("category_id")))
        sides = _numbers(row.get("bbox"), 4)
        if not file or not name or sides is None:
            raise UserError("names no image, no category or no box", file=path, key=f"annotations[{number}]")
        x, y, width, height = sides
        is_crowd = row.get("iscrowd") in (1, True)
        boxes[file].append(Box(name, (x, y, x + width, y + height), is_crowd=is_crowd))
    return boxes, tuple(name for name in names.values() if name)


def _rows(document: Any, key: str, path: Path) -> list[Mapping[str, Any]]:
    rows = document.get(key) if isinstance(document, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UserError(f"should hold a list '{key}' of objects", file=path, key=key)
    return rows


def _plain(given: Any) -> str | int | None:
    return given if isinstance(given, (str, int)) else None


def _numbers(given: Any, count: int) -> list[float] | None:
    """Finite numbers; None where one is missing."""
    if not isinstance(given, list) or len(given) != count:
        return None
    try:
        numbers = [float(value) for value in given]
    except (TypeError, ValueError):
        return None
    return numbers if all(math.isfinite(number) for number in numbers) else None


class _Objects:
    """The objects of a VOC file: name, the four sides of its box, and the corners of its oriented box."""

    def __init__(self, path: str) -> None:
        self.path, self.open, self.text = path, list[str](), ""
        self.objects: list[dict[str, str]] = []

    def start(self, tag: str, _: object) -> None:
        self.open.append(tag)
        self.text = ""
        if self.open[1:] == ["object"]:
            self.objects.append({})

    def characters(self, text: str) -> None:
        self.text += text

    def end(self, tag: str) -> None:
        inside = self.open[1:]
        sides = {"bndbox": _SIDES, "robndbox": _CORNERS}.get(inside[1], ()) if len(inside) == 3 else ()
        if inside == ["object", "name"] or (inside[:1] == ["object"] and tag in sides):
            self.objects[-1][tag] = self.text.strip()
        self.open.pop()
        self.text = ""


def voc_boxes(root: Path, path: str) -> list[Box]:
    """Boxes of a VOC file: ``object`` with ``name`` and ``bndbox``, or with the four corners of a ``robndbox``.

    Args:
        root: the input folder.
        path: file relative to it.

    Raises:
        InvalidItemError: ``corrupt-labels``, or as :func:`input_files.read_bounded`.
    """
    parsed = _Objects(path)
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = parsed.start, parsed.end
    parser.CharacterDataHandler = parsed.characters

    def refuse(*_: object) -> None:
        raise InvalidItemError("corrupt-labels", f"{path}: declares a document type or entities")

    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(read_bounded(root, path, _LARGEST_FILE, "a file of boxes is small"), True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise InvalidItemError("corrupt-labels", f"{path}: is not valid XML: {error}") from None
    return [_voc_box(entry, number, path) for number, entry in enumerate(parsed.objects)]


def _voc_box(entry: Mapping[str, str], number: int, path: str) -> Box:
    sides = _numbers([entry.get(side) for side in _SIDES], len(_SIDES))
    turned = _numbers([entry.get(side) for side in _CORNERS], len(_CORNERS))
    if (sides is None and turned is None) or not entry.get("name"):
        raise InvalidItemError("corrupt-labels", f"{path}: object {number} has no name, no bndbox and no robndbox")
    box = _oriented(entry["name"], turned) if turned is not None else Box(entry["name"], (0, 0, 0, 0))
    return box if sides is None else replace(box, box=(sides[0], sides[1], sides[2], sides[3]))


def _oriented(name: str, numbers: Sequence[float]) -> Box:
    """A box by its four corners, x and y of each."""
    xs, ys = numbers[::2], numbers[1::2]
    return Box(name, (min(xs), min(ys), max(xs), max(ys)), tuple(zip(xs, ys, strict=True)))


def dota_boxes(root: Path, path: str) -> list[Box]:
    """Oriented boxes of a DOTA file: ``x1 y1 x2 y2 x3 y3 x4 y4 class [difficult]`` a line, after lines with a colon.

    Args:
        root: the input folder.
        path: file relative to it.

    Raises:
        InvalidItemError: ``corrupt-labels``, or as :func:`input_files.read_bounded`.
    """
    data = read_bounded(root, path, _LARGEST_FILE, "a file of boxes is small")
    boxes = []
    for number, line in enumerate(data.decode("utf-8", "replace").lstrip("\ufeff").splitlines(), 1):
        parts = line.split()
        if not parts or ":" in parts[0]:
            continue
        sides = _numbers(parts[:8], 8)
        if sides is None or len(parts) < 9:
            raise InvalidItemError("corrupt-labels", f"{path}: line {number} is no box: '{short(line)}'")
        boxes.append(_oriented(parts[8], sides))
    return boxes
