"""Splits by where pairs lie: cells assigned whole, rings as reBEN's, and what has no place."""

import json
import random
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rsica_data.core.errors import UserError
from rsica_data.geometry.degrees import EARTH_RADIUS_KM
from rsica_data.geometry.ground_cells import ground_cells, ring_depths, rings
from rsica_data.sources.folder import SOURCE as FOLDER
from rsica_data.sources.ground_splits import Footprint, given_footprint, share_out_ground
from rsica_data.sources.splits import SplitRules

RATIO = {"train": 0.6, "val": 0.2, "test": 0.2}

# Published assignment of the row of patches 45 of each Sentinel-2 tile: metadata.parquet of bigearthnet-pipeline at
# 78551a68 (CDLA-Permissive-1.0). All 480,038 patches of the file agree with the rule; their split depends on the place
# in the tile alone. Ends of runs of patches 0 to 90 along the row, and along the diagonal.
REBEN_ROW = [("train", 13), ("validation", 23), ("test", 69), ("validation", 78), ("train", 91)]
REBEN_DIAGONAL = [("train", 13), ("validation", 23), ("test", 69), ("validation", 78), ("train", 91)]


def tiles(number=20, size=64, scene="s", crs="EPSG:32633", at=(4e5, 5e6), gsd=10.0):
    """A scene of number x number tiles without overlap."""
    whole = (number * size, number * size)
    transform = (gsd, 0.0, at[0], 0.0, -gsd, at[1])
    return {
        f"{scene}_r{row:02d}_c{column:02d}": Footprint(
            scene, column * size, row * size, size, size, whole, crs, transform
        )
        for row in range(number)
        for column in range(number)
    }


def shared(footprints, **rules):
    return share_out_ground(footprints, SplitRules(ratio=RATIO, **rules))


def test_cells_are_assigned_whole_and_the_ratio_holds():
    footprints = tiles()
    found = shared(footprints, cell_px=256)
    of_cell = defaultdict(set)
    for name, split in found.splits.items():
        place = footprints[name]
        of_cell[place.y // 256, place.x // 256].add(split)
    assert len(of_cell) == 25 and all(len(splits) == 1 for splits in of_cell.values())
    assert Counter(found.splits.values()) == {"train": 240, "val": 80, "test": 80}
    assert found.note == (
        "split by ratio (train 0.6, val 0.2, test 0.2), seed 0, cells of 256 px whole (train 15, val 5, test 5): "
        "pairs: train 240, val 80, test 80"
    )
    mixed = dict(random.Random(1).sample(list(footprints.items()), len(footprints)))
    assert shared(mixed, cell_px=256).splits == found.splits
    assert shared(footprints, cell_px=256, seed=1).splits != found.splits


def test_cells_in_kilometres_are_those_of_the_ground_whatever_the_reference_system():
    pytest.importorskip("pyproj")
    from pyproj import Transformer

    here = tiles(12)
    to_mercator = Transformer.from_crs("EPSG:32633", "EPSG:3857", always_xy=True)
    there = {}
    for name, place in here.items():
        a, _, c, _, e, f = place.transform
        left, top = to_mercator.transform(c + a * place.x, f + e * place.y)
        right, bottom = to_mercator.transform(c + a * (place.x + 64), f + e * (place.y + 64))
        transform = ((right - left) / 64, 0.0, left, 0.0, (bottom - top) / 64, top)
        there[f"again_{name}"] = Footprint(f"again_{name}", 0, 0, 64, 64, (64, 64), "EPSG:3857", transform)
    found = shared(here | there, cell_km=2).splits
    assert len(set(found.values())) == 3
    differing = [name for name in here if found[name] != found[f"again_{name}"]]
    assert len(differing) <= 2  # a middle may lie on the edge of a cell to the last bit


@given(st.floats(-179, 178), st.floats(-84, 84), st.floats(0.5, 200))
def test_cells_of_the_ground_have_one_size_everywhere(lon, lat, cell_km):
    kilometre = 180 / (np.pi * EARTH_RADIUS_KM)
    steps = np.arange(400) * cell_km * kilometre / 100
    north = np.clip(lat + steps, -90, 90)
    rows, _ = ground_cells(np.full(400, lon), north, cell_km)
    assert len(np.unique(rows)) <= 5 and np.all(np.diff(rows) >= 0)
    rows, columns = ground_cells(lon + steps / max(np.cos(np.radians(lat)), 0.05), np.full(400, lat), cell_km)
    assert len(np.unique(rows)) == 1
    if abs(lat) < 60 and cell_km < 50:
        assert 4 <= len(np.unique(columns)) <= 6


def test_what_reaches_over_a_border_can_be_left_out():
    overlapping = {
        f"t_{row}_{column}": Footprint("t", column * 32, row * 32, 64, 64, (640, 640))
        for row in range(19)
        for column in range(19)
    }
    kept = shared(overlapping, cell_px=128, border="drop")
    split_at = {}
    for name, split in kept.splits.items():
        place = overlapping[name]
        for y in range(place.y, place.y + 64, 8):
            for x in range(place.x, place.x + 64, 8):
                assert split_at.setdefault((x, y), split) == split
    assert 0 < len(kept.splits) < len(overlapping)
    assert kept.note.endswith(f"left out, across a border: {len(overlapping) - len(kept.splits)}")
    whole = shared(tiles(), cell_px=256, border="drop")
    assert len(whole.splits) == 400  # tiles that end where a cell ends cross nothing


@pytest.mark.parametrize(("runs", "diagonal"), [(REBEN_ROW, False), (REBEN_DIAGONAL, True)])
def test_rings_are_those_of_reben(runs, diagonal):
    patch, tile = 120, 10980
    names = {"train": "train", "validation": "val", "test": "test"}
    wanted = []
    start = 0
    for split, end in runs:
        wanted += [names[split]] * (end - start)
        start = end
    footprints = {
        f"p{number:02d}": Footprint(
            "T", number * patch, (number if diagonal else 45) * patch, patch, patch, (tile, tile)
        )
        for number in range(91)
    }
    rules = SplitRules(ratio={"train": 2, "val": 1, "test": 1}, rings=True)
    assert list(share_out_ground(footprints, rules).splits.values()) == wanted


@given(st.floats(10, 1e5), st.floats(10, 1e5), st.lists(st.floats(0.1, 10), min_size=2, max_size=3))
def test_rings_have_their_shares_of_the_area(width, height, shares):
    depths = [0.0, *ring_depths(width, height, shares)]
    left = [(width - 2 * depth) * (height - 2 * depth) for depth in depths]
    areas = [one - two for one, two in zip(left, [*left[1:], 0.0], strict=True)]
    assert np.allclose(areas, np.array(shares) / sum(shares) * width * height)


def test_rings_by_hand():
    places = np.array([[5.0, 50.0], [20.0, 50.0], [50.0, 50.0], [50.0, 95.0]])
    size = np.full(4, 100.0)
    assert rings(places[:, 0], places[:, 1], size, size, [2, 1, 1]).tolist() == [0, 1, 2, 0]


def test_pairs_without_a_place_are_told():
    with pytest.raises(UserError, match="'a' has no georeference, which cells of 5 km need"):
        shared({"a": Footprint("a", 0, 0, 8, 8, (8, 8))}, cell_km=5)


def test_options_that_do_not_go_together():
    for rules, told in (
        ({"ratio": RATIO, "cell_km": 1, "cell_px": 2}, "has cell_km and cell_px"),
        ({"ratio": RATIO, "rings": True, "group": "a"}, "has group and rings"),
        ({"lists": {"test": "a.txt"}, "cell_km": 1}, "cell_km goes with ratio"),
        ({"ratio": RATIO, "border": "drop"}, "border goes with"),
        ({"ratio": RATIO, "cell_km": 0}, "greater than 0"),
    ):
        with pytest.raises(ValidationError, match=told):
            SplitRules(**rules)


def test_recipes_without_them_keep_their_hash():
    assert SplitRules(ratio=RATIO).model_dump(mode="json").keys() == {
        "ratio", "groups", "lists", "group", "group_attribute", "seed",
    }  # fmt: skip
    rules = SplitRules(ratio=RATIO, cell_km=5.0, border="drop")
    assert SplitRules.model_validate(rules.model_dump(mode="json")) == rules


def test_attributes_tell_where_a_pair_lies():
    place = given_footprint("a", {"bounds": [13, 45, 13.1, 45.2]})
    assert place.crs == "EPSG:4326" and place.transform[2] == 13 and place.transform[5] == 45.2
    assert given_footprint("a", {"lon": "13.5", "lat": "45"}).transform[2] == 13.5
    assert given_footprint("a", {"city": "bonn"}) is None
    for wrong in ({"bounds": [13, 45]}, {"bounds": "x"}, {"lon": "200", "lat": "0"}, {"lon": "east", "lat": "0"}):
        with pytest.raises(UserError, match="'a'"):
            given_footprint("a", wrong)


def test_levir_cd_tiles_by_their_published_corners(real_data, tmp_path):
    """PNG files of a folder, with the corners as attributes: tiles of one cell stay together."""
    corners = json.loads((real_data / "levir_cd_coordinates/LEVIR_CD_name_coords.json").read_text())
    attributes = {}
    for file, (west, north, east, south) in corners.items():
        name = file.removesuffix(".png")
        attributes[name] = {"bounds": [west, south, east, north]}
        for side in ("A", "B"):
            (tmp_path / side).mkdir(exist_ok=True)
            (tmp_path / side / file).write_bytes(b"")
    (tmp_path / "places.json").write_text(json.dumps(attributes))
    split = {"ratio": {"train": 0.7, "val": 0.1, "test": 0.2}, "cell_km": 5}
    options = FOLDER.options(split=split, pair_attributes="places.json")
    keys = FOLDER.index(tmp_path, options)
    assert len(keys) == 637
    assert [key.split for key in FOLDER.index(tmp_path, options)] == [key.split for key in keys]
    shares = Counter(key.split for key in keys)
    assert shares["train"] == pytest.approx(0.7 * 637, abs=25) and shares["test"] == pytest.approx(0.2 * 637, abs=25)
    names = {key.pair_id.split("/")[2]: key.split for key in keys}
    middles = {
        n: [(a["bounds"][0] + a["bounds"][2]) / 2, (a["bounds"][1] + a["bounds"][3]) / 2] for n, a in attributes.items()
    }
    rows, columns = ground_cells(*np.array(list(middles.values())).T, 5)
    by_cell = defaultdict(set)
    for name, row, column in zip(middles, rows, columns, strict=True):
        by_cell[row, column].add(names[name])
    assert all(len(splits) == 1 for splits in by_cell.values()) and len(by_cell) > 20
    (note,) = FOLDER.notes(tmp_path, options)
    assert "cells of 5 km whole" in note


@pytest.fixture
def placed_files(tmp_path):
    """A folder of twelve TIFF pairs, a kilometre apart, and label masks."""
    rasterio = pytest.importorskip("rasterio")

    for number in range(12):
        for side in ("A", "B", "label"):
            (tmp_path / side).mkdir(exist_ok=True)
            place = rasterio.Affine(2, 0, 4e5 + 1000 * number, 0, -2, 5e6)
            shape = {"count": 1 if side == "label" else 3, "height": 32, "width": 32, "dtype": "uint8"}
            with rasterio.open(
                tmp_path / side / f"p{number:02d}.tif", "w", driver="GTiff", crs="EPSG:32633", transform=place, **shape
            ) as file:
                pixels = np.random.default_rng(number).integers(0, 256, (shape["count"], 32, 32), np.uint8)
                file.write(np.zeros_like(pixels) if side == "label" else pixels)
    return tmp_path


FOLDER_FILES = {
    "before": "A/{name}.tif",
    "after": "B/{name}.tif",
    "change_mask": "label/{name}.tif",
    "classes": {"road": 255},
}


def test_a_folder_of_tiffs_is_split_by_their_headers_and_built(placed_files, rsica_data, write_recipe):
    split = {"ratio": {"train": 0.5, "test": 0.5}, "cell_km": 3}
    recipe = write_recipe(source="folder", options={**FOLDER_FILES, "split": split}, tasks=["classification"])
    done = rsica_data(
        "build", recipe, "--input", placed_files, "--out", placed_files / "out", "--workers", "1", "--json"
    )
    assert done.status == 0, done.err
    counts = done.json["counts"]["pairs"]
    assert set(counts) == {"train", "test"} and sum(counts.values()) == 12
    manifest = json.loads((placed_files / "out/manifest.json").read_text())
    assert "cells of 3 km whole" in manifest["source"]["notes"][0]


def test_a_file_without_a_place_is_named(placed_files):
    cv2 = pytest.importorskip("cv2")
    cv2.imwrite(str(placed_files / "A/p03.tif"), np.zeros((32, 32, 3), np.uint8))
    rules = {"ratio": {"train": 0.5, "test": 0.5}, "cell_km": 3}
    with pytest.raises(UserError, match="'p03' has no georeference"):
        FOLDER.index(placed_files, FOLDER.options(**FOLDER_FILES, split=rules))
    (placed_files / "A/p04.tif").write_bytes(b"II*\0")
    with pytest.raises(UserError, match="p04"):
        FOLDER.index(placed_files, FOLDER.options(**FOLDER_FILES, split=rules))
