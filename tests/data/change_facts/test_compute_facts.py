"""Facts against hand-made masks and against OpenCV on real ones."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rsica_data.change_facts import compute_facts
from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.geometry.cells import CELLS
from rsica_data.schema import ClassDef, FactRules, view_facts

ROAD, BUILDING = ClassDef(1, "road"), ClassDef(2, "building")
FIXTURES = Path(os.environ.get("RSICA_SHARED", Path(__file__).parents[3].parent / "shared")) / "fixtures"


def facts_of(mask, **options):
    return compute_facts(change_mask=np.asarray(mask, np.uint8), classes=[ROAD, BUILDING], **options)


def class_of(facts, name):
    return next(entry for entry in facts.classes if entry.name == name)


@pytest.mark.parametrize(
    ("size", "at", "cell"),
    [
        (256, 85, "top-left"),
        (256, 86, "center-center"),
        (256, 170, "center-center"),
        (256, 171, "bottom-right"),
        (5, 1, "top-left"),
        (5, 2, "center-center"),
        (5, 3, "center-center"),
        (5, 4, "bottom-right"),
        (257, 85, "top-left"),
        (257, 86, "center-center"),
        (257, 171, "center-center"),
        (257, 172, "bottom-right"),
    ],
)
def test_cells_split_by_thirds(size, at, cell):
    mask = np.zeros((size, size), np.uint8)
    mask[at, at] = 1
    assert class_of(facts_of(mask), "road").cells_touch == (cell,)


def test_one_pixel_image():
    entry = class_of(facts_of([[2]], gsd_m=0.5), "building")
    assert (entry.count_components, entry.area_px, entry.area_m2, entry.fraction) == (1, 1, 0.25, 1.0)
    assert facts_of([[2]]).objects[0].obb == (0.5, 0.5, 1.0, 1.0, 0.0)


def test_component_in_a_hole_is_counted_by_components_only():
    mask = np.zeros((9, 9), np.uint8)
    mask[0:9, 0:9] = 2
    mask[1:8, 1:8] = 0
    mask[4, 4] = 2
    entry = class_of(facts_of(mask), "building")
    assert (entry.count_components, entry.count_contours) == (2, 1)
    assert [item.outer for item in facts_of(mask).objects] == [True, False]


def test_other_class_in_a_hole_is_outer():
    mask = np.zeros((9, 9), np.uint8)
    mask[0:9, 0:9] = 2
    mask[1:8, 1:8] = 0
    mask[4, 4] = 1
    assert class_of(facts_of(mask), "road").count_contours == 1


def test_diagonal_pixels_are_one_object():
    assert class_of(facts_of(np.eye(6, dtype=np.uint8)), "road").count_components == 1


def test_line_is_counted_but_has_no_centroid_cell():
    mask = np.zeros((30, 30), np.uint8)
    mask[15, 2:28] = 1
    entry = class_of(facts_of(mask), "road")
    assert entry.count_contours == 1
    assert entry.cells_centroid == ()
    assert entry.cells_touch == ("center-left", "center-center", "center-right")


def test_boxes_are_half_open_and_objects_in_reading_order():
    mask = np.zeros((20, 20), np.uint8)
    mask[10:14, 1:3] = 2
    mask[2:5, 4:9] = 2
    objects = facts_of(mask).objects
    assert [item.box for item in objects] == [(4, 2, 9, 5), (1, 10, 3, 14)]
    assert [item.area_px for item in objects] == [15, 8]
    assert objects[0].centroid == (6.0, 3.0)
    assert class_of(facts_of(mask), "building").largest == 0
    assert objects[1].obb == (2.0, 12.0, 4.0, 2.0, -90.0)


def test_small_objects_and_sparse_cells_are_left_out():
    mask = np.zeros((30, 30), np.uint8)
    mask[0:2, 0:2] = 2
    mask[20:26, 20:26] = 2
    entry = class_of(facts_of(mask, min_object_pixels=5, min_cell_pixels=5), "building")
    assert (entry.count_components, entry.cells_touch, entry.area_px) == (1, ("bottom-right",), 40)


def test_from_to_maps():
    before = np.array([[1, 1, 3], [3, 3, 0]], np.uint8)
    after = np.array([[1, 2, 2], [3, 2, 2]], np.uint8)
    classes = [ROAD, BUILDING, ClassDef(3, "water")]
    facts = compute_facts(change_mask=None, before_labels=before, after_labels=after, classes=classes)
    assert [(t.from_id, t.to_id, t.area_px) for t in facts.transitions] == [(1, 2, 1), (3, 2, 2)]
    # The last pixel was none before: changed to building, but no transition between two classes.
    assert class_of(facts, "building").area_px == 4
    assert [(c.name, c.before_px, c.after_px) for c in facts.cover] == [
        ("road", 2, 1),
        ("building", 0, 4),
        ("water", 3, 1),
    ]
    back = compute_facts(
        change_mask=None, before_labels=before, after_labels=after, classes=classes, change_from="before"
    )
    assert class_of(back, "water").area_px == 2


def test_ignored_pixels_count_nowhere():
    mask = np.array([[1, 255], [0, 255]], np.uint8)
    entry = class_of(facts_of(mask, ignore_id=255), "road")
    assert (entry.area_px, entry.fraction) == (1, 0.5)


def test_flag_of_zero_silences_the_mask():
    facts = facts_of(np.full((9, 9), 2))
    view = view_facts(facts, FactRules(flag_overrides=True), changed=False)
    assert (view.counts["building"], view.cells["building"], view.area_px["building"]) == (0, (), 0)
    assert view_facts(facts, FactRules(), changed=None).counts["building"] == 1


def test_mistakes():
    with pytest.raises(UserError, match="did you mean 'building'"):
        facts_of(np.zeros((3, 3)), report=["buildng"])
    with pytest.raises(InvalidItemError, match="size-mismatch"):
        compute_facts(change_mask=np.zeros((3, 3), np.uint8), before_labels=np.zeros((4, 3), np.uint8), classes=[ROAD])
    with pytest.raises(InvalidItemError, match="no-mask"):
        compute_facts(change_mask=None, classes=[ROAD])


@settings(max_examples=120, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 14), st.integers(1, 14)), elements=st.sampled_from([0, 0, 1, 2])))
def test_invariants(mask):
    facts = facts_of(mask)
    height, width = mask.shape
    for entry in facts.classes:
        mine = [item for item in facts.objects if item.class_id == entry.class_id]
        assert sum(item.area_px for item in mine) == entry.area_px == int((mask == entry.class_id).sum())
        contours, _ = cv2.findContours(
            (mask == entry.class_id).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
        )
        assert entry.count_contours == len(contours)
        expected = {CELLS[(3 * y // height) * 3 + 3 * x // width] for y, x in np.argwhere(mask == entry.class_id)}
        assert set(entry.cells_touch) == expected
        for item in mine:
            x0, y0, x1, y1 = item.box
            inside = mask[y0:y1, x0:x1] == item.class_id
            assert inside.any(0).all() or item.area_px < inside.sum()
            assert inside.any(1).all() or item.area_px < inside.sum()
            assert item.obb[2] >= item.obb[3] > 0
            assert -90 <= item.obb[4] < 90
    flipped = facts_of(mask[:, ::-1])
    assert [e.count_components for e in flipped.classes] == [e.count_components for e in facts.classes]


def real_masks():
    found = sorted(FIXTURES.glob("levir_cd_samples/label/*.png")) + sorted(FIXTURES.glob("dsifn_samples/label/*.png"))
    return found or [pytest.param(None, marks=pytest.mark.skip(reason="no fixtures under RSICA_SHARED"))]


@pytest.mark.parametrize("path", real_masks(), ids=lambda path: path.stem if path else "absent")
def test_real_masks_equal_opencv(path):
    raw = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    mask = np.where(raw > 0, 2, 0).astype(np.uint8)
    entry = class_of(facts_of(mask), "building")
    total, _, stats, centroids = cv2.connectedComponentsWithStats((raw > 0).astype(np.uint8), connectivity=8)
    assert entry.count_components == total - 1
    boxes = sorted((int(x), int(y), int(x + w), int(y + h), int(a)) for x, y, w, h, a in stats[1:])
    assert sorted((*item.box, item.area_px) for item in facts_of(mask).objects) == boxes
    middles = sorted((round(float(x), 3), round(float(y), 3)) for x, y in centroids[1:])
    assert sorted(item.centroid for item in facts_of(mask).objects) == middles
    contours, _ = cv2.findContours((raw > 0).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    assert entry.count_contours == len(contours)
    centred = set()
    for contour in contours:
        m = cv2.moments(contour)
        if m["m00"]:
            x, y = int(m["m10"] / m["m00"]), int(m["m01"] / m["m00"])
            centred.add(CELLS[(3 * y // raw.shape[0]) * 3 + 3 * x // raw.shape[1]])
    assert set(entry.cells_centroid) == centred
