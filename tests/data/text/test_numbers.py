"""Numbers in words and digits, bounds, ranges and parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_data.text.amounts.numbers import settle_numbers, words_to_digits


@pytest.mark.parametrize(
    ("text", "settled"),
    [
        ("about ten roads", "10 roads"),
        ("not more than 1 road", "1 road"),
        ("three (3) houses", "3 houses"),
        ("5 of the 12 houses", "5 houses"),
        ("5 out of 12", "5"),
        ("3-5 trees", "4 trees"),
        ("between 10 and 15 houses", "12 houses"),
        ("from 4 to 9", "4 → 9"),
        ("10+ houses", "10 houses"),
        ("20-ish houses, 8 or so roads", "20 houses, 8 roads"),
        ("1,250 houses and 1 250 roads", "1250 houses and 1250 roads"),
        ("a couple of houses", "2 houses"),
        ("half a dozen", "6"),
        ("3 new + 1 gone", "3 new + 1 gone"),
        ("the eastern one", "the eastern one"),
        ("only one house", "1 house"),
        ("another one", "another 1"),
        ("a third one", "another 1"),
    ],
)
def test_settled(text, settled):
    assert settle_numbers(text) == settled


@given(st.integers(0, 99))
def test_words_of_every_number_below_a_hundred(number):
    ones = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()  # noqa: SIM905
    ones += ["sixteen", "seventeen", "eighteen", "nineteen"]
    tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
    words = ones[number] if number < 20 else tens[number // 10 - 2] + (f"-{ones[number % 10]}" if number % 10 else "")
    assert words_to_digits(f"{words} houses") == f"{number} houses"
