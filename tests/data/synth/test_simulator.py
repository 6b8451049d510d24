"""The simulator: determinism, exact masks, true captions, layouts."""

import hashlib
import json
import re

import cv2
import numpy as np
import pytest

from rsica_data.core.errors import UserError
from rsica_data.schema import NO_CHANGE_SENTENCES, PairKey
from rsica_data.sources.synthetic import SOURCE, SyntheticOptions
from rsica_data.synth.drawn_scene import BUILDING, ROAD
from rsica_data.synth.layouts import plan_names, split_sizes, write_layout
from rsica_data.synth.simulate import simulate


@pytest.fixture(scope="module")
def changed_pairs():
    return [simulate(seed, changed=True, size=192) for seed in range(24)]


def test_same_seed_same_pixels():
    a, b = simulate(5, True, 128), simulate(5, True, 128)
    assert np.array_equal(a.before, b.before)
    assert np.array_equal(a.after, b.after)
    assert a.captions == b.captions
    assert not np.array_equal(a.before, simulate(6, True, 128).before)


def test_unchanged_pairs_differ_in_light_alone():
    for seed in range(6):
        pair = simulate(seed, changed=False, size=128)
        assert np.array_equal(pair.before_labels, pair.after_labels)
        assert not pair.change_mask.any()
        assert np.abs(pair.before.astype(int) - pair.after).mean() > 2
        assert pair.captions == NO_CHANGE_SENTENCES


def test_masks_follow_from_label_maps(changed_pairs):
    for pair in changed_pairs:
        before, after, mask = pair.before_labels, pair.after_labels, pair.change_mask
        assert (before != after).sum() >= 60
        assert np.array_equal(mask == BUILDING, (before == BUILDING) != (after == BUILDING))
        road = ((before == ROAD) != (after == ROAD)) & (mask != BUILDING)
        assert np.array_equal(mask == ROAD, road)
        assert set(np.unique(before)) <= set(range(1, 7))


def test_events_are_varied(changed_pairs):
    assert len({event for pair in changed_pairs for event in pair.events}) >= 3
    assert sum(bool(pair.change_mask.any()) for pair in changed_pairs) >= 0.7 * len(changed_pairs)


def test_captions_count_what_is_there(changed_pairs):
    numbers = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    checked = 0
    for pair in changed_pairs:
        new = (pair.after_labels == BUILDING) & (pair.before_labels != BUILDING)
        said = re.search(r"(\w+) buildings? ha(?:s|ve) been built", pair.captions[0])
        total = cv2.connectedComponents(new.astype(np.uint8), connectivity=8)[0] - 1
        assert (said is not None) == (total > 0), pair.captions
        if said:
            value = numbers.index(said[1]) if said[1] in numbers else int(said[1])
            assert value == total
            checked += 1
        assert len(pair.captions) == 5
    assert checked >= 5


def test_split_sizes():
    assert split_sizes(10077) == {"train": 6815, "val": 1333, "test": 1929}
    for pairs in (1, 2, 3, 10, 96, 500):
        assert sum(split_sizes(pairs).values()) == pairs
    names = plan_names(10077)
    for split, number in split_sizes(10077).items():
        assert sum(name.changed for name in names if name.split == split) == number // 2


def digest(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_layout_is_the_same_for_any_number_of_workers_and_goes_on(tmp_path):
    one, two = tmp_path / "one", tmp_path / "zwei – größer"
    summary = write_layout("levir-mci", one, pairs=70, seed=3, size=128)
    write_layout("levir-mci", two, pairs=70, seed=3, size=128, workers=2)
    assert digest(one) == digest(two)
    assert summary["splits"] == split_sizes(70)
    assert summary["changed"] == sum(name.changed for name in plan_names(70))
    before = digest(one)
    for path in list(one.rglob("*.png"))[::7]:
        path.unlink()
    (one / "LevirCCcaptions.json").unlink()
    write_layout("levir-mci", one, pairs=70, seed=3, size=128)
    assert digest(one) == before
    with pytest.raises(UserError, match="another synthetic dataset"):
        write_layout("levir-mci", one, pairs=70, seed=4, size=64)
    values = {
        int(v) for path in one.rglob("label/*.png") for v in np.unique(cv2.imread(str(path), cv2.IMREAD_UNCHANGED))
    }
    assert values == {0, 128, 255}


def test_captions_file_gives_names_flags_and_captions(tmp_path):
    images = [
        {
            "filepath": split, "filename": f"{split}_{n:06d}.png", "imgid": n, "sentids": [n], "split": split,
            "sentences": [{"tokens": ["a", "road"], "raw": f"a road {n} .", "imgid": n, "sentid": n}],
            "changeflag": n % 2,
        }
        for n, split in enumerate(["train", "train", "test", "val"])
    ]  # fmt: skip
    source = tmp_path / "captions.json"
    source.write_text(json.dumps({"images": images}))
    summary = write_layout("levir-mci", tmp_path / "out", captions_file=source, size=64)
    assert summary["splits"] == {"train": 2, "val": 1, "test": 1}
    written = json.loads((tmp_path / "out" / "LevirCCcaptions.json").read_text())["images"]
    assert [image["sentences"][0]["raw"] for image in written] == [f"a road {n} ." for n in range(4)]
    assert [image["changeflag"] for image in written] == [0, 1, 0, 1]
    label = cv2.imread(str(tmp_path / "out/images/test/label/test_000002.png"), cv2.IMREAD_UNCHANGED)
    assert not label.any()


def test_mistakes(tmp_path):
    with pytest.raises(UserError, match="did you mean 'levir-mci'"):
        write_layout("levir-mcl", tmp_path / "x", pairs=3)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x")
    with pytest.raises(UserError, match="not empty"):
        write_layout("levir-cd", tmp_path / "full", pairs=3)
    with pytest.raises(UserError, match="no such file"):
        write_layout("levir-mci", tmp_path / "y", captions_file=tmp_path / "absent.json")


def test_source_loads_what_it_lists():
    options = SyntheticOptions(pairs=6, size=64)
    keys = SOURCE.index(None, options)
    assert [key.split for key in keys] == ["train"] * 4 + ["val", "test"]
    for key in keys:
        pair = SOURCE.load(None, key, options)
        assert pair.changed == key.changed
        assert pair.change_mask.shape == (64, 64)
    assert isinstance(keys[0], PairKey)
