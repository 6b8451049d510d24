"""P-values by randomisation: enough swaps for the number of comparisons, and intervals that agree with them."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_bench.leaderboard.site.run_evidence import letters_of
from rsica_bench.metrics.bootstrap import Resampling, agreeing, compare
from rsica_bench.metrics.randomisation import combined_swaps, differing, holm, swaps_for
from rsica_bench.metrics.statistics_tables import mean_table


def answers(shares, pairs=300, seed=5):
    """Right and wrong answers of systems with these accuracies."""
    rng = np.random.default_rng(seed)
    return [mean_table(accuracy=rng.random(pairs) < share) for share in shares]


def compared(tables):
    number = len(tables) * (len(tables) - 1) // 2
    clusters = np.arange(len(tables[0].items))
    return {
        f"m{a:02}|m{b:02}": {
            "accuracy": {"p": compare([tables[a]], [tables[b]], clusters, Resampling(1000), number)["accuracy"].p}
        }
        for a, b in combinations(range(len(tables)), 2)
    }


@pytest.mark.parametrize("rows", [11, 16])
def test_many_rows_can_be_told_apart(rows):
    """With 1,000 swaps for each of 55 comparisons no adjusted p-value was below .05: all rows had one letter."""
    tables = answers(np.linspace(0.3, 0.99, rows))
    names = [f"m{n:02}" for n in reversed(range(rows))]
    letters = letters_of(names, compared(tables), "accuracy")
    assert not set(letters[names[0]]) & set(letters[names[-1]])
    assert len(set("".join(letters.values()))) >= rows / 3


def test_swaps_grow_with_the_comparisons():
    assert swaps_for(1000, 1) == 1024
    for comparisons in (2, 55, 66, 1225):
        swaps = swaps_for(1000, comparisons)
        assert comparisons / swaps < 0.01 and swaps & (swaps - 1) == 0
    assert swaps_for(10**9, 1) == swaps_for(1, 10**9) == 2**18


def test_swaps_by_hand():
    """Every combination of the random swaps, against sums made one by one."""
    gap = np.array([[1.0, 10], [2, 20], [4, 40], [8, 80], [16, 160]])
    basis = np.random.default_rng([3, 1]).integers(0, 2, (3, 5))
    wanted = []
    for chosen in range(8):
        bits = np.array([chosen >> place & 1 for place in range(3)])
        wanted.append(((bits @ basis) % 2) @ gap)
    assert combined_swaps(gap, 8, 3).tolist() == np.array(wanted).tolist()
    # Where all swaps are no more than are asked for, each is taken once.
    assert sorted(combined_swaps(gap, 1024, 3)[:, 0]) == list(range(32))


def test_few_pairs_have_the_exact_sign_test():
    """Six pairs, all better under the second system: 2 of 2^6 swaps are as large."""
    first, second = mean_table(accuracy=[False] * 6 + [True] * 9), mean_table(accuracy=[True] * 15)
    assert compare([first], [second], np.arange(15), Resampling(1000))["accuracy"].p == 2 / 64


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.lists(st.floats(0, 1), max_size=2000))
def test_more_rows_never_merge_what_differs_beyond_doubt(p, more):
    before, after = differing(p), differing([*p, *more])
    assert all(after[place] for place, one in enumerate(p) if one < 1e-4)
    assert [found for found, one in zip(before, p, strict=True) if one >= 1e-4] == [
        adjusted < 0.05 for adjusted, one in zip(holm(p), p, strict=True) if one >= 1e-4
    ]


def test_an_interval_holds_0_exactly_where_the_test_does_not_reject():
    rng = np.random.default_rng(2)
    clusters, how = np.arange(40), Resampling(400)
    rejected = 0
    for number in range(60):
        first, second = (rng.gamma(0.5, 2, 40) for _ in range(2))
        tables = [mean_table(mae=values + 0.2 * number / 60 * side, kinds={"mae": "error"})
                  for side, values in enumerate((first, second))]  # fmt: skip
        right = [mean_table(accuracy=rng.random(40) < 0.5 + 0.3 * side) for side in range(2)]
        for one, other in (tables, right):
            for found in compare([one], [other], clusters, how).values():
                assert (found.low <= 0 <= found.high) is (found.p > 0.05), found
                assert found.low <= found.difference <= found.high
                rejected += found.p <= 0.05
    assert 10 < rejected < 100


def test_agreement_by_hand():
    assert agreeing((0.1, 0.3), 0.2, rejected=False) == (0, 0.3)
    assert agreeing((-0.3, -0.1), -0.2, rejected=False) == (-0.3, 0)
    low, high = agreeing((-0.1, 0.5), 0.2, rejected=True)
    assert (0 < low < 1e-6, high) == (True, 0.5)
    low, high = agreeing((-0.5, 0.1), -0.2, rejected=True)
    assert (low, -1e-6 < high < 0) == (-0.5, True)
