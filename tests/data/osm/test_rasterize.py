"""Drawing on the grid: which pixels, in which order, how wide; and where the grid lies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Polygon, affinity, box

from rsica_data.core.errors import UserError
from rsica_data.osm.features import Bounds, Feature, FeatureSet
from rsica_data.osm.ground_grid import Grid, check_cover, grid_of
from rsica_data.osm.map_files import read_map
from rsica_data.osm.rasterize import burn, label_map, pixel_shape, rasterize_named, rasterize_numbers
from rsica_data.osm.scheme import load_scheme

from .conftest import GRID, degrees

MCI = load_scheme("levir-mci")


def feature(number, geometry, **tags):
    return Feature(number, "way", GRID.from_pixels(geometry), tags)


def test_boxes_take_the_pixels_whose_centre_they_hold():
    house = feature(1, box(10, 20, 30, 25), building="yes")
    expected = np.zeros((100, 100), np.uint8)
    expected[20:25, 10:30] = 2
    assert np.array_equal(label_map([house], MCI, GRID), expected)


def test_touched_and_area_rules():
    house = feature(1, box(10.6, 20.6, 13.6, 23.6), building="yes")
    assert int((label_map([house], MCI, GRID) == 2).sum()) == 9
    assert int((label_map([house], MCI, GRID, "touched") == 2).sum()) == 16
    assert int((label_map([house], MCI, GRID, "area") == 2).sum()) == 9
    narrow = feature(1, box(10.6, 20, 11.4, 60), building="yes")  # 0.8 x 40 pixels, no centre inside
    assert [int((label_map([narrow], MCI, GRID, rule) > 0).sum()) for rule in ("centre", "touched", "area")] == [
        0,
        80,
        32,
    ]


def test_priority_and_not_the_order_of_the_file_decides():
    road = feature(1, LineString([(0, 50), (100, 50)]), highway="primary")
    house = feature(2, box(40, 40, 60, 60), building="yes")
    one, other = label_map([road, house], MCI, GRID), label_map([house, road], MCI, GRID)
    assert np.array_equal(one, other)
    assert one[50, 50] == 2 and one[50, 10] == 1 and one[44, 10] == 0


def test_road_is_as_wide_as_its_metres():
    road = feature(1, LineString([(-10, 50), (110, 50)]), highway="primary")  # 10 m
    assert (label_map([road], MCI, GRID) == 1).sum(axis=0).tolist() == [10] * 100
    coarse = Grid(GRID.crs, (2.0, 0.0, 448_000.0, 0.0, -2.0, 5_535_000.0), 50, 50)
    road = feature(1, LineString([(-10, 50.5), (110, 50.5)]), highway="primary")
    assert (label_map([road], MCI, coarse) == 1).sum(axis=0).tolist() == [5] * 50


def test_road_on_a_web_mercator_grid_has_metres_of_the_ground():
    lon, lat = degrees(50, 50)
    scale = 1 / np.cos(np.radians(lat))
    from pyproj import Transformer

    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(lon, lat)
    grid = Grid("EPSG:3857", (1.0, 0.0, x - 50, 0.0, -1.0, y + 50), 100, 100)
    road = Feature(1, "way", grid.from_pixels(LineString([(-10, 50), (110, 50)])), {"highway": "primary"})
    wide = (label_map([road], MCI, grid) == 1).sum(axis=0)
    assert abs(wide - 10 * scale).max() <= 1
    assert grid.gsd_m == pytest.approx(1 / scale, rel=0.01)


def test_numbers_agree_with_classes_in_every_pixel():
    features = [
        feature(number, box(number * 7, number * 5, number * 7 + 20, number * 5 + 12), building="yes")
        for number in range(9)
    ]
    features.append(feature(20, LineString([(0, 0), (100, 100)]), highway="primary"))
    named = MCI.classify_all(features)
    numbers = rasterize_numbers(named, GRID)
    ids = np.array([0, *(item.class_id for item in named)])
    assert np.array_equal(ids[numbers], rasterize_named(named, GRID))


@settings(max_examples=40, deadline=None)
@given(st.floats(12, 60), st.floats(12, 60), st.floats(-180, 180), st.floats(45, 55), st.floats(45, 55))
def test_area_rule_keeps_the_area_of_every_object(width, height, angle, x, y):
    shape = affinity.translate(affinity.rotate(box(-width / 2, -height / 2, width / 2, height / 2), angle), x, y)
    inside = shape.intersection(box(0, 0, 100, 100))
    burnt = int(burn([(shape, 1)], GRID, np.uint8, "area").sum())
    assert abs(burnt - inside.area) <= 0.51
    assert abs(burnt / inside.area - 1) <= 0.01


def test_spacenet_footprints_are_the_mask_that_another_tool_made(real_data):
    import rasterio

    folder = real_data / "spacenet_atlanta"
    grid = grid_of(folder / "sample_geotiff.tif")
    found = read_map(folder / "geotiff_labels.geojson")
    ours = label_map(found.features, MCI, grid) == 2
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        theirs = rasterio.open(folder / "sample_fp_mask_from_geojson.tif").read(1) > 0
    assert len(found.features) == 43 and np.array_equal(ours, theirs)
    shapes = [pixel_shape(item.geometry, grid) for item in found.features]
    assert abs(ours.sum() / sum(shape.area for shape in shapes) - 1) < 0.001


def drawn_area(shape, rule):
    """Pixels drawn of a polygon, on a grid as large as itself."""
    x0, y0, x1, y1 = (int(value) for value in shape.bounds)
    frame = Grid(GRID.crs, GRID.transform, x1 - x0 + 2, y1 - y0 + 2)
    return int(burn([(affinity.translate(shape, -x0, -y0), 1)], frame, np.uint8, rule).sum())


def test_helsinki_area_error(real_data):
    grid = Grid("EPSG:32635", (0.5, 0.0, 385500.0, 0.0, -0.5, 6672500.0), 2000, 2400)
    found = read_map(real_data / "osm" / "Helsinki.osm.pbf", wanted=MCI.wants)
    named = [item for item in MCI.classify_all(found.features) if item.class_name == "building"]
    shapes = [pixel_shape(item.feature.geometry, grid) for item in named]
    frame = box(0, 0, 2000, 2400)
    whole = [shape for shape in shapes if shape is not None and shape.area > 100 and frame.contains(shape)]
    assert len(whole) == 305
    errors = {rule: [abs(drawn_area(shape, rule) / shape.area - 1) for shape in whole] for rule in ("centre", "area")}
    assert max(errors["area"]) <= 0.01
    total = sum(drawn_area(shape, "centre") for shape in whole)
    assert abs(total / sum(shape.area for shape in whole) - 1) <= 0.001
    large = [error for shape, error in zip(whole, errors["centre"], strict=True) if shape.area >= 2000]
    assert max(large) <= 0.01


def test_where_a_grid_lies(tmp_path, real_data):
    assert GRID.centre == pytest.approx(degrees(50, 50))
    assert GRID.gsd_m == pytest.approx(1.0, abs=0.001)
    bounds = GRID.bounds
    assert bounds.west < GRID.centre[0] < bounds.east and bounds.south < GRID.centre[1] < bounds.north
    with pytest.raises(UserError, match="has no CRS: nobody can tell where it lies"):
        grid_of(real_data / "geotiff" / "float_nan.tif")
    with pytest.raises(UserError, match="cannot be opened as an image"):
        grid_of(tmp_path / "nothing.tif")


def test_grid_over_the_antimeridian():
    fiji = Grid("EPSG:32701", (10.0, 0.0, 178_000.0, 0.0, -10.0, 8_142_000.0), 300, 300)
    assert fiji.bounds.crosses
    ring = Polygon([(100, 100), (200, 100), (200, 200), (100, 200)])
    there = fiji.from_pixels(ring)
    house = Feature(1, "way", there, {"building": "yes"})
    assert int((label_map([house], MCI, fiji) == 2).sum()) == 10_000
    degrees_grid = Grid("EPSG:4326", (0.001, 0.0, 179.95, 0.0, -0.001, -16.7), 100, 100)
    assert degrees_grid.bounds.crosses
    other = Grid("EPSG:4326", (0.001, 0.0, -180.05, 0.0, -0.001, -16.7), 100, 100)
    assert other.bounds.west == pytest.approx(179.95) and other.bounds.east == pytest.approx(-179.95)
    road = Feature(1, "way", LineString([(179.94, -16.75), (180.06, -16.75)]), {"highway": "primary", "width": "60"})
    assert (label_map([road], MCI, degrees_grid, "touched") == 1).sum(axis=0).min() >= 1


def test_grid_at_a_pole_is_refused_by_name():
    pole = Grid("EPSG:3413", (100.0, 0.0, -5000.0, 0.0, -100.0, 5000.0), 100, 100)
    with pytest.raises(UserError, match="reaches a pole"):
        _ = pole.bounds
    svalbard = Grid("EPSG:3413", (100.0, 0.0, 900_000.0, 0.0, -100.0, 300_000.0), 100, 100)
    assert svalbard.bounds.north < 85 and svalbard.gsd_m == pytest.approx(100, rel=0.05)


def test_grids_that_make_no_sense():
    for change, message in [
        ({"width": 0}, "is empty"),
        ({"transform": (0.0, 0.0, 1.0, 0.0, 0.0, 1.0)}, "maps all pixels to one line"),
        ({"crs": ""}, "no CRS"),
    ]:
        with pytest.raises(UserError, match=message):
            Grid(**({"crs": GRID.crs, "transform": GRID.transform, "width": 9, "height": 9} | change))
    with pytest.raises(UserError, match="CRS is not known"):
        _ = Grid("EPSG:99999999", GRID.transform, 9, 9).bounds


def a_map(extent=None, *boxes):
    features = tuple(Feature(number, "way", box(*at), {"building": "yes"}) for number, at in enumerate(boxes))
    return FeatureSet(features, extent=extent, origin="map.osm")


def test_map_and_image_must_meet():
    west, south, east, north = (getattr(GRID.bounds, side) for side in ("west", "south", "east", "north"))
    assert check_cover(GRID, a_map(Bounds(west - 1, south - 1, east + 1, north + 1))) == pytest.approx(1)
    assert check_cover(GRID, a_map(None, (west, south, east, north))) == pytest.approx(1)
    half = a_map(Bounds(west - 1, south - 1, (west + east) / 2, north + 1))
    with pytest.raises(UserError, match=r"map.osm: the extract .* covers 50.0% of the image"):
        check_cover(GRID, half)
    assert check_cover(GRID, half, minimum=0.3) == pytest.approx(0.5)
    with pytest.raises(UserError, match=r"map.osm: the map .* and the image .* do not overlap"):
        check_cover(GRID, a_map(None, (0, 0, 1, 1)))
    with pytest.raises(UserError, match="latitude and longitude are swapped"):
        check_cover(GRID, a_map(None, (south, west, north, east)))
    with pytest.raises(UserError, match="the map is empty here"):
        check_cover(GRID, a_map())
