"""Seeded pictures and masks of a few pixels, and files of them."""

import numpy as np
from PIL import Image

SIZE = 16


def picture(seed, channels=3):
    """Noise, ``[SIZE, SIZE, 3]``, or ``[SIZE, SIZE]`` for one channel."""
    shape = (SIZE, SIZE, channels) if channels > 1 else (SIZE, SIZE)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def square(value=255, side=6):
    """A mask of one square, three pixels from the left and two from the top."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[2 : 2 + side, 3 : 3 + side] = value
    return mask


def save(path, pixels):
    """An image file, and the folders that lead to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
