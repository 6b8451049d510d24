"""Tables: figures of sums, of parts, under other names."""

import gc
from dataclasses import replace

import numpy as np
import pytest

from rsica_bench.metrics import clusters as clusters_module
from rsica_bench.metrics import statistics_tables, stored_arrays
from rsica_bench.metrics.bootstrap import Resampling, cluster_rows, compare, holm, intervals
from rsica_bench.metrics.statistics_tables import BLOCK, Table, mean_table, scores_of_tables
from rsica_data.core.errors import RunError, UserError


def test_means_of_all_and_of_a_part():
    table = mean_table(right=[True, False, True, True], size=[1.0, 2.0, 3.0, 6.0])
    assert table.scores().values == {"right": 0.75, "size": 3.0}
    chosen = np.array([False, True, False, True])
    assert table.scores(chosen).values == {"right": 0.5, "size": 4.0}


def test_an_empty_part_has_no_figure_but_a_reason():
    found = mean_table(right=[True]).scores(np.array([False]))
    assert found.values == {}
    assert found.absent == {"right": "no item"}


def test_items_without_a_row_are_no_zeros():
    table = mean_table([1, 3], right=[True, False])
    assert table.scores(np.array([True, True, True, False])).values == {"right": 1.0}


def test_names_and_numbers_under_a_prefix():
    table = mean_table([0, 1], right=[True, False]).under("counting/", np.array([4, 7]))
    assert list(table.items) == [4, 7]
    assert set(table.scores().values) == {"counting/right"}
    assert set(table.named_figures(np.array([1.0, 2.0]))) == {"counting/right"}


def test_only_some_figures():
    table = mean_table(a=[1], b=[2])
    kept = Table(table.rows, table.items, table.figures, table.reasons, suffix="/road", only={"b"})
    assert scores_of_tables([kept, table]).values == {"b/road": 2.0, "a": 1.0, "b": 2.0}


def test_rows_are_summed_within_clusters():
    table = mean_table([0, 1, 2], right=[1, 0, 1])
    assert cluster_rows(table, np.array([1, 0, 1]), 2).tolist() == [[0, 1], [2, 2]]


def test_holm_by_hand():
    # Sorted .01 .03 .04 times 3, 2, 1: .03, .06, .06 (never falling).
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_no_draw_no_interval():
    assert intervals([mean_table(right=[1, 0])], np.arange(2), Resampling(0)) == {}
    assert intervals([mean_table(right=[])], np.array([], int), Resampling(10)) == {}


def test_equal_seeds_equal_intervals():
    table, clusters = mean_table(size=np.arange(50) % 7), np.arange(50)
    first = intervals([table], clusters, Resampling(200, 1))
    assert first == intervals([table], clusters, Resampling(200, 1))
    assert first != intervals([table], clusters, Resampling(200, 2))


def test_a_mean_has_the_interval_of_the_normal_law():
    values = np.random.default_rng(0).normal(10, 2, 400)
    low, high = intervals([mean_table(size=values)], np.arange(400), Resampling(4000))["size"]
    half = 1.96 * values.std() / 20
    assert low == pytest.approx(values.mean() - half, abs=0.03)
    assert high == pytest.approx(values.mean() + half, abs=0.03)


def test_questions_about_one_pair_are_not_independent():
    # Ten copies of each answer tell no more than one.
    values = np.random.default_rng(0).normal(0, 1, 100)
    one = intervals([mean_table(size=values)], np.arange(100), Resampling(500))["size"]
    copies = mean_table(size=np.repeat(values, 10))
    clustered = intervals([copies], np.repeat(np.arange(100), 10), Resampling(500))["size"]
    assert clustered == pytest.approx(one)
    naive = intervals([copies], np.arange(1000), Resampling(500))["size"]
    assert naive[1] - naive[0] < 0.5 * (one[1] - one[0])


def test_clusters_without_a_row_are_not_drawn():
    # Pairs that lack this task would else make draws without any item.
    table = mean_table([0, 1, 2], size=[1.0, 3.0, 4.0])
    found = intervals([table], np.arange(500), Resampling(300))
    assert found["size"] == intervals([table], np.arange(3), Resampling(300))["size"]


def test_nineteen_of_twenty_intervals_hold_the_truth():
    rng = np.random.default_rng(3)
    hits = 0
    for seed in range(200):
        right = rng.random(80) < 0.7
        low, high = intervals([mean_table(right=right)], np.arange(80), Resampling(400, seed))["right"]
        hits += low <= 0.7 <= high
    assert 180 <= hits <= 198  # 190 expected of 95 %


def test_a_figure_that_is_often_undefined_has_no_interval():
    def rate(sums):
        return {"rate": np.where(sums[..., 1] > 0, sums[..., 0] / np.maximum(sums[..., 1], 1), np.nan)}

    # One item of 30 has a denominator: it is missing from about a third of the draws.
    rows = np.zeros((30, 2))
    rows[0] = 1
    assert intervals([Table(rows, np.arange(30), rate, {})], np.arange(30), Resampling(300)) == {}


def test_a_system_against_itself():
    table = mean_table(right=np.arange(40) % 2 == 0)
    found = compare([table], [table], np.arange(40), Resampling(200))["right"]
    assert (found.difference, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_the_randomisation_test_by_hand():
    # Five pairs, the second always better by 1: of 32 ways to swap, 2 give a difference as large.
    first, second = mean_table(size=np.zeros(5)), mean_table(size=np.ones(5))
    found = compare([first], [second], np.arange(5), Resampling(20000))["size"]
    assert found.difference == 1
    assert 0 <= max(0, found.low) < found.high == 1  # five pairs alike do not say that all pairs are
    assert found.p == pytest.approx(2 / 32, abs=0.006)


def test_paired_differences_are_sharper_than_two_intervals():
    rng = np.random.default_rng(0)
    hard = rng.normal(0, 5, 300)
    first, second = mean_table(size=hard), mean_table(size=hard + 0.3 + rng.normal(0, 0.5, 300))
    found = compare([first], [second], np.arange(300), Resampling(1000))["size"]
    assert found.low > 0
    assert found.p < 0.01
    low, high = intervals([first], np.arange(300), Resampling(1000))["size"]
    assert low < found.second < high


def test_p_is_uniform_without_a_difference():
    rng = np.random.default_rng(5)
    small = 0
    for seed in range(200):
        first, second = (mean_table(size=rng.normal(0, 1, 30)) for _ in range(2))
        small += compare([first], [second], np.arange(30), Resampling(199, seed))["size"].p <= 0.1
    assert 8 <= small <= 34  # 20 expected


def test_figures_that_one_system_lacks_are_left_out():
    first = [mean_table(a=[1, 2]), mean_table(b=[1, 2])]
    assert set(compare(first, [mean_table(b=[2, 2])], np.arange(2), Resampling(50))) == {"b"}


def test_tables_on_disk_are_those_in_memory(monkeypatch, tmp_path):
    rng = np.random.default_rng(0)
    near = [
        mean_table(right=rng.integers(0, 2, 3000).astype(bool), size=rng.exponential(size=3000)),
        mean_table(range(10), few=rng.exponential(size=10)),
    ]
    near.append(replace(near[0], suffix="/spread", spread=rng.normal(size=near[0].rows.shape)))
    monkeypatch.setattr(stored_arrays, "MANY_BYTES", 10_000)
    monkeypatch.setattr(statistics_tables, "BLOCK", 700)
    monkeypatch.setattr(clusters_module, "BLOCK", 300)
    far = [table.on_disk() for table in near]
    assert [isinstance(table.rows, np.memmap) for table in far] == [True, False, True]
    assert far[0].on_disk().rows is far[0].rows
    clusters, how = np.arange(3000) // 3, Resampling(draws=50)
    for _ in range(2):
        assert scores_of_tables(far) == scores_of_tables(near)
        assert intervals(far, clusters, how) == intervals(near, clusters, how)
        for table in far:
            table.release()
    monkeypatch.setattr(stored_arrays, "_MOST_MAPS", len(stored_arrays._maps))
    assert not isinstance(near[0].on_disk().rows, np.memmap)
    held = len(stored_arrays._maps)
    del far, table
    gc.collect()
    assert len(stored_arrays._maps) == held - 5  # rows and items of two tables, and the spread of one
    monkeypatch.setenv("TMPDIR", str(tmp_path / "absent"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    with pytest.raises(RunError, match="TMPDIR"):
        near[0].on_disk()


def test_a_table_of_means_made_in_blocks_is_that_of_the_whole():
    right, size = np.arange(2 * BLOCK + 3) % 3 == 0, np.random.default_rng(0).normal(size=2 * BLOCK + 3)
    made = mean_table(right=right, size=size)
    assert (made.rows == np.stack([right, size, np.ones(len(size))], axis=-1)).all()
    size[-1] = np.nan
    with pytest.raises(UserError, match="a value of size is not finite"):
        mean_table(right=right, size=size)
