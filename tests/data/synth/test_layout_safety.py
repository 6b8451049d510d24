"""Writing layouts: names from a captions file, leftovers of a kill, a full disk, captions that are true."""

import errno
import gzip
import json
import os
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from rsica_data.core.errors import RunError, UserError
from rsica_data.synth.drawn_scene import BUILDING, ROAD, TREE, VEGETATION
from rsica_data.synth.karpathy import caption_file, read_names
from rsica_data.synth.layouts import write_layout
from rsica_data.synth.scene_captions import write_captions
from rsica_data.synth.simulate import simulate

SHARED = Path(os.environ.get("RSICA_SHARED", Path(__file__).resolve().parents[4] / "shared"))
REAL = SHARED / "fixtures" / "levir_cc" / "LevirCCcaptions.json.gz"


def captions_of(path, *entries):
    images = [
        {"split": split, "filename": name, "changeflag": 0, "sentences": [{"raw": raw}]} for split, name, raw in entries
    ]
    path.write_text(json.dumps({"images": images}))
    return path


@pytest.mark.parametrize(
    ("split", "name", "message"),
    [
        ("train", "../../../outside.png", "plain name"),
        ("train", "a/b.png", "plain name"),
        ("train", "a\\b.png", "plain name"),
        ("train", "..", "plain name"),
        ("train", ".hidden.png", "plain name"),
        ("train", "a.jpg", "plain name"),
        ("../evil", "a.png", "unknown split"),
    ],
)
def test_names_that_are_no_plain_files_are_refused(tmp_path, split, name, message):
    source = captions_of(tmp_path / "captions.json", ("train", "good.png", "x"), (split, name, "x"))
    with pytest.raises(UserError, match=rf"captions\.json: images\[1\](\.\w+)?: .*{message}"):
        write_layout("levir-mci", tmp_path / "out", captions_file=source, size=64)
    assert [path.name for path in tmp_path.iterdir()] == ["captions.json"]


def test_a_name_listed_twice_in_a_split_is_refused(tmp_path):
    source = captions_of(tmp_path / "captions.json", ("train", "a.png", "x"), ("train", "a.png", "y"))
    with pytest.raises(UserError, match="'train/a.png' is listed twice"):
        read_names(source)


def test_same_name_in_two_splits_keeps_both_captions(tmp_path):
    source = captions_of(tmp_path / "captions.json", ("train", "a.png", "first"), ("test", "a.png", "second"))
    seen = []
    write_layout("levir-mci", tmp_path / "out", captions_file=source, size=64, progress=lambda *at: seen.append(at))
    written = json.loads((tmp_path / "out" / "LevirCCcaptions.json").read_text())["images"]
    assert [image["sentences"][0]["raw"] for image in written] == ["first .", "second ."]
    assert seen[-1] == (2, 2)


def test_leftovers_of_a_kill_are_removed(tmp_path):
    write_layout("levir-mci", tmp_path, pairs=4, size=64)
    torn = tmp_path / "images" / "train" / "A" / ".partial-99-train_000001.png"
    torn.write_bytes(b"torn")
    write_layout("levir-mci", tmp_path, pairs=4, size=64)
    assert not torn.exists()


def test_a_full_disk_is_one_line_and_the_same_call_goes_on(tmp_path, monkeypatch):
    write = Path.write_bytes

    def full(path, data):
        if path.name.endswith("train_000002.png"):
            write(path, data[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(RunError, match=r"train_000002\.png: no space left on the disk"):
            write_layout("levir-mci", tmp_path / "a", pairs=5, size=64)
    assert not list((tmp_path / "a").rglob(".partial-*"))
    write_layout("levir-mci", tmp_path / "a", pairs=5, size=64)
    write_layout("levir-mci", tmp_path / "b", pairs=5, size=64)
    contents = [
        {p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()}
        for root in (tmp_path / "a", tmp_path / "b")
    ]
    assert contents[0] == contents[1]


@pytest.mark.skipif(not REAL.is_file(), reason=f"no {REAL}")
def test_the_real_caption_file_comes_out_as_it_went_in():
    names = read_names(REAL)
    written = caption_file(names, {name.key: name.captions for name in names})
    assert written == json.loads(gzip.decompress(REAL.read_bytes()))


def test_cleared_trees_are_not_said_to_be_all_trees_while_some_stand():
    before = np.full((90, 90), VEGETATION, np.uint8)
    before[10:20, 10:20] = before[60:70, 60:70] = TREE
    after, none = before.copy(), np.zeros((90, 90), np.uint8)
    after[10:20, 10:20] = VEGETATION
    assert write_captions(["clearing"], before, after, none)[1] == "trees have been cleared"
    after[60:70, 60:70] = VEGETATION
    assert write_captions(["clearing"], before, after, none)[1] == "all trees have been cleared"


def test_places_in_captions_hold_every_changed_pixel():
    rows, columns = {"top": 0, "bottom": 2}, {"left": 0, "right": 2}
    checked = 0
    for seed in range(40):
        pair = simulate(seed, changed=True, size=96)
        new = (pair.after_labels == BUILDING) & (pair.before_labels != BUILDING)
        road = (pair.change_mask == ROAD) & (pair.after_labels == ROAD)
        for noun, where in (("building", new), ("road", road)):
            said = re.search(
                rf"{noun}s? ha(?:s|ve) been built (?:at the|on the) (top|bottom|left|right)(?: (left|right))?",
                pair.captions[0],
            )
            if not said:
                continue
            ys, xs = np.nonzero(where)
            for word in filter(None, said.groups()):
                cells = 3 * ys // 96 if word in rows else 3 * xs // 96
                assert set(np.unique(cells)) == {rows.get(word, columns.get(word))}
                checked += 1
            assert cv2.countNonZero(where.astype(np.uint8))
    assert checked >= 3


def test_more_pairs_than_the_captions_file_has_are_refused(rsica_data, tmp_path):
    source = captions_of(tmp_path / "captions.json", ("train", "a.png", "x"), ("test", "b.png", "x"))
    words = ("synth", "--captions", source, "--out", tmp_path / "out", "--workers", 1, "--pairs")
    done = rsica_data(*words, 3)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert f"{source}: --pairs: 3 pairs are asked for, and the file names 2 (at most 2, or leave it out)" in done.err
    assert not (tmp_path / "out").exists()
    assert rsica_data(*words, 2).out.endswith(": train 1, val 0, test 1\n")
