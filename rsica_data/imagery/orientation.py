"""Orientation tags of images: whether pixels are meant as they are stored, or turned as viewers show them.

EXIF tag 274 (CIPA DC-008): 1 as stored, 2-4 mirrored or upside down, 5-8 also with width and height exchanged. The
``datasets`` library, like most viewers, turns images by it; rasterio and most training code do not. What is stored here
has no tag, so that everyone sees the same pixels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from rsica_data.imagery.images import opened_image
from rsica_data.imagery.png_stream import SIGNATURE as PNG
from rsica_data.imagery.png_stream import unchecked_chunks
from rsica_data.schema import EncodedImage

_TAG = 274
_JPEG, _APP1, _START_OF_SCAN = b"\xff\xd8\xff", 0xE1, 0xDA
_MAY_HAVE_ONE = re.compile(rb"eXIf|[eE]xif|EXIF|tiff:Orientation")


def orientation(image: EncodedImage) -> int:
    """The orientation of a JPEG, PNG or WebP image, 1 to 8; 1 where no tag or a senseless one is there.

    Raises:
        InvalidItemError: it cannot be opened.
    """
    if not any(_MAY_HAVE_ONE.search(part) for part in _around_pixels(image.data)):
        return 1
    with opened_image(image) as opened:
        tag_value: Any = opened.getexif().get(_TAG, 1)
    return tag_value if isinstance(tag_value, int) and 1 <= tag_value <= 8 else 1


def _around_pixels(data: bytes) -> Iterator[bytes | memoryview]:
    """The parts of a file that may hold a tag: compressed pixels, most of it, are passed over in PNG and JPEG files."""
    if data.startswith(PNG):
        yield from (chunk for chunk in unchecked_chunks(data) if bytes(chunk[4:8]) != b"IDAT")
    elif data.startswith(_JPEG):
        segments, scan = _segments(data)
        yield from (data[start:end] for start, end in segments)
        if data[scan + 1 : scan + 2] != bytes([_START_OF_SCAN]):
            yield data[scan:]
    else:
        yield data


def is_turned(tag: int) -> bool:
    """Whether an orientation exchanges width and height."""
    return tag >= 5


def as_stored(image: EncodedImage) -> EncodedImage:
    """The pixels as the file stores them, without the tag. A JPEG keeps its compressed pixels bit for bit.

    Raises:
        InvalidItemError: it cannot be decoded.
    """
    if image.data.startswith(_JPEG):
        plain = EncodedImage(image.path, _without_metadata(image.data))
        if orientation(plain) == 1:
            return plain
    with opened_image(image) as opened:
        return _as_png(image, opened)


def as_shown(image: EncodedImage) -> EncodedImage:
    """The pixels turned as the tag says, as PNG.

    Raises:
        InvalidItemError: it cannot be decoded.
    """
    from PIL import ImageOps

    with opened_image(image) as opened:
        return _as_png(image, ImageOps.exif_transpose(opened))


def _as_png(image: EncodedImage, pixels: Any) -> EncodedImage:
    out = BytesIO()
    bare = pixels.copy()
    # Pillow writes these along; one of them is the tag.
    for name in ("exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif"):
        bare.info.pop(name, None)
    (bare if bare.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16") else bare.convert("RGB")).save(
        out, "PNG", exif=b""
    )
    return EncodedImage(re.sub(r"\.[^./]+$", "", image.path) + ".png", out.getvalue())


def _without_metadata(data: bytes) -> bytes:
    """A JPEG without its segments APP1, which hold EXIF and XMP."""
    segments, scan = _segments(data)
    kept = [data[start:end] for start, end in segments if data[start + 1] != _APP1]
    return b"".join([data[:2], *kept, data[scan:]])


def _segments(data: bytes) -> tuple[list[tuple[int, int]], int]:
    """Start and end of a JPEG's segments, and where its compressed pixels, or what is no segment, begin."""
    segments, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _START_OF_SCAN:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        segments.append((at, end))
        at = end
    return segments, at
