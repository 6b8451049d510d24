"""One grid for both dates, tiles, ground sample distances; places where maps end."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_data.core.errors import UserError
from rsica_data.geometry.raster_grid import RasterGrid
from rsica_data.sources.scenes.bands import Bands
from rsica_data.sources.scenes.opened_rasters import RasterFile
from rsica_data.sources.scenes.scene_grid import choose_grid, cut_tiles, tile_gsd
from rsica_data.sources.scenes.scene_options import GridOptions, TileOptions
from rsica_data.sources.tiff_images import ground_sample_distance

UTM = "EPSG:32633"
PLAIN = Bands((None,), ("gray",), (None,))


def raster(transform, width, height, crs=UTM, path="x.tif"):
    return RasterFile(path, crs, transform, width, height, "uint8", None, False, PLAIN, False, None, None)


def north_up(left, top, gsd):
    return (gsd, 0.0, left, 0.0, -gsd, top)


def test_the_overlap_on_the_pixels_of_the_scene_before():
    before = raster(north_up(1000, 5000, 10), 100, 80)
    after = raster(north_up(1203, 4907, 7), 300, 300)
    grid = choose_grid([before], [after], GridOptions())
    # Pixels wholly inside both: x from 1210 (the next edge after 1203) to 2000, y from 4900 down to 4200.
    assert (grid.transform, grid.width, grid.height) == ((10, 0, 1210, 0, -10, 4900), 79, 70)
    like_after = choose_grid([before], [after], GridOptions(like="after"))
    assert (like_after.transform[2], like_after.transform[5]) == (1203, 4907)
    assert (like_after.width, like_after.height) == ((2000 - 1203) // 7, (4907 - 4200) // 7)


def test_extents_and_bounds():
    before, after = raster(north_up(0, 100, 1), 100, 100), raster(north_up(50, 100, 1), 100, 100)
    sizes = {name: choose_grid([before], [after], GridOptions(extent=name)).width for name in
             ("overlap", "before", "after", "union")}  # fmt: skip
    assert sizes == {"overlap": 50, "before": 100, "after": 100, "union": 150}
    cut = choose_grid([before], [after], GridOptions(bounds=(60, 20, 80, 50)))
    assert (cut.transform[2], cut.transform[5], cut.width, cut.height) == (60, 50, 20, 30)
    coarse = choose_grid([before], [after], GridOptions(resolution=4))
    assert (coarse.transform[0], coarse.width) == (4, 12)  # 52..100 on the lattice of the scene before
    with pytest.raises(UserError, match="lies outside the scenes"):
        choose_grid([before], [after], GridOptions(bounds=(500, 20, 800, 50)))


def test_a_mosaic_is_as_large_as_its_files():
    west, east = raster(north_up(0, 100, 1), 50, 100), raster(north_up(50, 100, 1), 60, 100)
    whole = raster(north_up(0, 100, 1), 200, 100)
    assert choose_grid([west, east], [whole], GridOptions()).width == 110


def test_turned_and_south_up_scenes_get_a_north_up_grid():
    angle = math.radians(30)
    turned = raster((10 * math.cos(angle), 10 * math.sin(angle), 1e5, 10 * math.sin(angle), -10 * math.cos(angle), 5e6),
                    50, 50)  # fmt: skip
    flipped = raster((10, 0, 1e5, 0, 10, 5e6 - 500), 100, 100)
    for file in (turned, flipped):
        grid = choose_grid([file], [file], GridOptions())
        assert grid.transform[1] == grid.transform[3] == 0
        assert grid.transform[0] > 0 > grid.transform[4]
        assert grid.transform[0] == pytest.approx(10, rel=0.05)


def test_no_overlap_says_where_both_lie():
    before, after = raster(north_up(0, 100, 1), 10, 10), raster(north_up(500, 100, 1), 10, 10)
    with pytest.raises(UserError, match=r"do not overlap: before \[0, 90, 10, 100\], after \[500, 90, 510, 100\]"):
        choose_grid([before], [after], GridOptions())


def test_swapped_axes_are_named():
    right = raster(north_up(10.0, 48.0, 0.01), 100, 100, "EPSG:4326")
    swapped = raster((0.01, 0, 47.0, 0, -0.01, 11.0), 100, 100, "EPSG:4326")
    with pytest.raises(UserError, match="axes of one were swapped"):
        choose_grid([right], [swapped], GridOptions())
    beyond = raster(north_up(48.0, 120.0, 0.01), 100, 100, "EPSG:4326", "beyond.tif")
    with pytest.raises(UserError, match=r"beyond.tif .*latitude 119.0..120.0 \(its axes are swapped"):
        choose_grid([beyond], [beyond], GridOptions())


def test_antimeridian_and_pole_in_degrees_are_refused_by_name():
    # UTM zone 1, whose western edge lies at 180 degrees.
    fiji = raster(north_up(100000, 8000000, 1000), 200, 200, "EPSG:32701", "fiji.tif")
    with pytest.raises(UserError, match=r"fiji.tif lies across the antimeridian.*projected CRS"):
        choose_grid([fiji], [fiji], GridOptions(crs="EPSG:4326"))
    pole = raster(north_up(-500000, 500000, 1000), 1000, 1000, "EPSG:3413", "pole.tif")
    with pytest.raises(UserError, match="reaches a pole|lies across the antimeridian"):
        choose_grid([pole], [pole], GridOptions(crs="EPSG:4326"))
    east, west = (raster(north_up(x, 10, 0.01), 50, 50, "EPSG:4326") for x in (179.5, -180.0))
    with pytest.raises(UserError, match="both sides of the antimeridian"):
        choose_grid([east], [west], GridOptions())


def test_antimeridian_and_pole_in_projected_grids_are_handled():
    fiji = raster(north_up(100000, 8000000, 1000), 200, 200, "EPSG:32701")
    assert choose_grid([fiji], [fiji], GridOptions()).width == 200
    # The same ground in the zone on the other side of 180 degrees.
    other = choose_grid([fiji], [fiji], GridOptions(crs="EPSG:32760"))
    assert 180 < other.width < 260
    pole = raster(north_up(-500000, 500000, 1000), 1000, 1000, "EPSG:3413")
    assert choose_grid([pole], [pole], GridOptions()).width == 1000


def test_ground_sample_distance_of_each_kind_of_crs():
    assert ground_sample_distance("EPSG:32633", north_up(0, 0, 10), 5e6) == 10
    assert ground_sample_distance("EPSG:2263", north_up(0, 0, 2), 0) == pytest.approx(2 * 0.3048006096)
    # Web Mercator at 60 degrees: half.
    north = 6378137 * math.asinh(math.tan(math.radians(60)))
    assert ground_sample_distance("EPSG:3857", north_up(0, 0, 10), north) == pytest.approx(5, abs=1e-6)
    # A degree of latitude and of longitude at 45 degrees on WGS 84: 111,131.8 m and 78,846.8 m.
    assert ground_sample_distance("EPSG:4326", north_up(0, 0, 1e-4), 45) == pytest.approx(
        1e-4 * math.sqrt(111131.78 * 78846.81), rel=1e-6
    )
    grid = RasterGrid("EPSG:4326", north_up(0, 60, 0.0001), 4000, 4000)
    first, *_, last = cut_tiles(grid, TileOptions(size=1000))
    assert tile_gsd(grid, first, 1000) < tile_gsd(grid, last, 1000)


@pytest.mark.parametrize(
    ("edge", "stride", "expected"),
    [
        ("drop", None, [0, 100]),
        ("pad", None, [0, 100, 200]),
        ("shift", None, [0, 100, 150]),
        ("drop", 60, [0, 60, 120]),
        ("shift", 60, [0, 60, 120, 150]),
        ("pad", 60, [0, 60, 120, 180]),
    ],
)
def test_edges(edge, stride, expected):
    grid = RasterGrid(UTM, north_up(0, 0, 1), 250, 100)
    tiles = cut_tiles(grid, TileOptions(size=100, stride=stride, edge=edge))
    assert [tile.x for tile in tiles if tile.row == 0] == expected
    assert {tile.y for tile in tiles} == {0}


def test_a_grid_smaller_than_a_tile():
    grid = RasterGrid(UTM, north_up(0, 0, 1), 90, 300)
    for edge in ("drop", "shift"):
        with pytest.raises(UserError, match="90x300 px, smaller than a tile of 100x100"):
            cut_tiles(grid, TileOptions(size=100, edge=edge))
    assert len(cut_tiles(grid, TileOptions(size=100, edge="pad"))) == 3


@settings(deadline=None)
@given(
    length=st.integers(16, 600),
    size=st.integers(16, 300),
    stride=st.integers(8, 300),
    edge=st.sampled_from(["pad", "shift"]),
)
def test_pad_and_shift_leave_no_pixel_out(length, size, stride, edge):
    grid = RasterGrid(UTM, north_up(0, 0, 1), length, length)
    options = TileOptions(size=size, stride=min(stride, size), edge=edge)
    if edge == "shift" and length < size:
        return
    starts = [tile.x for tile in cut_tiles(grid, options) if tile.row == 0]
    assert len(set(starts)) == len(starts)
    assert starts[0] == 0
    assert all(b - a <= size for a, b in itertools.pairwise(starts))
    assert starts[-1] + size >= length
    assert all(start < length for start in starts)
    if edge == "shift":
        assert starts[-1] + size == length
