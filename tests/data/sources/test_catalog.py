"""Pages of the catalog: mistakes in them, splits of every form, forms of masks, what changed alone."""

import json

import numpy as np
import pytest
from PIL import Image

from rsica_data.core.errors import UserError
from rsica_data.core.validation import UserErrors
from rsica_data.sources.catalog.catalog_pages import all_pages, load_page, read_page
from rsica_data.sources.catalog.source import SOURCE, CatalogOptions

PAGE = """
name: mine
title: My pairs
family: binary change
summary: Pairs of my town.
classes: [building]
layouts:
  - name: flat
    before: "t1/{name}.png"
    after: "t2/{name}.png"
    change_mask: "change/{name}.png"
    splits: [{lists: "{split}.txt"}, {prefix: true}]
"""


def write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path)


@pytest.fixture
def page_file(tmp_path):
    def make(text=PAGE):
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return make


@pytest.fixture
def tree(tmp_path):
    """Three pairs in one folder; the mask of one is the whole upper half."""

    def make(names, value=255):
        root = tmp_path / "tree"
        mask = np.zeros((8, 8), np.uint8)
        mask[:4] = value
        for name in names:
            write(root / "t1" / f"{name}.png", np.zeros((8, 8, 3)))
            write(root / "t2" / f"{name}.png", np.full((8, 8, 3), 9))
            write(root / "change" / f"{name}.png", mask)
        return root

    return make


def keys(page, root, **options):
    return [key.pair_id for key in SOURCE.index(root, CatalogOptions(page=page, **options))]


def test_every_page_that_ships_can_be_read():
    pages = all_pages()
    assert {"second", "levir-cd", "xbd", "dubai-cc"} <= {page.name for page in pages}
    # What nobody compared with a copy says so.
    assert all(page.verified or page.not_verified for page in pages)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("family: binary change", "family: binary", "mine.yaml:4: family"),
        ("classes: [building]", "klasses: [building]", "unknown key (did you mean 'classes'?)"),
        ("t1/{name}.png", "t1/a.png", "mine.yaml:9: layouts.0.before"),
        ("t1/{name}.png", "../t1/{name}.png", "must lie inside the input folder"),
        ("{prefix: true}", "{prefix: true, all: test}", "mine.yaml:12: layouts.0.splits.1"),
        ("classes: [building]", "classes: [building, road]", "values should tell the classes apart"),
        ("classes: [building]", "classes: [none]", "mine.yaml:6: classes"),
    ],
)
def test_a_mistake_is_told_with_line_and_key(page_file, old, new, told):
    assert old in PAGE
    with pytest.raises(UserErrors) as error:
        read_page(page_file(PAGE.replace(old, new)))
    assert told in str(error.value)


def test_beginnings_of_names_tell_splits(page_file, tree):
    page = read_page(page_file())
    root = tree(["train_1", "test_2", "val_10"])
    assert keys(page, root) == ["mine/train/train_1", "mine/val/val_10", "mine/test/test_2"]


def test_splits_that_cannot_be_told_are_an_error_and_not_a_guess(page_file, tree):
    page = read_page(page_file())
    root = tree(["train_1", "other"])
    with pytest.raises(UserError, match=r"splits of 2 pairs cannot be told: no list {split}.txt; no names"):
        keys(page, root)
    assert len(keys(page, root, split="train")) == 2


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("train.txt", "a\nb\n"),
        ("train.txt", "a.png\nb.png\n"),
        ("train.txt", "a,b\n"),
        ("train.txt", "t1/a.png t2/a.png change/a.png\nt1/b.png t2/b.png change/b.png\n"),
        ("train.txt", "\ufeffa.png\r\nb.png\r\n"),
        ("train.csv", "image_a,image_b\na.png,a.png\nb.png,b.png\n"),
        ("train.json", '["a.png", "b.png"]'),
        ("train.json", '{"images": [{"file": "t1/a.png"}, {"file": "t1/b.png"}]}'),
    ],
)
def test_lists_of_every_form(page_file, tree, file, text):
    page = read_page(page_file(PAGE.replace("{split}.txt", "{split}.*")))
    root = tree(["a", "b", "c"])
    (root / file).write_bytes(text.encode())
    assert keys(page, root) == ["mine/train/a", "mine/train/b"]


def test_a_listed_pair_that_is_not_there_is_kept_for_the_report(page_file, tree):
    root = tree(["a"])
    (root / "train.txt").write_text("a\ngone\n")
    assert keys(read_page(page_file()), root) == ["mine/train/a", "mine/train/gone"]


def test_a_list_of_other_names_is_an_error(page_file, tree):
    root = tree(["a"])
    (root / "train.txt").write_text("x\ny\n")
    with pytest.raises(UserError, match="names no pair of the folder"):
        keys(read_page(page_file()), root)


def test_names_of_splits_are_mapped(page_file, tree, tmp_path):
    text = PAGE.replace('"t1/', '"{split}/t1/').replace('"t2/', '"{split}/t2/').replace('"change/', '"{split}/change/')
    text = text.replace('splits: [{lists: "{split}.txt"}, {prefix: true}]', "split_names: {tier3: train, hold: val}")
    root = tree(["a"])
    for split in ("tier3", "hold", "extra"):
        for side in ("t1", "t2", "change"):
            write(root / split / side / "a.png", np.zeros((4, 4)))
    assert keys(read_page(page_file(text)), root) == ["mine/train/a", "mine/val/a"]


def load_one(page, root, **options):
    chosen = CatalogOptions(page=page, **options)
    (key,) = SOURCE.index(root, chosen)
    return SOURCE.load(root, key, chosen)


@pytest.mark.parametrize("value", [1, 255])
def test_one_class_is_255_or_1(page_file, tree, value):
    root = tree(["train_1"], value)
    mask = load_one(read_page(page_file()), root).change_mask
    assert mask[:4].min() == 1
    assert mask[4:].max() == 0


def layout_of(mask):
    return PAGE.replace('change_mask: "change/{name}.png"', f"change_mask: {mask}")


def test_any_colour_is_the_class(page_file, tree):
    root = tree(["train_1"])
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[0, 0], pixels[1, 1] = (255, 0, 0), (0, 0, 1)
    write(root / "change" / "train_1.png", pixels)
    page = read_page(page_file(layout_of('{file: "change/{name}.png", nonzero: true}')))
    assert np.argwhere(load_one(page, root).change_mask).tolist() == [[0, 0], [1, 1]]


def test_classes_that_are_no_change(page_file, tree):
    root = tree(["train_1"])
    pixels = np.zeros((8, 8), np.uint8)
    pixels[0], pixels[1] = 1, 2
    write(root / "change" / "train_1.png", pixels)
    mask = '{file: "change/{name}.png", values: {building: 2}, no_change: {intact: 1}}'
    found = load_one(read_page(page_file(layout_of(mask))), root).change_mask
    assert (found[0].max(), found[1].min(), found[2:].max()) == (0, 1, 0)


def test_one_date(page_file, tree):
    text = PAGE.replace('    after: "t2/{name}.png"\n    change_mask: "change/{name}.png"\n', "")
    pair = load_one(read_page(page_file(text)), tree(["train_1"]))
    assert pair.after is None
    assert pair.change_mask is None


def test_a_build_without_rows_fails(page_file, tree, rsica_data, tmp_path):
    text = PAGE.replace('    change_mask: "change/{name}.png"\n', "")
    root = tree(["train_1"])
    found = rsica_data(
        "build", "--catalog", page_file(text), "--input", root, "--out", tmp_path / "out", "--workers", 1
    )
    assert found.status == 2
    assert "no rows: 1 pairs were read" in found.err


def test_a_page_of_ones_own_builds_and_keeps_itself_in_the_manifest(page_file, tree, rsica_data, tmp_path):
    root, out = tree(["train_1", "test_1"]), tmp_path / "out"
    words = ("build", "mine", "--catalog", page_file(), "--input", root, "--out", out, "--workers", 2, "--json")
    found = rsica_data(*words)
    assert found.status == 0, found.err
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["source"]["name"] == "mine"
    again = CatalogOptions.model_validate(manifest["recipe"]["source"]["options"])
    assert keys(again.page, root) == ["mine/train/train_1", "mine/test/test_1"]
    assert rsica_data("validate", out).status == 0


def test_sources_shows_a_page_and_its_folders(rsica_data):
    told = rsica_data("sources", "cdd").out
    assert "cdd: CDD (season-varying) (binary change)" in told
    assert "      OUT/\n        {name}.jpg  (change mask by class)" in told
    assert "rsica-data build cdd --input DIR --out OUT" in told
    assert rsica_data("sources", "secnd").status == 2


def test_second_has_change_where_it_is_labelled(tmp_path):
    """Also where the class is the same on both dates: something changed there."""
    root = tmp_path / "SECOND"
    white, tree = (255, 255, 255), (0, 255, 0)
    for side in ("im1", "im2"):
        write(root / "test" / side / "1.png", np.zeros((6, 6, 3)))
    for side, colour in (("label1", tree), ("label2", (128, 0, 0))):
        pixels = np.full((6, 6, 3), white, np.uint8)
        pixels[0], pixels[5] = colour, tree
        write(root / "test" / side / "1.png", pixels)
    pair = load_one(load_page("second"), root)
    assert not pair.labels_whole
    assert [int(row[0]) for row in pair.change_mask] == [5, 0, 0, 0, 0, 4]


def test_levir_cd_in_one_folder_is_split_by_names(tree, tmp_path):
    from rsica_data.builder.recipe import load_recipe
    from rsica_data.sources.levir_cd import SOURCE as LEVIR

    root = tmp_path / "LEVIR"
    for name in ("train_1", "train_2", "val_1", "test_1"):
        for side in ("A", "B", "label"):
            write(root / side / f"{name}.png", np.zeros((4, 4, 3) if side != "label" else (4, 4)))
    by_name = ["levir-cd/train/train_1", "levir-cd/train/train_2", "levir-cd/val/val_1", "levir-cd/test/test_1"]
    assert [key.pair_id for key in LEVIR.index(root, LEVIR.options(split="names"))] == by_name
    shipped = load_recipe("levir-cd")
    assert [key.pair_id for key in shipped.source.index(root, shipped.source_options)] == by_name
    # A recipe that says nothing of splits takes a flat folder as test: names of LEVIR-CD+ say train of test pairs too.
    assert {key.split for key in LEVIR.index(root, LEVIR.options())} == {"test"}
    # One name that tells no split: nothing is told by names.
    for side in ("A", "B", "label"):
        write(root / side / "x.png", np.zeros((4, 4, 3) if side != "label" else (4, 4)))
    assert {key.split for key in LEVIR.index(root, LEVIR.options(split="names"))} == {"test"}


def test_folders_of_files_tell_splits_where_lists_are_absent(tmp_path):
    root, name = tmp_path / "OSCD", "Onera Satellite Change Detection dataset - "
    for city, split in (("paris", "Train"), ("rio", "Test")):
        for side in ("1", "2"):
            write(root / f"{name}Images" / city / "pair" / f"img{side}.png", np.zeros((4, 4, 3)))
        write(root / f"{name}{split} Labels" / city / "cm" / "cm.png", np.zeros((4, 4)))
    assert keys(load_page("oscd"), root) == ["oscd/train/paris", "oscd/test/rio"]


def test_a_folder_around_the_set_is_looked_into(page_file, tree, tmp_path):
    root = tree(["train_1"])
    (tmp_path / "unpacked").mkdir()
    root.rename(tmp_path / "unpacked" / "tree")
    page = read_page(page_file())
    assert keys(page, tmp_path / "unpacked") == ["mine/train/train_1"]
    assert load_one(page, tmp_path / "unpacked").change_mask.max() == 1


def test_polygons_with_attributes_are_drawn(tmp_path):
    for side in ("pre", "post"):
        write(tmp_path / "hold" / "images" / f"quake_1_{side}_disaster.png", np.zeros((20, 20, 3)))
    square = "POLYGON (({0} {1}, {2} {1}, {2} {3}, {0} {3}, {0} {1}))"
    features = [
        {"properties": {"subtype": kind}, "wkt": square.format(*box)}
        for kind, box in (
            ("destroyed", (1, 2, 4.2, 5)),
            ("no-damage", (8, 2, 11, 5)),
            ("un-classified", (14, 2, 17, 5)),
            ("minor-damage", (1, 10, 30, 12)),
        )
    ]
    labels = tmp_path / "hold" / "labels"
    labels.mkdir()
    (labels / "quake_1_post_disaster.json").write_text(json.dumps({"features": {"xy": features}, "metadata": {}}))
    pair = load_one(load_page("xbd"), tmp_path)
    assert pair.pair_id == "xbd/val/quake_1"
    truth = np.zeros((20, 20), np.uint8)
    truth[2:6, 1:5], truth[2:6, 14:18], truth[10:13, 1:20] = 3, 255, 1
    np.testing.assert_array_equal(pair.change_mask, truth)
    stood = np.where((truth > 0) & (truth < 255), 4, truth)
    stood[2:6, 8:12] = 4
    np.testing.assert_array_equal(pair.before_labels, stood)
    assert (pair.ignore_id, pair.standing, pair.after_labels) == (255, "intact building", None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"features": {}}', "corrupt-labels"),
        ("no json", "corrupt-labels"),
        (
            '{"features": {"xy": [{"properties": {"subtype": "odd"}, "wkt": "POLYGON ((0 0, 1 0, 1 1))"}]}}',
            "unknown-mask-value",
        ),
        (
            '{"features": {"xy": [{"properties": {"subtype": "destroyed"}, "wkt": "POLYGON ((0 0, x 0))"}]}}',
            "corrupt-labels",
        ),
        (
            '{"features": {"xy": [{"properties": {"subtype": "destroyed"}, "wkt": "POLYGON ((0 0, 1e9 0, 1 1))"}]}}',
            "corrupt-labels",
        ),
    ],
)
def test_polygons_that_cannot_be_read(tmp_path, text, reason):
    from rsica_data.core.errors import InvalidItemError

    for side in ("pre", "post"):
        write(tmp_path / "test" / "images" / f"a_{side}_disaster.png", np.zeros((8, 8, 3)))
    (tmp_path / "test" / "labels").mkdir()
    (tmp_path / "test" / "labels" / "a_post_disaster.json").write_text(text)
    with pytest.raises(InvalidItemError) as error:
        load_one(load_page("xbd"), tmp_path)
    assert error.value.reason == reason


def test_the_page_of_what_is_covered_is_up_to_date():
    import subprocess
    import sys
    from pathlib import Path

    root = Path(__file__).resolve().parents[3]
    tool = [sys.executable, str(root / "tools" / "coverage.py"), "--check"]
    assert subprocess.run(tool, cwd=root, check=False).returncode == 0


def test_a_split_for_all_pairs_on_the_command_line(page_file, tree, rsica_data, tmp_path):
    root = tree(["a", "b"])
    words = ("build", "--catalog", page_file(), "--input", root, "--workers", 1, "--json", "--out")
    refused = rsica_data(*words, tmp_path / "one")
    assert refused.status == 2
    assert "--split test" in refused.err
    found = rsica_data(*words, tmp_path / "two", "--split", "val")
    assert found.json["counts"]["pairs"] == {"val": 2}
    assert rsica_data("build", "demo", "--split", "val", "--out", tmp_path / "three").status == 2


def test_detect_names_what_some_pairs_lack_and_how_to_build(rsica_data, page_file, tree):
    root, page = tree(["train_1", "train_2", "test_1"]), page_file()
    (root / "change" / "train_2.png").unlink()
    done = rsica_data("detect", root, "--catalog", page)
    assert done.status == 0
    assert "of 3 pairs 1 have no change mask by class, the first change/train_2.png" in done.out
    assert f"rsica-data build --catalog {page} --input {root} --out OUT" in done.out
    assert f"rsica-data build --catalog {page} --input DIR" in rsica_data("sources", "--catalog", page).out


def test_a_wrong_key_in_the_only_layout_is_one_line(rsica_data, page_file, tree):
    page = page_file(PAGE.replace("    splits:", "    split_nams: {a: b}\n    splits:"))
    done = rsica_data("detect", tree(["train_1"]), "--catalog", page)
    assert done.status == 2 and done.err.count("\n") == 1 and "split_nams: unknown key" in done.err
