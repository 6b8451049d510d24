"""Facts against a plain reference written from the definitions, and under flips, turns and growing sizes."""

import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from rsica_data.change_facts import compute_facts, prompt_outline
from rsica_data.geometry.cells import CELLS
from rsica_data.geometry.regions import pixel_rectangle
from rsica_data.imagery.change_masks import derive_change_mask
from rsica_data.schema import ClassDef

CLASSES = [ClassDef(1, "road"), ClassDef(2, "building")]
FIXTURES = Path(os.environ.get("RSICA_SHARED", Path(__file__).parents[3].parent / "shared")) / "fixtures"
EIGHT = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dy, dx) != (0, 0)]
FOUR = [(-1, 0), (1, 0), (0, -1), (0, 1)]


def facts_of(mask, **options):
    return compute_facts(change_mask=np.asarray(mask, np.uint8), classes=CLASSES, **options)


def flood(grid, start, steps):
    """Pixels that can be reached from ``start`` over true pixels."""
    height, width = grid.shape
    seen, stack = {start}, [start]
    while stack:
        y, x = stack.pop()
        for dy, dx in steps:
            near = (y + dy, x + dx)
            if 0 <= near[0] < height and 0 <= near[1] < width and grid[near] and near not in seen:
                seen.add(near)
                stack.append(near)
    return seen


def reference(mask, class_id):
    """(box, area, outer) of every object in reading order, by flood fill over pixel sets."""
    grid = np.pad(mask == class_id, 1)
    outside = flood(~grid, (0, 0), FOUR)
    done, found = set(), []
    for y, x in np.argwhere(grid).tolist():
        if (y, x) in done:
            continue
        pixels = flood(grid, (y, x), EIGHT)
        done |= pixels
        ys, xs = [p[0] - 1 for p in pixels], [p[1] - 1 for p in pixels]
        outer = any((py + dy, px + dx) in outside for py, px in pixels for dy, dx in FOUR)
        found.append(((min(xs), min(ys), max(xs) + 1, max(ys) + 1), len(pixels), outer))
    return found


def check_against_reference(mask):
    facts = facts_of(mask)
    for entry in facts.classes:
        mine = [item for item in facts.objects if item.class_id == entry.class_id]
        expected = reference(mask, entry.class_id)
        assert [(item.box, item.area_px, item.outer) for item in mine] == expected
        assert (entry.count_components, entry.count_contours) == (len(expected), sum(outer for *_, outer in expected))
    assert [item.object_id for item in facts.objects] == list(range(len(facts.objects)))


shapes = st.tuples(st.integers(1, 13), st.integers(1, 13))
masks = arrays(np.uint8, shapes, elements=st.sampled_from([0, 1, 2]))


@settings(max_examples=100, deadline=None)
@given(masks)
def test_objects_equal_the_reference(mask):
    check_against_reference(mask)


def cells_of(pixels, shape, least):
    """The cells that hold at least ``least`` of some pixels ``(y, x)``, in grid order."""
    height, width = shape
    counts = [0] * len(CELLS)
    for y, x in pixels:
        counts[3 * (3 * y // height) + 3 * x // width] += 1
    return tuple(name for name, count in zip(CELLS, counts, strict=True) if count >= least)


@settings(max_examples=100, deadline=None)
@given(masks, st.integers(1, 3), st.integers(1, 3))
def test_cells_and_centroids_equal_the_reference(mask, least_cell, least_object):
    facts = facts_of(mask, min_cell_pixels=least_cell, min_object_pixels=least_object)
    for entry in facts.classes:
        pixels = [tuple(place) for place in np.argwhere(mask == entry.class_id).tolist()]
        assert entry.cells_touch == cells_of(pixels, mask.shape, least_cell)
    for item in facts.objects:
        x, y = item.outline[0]
        own = flood(mask == item.class_id, (y, x), EIGHT)
        assert len(own) == item.area_px >= least_object
        assert item.cells == cells_of(own, mask.shape, least_cell)
        assert item.centroid == pytest.approx(np.mean([(x, y) for y, x in own], axis=0), abs=0.00051)


def test_rings_in_rings_equal_the_reference():
    mask = np.zeros((21, 23), np.uint8)
    for depth in range(0, 11, 2):
        mask[depth : 21 - depth, depth : 23 - depth] = 2
        mask[depth + 1 : 20 - depth, depth + 1 : 22 - depth] = 0
    check_against_reference(mask)
    assert facts_of(mask).classes[1].count_components == 6
    assert facts_of(mask).classes[1].count_contours == 1
    # A ring whose last link is diagonal still closes; one that is broken does not.
    ring = np.array([[0, 2, 2, 0], [2, 0, 0, 2], [2, 0, 0, 2], [0, 2, 2, 0]], np.uint8)
    island = np.kron(ring, np.ones((3, 3), np.uint8))
    island[6, 6] = 2
    assert facts_of(island).classes[1].count_contours == 1
    island[3:6, :3] = 0
    assert facts_of(island).classes[1].count_contours == 2


def real_masks():
    found = (
        sorted(FIXTURES.glob("levir_cd_samples/label/*.png"))[:3]
        + sorted(FIXTURES.glob("dsifn_samples/label/*.png"))[:3]
    )
    return found or [pytest.param(None, marks=pytest.mark.skip(reason="no fixtures under RSICA_SHARED"))]


@pytest.mark.parametrize("path", real_masks(), ids=lambda path: path.stem if path else "absent")
def test_real_masks_equal_the_reference(path):
    check_against_reference((np.asarray(Image.open(path)) > 0).astype(np.uint8))


def turned(cells, turn):
    grid = np.array(CELLS).reshape(3, 3)
    places = {name: str(turn(grid)[position]) for position, name in np.ndenumerate(grid)}
    back = {there: here for here, there in places.items()}
    return {back[name] for name in cells}


@settings(max_examples=60, deadline=None)
@given(masks, st.sampled_from([np.fliplr, np.flipud, np.transpose]))
def test_flips_and_turns(mask, turn):
    # Thirds are mirror images of each other only where the sides divide by three.
    mask = np.kron(mask, np.ones((3, 3), np.uint8))
    here, there = facts_of(mask), facts_of(turn(mask))
    for one, other in zip(here.classes, there.classes, strict=True):
        assert (one.count_components, one.count_contours, one.area_px) == (
            other.count_components,
            other.count_contours,
            other.area_px,
        )
        assert set(other.cells_touch) == turned(one.cells_touch, turn)
    areas = sorted((item.area_px, item.outer, sorted(item.obb[2:4])) for item in here.objects)
    assert areas == sorted((item.area_px, item.outer, sorted(item.obb[2:4])) for item in there.objects)


@settings(max_examples=40, deadline=None)
@given(masks)
def test_outlines_and_centroids_lie_in_their_boxes(mask):
    for item in facts_of(mask).objects:
        x0, y0, x1, y1 = item.box
        assert all(x0 <= x < x1 and y0 <= y < y1 and mask[y, x] == item.class_id for x, y in item.outline)
        assert {min(x for x, _ in item.outline), max(x for x, _ in item.outline) + 1} == {x0, x1}
        assert x0 <= item.centroid[0] < x1
        assert y0 <= item.centroid[1] < y1
        assert item.obb[2] * item.obb[3] >= item.area_px - 0.02 * (item.obb[2] + item.obb[3])


def test_memory_layout_does_not_matter():
    mask = np.random.default_rng(3).integers(0, 3, (30, 40)).astype(np.uint8)
    for view in (np.asfortranarray(mask), np.repeat(mask, 2, 1)[:, ::2], mask[::-1][::-1]):
        assert facts_of(view) == facts_of(mask)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (2, 2), (5, 5), (257, 300), (300, 257)])
def test_full_masks_of_any_size(shape):
    entry = facts_of(np.full(shape, 1)).classes[0]
    assert (entry.count_components, entry.area_px, entry.fraction) == (1, shape[0] * shape[1], 1.0)
    rows, columns = ({3 * k // length for k in range(length)} for length in shape)
    expected = [name for number, name in enumerate(CELLS) if number // 3 in rows and number % 3 in columns]
    assert list(entry.cells_touch) == expected


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([[3, 4]], (3.5, 4.5, 1.0, 1.0, 0.0)),
        ([[0, 0], [4, 0]], (2.5, 0.5, 5.0, 1.0, 0.0)),
        ([[0, 0], [0, 4]], (0.5, 2.5, 5.0, 1.0, -90.0)),
        # A diagonal of nine pixels: 9 * sqrt(2) long, sqrt(2) across.
        ([[0, 0], [8, 8]], (4.5, 4.5, 12.73, 1.41, 45.0)),
        ([[8, 0], [0, 8]], (4.5, 4.5, 12.73, 1.41, -45.0)),
    ],
)
def test_oriented_boxes(points, expected):
    assert pixel_rectangle(np.array(points, np.int32)) == expected


def test_line_at_the_border_and_touching_corners():
    mask = np.zeros((6, 6), np.uint8)
    mask[0, :] = 1
    mask[1:3, 0] = 2
    mask[3, 1] = 2
    facts = facts_of(mask)
    assert [item.box for item in facts.objects] == [(0, 0, 6, 1), (0, 1, 2, 4)]
    assert facts.objects[0].outline == ((0, 0), (5, 0))


def test_report_selects_classes_and_keeps_ids():
    mask = np.array([[1, 0, 2]], np.uint8)
    facts = facts_of(mask, report=["building"])
    assert [(entry.class_id, entry.name) for entry in facts.classes] == [(2, "building")]
    assert [item.class_id for item in facts.objects] == [2]


def test_largest_is_the_first_of_equals_and_ids_go_on_over_classes():
    mask = np.zeros((10, 10), np.uint8)
    mask[0, 0] = 1
    mask[2:4, 0:2] = mask[2:4, 5:7] = 2
    mask[8, 8] = 2
    facts = facts_of(mask)
    assert [entry.largest for entry in facts.classes] == [0, 1]
    assert facts_of(np.zeros((4, 4))).classes[0].largest is None


def test_areas_in_square_metres():
    facts = facts_of(np.ones((4, 5)), gsd_m=0.3)
    assert [entry.area_m2 for entry in facts.classes] == [1.8, 0.0]
    assert facts_of(np.ones((4, 5))).classes[0].area_m2 is None


def test_change_mask_from_label_maps():
    before = np.array([[0, 1, 2, 2, 255]], np.uint8)
    after = np.array([[1, 1, 0, 1, 1]], np.uint8)
    assert derive_change_mask(before, after).tolist() == [[1, 0, 0, 1, 1]]
    assert derive_change_mask(before, after, "before").tolist() == [[0, 0, 2, 2, 255]]
    facts = compute_facts(change_mask=None, before_labels=before, after_labels=after, classes=CLASSES, ignore_id=255)
    assert [entry.area_px for entry in facts.classes] == [2, 0]
    assert facts.classes[0].fraction == 0.5
    assert [(t.from_id, t.to_id, t.area_px, t.fraction) for t in facts.transitions] == [(2, 1, 1, 0.25)]
    assert [(c.before_px, c.after_px) for c in facts.cover] == [(1, 3), (2, 0)]


def test_given_change_mask_stands_over_the_label_maps():
    maps = np.ones((3, 3), np.uint8)
    facts = compute_facts(change_mask=maps * 2, before_labels=maps, after_labels=maps, classes=CLASSES)
    assert [entry.area_px for entry in facts.classes] == [0, 9]
    assert (facts.transitions, facts.cover[0].before_px) == ((), 9)


def test_everything_ignored():
    facts = facts_of(np.full((3, 3), 255), ignore_id=255)
    assert [(entry.area_px, entry.fraction) for entry in facts.classes] == [(0, 0.0), (0, 0.0)]


def test_twenty_thousand_objects_on_a_large_mask():
    mask = np.zeros((5000, 5000), np.uint8)
    for number in range(20_000):
        y, x = divmod(number, 142)
        mask[y * 35 + 3 : y * 35 + 9, x * 35 + 3 : x * 35 + 12] = 2
    started = time.perf_counter()
    facts = facts_of(mask)
    # Far above the second that it takes, far below the hours of one full-size mask an object.
    assert time.perf_counter() - started < 60
    assert facts.classes[1].count_contours == len(facts.objects) == 20_000
    assert {item.area_px for item in facts.objects} == {54}


def test_prompt_outline():
    mask = np.zeros((100, 200), np.uint8)
    mask[10:31, 20:61] = 2
    (item,) = facts_of(mask).objects
    assert sorted(prompt_outline(item.outline, 200, 100)) == [(0.1, 0.1), (0.1, 0.3), (0.3, 0.1), (0.3, 0.3)]
    assert prompt_outline([(3, 4)], 8, 8) == ((0.38, 0.5),)
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    star = [(round(50 + r * np.cos(a)), round(50 + r * np.sin(a))) for a, r in zip(angles, [45, 9] * 20, strict=True)]
    assert 1 <= len(prompt_outline(star, 100, 100)) <= 8


def test_facts_are_the_same_twice():
    mask = np.random.default_rng(5).integers(0, 3, (64, 64)).astype(np.uint8)
    first = facts_of(mask)
    assert first == facts_of(mask.copy())
    assert replace(first, gsd_m=None) == first
