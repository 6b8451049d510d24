"""Unpacking deflate streams of a known size, and checksums: by libdeflate where the package ``deflate`` is installed.

libdeflate (E. Biggers, https://github.com/ebiggers/libdeflate) unpacks a photograph's PNG in 0.4 of zlib's time. It is
asked for the answer "whole" alone: whatever it does not unpack goes to zlib, which says what is wrong.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

_LARGEST = 8 << 20
"""Bytes that are unpacked in one piece; more are unpacked in blocks by zlib, in memory that does not grow."""

Unpack = Callable[[bytes | memoryview, int], bytes | bytearray]

_unpack: Unpack | None
crc32: Callable[[bytes | memoryview], int]
"""CRC-32 of some bytes, as ``zlib.crc32``."""
adler32: Callable[[bytes | memoryview], int]
"""Adler-32 of some bytes, as ``zlib.adler32``, whose loop over single bytes takes twenty times as long."""

_FAILURES: tuple[type[Exception], ...]
"""What libdeflate raises of a stream that it does not unpack."""

try:
    import deflate
except ImportError:
    _unpack, _FAILURES = None, ()
    crc32, adler32 = zlib.crc32, zlib.adler32
else:
    _unpack, _FAILURES = deflate.zlib_decompress, (deflate.DeflateError,)
    crc32, adler32 = deflate.crc32, deflate.adler32


def unpacked_whole(parts: Sequence[memoryview], size: int) -> bytes | bytearray | None:
    """The bytes of a zlib stream where they are exactly ``size``; None where they are not, or cannot be had at once.

    Args:
        parts: the stream, in pieces; what follows its end is passed over.
        size: bytes that it holds when unpacked.
    """
    if _unpack is None or size > _LARGEST:
        return None
    try:
        data = _unpack(parts[0] if len(parts) == 1 else b"".join(parts), size)
    except _FAILURES:
        return None
    return data if len(data) == size else None
