"""Leaks between splits: one of each kind is planted and found, and what is no leak is not told."""

import dataclasses
import gzip
import json
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from rsica_data.dataset.quality.fingerprints import close_hashes, fingerprint, show_the_same
from rsica_data.dataset.quality.leaks import Sketch, find_leaks, same_captions, same_places
from rsica_data.imagery.images import encode_png
from rsica_data.schema import EncodedImage


def scene(seed, size=64):
    """A picture with structure: coloured rectangles."""
    rng = np.random.default_rng(seed)
    pixels = np.full((size, size, 3), rng.integers(60, 200, 3), np.uint8)
    for _ in range(12):
        x, y, w, h = rng.integers(0, size, 4)
        pixels[y : y + h, x : x + w] = rng.integers(0, 256, 3)
    return pixels


@pytest.fixture
def pictured(stored_pair):
    def make(name, split, before, after):
        pair = stored_pair(name, split=split, captions=())
        images = (EncodedImage(f"{split}/{side}/{name}.png", data) for side, data in (("A", before), ("B", after)))
        return dataclasses.replace(pair, **dict(zip(("before", "after"), images, strict=True)))

    return make


@pytest.fixture
def quality(rsica_data, write_dataset):
    def run(pairs, items=()):
        dataset = write_dataset(pairs, list(items))
        done = rsica_data("quality", dataset.root, "--json")
        assert done.json is not None, done.err
        return done.status, done.json

    return run


def test_a_picture_in_two_splits_is_found_resized_recompressed_and_brighter(pictured, quality):
    pixels = scene(1)
    stream = BytesIO()
    brighter = np.clip(pixels.astype(int) + 12, 0, 255).astype(np.uint8)
    Image.fromarray(brighter).resize((96, 96)).save(stream, "JPEG", quality=80)
    pairs = [
        pictured("a", "train", encode_png(pixels), encode_png(scene(2))),
        pictured("b", "train", encode_png(scene(3)), encode_png(scene(4))),
        pictured("c", "test", encode_png(scene(5)), stream.getvalue()),  # the after image is a's before image
        pictured("d", "val", encode_png(scene(6)), encode_png(scene(7))),
    ]
    status, report = quality(pairs)
    assert status == 1
    (leak,) = report["leaks"]["image"]["shown"]
    assert {leak["one"], leak["two"]} == {"hand/train/a", "hand/test/c"}
    assert "before and after differ in" in leak["detail"] or "after and before differ in" in leak["detail"]
    assert report["leaks"]["place"]["number"] == report["leaks"]["captions"]["number"] == 0


def test_pictures_that_show_nothing_are_like_nothing(pictured, quality):
    flat = encode_png(np.full((40, 40, 3), 90, np.uint8))
    assert quality([pictured("a", "train", flat, flat), pictured("b", "test", flat, flat)])[0] == 0


def test_one_picture_twice_in_a_split_is_no_leak(pictured, quality):
    one = encode_png(scene(1))
    assert quality([pictured("a", "train", one, one), pictured("b", "train", one, one)])[0] == 0


def placed(name, split, x, y, crs="EPSG:32633", size=30.0):
    return Sketch(f"hand/{split}/{name}", split, frozenset(), crs, (x, y, x + size, y + size))


def test_one_place_in_two_splits_is_found_by_its_footprint(stored_pair, quality):
    def at(name, split, x):
        return stored_pair(name, split=split, captions=(), crs="EPSG:32633", transform=(0.5, 0, x, 0, -0.5, 5e6))

    # 30 pixels of half a metre: b overlaps a by a third, c touches it.
    status, report = quality([at("a", "train", 4e5), at("b", "test", 4e5 + 10), at("c", "test", 4e5 - 15)])
    (leak,) = report["leaks"]["place"]["shown"]
    assert (status, leak["one"], leak["two"]) == (1, "hand/test/b", "hand/train/a") or leak["two"] == "hand/test/b"
    assert "33%" in leak["detail"]


def test_footprints_in_two_reference_systems_are_compared_on_the_globe():
    pytest.importorskip("pyproj")
    from pyproj import Transformer

    here = placed("a", "train", 4e5, 5e6)
    box = Transformer.from_crs("EPSG:32633", "EPSG:3857", always_xy=True).transform_bounds(*here.box)
    same = dataclasses.replace(placed("b", "test", 0, 0, "EPSG:3857"), box=box)
    far = placed("c", "test", 0, 0, "EPSG:3857")
    found = list(same_places([here, same, far]))
    assert [(leak.one, leak.two) for leak in found] == [("hand/train/a", "hand/test/b")]


def test_official_levir_cd_tiles_that_touch_are_no_leak_and_the_two_that_overlap_are_told(real_data):
    """The published corners: of 637 tiles two test tiles overlap training tiles by a few pixels."""
    corners = json.loads((real_data / "levir_cd_coordinates/LEVIR_CD_name_coords.json").read_text())
    sketches = [
        Sketch(name, name.split("_")[0], frozenset(), "EPSG:4326", (west, south, east, north))
        for name, (west, north, east, south) in corners.items()
    ]
    found = {frozenset((leak.one, leak.two)) for leak in same_places(sketches)}
    assert found == {frozenset(("train_2.png", "test_9.png")), frozenset(("train_87.png", "test_19.png"))}


@pytest.fixture(scope="module")
def levir_cc(real_data):
    """Sketches of all 10,077 LEVIR-CC pairs from their captions and split names alone."""
    images = json.loads(gzip.decompress((real_data / "levir_cc/LevirCCcaptions.json.gz").read_bytes()))["images"]
    return [
        Sketch(
            f"levir/{image['split']}/{image['filename']}",
            image["split"],
            frozenset(sentence["raw"].strip(" .").lower() for sentence in image["sentences"]),
        )
        for image in images
    ]


def test_the_official_levir_cc_splits_have_no_leak(levir_cc):
    assert len(levir_cc) == 10_077
    assert find_leaks(levir_cc) == []


def test_planted_captions_of_a_test_pair_are_found_in_levir_cc(levir_cc):
    changed = [one for one in levir_cc if one.split == "train" and len(one.captions) == 5][100:140]
    copies = [dataclasses.replace(one, split="test", pair_id=f"planted/{one.pair_id}") for one in changed]
    found = {(leak.one, leak.two) for leak in same_captions([*levir_cc, *copies])}
    assert found <= {(one.pair_id, copy.pair_id) for one, copy in zip(changed, copies, strict=True)}
    telling = [one for one in changed if "the scene is the same as before" not in one.captions]
    assert len(found) >= 0.9 * len(telling) > 10


def test_captions_that_others_have_too_are_no_sign(stored_pair, quality):
    texts = tuple(f"a building number {number} ." for number in range(3))
    pairs = [stored_pair(name, split=split, captions=texts) for name, split in (("a", "train"), ("b", "test"))]
    assert quality(pairs)[1]["leaks"]["captions"]["number"] == 1
    third = stored_pair("c", split="train", captions=texts)
    assert quality([*pairs, third])[1]["leaks"]["captions"]["number"] == 0


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=40), st.integers(0, 64))
def test_close_hashes_are_those_of_a_slow_count(bits, most):
    first, second = np.array(bits, np.uint64), np.array(bits[::-1], np.uint64)
    wanted = [
        (a, b) for a, one in enumerate(bits) for b, two in enumerate(bits[::-1]) if bin(one ^ two).count("1") <= most
    ]
    assert list(close_hashes(first, second, most)) == wanted


@given(arrays.arrays(np.uint8, (32, 32)), st.integers(-20, 20))
def test_a_picture_is_the_same_as_itself_at_another_brightness(grey, levels):
    darker = np.clip(grey.astype(int), 20, 235)
    if darker.std() >= 1:
        assert show_the_same(darker.astype(np.uint8), (darker + levels).astype(np.uint8))


def test_hashes_are_those_of_imagehash():
    imagehash = pytest.importorskip("imagehash")
    for seed in range(5):
        pixels = scene(seed)
        assert int(str(imagehash.phash(Image.fromarray(pixels))), 16) == fingerprint(encode_png(pixels)).bits


def test_hash_of_a_gradient_by_hand():
    """Rising from left to right, all energy is in the first row of frequencies, in the odd ones, and negative."""
    pixels = np.tile(np.arange(0, 256, 8, dtype=np.uint8)[None, :, None], (32, 1, 3))
    bits = f"{fingerprint(encode_png(pixels)).bits:064b}"
    assert bits[0] == "1" and [bits[place] for place in (1, 3, 5, 7)] == ["0"] * 4


def test_images_that_cannot_be_decoded_are_named(pictured, quality):
    whole = encode_png(scene(1))
    status, report = quality([pictured("a", "train", whole, b"no image"), pictured("b", "test", whole, whole)])
    assert (status, report["unreadable"]) == (0, ["hand/train/a"])
