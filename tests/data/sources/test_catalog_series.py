"""Series without labels, a file a band: folders named as SeCo's downloader names them (8285173)."""

import numpy as np
import pytest
from PIL import Image

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.imagery.images import decode_rgb
from rsica_data.sources.catalog.catalog_pages import load_page
from rsica_data.sources.catalog.source import SOURCE, CatalogOptions

SCENES = [
    "20190214T071009_20190214T072118_T39RUJ",
    "20190515T070629_20190515T071534_T39RUJ",
    "20190803T070629_20190803T071729_T39RUJ",
    "20191030T072031_20191030T072025_T39RUJ",
    "20200108T072301_20200108T072255_T39RUJ",
]
DATES = ["2019-02-14", "2019-05-15", "2019-08-03", "2019-10-30", "2020-01-08"]


def write_place(folder, scenes, seed=0, size=32):
    """Bands of each date, with a preview beside their folder; the samples by scene, red, green and blue."""
    rng, samples = np.random.default_rng(seed), {}
    for scene in scenes:
        (folder / scene).mkdir(parents=True)
        for band, side in (("B1", 4), ("B2", size), ("B3", size), ("B4", size), ("B11", size // 2)):
            pixels = rng.integers(0, 120, (side, side)).astype(np.uint8)
            samples[scene, band] = pixels
            Image.fromarray(pixels).save(folder / scene / f"{band}.tif")
        (folder / scene / "metadata.json").write_text("{}")
        Image.new("RGB", (size, size)).save(folder / f"{scene}.tif")
    return {scene: np.stack([samples[scene, band] for band in ("B4", "B3", "B2")], axis=2) for scene in scenes}


@pytest.fixture
def places(tmp_path):
    root = tmp_path / "in"
    samples = write_place(root / "seasonal_contrast_100k" / "000000", SCENES)
    write_place(root / "seasonal_contrast_100k" / "000001", SCENES[:4], seed=1)
    return root, samples


def pairs_of(root, **options):
    chosen = CatalogOptions(page=load_page("seco"), **options)
    return [SOURCE.load(root, key, chosen) for key in SOURCE.index(root, chosen)]


def images_of(pair):
    return [decode_rgb(image.data) for image in (pair.before, *(e.image for e in pair.extra_images), pair.after)]


def expected(samples):
    return np.floor(np.clip(samples / 76.5 * 255 + 0.5, 0, 255)).astype(np.uint8)


def test_five_dates_are_a_record_and_fewer_are_none(places):
    root, samples = places
    (pair,) = pairs_of(root)
    assert (pair.pair_id, pair.split) == ("seco/train/000000_20190214_20200108", "train")
    assert [pair.before_date, *(entry.date for entry in pair.extra_images), pair.after_date] == DATES
    for image, scene in zip(images_of(pair), SCENES, strict=True):
        np.testing.assert_array_equal(image, expected(samples[scene]))
    assert pair.changed is None and pair.gsd_m == 10


def test_other_numbers_of_dates_and_pairs(places):
    root, samples = places
    threes = pairs_of(root, series={"dates": 3, "every": 2})
    assert [len(pair.extra_images) for pair in threes] == [1]
    np.testing.assert_array_equal(images_of(threes[0])[1], expected(samples[SCENES[2]]))
    pairs = pairs_of(root, series="next")
    assert len(pairs) == 4 + 3 and not any(pair.extra_images for pair in pairs)
    assert (pairs[3].before_date, pairs[3].after_date) == (DATES[3], DATES[4])


def test_tiles_hold_the_same_samples(places):
    root, samples = places
    tiles = pairs_of(root, tile={"size": 16})
    assert len(tiles) == 4
    for pair in tiles:
        for image, scene in zip(images_of(pair), SCENES, strict=True):
            whole = expected(samples[scene])
            assert any(np.array_equal(image, whole[y : y + 16, x : x + 16]) for y in (0, 16) for x in (0, 16))


def test_a_band_that_is_not_there(places):
    root, _ = places
    (root / "seasonal_contrast_100k" / "000000" / SCENES[2] / "B3.tif").unlink()
    with pytest.raises(InvalidItemError, match="one of its bands"):
        pairs_of(root)


def test_series_where_the_page_has_none(places):
    root, _ = places
    Image.new("RGB", (8, 8)).save(root / "x.png")
    page = load_page("seco").model_dump(mode="json", exclude_defaults=True)
    page["layouts"] = [{"name": "images", "before": "{name}.png", "splits": [{"all": "train"}]}]
    options = CatalogOptions(page=page, series="next")
    with pytest.raises(UserError, match="has no series"):
        SOURCE.index(root, options)


def test_build_detect_and_what_is_asked(places, rsica_data, rsica_bench, tmp_path):
    root, _ = places
    detected = rsica_data("detect", root)
    assert detected.status == 0 and "seco" in detected.out and "missing" not in detected.out
    built = rsica_data("build", "seco", "--input", root, "--out", tmp_path / "d", "--workers", 1, "--json")
    assert built.status == 0, built.err
    assert built.json["counts"]["pairs"] == {"train": 1}
    assert rsica_data("validate", tmp_path / "d").status == 0
    words = (
        "run",
        "--data",
        tmp_path / "d",
        "--split",
        "train",
        "--adapter",
        "oracle",
        "--out",
        tmp_path / "o",
        "--json",
    )
    tasks = rsica_bench(*words).json["tasks"]
    assert list(tasks) == ["ordering"] and tasks["ordering"]["metrics"]["accuracy"] == 1


@pytest.mark.parametrize(
    "before", [{"file": "{name}.png", "stretch": [0, 9], "any_depth": True},
               {"separate": ["{name}.r.png", "{name}.g.png", "{name}.b.png"], "any_depth": True}])  # fmt: skip
def test_any_depth_needs_files_of_bands_and_a_stretch(before):
    page = load_page("seco").model_dump(mode="json", exclude_defaults=True)
    page["layouts"] = [{"name": "images", "before": before, "splits": [{"all": "train"}]}]
    with pytest.raises(ValueError, match="any_depth is of separate files with a stretch"):
        CatalogOptions(page=page)


def test_pages_that_do_not_stretch_all_samples_are_written_as_before():
    written = load_page("dynamicearthnet").model_dump(mode="json")
    assert "any_depth" not in written["layouts"][0]["before"] and written["layouts"][0]["series"] == "next"
    assert load_page("seco").model_dump(mode="json")["layouts"][0]["before"]["any_depth"] is True
