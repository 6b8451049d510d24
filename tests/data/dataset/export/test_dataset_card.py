"""The card's front matter and text."""

import json
import re
import warnings
from xml.etree import ElementTree

import pytest
import yaml

from rsica_data.core.errors import UserError
from rsica_data.dataset.export.card import CardContext, is_own_card, write_card
from rsica_data.dataset.export.card_plots import bars, write_figures
from rsica_data.dataset.export.croissant import write_croissant
from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.stats import dataset_stats, provenance_stats, read_assist_report
from rsica_data.schema import Provenance


def card(manifest_of, tmp_path):
    text = write_card(tmp_path, manifest_of)
    return text, yaml.safe_load(text.split("---\n")[1])


def test_splits_in_the_usual_order(stored_pair, asked, write_dataset, tmp_path):
    pairs = [stored_pair("x", split=split) for split in ("test", "train", "val")]
    dataset = write_dataset(pairs, [asked(pair, "classification", "?", "!") for pair in pairs])
    text, front = card(dataset.manifest, tmp_path)
    for config in front["configs"]:
        part = config["config_name"]
        assert config["data_files"] == [
            {"split": split, "path": f"{part}/{split}-*.parquet"} for split in ("train", "val", "test")
        ]
    lines = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("|")]
    assert lines == ["split", "---", "train", "val", "test"]


def test_licenses_the_hub_does_not_know_are_other_with_a_name(stored_pair, write_dataset, tmp_path):
    source = {"name": "s", "license": "academic use", "citation": None, "url": None, "redistributable": False}
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


STATS = {
    "splits": {
        split: {
            "pairs": pairs,
            "changed": 1,
            "tasks": {"counting": pairs, "captioning": 2 * pairs},
            "classes": {
                "road": {
                    "pairs": 1,
                    "objects": 3,
                    "area_px": 1200,
                    "count_bins": {"0": pairs - 1, "1": 0, "2+": 1},
                    "cells": {"top-left": 1, "center-center": 2},
                }
            },
        }
        for split, pairs in (("train", 5), ("test", 4))
    }
}


def rows_of(text, heading):
    part = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")]


def test_statistics_are_added_up_over_splits(stored_pair, write_dataset, tmp_path):
    manifest = write_dataset([stored_pair("x")], []).manifest
    text = write_card(tmp_path, manifest, CardContext(stats=STATS, figures=("tasks.svg",)))
    assert "![Instructions by task and split](figures/tasks.svg)" in text
    rows = rows_of(text, "Statistics")
    assert rows[2] == ["road", "2", "6", "2,400", "7", "0", "2"]
    assert rows[5] == ["road", "2", "0", "0", "0", "4", "0", "0", "0", "0"]
    assert "## Statistics" not in write_card(tmp_path, manifest)


def test_verification_rates_of_rows_that_no_rule_wrote(stored_pair, asked, write_dataset, tmp_path):
    pair = stored_pair("x")
    outcomes = [True, True, True, False, None]
    items = [
        asked(pair, "open_qa", "?", "!", number=number, provenance=Provenance("llm", model="m-1", verified=outcome))
        for number, outcome in enumerate(outcomes)
    ]
    items += [asked(pair, "counting", "?", "!", provenance=Provenance("rule", "counting/1", 1))]
    found = provenance_stats(write_dataset([pair], items))
    assert [(row["task"], row["method"], row["rows"]) for row in found] == [
        ("counting", "rule", 1),
        ("open_qa", "llm", 5),
    ]
    report = {"calls": {"sent": 12, "cost": 0.51234}, "note": "a|b", "items": [1, 2]}
    context = CardContext(provenance=tuple(found), assist=report)
    text = write_card(tmp_path, write_dataset([pair], items, name="again").manifest, context)
    rows = rows_of(text, "Verification")
    assert rows[2] == ["open_qa", "llm (m-1)", "5", "3 (60.0 %)", "1 (20.0 %)", "1 (20.0 %)"]
    assert rows[5:] == [["calls.sent", "12"], ["calls.cost", "0.5123"], ["note", "a\\", "b"]]
    assert "Rows written by rule: 1;" in text


def test_refusals_by_prompt_and_split(stored_pair, write_dataset, tmp_path):
    found = {
        "pairs_asked_about": 40,
        "requests": 1234,
        "wanted": 100,
        "written": 99,
        "missing": 1,
        "accepted": 150,
        "refused": 50,
        "refusal_rate": 0.25,
        "refused_by_kind": {"contradicted": {"number": 40, "rate": 0.2}, "format": {"number": 10, "rate": 0.05}},
    }
    report = {"model": "m-1", "verify": "strict", "prompts": {"open": {"version": 1, "splits": {"train": found}}}}
    manifest = {**write_dataset([stored_pair("x")], []).manifest, "assist": report}
    text = write_card(tmp_path, manifest)
    assert "Model m-1;" in text
    row = ["open (version 1)", "train", "99", "100", "50 (25.0 %)", "contradicted 40, format 10"]
    assert rows_of(text, "Rows written by a language model")[2] == row


def test_a_report_of_the_language_model_is_read_where_there_is_one(stored_pair, write_dataset):
    dataset = write_dataset([stored_pair("x")], [])
    assert read_assist_report(dataset) is None
    (dataset.root / "assist_report.json").write_text('{"verified": 0.9}')
    assert read_assist_report(dataset) == {"verified": 0.9}
    (dataset.root / "assist_report.json").write_text("{")
    with pytest.raises(UserError, match=r"assist_report\.json"):
        read_assist_report(dataset)


def test_changes_by_hand_are_seen(stored_pair, write_dataset, tmp_path):
    text = write_card(tmp_path, write_dataset([stored_pair("x")], []).manifest)
    assert is_own_card(text)
    assert not is_own_card(text.replace("Known", "Some"))
    assert not is_own_card(text + "\n")
    assert not is_own_card("# mine\n")


def test_the_card_is_the_same_for_a_manifest_made_now_and_one_read_back(small_dataset):
    dataset = open_dataset(small_dataset)
    assert write_card(small_dataset, dataset.manifest) == (small_dataset / "README.md").read_text()


def test_figures_are_whole_svg_files_with_their_numbers(small_dataset):
    drawn = write_figures(dataset_stats(open_dataset(small_dataset)))
    assert sorted(drawn) == ["cells.svg", "counts.svg", "tasks.svg"]
    for text in drawn.values():
        root = ElementTree.fromstring(text)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert root[0].text  # a title, for readers that see no figure
        # Nothing is fetched and nothing runs.
        assert "href" not in text
        assert "script" not in text
    assert ">captioning<" in drawn["tasks.svg"]


def test_bars_share_one_scale_and_text_is_escaped():
    text = bars("A & B", ["<x>", "y"], {"s": [10, 5], "t": [0, 20]})
    root = ElementTree.fromstring(text)
    widths = [float(part.get("width")) for part in root if part.tag.endswith("rect") and part.get("height") == "12"]
    assert widths == [205.0, 0.0, 102.5, 410.0]
    assert "<x>" not in text


def test_an_empty_dataset_has_no_figures():
    assert write_figures({"splits": {}}) == {}
    assert ElementTree.fromstring(bars("none", [], {})) is not None


def test_croissant_with_date_and_citation_passes_its_validator_without_remarks(stored_pair, write_dataset):
    mlcroissant = pytest.importorskip("mlcroissant")
    recipe = {"name": "r", "title": "R", "version": 2, "description": "What it is.", "date": "2026-03-01"}
    source = {"name": "s", "license": "CC0-1.0", "citation": "A: B.", "url": None, "redistributable": True}
    dataset = write_dataset([stored_pair("x")], [], recipe=recipe, source=source)
    for repo in (None, "ann/x"):
        record = json.loads(write_croissant(dataset.manifest, repo))
        assert record["datePublished"] == "2026-03-01"
        assert record["citeAs"] == "A: B."
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            issues = mlcroissant.Dataset(jsonld=record).metadata.ctx.issues
        assert not issues.errors
        assert not issues.warnings


def test_croissant_gives_the_rows_to_its_own_reader(small_dataset):
    mlcroissant = pytest.importorskip("mlcroissant")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = mlcroissant.Dataset(jsonld=str(small_dataset / "croissant.json"))
        asked = {row["instructions/instruction_id"].decode() for row in found.records("instructions")}
        pairs = {row["pairs/pair_id"].decode(): row["pairs/before"].size for row in found.records("pairs")}
    dataset = open_dataset(small_dataset)
    assert asked == {item.instruction_id for item in dataset.instructions()}
    assert pairs == {pair.pair_id: (pair.width, pair.height) for pair in dataset.pairs(images=False)}


@pytest.mark.parametrize("repo", ["mine", "ann/x/y", "ann/x@v1", "https://huggingface.co/ann/x", "ann/ x", ""])
def test_a_name_that_is_none_is_refused(rsica_data, write_dataset, stored_pair, repo):
    root = write_dataset([stored_pair("x")], []).root
    found = rsica_data("card", root, "--repo", repo)
    assert (found.status, found.err.count("\n")) == (2, 1)
    assert "--repo" in found.err and "USER/NAME" in found.err
    assert not (root / "README.md").exists()
