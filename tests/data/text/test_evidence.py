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
