"""Polygons on the ground, drawn on the pixels of images."""

import json

import numpy as np
import pytest

from rsica_data.core.errors import InvalidItemError
from rsica_data.sources.catalog.catalog_pages import read_page
from rsica_data.sources.catalog.ground_polygons import load_outlines
from rsica_data.sources.catalog.source import SOURCE, CatalogOptions
from rsica_data.sources.tiff_images import Georeference
from rsica_data.sources.tiling import cut_of

rasterio = pytest.importorskip("rasterio")
PLACE = Georeference("EPSG:32633", (2.0, 0.0, 400000.0, 0.0, -2.0, 5000000.0), 2.0)
SQUARE = [[400004, 4999990], [400012, 4999990], [400012, 4999980], [400004, 4999980], [400004, 4999990]]
HOLE = [[400006, 4999988], [400010, 4999988], [400010, 4999982], [400006, 4999982], [400006, 4999988]]
NAMED = {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}}


def write(path, *rings, **more):
    geometry = {"type": "Polygon", "coordinates": rings}
    document = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": geometry}], **more}
    path.write_text(json.dumps(document))


def expected():
    mask = np.zeros((12, 10), np.uint8)
    mask[5:10, 2:6] = 7
    mask[6:9, 3:5] = 0
    return mask


def test_pixels_whose_centre_lies_in_a_polygon(tmp_path):
    write(tmp_path / "a.geojson", SQUARE, HOLE, **NAMED)
    np.testing.assert_array_equal(load_outlines(tmp_path, "a.geojson", 7, (10, 12), PLACE), expected())


def test_degrees_where_the_file_names_no_crs(tmp_path):
    from rasterio.warp import transform_geom

    given = {"type": "Polygon", "coordinates": [SQUARE, HOLE]}
    there = transform_geom("EPSG:32633", "OGC:CRS84", given)
    write(tmp_path / "a.geojson", *there["coordinates"])
    np.testing.assert_array_equal(load_outlines(tmp_path, "a.geojson", 7, (10, 12), PLACE), expected())


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")  # of that tool's mask
def test_the_mask_that_another_tool_made(real_data):
    """Against solaris, pixel for pixel."""
    folder = real_data / "spacenet_atlanta"
    if not folder.is_dir():
        pytest.skip("no SpaceNet tile")
    with rasterio.open(folder / "sample_geotiff.tif") as opened:
        place = Georeference(str(opened.crs), tuple(opened.transform)[:6], None)
        size = opened.width, opened.height
    with rasterio.open(folder / "sample_fp_mask_from_geojson.tif") as opened:
        peer = opened.read(1) > 0
    found = load_outlines(folder, "geotiff_labels.geojson", 1, size, place)
    np.testing.assert_array_equal(found, peer)


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '{"features": [{"geometry": 5}]}',
        '{"features": [{"geometry": {"type": "Polygon", "coordinates": [[["a", 0], [1, 1], [2, 0]]]}}]}',
        '{"features": [], "crs": {"properties": {"name": "+proj=utm +nadgrids=/etc/passwd"}}}',
    ],
)
def test_files_that_cannot_be_read(tmp_path, text):
    (tmp_path / "a.geojson").write_text(text)
    with pytest.raises(InvalidItemError) as error:
        load_outlines(tmp_path, "a.geojson", 1, (4, 4), PLACE)
    assert error.value.reason == "corrupt-labels"


def test_an_image_without_a_place_and_a_missing_file(tmp_path):
    write(tmp_path / "a.geojson", SQUARE)
    for path, place, reason in (
        ("a.geojson", None, "no-place"),
        ("b.geojson", PLACE, "missing-mask"),
        (None, PLACE, "missing-mask"),
    ):
        with pytest.raises(InvalidItemError) as error:
            load_outlines(tmp_path, path, 1, (4, 4), place)
        assert error.value.reason == reason


PAGE = """
name: mine
title: Mine
family: one date
summary: Mine.
classes: [building]
layouts:
  - name: flat
    before: "{name}.tif"
    before_labels: {file: "{name}.geojson", outlines: building}
    splits: [{all: train}]
"""


def test_tiles_of_an_image_have_their_part_of_the_outlines(tmp_path):
    with rasterio.open(
        tmp_path / "a.tif", "w", driver="GTiff", count=3, height=48, width=40, dtype="uint8",
        crs=PLACE.crs, transform=rasterio.Affine(*PLACE.transform),
    ) as opened:  # fmt: skip
        opened.write(np.zeros((3, 48, 40), np.uint8))
    write(tmp_path / "a.geojson", [[x + 30, y - 40] for x, y in SQUARE], [[x + 30, y - 40] for x, y in HOLE], **NAMED)
    (tmp_path / "mine.yaml").write_text(PAGE)
    page = read_page(tmp_path / "mine.yaml")
    whole, cut = CatalogOptions(page=page), CatalogOptions(page=page, tile={"size": 16, "edge": "shift"})
    (key,) = SOURCE.index(tmp_path, whole)
    mask = SOURCE.load(tmp_path, key, whole).before_labels
    assert mask.sum() == 14
    together = np.zeros_like(mask)
    for key in SOURCE.index(tmp_path, cut):
        here = cut_of(key)
        part = SOURCE.load(tmp_path, key, cut).before_labels
        together[here.y : here.y + here.height, here.x : here.x + here.width] = part
    np.testing.assert_array_equal(together, mask)
