"""Changed pixels by cell of the 3x3 grid (``rsica_data.geometry.cells``)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from rsica_data.geometry.cells import CELLS, third_edges


def cells_with(part: NDArray[np.uint8], corner: tuple[int, int], size: tuple[int, int], least: int) -> tuple[str, ...]:
    """The cells of an image, in grid order, that hold at least ``least`` nonzero pixels of a part of it.

    Args:
        part: pixels ``[h, w]`` uint8.
        corner: ``(x, y)`` of its first pixel.
        size: width and height of the image, in pixels.
        least: pixels; below 1 as 1.
    """
    (left, top), (height, width) = corner, part.shape
    down, across = third_edges(size[1]), third_edges(size[0])
    cells = []
    for row in range(3):
        y0, y1 = max(down[row] - top, 0), min(down[row + 1] - top, height)
        if y0 >= y1:
            continue
        for column in range(3):
            x0, x1 = max(across[column] - left, 0), min(across[column + 1] - left, width)
            if x0 < x1 and cv2.countNonZero(part[y0:y1, x0:x1]) >= max(least, 1):
                cells.append(CELLS[3 * row + column])
    return tuple(cells)
