"""The 3x3 grid: by hand, against numpy on random masks, and the same in gold, prompt, check and map question."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_data.change_facts import compute_facts
from rsica_data.claims import Fact, Listed, PairContext, check_text, list_facts
from rsica_data.generation.material import Material, facts_json, image_json
from rsica_data.geometry.cells import CELLS, cell_box, cell_of, in_first_half, third, third_edges
from rsica_data.schema import ClassDef, FactRules, MapObject, MapScene, map_cell, view_facts
from rsica_data.synth.drawn_scene import BUILDING
from rsica_data.synth.scene_captions import write_captions
from rsica_data.tasks.open_qa.kinds import KINDS

CLASSES = (ClassDef(1, "road"), ClassDef(2, "building"))
COLUMNS = ("left", "center", "right")


@pytest.mark.parametrize(
    ("length", "value", "expected"),
    [
        (256, 85, 0), (256, 85.25, 0), (256, 85.333, 1), (256, 85.5, 1), (256, 86, 1),
        (256, 170, 1), (256, 170.5, 1), (256, 170.667, 2), (256, 171, 2), (256, 255, 2),
        (257, 85, 0), (257, 85.5, 0), (257, 85.667, 1), (257, 86, 1), (257, 171, 1), (257, 172, 2),
        (5, 0, 0), (5, 1, 0), (5, 1.5, 0), (5, 1.667, 1), (5, 2, 1), (5, 3, 1), (5, 3.333, 2), (5, 4, 2),
        (3, 0, 0), (3, 1, 1), (3, 2, 2), (1, 0, 0), (2, 0, 0), (2, 1, 1),
        (9, -0.5, 0), (9, 9.0, 2), (9, 100, 2),
    ],
)  # fmt: skip
def test_thirds_by_hand(length, value, expected):
    assert third(value, length) == expected
    assert cell_of((value, 0), length, 9) == f"top-{COLUMNS[expected]}"
    assert CELLS.index(cell_of((0, value), 9, length)) == 3 * expected


@given(st.integers(1, 400), st.data())
def test_pixels_follow_the_published_formula_and_fill_the_boxes_of_their_cells(length, data):
    value = data.draw(st.integers(0, length - 1))
    assert third(value, length) == 3 * value // length
    edges = third_edges(length)
    assert edges[third(value, length)] <= value < edges[third(value, length) + 1]


@given(st.integers(1, 400), st.integers(1, 400))
def test_cell_boxes_cover_the_image_once(width, height):
    boxes = [cell_box(cell, width, height) for cell in CELLS]
    assert sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in boxes) == width * height


def test_the_middle_of_an_image_belongs_to_the_second_half():
    assert in_first_half(127, 256) and not in_first_half(127.5, 256) and not in_first_half(128, 256)
    assert in_first_half(1, 5) and not in_first_half(2, 5)


def facts_of(mask, **options):
    return compute_facts(change_mask=np.asarray(mask, np.uint8), classes=CLASSES, **options)


@given(st.integers(3, 300), st.integers(3, 300), st.data())
@settings(deadline=None)
def test_gold_prompt_check_and_map_agree_on_the_cell_of_a_centroid(width, height, data):
    """A rectangle, or a rectangle with a pixel more, whose exact centroid is known."""
    x0, y0 = data.draw(st.integers(0, width - 2)), data.draw(st.integers(0, height - 2))
    x1, y1 = data.draw(st.integers(x0 + 1, min(width - 1, x0 + 6))), data.draw(st.integers(y0 + 1, min(height, y0 + 6)))
    mask = np.zeros((height, width), np.uint8)
    mask[y0:y1, x0:x1] = 2
    if data.draw(st.booleans()):
        mask[y0, x1] = 2
    ys, xs = np.nonzero(mask)
    row, column = (
        int(3 * Fraction(int(part.sum()), len(part)) // length) for part, length in ((ys, height), (xs, width))
    )
    exact = CELLS[3 * row + column]
    view = view_facts(facts_of(mask), FactRules())
    gold = KINDS["largest_cell"].value(view, {"cls": "building"})
    shown = facts_json(Material("p", "train", ("road", "building"), view, (), True, False, width=width, height=height))
    assert gold == exact
    assert shown["objects"][0]["cell"] == exact
    listed = Listed(list_facts(view, PairContext(("road", "building"))), ("road", "building"))
    number = next(n for n, fact in enumerate(listed.facts, 1) if fact.kind == "largest_cell")
    assert check_text(f"[The largest changed building is in the {exact}]({number}).", listed).fault is None
    assert Fact("cell_objects", {"cls": "building", "cell": exact}, 1) in listed.facts
    # The same pixels as a shape of a map: its corners are half a pixel before the centres of its pixels.
    centroid = (float(xs.mean()) + 0.5, float(ys.mean()) + 0.5)
    house = MapObject("way/1", "building", {"name": "Hall"}, "area", (x0, y0, x1, y1), centroid, 1.0, 1.0, True)
    assert map_cell(house, width, height) == exact
    scene = Material("p", "train", (), None, (), True, False, width=width, height=height, scene=MapScene((), (house,)))
    assert image_json(scene, ["tags"])["map"][0]["cell"] == exact


def test_a_centroid_between_two_pixels_lies_in_one_cell_for_all():
    mask = np.zeros((256, 256), np.uint8)
    mask[10:14, 85:87] = 2  # centroid x = 85.5; 256 / 3 = 85.33
    view = view_facts(facts_of(mask), FactRules())
    assert view.objects["building"][0].centroid[0] == 85.5
    assert KINDS["largest_cell"].value(view, {"cls": "building"}) == "top-center"


def test_the_published_rule_truncates_the_moments_of_a_contour_first():
    mask = np.zeros((256, 256), np.uint8)
    mask[10:14, 85:87] = 2  # the contour runs through x = 85 and 86: its moments give 85.5, truncated 85
    view = view_facts(facts_of(mask), FactRules(cells="centroid"))
    assert view.cells["building"] == ("top-left",)


def test_halves_have_the_middle_in_the_second():
    mask = np.zeros((30, 256), np.uint8)
    mask[3:7, 127:129] = 2  # right on the middle
    view = view_facts(facts_of(mask), FactRules())
    assert KINDS["left_or_right"].value(view, {}) == "right"


def test_an_object_touches_the_cells_that_its_pixels_lie_in():
    mask = np.zeros((256, 256), np.uint8)
    mask[10:14, 80:86] = 2  # up to pixel 85, the last of the left column
    view = view_facts(facts_of(mask), FactRules())
    assert set(view.objects["building"][0].cells) == set(view.cells["building"]) == {"top-left"}


@settings(deadline=None)
@given(st.sampled_from([5, 64, 256, 257]), st.data())
def test_simulated_captions_name_the_cells_of_the_facts(size, data):
    x0, y0 = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    before = np.zeros((size, size), np.uint8)
    after = before.copy()
    after[y0 : y0 + 3, x0 : x0 + 3] = BUILDING
    caption = write_captions(("building",), before, after, after)[0]
    cells = compute_facts(change_mask=after, classes=(ClassDef(BUILDING, "building"),)).classes[0].cells_touch
    if len(cells) == 1 and cells[0] != "center-center":
        assert caption.endswith(f"at the {cells[0].replace('-', ' ')}")
    elif len(cells) == 1:
        assert caption.endswith("in the center")
