"""Which words state something, and marked texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_data.claims import Fact, MarkError, marks_of, read_marked, without_marks

CLASSES = ("road", "building")
FACTS = (Fact("any_change", {}, True), Fact("class_count", {"cls": "road"}, 2))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Three houses were built", [("number", 3), ("class", "building"), ("built", "built")]),
        ("a road was removed", [("number", 1), ("class", "road"), ("removed", "removed")]),
        ("between the two images nothing changed", [("negation", "nothing")]),
        ("12.5% of the image", [("percent", 12.5)]),
        ("about a third of the scene", [("percent", pytest.approx(100 / 3))]),
        ("1,204 square metres", [("area", 1204.0)]),
        ("since May 2015", [("date", "may 2015")]),
        ("in the upper left corner", [("place", ("top-left",))]),
        ("at the bottom in the middle", [("place", ("bottom-center",))]),
        ("the right side, halfway down", [("place", ("center-right",))]),
        ("the larger one", [("compare", "larger")]),
        ("one of them was left as it was", [("negation", "as it was")]),
        ("a changed building area", [("class", "building")]),
        ("the images are not the same", []),
    ],
)
def test_marks(text, expected):
    assert [(mark.kind, mark.value) for mark in marks_of(text, CLASSES)] == expected


def test_marks_keep_their_offsets():
    text = "İ Two HOUSES"
    number, named = marks_of(text, CLASSES)
    assert text[number.start : number.end] == "Two" and text[named.start : named.end] == "HOUSES"


def test_a_marked_text():
    marked = read_marked("[Yes](1), [two roads](2, 1) changed.", FACTS)
    assert marked.text == "Yes, two roads changed."
    assert [(quote.words, quote.facts) for quote in marked.quotes] == [
        ("Yes", FACTS[:1]),
        ("two roads", (FACTS[1], FACTS[0])),
    ]
    assert all(marked.text[quote.start : quote.end] == quote.words for quote in marked.quotes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[Yes](3)", "there is no fact 3; the list ends with 2"),
        ("[Yes](0)", "there is no fact 0"),
        ("[Yes](one)", "no number of a fact"),
        ("[Yes]", "a square bracket is no mark"),
        ("[ ](1)", "holds no words"),
        ("[Two [roads](2)](1)", "a square bracket is no mark"),
    ],
)
def test_what_is_no_mark(text, message):
    with pytest.raises(MarkError, match=message.replace("(", r"\(").replace("[", r"\[")):
        read_marked(text, FACTS)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    marks_of(text, CLASSES)
    without_marks(text)
    try:
        read_marked(text, FACTS)
    except MarkError as error:
        assert str(error)
