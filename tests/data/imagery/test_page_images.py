"""Masks as the pages show them: large ones reduced while they are read."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from rsica_data.core.errors import InvalidItemError
from rsica_data.imagery import page_images
from rsica_data.imagery.images import encode_mask
from rsica_data.imagery.page_images import mask_layers, small_mask_layers


def alpha(url):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))[:, :, 3] > 0


def mask(height, width):
    pixels = np.zeros((height, width), np.uint8)
    pixels[3, 5] = 1  # a single pixel stays to be seen
    pixels[height // 2 :, width // 3 : width // 2] = 2
    pixels[-1, -1] = 1
    return pixels


@pytest.mark.parametrize(("height", "width"), [(601, 900), (900, 601), (120, 1000)])
def test_a_square_has_a_class_where_a_pixel_has_it(monkeypatch, height, width):
    monkeypatch.setattr(page_images, "decode_mask", lambda data: pytest.fail("read as a whole"))
    pixels = mask(height, width)
    layers = dict(small_mask_layers(encode_mask(pixels), {0: 1, 1: 2, 2: 7}, 100))
    step = max(height, width) // 100
    for place, number in ((0, 1), (1, 2)):
        shown = alpha(layers[place])
        assert 100 <= max(shown.shape) < 200
        for row in range(shown.shape[0]):
            for column in range(shown.shape[1]):
                square = pixels[row * step : (row + 1) * step, column * step : (column + 1) * step]
                assert shown[row, column] == (square == number).any()
    assert set(layers) == {0, 1}


def test_small_masks_and_files_of_others_are_shown_as_they_are():
    pixels = mask(150, 150)
    expected = list(mask_layers(pixels, {0: 1, 1: 2}))
    assert list(small_mask_layers(encode_mask(pixels), {0: 1, 1: 2}, 100)) == expected
    large, out = mask(600, 900), io.BytesIO()
    Image.fromarray(large).save(out, "PNG")  # with filtered rows
    assert list(small_mask_layers(out.getvalue(), {0: 1, 1: 2}, 100)) == list(mask_layers(large, {0: 1, 1: 2}))


def test_a_mask_that_is_cut_short_is_told():
    data = encode_mask(np.random.default_rng(5).integers(0, 3, (900, 900), np.uint8))
    with pytest.raises(InvalidItemError):
        list(small_mask_layers(data[: len(data) // 2], {0: 1}, 100))


def test_a_mask_that_cannot_be_unpacked_is_told():
    data = bytearray(encode_mask(np.random.default_rng(5).integers(0, 3, (900, 900), np.uint8)))
    begin = data.index(b"IDAT") + 4
    data[begin : begin + 2] = b"\xff\xff"
    with pytest.raises(InvalidItemError):
        list(small_mask_layers(bytes(data), {0: 1}, 100))


def test_a_mask_of_too_many_pixels_is_not_unpacked(monkeypatch):
    monkeypatch.setenv("RSICA_MAX_PIXELS", "100000")
    monkeypatch.setattr(page_images, "reduced_classes", lambda *given: pytest.fail("unpacked"))
    with pytest.raises(InvalidItemError, match="over the limit"):
        list(small_mask_layers(encode_mask(mask(900, 900)), {0: 1}, 100))
