"""Masks that disagree with their images: planted errors are told, masks as they were published are not."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from rsica_data.dataset.quality.mask_fit import MaskLimits, judge_mask, mask_findings, measure_mask
from rsica_data.imagery.images import encode_mask, encode_png
from rsica_data.schema import EncodedImage


def real_pairs(folder):
    pairs = {}
    for name in ("levir_cd_samples", "dsifn_samples"):
        for label in sorted((folder / name / "label").iterdir()):
            before, after = (np.asarray(Image.open(folder / name / s / label.name).convert("RGB")) for s in "AB")
            pairs[f"{name}/{label.stem}"] = before, after, np.asarray(Image.open(label).convert("L")) > 0
    return pairs


@pytest.fixture(scope="module")
def published(real_data):
    return real_pairs(real_data)


def reasons(before, after, mask):
    return {reason for reason, _ in judge_mask(measure_mask(before, after, mask, np.ones(mask.shape, bool)))}


def told(pairs, change):
    changed = [(before, after, change(mask)) for before, after, mask in pairs.values() if mask.sum() > 200]
    return [reasons(*one) for one in changed]


def test_no_published_mask_is_told(published):
    assert len(published) == 17
    assert {name: found for name, pair in published.items() if (found := reasons(*pair))} == {}


def test_most_shifted_masks_are_told_and_by_how_much(published):
    for dx, dy, least in ((6, 6, 0.75), (0, 10, 0.5)):
        found = told(published, lambda mask, dx=dx, dy=dy: np.roll(mask, (dy, dx), (0, 1)))
        assert sum("mask-shifted" in one for one in found) >= least * len(found)
    before, after, mask = published["levir_cd_samples/test_55_0256_0000"]
    measures = measure_mask(before, after, np.roll(mask, (6, -5), (0, 1)), np.ones(mask.shape, bool))
    assert np.hypot(measures.shift[0] - 5, measures.shift[1] + 6) <= 1.5


def test_masks_of_other_pairs_are_mostly_told(published):
    masks = [mask for _, _, mask in published.values() if mask.shape == (256, 256) and mask.sum() > 200]
    pairs = [(b, a) for b, a, mask in published.values() if mask.shape == (256, 256) and mask.sum() > 200]
    found = [reasons(*pair, mask) for pair, mask in zip(pairs, masks[1:] + masks[:1], strict=True)]
    assert sum(bool(one) for one in found) >= 0.6 * len(found)


def test_full_masks_and_empty_ones_over_images_of_two_places(published):
    assert all("mask-full" in one for one in told(published, np.ones_like))
    images = [pair for pair in published.values() if pair[2].shape == (256, 256)]
    empty = np.zeros((256, 256), bool)
    found = [reasons(one[0], two[1], empty) for one, two in zip(images, images[1:] + images[:1], strict=True)]
    assert sum("mask-empty" in one for one in found) >= 0.9 * len(found)


def test_images_that_show_nothing_say_nothing():
    flat = np.full((64, 64, 3), 90, np.uint8)
    assert reasons(flat, flat, np.zeros((64, 64), bool)) == set()
    measures = measure_mask(flat, flat, np.zeros((64, 64), bool), np.ones((64, 64), bool))
    assert (measures.alike, measures.contrast, measures.sharpness) == (None, None, None)


def test_a_stored_pair_with_unlabelled_pixels(stored_pair):
    mask = np.full((30, 30), 1, np.uint8)
    mask[:15] = 255
    pixels = np.random.default_rng(0).integers(0, 256, (30, 30, 3), np.uint8)
    image = EncodedImage("a.png", encode_png(pixels))
    pair = dataclasses.replace(
        stored_pair("a"), before=image, after=image, change_mask=EncodedImage("m.png", encode_mask(mask)), ignore_id=255
    )
    (found,) = mask_findings(pair)
    assert (found.pair_id, found.reason, found.detail) == (
        "hand/test/a",
        "mask-full",
        "100.0% of the pixels are marked",
    )
    assert mask_findings(dataclasses.replace(pair, after=None)) == []
    assert mask_findings(dataclasses.replace(pair, change_mask=None)) == []
    assert mask_findings(pair, MaskLimits(full=1.01, unseen=0, off_edges=0)) == []
