"""Source folder: templates, class maps, georeferenced and deep images."""

import datetime
import io
import json
import shutil
import warnings

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from rsica_data.change_facts import compute_facts
from rsica_data.core.errors import UserError
from rsica_data.sources.folder import SOURCE

LABEL = np.zeros((9, 12), np.uint8)
LABEL[2:5, 3:7] = 1
LABEL[7, :] = 2


@pytest.fixture
def geotiff():
    """Write a GeoTIFF of bands [n, h, w]."""
    rasterio = pytest.importorskip("rasterio")

    def make(path, bands, crs="EPSG:32633", transform=(0.5, 0, 400000, 0, -0.5, 5000000), **profile):
        bands = np.asarray(bands)
        path.parent.mkdir(parents=True, exist_ok=True)
        place = {} if crs is None else {"crs": crs, "transform": rasterio.Affine(*transform)}
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            count=len(bands),
            height=bands.shape[1],
            width=bands.shape[2],
            dtype=bands.dtype,
            **place,
            **profile,
        ) as opened:
            opened.write(bands)

    return make


def test_templates_with_split_wildcards_and_any_case(tmp_path, write, photo, to_png, load_all):
    write(
        tmp_path,
        {
            "train/before/r1_2019.PNG": photo(1),
            "train/after/r1_2021.png": photo(2),
            "train/label_r1.png": to_png(LABEL),
            "val/before/r1_2018.png": photo(3),
            "val/after/r1_2020.png": photo(4),
            "val/label_r1.png": to_png(LABEL),
            "val/before/notes.txt": "no image",
        },
    )
    pairs, rejected = load_all(
        SOURCE,
        tmp_path,
        before="{split}/before/{name}_*.png",
        after="{split}/after/{name}_20??.png",
        change_mask="{split}/label_{name}.png",
        classes={"road": 2, "building": 1},
        gsd_m=0.3,
        before_date="2019",
        after_date="2021-06-30",
        license="CC0-1.0",
        attributes={"sensor": "plane"},
    )
    assert not rejected
    assert list(pairs) == ["folder/train/r1", "folder/val/r1"]
    pair = pairs["folder/train/r1"]
    assert (pair.before.path, pair.after.path) == ("train/before/r1_2019.PNG", "train/after/r1_2021.png")
    assert [(item.id, item.name) for item in pair.classes] == [(1, "road"), (2, "building")]
    assert np.array_equal(pair.change_mask, np.array([0, 2, 1], np.uint8)[LABEL])
    assert (pair.gsd_m, pair.before_date, pair.after_date) == (0.3, "2019", "2021-06-30")
    assert (pair.license, pair.attributes) == ("CC0-1.0", {"sensor": "plane"})


def test_a_folder_for_each_pair_and_odd_characters(tmp_path, write, photo, load_all):
    root = tmp_path / "Überflug [1]"
    names = ["a b", "c[1]", "東京"]
    write(root, {f"{name}/{name}-{side}.png": photo(1) for name in names for side in ("t1", "t2")})
    write(root, {"a b/other-t1.png": photo(1)})
    pairs, rejected = load_all(SOURCE, root, before="{name}/{name}-t1.png", after="{name}/{name}-t2.png")
    assert sorted(pairs) == sorted(f"folder/test/{name}" for name in names)
    assert not rejected


def test_missing_counterparts_are_keys(tmp_path, write, photo, to_png, load_all):
    write(
        tmp_path,
        {
            "A/whole.png": photo(1),
            "B/whole.png": photo(2),
            "m/whole.png": to_png(LABEL),
            "A/alone.png": photo(1),
            "B/late.png": photo(1),
            "A/bare.png": photo(1),
            "B/bare.png": photo(2),
        },
    )
    classes = {"building": 1, "road": 2}
    pairs, rejected = load_all(SOURCE, tmp_path, change_mask="m/{name}.png", classes=classes, split="train")
    assert list(pairs) == ["folder/train/whole"]
    assert {name: error.reason for name, error in rejected.items()} == {
        "folder/train/alone": "missing-file",
        "folder/train/late": "missing-file",
        "folder/train/bare": "missing-mask",
    }
    _, by_wildcard = load_all(
        SOURCE, tmp_path, before="A/{name}.*", after="B/{name}.*", change_mask="m/{name}.*", classes=classes
    )
    assert {error.reason for error in by_wildcard.values()} == {"missing-file", "missing-mask"}


def test_one_label_map_for_all_splits(tmp_path, write, photo, to_png, load_all):
    write(tmp_path, {f"{split}/{side}/x.png": photo() for split in ("train", "test") for side in "AB"})
    write(tmp_path, {"labels/x.png": to_png(LABEL)})
    pairs, _ = load_all(
        SOURCE,
        tmp_path,
        before="{split}/A/{name}.png",
        after="{split}/B/{name}.png",
        before_labels="labels/{name}.png",
        classes={"a": 1, "b": 2},
    )
    assert [pair.before_labels.max() for pair in pairs.values()] == [2, 2]


def test_colours_lists_background_and_ignore(tmp_path, write, photo, to_png, load_all):
    colours = np.array([[255, 255, 255], [128, 0, 0], [0, 0, 128], [7, 7, 7], [0, 255, 0]], np.uint8)
    codes = np.arange(9 * 12).reshape(9, 12) % 5
    images = {"A/x.png": photo(1), "B/x.png": photo(2)}
    write(tmp_path, {**images, "l1/x.png": to_png(colours[codes]), "l2/x.png": to_png(colours[codes[::-1]])})
    pairs, rejected = load_all(
        SOURCE,
        tmp_path,
        before_labels="l1/{name}.png",
        after_labels="l2/{name}.png",
        classes={"building": [128, 0, 0], "water": [[0, 0, 128], [0, 255, 0]]},
        background=[[255, 255, 255]],
        ignore=7,
    )
    assert not rejected
    pair = pairs["folder/test/x"]
    assert np.array_equal(pair.before_labels, np.array([0, 1, 2, 255, 2], np.uint8)[codes])
    assert pair.ignore_id == 255
    facts = compute_facts(
        change_mask=None,
        before_labels=pair.before_labels,
        after_labels=pair.after_labels,
        classes=pair.classes,
        ignore_id=pair.ignore_id,
    )
    valid = (pair.before_labels != 255) & (pair.after_labels != 255)
    into_water = valid & (pair.after_labels == 2) & (pair.before_labels != 2)
    assert facts.classes[1].area_px == into_water.sum()
    assert facts.classes[1].fraction == into_water.sum() / valid.sum()


def test_change_mask_with_values_of_its_own(tmp_path, write, photo, to_png, load_all):
    write(
        tmp_path,
        {"A/x.png": photo(1), "B/x.png": photo(2), "l/x.png": to_png(LABEL), "m/x.png": to_png(LABEL % 2 * 255)},
    )
    pairs, rejected = load_all(
        SOURCE,
        tmp_path,
        before_labels="l/{name}.png",
        after_labels="l/{name}.png",
        change_mask="m/{name}.png",
        classes={"building": 1, "road": 2},
        change_classes={"change": 255},
    )
    assert not rejected
    pair = pairs["folder/test/x"]
    assert [(item.id, item.name) for item in pair.classes] == [(1, "building"), (2, "road"), (3, "change")]
    assert set(np.unique(pair.change_mask)) == {0, 3}


@pytest.mark.parametrize(
    ("palette", "classes"), [("indices", {"a": 1, "b": 2}), ("colours", {"a": [9, 0, 0], "b": 50})]
)
def test_palette_masks(palette, classes, tmp_path, write, photo, to_png, load_all):
    mask = Image.fromarray(LABEL, "P")
    mask.putpalette([0, 0, 0, 9, 0, 0, 50, 50, 50])
    write(tmp_path, {"A/x.png": photo(1), "B/x.png": photo(2), "m/x.png": to_png(mask)})
    pairs, _ = load_all(SOURCE, tmp_path, change_mask="m/{name}.png", classes=classes, palette=palette)
    assert np.array_equal(pairs["folder/test/x"].change_mask, LABEL)


def test_captions_by_name_and_by_split(tmp_path, write, photo, load_all):
    write(tmp_path, {f"{split}/{side}/x.png": photo() for split in ("train", "test") for side in "AB"})
    write(tmp_path, {"captions.json": json.dumps({"test/x": [" one ", "two"], "x": ["three"]})})
    options = {"before": "{split}/A/{name}.png", "after": "{split}/B/{name}.png", "captions": "captions.json"}
    pairs, _ = load_all(SOURCE, tmp_path, **options)
    assert [pair.captions for pair in pairs.values()] == [("three",), ("one", "two")]
    for text, message in {'{"y": ["a"]}': "of no pair", '{"x": "a"}': "should be", "[": "not valid JSON"}.items():
        (tmp_path / "captions.json").write_text(text)
        with pytest.raises(UserError, match=message):
            SOURCE.index(tmp_path, SOURCE.options(**options))


def test_mistakes_of_templates_against_the_folder(tmp_path, write, photo):
    with pytest.raises(UserError, match="folder is empty"):
        SOURCE.index(tmp_path, SOURCE.options())
    write(tmp_path, {"A/x.png": photo(), "B/x.png": photo(), "A/x.jpg": photo(), "holdout/C/x.png": photo()})
    with pytest.raises(UserError, match="looked for C/{name}.png"):
        SOURCE.index(tmp_path, SOURCE.options(before="C/{name}.png", after="D/{name}.png"))
    with pytest.raises(UserError, match="'A/x.jpg' and 'A/x.png' are both the before file"):
        SOURCE.index(tmp_path, SOURCE.options(before="A/{name}.*"))
    with pytest.raises(UserError, match="split 'holdout'"):
        SOURCE.index(tmp_path, SOURCE.options(before="{split}/C/{name}.png"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"before": "A/x.png"}, "no {name}"),
        ({"before": "../{name}.png"}, "inside the input folder"),
        ({"after": "/data/{name}.png"}, "inside the input folder"),
        ({"before": "A/{nmae}/{name}.png"}, "unknown part {nmae}"),
        ({"before": "A/{name}.txt"}, "should end in"),
        ({"change_mask": "{split}/m/{name}.png", "classes": {"a": 1}}, "before has not"),
        ({"change_mask": "m/{name}.png"}, "classes should map"),
        ({"classes": {"a": 256}}, "a: 256 should be a value 0..255"),
        ({"classes": {"a": "red"}}, "should be a value"),
        ({"classes": {"a": [1, [2, 3]]}}, "should be a value"),
        ({"classes": {True: 1}}, "should be text"),
        ({"classes": {"a": 1, "b": [1, 2]}, "change_mask": "m/{name}.png"}, "value 1 stands for both a and b"),
        ({"classes": {"a": 0}, "change_mask": "m/{name}.png"}, "background: "),
        ({"stretch": [5, 5]}, "low < high"),
        ({"captions": "../x.json"}, "inside the input folder"),
        ({"before_date": "June"}, "match pattern"),
        ({"masks": "x"}, "Extra inputs"),
    ],
)
def test_options_that_are_refused(options, message):
    with pytest.raises(ValidationError) as caught:
        SOURCE.options(**options)
    assert message in str(caught.value)


def test_dates_as_yaml_reads_them():
    options = SOURCE.options(before_date=2019, after_date=datetime.date(2021, 6, 30))
    assert (options.before_date, options.after_date) == ("2019", "2021-06-30")


def test_options_survive_canonical_json_with_their_order():
    options = SOURCE.options(classes={"zebra": [1, 2], "ant": [5, 6, 7], "bee": [[3, 3, 3], 4, 5]}, ignore=[255])
    again = SOURCE.options.model_validate_json(json.dumps(options.model_dump(mode="json"), sort_keys=True))
    assert again == options
    assert [item.name for item in again.class_defs()] == ["zebra", "ant", "bee"]


def test_georeferenced_tiff_is_kept_as_it_is(tmp_path, geotiff, load_all):
    bands = np.random.default_rng(0).integers(0, 256, (3, 20, 30)).astype(np.uint8)
    for side in "AB":
        geotiff(tmp_path / side / "x.tif", bands)
    geotiff(tmp_path / "m" / "x.TIF", (bands[:1] > 100).astype(np.uint8), compress="lzw")
    pairs, rejected = load_all(
        SOURCE,
        tmp_path,
        before="A/{name}.tif",
        after="B/{name}.tif",
        change_mask="m/{name}.tif",
        classes={"change": 1},
    )
    assert not rejected
    pair = pairs["folder/test/x"]
    assert (pair.width, pair.height, pair.crs, pair.gsd_m) == (30, 20, "EPSG:32633", 0.5)
    assert pair.transform == (0.5, 0, 400000, 0, -0.5, 5000000)
    assert pair.before.data == (tmp_path / "A" / "x.tif").read_bytes()
    assert np.array_equal(pair.change_mask, bands[0] > 100)


def test_ground_sample_distance_of_other_crs(tmp_path, geotiff, load_all):
    bands = np.zeros((3, 10, 10), np.uint8)
    # 60 degrees north: a metre of web Mercator is half a metre of ground. Degrees give no distance.
    mercator_60 = 8399737.889818
    expected = {"EPSG:3857": 1.0, "EPSG:4326": None, "EPSG:2263": 2 * 0.3048006096}
    for crs, gsd in expected.items():
        root = tmp_path / crs[5:]
        for side in "AB":
            geotiff(
                root / side / "x.tif",
                bands,
                crs,
                (2.0, 0, 1000.0, 0, -2.0, mercator_60 + 10) if crs != "EPSG:4326" else (0.001, 0, 5, 0, -0.001, 50),
            )
        pairs, _ = load_all(SOURCE, root, before="A/{name}.tif", after="B/{name}.tif")
        found = pairs["folder/test/x"].gsd_m
        assert found is None if gsd is None else found == pytest.approx(gsd, abs=1e-4)
        pairs, _ = load_all(SOURCE, root, before="A/{name}.tif", after="B/{name}.tif", gsd_m=9)
        assert pairs["folder/test/x"].gsd_m == 9


def test_deep_bands_need_a_stretch(tmp_path, geotiff, load_all):
    bands = np.stack([np.full((10, 10), value, np.uint16) for value in (0, 1500, 3000, 4000)])
    for side in "AB":
        geotiff(tmp_path / side / "x.tif", bands)
    templates = {"before": "A/{name}.tif", "after": "B/{name}.tif"}
    error = load_all(SOURCE, tmp_path, **templates)[1]["folder/test/x"]
    assert error.reason == "image-depth"
    assert "option stretch" in error.detail
    for chosen, rgb in {(1, 2, 3): (0, 128, 255), (4, 2, 1): (255, 128, 0)}.items():
        pair = load_all(SOURCE, tmp_path, **templates, stretch=(0, 3000), bands=chosen)[0]["folder/test/x"]
        pixels = np.asarray(Image.open(io.BytesIO(pair.before.data)))
        assert tuple(pixels[0, 0]) == rgb
        assert pair.before.path == "A/x.png"
        assert pair.attributes == {"stretch": [0.0, 3000.0]}
    error = load_all(SOURCE, tmp_path, **templates, stretch=(0, 3000), bands=(5, 1, 1))[1]["folder/test/x"]
    assert error.reason == "missing-band"


def test_deep_png_can_be_stretched_too(tmp_path, write, to_png, load_all):
    ramp = Image.fromarray(np.linspace(0, 60000, 25).astype(np.uint16).reshape(5, 5))
    write(tmp_path, {"A/x.png": to_png(ramp), "B/x.png": to_png(ramp)})
    assert load_all(SOURCE, tmp_path)[1]["folder/test/x"].reason == "image-depth"
    pair = load_all(SOURCE, tmp_path, stretch=(0, 60000))[0]["folder/test/x"]
    assert np.asarray(Image.open(io.BytesIO(pair.before.data))).ravel()[[0, 12, 24]].tolist() == [
        0,
        128,
        255,
    ]


def test_pixels_that_are_not_numbers(tmp_path, geotiff, load_all):
    bands = np.ones((1, 4, 4), np.float32)
    bands[0, 1, 1] = np.nan
    for side in "AB":
        geotiff(tmp_path / side / "x.tif", bands, crs=None)
    _, rejected = load_all(SOURCE, tmp_path, before="A/{name}.tif", after="B/{name}.tif", stretch=(0, 1))
    assert rejected["folder/test/x"].reason == "not-a-number"


def test_images_of_different_places(tmp_path, geotiff, load_all):
    bands = np.zeros((3, 10, 10), np.uint8)
    for name, crs, left in (
        ("shifted", "EPSG:32633", 400002),
        ("zone", "EPSG:32632", 400000),
        ("same", "EPSG:32633", 400000.2),
    ):
        geotiff(tmp_path / "A" / f"{name}.tif", bands)
        geotiff(tmp_path / "B" / f"{name}.tif", bands, crs, (0.5, 0, left, 0, -0.5, 5000000))
    pairs, rejected = load_all(SOURCE, tmp_path, before="A/{name}.tif", after="B/{name}.tif")
    assert list(pairs) == ["folder/test/same"]
    assert {error.reason for error in rejected.values()} == {"wrong-crs"}
    assert "4.0 px apart" in rejected["folder/test/shifted"].detail


def test_real_tiffs(fixtures, tmp_path, load_all):
    folder = fixtures("geotiff")
    for side, files in {"A": ("RGB", "RGBA", "corrupt"), "B": ("RGB2", "RGBA", "corrupt")}.items():
        (tmp_path / side).mkdir()
        for name, file in zip(("landsat", "deep", "broken"), files, strict=True):
            found = next(folder.glob(f"{file}.*"))
            shutil.copy(found, tmp_path / side / f"{name}.tif")
    templates = {"before": "A/{name}.tif", "after": "B/{name}.tif"}
    pairs, rejected = load_all(SOURCE, tmp_path, **templates)
    # The second file spells its CRS out by hand; it lies on the same ground.
    pair = pairs["folder/test/landsat"]
    assert (pair.crs, pair.width, pair.height, round(pair.gsd_m, 2)) == ("EPSG:32618", 791, 718, 300.04)
    assert {name.rsplit("/", 1)[1]: error.reason for name, error in rejected.items()} == {
        "deep": "image-depth",
        "broken": "corrupt-image",
    }
    pair = load_all(SOURCE, tmp_path, **templates, stretch=(0, 65535))[0]["folder/test/deep"]
    assert (pair.width, pair.height, pair.crs) == (634, 411, "EPSG:32612")
