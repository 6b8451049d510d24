"""Requests fitted to what a model can take: two images in one, earlier turns in the prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rsica_bench.models.api import Capabilities, Request
from rsica_data.imagery.images import decode_rgb, encode_png
from rsica_data.schema import EncodedImage, JsonObject, Turn

GAP = 8
"""White pixels between the panels of a composed image."""


def fit_request(
    request: Request, can: Capabilities, one_image: Literal["side-by-side", "difference"]
) -> tuple[Request, JsonObject]:
    """A request that a model can take, and what was done to it (empty where nothing was).

    Raises:
        ValueError: the request has more images than the model takes, and it takes several.
    """
    done: JsonObject = {}
    if can.images is not None and len(request.images) > can.images:
        if can.images != 1:
            raise ValueError(f"{len(request.images)} images, and the model takes {can.images}")
        request = replace(request, images=(compose(request.images, one_image),))
        done["composed"] = one_image
    if request.history and not can.multi_turn:
        request = replace(request, prompt=fold_history(request.history, request.prompt), history=())
        done["history"] = "in the prompt"
    return request, done


def fold_history(history: Sequence[Turn], prompt: str) -> str:
    """Earlier turns and the question as one text."""
    labels = {"user": "Question", "assistant": "Answer"}
    lines = [f"{labels[turn.role]}: {turn.content}" for turn in history]
    return "\n".join([*lines, f"Question: {prompt}"])


def compose(images: Sequence[EncodedImage], how: Literal["side-by-side", "difference"]) -> EncodedImage:
    """Images in one PNG, left to right with a white gap; others take the size of the first.

    ``difference`` adds a panel with the absolute difference of the first two, per channel.
    """
    panels = [decode_rgb(image.data) for image in images]
    panels = [panels[0], *(_resized(panel, panels[0].shape[:2]) for panel in panels[1:])]
    if how == "difference" and len(panels) > 1:
        panels.append(np.abs(panels[0].astype(np.int16) - panels[1]).astype(np.uint8))
    gap = np.full((panels[0].shape[0], GAP, 3), 255, np.uint8)
    parts = [part for panel in panels for part in (gap, panel)][1:]
    return EncodedImage("composed.png", encode_png(np.concatenate(parts, axis=1), level=1))


def _resized(pixels: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    import cv2

    if pixels.shape[:2] == shape:
        return pixels
    return np.asarray(cv2.resize(pixels, (shape[1], shape[0]), interpolation=cv2.INTER_AREA), np.uint8)
