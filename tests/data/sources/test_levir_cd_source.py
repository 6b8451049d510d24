"""Source levir-cd: split folders, flat folders, lists, and every way an item can be bad."""

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from rsica_data.change_facts import compute_facts
from rsica_data.core.errors import UserError
from rsica_data.sources.levir_cd import SOURCE

MASK = np.zeros((9, 12), np.uint8)
MASK[2:5, 3:7] = 255


def tree(names, photo, to_png, prefix="", mask=MASK):
    return {
        path: data
        for number, name in enumerate(names)
        for path, data in {
            f"{prefix}A/{name}.png": photo(number),
            f"{prefix}B/{name}.png": photo(100 + number),
            f"{prefix}label/{name}.png": to_png(mask),
        }.items()
    }


def test_split_folders(tmp_path, write, photo, to_png, load_all):
    for split, names in {"test": ["t1"], "train": ["n10", "n9"], "val": ["v"]}.items():
        write(tmp_path, tree(names, photo, to_png, f"{split}/"))
    pairs, rejected = load_all(SOURCE, tmp_path)
    assert list(pairs) == ["levir-cd/train/n9", "levir-cd/train/n10", "levir-cd/val/v", "levir-cd/test/t1"]
    assert not rejected
    pair = pairs["levir-cd/train/n10"]
    assert (pair.width, pair.height, pair.split, pair.gsd_m, pair.captions) == (12, 9, "train", 0.5, ())
    assert (pair.before.path, pair.before.data) == ("train/A/n10.png", photo(0))
    assert (pair.after.path, pair.after.data) == ("train/B/n10.png", photo(100))
    assert [(item.id, item.name) for item in pair.classes] == [(1, "building")]
    assert np.array_equal(pair.change_mask, (MASK > 0).astype(np.uint8))


def test_flat_folder_is_the_test_split_unless_said_otherwise(tmp_path, write, photo, to_png, load_all):
    write(tmp_path, tree(["a"], photo, to_png))
    assert list(load_all(SOURCE, tmp_path)[0]) == ["levir-cd/test/a"]
    assert list(load_all(SOURCE, tmp_path, split="train")[0]) == ["levir-cd/train/a"]


def test_lists_give_splits_and_leave_out_what_they_do_not_name(tmp_path, write, photo, to_png, load_all):
    write(tmp_path, tree(["a", "b", "c", "d"], photo, to_png))
    lists = {"list/train.txt": "b.png\r\na.png\r\n", "list/val.txt": "A/c.png B/c.png label/c.png\n\n"}
    write(tmp_path, {**lists, "list/trainval.txt": "a\nb\nc\n"})
    assert list(load_all(SOURCE, tmp_path)[0]) == ["levir-cd/train/a", "levir-cd/train/b", "levir-cd/val/c"]
    assert list(load_all(SOURCE, tmp_path, list="trainval", split="val")[0]) == [
        "levir-cd/val/a",
        "levir-cd/val/b",
        "levir-cd/val/c",
    ]
    assert len(load_all(SOURCE, tmp_path, list="none")[0]) == 4


def test_listed_pair_that_is_not_there_is_set_aside(tmp_path, write, photo, to_png, load_all):
    write(tmp_path, {**tree(["a"], photo, to_png), "list/demo.txt": "a.png\nghost.png\n"})
    pairs, rejected = load_all(SOURCE, tmp_path)
    assert list(pairs) == ["levir-cd/test/a"]
    assert rejected["levir-cd/test/ghost"].reason == "missing-mask"


def test_names_with_spaces_dots_and_letters_of_all_kinds(tmp_path, write, photo, to_png, load_all):
    root = tmp_path / "späte Bilder 東京"
    names = ["höfe 1", "tile.v2", "площадь"]
    write(root, {**tree(names, photo, to_png), "list/test.txt": "höfe 1.png\ntile.v2\nA/площадь.png\n"})
    pairs, rejected = load_all(SOURCE, root)
    assert sorted(pairs) == sorted(f"levir-cd/test/{name}" for name in names)
    assert not rejected


def test_suffixes_of_any_case_and_kind(tmp_path, write, photo, to_png, load_all):
    jpeg = Image.fromarray(np.full((9, 12, 3), 90, np.uint8))
    write(tmp_path, {"A/a.PNG": photo(1), "label/a.Png": to_png(MASK), "A/.hidden.png": b"", "A/Thumbs.db": b"x"})
    (tmp_path / "B").mkdir()
    jpeg.save(tmp_path / "B" / "a.jpeg")
    pairs, rejected = load_all(SOURCE, tmp_path)
    assert pairs["levir-cd/test/a"].after.path == "B/a.jpeg"
    assert not rejected


def test_links_are_followed(tmp_path, write, photo, to_png, load_all):
    write(tmp_path / "real", tree(["a"], photo, to_png))
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert list(load_all(SOURCE, tmp_path / "link")[0]) == ["levir-cd/test/a"]


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def bad_files(photo, to_png):
    unknown = MASK.copy()
    unknown[0, :3] = 7
    deep = Image.fromarray(np.where(MASK > 0, 60000, 0).astype(np.uint16))
    return {
        "truncated-image": {"A/x.png": photo()[:-20]},
        "corrupt-image": {"B/x.png": flip(photo(), 60)},
        "unknown-format": {"B/x.png": b"hello"},
        "size-mismatch": {"B/x.png": photo(width=13)},
        "missing-mask": {"label/x.png": None},
        "missing-file": {"B/x.png": None},
        "unknown-mask-value": {"label/x.png": to_png(unknown)},
        "mask-depth": {"label/x.png": to_png(deep)},
        "image-depth": {"A/x.png": to_png(deep)},
    }


@pytest.mark.parametrize(
    "reason",
    [
        "truncated-image",
        "corrupt-image",
        "unknown-format",
        "size-mismatch",
        "missing-mask",
        "missing-file",
        "unknown-mask-value",
        "mask-depth",
        "image-depth",
    ],
)
def test_a_bad_item_is_set_aside_with_its_reason(reason, tmp_path, write, photo, to_png, load_all):
    files = {**tree(["good", "x"], photo, to_png), **bad_files(photo, to_png)[reason]}
    write(tmp_path, {name: data for name, data in files.items() if data is not None})
    pairs, rejected = load_all(SOURCE, tmp_path)
    assert list(pairs) == ["levir-cd/test/good"]
    assert rejected["levir-cd/test/x"].reason == reason
    assert "x" in rejected["levir-cd/test/x"].detail


def test_messages_of_bad_items(tmp_path, write, photo, to_png, load_all):
    files = tree(["value", "size", "mask"], photo, to_png)
    odd = MASK.copy()
    odd[0, :3] = 7
    files |= {
        "label/value.png": to_png(odd),
        "B/size.png": photo(height=8),
        "label/mask.png": to_png(MASK[:, :11]),
    }
    _, rejected = load_all(SOURCE, write(tmp_path, files))
    details = {name.rsplit("/", 1)[1]: error.detail for name, error in rejected.items()}
    assert details == {
        "value": "label/value.png: 3 pixels of value 7; the class map has 0, 255",
        "size": "the images differ in size: before 12x9, after 12x8",
        "mask": "mask label/mask.png is 11x9, the images are 12x9",
    }


@pytest.mark.parametrize("kind", ["1-bit", "palette", "rgb", "rgba", "16-bit"])
def test_masks_of_every_depth_that_fits(kind, tmp_path, write, photo, to_png, load_all):
    palette = Image.fromarray((MASK > 0).astype(np.uint8), "P") if kind == "palette" else None
    if palette is not None:
        palette.putpalette([0, 0, 0, 255, 255, 255])
    wide = np.repeat(MASK[:, :, None], 3, 2)
    data = {
        "1-bit": lambda: to_png(Image.fromarray(MASK > 0)),
        "palette": lambda: to_png(palette),
        "rgb": lambda: to_png(wide),
        "rgba": lambda: to_png(np.dstack([wide, np.full_like(MASK, 255)])),
        "16-bit": lambda: to_png(Image.fromarray(MASK.astype(np.uint16))),
    }[kind]()
    pairs, rejected = load_all(SOURCE, write(tmp_path, {**tree(["x"], photo, to_png), "label/x.png": data}))
    assert not rejected
    assert np.array_equal(pairs["levir-cd/test/x"].change_mask, (MASK > 0).astype(np.uint8))


def test_mask_of_ones(tmp_path, write, photo, to_png, load_all):
    write(tmp_path, tree(["x"], photo, to_png, mask=MASK // 255))
    assert np.array_equal(load_all(SOURCE, tmp_path)[0]["levir-cd/test/x"].change_mask, MASK // 255)
    # Where the recipe names the values, no other is taken for one.
    assert load_all(SOURCE, tmp_path, mask_values=255)[1]["levir-cd/test/x"].reason == "unknown-mask-value"
    pairs, _ = load_all(SOURCE, tmp_path, mask_values=[1, 255], class_name="change")
    assert pairs["levir-cd/test/x"].change_mask.sum() == 12
    assert pairs["levir-cd/test/x"].classes[0].name == "change"


def test_folders_that_are_not_in_the_layout(tmp_path, write, photo):
    with pytest.raises(UserError, match="folder is empty.*looked for"):
        SOURCE.index(tmp_path, SOURCE.options())
    write(tmp_path, {"photos/a.png": photo()})
    with pytest.raises(UserError, match="not in the layout of 'levir-cd'.*list/\\*.txt"):
        SOURCE.index(tmp_path, SOURCE.options())


def test_two_files_for_one_pair(tmp_path, write, photo, to_png):
    write(tmp_path, {**tree(["a"], photo, to_png), "A/a.jpg": b""})
    with pytest.raises(UserError, match="'a.jpg' and 'a.png'"):
        SOURCE.index(tmp_path, SOURCE.options())


def test_mistakes_in_lists(tmp_path, write, photo, to_png):
    write(tmp_path, {**tree(["a"], photo, to_png), "list/demo.txt": "\n", "list/bad.txt": b"\xff\xfe\x00\xd8"})
    for name, message in {
        "demo": "list is empty",
        "bad": "not UTF-8 text",
        "dmo": "there are: bad.txt, demo.txt",
    }.items():
        with pytest.raises(UserError, match=message):
            SOURCE.index(tmp_path, SOURCE.options(list=name))


def test_one_mask_value_needs_no_brackets():
    assert SOURCE.options(mask_values=1) == SOURCE.options(mask_values=[1])


@pytest.mark.parametrize(
    "options", [{"list": "../x"}, {"list": "/x"}, {"mask_values": []}, {"mask_values": [0]}, {"lst": "a"}]
)
def test_options_that_are_refused(options):
    with pytest.raises(ValidationError):
        SOURCE.options(**options)


def test_real_levir_cd_pairs(fixtures, load_all):
    pairs, rejected = load_all(SOURCE, fixtures("levir_cd_samples"))
    assert (len(pairs), rejected) == (7, {})
    changed = {name: int(pair.change_mask.sum()) for name, pair in pairs.items()}
    assert changed["levir-cd/test/train_386_0512_0768"] == 0
    assert changed["levir-cd/test/test_102_0512_0000"] == 13553
    for pair in pairs.values():
        facts = compute_facts(change_mask=pair.change_mask, classes=pair.classes, gsd_m=pair.gsd_m)
        assert facts.classes[0].area_px == changed[pair.pair_id]
        assert facts.classes[0].area_m2 == changed[pair.pair_id] / 4


def test_real_pair_without_mask_is_set_aside(fixtures, load_all):
    pairs, rejected = load_all(SOURCE, fixtures("levir_cd_samples"), list="none")
    assert len(pairs) == 7
    assert {name: error.reason for name, error in rejected.items()} == {"levir-cd/test/test_113_0256": "missing-mask"}


def test_real_dsifn_pairs(fixtures, load_all):
    pairs, rejected = load_all(SOURCE, fixtures("dsifn_samples"), gsd_m=None, class_name="change")
    assert (len(pairs), rejected) == (10, {})
    assert int(pairs["levir-cd/test/4_4"].change_mask.sum()) == 42741


def test_folders_of_other_names_and_endings(tmp_path):
    sides = {"A": ("10.png", "2.png", "b.jpg"), "B": ("2.png", "10.jpg", "only.png"), "label": ("2.tif", "alone.png")}
    for side, names in sides.items():
        (tmp_path / "train" / side).mkdir(parents=True)
        for name in names:
            (tmp_path / "train" / side / name).write_bytes(b"")
    keys = SOURCE.index(tmp_path, SOURCE.options())
    assert [(key.pair_id, *key.files.values()) for key in keys] == [
        ("levir-cd/train/2", "train/A/2.png", "train/B/2.png", "train/label/2.tif"),
        ("levir-cd/train/10", "train/A/10.png", "train/B/10.jpg", "train/label/10.png"),
        ("levir-cd/train/b", "train/A/b.jpg", "train/B/b.jpg", "train/label/b.jpg"),
        ("levir-cd/train/only", "train/A/only.png", "train/B/only.png", "train/label/only.png"),
    ]
    assert keys[1] == list(keys)[1] and len(keys) == 4
