"""What the blobs of an OSM PBF file unpack to, by the sizes that they state and that osmium holds them to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from rsica_data.core.errors import UserError
from rsica_data.core.raw import open_regular

_ANY_SIZE_BELOW = 64 << 20
_LARGEST_HEADER = 64 << 10
_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5
_DATA_SIZE, _RAW_SIZE = 3, 2
"""Fields of a blob's header and of a blob (OSM's fileformat.proto)."""


def check_blobs(path: Path, *, ratio: int) -> None:
    """Check that the blobs of a file hold no more than is likely; what is no PBF is left to osmium to refuse.

    Args:
        path: the file.
        ratio: most bytes unpacked of one in the file; 64 MB are let pass whatever the file's size.

    Raises:
        UserError: no regular file, or the blobs hold more.
    """
    with open_regular(path) as stream:
        most = max(_ANY_SIZE_BELOW, ratio * path.stat().st_size)
        held = 0
        for size in _stated_sizes(stream):
            held += size
            if held > most:
                raise UserError(f"unpacks to more than {ratio} times its size", file=path)


def _stated_sizes(stream: BinaryIO) -> Iterator[int]:
    """The stated sizes of the blobs, as far as they can be read."""
    while len(head := stream.read(4)) == 4:
        length = int.from_bytes(head, "big")
        if length > _LARGEST_HEADER:
            return
        end = stream.tell() + length
        size = _field(stream, end, _DATA_SIZE)
        if size is None:
            return
        stream.seek(end)
        yield _field(stream, end + size, _RAW_SIZE) or 0
        stream.seek(end + size)


def _field(stream: BinaryIO, end: int, wanted: int) -> int | None:
    """A number among the fields of a protobuf message that ends at ``end``; None where it is not there."""
    number: int | None = None
    while stream.tell() < end:
        tag = _varint(stream)
        if tag is None:
            return number
        kind = tag & 7
        if kind == _VARINT:
            value = _varint(stream)
            # Where a field appears twice, the last one counts.
            number = value if tag >> 3 == wanted else number
        elif kind in (_FIXED_64, _FIXED_32):
            stream.seek(8 if kind == _FIXED_64 else 4, 1)
        elif kind == _BYTES:
            length = _varint(stream)
            if length is None:
                return number
            stream.seek(min(length, end), 1)
        else:
            return number
    return number


def _varint(stream: BinaryIO) -> int | None:
    value = 0
    for shift in range(0, 64, 7):
        byte = stream.read(1)
        if not byte:
            return None
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    return None
