"""Draws of pairs: the same weights every time, however many pairs there are."""

import numpy as np
import pytest

from rsica_bench.metrics import resampling
from rsica_bench.metrics.clusters import row_sums
from rsica_bench.metrics.resampling import Resampling, draws


def drawn_afresh(number, how):
    rng = np.random.default_rng(how.seed)
    for size in resampling.sizes(number, how.draws):
        yield rng.multinomial(number, np.full(number, 1 / number), size=size).astype(np.float64)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    for name in ("_WHOLE", "_BLOCK"):
        monkeypatch.setattr(resampling, name, 1000)
    monkeypatch.setattr(resampling, "_DRAWN", 700)
    resampling._kept.cache_clear()


def test_draws_that_are_kept_are_those_that_were_made():
    how = Resampling(draws=50, seed=3)
    wanted = list(drawn_afresh(300, how))
    assert len(wanted) > 2
    for _ in range(3):
        blocks = list(draws(300, how))
        assert [block.tolist() for block in blocks] == [block.tolist() for block in wanted]
        assert all(block.dtype == np.float64 for block in blocks)


def test_draws_that_were_not_read_to_their_end_are_made_again():
    how = Resampling(draws=50, seed=3)
    next(draws(300, how))
    assert np.concatenate(list(draws(300, how))).tolist() == np.concatenate(list(drawn_afresh(300, how))).tolist()


def test_draws_are_made_once(monkeypatch):
    calls, made = [], resampling._weights
    monkeypatch.setattr(resampling, "_weights", lambda *given: calls.append(given) or made(*given))
    how = Resampling(draws=50)
    for _ in range(3):
        assert sum(map(len, draws(300, how))) == 50
    assert len(calls) == len(resampling.sizes(300, 50))


@pytest.mark.parametrize("number", [1, 7, 5000, 300_000])
def test_sums_of_rows_are_those_of_the_whole_to_the_last_bit(number):
    rng = np.random.default_rng(number)
    weights, values = rng.poisson(1, (9, number)).astype(float), rng.normal(size=(9, number))
    assert row_sums(weights, values).tolist() == (weights * values).sum(axis=1).tolist()
    assert row_sums(weights, values, squared=True).tolist() == (weights * values**2).sum(axis=1).tolist()
