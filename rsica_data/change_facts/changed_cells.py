"""Changed pixels by cell of the 3x3 grid (``rsica_data.geometry.cells``)."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from rsica_data.geometry.cells import CELLS, third_edges


def cells_with(
    part: NDArray[np.uint8], corner: tuple[int, int], size: tuple[int, int], least: int, pixels: int
) -> tuple[str, ...]:
    """The cells of an image, in grid order, that hold at least ``least`` nonzero pixels of a part of it.

    Args:
        part: pixels ``[h, w]`` uint8.
        corner: ``(x, y)`` of its first pixel.
        size: width and height of the image, in pixels.
        least: pixels; below 1 as 1.
        pixels: how many of the part are nonzero.
    """
    (left, top), (height, width) = corner, part.shape
    across, down = third_edges(size[0]), third_edges(size[1])
    columns = [n for n in (0, 1, 2) if across[n] < left + width and left < across[n + 1]]
    rows = [n for n in (0, 1, 2) if down[n] < top + height and top < down[n + 1]]
    least = max(least, 1)
    if len(rows) == len(columns) == 1:
        return (CELLS[3 * rows[0] + columns[0]],) if pixels >= least else ()
    bands = [(row, part[max(down[row] - top, 0) : down[row + 1] - top]) for row in rows]
    spans = [(column, max(across[column] - left, 0), across[column + 1] - left) for column in columns]
    return tuple(
        CELLS[3 * row + column]
        for row, band in bands
        for column, x0, x1 in spans
        if cv2.countNonZero(band[:, x0:x1]) >= least
    )


def in_grid_order(cells: Iterable[str]) -> tuple[str, ...]:
    """Cells without repetition, row by row."""
    there = set(cells)
    return tuple(cell for cell in CELLS if cell in there)
