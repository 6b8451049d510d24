"""Pages of the catalog on miniatures of real layouts: what a build holds is what the files' own values say."""

import numpy as np
import pytest
from PIL import Image

from rsica_data.dataset.opening import open_dataset
from rsica_data.imagery.images import decode_mask

SECOND = {1: (0, 0, 255), 2: (128, 128, 128), 3: (0, 128, 0), 4: (0, 255, 0), 5: (128, 0, 0), 6: (255, 0, 0)}
LANDSAT = {1: (0, 155, 0), 2: (255, 165, 0), 3: (230, 30, 100), 4: (0, 170, 240)}
# ChangeMamba's ids 1..6 as ours: low vegetation, ground, tree, water, building, playground.
MAMBA = {1: 3, 2: 2, 3: 4, 4: 1, 5: 5, 6: 6}


def colours(table):
    def read(path):
        values = np.asarray(Image.open(path).convert("RGB"))
        ids = np.zeros(values.shape[:2], np.uint8)
        for number, colour in table.items():
            ids[(values == colour).all(axis=2)] = number
        return ids

    return read


def ids(table):
    def read(path):
        values = np.asarray(Image.open(path).convert("L"))
        found = np.zeros(values.shape[:2], np.uint8)
        for value, number in table.items():
            found[values == value] = number
        return found

    return read


def at_least(limit):
    return lambda path: (np.asarray(Image.open(path).convert("L")) >= limit).astype(np.uint8)


def band(number):
    return lambda path: np.asarray(Image.open(path))[:, :, number]


def hi_ucd_change(path):
    values = np.asarray(Image.open(path))
    return np.where(values[:, :, 2] == 2, values[:, :, 1], np.where(values[:, :, 2] == 0, 255, 0))


BINARY = at_least(128)
GREY = {0: 0, 128: 1, 255: 2}
OSCD = "Onera Satellite Change Detection dataset - "
CASES = {
    "levir-cd": ("levircd", {"change_mask": ("{split}/label/{name}.png", BINARY)}, {"train": 2, "val": 2, "test": 2}),
    "levir-mci": (
        "levirmci",
        {"change_mask": ("images/{split}/label/{name}.png", ids(GREY))},
        {"train": 2, "val": 2, "test": 2},
    ),
    "levir-cc": ("levircc", {}, {"train": 2, "val": 2, "test": 2}),
    "whu-cd": ("whucd_256", {"change_mask": ("label/{name}.png", BINARY)}, {"train": 1, "val": 1, "test": 1}),
    "clcd": ("clcd", {"change_mask": ("{split}/label/{name}.png", BINARY)}, {"train": 2, "val": 2, "test": 2}),
    "sysu-cd": ("sysu", {"change_mask": ("{split}/label/{name}.png", BINARY)}, {"train": 2, "val": 2, "test": 2}),
    "dsifn": ("dsifn", {"change_mask": ("{split}/mask/{name}.*", BINARY)}, {"train": 2, "val": 2, "test": 2}),
    "cdd": ("cdd_svcd", {"change_mask": ("{split}/OUT/{name}.jpg", BINARY)}, {"train": 2, "val": 2, "test": 2}),
    "oscd": ("oscd", {"change_mask": (f"{OSCD}*/{{name}}/cm/cm.png", BINARY)}, {"train": 2, "test": 1}),
    "gvlm": ("gvlm_raw", {"change_mask": ("{name}/ref.png", BINARY)}, {"test": 2}),
    "second": (
        "second",
        {
            "before_labels": ("{split}/label1/{name}.png", colours(SECOND)),
            "after_labels": ("{split}/label2/{name}.png", colours(SECOND)),
            "change_mask": ("{split}/label2/{name}.png", colours(SECOND)),
        },
        {"train": 2, "test": 2},
    ),
    "second/ChangeMamba": (
        "second_mamba",
        {
            "before_labels": ("{split}/GT_T1/{name}.png", ids(MAMBA)),
            "after_labels": ("{split}/GT_T2/{name}.png", ids(MAMBA)),
            "change_mask": ("{split}/GT_T2/{name}.png", ids(MAMBA)),
        },
        {"train": 2, "test": 2},
    ),
    "landsat-scd": (
        "landsat_scd",
        {
            "before_labels": ("labelA/{name}.png", colours(LANDSAT)),
            "after_labels": ("labelB/{name}.png", colours(LANDSAT)),
        },
        {"train": 1, "val": 1, "test": 1},
    ),
    "hi-ucd": (
        "hiucd_mini",
        {
            "before_labels": ("{split}/mask/2017_2018/{name}.png", band(0)),
            "after_labels": ("{split}/mask/2017_2018/{name}.png", band(1)),
            "change_mask": ("{split}/mask/2017_2018/{name}.png", hi_ucd_change),
        },
        {"train": 1},
    ),
    "second-cc": (
        "secondcc",
        {
            "before_labels": ("{split}/sem/A/{name}.png", colours(SECOND)),
            "after_labels": ("{split}/sem/B/{name}.png", colours(SECOND)),
        },
        {"train": 2, "val": 2, "test": 2},
    ),
    "whu-cdc": (
        "whucdc",
        {"change_mask": ("images/{split}/label/{name}.png", BINARY)},
        {"train": 2, "val": 2, "test": 2},
    ),
    "dynamicearthnet": ("dynearthnet", {}, {"train": 2}),
}


@pytest.fixture(scope="module")
def built(request, real_data, tmp_path_factory):
    """Build a page's miniature once: the folder of the miniature and the dataset."""
    made = {}

    def make(case):
        if case not in made:
            from rsica_data.cli import cli
            from rsica_data.core.command_line import run_cli

            folder = real_data / "miniatures" / CASES[case][0]
            if not folder.is_dir():
                pytest.skip(f"no miniature {folder.name}")
            out = tmp_path_factory.mktemp("mini") / "out"
            page = case.partition("/")[0]
            words = ["build", page, "--input", str(folder), "--out", str(out), "--workers", "1", "--max-rejects", "0"]
            assert run_cli(cli, "rsica-data", words) == 0
            made[case] = folder, open_dataset(out)
        return made[case]

    return make


@pytest.mark.parametrize("case", CASES)
def test_masks_and_splits_are_those_of_the_files(built, case, rsica_data):
    folder, dataset = built(case)
    _, truths, splits = CASES[case]
    assert dataset.manifest["counts"]["pairs"] == splits
    assert rsica_data("validate", dataset.root).status == 0
    for pair in dataset.pairs():
        name = pair.pair_id.rpartition("/")[2]
        for role, (template, read) in truths.items():
            (file,) = folder.glob(template.format(split=pair.split, name=name))
            stored = decode_mask(getattr(pair, role).data)
            np.testing.assert_array_equal(stored, read(file), err_msg=f"{pair.pair_id} {role}")


@pytest.mark.parametrize("case", CASES)
def test_gold_of_counted_pixels_is_that_of_the_files(built, case):
    """Shares and covers asked of a pair, against the label files themselves."""
    folder, dataset = built(case)
    truths = CASES[case][1]
    names = {entry["name"]: entry["id"] for entry in dataset.manifest["classes"]}
    for item in dataset.instructions():
        if item.task != "open_qa":
            continue
        kind, args, value = item.gold["kind"], item.gold["args"], item.gold["value"]
        role = {"area_share": "change_mask", "cover_before": "before_labels", "cover_after": "after_labels"}.get(kind)
        if role not in truths:
            continue
        template, read = truths[role]
        name = item.pair_id.rpartition("/")[2]
        (file,) = folder.glob(template.format(split=item.split, name=name))
        share = 100 * (read(file) == names[args["cls"]]).mean()
        assert value == pytest.approx(share, abs=0.051)
        if case in ("second", "second/ChangeMamba", "landsat-scd", "second-cc"):
            assert not kind.startswith("cover")


@pytest.mark.parametrize("case", ["second", "landsat-scd", "oscd", "cdd", "hi-ucd", "whu-cdc"])
def test_a_perfect_model_scores_perfectly(built, case, rsica_bench, tmp_path):
    _, dataset = built(case)
    split = "test" if "test" in dataset.splits else "train"
    words = ("run", "--data", dataset.root, "--split", split, "--adapter", "oracle", "--out", tmp_path / "run")
    found = rsica_bench(*words, "--json")
    assert found.status == 0, found.err
    for name, task in found.json["tasks"].items():
        metrics = task["metrics"]
        assert task["unparsed"] == 0, name
        for metric in ("accuracy", "exact", "f1"):
            assert metrics.get(metric, 1.0) == 1.0, (name, metric)


def test_months_are_paired_with_the_next_and_bands_are_read_in_order(built, real_data):
    import rasterio

    folder, dataset = built("dynamicearthnet")
    pairs = list(dataset.pairs())
    assert [pair.pair_id.rpartition("/")[2] for pair in pairs] == [
        "1311_3077_13_2018-01-01_2018-02-01",
        "1311_3077_13_2018-02-01_2018-03-01",
    ]
    assert (pairs[0].before_date, pairs[0].after_date) == ("2018-01-01", "2018-02-01")
    label = folder / "full/labels/1311_3077_13/2018-01-01.tif"
    with rasterio.open(label) as opened:
        bands = opened.read()
    truth = np.where(bands.argmax(axis=0) == 6, 255, bands.argmax(axis=0) + 1)
    np.testing.assert_array_equal(decode_mask(pairs[0].before_labels.data), truth)


@pytest.mark.parametrize(
    ("miniature", "page"),
    [("second", "second"), ("cdd_svcd", "cdd"), ("oscd", "oscd"), ("whucdc", "whu-cdc"), ("gvlm_raw", "gvlm")],
)
def test_detect_names_the_set(real_data, rsica_data, miniature, page):
    folder = real_data / "miniatures" / miniature
    if not folder.is_dir():
        pytest.skip(f"no miniature {miniature}")
    found = rsica_data("detect", folder, "--json")
    assert found.status == 0
    assert [match["page"] for match in found.json if match["fits"]] == [page]
