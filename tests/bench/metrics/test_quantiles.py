"""Quantiles against tables and scipy."""

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import betainc, betaincinv, ndtri, stdtrit

from rsica_bench.metrics.quantiles import beta_quantile, normal_quantile, t_quantile

TAILS = (1e-6, 0.005, 0.025, 0.2, 0.5, 0.8, 0.975, 0.995)


def test_values_of_printed_tables():
    assert normal_quantile(0.975) == pytest.approx(1.959963984540054, rel=1e-14)
    assert t_quantile(1, 0.975) == pytest.approx(math.tan(0.475 * math.pi), rel=1e-12)
    assert t_quantile(10, 0.975) == pytest.approx(2.2281, abs=5e-5)
    assert t_quantile(10, 0.5) == 0
    # Clopper and Pearson's interval of 0 and of 4 of 4: closed forms.
    assert beta_quantile(1, 4, 0.975) == pytest.approx(1 - 0.025**0.25, rel=1e-12)
    assert beta_quantile(4, 1, 0.025) == pytest.approx(0.025**0.25, rel=1e-12)


@pytest.mark.parametrize("probability", TAILS)
def test_against_scipy(probability):
    assert normal_quantile(probability) == pytest.approx(ndtri(probability), rel=1e-12, abs=1e-15)
    for freedom in (1, 2, 3, 7, 30, 1928, 100_000):
        assert t_quantile(freedom, probability) == pytest.approx(stdtrit(freedom, probability), rel=1e-9, abs=1e-12)
    for a in (0.5, 1, 2.7, 40, 1500.3, 90_000):
        for b in (0.5, 1, 3.3, 60, 2500):
            ours, theirs = beta_quantile(a, b, probability), betaincinv(a, b, probability)
            assert ours == pytest.approx(theirs, rel=1e-8, abs=1e-250), (a, b)


def test_probabilities_at_the_ends():
    assert (beta_quantile(2, 3, 0), beta_quantile(2, 3, 1)) == (0, 1)


@settings(max_examples=400, deadline=None)
@given(st.floats(1e-6, 1e5), st.floats(1e-6, 1e5), st.sampled_from(TAILS))
@example(0.000199, 4.9998, 0.025)
@example(4.9998, 0.000199, 0.975)
def test_any_shares_of_any_number(a, b, probability):
    """Of a share near 0 or 1 the density has no upper end: "No." to every question ended in an overflow."""
    ours, theirs = beta_quantile(a, b, probability), betaincinv(a, b, probability)
    assert 0 <= ours <= 1
    # Where the quantile itself is sharper than a float, what counts is the probability below it.
    assert ours == pytest.approx(theirs, rel=1e-7, abs=1e-12) or abs(betainc(a, b, ours) - probability) < 1e-7
