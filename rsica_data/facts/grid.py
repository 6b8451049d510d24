"""The 3x3 grid: pixel (x, y) of a W x H image lies in row ``3*y//H`` and column ``3*x//W``."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def cell_index(x: int, y: int, width: int, height: int) -> int:
    """Number (0..8, row by row) of the cell that holds pixel (x, y)."""
    return (3 * y // height) * 3 + 3 * x // width


def cell_edges(length: int) -> tuple[int, int, int, int]:
    """First index of each of the three parts of ``length`` pixels, and ``length``. Parts can be empty below 3."""
    return 0, -(-length // 3), -(-2 * length // 3), length


def cell_counts(binary: NDArray[np.uint8]) -> tuple[int, ...]:
    """Nonzero pixels of ``[H, W]`` uint8 in each of the nine cells, row by row."""
    height, width = binary.shape
    rows, columns = cell_edges(height), cell_edges(width)
    return tuple(
        _nonzero(binary[rows[r] : rows[r + 1], columns[c] : columns[c + 1]]) for r in range(3) for c in range(3)
    )


def _nonzero(part: NDArray[np.uint8]) -> int:
    return cv2.countNonZero(part) if part.size else 0
