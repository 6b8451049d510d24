"""Which of several marked options a text chooses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_data.text.yes_no.choices import Asked, choose

HALVES = Asked((0, 1), share=True)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("‹O0›", 0),
        ("more ‹O1› than ‹O0›", 1),
        ("fewer ‹O1› than ‹O0›", 0),
        ("‹O0› are outnumbered by ‹O1›", 1),
        ("‹O0› > ‹O1›", 0),
        ("not ‹O0›", None),
        ("‹O0› rather than ‹O1›", 0),
        ("between ‹O0› and ‹O1›, it is ‹O1›", 1),
        ("which is more, ‹O0› or ‹O1›? ‹O1›.", 1),
        ("mostly ‹O1›, with a strip of ‹O0›", 1),
        ("‹O0› and ‹O1›", None),
        ("some ‹O0› and some ‹O1›", None),
    ],
)
def test_choice(text, chosen):
    assert choose(text) == chosen


@pytest.mark.parametrize(
    ("text", "chosen"),
    [("hardly any change in ‹O0›", 1), ("‹O0› has little, so the other half", 1), ("the latter", 1), ("neither", None)],
)
def test_of_two_halves_the_other(text, chosen):
    assert choose(text, asked=HALVES) == chosen


@given(st.permutations([0, 1, 2]))
def test_the_first_of_a_ranking_wins(order):
    first, second, third = order
    assert choose(f"mostly ‹O{first}›, followed by ‹O{second}›, then a little ‹O{third}›") == first


@given(st.text(alphabet="‹O01›() .,?<>andmore\n", max_size=200))
def test_never_raises_and_chooses_what_is_named(text):
    chosen = choose(text)
    assert chosen is None or f"‹O{chosen}›" in text or "0" in text or "1" in text
