"""Which bands become red, green and blue."""

import pytest

from rsica_data.core.errors import UserError
from rsica_data.sources.scenes.bands import BAND_MAPS, Bands, pick_bands


def bands(names, colours=None, wavelengths=None):
    plain = colours or ["gray"] + ["undefined"] * (len(names) - 1)
    return Bands(tuple(names), tuple(plain), tuple(wavelengths or [None] * len(names)))


@pytest.mark.parametrize(
    ("wanted", "count", "expected"),
    [
        ("sentinel-2", 13, (4, 3, 2)),
        ("sentinel-2", 12, (4, 3, 2)),
        ("sentinel-2", 4, (3, 2, 1)),
        ("sentinel-2-swir", 12, (12, 8, 4)),
        ("landsat-8", 7, (4, 3, 2)),
        ("landsat-tm-nir", 6, (4, 3, 2)),
        ("planetscope", 4, (3, 2, 1)),
        ("planetscope", 8, (6, 4, 2)),
        ("naip", 4, (1, 2, 3)),
        ("naip-nir", 4, (4, 1, 2)),
        ("sar", 2, (1, 2)),
        ("sar-vv", 1, (1,)),
        ((4, 1, 1), 5, (4, 1, 1)),
    ],
)
def test_by_place_in_the_stack(wanted, count, expected):
    assert pick_bands(bands([None] * count), wanted, "x.tif", "k") == expected


def test_by_name_whatever_the_order():
    named = bands(["B08 (842 nm)", "B02", "B04", "B03, green"])
    assert pick_bands(named, "sentinel-2", "x.tif", "k") == (3, 4, 2)
    assert pick_bands(named, "sentinel-2-nir", "x.tif", "k") == (1, 3, 4)
    assert pick_bands(named, ("b08",), "x.tif", "k") == (1,)


def test_an_alpha_band_is_no_band_of_the_stack():
    with_alpha = bands([None] * 5, ["gray", "undefined", "undefined", "undefined", "alpha"])
    assert pick_bands(with_alpha, "planetscope", "x.tif", "k") == (3, 2, 1)
    assert pick_bands(bands([None] * 2, ["gray", "alpha"]), None, "x.tif", "k") == (1,)


def test_what_the_file_says_itself():
    assert pick_bands(bands([None] * 4, ["blue", "green", "red", "alpha"]), None, "x.tif", "k") == (3, 2, 1)
    assert pick_bands(bands([None] * 4), None, "x.tif", "k") == (1, 2, 3)
    assert pick_bands(bands([None]), None, "x.tif", "k") == (1,)


def test_by_wavelength():
    hyper = bands([None] * 5, wavelengths=[440, 480, 555, 655, 865])
    assert pick_bands(hyper, "hyperspectral", "x.tif", "k") == (4, 3, 2)
    assert pick_bands(hyper, "hyperspectral-nir", "x.tif", "k") == (5, 4, 3)
    with pytest.raises(UserError, match="no band within 60 nm of 2200 nm"):
        pick_bands(hyper, "hyperspectral-swir", "x.tif", "k")
    with pytest.raises(UserError, match="does not tell the wavelengths"):
        pick_bands(bands([None] * 5), "hyperspectral", "x.tif", "k")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ((1, 2, 6), "has 4 bands, band 6 is asked for"),
        (("red",), "no band 'red'"),
        ("sentinel-2-swir", "stacks of 10, 12, 13 bands"),
        ("sentinel2", "did you mean 'sentinel-2'"),
    ],
)
def test_what_is_not_there(wanted, words):
    with pytest.raises(UserError, match=words):
        pick_bands(bands([None] * 4), wanted, "x.tif", "source.options.bands")


def test_every_map_has_a_band_for_every_channel_of_every_stack():
    for found in BAND_MAPS.values():
        for count, stack in found.stacks.items():
            assert len(stack) == len(found.names)
            assert max(stack) <= count
