"""The baseline works channel by channel and band by band, with the result of the whole image at once."""

import cv2
import numpy as np
import pytest

from rsica_bench.models.pixel_difference import PixelDifferenceOptions, changed_pixels, quartiles


def at_once(before, after, options):
    """The same without channels and bands: all floats of both images together."""
    first, second = (
        cv2.GaussianBlur(image.astype(np.float32), (0, 0), options.sigma) if options.sigma else image.astype(np.float32)
        for image in (before, after)
    )
    quartiles = [np.percentile(side, (25, 50, 75), axis=(0, 1)) for side in (second, first)]
    gain = np.clip((quartiles[1][2] - quartiles[1][0]) / np.maximum(quartiles[0][2] - quartiles[0][0], 1), 0.5, 2.0)
    second = np.asarray((second - quartiles[0][1]) * gain + quartiles[1][1], np.float32)
    kernel = np.ones((2 * options.tolerance + 1,) * 2, np.uint8)
    distances = [
        np.maximum(np.maximum(one - cv2.dilate(two, kernel), cv2.erode(two, kernel) - one), 0)
        for one, two in ((first, second), (second, first))
    ]
    difference = np.maximum(*distances).max(axis=2)
    otsu, _ = cv2.threshold(np.clip(difference, 0, 255).astype(np.uint8), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return difference > max(otsu, options.floor)


@pytest.mark.parametrize("tolerance", [0, 3, 20])
@pytest.mark.parametrize("sigma", [0, 1.6])
@pytest.mark.parametrize("shape", [(1100, 130, 3), (512, 40, 3), (513, 40, 3), (20, 30, 3)])
def test_bands_and_channels_change_nothing(shape, sigma, tolerance):
    rng = np.random.default_rng(0)
    before = rng.integers(0, 256, shape, np.uint8)
    after = np.roll(before, 2, 0)
    after[shape[0] // 2 :, 5:25] = 9
    options = PixelDifferenceOptions(sigma=sigma, tolerance=tolerance, floor=5, opening=0, closing=0, min_area=0)
    assert np.array_equal(changed_pixels(before, after, options) > 0, at_once(before, after, options))


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (3, 5), (4, 4), (1030, 7), (700, 301)])
@pytest.mark.parametrize("levels", [1, 3, 256, None])
def test_quartiles_are_those_of_numpy(shape, levels):
    rng = np.random.default_rng(shape[0])
    values = rng.random(shape) * 255 if levels is None else rng.integers(0, levels, shape)
    values = values.astype(np.float32)
    assert quartiles(values) == np.percentile(values, (25, 50, 75)).tolist()


@pytest.mark.parametrize("sigma", [0.3, 1.6, 9.0, 40.0])
def test_smoothing_in_bands_is_that_of_the_whole(sigma):
    from rsica_bench.models.pixel_difference import _smooth

    image = np.random.default_rng(1).integers(0, 256, (1200, 33), np.uint8)
    assert np.array_equal(_smooth(image, sigma), cv2.GaussianBlur(image.astype(np.float32), (0, 0), sigma))
