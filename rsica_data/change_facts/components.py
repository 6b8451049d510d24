"""Connected components of one class and their shape.

Outer contours come from one ``cv2.findContours`` over the whole class. Where no two of their bounding boxes overlap and
none lies in a hole, the pixels of a component are those of the class in its box. Else
``cv2.connectedComponentsWithStats``, which takes several times as long, tells them apart, and those in a hole of
another are traced by themselves, each in its own bounding box: the cost never grows with the number of objects times
the size of the image.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from rsica_data.core.quick_init import quick_init
from rsica_data.geometry.regions import pixel_rectangle


@quick_init
@dataclass(frozen=True, slots=True)
class Component:
    """An 8-connected component; the fields are those of ``ObjectFacts``.

    ``contour_centroid`` is the centroid of the outer contour polygon by image moments, truncated to integers; None for
    a contour of zero area (a pixel, a line), as in ChangeChat's rule. ``pixels`` are its own pixels inside its box,
    ``[h, w]`` uint8, nonzero where they are.
    """

    box: tuple[int, int, int, int]
    obb: tuple[float, float, float, float, float]
    centroid: tuple[float, float]
    area_px: int
    outline: tuple[tuple[int, int], ...]
    outer: bool
    contour_centroid: tuple[int, int] | None
    pixels: NDArray[np.uint8]


Box = tuple[int, int, int, int]
"""``(x, y, w, h)`` in pixels, as OpenCV has it."""

_MOST_APART = 32
"""Boxes that are compared two by two."""


def find_components(binary: NDArray[np.uint8], min_pixels: int = 1, window: Box | None = None) -> list[Component]:
    """Components of at least ``min_pixels`` pixels, ordered by their first pixel in row-major order.

    Args:
        binary: pixels of one class, ``[H, W]`` uint8, nonzero where the class is.
        min_pixels: smaller components are left out.
        window: ``(x, y, w, h)`` of the box around its nonzero pixels, where that is known.
    """
    x0, y0, width, height = window or cv2.boundingRect(binary)
    if width == 0:
        return []
    traced, hierarchy = cv2.findContours(
        binary[y0 : y0 + height, x0 : x0 + width], cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE, offset=(x0, y0)
    )
    parents = np.asarray(hierarchy)[0, :, 3].tolist()
    contours = [
        np.asarray(contour, np.int32).reshape(-1, 2)
        for contour, parent in zip(traced, parents, strict=True)
        if parent < 0
    ]
    boxes = [tuple(cv2.boundingRect(contour)) for contour in contours]
    # A contour inside of a hole is that of a component there.
    nested = len(contours) < len(parents) and any(parent >= 0 and parents[parent] >= 0 for parent in parents)
    if nested or not _are_apart(boxes):
        components = _by_label(binary, (x0, y0, width, height), contours, min_pixels)
    else:
        components = _apart(binary, (x0, y0), contours, boxes, min_pixels)
    # The topmost, then leftmost pixel is always a vertex of the outline. OpenCV's own numbering depends on the
    # algorithm that it picks.
    return sorted(components, key=_first_pixel) if len(components) > 1 else components


def _first_pixel(item: Component) -> tuple[int, int]:
    top = item.box[1]
    return top, min(x for x, y in item.outline if y == top)


def _are_apart(boxes: list[tuple[int, ...]]) -> bool:
    """Whether no two of some boxes ``(x, y, w, h)`` overlap."""
    if len(boxes) > _MOST_APART:
        return False
    return not any(
        x < x2 + w2 and x2 < x + w and y < y2 + h2 and y2 < y + h
        for number, (x, y, w, h) in enumerate(boxes)
        for x2, y2, w2, h2 in boxes[:number]
    )


def _apart(
    binary: NDArray[np.uint8],
    corner: tuple[int, int],
    contours: list[NDArray[np.int32]],
    boxes: list[tuple[int, ...]],
    least: int,
) -> list[Component]:
    x0, y0 = corner
    components = []
    for contour, (x, y, w, h) in zip(contours, boxes, strict=True):
        part = binary[y : y + h, x : x + w]
        sums = cv2.moments(part, binaryImage=True)
        area = sums["m00"]
        if area >= least:
            # Sums of whole numbers are exact; divided once, they give the mean that OpenCV's labels give.
            mean = ((sums["m10"] + (x - x0) * area) / area + x0, (sums["m01"] + (y - y0) * area) / area + y0)
            components.append(_component(contour, (x, y, w, h), int(area), mean, True, part))
    return components


def _by_label(binary: NDArray[np.uint8], window: Box, contours: list[NDArray[np.int32]], least: int) -> list[Component]:
    x0, y0, width, height = window
    _, *measured = cv2.connectedComponentsWithStats(
        binary[y0 : y0 + height, x0 : x0 + width], connectivity=8, ltype=cv2.CV_32S
    )
    labels, stats = (np.asarray(part, np.int32) for part in measured[:2])
    outer = {int(labels[contour[0, 1] - y0, contour[0, 0] - x0]): contour for contour in contours}
    components = []
    for label, (x, y, w, h, area) in enumerate(stats.tolist()):
        if label == 0 or area < least:
            continue
        own = (labels[y : y + h, x : x + w] == label).view(np.uint8)
        contour = outer.get(label)
        traced = _trace(own, x + x0, y + y0) if contour is None else contour
        mean = (float(measured[2][label, 0]) + x0, float(measured[2][label, 1]) + y0)
        components.append(_component(traced, (x + x0, y + y0, w, h), area, mean, contour is not None, own))
    return components


def _component(
    contour: NDArray[np.int32],
    box: Box,
    area: int,
    mean: tuple[float, float],
    outer: bool,
    pixels: NDArray[np.uint8],
) -> Component:
    x, y, w, h = box
    return Component(
        box=(x, y, x + w, y + h),
        obb=pixel_rectangle(contour),
        centroid=(round(mean[0], 3), round(mean[1], 3)),
        area_px=area,
        outline=tuple(map(tuple, contour.tolist())),
        outer=outer,
        contour_centroid=_moment_centroid(contour),
        pixels=pixels,
    )


def _trace(inside: NDArray[np.uint8], x: int, y: int) -> NDArray[np.int32]:
    contours, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(x, y))
    # One component has one outer contour.
    return np.asarray(contours[0], np.int32).reshape(-1, 2)


def _moment_centroid(contour: NDArray[np.int32]) -> tuple[int, int] | None:
    moments = cv2.moments(contour)
    if moments["m00"] == 0:
        return None
    return int(moments["m10"] / moments["m00"]), int(moments["m01"] / moments["m00"])
