"""GeoJSON: objects come back pixel for pixel, in the form of RFC 7946, wherever on earth they lie."""

import json
import logging

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio import Affine
from rasterio.crs import CRS
from rasterio.features import rasterize
from rasterio.warp import transform

from rsica_data.change_facts import compute_facts, object_pixels
from rsica_data.core.errors import UserError
from rsica_data.dataset.export.geojson import EXPORTER, GeoJsonOptions, geometry_of, object_geometries
from rsica_data.imagery.images import encode_mask
from rsica_data.schema import ClassDef, EncodedImage

CLASSES = (ClassDef(1, "road"), ClassDef(2, "building"))
PLACES = {
    "utm": ("EPSG:32633", (2.0, 0.0, 400000.0, 0.0, -2.0, 5000000.0)),
    "fine": ("EPSG:32616", (0.05, 0.0, 733601.0, 0.0, -0.05, 3725139.0)),
    "degrees": ("EPSG:4326", (0.0001, 0.0, 12.0, 0.0, -0.0001, 48.0)),
    "mercator": ("EPSG:3857", (0.6, 0.0, 14321853.1, 0.0, -0.6, 4533021.5)),
    "coarse": ("EPSG:32618", (300.0, 0.0, 101985.0, 0.0, -300.0, 2826915.0)),
    "turned": ("EPSG:32633", (1.7, 1.0, 400000.0, 1.0, -1.7, 5000000.0)),
    # UTM zone 1 with the antimeridian in the middle of the image.
    "antimeridian": ("EPSG:32701", (30.0, 0.0, 180100.0, 0.0, -30.0, 8000000.0)),
    "arctic": ("EPSG:3413", (50.0, 0.0, 300000.0, 0.0, -50.0, -300000.0)),
}


def iou(one, other):
    union = np.logical_or(one, other).sum()
    return np.logical_and(one, other).sum() / union if union else 1.0


def back(geometry, crs, place, shape):
    """A geometry in degrees rasterised on the pair's grid."""
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    moved = []
    for rings in polygons:
        there = []
        for ring in rings:
            xs, ys = transform(CRS.from_epsg(4326), CRS.from_user_input(crs), *zip(*ring, strict=True))
            there.append(list(zip(xs, ys, strict=True)))
        moved.append({"type": "Polygon", "coordinates": there})
    return rasterize(moved, shape, transform=Affine(*place), dtype="uint8")


def signed_area(ring):
    x, y = np.array(ring).T
    return ((x - x[0])[:-1] * (y - y[0])[1:] - (x - x[0])[1:] * (y - y[0])[:-1]).sum() / 2


def check_form(geometry):
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for outer, *holes in polygons:
        assert signed_area(outer) > 0
        assert all(signed_area(hole) < 0 for hole in holes)
        for ring in (outer, *holes):
            assert ring[0] == ring[-1]
            assert all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in ring)
            assert np.ptp([x for x, _ in ring]) < 180


def whole(mask):
    return compute_facts(change_mask=mask, classes=CLASSES)


@st.composite
def masks(draw):
    """Blobs, rings, lines and single pixels of two classes."""
    seed, size = draw(st.integers(0, 2**32 - 1)), draw(st.sampled_from([16, 40, 97]))
    rng = np.random.default_rng(seed)
    rough = cv2.GaussianBlur(rng.normal(0, 1, (size, size)).astype(np.float32), (0, 0), draw(st.sampled_from([0.6, 2])))
    level = draw(st.floats(0.0, 1.5)) * rough.std()
    mask = (rough > level).astype(np.uint8)
    mask[rough < -level * 2] = 2
    return mask


@settings(max_examples=40, deadline=None)
@given(mask=masks(), place=st.sampled_from(sorted(PLACES)))
def test_an_object_comes_back_pixel_for_pixel(mask, place):
    facts = whole(mask)
    if not facts.objects:
        return
    crs, transform_ = PLACES[place]
    seen = np.zeros(mask.shape, np.uint8)
    for item, geometry in zip(facts.objects, object_geometries(mask, facts.objects, crs, transform_), strict=True):
        check_form(geometry)
        x0, y0, x1, y1 = item.box
        own = np.zeros(mask.shape, np.uint8)
        own[y0:y1, x0:x1] = object_pixels(mask, item)
        assert own.sum() == item.area_px
        assert iou(back(geometry, crs, transform_, mask.shape), own) >= 0.98
        seen += own
    assert np.array_equal(seen, mask > 0)


def test_real_masks_come_back(real_data):
    from rsica_data.imagery.images import read_image
    from rsica_data.imagery.masks import decode_values

    worst, number = 1.0, 0
    folder = real_data / "levir_cd_samples"
    for path in sorted(folder.rglob("*.png")):
        if "label" not in path.parts[-2]:
            continue
        mask = (decode_values(read_image(path.parent, path.name)) > 0).astype(np.uint8)
        facts = whole(mask)
        if facts.objects:
            crs, place = PLACES["utm"]
            for item, geometry in zip(facts.objects, object_geometries(mask, facts.objects, crs, place), strict=True):
                x0, y0, x1, y1 = item.box
                window = back(geometry, crs, place, mask.shape)
                worst = min(worst, iou(window[y0:y1, x0:x1], object_pixels(mask, item)))
                number += 1
    assert number > 50
    assert worst >= 0.98


def test_an_outline_of_a_ring_keeps_its_hole_and_what_lies_in_it():
    mask = np.zeros((20, 20), np.uint8)
    mask[2:18, 2:18] = 1
    mask[6:14, 6:14] = 0
    mask[9:11, 9:11] = 1
    facts = whole(mask)
    ring, inner = object_geometries(mask, facts.objects, *PLACES["utm"])
    assert [len(ring["coordinates"]), len(inner["coordinates"])] == [2, 1]
    assert [item.area_px for item in facts.objects] == [16 * 16 - 64, 4]


def test_pixels_that_touch_at_a_corner_are_valid_polygons():
    from shapely.geometry import shape

    mask = np.eye(6, dtype=np.uint8)
    facts = whole(mask)
    assert len(facts.objects) == 1
    (geometry,) = object_geometries(mask, facts.objects, *PLACES["utm"])
    assert (geometry["type"], len(geometry["coordinates"])) == ("MultiPolygon", 6)
    assert shape(geometry).is_valid


def test_what_lies_across_the_antimeridian_is_cut_there():
    ring = np.array([[179.5, 10], [-179.5, 10], [-179.5, 11], [179.5, 11], [179.5, 10]], float)
    geometry = geometry_of([[ring]], 8)
    assert geometry["type"] == "MultiPolygon"
    spans = sorted((min(x for x, _ in part[0]), max(x for x, _ in part[0])) for part in geometry["coordinates"])
    assert spans == [(-180, -179.5), (179.5, 180)]
    assert sum(signed_area(part[0]) for part in geometry["coordinates"]) == pytest.approx(1.0)


def test_around_a_pole_is_no_polygon():
    mask = np.ones((40, 40), np.uint8)
    facts = whole(mask)
    place = (1000.0, 0.0, -20000.0, 0.0, -1000.0, 20000.0)
    assert object_geometries(mask, facts.objects, "EPSG:3413", place) == [None]


@pytest.fixture
def placed_pair(stored_pair):
    def make(name, **values):
        before, after = np.zeros((30, 30), np.uint8), np.zeros((30, 30), np.uint8)
        before[0:4, 0:10], after[0:4, 0:10] = 2, 1
        place = {"crs": PLACES["utm"][0], "transform": PLACES["utm"][1], "gsd_m": 2.0, "after_date": "2021"}
        labels = {
            "before_labels": EncodedImage("b.png", encode_mask(before)),
            "after_labels": EncodedImage("a.png", encode_mask(after)),
        }
        return stored_pair(name, **place, **labels, **values)

    return make


def test_features_and_their_properties(placed_pair, write_dataset, tmp_path):
    dataset = write_dataset([placed_pair("a"), placed_pair("b", changed=False)], [])
    assert EXPORTER.export(dataset, tmp_path / "out", GeoJsonOptions()) == [tmp_path.__class__("objects.geojson")]
    found = json.loads((tmp_path / "out/objects.geojson").read_text())
    assert (found["type"], len(found["features"])) == ("FeatureCollection", 2)
    road = found["features"][0]
    assert road["id"] == "hand/test/a#0"
    assert road["properties"] == {
        "pair_id": "hand/test/a",
        "split": "test",
        "object_id": 0,
        "class": "road",
        "area_px": 40,
        "area_m2": 160.0,
        "from": "building",
        "to": "road",
        "before_date": None,
        "after_date": "2021",
        "confidence": None,
        "tags": None,
    }


def test_lines_are_the_same_features_one_a_line(placed_pair, write_dataset, tmp_path):
    dataset = write_dataset([placed_pair("a")], [])
    EXPORTER.export(dataset, tmp_path / "one", GeoJsonOptions())
    EXPORTER.export(dataset, tmp_path / "two", GeoJsonOptions(lines=True, name="changes"))
    lines = (tmp_path / "two/changes.geojsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == json.loads((tmp_path / "one/objects.geojson").read_text())[
        "features"
    ]


def test_gdal_reads_it(placed_pair, write_dataset, tmp_path):
    pyogrio = pytest.importorskip("pyogrio")
    EXPORTER.export(write_dataset([placed_pair("a")], []), tmp_path / "out", GeoJsonOptions())
    info = pyogrio.read_info(tmp_path / "out/objects.geojson")
    assert (info["features"], info["crs"]) == (2, "EPSG:4326")


def test_pairs_without_a_place_are_named(placed_pair, stored_pair, write_dataset, tmp_path, caplog):
    dataset = write_dataset([placed_pair("a"), stored_pair("x"), stored_pair("y")], [])
    with caplog.at_level(logging.WARNING):
        written = EXPORTER.export(dataset, tmp_path / "out", GeoJsonOptions())
    assert [path.name for path in written] == ["objects.geojson", "left_out.jsonl"]
    rows = [json.loads(line) for line in (tmp_path / "out/left_out.jsonl").read_text().splitlines()]
    assert rows == [{"pair_id": f"hand/test/{name}", "reason": "no-georeference"} for name in "xy"]
    assert "left out: 2 (no-georeference): hand/test/x, hand/test/y; see left_out.jsonl" in caplog.text


def test_a_dataset_without_any_place_is_refused(stored_pair, write_dataset, tmp_path):
    with pytest.raises(UserError, match="no pair of 2 has a georeference"):
        EXPORTER.export(write_dataset([stored_pair("x"), stored_pair("y")], []), tmp_path / "out", GeoJsonOptions())
    assert not list((tmp_path / "out").glob("*.geojson"))
