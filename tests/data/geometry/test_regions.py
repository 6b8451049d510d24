"""Boxes, oriented boxes and masks: the ways from one to another, and overlaps against shapely."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rsica_data.geometry.overlap import box_overlap, oriented_overlap
from rsica_data.geometry.regions import (
    as_oriented,
    box_region,
    corners,
    envelope,
    grid_of,
    grid_region,
    oriented_region,
    outline_region,
    region_box,
    region_oriented,
)

MASKS = hnp.arrays(bool, st.tuples(st.integers(1, 20), st.integers(1, 20)))


@given(MASKS)
def test_a_box_covers_the_mask_that_it_is_of(mask):
    box = region_box(mask)
    if box is None:
        assert not mask.any() and region_oriented(mask) is None
        return
    height, width = mask.shape
    around = box_region([box], width, height)
    assert not (mask & ~around).any() and region_box(around) == box
    oriented = region_oriented(mask)
    outer = oriented_region([(*oriented[:2], oriented[2] + 0.1, oriented[3] + 0.1, oriented[4])], width, height)
    assert not (mask & ~outer).any()
    assert oriented[2] * oriented[3] <= (box[2] - box[0]) * (box[3] - box[1]) + 0.1


@given(st.tuples(*[st.integers(-5, 25)] * 4))
def test_a_box_turned_by_nothing_is_the_box(box):
    if box[0] < box[2] and box[1] < box[3]:
        assert envelope(as_oriented(box)) == box
        assert (oriented_region([as_oriented(box)], 16, 12) == box_region([box], 16, 12)).all()
    else:
        assert not box_region([box], 16, 12).any()


@given(hnp.arrays(bool, st.integers(1, 12).map(lambda n: (n, n))), st.integers(0, 40), st.integers(0, 40))
def test_a_grid_comes_back_from_the_image(cells, wider, higher):
    size = len(cells)
    region = grid_region(cells, size + wider, size + higher)
    assert (grid_of(region, size) == cells).all()


def test_a_small_object_does_not_vanish_on_the_grid():
    mask = np.zeros((64, 64), bool)
    mask[33, 40] = True
    assert np.argwhere(grid_of(mask, 8)).tolist() == [[4, 5]]
    assert not grid_of(np.zeros((64, 64), bool), 8).any()
    assert grid_of(np.ones((3, 5), bool), 8).all()


def test_the_outline_of_an_object_gives_its_pixels_back():
    from rsica_data.change_facts.components import find_components

    mask = np.zeros((40, 50), np.uint8)
    mask[5:20, 7:30], mask[15:30, 20:24], mask[35, 40] = 1, 1, 1
    measured = find_components(mask)
    assert (outline_region([item.outline for item in measured], 50, 40) == mask.astype(bool)).all()
    ring = mask.copy()
    ring[8:12, 10:15] = 0
    assert (outline_region([item.outline for item in find_components(ring)], 50, 40) == mask.astype(bool)).all()


def _polygons(shapely, boxes, turned):
    quads = corners(boxes) if turned else [
        [(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1 in boxes if x0 < x1 and y0 < y1
    ]  # fmt: skip
    return shapely.union_all([shapely.Polygon(quad) for quad in quads])


def _cases(seed, count):
    """Boxes that overlap, touch, hold each other, lie far away, and have no area."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        sides = []
        for _ in range(2):
            boxes = rng.integers(0, 12, (int(rng.integers(0, 5)), 4)).astype(float)
            if number % 3 == 0:
                boxes += rng.random(boxes.shape)
            if number % 7 == 0 and len(boxes):
                boxes[0, 2:] = boxes[0, :2]
            if number % 11 == 0:
                boxes *= 1e4
            sides.append(boxes)
        if number % 5 == 0:
            sides[1] = sides[0].copy()
        yield sides


def test_2000_lists_of_boxes_equal_shapely():
    shapely = pytest.importorskip("shapely")
    for true, predicted in _cases(0, 2000):
        first, second = (_polygons(shapely, side.tolist(), False) for side in (true, predicted))
        both, either = box_overlap(true.tolist(), predicted.tolist())
        assert both == pytest.approx(first.intersection(second).area, rel=1e-9, abs=1e-9)
        assert either == pytest.approx(first.union(second).area, rel=1e-9, abs=1e-9)


def test_2000_oriented_boxes_equal_shapely():
    shapely = pytest.importorskip("shapely")
    rng = np.random.default_rng(1)
    for number in range(2000):
        pair = np.concatenate(
            [rng.uniform(0, 20, (2, 2)), rng.uniform(0, 15, (2, 2)), rng.uniform(-720, 720, (2, 1))], 1
        )
        if number % 4 == 0:
            pair = np.round(pair)
        if number % 5 == 0:
            pair[1] = pair[0]
        if number % 9 == 0:
            pair[1, 2:4] = pair[1, 2:4][::-1]
            pair[1, 4] = pair[0, 4] + 90
        if number % 13 == 0:
            pair[1, 3] = 0
        first, second = (_polygons(shapely, pair[n : n + 1], True) for n in (0, 1))
        both, either = oriented_overlap([tuple(pair[0])], [tuple(pair[1])], (100, 100))
        iou = both / either if either else 0.0
        joint = first.area + second.area - first.intersection(second).area
        assert iou == pytest.approx(first.intersection(second).area / joint if joint else 0.0, abs=1e-6)


def test_several_oriented_boxes_are_compared_on_a_fine_grid():
    true = [(30.0, 30.0, 20.0, 10.0, 30.0), (70.0, 70.0, 20.0, 10.0, -30.0)]
    assert oriented_overlap(true, true, (100, 100))[0] == pytest.approx(400, rel=0.01)
    both, either = oriented_overlap(true, true[:1], (100, 100))
    assert both / either == pytest.approx(0.5, abs=0.01)
    assert oriented_overlap([], [], (100, 100)) == (0.0, 0.0)
    assert oriented_overlap(true[:1], [], (100, 100)) == (0.0, 200.0)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools under numpy 2
@settings(max_examples=50)
@given(MASKS.filter(lambda mask: mask.any()))
def test_pixels_covered_equal_those_that_pycocotools_decodes(mask):
    coco = pytest.importorskip("pycocotools.mask")
    box = region_box(mask)
    height, width = mask.shape
    x0, y0, x1, y1 = box
    encoded = coco.frPyObjects([[x0, y0, x1, y0, x1, y1, x0, y1]], height, width)
    assert (coco.decode(encoded)[..., 0].astype(bool) == box_region([box], width, height)).all()
