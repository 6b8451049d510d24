"""Kendall's tau of orders, against scipy and by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_bench.metrics.statistics_tables import scores_of_tables
from rsica_bench.protocols import find_protocol
from rsica_bench.scoring.ordering import SCORER, kendall_tau
from rsica_data.schema import Question


@settings(deadline=None)
@given(st.integers(2, 9).flatmap(lambda n: st.tuples(*[st.permutations(range(1, n + 1))] * 2)))
def test_tau_is_that_of_scipy(orders):
    from scipy.stats import kendalltau

    true, given_ = orders
    names = sorted(true)
    expected = kendalltau([true.index(name) for name in names], [given_.index(name) for name in names]).statistic
    assert kendall_tau(true, given_) == pytest.approx(expected, abs=1e-12)


def test_scores_by_hand(item):
    asked = Question("order", {"count": 3})
    replies = ("3, 1, 2", "1, 3, 2", "lovely weather")
    gold = {"kind": "order", "args": {"shown": [1, 2, 0]}, "value": [3, 1, 2]}
    items = [item("ordering", gold, raw, question=asked, name=f"i{n}") for n, raw in enumerate(replies)]
    measured = scores_of_tables(SCORER.measure(items, find_protocol("default")).tables).values
    assert measured["accuracy"] == pytest.approx(1 / 3)
    assert measured["kendall_tau"] == pytest.approx((1 + 1 / 3 - 1) / 3)
