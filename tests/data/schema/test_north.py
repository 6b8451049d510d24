"""North up: transforms by hand, maps whose grid north is not true north, and the same for checks, prompts and maps."""

from dataclasses import replace

import pytest

from rsica_data.generation.material import listed_of, material_of
from rsica_data.osm.ground_grid import Grid
from rsica_data.schema import north_is_up
from rsica_data.sources.osm_scene import _frame

UTM = "EPSG:32633"
BASE = (0.5, 0.0, 500000.0, 0.0, -0.5, 5800000.0)


def turned(degrees, crs_transform=BASE):
    from math import cos, radians, sin

    a, _, c, _, e, f = crs_transform
    s, k = sin(radians(degrees)), cos(radians(degrees))
    return (a * k, -e * s, c, a * s, e * k, f)


CASES = [
    (BASE, UTM, True),
    (turned(3), UTM, True),
    (turned(-3), UTM, True),
    (turned(10), UTM, False),
    (turned(90), UTM, False),
    (turned(180), UTM, False),
    ((0.5, 0.0, 500000.0, 0.0, 0.5, 5800000.0), UTM, False),  # rows run north
    ((-0.5, 0.0, 500000.0, 0.0, -0.5, 5800000.0), UTM, False),  # mirrored: left is east
    ((1e-5, 0, 13.4, 0, -1e-5, 52.5), "EPSG:4326", True),
    ((1e-5, 0, 179.9999, 0, -1e-5, 10.0), "EPSG:4326", True),
    ((0.5, 0, 1e6, 0, -0.5, 1e6), "EPSG:3413", False),  # polar: north is at the pole, not up
    ((0.5, 0, 1e6, 0, -0.5, 6e6), "EPSG:3857", True),
]


@pytest.mark.parametrize(("transform", "crs", "expected"), CASES)
def test_north(transform, crs, expected, stored_pair):
    assert north_is_up(transform, crs, 30, 30) is expected
    pair = replace(stored_pair("one"), transform=transform, crs=crs)
    assert listed_of(material_of(pair, None)).north_up is expected
    assert material_of(pair, None).north_up is expected
    assert _frame(Grid(crs, transform, pair.width, pair.height))[3]["north_up"] is expected


@pytest.mark.parametrize(
    ("transform", "crs"),
    [
        (None, UTM),
        (BASE, None),
        (BASE, ""),
        (BASE, "EPSG:1"),
        ((0, 0, 0, 0, 0, 0), UTM),
        ((1, 0, 9e9, 0, -1, 9e9), UTM),
    ],
)
def test_without_a_usable_georeference_north_is_not_known(transform, crs):
    assert north_is_up(transform, crs, 30, 30) is False
