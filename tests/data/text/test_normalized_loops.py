"""Replies of models that fell into a loop: read like the same reply with a few repetitions, and in little time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_data.text.normalized.cleaning import answer_text, without_loops


@pytest.mark.parametrize("loop", ["the ", "9", "((", "\n", "a road, a road and ", "| 0 | 0 |\n"])
def test_a_loop_is_cut(loop):
    cut = answer_text("Two roads. " + loop * (20_000 // len(loop)))
    assert cut.startswith("Two roads.") and len(cut) < 50 * len(loop) + 40


@pytest.mark.parametrize("lines", ["\n", "#\n", "> \n", "- "])
def test_empty_lines_before_an_answer_cost_nothing(lines):
    assert answer_text(lines * 10_000 + "Final answer: Yes") == "Yes"


@given(st.text(min_size=1, max_size=40), st.integers(1, 400))
def test_no_loop_is_longer_than_twenty_repetitions(unit, times):
    cut = without_loops(unit * times)
    assert len(cut) < 21 * len(unit) and (unit * times).startswith(cut)


@given(st.integers(1, 3000))
def test_a_text_without_a_loop_stays(numbers):
    text = " ".join(map(str, range(numbers)))
    assert without_loops(text) == text
