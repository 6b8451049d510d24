"""A mask file whose bytes were read before and are 0 everywhere gives what it gave at first, whatever the rule."""

import io

import numpy as np
import pytest
from PIL import Image

from rsica_data.core.errors import InvalidItemError
from rsica_data.imagery import masks
from rsica_data.imagery.images import images_trusted
from rsica_data.schema import EncodedImage
from rsica_data.sources.common import read_mask
from rsica_data.sources.mask_rules import MaskRule

RULES = {
    "0 is no class": MaskRule({0: 0, 255: 1}),
    "0 is a class": MaskRule({0: 3, 255: 0}),
    "0 as a colour": MaskRule({(0, 0, 0): 2}),
    "0 is unknown": MaskRule({255: 1}),
    "threshold": MaskRule({}, threshold=128, threshold_id=2),
    "threshold of a JPEG": MaskRule({0: 4}, jpeg_threshold=128),
    "0 and 1": MaskRule({0: 0, 255: 1}, zero_one_id=1),
    "indices": MaskRule({0: 0, 1: 1}, palette_indices=True),
}


def saved(kind, mode):
    out = io.BytesIO()
    Image.fromarray(np.zeros((5, 8), np.uint8)).convert(mode).save(out, kind)
    return EncodedImage(f"x.{kind.lower()}", out.getvalue())


def outcome(image, rule, size=(8, 5)):
    try:
        mask = read_mask(image, rule, size)
    except InvalidItemError as error:
        return error.reason, error.detail
    return mask.dtype, mask.tolist(), mask.flags.writeable


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "L"), ("PNG", "P"), ("PNG", "RGB"), ("JPEG", "L")])
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_known_files_give_what_they_gave(monkeypatch, rule, kind, mode):
    image = saved(kind, mode)
    monkeypatch.setattr(masks, "_MOST_EMPTY", 0)
    expected = [outcome(image, rule), outcome(image, rule, (8, 6))]
    monkeypatch.setattr(masks, "_MOST_EMPTY", 16)
    monkeypatch.setattr(masks, "_EMPTY", {})
    for _ in range(2):
        assert [outcome(image, rule), outcome(image, rule, (8, 6))] == expected
    with images_trusted():
        assert [outcome(image, rule), outcome(image, rule, (8, 6))] == expected
    assert masks._EMPTY
