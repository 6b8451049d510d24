"""Wrong scenes get one clear line, or set the tile aside."""

import numpy as np
import pytest
import rasterio

from rsica_data.core.errors import UserError

from .conftest import ORIGIN, ramp

TILE = {"tiles": {"size": 64}}


def test_no_crs(tif, run):
    tif("before.tif", ramp(64, 64), crs=None)
    tif("after.tif", ramp(64, 64))
    with pytest.raises(UserError, match=r"source.options.before: before.tif has no CRS \(give assume_crs"):
        run(**TILE)
    pairs, _ = run(assume_crs="EPSG:32633", **TILE)
    assert pairs["scene_r0_c0"].crs == "EPSG:32633"
    with pytest.raises(UserError, match="'EPSG:0' is no CRS"):
        run(assume_crs="EPSG:0", **TILE)
    with pytest.raises(UserError, match="the scenes have a CRS"):
        run(pixel_grid=True, **TILE)


def test_a_grid_of_pixels_alone(tif, run):
    tif("before.tif", ramp(64, 128), crs="none")
    tif("after.tif", ramp(64, 128), crs="none")
    tif("mask.tif", np.eye(64, 128, dtype=np.uint8), crs="none")
    with pytest.raises(UserError, match="pixel_grid: true"):
        run(**TILE)
    pairs, _ = run(pixel_grid=True, change_mask="mask.tif", classes={"change": 1}, **TILE)
    pair = pairs["scene_r0_c0"]
    assert (pair.crs, pair.transform, pair.gsd_m) == (None, None, None)
    assert pair.change_mask.trace() == 64
    tif("after.tif", ramp(64, 100), crs="none")
    with pytest.raises(UserError, match="before.tif is 128x64, after.tif 100x64"):
        run(pixel_grid=True, **TILE)


def test_no_overlap(tif, run):
    tif("before.tif", ramp(64, 64))
    tif("after.tif", ramp(64, 64), at=(ORIGIN[0] + 5000, ORIGIN[1]))
    with pytest.raises(UserError, match="the scenes do not overlap: before"):
        run(**TILE)


def test_files_that_are_missing_or_no_rasters(tif, run, tmp_path):
    tif("after.tif", ramp(64, 64))
    with pytest.raises(UserError, match=r"before.files: before.tif: [Nn]o such file"):
        run(**TILE)
    (tmp_path / "before.tif").write_bytes(b"not a raster")
    with pytest.raises(UserError, match=r"before.files: before.tif: .*not recognized"):
        run(**TILE)
    with pytest.raises(UserError, match="no file matches 'scene_"):
        run(before="scene_*.tif", **TILE)
    (tmp_path / "item.json").write_text("{}")
    with pytest.raises(UserError, match="it has no assets"):
        run(before="item.json", **TILE)


def test_missing_bands_and_unequal_counts(tif, run):
    tif("before.tif", ramp(64, 64, bands=4))
    tif("after.tif", ramp(64, 64, bands=1))
    with pytest.raises(UserError, match="before.tif gives 3 channels, after.tif 1"):
        run(**TILE)
    with pytest.raises(UserError, match="after.tif has 1 bands, band 3 is asked for"):
        run(bands=[3, 2, 1], **TILE)
    pairs, _ = run(after={"files": "after.tif", "bands": [1, 1, 1]}, **TILE)
    assert len(pairs) == 1
    with pytest.raises(UserError, match="unequal numbers of channels: before.tif gives 3 and after.tif gives 1"):
        run(before=["before.tif", "after.tif"], **TILE)
    with pytest.raises(UserError, match="two channels make no image"):
        run(before={"files": "before.tif", "bands": [1, 2]}, after={"files": "after.tif", "bands": [1, 1]}, **TILE)


def test_complex_samples_are_refused(tif, run):
    tif("before.tif", np.ones((1, 64, 64), np.complex64))
    tif("after.tif", ramp(64, 64, bands=1))
    with pytest.raises(UserError, match="before.tif has complex64 samples"):
        run(**TILE)


def test_a_scene_without_a_pixel_of_data(tif, run):
    tif("before.tif", np.zeros((3, 64, 64), np.uint16), nodata=0)
    tif("after.tif", ramp(64, 64, dtype="uint16"))
    _, errors = run(**TILE)
    assert errors["scene_r0_c0"].reason == "too-few-valid"


def test_a_file_that_ends_early_costs_the_tiles_behind_its_end_only(tif, run, tmp_path):
    tif("after.tif", ramp(128, 128, dtype="uint16"))
    path = tif("before.tif", ramp(128, 128, dtype="uint16"), tiled=True, blockxsize=64, blockysize=64)
    with rasterio.open(path) as opened:
        last = int(opened.tags(1, ns="TIFF").get("BLOCK_OFFSET_1_1", 0)) or path.stat().st_size - 64 * 64 * 2 * 3
    path.write_bytes(path.read_bytes()[: last - 10])
    pairs, errors = run(**TILE)
    assert {error.reason for error in errors.values()} == {"corrupt-image"}
    assert "before.tif: window 64,64 of 64x64 px: " in errors["scene_r1_c1"].detail
    assert len(pairs) >= 2


def test_turned_scenes_are_warped_to_a_north_up_grid(tif, run):
    angle = np.radians(20)
    cos, sin = 2 * np.cos(angle), 2 * np.sin(angle)
    turned = rasterio.Affine(cos, sin, ORIGIN[0], sin, -cos, ORIGIN[1])
    tif("before.tif", ramp(200, 200) + 1, transform=turned)
    tif("after.tif", ramp(200, 200) + 1, transform=turned)
    pairs, errors = run(tiles={"size": 64, "min_valid": 1.0})
    assert pairs
    assert {error.reason for error in errors.values()} == {"too-few-valid"}
    for pair in pairs.values():
        assert pair.transform[1] == pair.transform[3] == 0
        assert pair.gsd_m == pytest.approx(2.0, abs=1e-6)
        assert pair.before.data == pair.after.data


def test_south_up_scenes_are_flipped(tif, run):
    picture = ramp(64, 64)
    tif("before.tif", picture)
    tif("after.tif", picture[:, ::-1], transform=rasterio.Affine(2, 0, ORIGIN[0], 0, 2, ORIGIN[1] - 128))
    pairs, _ = run(**TILE)
    assert pairs["scene_r0_c0"].before.data == pairs["scene_r0_c0"].after.data


def test_files_changed_since_are_read_afresh(tif, run):
    tif("after.tif", ramp(64, 64))
    for shade in (10, 20):
        tif("before.tif", np.full((3, 64, 64), shade, np.uint8))
        pairs, _ = run(**TILE)
        from rsica_data.imagery.images import decode_rgb

        assert decode_rgb(pairs["scene_r0_c0"].before.data).mean() == shade


def test_many_files_do_not_stay_open(tif, run):
    from rsica_data.sources.scenes import opened_rasters

    for number in range(80):
        shade = np.full((3, 16, 16), number + 1, np.uint8)
        tif(f"m/{number:02d}.tif", shade, at=(ORIGIN[0] + 32 * (number % 10), ORIGIN[1] - 32 * (number // 10)))
    tif("after.tif", ramp(128, 160) + 1)
    pairs, errors = run(before="m/*.tif", tiles={"size": 32})
    assert (len(pairs), len(errors)) == (20, 0)
    assert len(opened_rasters._open) <= opened_rasters._MAX_OPEN
