"""Connected components of one class and their shape.

Outer contours come from one ``cv2.findContours`` over the whole class. Where no component lies in a hole of another,
the pixels of each are those of the class within its contour; where moreover no other bounding box overlaps its own,
they are those of the class in its box. Else ``cv2.connectedComponentsWithStats``, which takes several times as long,
tells them apart, and those in a hole of another are traced by themselves. All of this happens in bounding boxes: the
cost never grows with the number of objects times the size of the image.
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


def find_components(binary: NDArray[np.uint8], min_pixels: int = 1) -> list[Component]:
    """Components of at least ``min_pixels`` pixels, ordered by their first pixel in row-major order.

    Args:
        binary: pixels of one class, ``[H, W]`` uint8, nonzero where the class is.
        min_pixels: smaller components are left out.
    """
    traced, hierarchy = cv2.findContours(binary, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    if not traced:
        return []
    parents = np.asarray(hierarchy)[0, :, 3].tolist()
    contours = [
        np.asarray(contour, np.int32).reshape(-1, 2)
        for contour, parent in zip(traced, parents, strict=True)
        if parent < 0
    ]
    boxes: list[Box] = [(x, y, w, h) for x, y, w, h in map(cv2.boundingRect, contours)]
    # A contour inside of a hole is that of a component there.
    nested = len(contours) < len(parents) and any(parent >= 0 and parents[parent] >= 0 for parent in parents)
    find = _by_label if nested else _by_contour
    components = find(binary, contours, boxes, min_pixels)
    # OpenCV's own numbering depends on the algorithm that it picks.
    return sorted(components, key=_first_pixel) if len(components) > 1 else components


def _first_pixel(item: Component) -> tuple[int, int]:
    x, y = item.box[:2]
    return y, x + int((item.pixels[0] != 0).argmax())


def _overlapped(boxes: list[Box]) -> list[bool]:
    """Of each of some boxes, whether another overlaps it; of too many to compare, True of each."""
    if len(boxes) > _MOST_APART:
        return [True] * len(boxes)
    return [
        any(
            x < x2 + w2 and x2 < x + w and y < y2 + h2 and y2 < y + h
            for other, (x2, y2, w2, h2) in enumerate(boxes)
            if other != number
        )
        for number, (x, y, w, h) in enumerate(boxes)
    ]


def _by_contour(
    binary: NDArray[np.uint8], contours: list[NDArray[np.int32]], boxes: list[Box], least: int
) -> list[Component]:
    x0, y0, _, _ = _around(boxes)
    components = []
    for contour, box, overlapped in zip(contours, boxes, _overlapped(boxes), strict=True):
        x, y, w, h = box
        part = binary[y : y + h, x : x + w]
        if overlapped:
            within = np.zeros((h, w), np.uint8)
            cv2.fillPoly(within, [contour], 255, offset=(-x, -y))
            part = part & within
        sums = cv2.moments(part, binaryImage=True)
        area = sums["m00"]
        if area >= least:
            # Sums of whole numbers are exact; divided once, they give the mean that OpenCV's labels give.
            mean = ((sums["m10"] + (x - x0) * area) / area + x0, (sums["m01"] + (y - y0) * area) / area + y0)
            components.append(_component(contour, box, int(area), mean, True, part))
    return components


def _around(boxes: list[Box]) -> Box:
    """The box around boxes."""
    x0, y0 = min(box[0] for box in boxes), min(box[1] for box in boxes)
    return x0, y0, max(x + w for x, _, w, _ in boxes) - x0, max(y + h for _, y, _, h in boxes) - y0


def _by_label(
    binary: NDArray[np.uint8], contours: list[NDArray[np.int32]], boxes: list[Box], least: int
) -> list[Component]:
    x0, y0, width, height = _around(boxes)
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
