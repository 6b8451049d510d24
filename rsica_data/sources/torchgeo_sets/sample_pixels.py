"""Tensors and arrays of a sample as 8-bit images and label values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import InvalidItemError
from rsica_data.imagery.image_limits import check_pixels
from rsica_data.imagery.masks import label_bytes
from rsica_data.schema import EncodedImage
from rsica_data.sources.tiff_images import stretched


def as_array(value: Any) -> NDArray[Any]:
    """A tensor, array or number as an array in this process's memory."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    return np.asarray(value)


def as_image(value: Any, bands: Sequence[int], stretch: tuple[float, float] | None, path: str) -> EncodedImage:
    """An image of a sample as an 8-bit PNG.

    Args:
        value: ``[channels, height, width]`` or ``[height, width]``, of any type of numbers.
        bands: 1-based channels taken as red, green and blue, or the one shown in grey; empty for all of one or three.
        stretch: sample values that become 0 and 255. Without it, whole numbers of 0..255 stay as they are, and
            fractions of 0..1 are multiplied by 255.
        path: what the image is called.

    Raises:
        InvalidItemError: ``image-depth`` where the range of the values cannot be told, ``missing-band``,
            ``not-a-number``, or ``image-shape``.
    """
    array = as_array(value)
    if array.ndim not in (2, 3) or not array.size:
        raise InvalidItemError("image-shape", f"{path}: has the shape {list(array.shape)}, not [channels, h, w]")
    pixels = array[None] if array.ndim == 2 else array
    check_pixels(path, pixels.shape[2], pixels.shape[1])
    chosen = _chosen(pixels, bands, path)
    if stretch is None and chosen.dtype != np.uint8:
        chosen = _eight_bits(chosen, path)
    return stretched(EncodedImage(path, b""), np.ascontiguousarray(chosen.transpose(1, 2, 0)), stretch)


def _chosen(pixels: NDArray[Any], bands: Sequence[int], path: str) -> NDArray[Any]:
    count = pixels.shape[0]
    if bands:
        if max(bands) > count:
            raise InvalidItemError("missing-band", f"{path}: has {count} channels, {list(bands)} are asked for")
        return pixels[[number - 1 for number in bands]]
    if count not in (1, 3):
        what = "give the option bands, as [4, 3, 2], or [1] for one in grey"
        raise InvalidItemError("missing-band", f"{path}: has {count} channels; {what}")
    return pixels


def _eight_bits(pixels: NDArray[Any], path: str) -> NDArray[np.uint8]:
    """Values as they stand, or of 0..1 times 255, where it can be told which is meant."""
    if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
        raise InvalidItemError("not-a-number", f"{path}: has pixels that are NaN or infinite")
    if pixels.dtype.kind in "fiub":
        low, high = float(pixels.min()), float(pixels.max())
        whole = pixels.dtype.kind != "f" or not np.any(pixels % 1)
        if whole and low >= 0 and (high == 0 or 1 < high <= 255):
            return pixels.astype(np.uint8)
        if not whole and low >= 0 and high <= 1:
            return (pixels.astype(np.float64) * 255 + 0.5).astype(np.uint8)
        problem = f"{path}: samples are {pixels.dtype}, {low:g}..{high:g}"
    else:
        problem = f"{path}: samples are {pixels.dtype}"
    raise InvalidItemError("image-depth", f"{problem}; give the option stretch, the range that becomes 0..255")


def as_labels(value: Any, size: tuple[int, int], path: str) -> NDArray[np.uint8]:
    """The label values of a mask, ``[height, width]``.

    Args:
        value: ``[height, width]`` or ``[1, height, width]``, whole numbers of any type.
        size: width and height that it must have.
        path: what it is called.

    Raises:
        InvalidItemError: ``mask-shape``, ``size-mismatch``, or as ``masks.label_bytes``.
    """
    array = as_array(value)
    if array.ndim == 3 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 2:
        what = "state a part of it, as change_mask: mask[0]"
        raise InvalidItemError("mask-shape", f"{path}: the mask has the shape {list(array.shape)}; {what}")
    if array.shape[::-1] != size:
        shape = f"{array.shape[1]}x{array.shape[0]}"
        raise InvalidItemError("size-mismatch", f"{path}: the mask is {shape}, the images are {size[0]}x{size[1]}")
    return array if array.dtype == np.uint8 else label_bytes(np.asarray(array), path)
