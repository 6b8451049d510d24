"""What an agent may do with an image pair: detect changes, count, locate, crop and zoom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_bench.models.api import PairInput, Request
from rsica_bench.predicted_masks import WrongMask, plain_frame
from rsica_data.core.errors import RsicaError, one_line
from rsica_data.imagery.images import decode_rgb, encode_png
from rsica_data.schema import EncodedImage, FactRules, FactsView, JsonObject, Mask

Segment = Callable[[Sequence[PairInput]], Sequence[Mask | str]]
_ZOOMED = 512
"""Longer side of a crop after zooming, in pixels, at least."""

TOOLS = {
    "detect_changes": "run a change detector; gives the changed share of the image and the objects of each class",
    "count": 'number of changed objects of a class; arguments {"class": "road"}',
    "locate": 'grid cells and boxes of changed objects of a class; arguments {"class": "road"}; boxes in percent',
    "zoom": 'both images cut to a box and enlarged; arguments {"box": [x0, y0, x1, y1]} in percent of the sides',
}


class ToolMistake(Exception):
    """Arguments that a tool cannot use; the message goes back to the model."""


@dataclass(frozen=True)
class Outcome:
    """What a tool gives back: words, and images for the next message."""

    content: JsonObject
    images: tuple[EncodedImage, ...] = ()


class PairTools:
    """The tools, for one image pair. The detector runs once, when it is first needed."""

    def __init__(self, request: Request, classes: tuple[str, ...], segment: Segment, rules: FactRules) -> None:
        self._request, self._classes, self._segment, self._rules = request, classes, segment, rules
        self._found: FactsView | None = None

    def call(self, tool: str, arguments: Mapping[str, Any]) -> Outcome:
        """Run a tool; mistakes come back as ``{"error": ..}``."""
        known = {"detect_changes": self._detect, "count": self._count, "locate": self._locate, "zoom": self._zoom}
        try:
            if tool not in known:
                raise ToolMistake(f"no tool '{tool}'; there are {', '.join(known)}")
            return known[tool](arguments)
        except ToolMistake as error:
            return Outcome({"error": str(error)})

    def _view(self) -> FactsView:
        if self._found is None:
            if len(self._request.images) != 2:
                raise ToolMistake("there are not two images")
            pair = PairInput(*self._request.images, self._classes, label_classes=self._classes)
            mask = self._mask(pair)
            try:
                self._found = plain_frame(mask.shape[-2:], self._classes, self._rules).view(mask)
            except WrongMask as error:
                raise ToolMistake(f"the detector failed: {error}") from error
        return self._found

    def _mask(self, pair: PairInput) -> Mask:
        try:
            (mask,) = self._segment([pair])
        except RsicaError:
            raise
        except Exception as error:
            raise ToolMistake(f"the detector failed: {one_line(error)}") from error
        if isinstance(mask, str):
            raise ToolMistake(f"the detector failed: {mask}")
        return mask

    def _detect(self, arguments: Mapping[str, Any]) -> Outcome:
        view = self._view()
        shares = {name: round(100 * view.fraction[name], 2) for name in view.classes}
        return Outcome({"changed": view.changed, "objects": dict(view.counts), "percent_of_image": shares})

    def _count(self, arguments: Mapping[str, Any]) -> Outcome:
        name = self._class(arguments)
        return Outcome({"class": name, "count": self._view().counts[name]})

    def _locate(self, arguments: Mapping[str, Any]) -> Outcome:
        name, view = self._class(arguments), self._view()
        scale = (100 / view.width, 100 / view.height) * 2
        boxes = [[round(v * s) for v, s in zip(one.box, scale, strict=True)] for one in view.objects[name]]
        return Outcome({"class": name, "cells": list(view.cells[name]), "boxes": boxes})

    def _zoom(self, arguments: Mapping[str, Any]) -> Outcome:
        box = arguments.get("box")
        if not isinstance(box, list) or len(box) != 4 or not all(isinstance(v, (int, float)) for v in box):
            raise ToolMistake("zoom needs a box of four numbers")
        x0, y0, x1, y1 = (min(max(float(v), 0.0), 100.0) for v in box)
        if x1 - x0 < 1 or y1 - y0 < 1:
            raise ToolMistake("the box is empty")
        return Outcome({"box": [x0, y0, x1, y1]}, tuple(crop(i, (x0, y0, x1, y1)) for i in self._request.images))

    def _class(self, arguments: Mapping[str, Any]) -> str:
        name = arguments.get("class")
        if name not in self._classes:
            raise ToolMistake(f"no class '{name}'; there are {', '.join(self._classes)}")
        return str(name)


def crop(image: EncodedImage, box: tuple[float, float, float, float]) -> EncodedImage:
    """A part of an image, enlarged to at least 512 pixels on its longer side. ``box`` is in percent of the sides."""
    import cv2

    pixels: NDArray[np.uint8] = decode_rgb(image.data)
    height, width = pixels.shape[:2]
    left, right = int(box[0] * width / 100), max(round(box[2] * width / 100), int(box[0] * width / 100) + 1)
    top, bottom = int(box[1] * height / 100), max(round(box[3] * height / 100), int(box[1] * height / 100) + 1)
    part = pixels[top:bottom, left:right]
    factor = max(_ZOOMED / max(part.shape[:2]), 1.0)
    size = (max(round(part.shape[1] * factor), 1), max(round(part.shape[0] * factor), 1))
    enlarged = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    return EncodedImage("crop.png", encode_png(enlarged, level=1))
