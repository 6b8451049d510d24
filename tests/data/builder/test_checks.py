"""Checks of a recipe: what is planted is dropped or flagged by them, in any number of workers, parts and starts."""

import json

import numpy as np
import pytest

from rsica_data.builder import checks_stage
from rsica_data.builder.recipe import parse_recipe
from rsica_data.core.errors import UserError
from rsica_data.dataset.opening import open_dataset
from rsica_data.imagery.images import encode_mask, encode_png
from tests.conftest import recipe_text

OPTIONS = {
    "before": "{split}/A/{name}.png", "after": "{split}/B/{name}.png", "change_mask": "{split}/label/{name}.png",
    "classes": {"building": 255},
}  # fmt: skip
TASKS = ["classification", "counting"]


def scene(seed, size=96):
    rng = np.random.default_rng(seed)
    pixels = np.full((size, size, 3), rng.integers(60, 200, 3), np.uint8)
    for _ in range(30):
        x, y, w, h = rng.integers(0, size, 4)
        pixels[y : y + h // 2, x : x + w // 2] = rng.integers(0, 256, 3)
    return pixels


@pytest.fixture
def images(tmp_path):
    """Twelve pairs: t0 of train shows what e0 of test shows, t1 has a full mask, t2 an empty one though all differs."""

    def make(split, name, before, after, mask):
        for side, data in (("A", encode_png(before)), ("B", encode_png(after)), ("label", encode_mask(mask))):
            path = tmp_path / "input" / split / side / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    for number in range(12):
        split = "train" if number < 8 else "test"
        name = f"{split[0] if split == 'train' else 'e'}{number if number < 8 else number - 8}"
        before = scene(number)
        after, mask = before.copy(), np.zeros((96, 96), np.uint8)
        if number % 2 == 0:
            after[30:60, 20:70], mask[30:60, 20:70] = (250, 250, 250), 255
        if name == "t1":
            mask[:] = 255
        if name == "t3":
            after, mask = scene(77), np.zeros((96, 96), np.uint8)
        if name == "e0":
            before = np.clip(scene(0).astype(int) + 6, 0, 255).astype(np.uint8)
        make(split, name, before, after, mask)
    return tmp_path / "input"


@pytest.fixture
def built(images, tmp_path, rsica_data):
    def build(checks, *words, out="out", status=0, **sections):
        path = tmp_path / f"{out}.yaml"
        shape = {"build": {"shard_pairs": 3}, **sections}
        if checks is not None:
            shape["checks"] = checks
        path.write_text(recipe_text(source="folder", options=OPTIONS, tasks=TASKS, **shape))
        done = rsica_data("build", path, "--input", images, "--out", tmp_path / out, "--workers", "1", *words)
        assert done.status == status, done.err
        return done if status else open_dataset(tmp_path / out)

    return build


def names(dataset, split="train"):
    return [pair.pair_id.rsplit("/", 1)[1] for pair in dataset.pairs(split)]


def rejected(dataset):
    lines = (dataset.root / "rejected.jsonl").read_text().splitlines()
    return {(row["pair_id"].rsplit("/", 1)[1], row["reason"]) for row in map(json.loads, lines)}


def test_what_is_planted_is_dropped(built, rsica_data):
    dataset = built({"leaks": {"image": "drop"}, "masks": {"action": "drop"}})
    assert names(dataset) == ["t2", "t4", "t5", "t6", "t7"] and len(names(dataset, "test")) == 4
    assert rejected(dataset) == {("t0", "leak-image"), ("t1", "mask-full"), ("t3", "mask-empty")}
    checks = dataset.manifest["checks"]
    assert checks["found"] == {"leak-image": 1, "mask-empty": 1, "mask-full": 1}
    assert (checks["dropped_pairs"], checks["flagged_pairs"]) == (3, 0)
    assert dataset.manifest["counts"]["pairs"] == {"train": 5, "test": 4}
    assert dataset.manifest["counts"]["rejected"] == {"leak-image": 1, "mask-empty": 1, "mask-full": 1}
    assert {item.pair_id.rsplit("/", 1)[1] for item in dataset.instructions("train")} == set(names(dataset))
    assert rsica_data("validate", dataset.root).status == 0
    assert rsica_data("quality", dataset.root).status == 0
    text = rsica_data("stats", dataset.root).out
    assert "checks: found: leak-image 1, mask-empty 1, mask-full 1" in text
    assert "- dropped: 3 pairs; rows of other pairs: none; flagged: 0 pairs" in (dataset.root / "README.md").read_text()


def test_what_is_planted_is_flagged_and_listed(built):
    dataset = built({"leaks": {"image": "flag"}})
    assert len(names(dataset)) == 8 and rejected(dataset) == set()
    flags = {pair.pair_id.rsplit("/", 1)[1]: pair.attributes.get("checks") for pair in dataset.pairs("train")}
    (flag,) = flags.pop("t0")
    assert flag.startswith("leak-image: ") and flag.endswith("folder/test/e0")
    assert set(flags.values()) == {None}
    listed = [json.loads(line) for line in (dataset.root / "checks.jsonl").read_text().splitlines()]
    assert [(row["kind"], row["action"]) for row in listed] == [
        ("leak-image", "flag"), ("mask-full", "list"), ("mask-empty", "list"),
    ]  # fmt: skip
    assert listed[0]["pair"] == "folder/train/t0" and listed[0]["other"] == "folder/test/e0"


def test_answers_past_their_share_are_dropped(built):
    plain = built(None, out="plain")
    answers = [item.gold["building"] for item in plain.instructions("train") if item.task == "counting"]
    assert sorted(answers) == [0] * 3 + [1] * 5
    dataset = built({"leaks": {"image": "off"}, "masks": {"action": "off"}, "balance": {"counting": 0.5}})
    answers = [item.gold["building"] for item in dataset.instructions("train") if item.task == "counting"]
    assert sorted(answers) == [0] * 3 + [1] * 3
    assert dataset.manifest["checks"]["dropped_rows"] == {"answer-balance": 2}
    assert dataset.manifest["checks"]["images_compared"] is False
    assert len(names(dataset)) == 8
    told = built({"balance": {"counting": 0.4}}, out="told").manifest["checks"]["balance_not_reached"]
    assert told == ["counting has 2 answers, which no share of 40% goes with"]


def test_a_share_of_a_task_that_the_recipe_lacks_is_a_mistake():
    tasks = "tasks: {counting: {}, classification: {}}"
    text = f"name: x\nsource: {{name: folder}}\n{tasks}\nchecks:\n  balance: {{countin: 0.5}}\n"
    with pytest.raises(UserError, match=r"r\.yaml:5: checks\.balance\.countin: .*no task .*did you mean 'counting'"):
        parse_recipe(text, "r.yaml")
    assert parse_recipe(text.replace("countin:", "counting:"), "r.yaml").content.checks.balance == {"counting": 0.5}


def test_off_needs_no_quotes_where_recipes_have_other_choices_with_it():
    source, tasks = "source: {name: geotiff, options: {coregister: off}}", "tasks: {counting: {}}"
    recipe = parse_recipe(f"name: x\n{source}\n{tasks}\nquality: {{verify: off}}\n", "r.yaml")
    assert (recipe.source_options.coregister, recipe.content.quality.verify) == ("off", "off")


def test_off_needs_no_quotes_though_yaml_reads_it_as_false():
    text = "name: x\nsource: {name: folder}\ntasks: {counting: {}}\nchecks: {leaks: {image: off}, slivers: off}\n"
    checks = parse_recipe(text, "r.yaml").content.checks
    assert (checks.leaks.image, checks.slivers, checks.masks.action) == ("off", "off", "list")
    assert parse_recipe(text, "r.yaml").sha256 == parse_recipe(text.replace("off", "'off'"), "r.yaml").sha256
    with pytest.raises(UserError, match=r"checks\.slivers: 'on'|checks\.slivers: True"):
        parse_recipe(text.replace("slivers: off", "slivers: on"), "r.yaml")


ALL = {"leaks": {"image": "drop"}, "masks": {"action": "flag"}, "balance": {"counting": 0.5}}


def data_of(dataset):
    names = sorted([*dataset.root.glob("*.json*"), *dataset.root.glob("*/*.parquet"), dataset.root / "README.md"])
    return {path.name: path.read_bytes() for path in names if path.name != "build_info.json"}


def test_the_bytes_do_not_depend_on_parts_and_kills(built, images, tmp_path, rsica_data, monkeypatch):
    whole = data_of(built(ALL, out="whole"))
    recipe = tmp_path / "whole.yaml"
    for part in ("1/2", "2/2"):
        words = ("--input", images, "--out", tmp_path / "cut", "--workers", "1", "--part", part)
        assert rsica_data("build", recipe, *words).status == 0
    assert rsica_data("merge", recipe, "--input", images, "--out", tmp_path / "cut", "--workers", "1").status == 0
    assert data_of(open_dataset(tmp_path / "cut")) == whole

    real, calls = checks_stage.gate_shard, []

    def fails(unit):
        calls.append(unit)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(unit)

    monkeypatch.setattr(checks_stage, "gate_shard", fails)
    assert rsica_data("build", recipe, "--input", images, "--out", tmp_path / "killed", "--workers", "1").status != 0
    assert not (tmp_path / "killed/manifest.json").exists()
    done = rsica_data("build", recipe, "--input", images, "--out", tmp_path / "killed", "--workers", "1")
    assert done.status == 0, done.err
    assert data_of(open_dataset(tmp_path / "killed")) == whole


def test_recipes_without_checks_keep_their_hash_and_mistakes_are_told():
    plain = parse_recipe(recipe_text(), "r.yaml")
    assert "checks" not in plain.as_json()
    from rsica_data.core.errors import UserError

    with pytest.raises(UserError, match=r"checks\.leaks\.image"):
        parse_recipe(recipe_text(checks={"leaks": {"image": "delete"}}), "r.yaml")
    with pytest.raises(UserError, match=r"checks\.balance\.counting"):
        parse_recipe(recipe_text(checks={"balance": {"counting": 2}}), "r.yaml")


def test_checks_that_leave_no_pair_stop_the_build(built):
    done = built({"masks": {"action": "drop", "off_edges": 1000, "full": 0.001, "empty": 1}}, status=1)
    assert "the checks of the recipe drop every pair" in done.err
