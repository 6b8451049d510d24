"""Connected components of one class and their shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Component:
    """An 8-connected component; the fields are those of ``ObjectFacts``.

    ``contour_centroid`` is the centroid of the outer contour polygon by image moments, truncated to integers; None for
    a contour of zero area (a pixel, a line), as in ChangeChat's rule.
    """

    box: tuple[int, int, int, int]
    obb: tuple[float, float, float, float, float]
    centroid: tuple[float, float]
    area_px: int
    outline: tuple[tuple[int, int], ...]
    outer: bool
    contour_centroid: tuple[int, int] | None


def find_components(changed: NDArray[np.bool_], min_pixels: int = 1) -> list[Component]:
    """Components of at least ``min_pixels`` pixels, ordered by their first pixel in row-major order.

    Args:
        changed: ``[H, W]`` bool.
        min_pixels: smaller components are left out.
    """
    binary = changed.astype(np.uint8)
    measured = cv2.connectedComponentsWithStats(binary, connectivity=8, ltype=cv2.CV_32S)
    labels, stats, centroids = (np.asarray(part) for part in measured[1:])
    order = _by_first_pixel(labels, stats)
    outer = _outer_labels(labels)
    found = []
    for label in order:
        x, y, w, h, area = (int(v) for v in stats[label])
        if area < min_pixels:
            continue
        inside = labels[y : y + h, x : x + w] == label
        contour = _outer_contour(inside, x, y)
        found.append(
            Component(
                box=(x, y, x + w, y + h),
                obb=_oriented_box(contour),
                centroid=(round(float(centroids[label][0]), 3), round(float(centroids[label][1]), 3)),
                area_px=area,
                outline=tuple((int(px), int(py)) for px, py in contour[:, 0, :]),
                outer=label in outer,
                contour_centroid=_moment_centroid(contour),
            )
        )
    return found


def _by_first_pixel(labels: NDArray[np.int32], stats: NDArray[np.int32]) -> list[int]:
    """Labels by their first pixel. OpenCV's own numbering depends on the algorithm that it picks."""
    width = labels.shape[1]
    firsts = []
    for label in range(1, len(stats)):
        x, y, w = int(stats[label, 0]), int(stats[label, 1]), int(stats[label, 2])
        column = int(np.argmax(labels[y, x : x + w] == label)) + x
        firsts.append((y * width + column, label))
    return [label for _, label in sorted(firsts)]


def _outer_labels(labels: NDArray[np.int32]) -> set[int]:
    """Labels of the components that do not lie in a hole of another one.

    A component is outer exactly if it touches the 4-connected background that reaches the image's outside: a hole
    of an 8-connected component is bounded by it for 4-connected paths.
    """
    padded = np.zeros((labels.shape[0] + 2, labels.shape[1] + 2), np.uint8)
    padded[1:-1, 1:-1] = labels == 0
    padded[0, :] = padded[-1, :] = padded[:, 0] = padded[:, -1] = 1
    _, background = cv2.connectedComponents(padded, connectivity=4, ltype=cv2.CV_32S)
    outside = background == background[0, 0]
    framed = np.zeros(padded.shape, labels.dtype)
    framed[1:-1, 1:-1] = labels
    touching: set[int] = set()
    # Outside in one of the four directions: enough, since an outer boundary has a topmost pixel.
    for shifted in (outside[:-2, 1:-1], outside[2:, 1:-1], outside[1:-1, :-2], outside[1:-1, 2:]):
        touching.update(int(v) for v in np.unique(labels[shifted]))
    touching.discard(0)
    return touching


def _outer_contour(inside: NDArray[np.bool_], x: int, y: int) -> NDArray[np.int32]:
    contours, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(x, y))
    # One component has one outer contour.
    contour: Any = contours[0]
    return np.asarray(contour, np.int32)


def _moment_centroid(contour: NDArray[np.int32]) -> tuple[int, int] | None:
    moments = cv2.moments(contour)
    if moments["m00"] == 0:
        return None
    return int(moments["m10"] / moments["m00"]), int(moments["m01"] / moments["m00"])


def _oriented_box(contour: NDArray[np.int32]) -> tuple[float, float, float, float, float]:
    """Minimum-area rectangle over the outer corners of the contour's pixels: ``(cx, cy, w, h, degrees)``.

    Degrees are in ``[-90, 90)`` and turn from the x axis towards the y axis (down); ``w`` is the longer side, and
    0 degrees is taken where both are equal.
    """
    points = contour[:, 0, :].astype(np.float32)
    corners = np.concatenate([points + np.array(d, np.float32) for d in ((0, 0), (1, 0), (0, 1), (1, 1))])
    (cx, cy), (w, h), angle = cv2.minAreaRect(corners)
    if h > w:
        w, h, angle = h, w, angle + 90.0
    angle = (angle + 90.0) % 180.0 - 90.0
    if abs(w - h) < 1e-3:
        angle = angle % 90.0
    return round(cx, 2), round(cy, 2), round(w, 2), round(h, 2), round(angle, 2)
