"""Statistics of pairs on disk: the same sums and influences, to the bit, as in memory."""

import numpy as np
import pytest

from rsica_bench.metrics import clusters, stored_arrays
from rsica_bench.metrics.clusters import PairSums, cluster_rows, influences_of_draws, numbered
from rsica_bench.metrics.figures import divide
from rsica_bench.metrics.resampling import Resampling, draws
from rsica_bench.metrics.statistics_tables import Table, mean_table

PAIRS, WHOLE = 12_000, 7


def table_of(kind):
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 1000, (PAIRS, WHOLE)).astype(float)
    if kind in ("one", "several"):
        broken = [2] if kind == "one" else [0, 3, 4]
        rows[:, broken] = rng.normal(size=(PAIRS, len(broken))) * 10.0 ** np.arange(len(broken))
    if kind == "large":
        rows[:, 1] += 2.0**50
    if kind == "unmeasured":
        rows[:, 5] = np.nan
    return Table(rows, np.arange(PAIRS), lambda sums: {"r": divide(sums[..., 0], sums[..., 2])}, {"r": "none"})


@pytest.mark.parametrize("kind", ["whole", "one", "several", "large", "unmeasured"])
def test_draws_of_pairs_on_disk_are_those_in_memory(monkeypatch, kind):
    table = table_of(kind)
    monkeypatch.setattr(clusters, "_NUMBERS", 1)
    monkeypatch.setattr(stored_arrays, "MANY_BYTES", 1 << 30)
    held = PairSums(cluster_rows(table, np.arange(PAIRS), PAIRS))
    monkeypatch.setattr(stored_arrays, "MANY_BYTES", 1)
    kept = PairSums(cluster_rows(table, np.arange(PAIRS), PAIRS))
    assert isinstance(kept.rows, np.memmap) and not isinstance(held.rows, np.memmap)
    for name in ("total", "usual_size", "is_finite"):
        assert np.asarray(getattr(kept, name)).tobytes() == np.asarray(getattr(held, name)).tobytes()
    for weights in draws(PAIRS, Resampling(200)):
        assert kept.drawn(weights).tobytes() == held.drawn(weights).tobytes()
        (_, first), (_, second) = (
            *influences_of_draws(table, held, weights, held.drawn(weights), ["r"]),
            *influences_of_draws(table, kept, weights, kept.drawn(weights), ["r"]),
        )
        assert first.tobytes() == second.tobytes()


def test_clusters_without_a_row_have_no_number():
    names, used = np.array([9, 4, 9, 7, 2, 4]), np.array([0, 1, 4, 5])
    numbers, count = numbered(names, [mean_table(used, right=[1, 0, 1, 1])])
    assert (numbers[used].tolist(), count) == ([2, 1, 0, 1], 3)
    assert numbered(names, [])[1] == 0
