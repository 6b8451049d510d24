"""Tiles of made scenes: what is read where, what is valid, how it is stretched, what is recorded."""

import json

import numpy as np
import pytest
import rasterio

from rsica_data.core.errors import UserError
from rsica_data.imagery.images import decode_rgb

from .conftest import ORIGIN, UTM, ground, ramp


def image(encoded):
    return decode_rgb(encoded.data)


def test_a_pair_on_its_own_grid_is_read_as_it_stands(tif, run):
    before, after = ramp(100, 160), ramp(100, 160)[::-1]
    tif("before.tif", before)
    tif("after.tif", after, tags={"TIFFTAG_DATETIME": "2021:06:30 10:00:00"})
    pairs, errors = run(
        tiles={"size": 48, "stride": 40},
        name="town",
        before_date="2019-05",
        split="train",
        license="CC0-1.0",
        attributes={"sensor": "plane"},
    )
    assert not errors
    assert list(pairs) == [f"town_r{row}_c{column}" for row in range(2) for column in range(3)]
    pair = pairs["town_r1_c2"]
    assert np.array_equal(image(pair.before), before[:, 40:88, 80:128].transpose(1, 2, 0))
    assert np.array_equal(image(pair.after), after[:, 40:88, 80:128].transpose(1, 2, 0))
    assert (pair.pair_id, pair.before.path) == ("geotiff/train/town_r1_c2", "train/A/town_r1_c2.png")
    assert (pair.crs, pair.gsd_m) == (UTM, 2.0)
    assert pair.transform == (2.0, 0.0, ORIGIN[0] + 160, 0.0, -2.0, ORIGIN[1] - 80)
    assert (pair.before_date, pair.after_date) == ("2019-05", "2021-06-30")
    known = pair.attributes
    assert known["bounds"] == [ORIGIN[0] + 160, ORIGIN[1] - 176, ORIGIN[0] + 256, ORIGIN[1] - 80]
    assert known["window"] == [80, 40, 48, 48]
    assert known["sensor"] == "plane"
    assert known["after"]["date_from"] == "TIFFTAG_DATETIME"
    assert (known["before"]["resampling"], known["before"]["stretch"]) == (None, None)
    assert (pair.change_mask, pair.ignore_id) == (None, None)
    json.dumps(known, allow_nan=False)


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # rasterio's own use of affine
def test_another_crs_resolution_extent_band_order_and_type(tif, run, tmp_path):
    """The scene after is the same ground, in degrees, finer, larger, as BGR + alpha of 16 bits."""
    from rasterio.warp import Resampling, calculate_default_transform, reproject

    picture = ground(200, 200, smooth=4)
    before = tif("before.tif", picture, gsd=10.0)
    with rasterio.open(before) as opened:
        place, width, height = calculate_default_transform(
            opened.crs, "EPSG:4326", 200, 200, *opened.bounds, resolution=0.00008
        )
        moved = np.zeros((3, height, width), np.float32)
        reproject(
            picture.astype(np.float32), moved, src_transform=opened.transform, src_crs=opened.crs, dst_transform=place,
            dst_crs="EPSG:4326", resampling=Resampling.cubic,
        )  # fmt: skip
    alpha = (moved[:1] > 0) * 65535
    stack = np.concatenate([moved[::-1] * 40, alpha]).astype(np.uint16)
    after = tif("after.tif", stack, crs="EPSG:4326", transform=place)
    with rasterio.open(after, "r+") as opened:
        interpretation = rasterio.enums.ColorInterp
        opened.colorinterp = [interpretation.blue, interpretation.green, interpretation.red, interpretation.alpha]
    pairs, errors = run(
        tiles={"size": 128}, after={"files": "after.tif"}, stretch={"range": [0, 255]}, resampling="cubic"
    )
    assert not errors
    pair = pairs["scene_r0_c0"]
    assert pair.crs == UTM
    assert image(pair.after).max() == 255  # 16 bits of 40 times the value, cut at 255
    pairs, _ = run(tiles={"size": 128}, stretch={"range": [0, 10200]}, resampling="cubic")
    moved_back = image(pairs["scene_r0_c0"].after).astype(float)
    pairs, _ = run(tiles={"size": 128}, before="before.tif", after="before.tif")
    assert np.abs(moved_back - image(pairs["scene_r0_c0"].after)).mean() < 4


@pytest.mark.parametrize(("gsd", "expected"), [(4.0, "bilinear"), (1.0, "average"), (2.0, None)])
def test_resampling_by_the_change_of_pixel_size(tif, run, gsd, expected):
    tif("before.tif", ramp(64, 64))
    tif("after.tif", ramp(int(128 / gsd), int(128 / gsd)), gsd=gsd)
    pairs, _ = run(tiles={"size": 64})
    assert pairs["scene_r0_c0"].attributes["after"]["resampling"] == expected


def test_half_a_pixel_off_is_resampled_and_whole_pixels_are_not(tif, run):
    picture = np.zeros((3, 80, 80), np.uint8)
    picture[:, :, 40:] = 200
    tif("before.tif", picture)
    tif("after.tif", picture, at=(ORIGIN[0] + 1.0, ORIGIN[1]))  # half a pixel of 2 m
    pairs, _ = run(tiles={"size": 64}, resampling="bilinear")
    row = image(pairs["scene_r0_c0"].after)[10, :, 0]
    # The grid starts at the second pixel before: the edge lies at 39 there, and half a pixel further on after.
    assert (image(pairs["scene_r0_c0"].before)[10, 37:41, 0] == [0, 0, 200, 200]).all()
    assert list(row[38:41]) == [0, 100, 200]


def test_nodata_alpha_and_nan_are_not_valid(tif, run):
    holes = ramp(64, 64) + 1
    holes[:, :16] = 0
    tif("before.tif", holes, nodata=0)
    float_bands = ramp(64, 64).astype(np.float32)
    float_bands[:, :, :8] = np.nan
    tif("after.tif", float_bands)
    pairs, _ = run(tiles={"size": 64}, stretch={"range": [0, 250]}, before={"files": "before.tif"})
    pair = pairs["scene_r0_c0"]
    assert pair.attributes["valid_share"] == pytest.approx(1 - (16 * 64 + 48 * 8) / 64**2, abs=1e-4)
    assert not image(pair.before)[:16].any()
    assert not image(pair.after)[:, :8].any()
    assert image(pair.after)[20, 20, 0] == round((20 + 60) * 255 / 250)


def test_a_pixel_that_is_dark_in_one_band_only_has_data(tif, run):
    picture = np.full((3, 64, 64), 9, np.uint8)
    picture[0] = 0
    tif("before.tif", picture, nodata=0)
    tif("after.tif", picture)
    pairs, _ = run(tiles={"size": 64})
    assert pairs["scene_r0_c0"].attributes["valid_share"] == 1


def test_tiles_with_too_little_data_are_not_offered(tif, run):
    holes = ramp(64, 128) + 1
    holes[:, :, 40:] = 0
    tif("before.tif", holes, nodata=0)
    tif("after.tif", ramp(64, 128))
    pairs, errors = run(tiles={"size": 64, "min_valid": 0.5})
    assert list(pairs) == ["scene_r0_c0"]
    assert {name: error.reason for name, error in errors.items()} == {"scene_r0_c1": "too-few-valid"}
    pairs, errors = run(tiles={"size": 64, "min_valid": 0})
    assert list(errors) == ["scene_r0_c1"]  # nothing at all is still nothing


def test_padding_is_not_valid_and_not_labelled(tif, run):
    tif("before.tif", ramp(64, 100) + 1)
    tif("after.tif", ramp(64, 100) + 1)
    tif("mask.tif", np.ones((64, 100), np.uint8))
    pairs, _ = run(tiles={"size": 64, "edge": "pad"}, change_mask="mask.tif", classes={"change": 1})
    pair = pairs["scene_r0_c1"]
    assert pair.attributes["valid_share"] == 0.5625
    assert (pair.change_mask[:, :36] == 1).all()
    assert (pair.change_mask[:, 36:] == pair.ignore_id).all()
    assert not image(pair.before)[:, 36:].any()
    shifted, _ = run(tiles={"size": 64, "edge": "shift"}, change_mask="mask.tif", classes={"change": 1})
    assert shifted["scene_r0_c1"].attributes["window"] == [36, 0, 64, 64]


@pytest.mark.parametrize(
    ("clouds", "quality", "cloudy"),
    [
        ({"rule": "sentinel-2-scl"}, [[4, 8], [0, 11]], [[0, 1], [1, 0]]),
        ({"rule": "landsat-qa-pixel"}, [[21824, 22280], [1, 21826]], [[0, 1], [1, 1]]),
        ({"rule": "planetscope-udm2"}, [[1, 0], [1, 1]], [[0, 1], [0, 0]]),
        ({}, [[0, 255], [1, 0]], [[0, 1], [1, 0]]),
        ({"values": [7]}, [[7, 8], [0, 7]], [[1, 0], [0, 1]]),
        ({"bits": [2]}, [[4, 3], [12, 0]], [[1, 0], [1, 0]]),
    ],
)
def test_cloud_rules(tif, run, clouds, quality, cloudy):
    tif("before.tif", ramp(32, 32))
    tif("after.tif", ramp(32, 32))
    tif("mask.tif", np.ones((32, 32), np.uint8))
    # On a grid of its own, 8 m a pixel, as quality layers are coarser than bands.
    tif("quality.tif", np.kron(np.array(quality), np.ones((4, 4))).astype(np.uint16), gsd=8.0, nodata=0)
    pairs, _ = run(
        before={"files": "before.tif", "clouds": {"file": "quality.tif", **clouds}},
        change_mask="mask.tif",
        classes={"change": 1},
        tiles={"size": 32, "min_valid": 0},
    )
    pair = pairs["scene_r0_c0"]
    expected = np.kron(np.array(cloudy), np.ones((16, 16))) > 0
    assert np.array_equal(pair.change_mask == 255, expected)
    assert pair.attributes["valid_share"] == round(1 - expected.mean(), 4)


def test_a_quality_band_of_the_file_itself(tif, run):
    bands = np.concatenate([ramp(32, 32), np.zeros((1, 32, 32), np.uint8)])
    bands[3, :8] = 1
    tif("before.tif", bands, descriptions=("R", "G", "B", "cloud"), photometric="minisblack")
    tif("after.tif", ramp(32, 32))
    pairs, _ = run(before={"files": "before.tif", "clouds": {"band": "cloud"}}, bands=[1, 2, 3], tiles={"size": 32})
    assert pairs["scene_r0_c0"].attributes["valid_share"] == 0.75


def test_mosaics_the_first_file_with_data_counts(tif, run):
    left = np.full((3, 64, 50), 10, np.uint8)
    left[:, :, 40:] = 0
    tif("tiles/a.tif", left, nodata=0)
    tif("tiles/b.tif", np.full((3, 64, 70), 20, np.uint8), at=(ORIGIN[0] + 60, ORIGIN[1]))
    tif("after.tif", ramp(64, 100) + 1)
    pairs, _ = run(before=["tiles/*.tif"], tiles={"size": 64, "edge": "shift"})
    row = image(pairs["scene_r0_c0"].before)[5, :, 0]
    assert (row[:40] == 10).all()
    assert (row[40:] == 20).all()
    assert pairs["scene_r0_c1"].attributes["before"]["file_count"] == 2


def test_a_vrt(tif, run, tmp_path):
    import rasterio.shutil

    tif("tile.tif", ramp(64, 64))
    rasterio.shutil.copy(tmp_path / "tile.tif", tmp_path / "before.vrt", driver="VRT")
    tif("after.tif", ramp(64, 64))
    pairs, _ = run(before="before.vrt", tiles={"size": 64})
    assert np.array_equal(image(pairs["scene_r0_c0"].before), ramp(64, 64).transpose(1, 2, 0))
    text = (tmp_path / "before.vrt").read_text()
    (tmp_path / "before.vrt").write_text(text.replace("tile.tif", "/vsicurl/https://example.org/tile.tif"))
    with pytest.raises(UserError, match="source '/vsicurl/https://example.org/tile.tif', which"):
        run(before="before.vrt", tiles={"size": 64})


def item(date="2020-07-01T10:00:00Z", **assets):
    made = {name: {"href": f"./{path}", "type": "image/tiff; application=geotiff"} | more for name, (path, more) in
            assets.items()}  # fmt: skip
    made["thumbnail"] = {"href": "https://example.org/preview.jpg", "type": "image/jpeg"}
    return {"type": "Feature", "stac_version": "1.0.0", "properties": {"datetime": date}, "assets": made}


def test_stac_items_with_a_file_a_band(tif, run, tmp_path):
    for number, name in enumerate(("red", "green", "blue")):
        tif(f"s2/{name}.tif", np.full((64, 64), 1000 * (number + 1), np.uint16))
    tif("s2/scl.tif", np.kron([[4, 9], [4, 4]], np.ones((16, 16))).astype(np.uint8), gsd=4.0)
    tif("after.tif", ramp(64, 64))
    bands = {name: (f"{name}.tif", {"eo:bands": [{"name": band, "common_name": name}]}) for name, band in
             (("red", "B04"), ("green", "B03"), ("blue", "B02"))}  # fmt: skip
    (tmp_path / "s2/item.json").write_text(json.dumps(item(**bands, scl=("scl.tif", {}))))
    pairs, _ = run(
        before={"files": "s2/item.json", "bands": "sentinel-2", "clouds": {"asset": "scl", "rule": "sentinel-2-scl"}},
        stretch={"range": [0, 4000]},
        tiles={"size": 64},
    )
    pair = pairs["scene_r0_c0"]
    assert (pair.before_date, pair.attributes["before"]["date_from"]) == ("2020-07-01", "stac")
    assert list(image(pair.before)[40, 40]) == [64, 128, 191]
    assert pair.attributes["valid_share"] == 0.75
    # The cloud stays in the picture: it is what the sensor saw. It only counts for nothing.
    assert list(image(pair.before)[10, 40]) == [64, 128, 191]
    for wanted, words in {(1, 2, 3): "give its bands by name", ("b12",): "no asset with band 'b12'"}.items():
        with pytest.raises(UserError, match=words):
            run(before={"files": "s2/item.json", "bands": wanted}, tiles={"size": 64})
    (tmp_path / "s2/far.json").write_text(json.dumps(item(visual=("../../out.tif", {}))))
    with pytest.raises(UserError, match="lies outside the input folder"):
        run(before="s2/far.json", tiles={"size": 64})


def test_bands_of_different_pixel_size_meet_on_the_finest(tif, run, tmp_path):
    bands = {}
    for name, gsd in (("swir22", 4.0), ("nir", 2.0), ("red", 2.0)):
        side = int(128 / gsd)
        tif(f"{name}.tif", np.full((side, side), 100, np.uint8), gsd=gsd)
        bands[name] = (f"{name}.tif", {})
    (tmp_path / "item.json").write_text(json.dumps(item(**bands)))
    tif("after.tif", ramp(64, 64))
    pairs, _ = run(before={"files": "item.json", "bands": "sentinel-2-swir"}, tiles={"size": 64})
    pair = pairs["scene_r0_c0"]
    assert pair.gsd_m == 2
    assert (image(pair.before) == 100).all()


def test_a_collection_of_items_is_a_mosaic(tif, run, tmp_path):
    for number in range(2):
        tif(
            f"v{number}.tif", np.full((3, 64, 32), 50 * (number + 1), np.uint8), at=(ORIGIN[0] + 64 * number, ORIGIN[1])
        )
    items = [item(visual=(f"v{number}.tif", {})) for number in range(2)]
    (tmp_path / "items.json").write_text(json.dumps({"type": "FeatureCollection", "features": items}))
    tif("after.tif", ramp(64, 64))
    pairs, _ = run(before="items.json", tiles={"size": 64})
    assert list(image(pairs["scene_r0_c0"].before)[0, [0, 31, 32, 63], 0]) == [50, 50, 100, 100]


def test_percentiles_come_from_the_whole_scene_and_hold_for_all_tiles(tif, run):
    values = np.linspace(100, 1100, 128 * 64).reshape(64, 128, order="F")
    tif("before.tif", values.astype(np.uint16))
    tif("after.tif", (values * 3).astype(np.float32))
    pairs, _ = run(tiles={"size": 64})
    first, second = pairs["scene_r0_c0"], pairs["scene_r0_c1"]
    low, high = first.attributes["before"]["stretch"][0]
    assert (low, high) == (pytest.approx(120, abs=2), pytest.approx(1080, abs=2))
    assert second.attributes["before"] == first.attributes["before"]
    assert image(first.before)[:, :, 0].mean() < 75 < 180 < image(second.before)[:, :, 0].mean()
    assert np.abs(image(first.before).astype(int) - image(first.after)).max() <= 1
    pairs, _ = run(tiles={"size": 64}, stretch={"percentile": [2, 98], "shared": True})
    known = pairs["scene_r0_c0"].attributes
    assert known["before"]["stretch"] == known["after"]["stretch"]


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64"])
def test_a_fixed_range_in_every_type(tif, run, dtype):
    low = -100 if np.dtype(dtype).kind in "if" and dtype != "uint8" else 20
    values = np.array([low, low + 50, low + 100, low + 200], dtype)
    tif("before.tif", np.tile(values, (64, 16)))
    tif("after.tif", np.tile(values, (64, 16)))
    pairs, _ = run(tiles={"size": 64}, stretch=[low, low + 100])
    assert list(image(pairs["scene_r0_c0"].before)[0, :4, 0]) == [0, 128, 255, 255]


def test_sar_in_decibel_with_the_ratio_as_blue(tif, run):
    linear = np.stack([np.full((64, 64), 0.1), np.full((64, 64), 0.01)]).astype(np.float32)
    tif("before.tif", linear, descriptions=("VV", "VH"))
    tif("after.tif", 10 * np.log10(linear[::-1]), descriptions=("VH", "VV"))
    pairs, _ = run(
        before={"files": "before.tif", "bands": "sar"},
        after={"files": "after.tif", "bands": "sar-db"},
        stretch={"range": [[-25, 0], [-30, -5], [0, 20]]},
        tiles={"size": 64},
    )
    pair = pairs["scene_r0_c0"]
    # VV -10 dB of -25..0, VH -20 dB of -30..-5, VV - VH 10 dB of 0..20.
    assert list(image(pair.before)[0, 0]) == [153, 102, 128]
    assert np.array_equal(image(pair.before), image(pair.after))


def test_a_known_shift_is_found_recorded_and_corrected(tif, run):
    import cv2

    picture = ground(400, 400, seed=3)[0]
    moved = cv2.warpAffine(picture, np.float32([[1, 0, 1.3], [0, 1, -0.6]]), (400, 400), flags=cv2.INTER_CUBIC)
    tif("before.tif", np.stack([picture] * 3))
    tif("after.tif", np.stack([moved] * 3))
    found = {}
    for mode in ("check", "correct"):
        pairs, _ = run(tiles={"size": 256}, coregister=mode)
        found[mode] = pairs["scene_r0_c0"]
        known = found[mode].attributes["coregistration"]
        assert (known["dx"], known["dy"]) == (pytest.approx(1.3, abs=0.1), pytest.approx(-0.6, abs=0.1))
        assert (known["applied"], known["windows"]) == (mode == "correct", 4)
    errors = {
        mode: np.abs(image(pair.before).astype(float) - image(pair.after))[8:-8, 8:-8].mean()
        for mode, pair in found.items()
    }
    assert errors["correct"] < errors["check"] / 3
    # Where the shift is corrected, what remains is small.
    with pytest.raises(UserError, match=r"are \+1\.\d+, -0\.\d+ px apart, more than max_shift_px 1.0"):
        run(tiles={"size": 256}, coregister="check", max_shift_px=1)


def test_scenes_that_have_nothing_in_common_cannot_be_corrected(tif, run):
    tif("before.tif", ground(300, 300, seed=1))
    tif("after.tif", np.full((3, 300, 300), 77, np.uint8))
    with pytest.raises(UserError, match="cannot be matched"):
        run(tiles={"size": 256}, coregister="correct")
    pairs, _ = run(tiles={"size": 256}, coregister="check")
    assert pairs["scene_r0_c0"].attributes["coregistration"]["windows"] == 0
