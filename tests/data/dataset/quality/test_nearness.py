"""How near splits lie to each other, by hand, and Moran's I beside a plain count."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("scipy")

from rsica_data.dataset.quality.leaks import Sketch
from rsica_data.dataset.quality.nearness import morans_i, nearness_values
from rsica_data.geometry.degrees import arc_km, on_the_globe


def placed(name, split, lon, lat, changed=None, side=0.001):
    box = (lon - side, lat - side, lon + side, lat + side)
    return Sketch(f"hand/{split}/{name}", split, frozenset(), "EPSG:4326", box, changed=changed)


def test_distances_to_train_by_hand():
    """On the equator a degree is 111.195 km."""
    pairs = [placed("a", "train", 0, 0), placed("b", "test", 0.005, 0), placed("c", "test", 0.03, 0)]
    found = nearness_values([*pairs, placed("d", "val", 1, 0), Sketch("hand/test/x", "test", frozenset())])
    assert found["placed"] == 4
    rows = {row["split"]: row for row in found["splits"]}
    assert rows["test"]["pairs"] == 2
    assert rows["test"]["median_km"] == pytest.approx((0.005 + 0.03) / 2 * 111.195, rel=1e-4)
    assert rows["test"]["within_km"] == {"0.2": 0, "1": 0.5, "5": 1}
    assert rows["val"]["median_km"] == pytest.approx(111.195, rel=1e-4)
    assert found["nearest_in_other_split"] == 0.75  # a and b each other's, c's is b, d's is c
    assert found["morans_i"] is None
    assert nearness_values([Sketch("hand/test/x", "test", frozenset())]) is None


def test_across_the_antimeridian_and_at_one_spot():
    pairs = [placed("a", "train", 179.999, 0), placed("b", "test", -179.999, 0), placed("c", "test", -179.999, 0)]
    found = nearness_values(pairs)
    assert found["splits"][0]["median_km"] == pytest.approx(0.002 * 111.195, rel=1e-3)
    assert found["nearest_in_other_split"] == pytest.approx(1 / 3)


def test_a_grid_split_lies_farther_apart_than_a_random_one():
    rng = np.random.default_rng(3)
    places = [(0.01 * x, 0.01 * y) for x in range(24) for y in range(24)]
    by_chance = [placed(f"r{n}", "test" if rng.random() < 0.25 else "train", *at) for n, at in enumerate(places)]
    by_cell = [
        placed(f"g{n}", "test" if (int(at[0] / 0.08) + int(at[1] / 0.08)) % 4 == 0 else "train", *at)
        for n, at in enumerate(places)
    ]
    one, two = nearness_values(by_chance), nearness_values(by_cell)
    assert two["splits"][0]["median_km"] > one["splits"][0]["median_km"]
    assert two["nearest_in_other_split"] < 0.5 * one["nearest_in_other_split"]


@given(st.integers(0, 2**32), st.integers(1, 6))
def test_morans_i_is_that_of_a_plain_count(seed, neighbours):
    rng = np.random.default_rng(seed)
    points, values = rng.random((20, 2)), rng.random(20)
    distances = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    np.fill_diagonal(distances, np.inf)
    weights = np.zeros((20, 20))
    for row, order in enumerate(np.argsort(distances, axis=1)):
        weights[row, order[:neighbours]] = 1
    z = values - values.mean()
    wanted = 20 / weights.sum() * (weights * np.outer(z, z)).sum() / (z**2).sum()
    assert morans_i(points, values, neighbours) == pytest.approx(wanted)


def test_changed_neighbours_are_alike():
    pairs = [placed(f"p{x}_{y}", "train", 0.01 * x, 0.01 * y, changed=x < 6) for x in range(12) for y in range(12)]
    found = nearness_values(pairs)
    assert found["morans_i"] > 0.7 and found["morans_i_expected"] == -1 / 143
    shuffled = np.random.default_rng(0).permutation([one.changed for one in pairs])
    mixed = [dataclasses.replace(one, changed=bool(flag)) for one, flag in zip(pairs, shuffled, strict=True)]
    assert abs(nearness_values(mixed)["morans_i"]) < 0.2


@given(st.floats(-180, 180), st.floats(-89, 89), st.floats(-180, 180), st.floats(-89, 89))
def test_distances_are_those_of_the_haversine(lon, lat, lon2, lat2):
    points = on_the_globe(np.array([lon, lon2]), np.array([lat, lat2]))
    found = arc_km(np.linalg.norm(points[0] - points[1]))
    a, b = np.radians([lat, lat2])
    half = np.sin((a - b) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(lon - lon2) / 2) ** 2
    assert found == pytest.approx(2 * 6371.0088 * np.arcsin(np.sqrt(min(1, half))), abs=1e-3, rel=1e-6)
