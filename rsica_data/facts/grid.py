"""The 3x3 grid: pixel (x, y) of a W x H image lies in row ``3*y//H`` and column ``3*x//W``."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


def cell_index(x: int, y: int, width: int, height: int) -> int:
    """Number (0..8, row by row) of the cell that holds pixel (x, y)."""
    return (3 * y // height) * 3 + 3 * x // width


@lru_cache(maxsize=64)
def _edges(length: int) -> tuple[int, int]:
    """First index of the second and of the third part."""
    return -(-length // 3), -(-2 * length // 3)


def cell_counts(changed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """True pixels in each of the nine cells, shape ``[9]``. Cells of images under 3 pixels can be empty."""
    height, width = changed.shape
    rows, columns = (0, *_edges(height), height), (0, *_edges(width), width)
    return np.array(
        [
            np.count_nonzero(changed[rows[r] : rows[r + 1], columns[c] : columns[c + 1]])
            for r in range(3)
            for c in range(3)
        ],
        dtype=np.int64,
    )
