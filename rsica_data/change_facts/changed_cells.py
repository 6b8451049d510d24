"""Changed pixels by cell of the 3x3 grid (``rsica_data.geometry.cells``)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from rsica_data.geometry.cells import CELLS, cell_box


def cell_counts(binary: NDArray[np.uint8]) -> dict[str, int]:
    """Nonzero pixels of ``[H, W]`` uint8 in each cell, in grid order."""
    height, width = binary.shape
    counts: dict[str, int] = {}
    for cell in CELLS:
        x0, y0, x1, y1 = cell_box(cell, width, height)
        part = binary[y0:y1, x0:x1]
        counts[cell] = cv2.countNonZero(part) if part.size else 0
    return counts
