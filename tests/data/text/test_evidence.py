"""Replies whose evidence conflicts or is left over are not read; the same without it are."""

import pytest

from rsica_data.core import registry
from rsica_data.schema import ParseContext, Question, Unparsed

BOTH = ("road", "building")
BEFORE = {"places told by reference", "numbers of changes, and nothing changed"}
"""Reasons of the checks that come before."""


def read(task, reply, kind=None, args=None):
    question = Question(kind or task, args or {})
    return registry.load(registry.TASKS, task).parse(reply, ParseContext(question, BOTH))


@pytest.mark.parametrize(
    ("task", "plain", "more"),
    [
        ("localization", "Buildings changed in top-left. Roads did not change.", "The cell beside it changed as well."),
        ("localization", "Buildings changed in top-left. Roads did not change.", "The center had buildings before."),
        ("localization", "Buildings changed in top-left. Roads did not change.", "There may be a road in the center."),
        ("localization", "Buildings changed in top-left. Roads did not change.", "Sorry, it is the center."),
        ("localization", "Buildings changed in top-left. Roads did not change.", "Nothing changed in top-left."),
        (
            "localization",
            "Buildings changed in top-left. Roads did not change.",
            "The outer cells of the top row too.",
        ),
        ("counting", "2 roads and 5 buildings have changed.", "There are 9 cars."),
        ("counting", "2 roads and 5 buildings have changed.", "No, wait, 6 buildings."),
        ("counting", "2 roads and 5 buildings have changed.", "The roads are unchanged."),
        ("counting", "2 roads and 5 buildings have changed.", "Nothing has changed."),
        ("classification", "Yes, a house was built.", "Nothing has changed between the two images."),
        ("classification", "No.", "A new road has been built."),
        ("classification", "**Answer:** No", "\n\nExplanation: the second image shows a new road."),
    ],
)
def test_what_is_left_over_leaves_a_reply_unread(task, plain, more):
    assert not isinstance(read(task, plain), Unparsed)
    answer = read(task, f"{plain} {more}")
    assert isinstance(answer, Unparsed), answer
    assert answer.reason.startswith("ambiguous") or answer.reason in BEFORE


@pytest.mark.parametrize(
    ("kind", "reply"),
    [
        ("area_share", "It is 12 %, while roads have 3 %."),
        ("left_or_right", "The left. The right is empty."),
        ("largest_cell", "top-left. Next comes center-center."),
        ("class_count", "5 or 6."),
    ],
)
def test_a_second_value_leaves_an_open_question_unread(kind, reply):
    answer = read("open_qa", reply, kind, {"cls": "building"})
    assert isinstance(answer, Unparsed), answer


@pytest.mark.parametrize(
    ("task", "reply"),
    [
        ("counting", "5 of the 12 buildings and none of the 3 roads have changed."),
        ("counting", "Buildings: 4 -> 9 (5 new). Roads: 1 -> 2 (1 new)."),
        ("counting", "Two rows of four houses were built. No roads."),
        (
            "counting",
            "3 houses in the north, 2 in the south: 5 buildings. No roads.",
        ),
        ("localization", "Roads: none. Buildings: top-left, center. All other cells are unchanged."),
        ("localization", "top-left: no change\ntop-right: new building\nbottom-left: new road"),
        ("classification", "Yes. The roads are unchanged, and two houses are new."),
        ("classification", "No. The light differs, nothing else."),
    ],
)
def test_evidence_that_is_accounted_for_is_read(task, reply):
    assert not isinstance(answer := read(task, reply), Unparsed), answer


@pytest.mark.parametrize(
    ("reply", "counts"),
    [
        ("road: 1\nbuilding: 4\n\nIn total, 3 roads and 9 buildings changed.", None),
        ("road: 1\nbuilding: 4\n\nIn total, 1 road and 4 buildings changed.", {"road": 1, "building": 4}),
        (
            "Left: 1 road, 4 buildings. Right: 2 roads, 5 buildings. In total, 3 roads and 9 buildings changed.",
            {"road": 3, "building": 9},
        ),
    ],
)
def test_a_sum_that_is_not_that_of_the_counts_contradicts_them(reply, counts):
    got = read("counting", reply)
    assert (None if isinstance(got, Unparsed) else got) == counts


@pytest.mark.parametrize(
    ("task", "kind", "args"),
    [("localization", None, None), ("open_qa", "cells_of_class", {"cls": "building"})],
)
def test_no_cells_are_read_from_a_description_that_is_cut_off(task, kind, args):
    whole = "I go through the rows. The top row shows a forest in both images."
    assert isinstance(read(task, f"{whole} The middle row shows a", kind, args), Unparsed)


@pytest.mark.parametrize(
    ("prompt", "reply", "changed"),
    [
        ("Is the scene unchanged? Yes or no.", "Yes.", False),
        ("Is the scene unchanged?", "No, new houses.", True),
        ("Do the images show roads and buildings in the same state?", "no they are different", True),
        ("True or false: no road and no building was changed.", "True", False),
        ("Did everything stay as it was?", "yes, everything stayed", False),
        ("Is it true that no building and no road was altered?", "True", False),
        ("Are the roads unchanged?", "Yes, a new road has been built.", None),
        ("Has the scene changed or is it the same?", "Yes.", True),
        ("Did anything change?", "Yes.", True),
    ],
)
def test_yes_to_a_prompt_that_asks_whether_nothing_changed(prompt, reply, changed):
    task = registry.load(registry.TASKS, "classification")
    answer = task.parse(reply, ParseContext(Question("classification"), BOTH, prompt))
    assert (None if isinstance(answer, Unparsed) else answer["changed"]) is changed
