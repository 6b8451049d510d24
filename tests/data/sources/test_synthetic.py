"""The synthetic source: what it lists, what it loads, and that both depend on the options alone."""

import numpy as np
import pytest
from pydantic import ValidationError

from rsica_data.imagery.images import decode_rgb, probe
from rsica_data.sources.synthetic import SOURCE, SyntheticOptions
from rsica_data.synth.layouts import split_sizes


def loaded(options):
    return [SOURCE.load(None, key, options) for key in SOURCE.index(None, options)]


@pytest.mark.parametrize("pairs", [3, 12, 64])
def test_every_split_has_pairs_and_the_keys_are_unique(pairs):
    keys = SOURCE.index(None, SyntheticOptions(pairs=pairs))
    assert len({key.pair_id for key in keys}) == len(keys) == pairs
    for split, number in split_sizes(pairs).items():
        assert sum(key.split == split for key in keys) == number > 0
        assert all(key.pair_id.startswith(f"synthetic/{split}/") for key in keys if key.split == split)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_changed_share_holds_in_every_split(share):
    keys = SOURCE.index(None, SyntheticOptions(pairs=400, changed_share=share))
    for split, number in split_sizes(400).items():
        changed = sum(bool(key.changed) for key in keys if key.split == split)
        assert abs(changed - share * number) < 1


def test_flags_images_and_masks_agree():
    options = SyntheticOptions(pairs=16, size=96)
    keys = SOURCE.index(None, options)
    ids = {entry.id for entry in loaded(options)[0].classes}
    for key in keys:
        pair = SOURCE.load(None, key, options)
        assert pair.changed == key.changed == bool(pair.attributes["events"])
        assert pair.changed == (not np.array_equal(pair.before_labels, pair.after_labels))
        assert pair.before.data != pair.after.data
        assert len(pair.captions) == 5
        for image in (pair.before, pair.after):
            info = probe(image)
            assert (info.width, info.height, info.channels, info.bits) == (96, 96, 3, 8)
            assert decode_rgb(image.data).std() > 5
        assert set(np.unique(pair.before_labels)) | set(np.unique(pair.after_labels)) <= ids
        assert set(np.unique(pair.change_mask)) <= {0, 1, 2}
    assert {entry.id: entry.name for entry in pair.classes}[1] == "road"
    assert {entry.id: entry.name for entry in pair.classes}[2] == "building"


def test_a_pair_depends_on_seed_and_name_alone():
    options = SyntheticOptions(pairs=8, size=64, seed=7)
    keys = SOURCE.index(None, options)
    forward = {key.pair_id: SOURCE.load(None, key, options).after.data for key in keys}
    backward = {key.pair_id: SOURCE.load(None, key, options).after.data for key in reversed(keys)}
    assert forward == backward
    other = SyntheticOptions(pairs=8, size=64, seed=8)
    assert all(SOURCE.load(None, key, other).after.data != forward[key.pair_id] for key in keys)


def test_it_needs_no_input_and_may_be_passed_on():
    assert not SOURCE.needs_input
    assert SOURCE.redistributable
    assert SOURCE.license == "CC0-1.0"


@pytest.mark.parametrize("options", [{"pairz": 3}, {"pairs": 0}, {"size": 8}, {"changed_share": 1.5}, {"seed": -1}])
def test_wrong_options_are_refused(options):
    with pytest.raises(ValidationError):
        SyntheticOptions(**options)
