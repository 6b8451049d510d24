"""Real scenes through the command line: build, validate, stats, preview, export."""

import json
import shutil

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.warp import Resampling, reproject, transform_bounds

from rsica_data.dataset.opening import open_dataset
from rsica_data.imagery.images import decode_mask, decode_rgb

from .conftest import ground

TASKS = ["captioning", "classification", "counting", "localization", "open_qa", "dialogue"]
TAIZHOU = {
    "before": "2000TM",
    "after": "2003TM",
    "name": "taizhou",
    "bands": "landsat-tm",
    "stretch": "percentile",
    "change_mask": "change.bmp",
    "unchanged_mask": "unchanged.bmp",
    "classes": {"change": 255},
    "coregister": "check",
    "tiles": {"size": 200},
    "before_date": "2000-03-17",
    "after_date": "2003-02-06",
}


def build(rsica_data, recipe, folder, out, *words):
    found = rsica_data("build", recipe, "--input", folder, "--out", out, "--workers", 1, "--json", *words)
    assert found.status == 0, found.err
    return found.json["counts"]


def whole(dataset, role, rows, columns):
    """The tiles of a dataset put together again."""
    parts = [decode_mask(getattr(pair, role).data) for pair in dataset.pairs()]
    return np.vstack([np.hstack(parts[row * columns : (row + 1) * columns]) for row in range(rows)])


def test_taizhou_all_the_way(rsica_data, write_recipe, real_data, tmp_path):
    """Landsat TM 2000 and 2003, ENVI, with a change mask and a mask of what is known to be unchanged."""
    folder, out = real_data / "landsat_taizhou", tmp_path / "taizhou"
    recipe = write_recipe(source="geotiff", options=TAIZHOU, tasks=TASKS)
    counts = build(rsica_data, recipe, folder, out)
    assert (counts["pairs"], counts["rejected"], counts["not_offered"]) == ({"test": 4}, {}, {})
    dataset = open_dataset(out)
    changed, same = (np.asarray(Image.open(folder / name)) for name in ("change.bmp", "unchanged.bmp"))
    truth = np.where(changed > 0, 1, np.where(same > 0, 0, 255))
    assert np.array_equal(whole(dataset, "change_mask", 2, 2), truth)
    assert int((truth == 1).sum()) == 4227
    pair = next(iter(dataset.pairs()))
    assert (pair.crs, pair.gsd_m, pair.transform[:3]) == ("EPSG:32651", 30.0, (30.0, 0.0, 203325.0))
    assert (pair.before_date, pair.after_date, pair.ignore_id) == ("2000-03-17", "2003-02-06", 255)
    shift = pair.attributes["coregistration"]
    assert np.hypot(shift["dx"], shift["dy"]) < 0.5
    # Area shares are of the labelled pixels alone.
    area = sum(entry.area_px for p in dataset.pairs() for entry in p.facts.classes)
    assert area == 4227
    assert rsica_data("validate", out).status == 0
    assert rsica_data("stats", out, "--json").json["splits"]["test"]["pairs"] == 4
    assert rsica_data("preview", out, "--html", tmp_path / "page.html").status == 0
    assert rsica_data("export", out, "--format", "geojson", "--to", tmp_path / "map").status == 0
    features = json.loads((tmp_path / "map/objects.geojson").read_text())["features"]
    assert len(features) == sum(len(p.facts.objects) for p in dataset.pairs())
    assert sum(f["properties"]["area_m2"] for f in features) == 4227 * 900
    longitudes = [x for f in features for x, _ in np.array(flat(f["geometry"]["coordinates"])).reshape(-1, 2)]
    assert 119.8 < min(longitudes) < max(longitudes) < 120.0


def flat(coordinates):
    return [value for part in coordinates for value in (flat(part) if isinstance(part, list) else [part])]


def test_two_workers_and_a_restart_give_the_same_bytes(rsica_data, write_recipe, real_data, tmp_path):
    folder = real_data / "landsat_taizhou"
    recipe = write_recipe(
        source="geotiff", options=TAIZHOU | {"tiles": {"size": 100}}, tasks=["counting"], build={"shard_pairs": 5}
    )
    hashes = set()
    for number, workers in enumerate((1, 2)):
        out = tmp_path / str(number)
        found = rsica_data("build", recipe, "--input", folder, "--out", out, "--workers", workers, "--json")
        assert found.status == 0
        hashes.add(open_dataset(out).hash)
    assert len(hashes) == 1


def test_taizhou_moved_to_another_grid_and_back(rsica_data, write_recipe, real_data, tmp_path):
    """The scene after in UTM 50N at 25 m, as 16 bits, from a copy made by rasterio: the source brings it back."""
    folder, input_ = real_data / "landsat_taizhou", tmp_path / "in"
    input_.mkdir()
    for name in ("2000TM", "2000TM.hdr", "change.bmp", "unchanged.bmp"):
        shutil.copy(folder / name, input_)
    with rasterio.open(folder / "2003TM") as opened:
        left, _, _, top = transform_bounds(opened.crs, "EPSG:32650", *opened.bounds)
        place = rasterio.Affine(25, 0, left - 90, 0, -25, top + 70)
        moved = np.zeros((6, 700, 700), np.uint16)
        reproject(opened.read().astype(np.uint16) * 10, moved, src_transform=opened.transform, src_crs=opened.crs,
                  dst_transform=place, dst_crs="EPSG:32650", resampling=Resampling.cubic, dst_nodata=0)  # fmt: skip
    with rasterio.open(input_ / "after.tif", "w", driver="GTiff", count=6, width=700, height=700, dtype="uint16",
                       crs="EPSG:32650", transform=place, nodata=0, compress="deflate", tiled=True) as out:  # fmt: skip
        out.write(moved)
    images = []
    for after, extra in (("after.tif", {}), (str(folder / "2003TM"), {})):
        options = TAIZHOU | {"after": "after.tif", "resampling": "cubic"} | extra
        if after != "after.tif":
            options, input_ = TAIZHOU, folder
        out = tmp_path / f"out-{len(images)}"
        counts = build(rsica_data, write_recipe(source="geotiff", options=options, tasks=["counting"]), input_, out)
        assert counts["pairs"] == {"test": 4}
        images.append(np.vstack([decode_rgb(pair.after.data) for pair in open_dataset(out).pairs()]).astype(float))
    # Resampled twice: not the same, but the same picture, and nowhere off by a pixel.
    assert np.abs(images[0] - images[1]).mean() < 12
    assert np.corrcoef(images[0].ravel(), images[1].ravel())[0, 1] > 0.95


def test_atlanta_polygons_equal_the_mask_that_another_tool_made(rsica_data, write_recipe, real_data, tmp_path):
    options = {
        "before": "sample_geotiff.tif",
        "after": "sample_geotiff.tif",
        "name": "atlanta",
        "before_labels": "sample_fp_mask_from_geojson.tif",
        "after_map": "geotiff_labels.geojson",
        "classes": {"building": 255},
        "map_class": "building",
        "tiles": {"size": 450},
    }
    recipe = write_recipe(source="geotiff", options=options, tasks=["classification"])
    build(rsica_data, recipe, real_data / "spacenet_atlanta", tmp_path / "out")
    dataset = open_dataset(tmp_path / "out")
    ours, theirs = (whole(dataset, role, 2, 2) for role in ("after_labels", "before_labels"))
    assert (ours == 1).sum() == 33818
    assert np.array_equal(ours, theirs)
    assert {pair.gsd_m for pair in dataset.pairs()} == {0.5}


@pytest.mark.usefixtures("pairs_alone")
def test_rgb_byte_against_the_copy_with_a_hand_written_crs(rsica_data, write_recipe, real_data, tmp_path):
    """UTM 18N spelled in two ways: one ground, and the pixels of the second are read as they stand."""
    options = {"before": "RGB.byte.tif", "after": "RGB2.byte.tif", "tiles": {"size": 256}}
    recipe = write_recipe(source="geotiff", options=options, tasks=["classification"])
    out = tmp_path / "out"
    found = rsica_data("build", recipe, "--input", real_data / "geotiff", "--out", out, "--workers", 1, "--json")
    # No mask: no question can be asked, but the pairs are there.
    assert found.status == 0
    assert found.json["counts"]["not_offered"]
    pairs = list(open_dataset(out).pairs())
    assert sum(found.json["counts"]["pairs"].values()) + sum(found.json["counts"]["not_offered"].values()) == 6
    for pair in pairs:
        valid = decode_rgb(pair.before.data).any(axis=2)
        assert valid.mean() == pytest.approx(pair.attributes["valid_share"], abs=0.01)
        assert np.array_equal(decode_rgb(pair.before.data)[valid], decode_rgb(pair.after.data)[valid])


@pytest.mark.usefixtures("pairs_alone")
def test_a_corrupt_scene_sets_its_tiles_aside(rsica_data, write_recipe, real_data, tmp_path):
    options = {"before": "corrupt.tif", "after": "corrupt.tif", "tiles": {"size": 512}}
    recipe = write_recipe(source="geotiff", options=options, tasks=["classification"])
    out = tmp_path / "out"
    found = rsica_data("build", recipe, "--input", real_data / "geotiff", "--out", out, "--workers", 1)
    rows = (out / "rejected.jsonl").read_text() if (out / "rejected.jsonl").is_file() else found.err
    assert "corrupt.tif: window" in rows
    assert "Traceback" not in found.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"before": "float_nan.tif", "after": "RGB.byte.tif"}, "float_nan.tif has no CRS"),
        ({"before": "RGB.byte.tif", "after": "RGBA.uint16.tif"}, "the scenes do not overlap"),
        ({"before": "RGB.byte.tif", "after": "RGB2.byte.tif", "bands": [4, 2, 1]}, "band 4 is asked for"),
        ({"before": "RGB.byte.tif", "after": "RGB2.byte.tif", "tiles": {"size": 2000}}, "smaller than a tile"),
    ],
)
def test_wrong_real_input_is_one_line(rsica_data, write_recipe, real_data, tmp_path, options, words):
    recipe = write_recipe(source="geotiff", options=options, tasks=["classification"])
    found = rsica_data("build", recipe, "--input", real_data / "geotiff", "--out", tmp_path / "out")
    assert found.status == 2
    assert words in found.err
    assert found.err.count("\n") == 1


@pytest.mark.usefixtures("pairs_alone")
def test_transparent_pixels_have_no_data(rsica_data, write_recipe, real_data, tmp_path):
    """16-bit RGBA, white all over, its shape in the alpha band alone."""
    options = {"before": "RGBA.uint16.tif", "after": "RGBA.uint16.tif", "tiles": {"size": 128, "min_valid": 0.2}}
    recipe = write_recipe(source="geotiff", options=options, tasks=["classification"])
    counts = build(rsica_data, recipe, real_data / "geotiff", tmp_path / "out")
    assert counts["not_offered"] == {"too-few-valid": 3}
    assert counts["pairs"] == {"test": 9}


def made_scene(path, seed, bounds, crs="EPSG:3067", gsd=2.0):
    """A scene that the project draws, over real ground."""
    left, bottom, right, top = bounds
    width, height = int((right - left) / gsd), int((top - bottom) / gsd)
    profile = {"driver": "GTiff", "count": 3, "width": width, "height": height, "dtype": "uint8", "crs": crs,
               "transform": rasterio.Affine(gsd, 0, left, 0, -gsd, top)}  # fmt: skip
    with rasterio.open(path, "w", **profile) as out:
        out.write(ground(height, width, seed))


def test_the_recipe_geotiff_mask(rsica_data, real_data, tmp_path):
    """Taizhou under the names that the shipped recipe expects."""
    input_ = tmp_path / "in"
    input_.mkdir()
    for name, source in (("before", "2000TM"), ("after", "2003TM")):
        with rasterio.open(real_data / "landsat_taizhou" / source) as opened:
            profile = opened.profile | {"driver": "GTiff", "count": 3}
            with rasterio.open(input_ / f"{name}.tif", "w", **profile) as out:
                out.write(opened.read([3, 2, 1]))
    shutil.copy(real_data / "landsat_taizhou/change.bmp", input_ / "change.tif")
    counts = build(rsica_data, "geotiff-mask", input_, tmp_path / "out")
    # 400 pixels in tiles of 256, the last shifted back.
    assert counts["pairs"] == {"test": 4}
    assert counts["instructions"]["test"]["counting"] == 4
    assert rsica_data("validate", tmp_path / "out").status == 0


def test_the_recipe_geotiff_osm(rsica_data, real_data, tmp_path):
    """A real extract of Helsinki at both dates: the same map, so nothing changed, and all of it is drawn."""
    input_ = tmp_path / "in"
    input_.mkdir()
    bounds = (385700, 6672000, 386300, 6672600)
    for seed, name in enumerate(("before", "after")):
        made_scene(input_ / f"{name}.tif", seed, bounds)
    for name in ("before", "after"):
        shutil.copy(real_data / "osm/Helsinki.osm.pbf", input_ / f"{name}.osm.pbf")
    counts = build(rsica_data, "geotiff-osm", input_, tmp_path / "out")
    assert counts["pairs"] == {"test": 4}
    assert counts["changed"] == {"test": 0}
    cover = {"road": 0, "building": 0}
    for pair in open_dataset(tmp_path / "out").pairs():
        for entry in pair.facts.cover:
            cover[entry.name] += entry.after_px
    assert cover["building"] > 10_000
    assert cover["road"] > 10_000
