"""Large pictures in tiles: the tiles put together are the picture, whatever the format, and memory stays flat."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rsica_data.core.errors import InvalidItemError
from rsica_data.imagery.images import decode_rgb
from rsica_data.schema import PairKey
from rsica_data.sources.catalog.catalog_pages import load_page, read_page
from rsica_data.sources.catalog.source import SOURCE as CATALOG
from rsica_data.sources.catalog.source import CatalogOptions
from rsica_data.sources.folder import SOURCE
from rsica_data.sources.tiling import TileSize, cut_of, offsets, tile_note, tiled_keys

WIDTH, HEIGHT = 100, 70
RNG = np.random.default_rng(3)
PIXELS = RNG.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
LABELS = RNG.integers(0, 3, (HEIGHT, WIDTH)).astype(np.uint8)


def save(path, image, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(path, **options)


@pytest.fixture
def tree(tmp_path):
    """One pair of 100 x 70 px, with a change mask of two classes."""

    def make(image=PIXELS, mask=LABELS, suffix="png", mask_suffix="png"):
        for side in ("A", "B"):
            # In full colour: of halved colour each decoder makes its own.
            save(tmp_path / side / f"x.{suffix}", image, **({"subsampling": 0} if suffix == "jpg" else {}))
        save(tmp_path / "m" / f"x.{mask_suffix}", mask)
        return tmp_path

    return make


def options(suffix="png", mask_suffix="png", **more):
    given_ = {
        "before": f"A/{{name}}.{suffix}",
        "after": f"B/{{name}}.{suffix}",
        "change_mask": f"m/{{name}}.{mask_suffix}",
    }
    return SOURCE.options(**{**given_, "classes": {"road": 1, "building": 2}, **more})


def put_together(root, chosen):
    """The tiles of a folder as one picture and one mask, by their places."""
    image, mask = np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.full((HEIGHT, WIDTH), 77, np.uint8)
    for key in SOURCE.index(root, chosen):
        cut, pair = cut_of(key), SOURCE.load(root, key, chosen)
        assert (pair.width, pair.height) == (cut.width, cut.height)
        here = slice(cut.y, cut.y + cut.height), slice(cut.x, cut.x + cut.width)
        image[here], mask[here] = decode_rgb(pair.before.data), pair.change_mask
    return image, mask


def test_names_and_places(tree):
    keys = SOURCE.index(tree(), options(tile=32))
    assert [key.pair_id for key in keys] == [
        f"folder/test/x_r{row}_c{column}" for row in range(2) for column in range(3)
    ]
    assert [cut_of(key).to_json() for key in keys][3:5] == [[0, 32, 32, 32, 100, 70], [32, 32, 32, 32, 100, 70]]
    pair = SOURCE.load(tree(), keys[4], options(tile=32))
    assert pair.before.path == "A/x_r1_c1.png"
    np.testing.assert_array_equal(decode_rgb(pair.before.data), PIXELS[32:64, 32:64])


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "jpg"])
def test_tiles_put_together_are_the_picture(tree, suffix):
    root = tree(suffix=suffix)
    image, mask = put_together(root, options(suffix, tile={"size": 32, "edge": "shift"}))
    whole = SOURCE.load(root, SOURCE.index(root, options(suffix))[0], options(suffix))
    np.testing.assert_array_equal(mask, whole.change_mask)
    # Two decoders of JPEG differ by a level or two.
    off = np.abs(image.astype(int) - decode_rgb(whole.before.data)).max()
    assert off <= (3 if suffix == "jpg" else 0)


def with_palette():
    image = Image.fromarray(LABELS, "P")
    image.putpalette([9, 9, 9, 250, 0, 0, 0, 250, 0])
    return image


MASKS = {
    "palette": (
        with_palette(),
        "png",
        {"classes": {"road": [[250, 0, 0]], "building": [[0, 250, 0]]}, "background": [[9, 9, 9]]},
    ),
    "indices": (with_palette(), "png", {"palette": "indices"}),
    "palette tif": (with_palette(), "tif", {"palette": "indices"}),
    "one bit": (Image.fromarray(LABELS == 1), "png", {"classes": {"road": 255}}),
    "one bit tif": (Image.fromarray(LABELS == 1), "tif", {"classes": {"road": 255}}),
    "grey as colour": (np.repeat(LABELS[:, :, None], 3, axis=2), "png", {}),
    "16 bit": (LABELS.astype(np.uint16), "png", {}),
    "16 bit tif": (LABELS.astype(np.uint16), "tif", {}),
    "jpeg": (
        np.kron(np.eye(2, dtype=np.uint8) * 255, np.ones((35, 50), np.uint8)),
        "jpg",
        {"classes": {"road": 255}, "mask_threshold": 128},
    ),
}


@pytest.mark.parametrize("form", MASKS)
def test_masks_of_every_form_are_the_same_in_tiles(tree, form):
    mask, suffix, more = MASKS[form]
    root = tree(mask=mask, mask_suffix=suffix)
    _, found = put_together(root, options(mask_suffix=suffix, tile={"size": 32, "edge": "shift"}, **more))
    whole = options(mask_suffix=suffix, **more)
    np.testing.assert_array_equal(found, SOURCE.load(root, SOURCE.index(root, whole)[0], whole).change_mask)


@given(length=st.integers(1, 400), size=st.integers(1, 100), stride=st.integers(1, 100))
def test_shifted_tiles_cover_a_side_and_stay_inside(length, size, stride):
    size, stride = min(size, length), min(stride, size)
    starts = offsets(length, size, stride, "shift")
    assert starts == sorted(set(starts))
    assert {pixel for start in starts for pixel in range(start, start + size)} == set(range(length))
    assert offsets(length, size, stride, "drop") == [start for start in starts if start % stride == 0]


def test_a_picture_no_larger_than_a_tile_stays_whole(tree):
    (key,) = SOURCE.index(tree(), options(tile=100))
    assert key.pair_id == "folder/test/x"
    assert len(SOURCE.index(tree(), options(tile=99))) == 1
    assert cut_of(SOURCE.index(tree(), options(tile=99))[0]).to_json() == [0, 0, 99, 70, 100, 70]


def test_texts_are_about_the_whole_picture():
    extra = {"questions": [["q", [["Any road?", "yes"]]]], "options": {"q": ["yes"]}, "layout": 0}
    key = PairKey("a/test/x", "test", {"before": "x.png"}, captions=("A road.",), changed=True, extra=extra)
    tiles = tiled_keys([key], TileSize(size=16), lambda key: (32, 32))
    assert [tile.pair_id for tile in tiles] == [f"a/test/x_r{row}_c{column}" for row in (0, 1) for column in (0, 1)]
    assert all((tile.captions, tile.changed) == ((), None) for tile in tiles)
    assert all(set(tile.extra) == {"layout", "tile", "texts_cut"} for tile in tiles)
    assert "of whole pictures are left out" in tile_note(tiles, TileSize(size=16))[1]
    assert tiled_keys([key], TileSize(size=32), lambda key: (32, 32)) == [key]


BOXES = """{
  "images": [{"id": 1, "file_name": "x.png"}],
  "categories": [{"id": 1, "name": "ship"}, {"id": 2, "name": "plane"}, {"id": 3, "name": "bridge"}],
  "annotations": [
    {"image_id": 1, "category_id": 1, "bbox": [2, 2, 8, 8]},
    {"image_id": 1, "category_id": 1, "bbox": [20, 4, 20, 8]},
    {"image_id": 1, "category_id": 2, "bbox": [40, 40, 10, 10]},
    {"image_id": 1, "category_id": 3, "bbox": [22, 28, 10, 8]}
  ]
}"""


@pytest.mark.parametrize("source", ["folder", "catalog"])
def test_objects_go_to_the_tile_of_their_centre(tmp_path, source):
    """A box is cut at the edges; of a class that reaches in from elsewhere nothing is asked."""
    save(tmp_path / "x.png", np.zeros((64, 64, 3), np.uint8))
    (tmp_path / "boxes.json").write_text(BOXES)
    if source == "folder":
        chosen = SOURCE.options(before="{name}.png", after=None, objects={"coco": "boxes.json"}, tile=32)
        keys, load = SOURCE.index(tmp_path, chosen), SOURCE.load
    else:
        text = (
            "{name: mine, title: M, family: one date, summary: M, layouts: [{name: a, before: '{name}.png', tile: 32, "
            "objects: {coco: boxes.json}, splits: [{all: test}]}]}"
        )
        (tmp_path / "mine.yaml").write_text(text)
        chosen = CatalogOptions(page=read_page(tmp_path / "mine.yaml"))
        keys, load = CATALOG.index(tmp_path, chosen), CATALOG.load
        assert "tile of its centre" in CATALOG.notes(tmp_path, chosen)[-1]
    shown, asked = {}, {}
    for key in keys:
        pair = load(tmp_path, key, chosen)
        name = pair.pair_id[-5:]
        shown[name] = [(entry["class"], entry["box"]) for entry in pair.attributes["objects"]]
        asked[name] = {turn[0]: turn[1] for question in pair.questions for turn in question.turns}
    # The second ship's centre is at column 30, the bridge's at row 32; the plane lies in the last tile alone.
    assert shown == {
        "r0_c0": [("ship", [2, 2, 10, 10]), ("ship", [20, 4, 32, 12])],
        "r0_c1": [],
        "r1_c0": [("bridge", [22, 0, 32, 4])],
        "r1_c1": [("plane", [8, 8, 18, 18])],
    }
    assert asked["r0_c0"] == {
        "Is there a ship in the image?": "yes",
        "Is there a plane in the image?": "no",
        "How many ships are in the image?": "2",
    }
    assert asked["r0_c1"] == {"Is there a plane in the image?": "no", "Is there a bridge in the image?": "no"}
    assert asked["r1_c0"]["How many bridges are in the image?"] == "1"


def test_files_of_unequal_size_and_with_orientation_tags_are_left_out(tree):
    root = tree()
    save(root / "m" / "x.png", LABELS[:-1])
    chosen = options(tile=32)
    with pytest.raises(InvalidItemError, match="m/x.png is 100x69, the image before is 100x70"):
        SOURCE.load(root, SOURCE.index(root, chosen)[0], chosen)
    exif = Image.Exif()
    exif[0x0112] = 6
    save(root / "A" / "x.jpg", PIXELS, exif=exif)
    save(root / "B" / "x.jpg", PIXELS)
    chosen = SOURCE.options(before="A/{name}.jpg", after="B/{name}.jpg", tile=32)
    with pytest.raises(InvalidItemError) as error:
        SOURCE.load(root, SOURCE.index(root, chosen)[0], chosen)
    assert error.value.reason == "orientation-tag"


def test_tiles_keep_their_place_on_the_ground(tmp_path):
    rasterio = pytest.importorskip("rasterio")
    for side in ("A", "B"):
        (tmp_path / side).mkdir()
        place = {"crs": "EPSG:32633", "transform": rasterio.Affine(0.5, 0, 400000, 0, -0.5, 5000000)}
        with rasterio.open(
            tmp_path / side / "x.tif", "w", driver="GTiff", count=3, height=HEIGHT, width=WIDTH, dtype="uint8", **place
        ) as opened:
            opened.write(PIXELS.transpose(2, 0, 1))
    chosen = SOURCE.options(before="A/{name}.tif", after="B/{name}.tif", tile=32)
    pair = SOURCE.load(tmp_path, SOURCE.index(tmp_path, chosen)[4], chosen)
    assert pair.transform == (0.5, 0.0, 400016.0, 0.0, -0.5, 4999984.0)
    assert (pair.crs, pair.gsd_m) == ("EPSG:32633", 0.5)


PAGE = """
name: mine
title: Mine
family: damage
summary: Mine.
classes: [road, building]
layouts:
  - name: flat
    before: "A/{name}.png"
    after: "B/{name}.png"
    change_mask: MASK
    tile: {size: 32, edge: shift}
    splits: [{all: train}]
"""
SQUARE = "POLYGON ((20 25, 60 25, 60 50, 20 50, 20 25))"
FORMS = {
    "channel": "{file: 'm/{name}.png', channel: 2, values: {road: 1, building: 2}}",
    "one_hot": "{file: 'm/{name}.png', one_hot: [null, road, building], ignore: []}",
    "polygons": "{file: 'm/{name}.json', polygons: "
    "{features: features, attribute: kind, names: {road: [r], building: [b]}}}",
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_masks_of_a_page_are_the_same_in_tiles(tree, form):
    bands = (
        (LABELS[:, :, None] == np.arange(3)) * 255 if form == "one_hot" else np.stack([LABELS * 0, LABELS, LABELS], 2)
    )
    root = tree(mask=bands.astype(np.uint8))
    feature = {"properties": {"kind": "b"}, "wkt": SQUARE}
    (root / "m" / "x.json").write_text(json.dumps({"features": [feature]}))
    (root / "mine.yaml").write_text(PAGE.replace("MASK", FORMS[form]))
    page = read_page(root / "mine.yaml")
    whole = CatalogOptions(page=page, tile="whole")
    (key,) = CATALOG.index(root, whole)
    expected, found = CATALOG.load(root, key, whole).change_mask, np.full((HEIGHT, WIDTH), 77, np.uint8)
    chosen = CatalogOptions(page=page)
    for key in CATALOG.index(root, chosen):
        cut = cut_of(key)
        found[cut.y : cut.y + cut.height, cut.x : cut.x + cut.width] = CATALOG.load(root, key, chosen).change_mask
    np.testing.assert_array_equal(found, expected)
    assert (found == 2).any()


def test_a_build_of_tiles_says_what_was_cut(tree, rsica_data, write_recipe, tmp_path):
    root, out = tree(), tmp_path / "out"
    chosen = {"change_mask": "m/{name}.png", "classes": {"road": 1, "building": 2}, "tile": 32}
    found = rsica_data(
        "build", write_recipe(source="folder", options=chosen, facts={}), "--input", root, "--out", out, "--workers", 1
    )
    assert found.status == 0, found.err
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["counts"]["pairs"] == {"test": 6}
    told = "1 pictures are cut into 6 tiles of 32 px; the rest at the edges is left out"
    assert told in manifest["source"]["notes"]
    assert rsica_data("validate", out).status == 0


def test_pages_of_large_pictures_are_cut_by_default():
    assert load_page("hrscd").layouts[0].tile.size == 500
    assert {layout.name: layout.tile.size for layout in load_page("gvlm").layouts if layout.tile} == {
        "as shipped, a folder a site": 512,
        "version 1.1": 512,
    }
