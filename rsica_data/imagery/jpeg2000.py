"""What a JPEG 2000 file would cost to decode, by its own headers (ISO/IEC 15444-1, annexes A and I).

A file of a single tile is unpacked in windows, but the decoder first makes a table of all code blocks and precincts of
a tile, whatever the file holds of them: some bytes of header would fill the memory.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

_BOX_FILE = b"\0\0\0\x0cjP  "
_SOC, _SIZ, _COD, _SOT = 0xFF4F, 0xFF51, 0xFF52, 0xFF90
_MOST_BOXES, _MOST_MARKERS = 1000, 1000
_USER_PRECINCTS = 1
_LARGEST_PRECINCT = 15


@dataclass(frozen=True, slots=True)
class TileCost:
    """Of one tile: samples of all components, bytes a sample, and the samples of its smallest part."""

    width: int
    height: int
    components: int
    sample_bytes: int
    part: int

    @property
    def bytes(self) -> int:
        """Bytes of the decoded tile."""
        return self.width * self.height * self.components * self.sample_bytes

    @property
    def parts(self) -> int:
        """How many code blocks or precincts the decoder makes a table of."""
        return self.width * self.height * self.components // self.part


def tile_cost(stream: BinaryIO) -> TileCost:
    """The cost of a tile of a JPEG 2000 file or codestream.

    Args:
        stream: the file, at its beginning.

    Raises:
        ValueError: its headers cannot be read.

    Example:
        >>> import io
        >>> size = struct.pack(">HHIIIIIIIIHBBB", 41, 0, 64, 32, 0, 0, 64, 32, 0, 0, 1, 7, 1, 1)
        >>> style = struct.pack(">HBBHBBBBBB", 12, 0, 0, 1, 0, 5, 4, 4, 0, 1)
        >>> data = b"\\xff\\x4f\\xff\\x51" + size + b"\\xff\\x52" + style + b"\\xff\\x90" + bytes(10)
        >>> tile_cost(io.BytesIO(data)).bytes
        2048
    """
    try:
        _to_codestream(stream)
        return _main_header(stream)
    except struct.error:
        raise ValueError("its JPEG 2000 headers are cut short") from None


def _unpack(stream: BinaryIO, form: str) -> tuple[Any, ...]:
    return struct.unpack(form, stream.read(struct.calcsize(form)))


def _to_codestream(stream: BinaryIO) -> None:
    """Move to the codestream, past the boxes before it."""
    start = stream.tell()
    if stream.read(len(_BOX_FILE)) != _BOX_FILE:
        stream.seek(start)
        return
    at = start
    for _ in range(_MOST_BOXES):
        stream.seek(at)
        length, kind = _unpack(stream, ">I4s")
        head = 8
        if length == 1:
            (length,) = _unpack(stream, ">Q")
            head = 16
        if kind == b"jp2c":
            return
        if length < head:
            break
        at += length
    raise ValueError("it has no JPEG 2000 codestream")


def _main_header(stream: BinaryIO) -> TileCost:
    if _unpack(stream, ">HH") != (_SOC, _SIZ):
        raise ValueError("its JPEG 2000 codestream does not begin with its size")
    at = stream.tell()
    length, _, width, height, left, top, tile_width, tile_height, _, _, components = _unpack(stream, ">HHIIIIIIIIH")
    depths = [1 + (byte & 0x7F) for byte in stream.read(3 * components)[::3]]
    part: int | None = None
    for _ in range(_MOST_MARKERS):
        at += length
        stream.seek(at)
        marker, length = _unpack(stream, ">HH")
        at += 2
        if marker == _COD:
            part = min(part or 1 << 62, _smallest_part(stream))
        if marker == _SOT:
            break
    if part is None or not depths:
        raise ValueError("its JPEG 2000 headers do not say how it is coded")
    wide, high = min(tile_width, max(width - left, 0)), min(tile_height, max(height - top, 0))
    return TileCost(wide, high, components, (max(depths) + 7) // 8, part)


def _smallest_part(stream: BinaryIO) -> int:
    """Samples of a code block, or of the smallest precinct, by a COD marker."""
    style, _, _, _, levels, block_width, block_height, _, _ = _unpack(stream, ">BBHBBBBBB")
    part = 1 << (block_width & 15) + 2 + (block_height & 15) + 2
    if style & _USER_PRECINCTS:
        sizes = stream.read(levels + 1)
        # Of the lowest level there is one precinct in 4 ** levels samples at the most.
        part = min([part, *(1 << min(size & 15, _LARGEST_PRECINCT) + (size >> 4) for size in sizes[1:])])
    return max(int(part), 1)
