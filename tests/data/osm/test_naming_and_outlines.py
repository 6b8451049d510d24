"""Masks named by the map, and masks as polygons and back."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shapely import box
from shapely.geometry import mapping, shape

from rsica_data.core.errors import UserError
from rsica_data.osm.features import Feature
from rsica_data.osm.ground_grid import Grid, grid_of
from rsica_data.osm.map_files import read_map
from rsica_data.osm.mask_outlines import mask_outlines
from rsica_data.osm.naming import name_mask
from rsica_data.osm.rasterize import burn, label_map, pixel_shape
from rsica_data.osm.scheme import load_scheme

from .conftest import GRID

SECOND = load_scheme("second")


def named(*features):
    return SECOND.classify_all(
        [Feature(n, "way", GRID.from_pixels(at), tags) for n, (at, tags) in enumerate(features, 1)]
    )


def test_objects_get_the_class_that_covers_most_of_them():
    mask = np.zeros((100, 100), bool)
    mask[10:20, 10:20] = True  # grass became a house
    mask[40:50, 40:50] = True  # a wood went, nothing is mapped now
    mask[70:80, 70:80] = True  # on no map
    mask[70:80, 10:20] = True  # a tenth of it a pitch
    before = named(
        (box(0, 0, 30, 30), {"landuse": "grass"}), (box(40, 40, 50, 46), {"natural": "wood", "name": "Grove"})
    )
    after = named(
        (box(10, 10, 20, 18), {"building": "warehouse", "name": "Depot"}),
        (box(0, 0, 9, 9), {"landuse": "grass"}),
        (box(10, 70, 20, 71), {"leisure": "pitch"}),
    )
    found = name_mask(mask, GRID, before, after, class_count=6)
    seen = [(o.number, o.box, o.area_px, o.class_before, o.class_after, o.class_name, o.share) for o in found.objects]
    assert seen == [
        (1, (10, 10, 20, 20), 100, "low_vegetation", "building", "building", 0.8),
        (2, (40, 40, 50, 50), 100, "tree", None, "tree", 0.6),
        (3, (10, 70, 20, 80), 100, None, None, "unknown", 0.0),
        (4, (70, 70, 80, 80), 100, None, None, "unknown", 0.0),
    ]
    assert found.objects[0].after[0].tags == {"building": "warehouse", "name": "Depot"}
    assert found.objects[0].after[0].name == "way/1" and found.objects[0].before[0].share == 1.0
    assert found.unknown_id == 7 and found.mask[15, 15] == 5 and found.mask[45, 45] == 3 and found.mask[75, 75] == 7
    assert np.array_equal(found.mask != 0, mask) and found.numbers.max() == 4
    assert (found.before[15, 15], found.after[15, 15]) == (2, 5) and (found.before[45, 45], found.after[45, 45]) == (
        3,
        0,
    )
    assert np.array_equal(found.before[~mask], found.after[~mask]) and found.after[2, 2] == 2


def test_one_map_is_enough_and_none_is_not():
    mask = np.ones((100, 100), np.uint8)
    after = named((box(0, 0, 100, 100), {"natural": "water"}))
    alone = name_mask(mask, GRID, None, after, class_count=6)
    assert (alone.before == 255).all() and (alone.after == 4).all()
    (only,) = alone.objects
    assert (only.class_before, only.class_after) == (None, "water")
    with pytest.raises(UserError, match="no map is given"):
        name_mask(mask, GRID, None, None, class_count=6)
    with pytest.raises(UserError, match="the mask is 50x100, the image 100x100"):
        name_mask(mask[:, :50], GRID, None, after, class_count=6)


def redrawn(geometry, grid):
    """Pixels of a geometry that went through GeoJSON text."""
    text = json.dumps(mapping(geometry))
    return burn([(pixel_shape(shape(json.loads(text)), grid), 1)], grid, np.uint8)


@settings(max_examples=30, deadline=None)
@given(arrays(np.uint8, (14, 14), elements=st.integers(0, 2)))
def test_outlines_drawn_again_give_the_mask(mask):
    grid = Grid(GRID.crs, GRID.transform, 14, 14)
    again = np.zeros_like(mask)
    for value, geometry in mask_outlines(mask, grid):
        again[redrawn(geometry, grid) == 1] = value
    assert np.array_equal(again, mask)


def test_real_footprints_round_trip(real_data):
    folder = real_data / "spacenet_atlanta"
    grid = grid_of(folder / "sample_geotiff.tif")
    mask = label_map(read_map(folder / "geotiff_labels.geojson").features, load_scheme("levir-mci"), grid)
    total = np.zeros_like(mask)
    worst = 1.0
    for value, geometry in mask_outlines(mask, grid):
        drawn = redrawn(geometry, grid) == 1
        own = (mask == value) & drawn
        worst = min(worst, own.sum() / drawn.sum())
        total[drawn] = value
    assert worst >= 0.98 and np.array_equal(total, mask)
