"""Connected components of one class and their shape.

Components come from ``cv2.connectedComponentsWithStats``, outer contours from one ``cv2.findContours`` over the whole
class. Only components that lie inside a hole of another, which that call leaves out, are traced by themselves, each in
its own bounding box: the cost never grows with the number of objects times the size of the image.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from rsica_data.geometry.regions import pixel_rectangle


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


def find_components(binary: NDArray[np.uint8], min_pixels: int = 1) -> list[Component]:
    """Components of at least ``min_pixels`` pixels, ordered by their first pixel in row-major order.

    Args:
        binary: pixels of one class, ``[H, W]`` uint8, nonzero where the class is.
        min_pixels: smaller components are left out.
    """
    x0, y0, width, height = cv2.boundingRect(binary)
    if width == 0:
        return []
    window = binary[y0 : y0 + height, x0 : x0 + width]
    _, *measured = cv2.connectedComponentsWithStats(window, connectivity=8, ltype=cv2.CV_32S)
    labels, stats = (np.asarray(part, np.int32) for part in measured[:2])
    centroids = np.add(measured[2], (x0, y0))
    outer = _outer_contours(window, labels, x0, y0)
    components = []
    for label, (x, y, w, h, area) in enumerate(stats.tolist()):
        if label == 0 or area < min_pixels:
            continue
        contour = outer.get(label)
        if contour is None:
            contour = _trace(labels[y : y + h, x : x + w] == label, x + x0, y + y0)
        component = Component(
            box=(x + x0, y + y0, x + x0 + w, y + y0 + h),
            obb=pixel_rectangle(contour),
            centroid=(round(float(centroids[label, 0]), 3), round(float(centroids[label, 1]), 3)),
            area_px=area,
            outline=tuple((px, py) for px, py in contour.tolist()),
            outer=label in outer,
            contour_centroid=_moment_centroid(contour),
        )
        components.append(component)
    # The topmost, then leftmost pixel is always a vertex of the outline. OpenCV's own numbering depends on the
    # algorithm that it picks.
    return sorted(components, key=lambda item: min((py, px) for px, py in item.outline))


def _outer_contours(
    window: NDArray[np.uint8], labels: NDArray[np.int32], x0: int, y0: int
) -> dict[int, NDArray[np.int32]]:
    """Contours ``[N, 2]`` of the components that do not lie in a hole of another, by label, in image coordinates."""
    contours, _ = cv2.findContours(window, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(x0, y0))
    flat = [np.asarray(contour, np.int32).reshape(-1, 2) for contour in contours]
    return {int(labels[contour[0, 1] - y0, contour[0, 0] - x0]): contour for contour in flat}


def _trace(inside: NDArray[np.bool_], x: int, y: int) -> NDArray[np.int32]:
    contours, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(x, y))
    # One component has one outer contour.
    return np.asarray(contours[0], np.int32).reshape(-1, 2)


def _moment_centroid(contour: NDArray[np.int32]) -> tuple[int, int] | None:
    moments = cv2.moments(contour)
    if moments["m00"] == 0:
        return None
    return int(moments["m10"] / moments["m00"]), int(moments["m01"] / moments["m00"])
