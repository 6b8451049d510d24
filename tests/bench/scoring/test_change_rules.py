"""A perfect detector scores perfectly: its masks become answers by the rules that the gold was made with."""

import json

import numpy as np
import pytest
from PIL import Image

from rsica_bench.predicted_masks import WrongMask, frame_of
from rsica_bench.run.mask_scores import MaskStore
from rsica_data.cli import cli
from rsica_data.core.command_line import run_cli
from rsica_data.dataset.opening import open_dataset
from rsica_data.imagery.change_masks import measured_mask
from rsica_data.imagery.images import decode_mask

# Questions that a change mask alone cannot answer: they are about land cover.
ON_COVER = (
    "cover_more", "cover_before", "cover_after", "most_gained", "most_lost", "became", "was_before", "total_share",
)  # fmt: skip
CLASSES = {"building": 10, "grass": 20, "road": 30, "water": 40}
PAIRS = 6


def draw(rng, count, size, others):
    """A label map: ground of ``others``, with ``count`` houses."""
    labels = np.zeros((size, size), np.uint8)
    if others:
        labels[:] = CLASSES["grass"]
        labels[:, 40:46] = CLASSES["road"]
        labels[-12:] = rng.choice([CLASSES["grass"], CLASSES["water"], 0])
    for _ in range(count):
        x, y = rng.integers(0, size - 8, 2)
        labels[y : y + int(rng.integers(1, 9)), x : x + int(rng.integers(1, 9))] = CLASSES["building"]
    return labels


@pytest.fixture
def build(tmp_path):
    """``build(facts, others=, ignore=, roles=)``: a folder of label maps, before with more houses than after."""

    def make(facts, others=False, ignore=False, pairs=PAIRS):
        rng = np.random.default_rng(5)
        for name in range(pairs):
            sides = [draw(rng, count, 85, others) for count in ((6, 2), (0, 3), (4, 0), (3, 3), (1, 1), (0, 0))[name]]
            if ignore:
                sides[0][:9, :30] = sides[1][30:50, 60:] = 99
            for role, labels in zip(("labels1", "labels2"), sides, strict=True):
                for folder, pixels in ((role, labels), (role.replace("labels", "t"), labels * 5)):
                    (tmp_path / folder).mkdir(exist_ok=True)
                    Image.fromarray(pixels).save(tmp_path / folder / f"p{name}.png")
        names = CLASSES if others else {"building": 10}
        options = {
            "before": "t1/{name}.png", "after": "t2/{name}.png", "classes": names, "ignore": [99] if ignore else [],
            "before_labels": "labels1/{name}.png", "after_labels": "labels2/{name}.png", "gsd_m": 0.5,
        }  # fmt: skip
        return built(tmp_path, {"name": "folder", "options": options}, facts, "--input", str(tmp_path))

    return make


def built(folder, source, facts, *words):
    kinds = {"classification": {}, "counting": {}, "localization": {}, "dialogue": {}, "open_qa": {"per_pair": 99}}
    recipe = {"name": "perfect", "source": source, "splits": ["test"], "facts": facts, "tasks": kinds}
    (folder / "recipe.yaml").write_text(json.dumps(recipe))
    words = ["build", str(folder / "recipe.yaml"), "--out", str(folder / "dataset"), "--workers", "1", *words]
    assert run_cli(cli, "rsica-data", words) == 0
    return open_dataset(folder / "dataset")


def maps_of(pair):
    images = (pair.change_mask, pair.before_labels, pair.after_labels)
    return [None if image is None else decode_mask(image.data) for image in images]


@pytest.fixture
def detect(rsica_bench, tmp_path):
    """Run masks that ``predict(pair)`` gives, and return result.json."""

    def run(dataset, predict):
        store = MaskStore(tmp_path / "store")
        for pair in dataset.pairs("test"):
            store.write(pair.pair_id, predict(pair))
        done = rsica_bench(
            "run", "--data", dataset.root, "--adapter", "mask", "--model", tmp_path / "store" / "masks",
            "--out", tmp_path / "run",
        )  # fmt: skip
        assert done.status == 0, done.err
        return json.loads((tmp_path / "run" / "result.json").read_text())

    return run


def wrong_rows(dataset, run, but=()):
    """Rows whose answer is not the gold."""
    golds = {item.instruction_id: item for item in dataset.instructions("test")}
    rows = [json.loads(line) for line in (run / "predictions.jsonl").read_text().splitlines()]
    found = []
    for row in rows:
        item = golds[row["instruction_id"]]
        if (item.task == "dialogue" and row["task"] == "captioning") or item.kind in but:
            continue
        gold = item.gold["turns"][row["turn"]]["gold"] if item.task == "dialogue" else item.gold
        answer = row["answer"]
        if answer is None or any(gold[key] != answer[key] for key in answer):
            found.append((row["instruction_id"], item.kind, gold, answer, row["reason"]))
    return found


FACTS = [
    {"change_from": "before"},
    {"change_from": "after"},
    {"change_from": "before", "count": "contours", "cells": "centroid", "min_object_pixels": 4, "min_cell_pixels": 3},
]


@pytest.mark.parametrize("facts", FACTS)
@pytest.mark.parametrize("ignore", [False, True])
def test_maps_of_both_dates(build, detect, tmp_path, facts, ignore):
    dataset = build(facts, ignore=ignore)
    result = detect(dataset, lambda pair: np.stack([np.where(m == 255, 0, m) for m in maps_of(pair)[1:]]))
    assert wrong_rows(dataset, tmp_path / "run") == []
    check_masks(result)


@pytest.mark.parametrize("facts", FACTS)
@pytest.mark.parametrize("report", [None, ["building"], ["road", "water"]])
@pytest.mark.parametrize("ignore", [False, True])
def test_from_to_maps_with_land_cover(build, detect, tmp_path, facts, report, ignore):
    dataset = build(facts | ({} if report is None else {"classes": report}), others=True, ignore=ignore)
    result = detect(dataset, lambda pair: np.stack([np.where(m == 255, 0, m) for m in maps_of(pair)[1:]]))
    assert wrong_rows(dataset, tmp_path / "run") == []
    check_masks(result)
    assert result["masks"]["semantic"]["metrics"]["sek"] == pytest.approx(1)


@pytest.mark.parametrize("facts", FACTS)
def test_change_masks(build, detect, tmp_path, facts):
    dataset = build(facts)

    def predict(pair):
        return measured_mask(*maps_of(pair), change_from=facts["change_from"])

    result = detect(dataset, predict)
    assert wrong_rows(dataset, tmp_path / "run", but=ON_COVER) == []
    check_masks(result)


def test_demolition_is_the_gold_of_this_dataset(build):
    """The fixture would else test nothing."""
    dataset = build({"change_from": "before"})
    counts = [item.gold["building"] for item in dataset.instructions("test") if item.task == "counting"]
    assert dataset.rules.change_from == "before" and sum(counts) >= 10


@pytest.mark.parametrize("form", ["whole maps", "changed pixels"])
def test_masks_of_the_source_mark_what_was_built_and_what_was_removed(detect, tmp_path, form):
    """The simulator marks a removed building as building, whatever stands there now."""
    source = {"name": "synthetic", "options": {"pairs": 60, "size": 96, "seed": 7}}
    dataset = built(tmp_path, source, {"classes": ["road", "building"]})

    def predict(pair):
        mask, before, after = maps_of(pair)
        keep = np.ones_like(mask) if form == "whole maps" else mask > 0
        return np.stack([before * keep, after * keep]).astype(np.uint8)

    result = detect(dataset, predict)
    but = () if form == "whole maps" else ("any_change", "classification", *ON_COVER)
    wrong = [row for row in wrong_rows(dataset, tmp_path / "run", but) if "dialogue" not in row[0] or not but]
    assert wrong == []
    check_masks(result)


def test_both_dates_without_label_maps(detect, tmp_path):
    """LEVIR-MCI has a change mask alone; a detector may still tell what was there before and after."""
    rng = np.random.default_rng(1)
    for name in range(4):
        mask = np.zeros((64, 64), np.uint8)
        mask[3 : 10 + name, 5:20] = 255
        mask[30:40, 10 * name : 10 * name + 5] = 255
        for folder, pixels in (("A", rng.integers(0, 255, (64, 64, 3))), ("B", rng.integers(0, 255, (64, 64, 3)))):
            (tmp_path / folder).mkdir(exist_ok=True)
            Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / folder / f"{name}.png")
        (tmp_path / "label").mkdir(exist_ok=True)
        Image.fromarray(mask).save(tmp_path / "label" / f"{name}.png")
    dataset = built(tmp_path, {"name": "levir-cd"}, {}, "--input", str(tmp_path))

    def predict(pair):
        mask = maps_of(pair)[0]
        removed = mask.copy()
        removed[20:] = 0
        return np.stack([removed, mask - removed])

    result = detect(dataset, predict)
    assert wrong_rows(dataset, tmp_path / "run") == []
    check_masks(result)


def check_masks(result):
    """The kept masks are perfect too, and those of every pair have a truth."""
    masks = result["masks"]
    assert masks["without_mask"] == masks["without_truth"] == 0
    assert masks["change"]["metrics"]["f1"] == 1
    for name, entry in masks["classes"].items():
        assert entry["metrics"].get("f1", 1) == 1, name


def test_a_manifest_of_before_has_the_rule_among_the_facts_of_its_recipe(build):
    dataset = build({"change_from": "before"})
    assert dataset.manifest["rules"].pop("change_from") == "before"
    assert open_dataset(dataset.root).rules == type(dataset)(dataset.root, dataset.manifest).rules


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (np.zeros((4, 5), np.uint8), "shape"),
        (np.full((85, 85), 3, np.uint8), "class id 3; there are 1 classes"),
        (np.full((85, 85), -1), "class id -1"),
        (np.full((2, 85, 85), 5, np.uint8), "class id 5; there are 4 classes"),
    ],
)
def test_masks_that_cannot_be_read(build, mask, said):
    dataset = build({"classes": ["water"]}, others=True)
    pair = next(iter(dataset.pairs("test")))
    with pytest.raises(WrongMask, match=said):
        frame_of(pair, dataset.rules).view(mask)


def test_maps_of_a_folder_have_values_of_their_own_and_short_names(build, rsica_bench, tmp_path):
    dataset = build({"change_from": "before"}, others=True)
    (tmp_path / "said").mkdir()
    for number in range(PAIRS):
        for side, role in (("before", "labels1"), ("after", "labels2")):
            Image.open(tmp_path / role / f"p{number}.png").save(tmp_path / "said" / f"p{number}.{side}.png")
    values = json.dumps({str(value): name for name, value in CLASSES.items()})
    done = rsica_bench(
        "run", "--data", dataset.root, "--adapter", "mask", "--model", tmp_path / "said", "--out", tmp_path / "run",
        "--set", f"values={values}",
    )  # fmt: skip
    assert done.status == 0, done.err
    assert wrong_rows(dataset, tmp_path / "run") == []
