"""The 3x3 grid over an image, and its halves: the only place that says where a point or a pixel lies.

Pixel (x, y) of a W x H image lies in row ``3*y//H`` and column ``3*x//W``. Pixel centres are integers, and the same
formula holds between them: a centroid is not rounded first. In an image of 256 pixels the left column ends at
256/3 = 85.33..: pixel 85 and a centroid at 85.25 lie left, pixel 86 and a centroid at 85.5 lie in the middle.
"""

from __future__ import annotations

from functools import lru_cache

CELLS: tuple[str, ...] = (
    "top-left",
    "top-center",
    "top-right",
    "center-left",
    "center-center",
    "center-right",
    "bottom-left",
    "bottom-center",
    "bottom-right",
)
"""The 3x3 grid, row by row. Pixel (x, y) of a W x H image lies in cell ``(3*y//H) * 3 + 3*x//W``."""

# Facts keep centroids to a thousandth of a pixel: 85.333 stands for 256/3, which is the border and not left of it.
_HALF_THOUSANDTH = 0.0005


def third(value: float, length: int) -> int:
    """Which third (0, 1, 2) of ``length`` pixels holds a coordinate; one outside belongs to the nearest.

    Args:
        value: pixel index, or a place between pixel centres.
        length: pixels along the axis, at least 1.
    """
    return min(max(int(3 * (value + _HALF_THOUSANDTH) // length), 0), 2)


def cell_of(point: tuple[float, float], width: int, height: int) -> str:
    """Name of the cell that holds a point.

    Args:
        point: ``(x, y)`` in pixels, pixel centres at integers: a pixel, or the centroid of an object of the facts.
        width: of the image, in pixels.
        height: of the image, in pixels.
    """
    return CELLS[3 * third(point[1], height) + third(point[0], width)]


@lru_cache(maxsize=1024)
def third_edges(length: int) -> tuple[int, int, int, int]:
    """First pixel of each third of ``length`` pixels, and ``length``. Thirds can be empty below 3."""
    return 0, -(-length // 3), -(-2 * length // 3), length


def cell_box(cell: str, width: int, height: int) -> tuple[int, int, int, int]:
    """The pixels of a cell as a half-open box ``(x0, y0, x1, y1)``."""
    row, column = divmod(CELLS.index(cell), 3)
    across, down = third_edges(width), third_edges(height)
    return across[column], down[row], across[column + 1], down[row + 1]


def in_first_half(value: float, length: int) -> bool:
    """Whether a coordinate lies in the left or upper half; the middle itself belongs to the other.

    Args:
        value: pixel index, or a place between pixel centres: pixel ``v`` covers ``[v, v + 1)``.
        length: pixels along the axis.
    """
    return value + 0.5 < length / 2
