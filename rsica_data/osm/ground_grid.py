"""The pixel grid of an image on the ground: degrees, metres, and what a map covers of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.geometry.raster_grid import RasterGrid, short_crs
from rsica_data.geometry.raster_header import names_files, raster_place
from rsica_data.imagery.raster_files import opened_raster, without_name
from rsica_data.osm.features import Bounds, FeatureSet

_EDGE_POINTS = 21
_POLE = 89.9


@dataclass(frozen=True)
class Grid(RasterGrid):
    """The pixels of an image on the ground: a grid with a CRS, in which places have longitudes and latitudes."""

    crs: str

    def __post_init__(self) -> None:
        a, b, _, d, e, _ = self.transform
        if self.width < 1 or self.height < 1:
            raise UserError(f"a grid of {self.width} x {self.height} pixels is empty")
        if a * e - b * d == 0:
            raise UserError("the grid's transform maps all pixels to one line")
        if not self.crs:
            raise UserError("the grid has no CRS", hint="EPSG:32633 or the like")

    @cached_property
    def bounds(self) -> Bounds:
        """Box in degrees around the grid's edge. ``west > east`` where it crosses the antimeridian.

        Raises:
            UserError: the grid reaches a pole, where no box of longitudes holds it, or lies outside its CRS.
        """
        import numpy as np

        steps = np.linspace(0, 1, _EDGE_POINTS)
        across, down = steps * self.width, steps * self.height
        zero = np.zeros_like(steps)
        columns = np.concatenate([across, zero + self.width, across, zero])
        rows = np.concatenate([zero, down, zero + self.height, down])
        lon, lat = self.to_degrees(*self.place(columns, rows))
        if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
            raise UserError(f"the grid lies outside the area of its CRS {short_crs(self.crs)}", hint="wrong transform?")
        if np.abs(lat).max() > _POLE or self._holds_pole():
            raise UserError("the grid reaches a pole, where OSM's maps end", hint="choose a scene below 89.9 degrees")
        west, east = float(lon.min()), float(lon.max())
        if east - west > 180 and not self.is_geographic:
            west, east = float(lon[lon > 0].min()), float(lon[lon <= 0].max())
        elif east > 180:
            east -= 360
        elif west < -180:
            west += 360
        return Bounds(west, float(lat.min()), east, float(lat.max()))

    def _holds_pole(self) -> bool:
        for latitude in (-90.0, 90.0):
            try:
                column, row = self.pixel(*self.from_degrees(0.0, latitude))
            except UserError:
                continue
            if 0 <= column <= self.width and 0 <= row <= self.height and not self.is_geographic:
                return True
        return False

    @cached_property
    def _crs(self) -> Any:
        import pyproj

        if names_files(self.crs):
            raise UserError("the grid's CRS names files", hint="EPSG:32633 or the like")
        try:
            return pyproj.CRS.from_user_input(self.crs)
        except pyproj.exceptions.CRSError as error:
            raise UserError(f"CRS is not known: {str(error).splitlines()[0]}") from None

    @property
    def is_geographic(self) -> bool:
        """Whether its units are degrees."""
        return bool(self._crs.is_geographic)

    @cached_property
    def _degrees(self) -> Any:
        import pyproj

        try:
            return pyproj.Transformer.from_crs(self._crs, 4326, always_xy=True)
        except pyproj.exceptions.ProjError as error:
            what = f"no way leads from its CRS to degrees: {str(error).splitlines()[0]}"
            raise UserError(what, hint="a local CRS has no place on earth") from None

    def to_degrees(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Longitude and latitude of places in the grid's CRS (numbers or arrays)."""
        lon, lat = self._degrees.transform(x, y)
        return lon, lat

    def from_degrees(self, lon: Any, lat: Any) -> tuple[Any, Any]:
        """Places in the grid's CRS of longitudes and latitudes (numbers or arrays).

        A geographic grid that goes beyond 180 degrees gets longitudes that go on there too.
        """
        import numpy as np

        x, y = self._degrees.transform(lon, lat, direction="INVERSE")
        if self.is_geographic:
            middle = self.transform[2] + self.transform[0] * self.width / 2 + self.transform[1] * self.height / 2
            x = np.asarray(x) + 360.0 * np.round((middle - np.asarray(x)) / 360.0)
        return x, y

    @cached_property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of the middle."""
        lon, lat = self.to_degrees(*self.place(self.width / 2, self.height / 2))
        return float(lon), float(lat)

    @cached_property
    def metres(self) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
        """Functions that take shapely geometry from degrees to metres and back.

        The CRS is an equal-area one around the grid's middle, where lengths are true too; it holds anywhere on earth,
        the poles and the antimeridian included.
        """
        import pyproj
        import shapely

        lon, lat = self.centre
        local = pyproj.CRS.from_proj4(f"+proj=laea +lat_0={lat:.6f} +lon_0={lon:.6f} +datum=WGS84 +units=m")
        there = pyproj.Transformer.from_crs(4326, local, always_xy=True)

        def into(geometry: Any) -> Any:
            return shapely.transform(geometry, there.transform, interleaved=False)

        def back(geometry: Any) -> Any:
            def inverse(x: Any, y: Any) -> Any:
                return there.transform(x, y, direction="INVERSE")

            return shapely.transform(geometry, inverse, interleaved=False)

        return into, back

    @cached_property
    def gsd_m(self) -> float:
        """Metres on the ground per pixel: the root of a middle pixel's area."""
        from shapely import Polygon

        column, row = self.width / 2, self.height / 2
        corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
        ring = [self.to_degrees(*self.place(column + dx, row + dy)) for dx, dy in corners]
        return float(self.metres[0](Polygon(ring)).area ** 0.5)

    def to_pixels(self, geometry: Any) -> Any:
        """Shapely geometry (or an array of it) in degrees as geometry in pixels: (0, 0) is the image's corner."""
        import shapely

        def move(lon: Any, lat: Any) -> Any:
            return self.pixel(*self.from_degrees(lon, lat))

        return shapely.transform(geometry, move, interleaved=False)

    def from_pixels(self, geometry: Any) -> Any:
        """The inverse of :meth:`to_pixels`."""
        import shapely

        def move(column: Any, row: Any) -> Any:
            return self.to_degrees(*self.place(column, row))

        return shapely.transform(geometry, move, interleaved=False)


def grid_of(path: str | Path) -> Grid:
    """The grid of a georeferenced image.

    Raises:
        UserError: cannot be opened, has no CRS, or nothing tells where its pixels lie.
    """
    try:
        with opened_raster(path) as opened:
            place = raster_place(opened)
            width, height = opened.width, opened.height
    except InvalidItemError as error:
        raise UserError(f"cannot be opened as an image: {without_name(error, path)}", file=path) from None
    if place.crs is None:
        hint = "set it: gdal_edit -a_srs EPSG:... FILE, or use a georeferenced image"
        raise UserError("has no CRS: nobody can tell where it lies", file=path, hint=hint)
    if place.transform is None:
        raise UserError(f"{place.problem}; a map has no place on it", file=path)
    return Grid(place.crs, place.transform, width, height)


def check_cover(grid: Grid, feature_set: FeatureSet, minimum: float = 0.999) -> float:
    """Share of the grid's box that the map's extent covers.

    The extent is what the file states, else the box around its features (which may be smaller than the area that was
    cut out: then only a map that misses the grid is refused).

    Raises:
        UserError: the map does not meet the grid (said so where its axes are swapped), or covers less than
            ``minimum`` of it.
    """
    extent = feature_set.extent or feature_set.bounds()
    if extent is None:
        raise UserError(
            "the map is empty here", file=feature_set.origin or None, hint=f"the image lies at {grid.bounds}"
        )
    share = _overlap(grid.bounds, extent)
    if share == 0.0:
        turned = extent.swapped()
        if turned is not None and _overlap(grid.bounds, turned) > 0:
            raise UserError(
                "latitude and longitude are swapped: the map would meet the image with its axes exchanged",
                file=feature_set.origin or None,
                hint="longitude comes first in GeoJSON and in OSM's boxes",
            )
        raise UserError(
            f"the map ({extent}) and the image ({grid.bounds}) do not overlap",
            file=feature_set.origin or None,
            hint="both are west,south,east,north in degrees",
        )
    if feature_set.extent is not None and share < minimum:
        raise UserError(
            f"the extract ({extent}) covers {share:.1%} of the image ({grid.bounds})",
            file=feature_set.origin or None,
            hint="cut a larger extract, or allow it with --min-cover",
        )
    return share


def _overlap(box: Bounds, other: Bounds) -> float:
    """Share of ``box`` that ``other`` covers, in degrees."""
    total = sum((part.east - part.west) * (part.north - part.south) for part in box.parts())
    common = 0.0
    for part in box.parts():
        for piece in other.parts():
            width = min(part.east, piece.east) - max(part.west, piece.west)
            height = min(part.north, piece.north) - max(part.south, piece.south)
            common += max(width, 0.0) * max(height, 0.0)
    return common / total if total else 0.0
