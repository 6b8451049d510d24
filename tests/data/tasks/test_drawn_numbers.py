"""Numbers drawn for wordings are those of `random.Random.randrange`, whatever the seed: rows stay as they were."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_data.tasks.common import drawn_below


@given(st.integers(0, 2**64 - 1), st.lists(st.integers(1, 2**70), max_size=20))
def test_numbers_are_those_of_randrange(seed, ends):
    rng, other = Random(seed), Random(seed)
    assert [drawn_below(rng, end) for end in ends] == [other.randrange(end) for end in ends]


@pytest.mark.parametrize("end", [0, -1])
def test_no_number_is_drawn_of_none(end):
    with pytest.raises(ValueError, match="below"):
        drawn_below(Random(0), end)
