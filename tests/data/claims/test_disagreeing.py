"""Claims that were read without the facts, beside the facts and the marks of the text."""

import re

import pytest

from rsica_data.claims import read_marked, without_marks
from rsica_data.claims.disagreeing import disagreement
from rsica_data.claims.extraction import check_claims


@pytest.fixture
def read(listed, hand_view):
    """Reads a text whose marks name facts by kind and class, with claims ``(quote, kind, args, value)``."""

    def number(match):
        kind, *named = match[1].split()
        found = (n for n, f in enumerate(listed.facts, 1) if f.kind == kind and all(c in str(f.args) for c in named))
        return f"({next(found)})"

    def make(text, *claims):
        marked = re.sub(r"(?<=\])\(([a-z_]+[^()]*)\)", number, text)
        given = [{"quote": q, "kind": kind, "args": args, "value": value} for q, kind, args, value in claims]
        found, dropped = check_claims(given, without_marks(marked), hand_view)
        assert not dropped
        return disagreement(found, read_marked(marked, listed.facts), listed)

    return make


BUILDING, ROAD = {"cls": "building"}, {"cls": "road"}


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("[Three buildings changed](class_count building).", ("Three buildings", "class_count", BUILDING, 3)),
        # A claim has no kind for those that were built: the mark tells it.
        ("[Two buildings were built](built_count building).", ("Two buildings", "class_count", BUILDING, 2)),
        ("[One building is in the bottom-right](cell_objects bottom-right).",
         ("One building", "class_count", BUILDING, 1)),
        # People count otherwise than masks.
        ("[a road is built and a house is removed](caption)", ("a house", "class_count", BUILDING, 1)),
        ("[A road changed](class_count road).", ("A road", "largest_size", ROAD, "medium")),
    ],
)  # fmt: skip
def test_what_agrees(read, text, claim):
    assert read(text, claim) is None
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "claim", "words"),
    [
        ("[Four buildings changed](class_count building).", ("Four", "class_count", BUILDING, 4), "it is 3"),
        # The mark was moved to a fact with the same value.
        ("[Two roads changed](built_count building).", ("Two roads", "class_count", ROAD, 2), "it is 1"),
        ("[Two buildings changed](built_count building).", ("Two buildings", "class_count", BUILDING, 2), "it is 3"),
        ("[Nothing changed](class_count road).", ("Nothing changed", "any_change", {}, False), "it is True"),
        ("[One road changed](area_m2 building).", ("One road", "class_count", ROAD, 1), "its marks are about"),
    ],
)
def test_what_does_not(read, text, claim, words):
    assert words in read(text, claim)
