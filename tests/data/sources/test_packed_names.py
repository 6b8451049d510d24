"""An index of many pairs: names in one piece, keys made when they are asked for, memory that hardly grows."""

import random
import tracemalloc

import pytest

from rsica_data.builder.build_plan import make_plan
from rsica_data.builder.packed_keys import PackedKeys
from rsica_data.builder.recipe import load_recipe
from rsica_data.core.errors import UserError
from rsica_data.schema import PairKey
from rsica_data.sources.common import natural, split_suffix
from rsica_data.sources.lazy_keys import LazyKeys
from rsica_data.sources.levir_mci import LevirMciOptions, index
from rsica_data.sources.packed_names import PackedNames, packed_images


def make(folder, names):
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).touch()


def test_names_come_back_in_any_order_and_script():
    names = ["a.png", "", "Straße_10.png", "\U0001f6e3.tif", "a.png"]
    packed = PackedNames(names)
    assert list(packed) == names
    assert [packed[-2], packed[1:3]] == [names[-2], names[1:3]]
    assert packed != PackedNames(["a.pngS", *names[2:]])
    with pytest.raises(IndexError):
        packed[5]


def test_listed_names_are_in_natural_order_of_their_stems(tmp_path):
    names = ["a.png", "a-b.png", "a_10.png", "a_9.jpg", "a_09.png", "7.tif", "notes.txt", "b2.png", "b10.png"]
    random.Random(1).shuffle(names)
    make(tmp_path / "A", names)
    listed = list(packed_images(tmp_path / "A"))
    stems = [split_suffix(name)[0] for name in listed]
    assert stems == sorted((split_suffix(name)[0] for name in names if name != "notes.txt"), key=natural)
    assert len(packed_images(tmp_path / "none")) == 0


def test_two_images_of_one_stem_are_refused(tmp_path):
    make(tmp_path / "A", ["a.png", "a_1.png", "a.jpg"])
    with pytest.raises(UserError, match="would be one pair"):
        packed_images(tmp_path / "A")


def test_keys_are_made_in_their_place():
    keys = [PairKey(f"s/train/{number}", "train", {}) for number in range(5)]
    lazy = LazyKeys([(2, lambda place: keys[place]), (0, keys.__getitem__), (3, lambda place: keys[2 + place])])
    assert list(lazy) == keys == [lazy[place] for place in range(-5, 0)] == lazy[:]
    assert len(lazy) == 5
    with pytest.raises(IndexError):
        lazy[5]
    packed = PackedKeys(lazy)
    assert list(packed) == keys
    assert packed[1:3] == tuple(keys[1:3])


def test_files_that_only_some_folders_hold(tmp_path):
    images = tmp_path / "images" / "train"
    make(images / "A", ["1.png", "2.png", "10.png"])
    make(images / "B", ["2.jpg", "10.png", "11.png"])
    make(images / "label", ["1.png", "2.png", "10.png"])
    told = {
        key.pair_id.rsplit("/", 1)[1]: [path.rsplit("train/")[1] for path in key.files.values()]
        for key in index(tmp_path, LevirMciOptions())
    }
    assert told == {
        "1": ["A/1.png", "B/1.png", "label/1.png"],
        "2": ["A/2.png", "B/2.jpg", "label/2.png"],
        "10": ["A/10.png", "B/10.png", "label/10.png"],
        "11": ["A/11.png", "B/11.png", "label/11.png"],
    }
    assert list(told) == ["1", "2", "10", "11"]


def peak_of_plan(folder, pairs):
    for side in ("A", "B", "label"):
        make(folder / "images" / "train" / side, [f"train_{number:06d}.png" for number in range(pairs)])
    recipe = load_recipe("changechat-105k")
    tracemalloc.start()
    plan = make_plan(recipe, folder, folder / "out", None, None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert plan.pairs == pairs
    return peak


def test_a_plan_takes_a_tenth_of_a_kilobyte_a_pair(tmp_path):
    peak_of_plan(tmp_path / "warm", 10)
    few, many = peak_of_plan(tmp_path / "few", 500), peak_of_plan(tmp_path / "many", 4500)
    # With objects for all keys it was 1,000 bytes.
    assert (many - few) / 4000 < 200
