"""The source `osm-two-dates`: pairs with label maps, changed objects with tags and confidence; single images."""

import json
import shutil

import numpy as np
import pytest

from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.reader import read_pairs
from rsica_data.imagery.images import decode_mask
from rsica_data.imagery.masks import decode_values
from rsica_data.schema import scene_from_json

from .conftest import GRID, MapWriter, write_image


@pytest.fixture
def folder(scene, tmp_path):
    """The scene of the commands' tests as an input folder."""
    root = tmp_path / "input"
    for side, image in (("before", "t1"), ("after", "t2")):
        (root / side).mkdir(parents=True)
        shutil.copy(scene[image], root / side / "town.tif")
    shutil.copy(scene["m1"], root / "before.osm")
    shutil.copy(scene["m2"], root / "after.osm")
    return root


OPTIONS = {
    "before_map": "before.osm", "after_map": "after.osm", "before_date": "2015-06-01", "after_date": "2020-06-01",
    "split": "train",
}  # fmt: skip


def recipe(tmp_path, options, tasks):
    path = tmp_path / "recipe.yaml"
    source = {"name": "osm-two-dates", "options": options}
    path.write_text(json.dumps({"name": "r", "source": source, "tasks": tasks}))
    return path


def build(rsica_data, tmp_path, root, options, tasks=None, out="out"):
    tasks = tasks or {"captioning": {}, "counting": {}, "open_qa": {}}
    path = recipe(tmp_path, OPTIONS | options, tasks)
    done = rsica_data("build", path, "--input", root, "--out", tmp_path / out, "--workers", 1, "--json")
    return done, tmp_path / out


def pairs_of(out):
    return [pair for shard in open_dataset(out).shards() for pair in read_pairs(shard.pairs)]


def test_pair_with_tags_and_confidence(rsica_data, folder, tmp_path):
    done, out = build(rsica_data, tmp_path, folder, {})
    assert done.status == 0, done.err
    (pair,) = pairs_of(out)
    assert (pair.pair_id, pair.crs, pair.before_date) == ("osm-two-dates/train/town", "EPSG:32632", "2015-06-01")
    assert pair.changed and pair.gsd_m == pytest.approx(1, abs=0.001)
    by_box = {item.box: item for item in pair.facts.objects}
    depot, gone = by_box[(10, 10, 30, 30)], by_box[(60, 60, 80, 70)]
    assert depot.tags == {"building": "warehouse", "name": "Depot", "start_date": "2018"} and depot.confidence > 0.9
    assert gone.tags == {"demolished:building": "yes", "was:building": "yes"} and gone.confidence > 0.9
    scene = scene_from_json(pair.attributes["map"])
    assert {change.name: change.believed for change in scene.changes} == {"way/2": True, "way/3": True, "way/4": False}
    assert [item.name for item in scene.before] == ["way/1", "way/2", "way/4"]  # 4 was there before the first image
    assert [item.name for item in scene.after] == ["way/1", "way/3", "way/4"]
    area = {item.name: item.area_m2 for item in scene.after}
    assert area["way/3"] == pytest.approx(400, abs=1) and area["way/1"] == pytest.approx(1000, rel=0.01)
    before, after = (decode_mask(image.data) for image in (pair.before_labels, pair.after_labels))
    assert (before == 2).sum() == 500 and (after == 2).sum() == 700
    assert rsica_data("validate", out).status == 0


def test_threshold_and_unsure_changes(rsica_data, folder, tmp_path):
    _, out = build(rsica_data, tmp_path, folder, {"threshold": 0.0}, out="all")
    (pair,) = pairs_of(out)
    assert len(pair.facts.objects) == 3
    _, out = build(rsica_data, tmp_path, folder, {"threshold": 1.0, "unsure_from": 0.5}, out="none")
    (pair,) = pairs_of(out)
    assert not pair.facts.objects and not pair.changed
    ignored = decode_mask(pair.change_mask.data) == 255
    assert ignored.sum() == 600 and (decode_mask(pair.after_labels.data)[ignored] == 255).all()


def test_prior_map_as_a_further_image(rsica_data, folder, tmp_path):
    _, out = build(rsica_data, tmp_path, folder, {"prior_map": True})
    (pair,) = pairs_of(out)
    (extra,) = pair.extra_images
    assert (extra.role, extra.date) == ("prior_map", "2015-06-01")
    assert np.array_equal(decode_mask(extra.image.data), decode_mask(pair.before_labels.data))


def test_tiles_lie_where_they_lie(rsica_data, folder, tmp_path):
    done, out = build(rsica_data, tmp_path, folder, {"tile": 50, "image_evidence": False})
    assert done.status == 0, done.err
    pairs = {pair.pair_id.rpartition("/")[2]: pair for pair in pairs_of(out)}
    assert sorted(pairs) == ["town_0_0", "town_0_50", "town_50_0", "town_50_50"]
    assert pairs["town_50_50"].transform == (1.0, 0.0, 448_050.0, 0.0, -1.0, 5_534_950.0)
    boxes = {name: [item.box for item in pair.facts.objects] for name, pair in pairs.items()}
    assert boxes["town_0_0"] == [(10, 10, 30, 30)] and boxes["town_50_50"] == [(10, 10, 30, 20)]
    assert boxes["town_0_50"] == boxes["town_50_0"] == []


def test_history_file_in_place_of_two_maps(rsica_data, folder, tmp_path):
    osm = MapWriter()
    osm.box(1, 60, 60, 80, 70, {"building": "yes"}, timestamp="2010-01-01T00:00:00Z")
    osm.box(2, 10, 10, 30, 30, {"building": "yes"}, timestamp="2018-01-01T00:00:00Z")
    osm.save(folder / "town.osh")
    options = {"before_map": "town.osh", "after_map": None, "map_dates": ["2015-06-01", "2020-06-01"]}
    done, out = build(rsica_data, tmp_path, folder, options)
    assert done.status == 0, done.err
    (pair,) = pairs_of(out)
    assert [item.box for item in pair.facts.objects] == [(10, 10, 30, 30)]


def test_same_bytes_with_any_number_of_workers(rsica_data, folder, tmp_path):
    path = recipe(tmp_path, OPTIONS | {"tile": 50}, {"counting": {}})
    for workers in (1, 2):
        done = rsica_data("build", path, "--input", folder, "--out", tmp_path / str(workers), "--workers", workers)
        assert done.status == 0, done.err
    one, other = (
        {p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*.parquet")} for n in ("1", "2")
    )
    assert one == other and one


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"after_map": "missing.osm"}, "no such map file"),
        ({"after_map": None}, "two dates need after_map, or map_dates of a history file"),
        ({"map_dates": ["2020", "2015"]}, "map_dates: the earlier date comes first"),
        ({"before": "../elsewhere"}, "should be paths inside the input folder"),
        ({"stretch": [3, 3]}, "stretch: the lower value comes first"),
        ({"threshold": 0.2, "unsure_from": 0.4}, "unsure_from should not be above threshold"),
        ({"before": "nothing", "after": "none"}, "not in the layout of 'osm-two-dates'"),
        ({"scheme": "sekond"}, "no scheme 'sekond' (did you mean 'second'?)"),
        ({"after_map": "far.osm"}, "covers 0.0%"),
    ],
)
def test_wrong_options_are_one_line(change, message, rsica_data, folder, tmp_path):
    far = MapWriter()
    far.box(1, 0, 0, 9, 9, {"building": "yes"})
    bounds = GRID.bounds
    text = f'<bounds minlat="{bounds.north - 1e-6}" minlon="{bounds.east - 1e-6}" maxlat="60" maxlon="20"/>'
    far.save(folder / "far.osm", bounds=text)
    done, _ = build(rsica_data, tmp_path, folder, change)
    assert done.status == 2 and message in done.err, done.err
    assert len(done.err.strip().splitlines()) == 1


def test_bad_images_are_set_aside_with_the_reason(rsica_data, folder, tmp_path):
    from rsica_data.imagery.images import encode_png
    from rsica_data.osm.ground_grid import Grid

    blank = np.zeros((100, 100, 3), np.uint8)
    (folder / "before" / "nowhere.png").write_bytes(encode_png(blank))
    (folder / "after" / "nowhere.png").write_bytes(encode_png(blank))
    write_image(folder / "before" / "moved.tif", blank)
    write_image(
        folder / "after" / "moved.tif", blank, Grid(GRID.crs, (1.0, 0.0, 448_003.0, 0.0, -1.0, 5_535_000.0), 100, 100)
    )
    (folder / "before" / "alone.tif").write_bytes((folder / "before" / "town.tif").read_bytes())
    done, out = build(rsica_data, tmp_path, folder, {})
    assert done.status == 0, done.err
    rows = [json.loads(line) for line in (out / "rejected.jsonl").read_text().splitlines()]
    reasons = {row["pair_id"].rpartition("/")[2]: row["reason"] for row in rows}
    assert reasons == {"alone": "missing-file", "moved": "wrong-crs", "nowhere": "no-crs"}


def test_deep_images_need_a_stretch(rsica_data, folder, tmp_path):
    import rasterio
    from affine import Affine

    values = np.linspace(0, 4000, 10_000).reshape(1, 100, 100).astype(np.uint16)
    profile = {"driver": "GTiff", "height": 100, "width": 100, "count": 1, "dtype": "uint16", "crs": GRID.crs}
    for side in ("before", "after"):
        with rasterio.open(folder / side / "town.tif", "w", transform=Affine(*GRID.transform), **profile) as out:
            out.write(values)
    done, _ = build(rsica_data, tmp_path, folder, {})
    assert done.status == 1 and "samples are uint16, 0..4000; give the option stretch" in done.err
    done, out = build(rsica_data, tmp_path, folder, {"stretch": [1000, 3000]}, out="stretched")
    assert done.status == 0, done.err
    (pair,) = pairs_of(out)
    pixels = decode_values(pair.before)
    assert pixels[0, 0] == 0 and pixels[99, 99] == 255 and pixels[50, 0] == pytest.approx(128, abs=1)


def test_single_images_with_one_map(rsica_data, folder, tmp_path):
    options = {"after": None, "after_map": None, "before": "after", "before_map": "after.osm", "scheme": "skyscript"}
    done, out = build(rsica_data, tmp_path, folder, options, tasks={"rsvqa": {}})
    assert done.status == 0, done.err
    (pair,) = pairs_of(out)
    assert pair.after is None and pair.facts is None
    scene = scene_from_json(pair.attributes["map"])
    assert {item.name: item.class_name for item in scene.before} == {
        "way/1": "primary road", "way/3": "warehouse", "way/4": "building",
    }  # fmt: skip
    assert rsica_data("validate", out).status == 0


def test_tiles_are_shared_out_by_cells(rsica_data, folder, tmp_path):
    for rules in ({"cell_px": 50}, {"cell_km": 0.05}):
        split = {"ratio": {"train": 0.5, "test": 0.5}, **rules}
        done, out = build(
            rsica_data, tmp_path, folder, {"tile": 25, "split": split}, out=f"cells{len(rules)}{next(iter(rules))}"
        )
        assert done.status == 0, done.err
        splits = {}
        for pair in pairs_of(out):
            y, x = (int(part) for part in pair.pair_id.rsplit("_", 2)[1:])
            splits.setdefault((y // 50, x // 50), set()).add(pair.split)
            assert pair.pair_id.split("/")[1] == pair.split
        assert {split for of in splits.values() for split in of} == {"train", "test"}
        if "cell_px" in rules:
            assert all(len(of) == 1 for of in splits.values())
        assert "cells of" in open_dataset(out).manifest["source"]["notes"][0]
