"""How large an image may be: one number, from which the limits of pixels, samples and bytes follow.

A pair of images of that size is built, shown and run in less than 1 GB of memory. Larger scenes are for the source
``geotiff``, which reads windows and cuts tiles.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from rsica_data.core.errors import InvalidItemError, UserError

LIMIT_VARIABLE = "RSICA_MAX_PIXELS"
_DEFAULT_LIMIT = 5120 * 5120
_BYTES_A_PIXEL = 4
"""Of decoded samples, and of the encoded file: RGB and alpha of 8 bits, uncompressed."""


_settled: ContextVar[int | None] = ContextVar("_settled", default=None)


def pixel_limit() -> int:
    """Pixels that one image may have; more by the variable ``RSICA_MAX_PIXELS``.

    Raises:
        UserError: the variable holds no whole number above 0.
    """
    settled = _settled.get()
    return _stated() if settled is None else settled


@contextmanager
def limit_settled() -> Iterator[None]:
    """Inside the block the variable is not looked at again, which takes longer than all that is done with the limit.

    Raises:
        UserError: the variable holds no whole number above 0.
    """
    token = _settled.set(pixel_limit())
    try:
        yield
    finally:
        _settled.reset(token)


def _stated() -> int:
    text = os.environ.get(LIMIT_VARIABLE)
    if text is None:
        return _DEFAULT_LIMIT
    digits = text.strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18 or not int(digits):
        raise UserError(f"'{text[:40]}' is no number of pixels", key=LIMIT_VARIABLE, hint="for example 400000000")
    return int(digits)


def largest_file() -> int:
    """Bytes that the file of one image may have."""
    return _BYTES_A_PIXEL * pixel_limit()


def ways_out(pixels: int | None = None) -> str:
    """What can be done about an image over a limit; ``pixels`` is the limit that it needs, where that is known."""
    raised = f"raise {LIMIT_VARIABLE}" if pixels is None else f"set {LIMIT_VARIABLE}={pixels}"
    return f"{raised} to read it all the same, or cut it into tiles: option tile of a folder, or the source geotiff"


def check_pixels(path: str, width: int, height: int) -> None:
    """Raises InvalidItemError (``image-too-large``) where an image has more pixels than the limit."""
    limit = pixel_limit()
    if width * height > limit:
        what = f"{path}: {width}x{height} is over the limit of {limit:,} pixels, a guard against decompression bombs"
        raise InvalidItemError("image-too-large", f"{what}; {ways_out(width * height)}")


def check_samples(path: str, width: int, height: int, bands: int, size: int) -> None:
    """Raises InvalidItemError (``image-too-large``) where decoded samples need more bytes than the limit.

    Args:
        path: the file, for messages.
        width: in pixels.
        height: in pixels.
        bands: number of samples a pixel.
        size: bytes of a sample.
    """
    needed = width * height * bands * size
    if needed > largest_file():
        what = (
            f"{path}: {width}x{height} px of {bands} samples of {size} bytes are over the limit of {largest_file():,}"
        )
        raise InvalidItemError("image-too-large", f"{what} bytes; {ways_out(-(-needed // _BYTES_A_PIXEL))}")
