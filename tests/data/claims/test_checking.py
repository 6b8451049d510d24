"""Marked texts against the facts of a pair by hand, one truth and one falsehood for each kind of fact."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marked_texts import check_marked as check

from rsica_data.claims import check_text

TRUE_AND_FALSE = [
    ("[The scene changed](any_change).", "[Nothing changed](any_change)."),
    ("[Three buildings changed](class_count building).", "[Four buildings changed](class_count building)."),
    ("[Two buildings were built](built_count building).", "[Two buildings were removed](built_count building)."),
    ("[One building was removed](removed_count building).", "[Two buildings were removed](removed_count building)."),
    (
        "[A road](class_count road) [was built](direction road).",
        "[A road](class_count road) [was removed](direction road).",
    ),
    (
        "[Buildings were built in the bottom-center and bottom-right](built_cells building).",
        "[Buildings were built in the bottom-left and bottom-right](built_cells building).",
    ),
    (
        "[One building changed in the bottom-right](cell_objects bottom-right).",
        "[Two buildings changed in the bottom-right](cell_objects bottom-right).",
    ),
    (
        "[The largest building is in the bottom-right](largest_cell building).",
        "[The largest building is in the bottom-left](largest_cell building).",
    ),
    (
        "[More buildings than roads changed](more_objects building).",
        "[More roads than buildings changed](more_objects building).",
    ),
    (
        "[5.3% of the second image is building](cover_after building); [a road changed](class_count road).",
        "[7.3% of the second image is building](cover_after building); [a road changed](class_count road).",
    ),
    (
        "[Buildings went from 1.0% to 5.3%](cover_before building, cover_after building).",
        "[Buildings went from 5.3% to 1.0%](cover_before building, cover_after building).",
    ),
    (
        "[Bare land turned into buildings](transition 'b': 'building').",
        "[Buildings turned into bare land](transition 'b': 'building').",
    ),
    (
        "[Bare land mostly became buildings](became bare).",
        "[Buildings mostly became bare land](became bare).",
    ),
    ("[Bare land lost the most area](most_lost).", "[Bare land gained the most area](most_lost)."),
    (
        "[The bottom half changed more than the top](top_or_bottom).",
        "[The top half changed more than the bottom](top_or_bottom).",
    ),
    (
        "[The first image is of May 2012](date), and [a road changed](class_count road).",
        "[The first image is of May 2013](date), and [a road changed](class_count road).",
    ),
    ("[a road is built](caption)", "[a house is built](caption)"),
    ("[The largest road is medium](largest_size road).", "[The largest road is large](largest_size road)."),
]


@pytest.mark.parametrize(("true", "false"), TRUE_AND_FALSE)
def test_a_quote_says_its_fact(true, false, listed):
    checked = check(true, listed)
    assert checked.fault is None and checked.claims
    assert check(false, listed).fault is not None


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("[5.3% of the second image is building](cover_after building).", False),
        ("[The first image is of May 2012](date).", False),
        # Something changed: what did not is no caption of it.
        ("[Bare land did not change](unchanged_classes).", False),
        ("[Buildings went from 1.0% to 5.3%](cover_before building, cover_after building).", True),
    ],
)
def test_a_caption_marks_a_fact_of_change(listed, text, taken):
    checked = check(text, listed)
    assert (checked.fault is None) is taken
    assert taken or (checked.kind == "no-claim" and checked.outcome == "contradicts")


@pytest.mark.parametrize(
    ("text", "kind", "word"),
    [
        ("[A road changed](class_count road) and two buildings.", "undecided", "two"),
        ("[A road changed](class_count road) in the top-left.", "undecided", "top-left"),
        ("[A road changed](class_count road), not more.", "undecided", "not"),
        ("A road changed.", "no-claim", "marked"),
        ("[A road changed](400).", "marks", "400"),
        ("[A road](class_count road) changed in the [north](any_change).", "contradiction", "north"),
        ("[The largest building](class_count building) changed.", "undecided", "largest"),
        ("[Only roads changed](class_count road).", "undecided", "Only roads"),
        ("[Three buildings were built](class_count building).", "undecided", "built"),
    ],
)
def test_what_is_refused_is_named(text, kind, word, listed):
    checked = check(text, listed)
    assert checked.kind == kind and word in checked.fault


def test_where_north_is_must_be_known(listed):
    text = "[A road changed in the northeast](cells_of_class road)."
    from dataclasses import replace

    assert check(text, replace(listed, north_up=True)).fault is None
    assert "north" in check(text, listed).fault


@pytest.mark.parametrize(
    "text", ["[Nothing changed](any_change).", "[No roads or buildings changed](unchanged_classes)."]
)
def test_unchanged_pairs(text, unchanged):
    assert check(text, unchanged).fault is None


@pytest.mark.parametrize("text", ["[The scene changed](any_change).", "[Roads changed](unchanged_classes)."])
def test_unchanged_pairs_that_are_said_to_change(text, unchanged):
    assert check(text, unchanged).fault is not None


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=120), st.one_of(st.none(), st.text(max_size=60)))
def test_no_text_breaks_the_check(listed, text, question):
    checked = check_text(f"[{text}](3)", listed, question)
    assert checked.fault is None or checked.kind
