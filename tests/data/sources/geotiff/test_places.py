"""Many places in one recipe, and scenes of files of one band each."""

import numpy as np
import pytest
from pydantic import ValidationError

from rsica_data.core.errors import UserError
from rsica_data.imagery.images import decode_rgb
from rsica_data.sources.geotiff import SOURCE

from .conftest import ORIGIN, ramp

TOWNS = ("bonn", "austin_2", "austin_10")


@pytest.fixture
def towns(tif):
    """Three places of 64 x 96 px, each with its own pixels and mask."""

    def make():
        for number, town in enumerate(TOWNS):
            at = (ORIGIN[0] + 10_000 * number, ORIGIN[1])
            tif(f"{town}/t1.tif", ramp(64, 96) + np.uint8(number), at=at)
            tif(f"{town}/t2.tif", ramp(64, 96) + np.uint8(number + 1), at=at)
            tif(f"masks/{town}.tif", np.full((64, 96), number % 2), at=at)

    return make


OPTIONS = {
    "before": "{name}/t1.tif",
    "after": {"files": "{name}/t?.tif", "bands": [1, 2, 3]},
    "change_mask": "masks/{name}.tif",
    "classes": {"building": 1},
    "tiles": {"size": 32},
}


def test_every_place_is_cut_with_its_own_files(towns, run):
    towns()
    pairs, errors = run(**{**OPTIONS, "after": "{name}/t2.tif"})
    assert not errors
    assert list(pairs) == [
        f"{town}_r{row}_c{column}"
        for town in ("austin_2", "austin_10", "bonn")
        for row in range(2)
        for column in range(3)
    ]
    for number, town in enumerate(TOWNS):
        pair = pairs[f"{town}_r1_c2"]
        expected = (ramp(64, 96) + np.uint8(number))[:, 32:, 64:].transpose(1, 2, 0)
        np.testing.assert_array_equal(decode_rgb(pair.before.data), expected)
        assert pair.change_mask.min() == pair.change_mask.max() == number % 2
        assert pair.before.path == f"test/A/{town}_r1_c2.png"


def test_places_are_shared_out_whole(towns, tmp_path):
    towns()
    options = SOURCE.options(
        **{**OPTIONS, "after": "{name}/t2.tif"},
        split={"groups": {"train": ["austin"], "test": ["bonn"]}, "group": "^[a-z]+"},
    )
    keys = SOURCE.index(tmp_path, options)
    assert {(key.pair_id.split("/")[2].rsplit("_", 2)[0], key.split) for key in keys} == {
        ("austin_2", "train"),
        ("austin_10", "train"),
        ("bonn", "test"),
    }
    assert SOURCE.load(tmp_path, keys[0], options).split == keys[0].split
    (note,) = SOURCE.notes(tmp_path, options)
    assert "groups: train 1, test 1" in note


def test_a_build_of_two_workers_keeps_the_places_apart(towns, tmp_path, rsica_data, write_recipe):
    towns()
    options = {**OPTIONS, "after": "{name}/t2.tif", "split": "train"}
    recipe, out = write_recipe(source="geotiff", options=options, facts={}), tmp_path / "out"
    found = rsica_data("build", recipe, "--input", tmp_path, "--out", out, "--workers", 2, "--json")
    assert found.status == 0, found.err
    assert found.json["counts"]["pairs"] == {"train": 18}
    assert rsica_data("validate", out).status == 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"before": "none/{name}.tif"}, "no file matches 'none/{name}.tif'"),
        ({"before": "odd/{name}.tif"}, "'a b' should be letters, digits"),
        ({"before": "bonn/t1.tif", "after": "bonn/t2.tif", "split": {"ratio": {"train": 1}}}, "before names one place"),
    ],
)
def test_mistakes(towns, tif, run, options, told):
    towns()
    tif("odd/a b.tif", ramp(64, 96))
    with pytest.raises(UserError) as error:
        run(**{"before": "{name}/t1.tif", "after": "bonn/t2.tif", **options})
    assert told in str(error.value)


def test_a_place_that_the_scene_before_does_not_name():
    with pytest.raises(ValidationError, match="not in the first path of before"):
        SOURCE.options(before="a.tif", after="{name}.tif")


def test_files_of_one_band_are_red_green_and_blue(tif, run):
    """As the same bands in one file."""
    for side, step in (("before", 1), ("after", 2)):
        bands = ramp(64, 64, step=step)
        tif(f"{side}.tif", bands)
        for number, band in enumerate(("B04", "B03", "B02")):
            tif(f"{side}/{band}.tif", bands[number])
    separate = {
        side: {"separate": [f"{side}/{band}.tif" for band in ("B04", "B03", "B02")]} for side in ("before", "after")
    }
    one, _ = run(tiles={"size": 32})
    other, _ = run(tiles={"size": 32}, **separate)
    assert list(one) == list(other) and len(one) == 4
    for name in one:
        assert one[name].before.data == other[name].before.data
        assert one[name].after.data == other[name].after.data
    swapped, _ = run(
        tiles={"size": 32},
        **{**separate, "before": {"separate": ["before/B02.tif", "before/B03.tif", "before/B04.tif"]}},
    )
    np.testing.assert_array_equal(
        decode_rgb(swapped["scene_r0_c0"].before.data), decode_rgb(one["scene_r0_c0"].before.data)[:, :, ::-1]
    )


def test_separate_files_make_mosaics_and_stand_for_many_places(tif, run):
    for place in ("x", "y"):
        for band in ("r", "g", "b"):
            tif(f"{place}/{band}_1.tif", ramp(32, 32, bands=1)[0])
            tif(f"{place}/{band}_2.tif", ramp(32, 32, bands=1)[0], at=(ORIGIN[0] + 64, ORIGIN[1]))
    separate = {"separate": [f"{{name}}/{band}_?.tif" for band in ("r", "g", "b")]}
    with pytest.raises(UserError, match="no file matches"):
        run(before={"separate": ["{name}/z_1.tif"] * 3}, after=separate, tiles={"size": 32})
    named = {"separate": [[f"{{name}}/{band}_1.tif", f"{{name}}/{band}_2.tif"] for band in ("r", "g", "b")]}
    pairs, errors = run(before=named, after=separate, tiles={"size": 32})
    assert not errors
    assert list(pairs) == ["x_r0_c0", "x_r0_c1", "y_r0_c0", "y_r0_c1"]


@pytest.mark.parametrize(
    ("scene", "told"),
    [
        ({"separate": ["a.tif", "b.tif", "c.tif"], "files": "d.tif"}, "one of files and separate"),
        ({}, "one of files and separate"),
        ({"separate": ["a.tif", "b.tif", "c.tif"], "bands": [1, 2, 3]}, "bands goes with files"),
        ({"separate": ["a.tif", "b.tif", "c.tif"], "clouds": {"band": 1}}, "give clouds.file"),
        ({"separate": ["../a.tif", "b.tif", "c.tif"]}, "must lie inside"),
    ],
)
def test_mistakes_in_separate_files(scene, told):
    with pytest.raises(ValidationError, match=told):
        SOURCE.options(before=scene)


def test_separate_files_have_one_band_each_and_are_equally_many(tif, run):
    tif("rgb.tif", ramp(32, 32))
    tif("a.tif", ramp(32, 32, bands=1)[0])
    with pytest.raises(UserError, match=r"rgb.tif has 3 bands"):
        run(before={"separate": ["rgb.tif", "a.tif", "a.tif"]}, after="rgb.tif")
    with pytest.raises(UserError, match="has 2, 1, 1 files of red, green and blue"):
        run(before={"separate": [["a.tif", "rgb.tif"], "a.tif", "a.tif"]}, after="rgb.tif")


GRID = {"ratio": {"train": 0.5, "test": 0.5}, "cell_px": 64}


def test_tiles_of_a_place_are_shared_out_by_cells(towns, tmp_path):
    towns()
    options = SOURCE.options(**{**OPTIONS, "after": "{name}/t2.tif"}, split=GRID)
    keys = SOURCE.index(tmp_path, options)
    assert len(keys) == 18
    by_cell = {}
    for key in keys:
        town, row, column = key.pair_id.split("/")[2].rsplit("_", 2)
        by_cell.setdefault((town, int(row[1:]) // 2, int(column[1:]) // 2), set()).add(key.split)
        assert key.pair_id.split("/")[1] == key.split
    assert all(len(splits) == 1 for splits in by_cell.values()) and {*map(len, by_cell.values())} == {1}
    assert {key.split for key in keys} == {"train", "test"}
    pair = SOURCE.load(tmp_path, keys[7], options)
    expected = (ramp(64, 96) + np.uint8(TOWNS.index(keys[7].extra["place"])))[:, :32, 32:64]
    assert pair.split == keys[7].split and keys[7].pair_id.endswith("_r0_c1")
    np.testing.assert_array_equal(decode_rgb(pair.before.data), expected.transpose(1, 2, 0))
    (note,) = SOURCE.notes(tmp_path, options)
    assert "cells of 64 px whole" in note


def test_one_scene_is_shared_out_in_rings(towns, tmp_path):
    towns()
    values = {
        key: str(value).replace("{name}", "bonn") if "{" in str(value) else value for key, value in OPTIONS.items()
    }
    values |= {"before": "bonn/t1.tif", "after": "bonn/t2.tif", "change_mask": "masks/bonn.tif", "tiles": {"size": 16}}
    values["classes"] = {"building": 1}
    options = SOURCE.options(**values, split={"ratio": {"train": 2, "val": 1, "test": 1}, "rings": True})
    splits = {key.pair_id.split("/")[2]: key.split for key in SOURCE.index(tmp_path, options)}
    assert len(splits) == 24
    outside = {name for name in splits if name[-5:-3] in ("r0", "r3") or name.endswith(("c0", "c5"))}
    assert {splits[name] for name in outside} == {"train"}
    assert set(splits.values()) == {"train", "test"} or set(splits.values()) == {"train", "val", "test"}
