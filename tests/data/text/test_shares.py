"""Shares and areas in short answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_data.text.amounts.shares import area_m2_in, percent_in


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("a quarter of the image", 25),
        ("two thirds", 200 / 3),
        ("one tenth", 10),
        ("half a percent", 0.5),
        ("between a quarter and a half", 37.5),
        ("8-12 %", 10),
        ("12,5 %", 12.5),
        ("3 % here, 20 % there", None),
        ("hardly any", None),
    ],
)
def test_percent(text, share):
    assert percent_in(text) == (None if share is None else pytest.approx(share))


@pytest.mark.parametrize(
    ("text", "area"),
    [("1.2 ha", 12000), ("2 500 m²", 2500), ("1.5k m2", 1500), ("3 thousand m2", 3000), ("0.02 km2", 20000)],
)  # fmt: skip
def test_area(text, area):
    assert area_m2_in(text) == (None if area is None else pytest.approx(area))


@given(st.integers(0, 1000))
def test_a_percentage_is_read_as_written(tenths):
    assert percent_in(f"{tenths / 10:.1f} %") == pytest.approx(tenths / 10)


@pytest.mark.parametrize(("reply", "share"), [("1/4", 25.0), ("About 1/5.", 20.0), ("1/4 and more", 1.0)])
def test_a_fraction_alone_is_a_share(reply, share):
    assert percent_in(reply) == share
