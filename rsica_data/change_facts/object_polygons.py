"""Objects as polygons along their pixels' edges, holes included.

The outline in the facts runs through pixel centres and knows no holes: right for a box or a prompt, not for a map.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from rsica_data.schema.facts import ObjectFacts
from rsica_data.schema.records import Mask

Ring = list[tuple[float, float]]
"""Corners ``(x, y)``, the first repeated at the end."""

Polygon = list[Ring]
"""The outer ring and then the holes."""


def object_pixels(mask: Mask, item: ObjectFacts) -> NDArray[np.uint8]:
    """The object's own pixels inside its box, ``[h, w]`` of 0 and 1.

    Args:
        mask: class ids that the facts were measured on, ``[H, W]``.
        item: one of the facts' objects.
    """
    x0, y0, x1, y1 = item.box
    of_class = (mask[y0:y1, x0:x1] == item.class_id).view(np.uint8)
    _, labels = cv2.connectedComponents(of_class, connectivity=8, ltype=cv2.CV_32S)
    x, y = item.outline[0]
    return np.asarray(np.equal(labels, labels[y - y0, x - x0]), np.uint8)


def object_polygons(mask: Mask, item: ObjectFacts) -> list[Polygon]:
    """The object as polygons in pixel coordinates; pixel (x, y) covers ``[x, x+1) x [y, y+1)``.

    Parts that touch at a corner only are polygons of their own, so that each is valid by the OGC's rules.
    """
    from rasterio.features import shapes

    pixels = object_pixels(mask, item)
    x0, y0 = item.box[:2]
    polygons: list[Polygon] = []
    for geometry, value in shapes(pixels, mask=pixels.view(np.bool_), connectivity=4):
        if value:
            polygons.append([[(x + x0, y + y0) for x, y in ring] for ring in geometry["coordinates"]])
    return polygons


def majority(labels: Mask, item: ObjectFacts, pixels: NDArray[np.uint8], ignore_id: int | None) -> int | None:
    """The class id that most of an object's pixels have in a label map; None where all are unlabelled.

    Of equals the lower id counts.
    """
    x0, y0, x1, y1 = item.box
    there = labels[y0:y1, x0:x1][pixels.view(np.bool_)]
    if ignore_id is not None:
        there = there[there != ignore_id]
    return int(np.bincount(there).argmax()) if there.size else None
