"""Agreement of votes by hand."""

import pytest

from rsica_bench.metrics.agreement import agreement_scores


def test_krippendorff_by_hand():
    # Coincidences of 2 items aab / bbb: within aab one of three pairs agrees.
    found = agreement_scores([["a", "a", "b"], ["b", "b", "b"]])
    assert found.values["agreement"] == pytest.approx((1 / 3 + 1) / 2)
    # n = 6, a 2, b 4: D_e = 1 - (2*1 + 4*3) / (6*5) = 16/30; D_o = 3 * (2/3) / 6 = 1/3.
    assert found.values["alpha"] == pytest.approx(1 - (1 / 3) / (16 / 30))


def test_a_published_example():
    # Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", example B: two observers, ten binary items.
    first, second = "0100000000", "1110010010"
    found = agreement_scores([list(pair) for pair in zip(first, second, strict=True)])
    assert found.values["alpha"] == pytest.approx(0.095, abs=5e-4)


def test_perfect_and_undefined():
    assert agreement_scores([["a", "a"], ["b", "b"]]).values == {"agreement": 1.0, "alpha": 1.0}
    same = agreement_scores([["a", "a"], ["a", "a"]])
    assert same.values == {"agreement": 1.0}
    assert same.absent == {"alpha": "all votes are the same"}
    assert set(agreement_scores([["a"], []]).absent) == {"agreement", "alpha"}


def test_items_with_one_vote_say_nothing():
    assert agreement_scores([["a", "b"], ["a"]]).values == agreement_scores([["a", "b"]]).values
