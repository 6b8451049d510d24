"""Mask files as label values, and label values as class ids.

Counting and measuring masks is the business of ``facts``; here a mask is only values and class ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import InvalidItemError
from rsica_data.imagery.image_limits import check_pixels
from rsica_data.imagery.images import decode_with_alpha, grey_pixels, images_checked
from rsica_data.schema.records import EncodedImage, Mask

_SMALL, _MOST_EMPTY = 4096, 16
_EMPTY: dict[tuple[bytes, bool, bool], tuple[int, int]] = {}
"""Files whose mask is 0 everywhere, to its size: where nothing changed they are many, and byte for byte the same."""


def decode_values(image: EncodedImage, *, palette_indices: bool = False) -> NDArray[np.uint8]:
    """Raw label values of a mask file: ``[height, width]``, or ``[height, width, 3]`` for colour labels.

    As :func:`images.decode_raw`; besides, three equal channels collapse to one, a mask of one colour that is drawn in
    its alpha channel alone gives that channel, and black and white of 16 bits (0 and 65535) become 0 and 255.

    Raises:
        InvalidItemError: as :func:`images.probe`; ``mask-depth`` for files of more than 8 bits whose values exceed 255;
            ``not-a-number`` where a pixel is NaN or infinite; ``mask-alpha`` where only transparent pixels differ.
    """
    values = empty_values(image, palette_indices=palette_indices)
    if values is not None:
        return values
    values = grey_pixels(image)
    if values is None:
        values = label_values(*decode_with_alpha(image, palette_indices=palette_indices), image.path)
    if len(image.data) <= _SMALL and len(_EMPTY) < _MOST_EMPTY and values.ndim == 2 and not values.max(initial=0):
        _EMPTY[image.data, palette_indices, images_checked()] = (values.shape[0], values.shape[1])
    return values


def empty_values(image: EncodedImage, *, palette_indices: bool = False) -> NDArray[np.uint8] | None:
    """The values of a mask file, where they are known to be 0 everywhere because the same bytes were read before.

    Arguments and errors as of :func:`decode_values`, which gives the same values of it.
    """
    size = _EMPTY.get((image.data, palette_indices, images_checked()))
    if size is None:
        return None
    height, width = size
    check_pixels(image.path, width, height)
    return np.zeros(size, np.uint8)


def label_values(raw: NDArray[Any], alpha: NDArray[Any] | None, path: str) -> NDArray[np.uint8]:
    """Label values of samples and alpha, as :func:`decode_values` gives them of a file."""
    if alpha is not None:
        raw = _drawn(raw, alpha, path)
    if raw.dtype != np.uint8:
        raw = label_bytes(raw, path)
    if raw.ndim == 3 and np.array_equal(raw[:, :, 0], raw[:, :, 1]) and np.array_equal(raw[:, :, 0], raw[:, :, 2]):
        raw = raw[:, :, 0]
    return np.ascontiguousarray(raw)


def _drawn(raw: NDArray[Any], alpha: NDArray[Any], path: str) -> NDArray[Any]:
    """The colours, or the alpha channel where it alone tells pixels apart."""
    opaque = 1.0 if alpha.dtype.kind == "f" else np.iinfo(alpha.dtype).max
    if alpha.min() == opaque:
        return raw
    if (raw == raw[:1, :1]).all():
        return alpha
    seen = alpha > 0
    if seen.any() and not np.any(raw[seen]):
        what = "what can be seen is black, and what is coloured is fully transparent"
        raise InvalidItemError("mask-alpha", f"{path}: {what}: save the mask without an alpha channel")
    return raw


def label_bytes(raw: NDArray[Any], path: str) -> NDArray[np.uint8]:
    """Label values of any depth as bytes; black and white of 16 bits become 0 and 255.

    Raises:
        InvalidItemError: ``not-a-number``; ``mask-depth`` where a value is no whole number of 0..255.
    """
    if not np.all(np.isfinite(raw)):
        raise InvalidItemError("not-a-number", f"{path}: has pixels that are NaN or infinite")
    if raw.dtype == np.uint16 and raw.max() == 65535 and np.isin(raw, (0, 65535)).all():
        return (raw >> 8).astype(np.uint8)
    if raw.min() < 0 or raw.max() > 255 or np.any(raw % 1):
        range_told = f"{raw.dtype} values {raw.min()}..{raw.max()}"
        raise InvalidItemError("mask-depth", f"{path}: {range_told}; masks hold whole values 0..255")
    return raw.astype(np.uint8)


_CHROMA = 32
"""How far the channels of a grey image may be apart after JPEG's colour transform."""


def thresholded(values: NDArray[np.uint8], threshold: int, path: str) -> Mask:
    """1 where a grey level is at least ``threshold``, else 0, ``[height, width]``.

    Args:
        values: as :func:`decode_values` gives them; a JPEG's channels may differ a little.
        threshold: 1..255.
        path: for the message.

    Raises:
        InvalidItemError: ``mask-in-colour``: the channels are no shades of grey.
    """
    if values.ndim == 3:
        if int(np.ptp(values.astype(np.int16), axis=2).max(initial=0)) > _CHROMA:
            raise InvalidItemError(
                "mask-in-colour", f"{path}: is in colour; a threshold is for masks in shades of grey"
            )
        values = np.asarray(np.median(values, axis=2), np.uint8)
    return np.asarray(values >= threshold, np.uint8)


Colour = int | tuple[int, int, int]
"""A label value: a grey level, or red, green and blue; each 0..255."""

_Given = tuple[tuple[Colour, int], ...]


def values_to_ids(values: NDArray[np.uint8], mapping: Mapping[Colour, int], path: str) -> Mask:
    """Class ids for raw label values.

    Args:
        values: as :func:`decode_values` gives them.
        mapping: label value (grey level or RGB colour) to class id; a grey level ``v`` also stands for ``(v, v, v)``.
        path: for the message.

    Raises:
        InvalidItemError: ``unknown-mask-value``: some pixels have a value that is not in ``mapping``.
    """
    given = tuple(mapping.items())
    return _grey_ids(values, given, path) if values.ndim == 2 else _colour_ids(values, _by_code(given), path)


def _by_code(mapping: _Given) -> dict[int, int]:
    return {_as_code(value): class_id for value, class_id in mapping}


def _grey_ids(values: NDArray[np.uint8], mapping: _Given, path: str) -> Mask:
    import cv2

    lookup, unknown = _lookup(mapping)
    # Where grey 0 is class 0, as it mostly is, the others are looked up in the box around them, a part of most masks.
    empty = lookup[0] == 0 != unknown
    x, y, width, height = cv2.boundingRect(values) if empty else (0, 0, values.shape[1], values.shape[0])
    window = np.s_[y : y + height, x : x + width]
    ids = np.zeros(values.shape, np.uint8)
    if width and height:
        inside = np.asarray(cv2.LUT(values[window], lookup), np.uint8).reshape(height, width)
        if unknown is not None and unknown in inside:
            raise _unknown(np.asarray(values * np.uint32(0x010101), np.uint32), _by_code(mapping), path)
        ids[window] = inside
    return ids


@lru_cache(maxsize=64)
def _lookup(mapping: _Given) -> tuple[NDArray[np.uint8], int | None]:
    """Class id of each grey level, and the id that stands for levels without one; None where all ids are taken.

    No pixel may get that id otherwise: one pass over the image then tells both.
    """
    mapped = {code & 255: class_id for code, class_id in _by_code(mapping).items() if code % 0x010101 == 0}
    unknown = next((number for number in range(256) if number not in mapped.values()), None)
    lookup = np.full(256, 0 if unknown is None else unknown, np.uint8)
    for grey, class_id in mapped.items():
        lookup[grey] = class_id
    return lookup, unknown


def _colour_ids(values: NDArray[np.uint8], table: Mapping[int, int], path: str) -> Mask:
    wide = values.astype(np.uint32)
    codes = np.asarray((wide[:, :, 0] << 16) | (wide[:, :, 1] << 8) | wide[:, :, 2], np.uint32)
    ids, known = np.zeros(codes.shape, np.uint8), np.zeros(codes.shape, np.bool_)
    # One comparison a colour is much cheaper than sorting all pixels, for the few colours that a class map has.
    for code, class_id in table.items():
        here = codes == code
        ids[here] = class_id
        known |= here
    if not known.all():
        raise _unknown(codes, table, path)
    return ids


def _as_code(value: Colour) -> int:
    red, green, blue = (value, value, value) if isinstance(value, int) else value
    return (red << 16) | (green << 8) | blue


def _shown(code: int) -> str:
    red, green, blue = code >> 16, (code >> 8) & 255, code & 255
    return str(red) if red == green == blue else f"({red},{green},{blue})"


def _unknown(codes: NDArray[np.uint32], table: Mapping[int, int], path: str) -> InvalidItemError:
    unique_codes, counts = np.unique(codes, return_counts=True)
    unknown = {
        int(code): int(count) for code, count in zip(unique_codes, counts, strict=True) if int(code) not in table
    }
    names = ", ".join(_shown(code) for code in list(unknown)[:5])
    names += f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
    known = ", ".join(_shown(code) for code in table) or "nothing"
    pixels = sum(unknown.values())
    return InvalidItemError(
        "unknown-mask-value", f"{path}: {pixels} pixels of value {names}; the class map has {known}"
    )
