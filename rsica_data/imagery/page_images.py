"""Images as the pages show them: small enough, inside data URLs, masks as one transparent image a class."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from rsica_data.imagery.grey_png import reduced_classes
from rsica_data.imagery.image_limits import check_pixels
from rsica_data.imagery.images import decode_mask, encode_png, probe
from rsica_data.imagery.png_stream import SIGNATURE, read_chunks
from rsica_data.imagery.reduced_images import decode_within
from rsica_data.schema import EncodedImage

COLOURS = (
    (0, 158, 224),
    (228, 60, 50),
    (86, 170, 60),
    (240, 170, 20),
    (150, 90, 200),
    (20, 150, 136),
    (230, 120, 180),
)
"""Colours of classes, by their place in a dataset's list; after the last the first comes again."""

LONGEST_SIDE = 768
"""Longest side of an embedded image, in pixels."""

_LARGEST_EMBEDDED = 400_000


def class_colour(number: int) -> str:
    """The colour of the class at a place, as CSS writes it.

    >>> class_colour(0)
    'rgb(0,158,224)'
    """
    red, green, blue = COLOURS[number % len(COLOURS)]
    return f"rgb({red},{green},{blue})"


def data_url(kind: str, data: bytes) -> str:
    """An encoded image as a data URL.

    >>> data_url("png", b"abc")
    'data:image/png;base64,YWJj'
    """
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def embedded(image: EncodedImage | None, longest: int = LONGEST_SIDE) -> str | None:
    """An image as a data URL: its bytes as they are where a browser shows them and they are small, else re-encoded.

    Args:
        image: the image; None for none.
        longest: longest side, in pixels.
    """
    if image is None:
        return None
    if len(image.data) <= _LARGEST_EMBEDDED:  # else it is decoded anyhow, reduced: no need to prove it whole before
        info = probe(image)
        kind = info.format.lower()
        small = max(info.width, info.height) <= longest or longest >= LONGEST_SIDE
        if kind in ("png", "jpeg") and small:
            return data_url(kind, image.data)
    from PIL import Image

    smaller = Image.fromarray(decode_within(image.data, longest))
    smaller.thumbnail((longest, longest))
    out = BytesIO()
    smaller.save(out, "JPEG", quality=88)
    return data_url("jpeg", out.getvalue())


def small_mask_layers(
    data: bytes, numbers: Mapping[int, int], longest: int = LONGEST_SIDE
) -> Iterator[tuple[int, str]]:
    """As :func:`mask_layers`, of an encoded mask, large ones reduced while they are read.

    A pixel of what is shown then has a class where any of its pixels has it, so that small changes stay.

    Args:
        data: the encoded mask.
        numbers: as for :func:`mask_layers`.
        longest: longer side, in pixels, of what is shown; it has twice as many at most.

    Raises:
        InvalidItemError: the mask cannot be read, or has more pixels than the limit.
    """
    chunks = read_chunks("mask", data, sums=False) if data.startswith(SIGNATURE) else None
    if chunks is not None:
        check_pixels("mask", chunks.header.width, chunks.header.height)
    step = 1 if chunks is None else max(chunks.header.width, chunks.header.height) // longest
    ids = [class_id for _, class_id in sorted(numbers.items())]
    shown = None
    if chunks is not None and step > 1:
        with suppress(zlib.error):  # told when it is decoded below
            shown = reduced_classes(chunks.header, chunks.pixels, ids, step)
    if shown is None:
        yield from mask_layers(decode_mask(data), numbers)
        return
    for (number, _), inside in zip(sorted(numbers.items()), shown, strict=True):
        if inside.any():
            yield number, _layer(inside, number)


def mask_layers(mask: NDArray[np.uint8], numbers: Mapping[int, int]) -> Iterator[tuple[int, str]]:
    """(place of a class, data URL of its pixels in its colour, the rest transparent) of the classes that have pixels.

    Args:
        mask: class ids, shape ``[H, W]``, dtype uint8.
        numbers: id in the mask, by the place of the class in the list that colours go by.
    """
    for number, class_id in sorted(numbers.items()):
        inside = mask == class_id
        if inside.any():
            yield number, _layer(inside, number)


def _layer(inside: NDArray[np.bool_], number: int) -> str:
    """Pixels in the colour of a class, the others transparent, as a data URL."""
    pixels = np.zeros((*inside.shape, 4), np.uint8)
    pixels[inside] = (*COLOURS[number % len(COLOURS)], 255)
    return data_url("png", encode_png(pixels))
