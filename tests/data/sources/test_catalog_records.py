"""Quirks of sets whose records or lists name images in their own way."""

import json

import numpy as np
import pytest
from PIL import Image

from rsica_data.core.errors import UserError
from rsica_data.sources.catalog.catalog_pages import load_page, read_page
from rsica_data.sources.catalog.source import SOURCE, CatalogOptions


def save(path, shape=(8, 8, 3), level=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full(shape, level, np.uint8)).save(path)


def load_all(root, name, layout=None):
    options = CatalogOptions(page=load_page(name), layout=layout)
    return {key.pair_id: SOURCE.load(root, key, options) for key in SOURCE.index(root, options)}


def write_lines(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


PAIR = {"pre_image_path": "test_images\\a.png", "post_image_path": "test_images\\b.png"}


def test_disasterm3_rows_name_their_images_in_several_columns(tmp_path):
    """A letter where there are options, else the text; a radar image after; masks as answers are not read."""
    bench = tmp_path / "DisasterM3_Bench"
    save(bench / "test_images" / "a.png")
    save(bench / "test_images" / "b.png", (8, 8))
    save(bench / "test_images" / "c.png")
    options = {"options_str": "A. Flood B. Fire", "ground_truth_option": "A, B", "ground_truth": "Flood, Fire"}
    rows = [
        {**PAIR, "task": "Disaster Type", "prompts": "Which?", **options},
        {**PAIR, "task": "Disaster Report", "prompts": ["Describe it."], "ground_truth": "DISASTER: Flood"},
        {**PAIR, "task": "Building Damage Counting", "prompts": "How many?", "ground_truth": 3},
        {**PAIR, "task": "Referring Expression Segmentation", "prompts": "Outline.", "ground_truth": "masks\\1.png"},
        {
            "image_path": "test_images\\c.png",
            "task": "relational reasoning",
            "prompts": "Where?",
            "ground_truth": "Left.",
        },
    ]
    (bench / "benchmark_release.json").write_text(json.dumps(rows))
    pairs = load_all(tmp_path, "disasterm3")
    assert set(pairs) == {"disasterm3/test/test_images_a__test_images_b", "disasterm3/test/test_images_c"}
    pair = pairs["disasterm3/test/test_images_a__test_images_b"]
    assert [question.turns[0] for question in pair.questions] == [
        ("Which?\nA. Flood B. Fire", "A, B"),
        ("Describe it.", "DISASTER: Flood"),
        ("How many?", "3"),
    ]
    assert (pair.before.path[-5:], pair.after.path[-5:]) == ("a.png", "b.png")
    assert pairs["disasterm3/test/test_images_c"].after is None
    # Either set may be given alone.
    assert set(load_all(bench, "disasterm3")) == set(pairs)


def test_a_row_without_images_is_told(tmp_path):
    (tmp_path / "train_release.json").write_text(json.dumps([{"task": "a", "prompts": "b", "ground_truth": "c"}]))
    with pytest.raises(
        UserError, match="row 1 lacks pre_image_path, post_image_path, image_path, prompts or ground_tr"
    ):
        SOURCE.index(tmp_path, CatalogOptions(page=load_page("disasterm3")))


def rscc(root, listed):
    folder, rows = "xbd/images-w512-h512/flood", []
    for number in (1, 2, 3):
        images = [f"{folder}/flood_{number:08d}_{side}_disaster_part1.png" for side in ("pre", "post")]
        for image in images:
            save(root / image)
        rows.append({"pre_image": images[0], "post_image": images[1], "change_caption": f"Caption {number} ."})
    write_lines(root / "RSCC_qvq.jsonl", rows)
    if listed:
        (root / "test_set.txt").write_text(rows[1]["pre_image"] + "\n")


def test_rscc_captions_and_test_pairs_go_by_paths(tmp_path):
    rscc(tmp_path, listed=True)
    pairs = load_all(tmp_path, "rscc")
    assert [(pair.split, pair.captions) for pair in pairs.values()] == [
        ("train", ("Caption 1",)),
        ("train", ("Caption 3",)),
        ("test", ("Caption 2",)),
    ]
    assert all("_post_disaster" in pair.after.path for pair in pairs.values())
    notes = SOURCE.notes(tmp_path, CatalogOptions(page=load_page("rscc")))
    assert "splits by lists (test_set.txt); train, in no list: 2" in notes[0]


def test_rscc_without_its_list_has_no_splits(tmp_path):
    rscc(tmp_path, listed=False)
    with pytest.raises(UserError, match=r"cannot be told: no list test_set.txt"):
        SOURCE.index(tmp_path, CatalogOptions(page=load_page("rscc")))
    assert len(SOURCE.index(tmp_path, CatalogOptions(page=load_page("rscc"), split="train"))) == 3


def test_refgeo_images_of_one_name_in_two_sets_stay_apart(tmp_path):
    """The path is made of two columns; the answer is the box in pixels."""
    rows = []
    for folder in ("avvg", "rsvg"):
        save(tmp_path / "refGeo" / "images" / folder / "1.jpg")
        rows.append({"dataset": folder, "image_id": "1.jpg", "question": "the red car", "bbox": [1, 2.5, 3, 4]})
        write_lines(tmp_path / "refGeo" / "metainfo" / f"{folder}_test.jsonl", rows[-1:])
    pairs = load_all(tmp_path, "refgeo")
    assert set(pairs) == {"refgeo/test/avvg_1", "refgeo/test/rsvg_1"}
    asked, answer = pairs["refgeo/test/avvg_1"].questions[0].turns[0]
    assert "the red car" in asked
    assert answer == "[1, 2.5, 3, 4]"


def test_sen12ms_lists_name_the_files_of_one_of_three_folders(tmp_path):
    """Lists and images say s2, label files lc, in another folder; of four label bands the first is read."""
    from rsica_data.imagery.raster_files import encode_tiff

    for season, patch in (("ROIs1158_spring", "p1"), ("ROIs1868_summer", "p1")):
        for kind, bands in (("s2", 13), ("lc", 4)):
            path = tmp_path / season / f"{kind}_1" / f"{season}_{kind}_1_{patch}.tif"
            path.parent.mkdir(parents=True)
            values = np.zeros((8, 8, bands), np.uint16)
            values[:, :, 0] = 17
            path.write_bytes(encode_tiff(values))
    (tmp_path / "train_list.txt").write_text("ROIs1158_spring_s2_1_p1.tif\n")
    (tmp_path / "test_list.txt").write_text("ROIs1868_summer_s2_1_p1.tif\n")
    pairs = load_all(tmp_path, "sen12ms")
    assert list(pairs) == ["sen12ms/train/ROIs1158_spring_1_p1", "sen12ms/test/ROIs1868_summer_1_p1"]
    assert all((pair.before_labels == 17).all() for pair in pairs.values())


def test_gid_labels_have_another_name_and_are_absent_in_the_test_split(tmp_path):
    for split, labelled in (("train", True), ("test", False)):
        save(tmp_path / "GID" / "img_dir" / split / "GF2_1-MSS1.tif")
        if labelled:
            save(tmp_path / "GID" / "ann_dir" / split / "GF2_1-MSS1_15label.png", (8, 8), 15)
    pairs = load_all(tmp_path, "gid")
    assert (pairs["gid/train/GF2_1-MSS1"].before_labels == 15).all()
    assert pairs["gid/test/GF2_1-MSS1"].before_labels is None


PLACED = """
name: mine
title: Mine
family: one date text
summary: Mine.
layouts:
  - name: a
    before: "{place}/{place}_pre_{name}.png"
    captions: {table: {file: c.csv, image: file, name: "{place}_pre_{name}.png", caption: text}}
    splits: [{all: test}]
"""


def test_tables_may_name_the_place_too(tmp_path):
    (tmp_path / "mine.yaml").write_text(PLACED)
    for place in ("ida", "ian"):
        save(tmp_path / place / f"{place}_pre_1.png")
    (tmp_path / "c.csv").write_text("file,text\nida_pre_1.png,A flood.\nian_pre_1.png,A storm.\n")
    options = CatalogOptions(page=read_page(tmp_path / "mine.yaml"))
    told = {key.pair_id: key.captions for key in SOURCE.index(tmp_path, options)}
    assert told == {"mine/test/ian_1": ("A storm.",), "mine/test/ida_1": ("A flood.",)}
