"""The card's front matter and text."""

import re

import yaml

from rsica_data.export.card import write_card


def card(manifest_of, tmp_path):
    text = write_card(tmp_path, manifest_of)
    return text, yaml.safe_load(text.split("---\n")[1])


def test_splits_in_the_usual_order(stored_pair, asked, write_dataset, tmp_path):
    pairs = [stored_pair("x", split=split) for split in ("test", "train", "val")]
    dataset = write_dataset(pairs, [asked(pair, "classification", "?", "!") for pair in pairs])
    text, front = card(dataset.manifest, tmp_path)
    for config in front["configs"]:
        room = config["config_name"]
        assert config["data_files"] == [
            {"split": split, "path": f"{room}/{split}-*.parquet"} for split in ("train", "val", "test")
        ]
    lines = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("|")]
    assert lines == ["split", "---", "train", "val", "test"]


def test_licences_the_hub_does_not_know_are_other_with_a_name(stored_pair, write_dataset, tmp_path):
    source = {"name": "s", "licence": "academic use", "citation": None, "url": None, "redistributable": False}
    text, front = card(write_dataset([stored_pair("x")], [], source=source).manifest, tmp_path)
    assert front["license"] == "other"
    assert front["license_name"]
    assert "academic use" in text
    assert "forbid" in text


def test_the_recipe_stays_in_its_block(stored_pair, write_dataset, tmp_path):
    recipe = {"name": "r", "title": "", "version": 1, "description": "a\n```\n# not a heading\n```\n"}
    text, _ = card(write_dataset([stored_pair("x")], [], recipe=recipe).manifest, tmp_path)
    fence = re.search(r"^(`+)yaml$", text, re.MULTILINE)[1]
    # Up to three spaces may stand before a closing fence, and it may be longer than the opening one.
    block = re.split(rf"^ {{0,3}}{fence}`*$", text.split(f"{fence}yaml\n")[1], flags=re.MULTILINE)[0]
    assert yaml.safe_load(block) == recipe


def test_limits_are_named(stored_pair, write_dataset, tmp_path):
    text, _ = card(write_dataset([stored_pair("x")], []).manifest, tmp_path)
    assert "## Known limits" in text
