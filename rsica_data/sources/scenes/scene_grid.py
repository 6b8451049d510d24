"""The one grid of both dates, its tiles, and ground sample distances."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.geometry.raster_grid import Extent, RasterGrid, corner_extent, short_crs
from rsica_data.geometry.raster_header import Transform, names_files
from rsica_data.imagery.raster_files import first_line
from rsica_data.sources.scenes.opened_rasters import RasterFile
from rsica_data.sources.scenes.scene_options import GridOptions, TileOptions
from rsica_data.sources.tiff_images import ground_sample_distance
from rsica_data.sources.tiling import MOST_TILES, offsets

_LONGEST_SIDE = 2**31 - 1
"""Pixels: GDAL counts no further."""

_SNAP = 1e-3
"""Pixels: what is closer than this to a whole pixel counts as whole."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A window of the grid: row and column among the tiles, and its first pixel."""

    row: int
    column: int
    x: int
    y: int


def choose_grid(before: Sequence[RasterFile], after: Sequence[RasterFile], options: GridOptions) -> RasterGrid:
    """The grid of two scenes whose files all have a CRS.

    Raises:
        UserError: the scenes do not overlap (with what is known of why), or lie across the antimeridian or at a pole of
            a grid in degrees.
    """
    first = (before if options.like == "before" else after)[0]
    crs, transform = _lattice(first, options)
    boxes = {
        "before": _scene_bounds(before, crs, "before"),
        "after": _scene_bounds(after, crs, "after"),
    }
    overlap = _intersection(boxes["before"], boxes["after"])
    if overlap is None:
        raise UserError(_no_overlap(boxes, crs), key="source.options.grid", hint=_why_apart(boxes))
    extent = {"overlap": overlap, "union": _union(boxes["before"], boxes["after"]), **boxes}[options.extent]
    if options.bounds is not None:
        cut = _intersection(extent, options.bounds)
        if cut is None:
            shown = f"{_shown(options.bounds)} lies outside the scenes' {_shown(extent)}"
            raise UserError(shown, key="source.options.grid.bounds", hint=f"give them in {short_crs(crs)}")
        extent = cut
    return _snapped(crs, transform, extent)


def pixel_grid(before: Sequence[RasterFile], after: Sequence[RasterFile]) -> RasterGrid:
    """The grid of two files without georeference.

    Raises:
        UserError: they are mosaics, or differ in size.
    """
    key = "source.options.pixel_grid"
    if len(before) > 1 or len(after) > 1:
        raise UserError("a mosaic needs georeferenced files", key=key)
    one, other = before[0], after[0]
    if (one.width, one.height) != (other.width, other.height):
        sizes = f"{one.path} is {one.width}x{one.height}, {other.path} {other.width}x{other.height}"
        raise UserError(f"pixels of scenes of different size do not correspond: {sizes}", key=key)
    return RasterGrid(None, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), one.width, one.height)


def _lattice(first: RasterFile, options: GridOptions) -> tuple[str, Transform]:
    """CRS and pixel corners of the grid: those of the file where they can be kept, so that it need not be resampled."""
    from rasterio.crs import CRS
    from rasterio.errors import CRSError

    crs = first.crs if options.crs is None else options.crs
    try:
        if names_files(str(crs)):
            raise CRSError("it names files")
        target = CRS.from_user_input(crs)
    except CRSError as error:
        raise UserError(f"'{crs}' is no CRS", key="source.options.grid.crs", hint=first_line(error)) from None
    a, b, c, d, e, f = first.transform
    straight = b == 0 and d == 0 and a > 0 and e < 0
    if CRS.from_user_input(first.crs) == target and straight:
        if options.resolution is None:
            return target.to_string(), first.transform
        size = options.resolution
        return target.to_string(), (size, 0.0, c, 0.0, -size, f)
    left, _, _, top = file_bounds(first, target.to_string(), options.like)
    size = options.resolution or _pixel_size(first, target)
    return target.to_string(), (size, 0.0, left, 0.0, -size, top)


def _pixel_size(file: RasterFile, target: Any) -> float:
    """Side of a square as large as the file's middle pixel in another CRS."""
    from rasterio.crs import CRS
    from rasterio.warp import transform

    a, b, c, d, e, f = file.transform
    x, y = file.width / 2, file.height / 2
    corners = [(x, y), (x + 1, y), (x, y + 1)]
    xs, ys = ([m * px + n * py + o for px, py in corners] for m, n, o in ((a, b, c), (d, e, f)))
    (x0, x1, x2), (y0, y1, y2) = transform(CRS.from_user_input(file.crs), target, xs, ys)
    size = math.sqrt(abs((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)))
    if not 0 < size < math.inf:
        raise UserError(f"{file.path} has no pixel size in {short_crs(target.to_string())}", key="source.options.grid")
    return size


def _scene_bounds(files: Sequence[RasterFile], crs: str, side: str) -> Extent:
    boxes = [file_bounds(file, crs, side) for file in files]
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def file_bounds(file: RasterFile, crs: str, side: str) -> Extent:
    """Extent of a file in another CRS.

    Raises:
        UserError: its coordinates are not in its CRS, or it lies across the antimeridian or a pole of a CRS in degrees.
    """
    from rasterio.crs import CRS
    from rasterio.warp import transform_bounds

    own = corner_extent(file.transform, file.width, file.height)
    source, target = CRS.from_user_input(file.crs), CRS.from_user_input(crs)
    key = f"source.options.{side}"
    if source.is_geographic and (own[1] < -90.001 or own[3] > 90.001):
        what = f"{file.path} is in {short_crs(source.to_string())} but reaches latitude {own[1]:.1f}..{own[3]:.1f}"
        raise UserError(what, key=key, hint="its axes are swapped, or its CRS is another")
    try:
        extent = own if source == target else transform_bounds(source, target, *own, densify_pts=21)
    except Exception as error:
        # Of PROJ too, whose errors are no RasterioError.
        raise UserError(f"{file.path} cannot be brought to {short_crs(crs)}: {first_line(error)}", key=key) from None
    if not all(math.isfinite(value) for value in extent):
        raise UserError(f"{file.path} cannot be brought to {short_crs(crs)}: it has no place there", key=key)
    if target.is_geographic:
        _refuse_edges_of_the_map(file, extent, key)
    return extent


def _refuse_edges_of_the_map(file: RasterFile, box: Extent, key: str) -> None:
    hint = "set grid.crs to a projected CRS of the place, e.g. its UTM zone"
    if box[0] > box[2] or box[0] < -180.001 or box[2] > 180.001:
        raise UserError(f"{file.path} lies across the antimeridian, and the grid is in degrees", key=key, hint=hint)
    if box[1] < -89.9 or box[3] > 89.9:
        hint = "set grid.crs to a polar projection, e.g. EPSG:3413 or EPSG:3031"
        raise UserError(f"{file.path} reaches a pole, and the grid is in degrees", key=key, hint=hint)


def _intersection(one: Extent, other: Extent) -> Extent | None:
    left, bottom = max(one[0], other[0]), max(one[1], other[1])
    right, top = min(one[2], other[2]), min(one[3], other[3])
    return (left, bottom, right, top) if left < right and bottom < top else None


def _union(one: Extent, other: Extent) -> Extent:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _no_overlap(boxes: dict[str, Extent], crs: str) -> str:
    return (
        f"the scenes do not overlap: before {_shown(boxes['before'])}, after {_shown(boxes['after'])} "
        f"in {short_crs(crs)}"
    )


def _why_apart(boxes: dict[str, Extent]) -> str | None:
    one, other = boxes["before"], boxes["after"]
    left, bottom, right, top = other
    if _intersection(one, (bottom, left, top, right)) is not None:
        return "they would if the axes of one were swapped"
    if abs(one[0] - other[0]) > 300 and min(one[0], other[0]) >= -180 and max(one[2], other[2]) <= 180:
        return "they lie on both sides of the antimeridian; set grid.crs to a projected CRS"
    return None


def _snapped(crs: str, transform: Transform, extent: Extent) -> RasterGrid:
    """The pixels of a lattice that lie wholly inside an extent."""
    a, _, c, _, e, f = transform
    sides = abs((extent[2] - extent[0]) / a), abs((extent[3] - extent[1]) / e)
    if not max(sides) < _LONGEST_SIDE:
        what = f"the grid would be {sides[0]:.3g} x {sides[1]:.3g} px"
        raise UserError(what, key="source.options.grid", hint="give a coarser resolution, or bounds")
    first_x, last_x = _whole((extent[0] - c) / a, up=True), _whole((extent[2] - c) / a, up=False)
    first_y, last_y = _whole((extent[3] - f) / e, up=True), _whole((extent[1] - f) / e, up=False)
    width, height = last_x - first_x, last_y - first_y
    if width < 1 or height < 1:
        raise UserError("the scenes overlap by less than a pixel", key="source.options.grid")
    return RasterGrid(crs, (a, 0.0, c + a * first_x, 0.0, e, f + e * first_y), width, height)


def _whole(value: float, *, up: bool) -> int:
    near = round(value)
    if abs(value - near) < _SNAP:
        return near
    return math.ceil(value) if up else math.floor(value)


def _shown(box: Extent) -> str:
    return "[" + ", ".join(f"{value:.6g}" for value in box) + "]"


def cut_tiles(grid: RasterGrid, options: TileOptions) -> tuple[Tile, ...]:
    """The tiles of a grid, row by row.

    Raises:
        UserError: not one tile fits, or there are too many.
    """
    stride = options.stride or options.size
    about = (grid.width / stride) * (grid.height / stride)
    if about > MOST_TILES:
        what = f"the grid of {grid.width}x{grid.height} px has about {about:.3g} tiles, at most {MOST_TILES:,} are cut"
        raise UserError(what, key="source.options.tiles", hint="give grid.bounds, or a larger size or stride")
    xs, ys = (offsets(side, options.size, stride, options.edge) for side in (grid.width, grid.height))
    if not xs or not ys:
        what = f"the grid is {grid.width}x{grid.height} px, smaller than a tile of {options.size}x{options.size}"
        raise UserError(what, key="source.options.tiles", hint="give a smaller size, or edge: pad")
    return tuple(Tile(row, column, x, y) for row, y in enumerate(ys) for column, x in enumerate(xs))


def tile_gsd(grid: RasterGrid, tile: Tile, size: int) -> float | None:
    """Ground sample distance in metres per pixel in the middle of a tile; None for a grid of pixels alone."""
    if grid.crs is None:
        return None
    _, bottom, _, top = grid.window_extent(tile.x, tile.y, size, size)
    return ground_sample_distance(grid.crs, grid.transform, (bottom + top) / 2)
