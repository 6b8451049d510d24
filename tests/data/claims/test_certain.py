"""What the check by marks is sure of: outright contradictions, plain questions; and what it leaves undecided."""

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
    assert checked.left.fault == checked.fault and not checked.left.of_question


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Did anything change between the two images?", "[Yes](any_change)."),
        ("How many buildings changed?", "[Three](class_count building)."),
        ("How many buildings were built?", "[Two buildings were built](built_count building)."),
        ("Thanks! In which cells did roads change?", "[Top-right](cells_of_class road)."),
        ("What share of the first image do buildings cover?", "[1.0% of the first image](cover_before building)."),
        (None, "[Three buildings changed](class_count building)."),
    ],
)
def test_answers_to_plain_questions_hold(question, text, listed):
    checked = check(text, listed, question)
    assert (checked.fault, checked.outcome, checked.left) == (None, "holds", None)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        # A word that may turn the question.
        ("How many buildings are safe from change?", "[Three](class_count building)."),
        ("How many buildings changed, and who owns them?", "[Three](class_count building)."),
        ("In which cells did traffic on the roads change?", "[Top-right](cells_of_class road)."),
    ],
)
def test_a_question_that_is_not_known_for_certain_leaves_its_answer_undecided(question, text, listed):
    checked = check(text, listed, question)
    assert checked.fault is None and checked.outcome == "undecided" and checked.left.fault is None


def test_a_fault_of_the_question_is_named_so(listed):
    checked = check("[Three buildings changed](class_count building).", listed, "Where did the buildings change?")
    assert checked.outcome == "undecided" and checked.left.of_question and all(checked.left.confirmed)


@pytest.mark.parametrize("text", ["[5.3% of the second image is building](cover_after building).",
                                  "[Bare land lost the most area](most_lost)."])  # fmt: skip
def test_a_description_tells_what_changed(text, listed):
    assert "tells what changed" in check(text, listed, "Could you describe the whole change?").fault


def test_that_one_class_did_not_change_does_not_answer_whether_anything_did(unchanged, listed):
    text = "[One building was removed](removed_count building)."
    assert check(text, listed, "Did anything change?").fault is None
    assert check("[No roads changed](class_count road).", unchanged, "Did anything change?").fault is not None
