"""The one grid of pixels: where the pixels of an image or of a mosaic lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rsica_data.geometry.raster_header import Transform

if TYPE_CHECKING:
    from affine import Affine

Extent = tuple[float, float, float, float]
"""Left, bottom, right, top, in the units of a CRS."""


@dataclass(frozen=True)
class RasterGrid:
    """A grid of pixels.

    Attributes:
        crs: CRS as text, ``EPSG:32616`` or WKT; None for a grid of pixels alone.
        transform: ``(a, b, c, d, e, f)``, as rasterio has it (x = a*column + b*row + c, y = d*column + e*row + f), of
            the upper left corners.
        width: pixels of a row.
        height: rows.

    Example:
        >>> grid = RasterGrid("EPSG:32633", (0.5, 0.0, 100.0, 0.0, -0.5, 200.0), 4, 2)
        >>> grid.place(2, 1), grid.pixel(101.0, 199.5), grid.extent
        ((101.0, 199.5), (2.0, 1.0), (100.0, 199.0, 102.0, 200.0))
    """

    crs: str | None
    transform: Transform
    width: int
    height: int

    @property
    def affine(self) -> Affine:
        """The transform as rasterio takes it."""
        from affine import Affine

        return Affine(*self.transform)

    @property
    def extent(self) -> Extent:
        """The box around the grid's corners."""
        return corner_extent(self.transform, self.width, self.height)

    def place(self, column: Any, row: Any) -> tuple[Any, Any]:
        """Place in the CRS of a position in pixels; numbers or arrays."""
        a, b, c, d, e, f = self.transform
        return a * column + b * row + c, d * column + e * row + f

    def pixel(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Position in pixels of a place in the CRS; the inverse of :meth:`place`."""
        a, b, c, d, e, f = self.transform
        det = a * e - b * d
        return (e * (x - c) - b * (y - f)) / det, (a * (y - f) - d * (x - c)) / det

    def window_transform(self, x: float, y: float) -> Transform:
        """The transform of a window that starts at pixel (x, y)."""
        a, b, c, d, e, f = self.transform
        return (a, b, c + a * x + b * y, d, e, f + d * x + e * y)

    def window_extent(self, x: int, y: int, width: int, height: int) -> Extent:
        """The box of a window, in the grid's CRS."""
        return corner_extent(self.window_transform(x, y), width, height)


def corner_extent(transform: Transform, width: int, height: int) -> Extent:
    """The box of a raster by its four corners, whichever way its transform turns."""
    a, b, c, d, e, f = transform
    xs = [c + a * x + b * y for x in (0, width) for y in (0, height)]
    ys = [f + d * x + e * y for x in (0, width) for y in (0, height)]
    return min(xs), min(ys), max(xs), max(ys)


def short_crs(crs: str) -> str:
    """A CRS for messages: WKT is cut."""
    return crs if len(crs) <= 40 else crs[:37] + "..."
