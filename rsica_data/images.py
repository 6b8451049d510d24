"""Image files and masks: probing, decoding and encoding. The one place that knows about pixel formats.

Counting and measuring masks is the business of ``facts``; here a mask is only bytes and class ids.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.errors import BadItem
from rsica_data.schema.records import EncodedImage, Mask

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")

# Colour type of a PNG header to the number of samples a pixel has.
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """Header facts of an image file: size in pixels, samples per pixel, bits per sample, palette or not."""

    format: str
    width: int
    height: int
    channels: int
    bits: int
    palette: bool = False


def read_image(root: Path, path: str) -> EncodedImage:
    """The file ``root/path`` as it stands.

    Raises:
        BadItem: the file is missing (``missing-file``) or cannot be read (``unreadable-file``).
    """
    try:
        return EncodedImage(path, (root / path).read_bytes())
    except FileNotFoundError:
        raise BadItem("missing-file", f"{path}: no such file") from None
    except OSError as error:
        raise BadItem("unreadable-file", f"{path}: {error.strerror or error}") from error


def probe(image: EncodedImage) -> ImageInfo:
    """Header of an image whose bytes are known to be whole.

    PNG files are checked chunk by chunk against their checksums, which finds truncation and flipped bits at a
    fraction of the cost of decoding; other formats are decoded.

    Raises:
        BadItem: ``unknown-format``, ``truncated-image`` or ``corrupt-image``.
    """
    data = image.data
    if data.startswith(_PNG):
        return _probe_png(image)
    if data.startswith(_JPEG) or data[:4] in _TIFF:
        return _probe_decoded(image)
    what = "file is empty" if not data else "not a PNG, JPEG or TIFF file"
    raise BadItem("unknown-format", f"{image.path}: {what}")


def _probe_png(image: EncodedImage) -> ImageInfo:
    view = memoryview(image.data)
    at, info = len(_PNG), None
    while at + 12 <= len(view):
        length, kind = struct.unpack(">I4s", view[at : at + 8])
        end = at + 12 + length
        if end > len(view):
            break
        (expected,) = struct.unpack(">I", view[end - 4 : end])
        if zlib.crc32(view[at + 4 : end - 4]) != expected:
            raise BadItem("corrupt-image", f"{image.path}: checksum of PNG chunk {kind.decode('latin1')} is wrong")
        if kind == b"IHDR":
            width, height, bits, colour = struct.unpack(">IIBB", view[at + 8 : at + 18])
            info = ImageInfo("PNG", width, height, _PNG_CHANNELS.get(colour, 0), bits, colour == 3)
        if kind == b"IEND" and info is not None:
            return info
        at = end
    raise BadItem("truncated-image", f"{image.path}: PNG file ends after {len(view)} bytes, before its last chunk")


def _probe_decoded(image: EncodedImage) -> ImageInfo:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(image.data)) as opened:
            opened.load()
            bits = 8 if opened.mode in ("L", "RGB", "RGBA", "P", "CMYK", "YCbCr") else 1 if opened.mode == "1" else 16
            return ImageInfo(
                opened.format or "?", opened.width, opened.height, len(opened.getbands()), bits, opened.mode == "P"
            )
    except UnidentifiedImageError:
        raise BadItem("unknown-format", f"{image.path}: PIL cannot read this file") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise BadItem("truncated-image", f"{image.path}: {error}") from error


def decode_rgb(data: bytes) -> NDArray[np.uint8]:
    """Decoded 8-bit RGB pixels, shape ``[height, width, 3]``, dtype uint8.

    Raises:
        ValueError: the bytes are not an image that can be decoded.
    """
    from PIL import Image

    try:
        with Image.open(BytesIO(data)) as opened:
            return np.asarray(opened.convert("RGB"))
    except (OSError, SyntaxError) as error:
        raise ValueError(str(error)) from error


_PLAIN_MODE = {"P": "RGB", "1": "L", "LA": "L", "RGBA": "RGB"}


def encode_png(pixels: NDArray[np.uint8], level: int = 6) -> bytes:
    """PNG bytes of 8-bit grey ``[height, width]`` or RGB ``[height, width, 3]`` pixels. Same pixels, same bytes."""
    from PIL import Image

    out = BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=level)
    return out.getvalue()


def encode_mask(mask: Mask) -> bytes:
    """A mask of class ids as an 8-bit grey PNG."""
    return encode_png(np.ascontiguousarray(mask))


def decode_mask(data: bytes) -> Mask:
    """The class ids of a mask written by :func:`encode_mask`."""
    from PIL import Image

    with Image.open(BytesIO(data)) as opened:
        return np.asarray(opened)


def decode_values(image: EncodedImage, *, palette_indices: bool = False) -> NDArray[np.uint8]:
    """Raw label values of a mask file: ``[height, width]``, or ``[height, width, 3]`` for colour labels.

    Palette images give their palette's colours, or their indices with ``palette_indices``; three equal channels
    collapse to one; an alpha channel is dropped; 1-bit masks become 0/255.

    Raises:
        BadItem: ``truncated-image``, ``corrupt-image``, ``unknown-format``, or ``mask-depth`` for 16-bit files whose
            values do not fit 8 bits.
    """
    from PIL import Image

    info = probe(image)
    try:
        with Image.open(BytesIO(image.data)) as opened:
            target = "P" if opened.mode == "P" and palette_indices else _PLAIN_MODE.get(opened.mode, opened.mode)
            raw = np.asarray(opened if target == opened.mode else opened.convert(target))
    except (OSError, SyntaxError, ValueError) as error:
        raise BadItem("corrupt-image", f"{image.path}: {error}") from error
    if raw.dtype != np.uint8:
        if raw.size and (not np.all(np.isfinite(raw)) or raw.min() < 0 or raw.max() > 255 or np.any(raw % 1)):
            raise BadItem(
                "mask-depth",
                f"{image.path}: {info.bits}-bit mask with values {raw.min()}..{raw.max()}; "
                "masks hold whole values 0..255",
            )
        raw = raw.astype(np.uint8)
    if raw.ndim == 3 and raw.shape[2] == 1:
        raw = raw[:, :, 0]
    if raw.ndim == 3 and np.array_equal(raw[:, :, 0], raw[:, :, 1]) and np.array_equal(raw[:, :, 0], raw[:, :, 2]):
        raw = raw[:, :, 0]
    return np.ascontiguousarray(raw)


Colour = int | tuple[int, int, int]


def values_to_ids(values: NDArray[np.uint8], mapping: Mapping[Colour, int], path: str) -> Mask:
    """Class ids for raw label values.

    Args:
        values: as :func:`decode_values` gives them.
        mapping: label value (grey level or RGB colour) to class id; a grey level ``v`` also stands for ``(v, v, v)``.
        path: for the message.

    Raises:
        BadItem: ``unknown-mask-value``: some pixels have a value that is not in ``mapping``.
    """
    table = {_as_code(value): class_id for value, class_id in mapping.items()}
    if values.ndim == 2:
        lut = np.full(256, -1, np.int16)
        for code, class_id in table.items():
            red, green, blue = code >> 16, (code >> 8) & 255, code & 255
            if red == green == blue:
                lut[red] = class_id
        # Presence first: a 256-bin histogram is cheaper than looking up every pixel twice.
        present = np.flatnonzero(np.bincount(values.ravel(), minlength=256))
        unknown = [int(v) for v in present if lut[v] < 0]
        if unknown:
            raise _unknown(values, unknown, [str(v) for v in unknown], mapping, path)
        return lut.astype(np.uint8)[values]
    wide = values.astype(np.uint32)
    codes = (wide[:, :, 0] << 16) | (wide[:, :, 1] << 8) | wide[:, :, 2]
    found, inverse = np.unique(codes, return_inverse=True)
    unknown = [int(code) for code in found if int(code) not in table]
    if unknown:
        shown = [f"({c >> 16},{(c >> 8) & 255},{c & 255})" for c in unknown]
        raise _unknown(codes, unknown, shown, mapping, path)
    ids = np.array([table[int(code)] for code in found], np.uint8)
    return np.asarray(ids[inverse].reshape(codes.shape), np.uint8)


def _as_code(value: Colour) -> int:
    red, green, blue = (value, value, value) if isinstance(value, int) else value
    return (red << 16) | (green << 8) | blue


def _unknown(
    codes: NDArray[Any],
    unknown: list[int],
    shown: list[str],
    mapping: Mapping[Colour, int],
    path: str,
) -> BadItem:
    pixels = int(np.isin(codes, unknown).sum())
    names = ", ".join(shown[:5]) + (f" and {len(shown) - 5} more" if len(shown) > 5 else "")
    known = ", ".join(str(value) for value in mapping)
    return BadItem("unknown-mask-value", f"{path}: {pixels} pixels of value {names}; the class map has {known}")
