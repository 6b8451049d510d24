"""Packed files that other libraries unpack as they read: proved beforehand to hold no more than such files do."""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from rsica_data.core.errors import UserError
from rsica_data.core.raw import open_regular

_CHUNK = 1 << 18
_ANY_SIZE_BELOW = 64 << 20


def check_packed(path: Path, *, ratio: int, key: str | None = None) -> None:
    """Check that a gzip or bzip2 file, told by its first bytes, is whole and unpacks to no more than is likely.

    The file is unpacked once, and nothing of it is kept: some 300 MB a second of gzip, 30 of bzip2.

    Args:
        path: the file; one that is not packed passes.
        ratio: most bytes unpacked of one in the file; 64 MB are let pass whatever the file's size.
        key: option or key that named the file, for messages.

    Raises:
        UserError: no regular file, cannot be read, damaged, or it unpacks to more.

    Example:
        >>> import gzip, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "a.osm.gz")
        ...     _ = path.write_bytes(gzip.compress(b"<osm/>"))
        ...     check_packed(path, ratio=100)
    """
    with open_regular(path, key) as stream:
        try:
            head = stream.read(_CHUNK)
            if head.startswith(b"\x1f\x8b"):
                sizes = _sizes(stream, head, lambda: zlib.decompressobj(wbits=31))
            elif head.startswith(b"BZh"):
                sizes = _sizes(stream, head, bz2.BZ2Decompressor)
            else:
                return
            for taken, given in sizes:
                if given > max(_ANY_SIZE_BELOW, ratio * taken):
                    raise UserError(f"unpacks to more than {ratio} times its size", file=path, key=key)
        except (zlib.error, EOFError) as error:
            raise UserError(f"damaged: {error}", file=path, key=key) from None
        except OSError as error:
            raise UserError(f"cannot be unpacked: {error.strerror or error}", file=path, key=key) from None


def _sizes(stream: BinaryIO, data: bytes, make: Callable[[], Any]) -> Iterator[tuple[int, int]]:
    """Bytes read and bytes unpacked so far, after each piece."""
    member, taken, given = make(), len(data), 0
    while True:
        part = member.decompress(data, _CHUNK)
        given += len(part)
        yield taken, given
        if member.eof:
            # Zero bytes after the last member are padding.
            data = member.unused_data.lstrip(b"\0")
            member = make()
            ended = not data
        else:
            # What is not used yet zlib gives back and bzip2 keeps.
            data = getattr(member, "unconsumed_tail", b"")
            ended = False
        if not data and getattr(member, "needs_input", True):
            data = stream.read(_CHUNK)
            taken += len(data)
            if ended and not data.strip(b"\0"):
                return
            if not data and not part:
                raise EOFError("it is cut short")
