"""Perceptual hashes of images, and whether two images of nearby hashes show the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from rsica_data.imagery.images import pil_rgb

_SIZE = 32
_LOW = 8
_BLOCK = 1024

MOST_BITS = 8
"""Bits in which the hashes of near-duplicates may differ."""
LEAST_CORRELATION = 0.95
"""Least correlation of the grey values of near-duplicates, at 32 x 32 pixels."""
LEAST_CONTRAST = 1.0
"""Least standard deviation of the grey values, of 255 levels: what shows nothing is like nothing."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What an image is compared by.

    Attributes:
        bits: perceptual hash of 64 bits.
        grey: grey values at 32 x 32 pixels, uint8.
    """

    bits: int
    grey: NDArray[np.uint8]


def fingerprint(data: bytes) -> Fingerprint:
    """The fingerprint of an encoded image.

    The hash is that of ``imagehash.phash`` with its defaults: grey values at 32 x 32 pixels, the 8 x 8 lowest
    frequencies of their discrete cosine transform, a bit for each one above the median.
    """
    from PIL import Image

    small = pil_rgb(data).convert("L").resize((_SIZE, _SIZE), Image.Resampling.LANCZOS)
    grey = np.asarray(small, np.uint8)
    rows = _cosines()
    low = (rows @ grey.astype(np.float64) @ rows.T)[:_LOW, :_LOW]
    above = (low > np.median(low)).ravel()
    return Fingerprint(int("".join("01"[int(bit)] for bit in above), 2), grey)


@cache
def _cosines() -> NDArray[np.float64]:
    """The discrete cosine transform of type II of 32 values, not normalized, as a matrix."""
    place = np.arange(_SIZE)
    cosines: NDArray[np.float64] = 2 * np.cos(np.pi * place[:, None] * (2 * place + 1) / (2 * _SIZE))
    return cosines


def close_hashes(
    first: NDArray[np.uint64], second: NDArray[np.uint64], most_bits: int = MOST_BITS
) -> Iterator[tuple[int, int]]:
    """Places in both of hashes that differ in at most ``most_bits`` bits.

    Args:
        first: shape ``[n]``.
        second: shape ``[m]``.
        most_bits: of 64.

    Example:
        >>> list(close_hashes(np.array([0b1111], np.uint64), np.array([0b1110, 2**40], np.uint64), 1))
        [(0, 0)]
    """
    for start in range(0, len(first), _BLOCK):
        block = first[start : start + _BLOCK]
        differing = np.bitwise_count(block[:, None] ^ second[None, :])
        for row, column in np.argwhere(differing <= most_bits):
            yield start + int(row), int(column)


def show_the_same(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> bool:
    """Whether two images of 32 x 32 grey values show the same, brightness and contrast apart.

    Hashes alone are not enough: fields, water and forest have nearby hashes everywhere.
    """
    first, second = one.astype(np.float64).ravel(), two.astype(np.float64).ravel()
    if min(first.std(), second.std()) < LEAST_CONTRAST:
        return False
    return float(np.corrcoef(first, second)[0, 1]) >= LEAST_CORRELATION
