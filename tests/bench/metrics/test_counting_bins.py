"""Counting figures by bin of the true count."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_bench.metrics.counting import bin_scores, bin_statistics, counting_by_bin, counting_scores
from rsica_data.core.errors import UserError
from rsica_data.schema.rules import COUNT_BINS, bin_name

pairs = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=30)


def test_bins_by_hand():
    true = np.array([0, 0, 1, 2, 3, 9, 10, 25])
    said = np.array([0, 2, 1, 3, 1, 9, 14, 20])
    found = counting_by_bin(true, said)
    assert [bin_name(b) for b in COUNT_BINS] == ["0", "1", "2-3", "4-9", "10+"]
    mae = {"0": 1.0, "1": 0.0, "2-3": 1.5, "4-9": 0.0, "10+": 4.5}
    assert {n: found.values[f"mae/bin:{n}"] for n in mae} == mae
    assert found.values["rmse/bin:10+"] == pytest.approx((41 / 2) ** 0.5)
    assert found.values["bias/bin:2-3"] == pytest.approx(-0.5)
    assert found.values["within_1/bin:2-3"] == 0.5
    assert [found.values[f"items/bin:{n}"] for n in mae] == [2, 1, 2, 1, 2]


def test_empty_bins_are_absent_and_bins_are_data():
    found = counting_by_bin(np.array([7]), np.array([5]), bins=((0, 4), (5, None)))
    assert found.values["mae/bin:5+"] == 2.0
    assert found.values["items/bin:0-4"] == 0.0
    assert found.absent["mae/bin:0-4"] == "no item has a true count of 0-4"
    with pytest.raises(UserError, match=r"a true count of 7 is not in exactly one bin \(bins: 0-4\)"):
        counting_by_bin(np.array([1, 7]), np.array([1, 5]), bins=((0, 4),))
    with pytest.raises(UserError, match="a true count of 3"):
        counting_by_bin(np.array([3]), np.array([3]), bins=((0, 4), (3, None)))


@given(pairs)
def test_each_bin_is_the_scores_of_its_items_and_items_add_up(items):
    true, said = np.array([t for t, _ in items], np.int64), np.array([s for _, s in items], np.int64)
    found = counting_by_bin(true, said)
    assert sum(v for n, v in found.values.items() if n.startswith("items/")) == len(items)
    for low, high in COUNT_BINS:
        inside = (true >= low) & (true <= (high or 10**6 if high != 0 else 0))
        alone = counting_scores(true[inside], said[inside])
        name = bin_name((low, high))
        assert {n: found.values[f"{n}/bin:{name}"] for n in alone.values} == pytest.approx(alone.values)
        assert {f"{n}/bin:{name}" for n in alone.absent} <= found.absent.keys()


@given(pairs, st.integers(0, 30))
def test_sums_of_batches_are_the_whole(items, cut):
    true, said = np.array([t for t, _ in items], np.int64), np.array([s for _, s in items], np.int64)
    parts = bin_statistics(true[:cut], said[:cut]) + bin_statistics(true[cut:], said[cut:])
    assert bin_scores(parts) == counting_by_bin(true, said)


def test_real_counts_of_a_model(real_data):
    """GPT-4's counts of new buildings; against one building in every pair, each bin's error is its mean less one."""
    rows = [json.loads(line) for line in (real_data / "levir_cc" / "gpt4_test_counts.jsonl").read_text().splitlines()]
    counts = np.array([row["answer"]["buildings"] for row in rows])
    assert len(counts) == 1929
    found = counting_by_bin(counts, np.ones_like(counts)).values
    assert (found["mae/bin:0"], found["bias/bin:0"], found["mae/bin:1"]) == (1.0, 1.0, 0.0)
    assert found["mae/bin:4-9"] == pytest.approx(np.mean([n for n in counts if 4 <= n <= 9]) - 1)
    assert found["items/bin:0"] == (counts == 0).sum()
    assert found["items/bin:10+"] == (counts >= 10).sum() > 0
