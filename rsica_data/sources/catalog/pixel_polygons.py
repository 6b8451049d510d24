"""Label files of polygons in pixels with attributes, as xBD has them: drawn as class ids."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.json_text import read_json, short
from rsica_data.imagery.input_files import checked_file
from rsica_data.schema import Mask
from rsica_data.schema.records import IGNORE_ID

_RING = re.compile(r"\(([^()]+)\)")
_FARTHEST = 1 << 20


class PolygonForm(BaseModel):
    """How a JSON file holds polygons.

    Attributes:
        features: keys that lead to the list of features, joined by points.
        attribute: property of a feature that tells its class.
        names: texts of the attribute of each class.
        no_change: texts that are no change.
        ignore: texts of features that nobody classified; their pixels count nowhere.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    features: str = "features.xy"
    attribute: str
    names: dict[str, tuple[str, ...]] = Field(min_length=1)
    no_change: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


def load_polygons(
    root: Path,
    path: str,
    form: PolygonForm,
    ids: Mapping[str, int],
    size: tuple[int, int],
    corner: tuple[int, int] = (0, 0),
) -> Mask:
    """The polygons of a file as class ids, ``[height, width]``; later ones lie on earlier ones.

    Args:
        root: the input folder.
        path: file relative to it.
        form: how it holds them.
        ids: class name to id.
        size: width and height of the image, or of a tile of it.
        corner: column and row of the tile in the image, in whose pixels the polygons are.

    Raises:
        InvalidItemError: ``missing-mask``; ``corrupt-labels`` for a file of another form; ``unknown-mask-value``.
    """
    import cv2

    classes: dict[str, int] = {text: ids[name] for name, texts in form.names.items() for text in texts}
    classes |= dict.fromkeys(form.no_change, 0) | dict.fromkeys(form.ignore, IGNORE_ID)
    mask = np.zeros((size[1], size[0]), np.uint8)
    for number, (text, rings) in enumerate(_features(root, path, form)):
        if text not in classes:
            known = ", ".join(classes)
            problem = f"{path}: feature {number} is {form.attribute} '{short(text)}'; the page has {known}"
            raise InvalidItemError("unknown-mask-value", problem)
        cv2.fillPoly(mask, rings, classes[text], offset=(-corner[0], -corner[1]))
    return mask


def _features(root: Path, path: str, form: PolygonForm) -> Iterator[tuple[str, list[NDArray[np.int32]]]]:
    try:
        value: Any = read_json(checked_file(root, path))
    except InvalidItemError as error:
        if error.reason == "missing-file":
            raise InvalidItemError("missing-mask", f"{path}: no such file") from None
        raise
    except UserError as error:
        raise InvalidItemError("corrupt-labels", f"{path}: {error.message}") from None
    for key in form.features.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, list):
        raise InvalidItemError("corrupt-labels", f"{path}: has no list {form.features}")
    for number, feature in enumerate(value):
        properties = feature.get("properties", {}) if isinstance(feature, dict) else None
        wkt = feature.get("wkt") if isinstance(feature, dict) else None
        if not isinstance(properties, dict) or not isinstance(wkt, str):
            raise InvalidItemError("corrupt-labels", f"{path}: feature {number} has no properties or no wkt")
        # Before a disaster nothing is damaged, and features do not say so.
        yield str(properties.get(form.attribute, "")), [_ring(text, path, number) for text in _RING.findall(wkt)]


def _ring(text: str, path: str, number: int) -> NDArray[np.int32]:
    try:
        points = np.array([[float(part) for part in point.split()[:2]] for point in text.split(",")], np.float64)
    except ValueError:
        points = np.empty((0, 2))
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3 or not np.abs(points).max() < _FARTHEST:
        raise InvalidItemError("corrupt-labels", f"{path}: feature {number} has a ring that is none")
    return np.round(points).astype(np.int32)


def rectangle(box: tuple[int, int, int, int]) -> str:
    """WKT of a rectangle; ``box`` is x0, y0, x1, y1, its last pixel in it."""
    x0, y0, x1, y1 = box
    return f"POLYGON (({x0} {y0}, {x1} {y0}, {x1} {y1}, {x0} {y1}, {x0} {y0}))"
