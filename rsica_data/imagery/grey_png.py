"""PNG files of 8-bit grey pixels, as masks are: packed and unpacked in one step each, with nothing looked for.

Masks are large areas of few values, whose runs alone (zlib's ``Z_RLE``, no filter) pack them well: simulated ones of
256 pixels to 350 bytes, where filtered rows and a search for repetitions give 640 and take six times as long.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_data.imagery.inflate import adler32, unpacked_whole
from rsica_data.imagery.png_stream import SIGNATURE, PngHeader, unpacked_blocks

_STORED = 65535
"""Most bytes of a block that is not compressed (RFC 1951)."""


_ZLIB_HEADER = b"\x78\x01"
"""Of a stream that was packed quickly, with a window of 32 KiB (RFC 1950)."""


def pack_grey(pixels: NDArray[np.uint8]) -> bytes:
    """PNG bytes of grey pixels ``[height, width]``. Same pixels, same bytes.

    >>> pack_grey(np.zeros((2, 3), np.uint8))[:8] == SIGNATURE
    True
    """
    height, width = pixels.shape
    # Each row begins with its filter type, 0 for none.
    rows = np.zeros((height, width + 1), np.uint8)
    rows[:, 1:] = pixels
    # Packed without zlib's own header and checksum: the checksum would take a quarter of the time.
    packer = zlib.compressobj(1, zlib.DEFLATED, -15, 8, zlib.Z_RLE)
    checksum = struct.pack(">I", adler32(rows.data))
    packed = b"".join((_ZLIB_HEADER, packer.compress(rows.data), packer.flush(), checksum))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"".join((SIGNATURE, _chunk(b"IHDR", header), _chunk(b"IDAT", packed), _chunk(b"IEND", b"")))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return b"".join((struct.pack(">I", len(body)), kind, body, struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))))


def unpack_grey(header: PngHeader, parts: Sequence[memoryview]) -> NDArray[np.uint8] | None:
    """The pixels ``[height, width]`` of a PNG file of 8-bit grey, proved whole by the way.

    Args:
        header: of the file.
        parts: its compressed pixels.

    Returns:
        None where the file is of another kind, is not whole, or cannot be unpacked at once: the caller has slower ways,
        which say what is wrong.
    """
    if header.colour != 0 or header.bits != 8 or header.interlaced:
        return None
    row, height = 1 + header.width, header.height
    whole = unpacked_whole(parts, row * height)
    if whole is None:
        return None
    pixels = np.ascontiguousarray(np.frombuffer(whole, np.uint8).reshape(height, row)[:, 1:])
    filters = bytes(whole[::row])
    if end := len(filters.rstrip(b"\0")):
        # Most rows of a mask are empty and have no filter: the first that has one may refer to the row before it.
        start = max(height - len(filters.lstrip(b"\0")) - 1, 0)
        band = _unfiltered(whole[start * row : end * row], header.width, end - start)
        if band is None:
            return None
        pixels[start:end] = band
    return pixels


def reduced_classes(
    header: PngHeader, parts: Sequence[memoryview], ids: Sequence[int], step: int
) -> NDArray[np.bool_] | None:
    """Where a mask shows each of some classes, in squares of ``step`` pixels; the pixels are never all in memory.

    Args:
        header: of the file.
        parts: its compressed pixels.
        ids: class ids.
        step: side of a square, in pixels.

    Returns:
        Shape ``[classes, rows of squares, columns of squares]``: whether any pixel of the square has the class. None
        where the file is none that :func:`pack_grey` writes.

    Raises:
        InvalidItemError: the pixels end too early.
        zlib.error: they cannot be unpacked.
    """
    if header.colour != 0 or header.bits != 8 or header.interlaced:
        return None
    row, left = header.width + 1, b""
    columns = np.arange(0, header.width, step)
    bands: list[NDArray[np.bool_]] = []
    seen = 0
    for block in unpacked_blocks("mask", parts):
        left += block
        while seen < header.height and len(left) >= (size := row * min(step, header.height - seen)):
            pixels = np.frombuffer(left[:size], np.uint8).reshape(-1, row)
            if pixels[:, 0].any():  # a filter type
                return None
            shown = [np.logical_or.reduceat((pixels[:, 1:] == number).any(axis=0), columns) for number in ids]
            bands.append(np.array(shown, bool).reshape(len(ids), len(columns)))
            seen, left = seen + len(pixels), left[size:]
        if seen == header.height:
            break  # whatever a file holds besides is not unpacked
    return np.stack(bands, axis=1) if seen == header.height else None


def _unfiltered(rows: bytes | bytearray, width: int, height: int) -> NDArray[np.uint8] | None:
    """The pixels of filtered rows, by Pillow, whose decoder is given them as a stream that is not compressed."""
    from PIL import Image

    stored: list[bytes | bytearray] = [_ZLIB_HEADER]
    for start in range(0, len(rows), _STORED):
        block = rows[start : start + _STORED]
        last = start + len(block) == len(rows)
        stored += (struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF), block)
    # The stream's checksum, which would be next, is not read: the last row ends before it.
    try:
        opened = Image.frombytes("L", (width, height), b"".join(stored), "zip", "L")
    except (ValueError, OSError, SyntaxError, MemoryError):
        return None
    return np.asarray(opened)
