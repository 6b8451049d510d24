"""Images as the pages show them: small enough, inside data URLs, masks as one transparent image a class."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from rsica_data.imagery.images import encode_png, probe
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
    info = probe(image)
    kind = info.format.lower()
    small = max(info.width, info.height) <= longest or longest >= LONGEST_SIDE
    if kind in ("png", "jpeg") and len(image.data) <= _LARGEST_EMBEDDED and small:
        return data_url(kind, image.data)
    from PIL import Image

    smaller = Image.fromarray(decode_within(image.data, longest))
    smaller.thumbnail((longest, longest))
    out = BytesIO()
    smaller.save(out, "JPEG", quality=88)
    return data_url("jpeg", out.getvalue())


def mask_layers(mask: NDArray[np.uint8], numbers: Mapping[int, int]) -> Iterator[tuple[int, str]]:
    """(place of a class, data URL of its pixels in its colour, the rest transparent) of the classes that have pixels.

    Args:
        mask: class ids, shape ``[H, W]``, dtype uint8.
        numbers: id in the mask, by the place of the class in the list that colours go by.
    """
    for number, class_id in sorted(numbers.items()):
        inside = mask == class_id
        if inside.any():
            pixels = np.zeros((*mask.shape, 4), np.uint8)
            pixels[inside] = (*COLOURS[number % len(COLOURS)], 255)
            yield number, data_url("png", encode_png(pixels))
