"""Boxes that replies name: reading, units, figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_bench.metrics.statistics_tables import scores_of_tables
from rsica_bench.protocols import find_protocol
from rsica_bench.scoring.boxes import box_tables
from rsica_bench.scoring.task_report import measure_task
from rsica_data.tasks.box_replies import boxes_in, to_pixels

CLASSES = ("road", "building")
PERCENT, PIXELS = find_protocol("default"), find_protocol("deltavlm")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("building {<10><20><30><40>}", {"building": [(10, 20, 30, 40)]}),
        ("building {<10><20><30><40>|<90>}", {"building": [(10, 20, 30, 40)]}),
        ("Buildings: [10, 20, 30, 40] and [1.5,2,3,4]", {"building": [(10, 20, 30, 40), (1.5, 2, 3, 4)]}),
        ("a road at (0, 0, 5, 5); buildings at (1, 1, 2, 2)", {"road": [(0, 0, 5, 5)], "building": [(1, 1, 2, 2)]}),
        ('{"road": [[0, 0, 5, 5]], "building": []}', {"road": [(0, 0, 5, 5)]}),
        ('{"building": [1, 2, 3, 4]}', {"building": [(1, 2, 3, 4)]}),
        ("[10, 20, 30, 40]", {}),  # of which class?
        ("building [30, 20, 10, 40]", {}),  # ends before it begins
        ("roads ['top-left'] buildings []", {}),
        ("buildings in the cells (1, 2) and (3, 3)", {}),
        ("", {}),
    ],
)
def test_reading(text, found):
    assert boxes_in(text, CLASSES) == found


def test_a_single_class_needs_no_name():
    assert boxes_in("[10, 20, 30, 40]", ("building",)) == {"building": [(10, 20, 30, 40)]}


@given(st.text())
def test_reading_never_raises(text):
    boxes_in(text, CLASSES)


def test_units():
    boxes = {"road": [(0, 50, 100, 100)]}
    assert to_pixels(boxes, "percent", 200, 80) == {"road": [(0, 40, 200, 80)]}
    assert to_pixels(boxes, "pixels", 200, 80) == boxes


def test_figures_by_hand(item):
    gold = {"road": [], "building": ["top-left"]}
    # One of two buildings exactly, and one box in an empty place.
    items = [
        item("localization", gold, "building [0, 0, 10, 10], [50, 50, 60, 60]",
             boxes={"building": [(0, 0, 9, 9), (30, 30, 39, 39)]})
    ]  # fmt: skip
    assert PERCENT.boxes == "percent"
    found = scores_of_tables(box_tables(items, CLASSES, PERCENT)).values
    assert found["box_precision@0.5/building"] == 0.5
    assert found["box_recall@0.5/building"] == 0.5
    whole = scores_of_tables(measure_task("localization", items, PERCENT).tables).values
    assert whole["box_precision@0.5/building"] == 0.5


def test_without_boxes_in_any_reply_there_are_no_box_figures(item):
    gold = {"road": [], "building": ["top-left"]}
    items = [item("localization", gold, "buildings ['top-left']", boxes={"building": [(0, 0, 9, 9)]})]
    assert box_tables(items, CLASSES, PERCENT) == []


def test_an_unread_reply_names_as_many_false_boxes_as_there_are_true_ones(item):
    gold = {"road": [], "building": ["top-left"]}
    boxes = {"building": [(0, 0, 9, 9)]}
    items = [
        item("localization", gold, "building [0, 0, 10, 10]", boxes=boxes, pair="a"),
        item("localization", gold, None, boxes=boxes, pair="b"),
    ]
    found = scores_of_tables(box_tables(items, CLASSES, PERCENT)).values
    assert found["box_recall@0.5/building"] == 0.5
    assert found["box_precision@0.5/building"] == 0.5
