"""What the check by marks is sure of: outright contradictions, plain words; and what it leaves undecided."""

import pytest
from marked_texts import check_marked as check


@pytest.mark.parametrize(
    "text",
    [
        "[Four buildings changed](class_count building).",
        "[No buildings changed](class_count building).",
        "[One road](class_count road) [was removed](direction road).",
        "[7.3% of the second image is building](cover_after building).",
        "[Buildings were built in the bottom-left and bottom-right](built_cells building).",
        "[The largest building is in the top-left](largest_cell building).",
        "[Bare land gained the most area](most_gained).",
        "[The top half changed more](top_or_bottom).",
        "[A road changed](400).",
        "A road changed.",
    ],
)
def test_what_contradicts_for_certain(text, listed):
    checked = check(text, listed)
    assert checked.fault and checked.outcome == "contradicts" and checked.left is None


@pytest.mark.parametrize(
    "text",
    [
        "[The buildings were not left in peace](class_count building).",
        "[Far from untouched](any_change).",
        # Nothing in the words says that anything changed.
        "[All is as it ever was](any_change).",
        "[The largest building](class_count building) changed.",
        "[A road changed](class_count road) and two buildings.",
        "[One of the three buildings](removed_count building) went.",
    ],
)
def test_words_that_code_cannot_judge_are_left_undecided(text, listed):
    checked = check(text, listed)
    assert checked.fault and checked.outcome == "undecided"
    assert checked.left.fault == checked.fault and checked.left.parts


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Did anything change between the two images?", "[Yes](any_change)."),
        ("How many buildings changed?", "[Three](class_count building)."),
        ("Thanks! In which cells did roads change?", "[Top-right](cells_of_class road)."),
        ("Did a road change in the top-left?", "[No, no road changed in the top-left](cells_of_class road)."),
        ("What share of the first image do buildings cover?", "[1.0%](cover_before building)."),
    ],
)
def test_what_a_question_asks_for_is_always_left_to_a_reading(question, text, listed):
    checked = check(text, listed, question)
    assert (checked.fault, checked.outcome, checked.left.parts) == (None, "undecided", ())


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[Three buildings changed](class_count building), [all of them lovely](any_change), believe me.", (2,)),
        ("Well, [three buildings changed](class_count building), and one of them touches the edge.", (3,)),
        ("[Three buildings changed](class_count building), and [5.3% of it is building](cover_after building).", (2,)),
    ],
)
def test_only_parts_that_are_not_plain_are_read(text, parts, listed):
    assert check(text, listed).left.parts == parts
