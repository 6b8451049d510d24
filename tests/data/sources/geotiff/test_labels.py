"""Masks, label maps, maps and polygons on the grid; and what is refused."""

import json

import numpy as np
import pytest
import rasterio
from pydantic import ValidationError
from rasterio.warp import transform

from rsica_data.core.errors import UserError
from rsica_data.sources.geotiff import SOURCE

from .conftest import ORIGIN, UTM, ramp

TILE = {"tiles": {"size": 64}}


@pytest.fixture
def scenes(tif):
    tif("before.tif", ramp(64, 128) + 1)
    tif("after.tif", ramp(64, 128) + 1)


def test_a_mask_on_its_own_grid_is_taken_by_nearest_neighbour(tif, run, scenes):
    coarse = np.zeros((20, 40), np.uint8)
    coarse[5, 7] = 255
    tif("mask.tif", coarse, gsd=8.0, at=(ORIGIN[0] - 16, ORIGIN[1] + 16))
    pairs, errors = run(change_mask="mask.tif", classes={"building": 255}, **TILE)
    assert not errors
    mask = pairs["scene_r0_c0"].change_mask
    # Pixel (7, 5) of 8 m, from (-16, 16): 40..48 m to the east, 24..32 m down, in pixels of 2 m.
    assert np.argwhere(mask).min(0).tolist() == [12, 20]
    assert np.argwhere(mask).max(0).tolist() == [15, 23]
    assert set(np.unique(mask)) == {0, 1}


def test_labels_of_two_dates_with_a_class_map_for_each(tif, run, scenes):
    before, after = np.full((64, 128), 10, np.uint8), np.full((64, 128), 10, np.uint8)
    after[:, 32:] = 20
    before[0, 0] = 99
    tif("t1.tif", before)
    tif("t2.tif", after)
    pairs, _ = run(
        before_labels="t1.tif",
        after_labels="t2.tif",
        classes={"field": 10, "town": 20},
        ignore=99,
        background=[],
        **TILE,
    )
    pair = pairs["scene_r0_c0"]
    assert (pair.before_labels[0, :2] == [255, 1]).all()
    assert (pair.after_labels[5, 30:34] == [1, 1, 2, 2]).all()
    assert [(item.id, item.name) for item in pair.classes] == [(1, "field"), (2, "town")]


def test_colours_and_palettes(tif, run, scenes, tmp_path):
    coloured = np.zeros((3, 64, 128), np.uint8)
    coloured[0, :10] = 200
    tif("colour.tif", coloured)
    found, _ = run(change_mask="colour.tif", classes={"red": [[200, 0, 0]]}, **TILE)
    assert found["scene_r0_c0"].change_mask.sum() == 640
    with rasterio.open(tif("palette.tif", (coloured[0] > 0).astype(np.uint8)), "r+") as opened:
        opened.write_colormap(1, {0: (0, 0, 0), 1: (200, 0, 0)})
    for options in ({"classes": {"red": [[200, 0, 0]]}}, {"classes": {"red": 1}, "palette": "indices"}):
        found, errors = run(change_mask="palette.tif", **options, **TILE)
        assert not errors
        assert found["scene_r0_c0"].change_mask.sum() == 640


def test_pixels_of_neither_mask_are_unlabelled(tif, run, scenes):
    changed, unchanged = np.zeros((64, 128), np.uint8), np.zeros((64, 128), np.uint8)
    changed[:8], unchanged[8:40] = 255, 255
    # Without georeference, of the scene's size: on the scene's pixels, as masks are often published.
    tif("change.tif", changed, crs="none")
    tif("same.tif", unchanged, crs="none")
    options = {"change_mask": "change.tif", "unchanged_mask": "same.tif", "classes": {"change": 255}}
    pairs, _ = run(**options, **TILE)
    pair = pairs["scene_r0_c0"]
    assert [int((pair.change_mask[:, 0] == value).sum()) for value in (1, 0, 255)] == [8, 32, 24]
    assert pair.attributes["labelled_share"] == 0.625
    _, errors = run(**options, tiles={"size": 64, "min_labelled": 0.7})
    assert {error.reason for error in errors.values()} == {"too-few-labelled"}


def test_nodata_of_a_mask_is_background_where_the_class_map_says_so(tif, run, scenes):
    mask = np.zeros((32, 64), np.uint8)
    mask[:4] = 1
    for gsd in (4.0, 2.0):
        tif("mask.tif", np.kron(mask, np.ones((int(4 / gsd),) * 2, np.uint8)), nodata=0, gsd=gsd)
        pairs, _ = run(change_mask="mask.tif", classes={"change": 1}, **TILE)
        assert np.unique(pairs["scene_r0_c0"].change_mask).tolist() == [0, 1]
        pairs, _ = run(change_mask="mask.tif", classes={"change": 1}, background=[], **TILE)
        assert np.unique(pairs["scene_r0_c0"].change_mask).tolist() == [1, 255]


def test_masks_of_single_bits_are_0_and_255(tif, run, scenes):
    mask = np.zeros((64, 128), np.uint8)
    mask[:4] = 1
    tif("mask.tif", mask, nbits=1)
    pairs, errors = run(change_mask="mask.tif", classes={"change": 255}, **TILE)
    assert not errors
    assert pairs["scene_r0_c0"].change_mask.sum() == 256


def test_a_mask_that_does_not_cover(tif, run, scenes):
    tif("half.tif", np.ones((64, 70), np.uint8))
    options = {"change_mask": "half.tif", "classes": {"change": 1}}
    with pytest.raises(UserError, match=r"change_mask: half.tif covers 5[45].\d% of the grid of 128x64 px .*ignore"):
        run(**options, **TILE)
    pairs, errors = run(**options, outside_mask="ignore", **TILE)
    assert not errors
    assert (pairs["scene_r0_c1"].change_mask[0, [0, 5, 6, 63]] == [1, 1, 255, 255]).all()


def test_masks_without_a_place(tif, run, scenes):
    tif("odd.tif", np.ones((60, 70), np.uint8), crs="none")
    with pytest.raises(UserError, match=r"odd.tif has no CRS, and with 70x60 px not the size of a scene \(before.tif"):
        run(change_mask="odd.tif", classes={"change": 1}, **TILE)


def test_values_that_the_class_map_lacks_set_the_tile_aside(tif, run, scenes):
    mask = np.zeros((64, 128), np.uint8)
    mask[3, 100] = 7
    tif("mask.tif", mask)
    tif("deep.tif", mask.astype(np.uint16) * 100)
    pairs, errors = run(change_mask="mask.tif", classes={"change": 1}, **TILE)
    assert list(pairs) == ["scene_r0_c0"]
    assert errors["scene_r0_c1"].reason == "unknown-mask-value"
    assert "mask.tif: 1 pixels of value 7; the class map has 0, 1" in errors["scene_r0_c1"].detail
    _, errors = run(change_mask="deep.tif", classes={"change": 1}, **TILE)
    assert errors["scene_r0_c1"].reason == "mask-depth"


def square(x0, y0, x1, y1, **properties):
    """A polygon by pixels of the scene, in degrees."""
    corners = [(x0, y0), (x0, y1), (x1, y1), (x1, y0), (x0, y0)]
    xs, ys = zip(*((ORIGIN[0] + 2 * x, ORIGIN[1] - 2 * y) for x, y in corners), strict=True)
    ring = [list(point) for point in zip(*transform(UTM, "EPSG:4326", xs, ys), strict=True)]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def collection(*features):
    return json.dumps({"type": "FeatureCollection", "features": features})


def test_polygons_of_one_class(run, scenes, tmp_path):
    # The second lies over the edge of two tiles.
    (tmp_path / "new.geojson").write_text(collection(square(5, 5, 15, 12), square(60, 20, 70, 30)))
    pairs, _ = run(change_map="new.geojson", map_class="building", **TILE)
    first, second = (pairs[f"scene_r0_c{column}"].change_mask for column in range(2))
    assert int(first.sum()) == 10 * 7 + 4 * 10
    assert (first[5:12, 5:15] == 1).all()
    assert np.argwhere(second).tolist() == [[y, x] for y in range(20, 30) for x in range(6)]
    touched, _ = run(change_map="new.geojson", map_class="building", pixels="touched", **TILE)
    assert (touched["scene_r0_c0"].change_mask >= first).all()


def test_osm_tags_by_a_scheme_and_a_raster_mask_beside_it(tif, run, scenes, tmp_path):
    features = collection(square(5, 5, 15, 15, building="yes"), square(30, 0, 34, 60, **{"area:highway": "primary"}))
    (tmp_path / "t2.geojson").write_text(features)
    (tmp_path / "t1.geojson").write_text(collection(square(5, 5, 15, 15, building="yes")))
    tif("mask.tif", np.full((64, 128), 3, np.uint8))
    pairs, _ = run(
        before_map="t1.geojson", after_map={"file": "t2.geojson"}, scheme="levir-mci", change_mask="mask.tif",
        classes={"any": 3}, **TILE,
    )  # fmt: skip
    pair = pairs["scene_r0_c0"]
    assert [(item.id, item.name) for item in pair.classes] == [(1, "any"), (2, "road"), (3, "building")]
    assert (np.unique(pair.change_mask), np.unique(pair.before_labels).tolist()) == ([1], [0, 3])
    assert [int((pair.after_labels == value).sum()) for value in (2, 3)] == [240, 100]


def test_a_scheme_of_ones_own_over_columns(run, scenes, tmp_path):
    (tmp_path / "damage.yaml").write_text(
        "scheme: damage\nclasses: [destroyed]\nrules:\n  - {class: destroyed, when: {grade: destroyed}}\n"
    )
    features = collection(square(5, 5, 15, 15, grade="destroyed"), square(30, 30, 40, 40, grade="no"))
    (tmp_path / "d.geojson").write_text(features)
    pairs, _ = run(change_map="d.geojson", scheme="damage.yaml", **TILE)
    assert pairs["scene_r0_c0"].change_mask.sum() == 100


def test_maps_that_do_not_fit(run, scenes, tmp_path):
    far = square(5, 5, 15, 15)
    far["geometry"]["coordinates"][0] = [[x + 2, y] for x, y in far["geometry"]["coordinates"][0]]
    (tmp_path / "far.geojson").write_text(collection(far))
    with pytest.raises(UserError, match=r"change_map: the map .* do not overlap"):
        run(change_map="far.geojson", map_class="building", **TILE)
    swapped = square(5, 5, 15, 15)
    swapped["geometry"]["coordinates"][0] = [[y, x] for x, y in swapped["geometry"]["coordinates"][0]]
    (tmp_path / "swapped.geojson").write_text(collection(swapped))
    with pytest.raises(UserError, match=r"change_map: latitude and longitude are swapped"):
        run(change_map="swapped.geojson", map_class="building", **TILE)
    (tmp_path / "other.geojson").write_text(collection(square(5, 5, 15, 15, natural="water")))
    with pytest.raises(UserError, match="no feature of the classes"):
        run(change_map="other.geojson", scheme="levir-mci", **TILE)
    with pytest.raises(UserError, match="no such file"):
        run(change_map="none.geojson", map_class="building", **TILE)


def test_outside_a_stated_extent_nothing_is_known(run, scenes, tmp_path):
    ring = square(10, 10, 20, 20)["geometry"]["coordinates"][0][:4]
    west, south, east, north = (square(0, 0, 64, 64)["geometry"]["coordinates"][0][at] for at in (0, 1, 2, 3))
    nodes = "".join(f'<node id="{n}" version="1" lon="{x}" lat="{y}"/>' for n, (x, y) in enumerate(ring, 1))
    refs = "".join(f'<nd ref="{n}"/>' for n in (1, 2, 3, 4, 1))
    box = f'minlon="{west[0]}" minlat="{south[1]}" maxlon="{east[0]}" maxlat="{north[1]}"'
    way = f'<way id="9" version="1">{refs}<tag k="building" v="yes"/></way>'
    (tmp_path / "map.osm").write_text(f'<osm version="0.6"><bounds {box}/>{nodes}{way}</osm>')
    options = {"change_map": "map.osm", "scheme": "levir-mci"} | TILE
    with pytest.raises(UserError, match=r"change_map: the extract .* covers \d\d.\d% .*outside_mask: ignore"):
        run(**options)
    pairs, errors = run(**options, outside_mask="ignore")
    assert not errors
    masks = [pairs[f"scene_r0_c{column}"].change_mask for column in range(2)]
    assert (masks[0] == 2).sum() == 100
    assert (masks[0][:, 5:60] != 255).all()
    assert (masks[1][:, 4:] == 255).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"change_mask": "m.tif"}, "classes should map"),
        ({"change_mask": "../m.tif", "classes": {"a": 1}}, "inside the input folder"),
        ({"before": "/etc/x.tif"}, "inside the input folder"),
        ({"unchanged_mask": "m.tif"}, "without change_mask"),
        ({"change_map": "m.geojson"}, "one of scheme and map_class"),
        (
            {"change_map": "m.geojson", "map_class": "a", "change_mask": "m.tif", "classes": {"a": 1}},
            "give one of them",
        ),
        ({"stretch": {"percentile": [2, 98], "range": [0, 1]}}, "one of percentile and range"),
        ({"stretch": [5, 5]}, "low < high"),
        ({"stretch": {"percentile": [98, 2]}}, "low < high"),
        ({"grid": {"bounds": [5, 0, 1, 2]}}, "left < right"),
        ({"before": {"files": "a.tif", "clouds": {"rule": "sentinel-2-scl"}}}, "one of file, asset and band"),
        ({"before": {"files": "a.tif", "clouds": {"band": 4, "values": [1], "bits": [1]}}}, "values and bits"),
        ({"pixel_grid": True, "coregister": "correct"}, "needs a georeference"),
        ({"tiles": {"size": 8}}, "greater than or equal to 16"),
        ({"bands": [1, 2, 3, 4]}, "at most 3"),
    ],
)
def test_options_that_contradict(options, words):
    with pytest.raises(ValidationError, match=words):
        SOURCE.options(**options)
