"""Pairs without split folders, shared out by ratio, by group and by list files: the same way each time, and told."""

import json
import random

import pytest
from pydantic import ValidationError

from rsica_data.core.errors import UserError
from rsica_data.dataset.opening import open_dataset
from rsica_data.sources.folder import SOURCE
from rsica_data.sources.splits import SplitRules, share_out

NAMES = [f"{city}_{number}" for city, count in (("austin", 20), ("vienna", 12), ("bonn", 8)) for number in range(count)]
RATIO = {"train": 0.8, "val": 0.1, "test": 0.1}


def shared(rules, names=NAMES, root=None, attributes=None):
    return share_out(names, SplitRules(**rules), root, attributes or {})


def counts(splits):
    return {split: list(splits.values()).count(split) for split in ("train", "val", "test")}


def test_by_ratio():
    found = shared({"ratio": RATIO})
    assert counts(found.splits) == {"train": 32, "val": 4, "test": 4}
    assert found.note == "split by ratio (train 0.8, val 0.1, test 0.1), seed 0: pairs: train 32, val 4, test 4"
    mixed = random.Random(3).sample(NAMES, len(NAMES))
    assert shared({"ratio": RATIO}, mixed).splits == found.splits
    assert shared({"ratio": {"train": 8, "val": 1, "test": 1}}).splits == found.splits
    assert shared({"ratio": RATIO, "seed": 1}).splits != found.splits
    assert counts(shared({"ratio": {"train": 1, "test": 1, "val": 0}}).splits) == {"train": 20, "val": 0, "test": 20}


def test_groups_stay_together():
    found = shared({"ratio": {"train": 0.5, "val": 0.3, "test": 0.2}, "group": "^([a-z]+)_"})
    by_city = {name.partition("_")[0]: split for name, split in found.splits.items()}
    assert by_city == {"austin": "train", "vienna": "val", "bonn": "test"}
    assert all(by_city[name.partition("_")[0]] == split for name, split in found.splits.items())
    assert "pairs of one group together (by '^([a-z]+)_' in the name)" in found.note
    assert "pairs: train 20, val 12, test 8; groups: train 1, val 1, test 1" in found.note
    # Without a group of its own the whole match counts.
    assert shared({"ratio": {"train": 5, "val": 3, "test": 2}, "group": "^[a-z]+"}).splits == found.splits


def test_groups_by_name():
    rules = {"groups": {"train": ["austin"], "test": ["bonn"]}, "group": "^[a-z]+"}
    found = shared(rules)
    assert counts(found.splits) == {"train": 20, "val": 0, "test": 8}
    assert found.note.endswith("left out, of other groups: 12, the first 'vienna_0'")
    with pytest.raises(UserError, match="no pair is of the group 'bon'.*did you mean 'bonn'"):
        shared({"groups": {"train": ["bon"]}, "group": "^[a-z]+"})
    with pytest.raises(UserError, match="'bonn' is in train and in test"):
        shared({"groups": {"train": ["bonn"], "test": ["bonn"]}, "group": "^[a-z]+"})
    with pytest.raises(UserError, match=r"'\^x' finds nothing in 'austin_0'"):
        shared({"ratio": RATIO, "group": "^x"})


def test_groups_by_an_attribute():
    attributes = {name: {"year": 2019 if name.endswith(("1", "3")) else 2021} for name in NAMES}
    found = shared({"groups": {"train": ["2021"], "test": ["2019"]}, "group_attribute": "year"}, attributes=attributes)
    assert {split for name, split in found.splits.items() if attributes[name]["year"] == 2019} == {"test"}
    assert "(by the attribute 'year')" in found.note
    with pytest.raises(UserError, match="'austin_0' has no attribute 'place'"):
        shared({"ratio": RATIO, "group_attribute": "place"}, attributes=attributes)


def test_by_lists(tmp_path):
    (tmp_path / "train.txt").write_bytes("austin_1.png\r\nA/austin_2.tif B/austin_2.tif\r\n\r\n".encode("utf-16"))
    (tmp_path / "test.txt").write_text("bonn_0\nghost\n")
    rules = {"lists": {"train": "train.txt", "test": "test.txt"}}
    found = shared(rules, root=tmp_path)
    assert found.splits == {"austin_1": "train", "austin_2": "train", "bonn_0": "test", "ghost": "test"}
    assert found.note == (
        "split by lists (train.txt, test.txt): pairs: train 2, test 2; left out, in no list: 37, the first 'austin_0'"
    )
    for text, said in (("austin_1\n", "also in the list of train"), ("\n", "list is empty"), ("x\n", "names no pair")):
        (tmp_path / "test.txt").write_text(text)
        with pytest.raises(UserError, match=said):
            shared(rules, root=tmp_path)
    (tmp_path / "test.txt").unlink()
    with pytest.raises(UserError, match="no such file"):
        shared(rules, root=tmp_path)


@pytest.mark.parametrize(
    ("split", "said"),
    [
        ({}, "one of ratio, groups and lists"),
        ({"ratio": RATIO, "lists": {"test": "x"}}, "one of ratio, groups and lists"),
        ({"ratio": {"train": 0}}, "a share above 0"),
        ({"ratio": {"train": -1}}, "greater than or equal to 0"),
        ({"ratio": {"training": 1}}, "'train', 'val' or 'test'"),
        ({"ratio": RATIO, "group": "("}, "no regular expression"),
        ({"ratio": RATIO, "group": "a", "group_attribute": "b"}, "give one of them"),
        ({"groups": {"train": ["a"]}}, "groups needs group"),
        ({"lists": {"test": "../x"}}, "inside the input folder"),
        ({"lists": {"test": "x"}, "group": "a"}, "lists name pairs"),
    ],
)
def test_rules_that_are_refused(split, said):
    with pytest.raises(ValidationError) as caught:
        SOURCE.options(split=split)
    assert said in str(caught.value)


def test_a_template_with_split_tells_the_splits_itself():
    with pytest.raises(ValidationError, match="before has {split}"):
        SOURCE.options(before="{split}/A/{name}.png", after="{split}/B/{name}.png", split={"ratio": RATIO})


def test_a_build_says_what_it_did(tmp_path, write, photo, rsica_data, write_recipe):
    names = [f"{city}_{number}" for city in ("a", "b", "c") for number in range(2)]
    root = write(tmp_path / "in", {f"{side}/{name}.png": photo(1) for side in ("A", "B") for name in names})
    table = "name,city\n" + "".join(f"{name},{name[0]}\n" for name in names)
    write(root, {"pairs.csv": table, "captions.json": json.dumps({name: ["a road is built"] for name in names})})
    split = {"ratio": {"train": 2, "test": 1}, "group_attribute": "city"}
    options = {"captions": "captions.json", "pair_attributes": "pairs.csv", "split": split}
    recipe = write_recipe(source="folder", options=options, tasks=["captioning"])
    done = rsica_data("build", recipe, "--input", root, "--out", tmp_path / "out", "--workers", 1)
    assert done.status == 0, done.err
    note = "split by ratio (train 2, test 1), seed 0, pairs of one group together (by the attribute 'city')"
    assert f"{note}: pairs: train 4, test 2; groups: train 2, test 1" in done.out
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["counts"]["pairs"] == {"train": 4, "test": 2}
    assert manifest["source"]["notes"][0].startswith(note)
    kept = {pair.pair_id.rpartition("/")[2]: pair.attributes for pair in open_dataset(tmp_path / "out").pairs()}
    assert kept == {name: {"city": name[0]} for name in names}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.csv", "file,city\na,b\n", "no column 'name'"),
        ("x.csv", "name,city\na,b\na,c\n", "'a' appears twice"),
        ("x.json", "[]", "should be {name: {key: value}}"),
        ("x.json", "{", "not valid JSON"),
    ],
)
def test_files_of_attributes_that_are_none(tmp_path, write, photo, name, text, said):
    root = write(tmp_path, {"A/a.png": photo(1), "B/a.png": photo(1), name: text})
    with pytest.raises(UserError, match=said):
        SOURCE.index(root, SOURCE.options(pair_attributes=name))
