"""Bytes of files: regular files only, bounded in size, also after unpacking gzip."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from rsica_data.core.errors import UserError

LIMIT_VARIABLE = "RSICA_MAX_READ_MB"
"""Environment variable that raises the limit of :func:`largest_document`, for large files that are trusted."""

_MIB = 1 << 20
_LARGEST_MB = 128
LEAST_LIMIT = _MIB
"""The least that :func:`largest_document` may say, in bytes."""
_CHUNK = 1 << 18
_GZIP = b"\x1f\x8b"
# Lines are read one by one, so that their number is bounded by time and not by memory: real tables of polygons shrink
# four- to sixfold by gzip. Files of zeros or of one repeated line shrink a thousandfold.
_LARGEST_RATIO = 12
_ANY_RATIO_BELOW = 8 * _MIB
_LONGEST_LINE = 16 * _MIB
_MOST_BLANK_LINES = 1_000_000


def largest_document() -> int:
    """Bytes of the largest file that is read whole, unpacked: 128 MiB, or what ``RSICA_MAX_READ_MB`` says.

    Raises:
        UserError: the variable is no number of megabytes.
    """
    text = os.environ.get(LIMIT_VARIABLE, "")
    if not text:
        return _LARGEST_MB * _MIB
    if not text.isascii() or not text.isdigit() or not 0 < len(text) <= 7 or int(text) == 0:
        raise UserError(f"'{text[:40]}' is no number of megabytes", key=LIMIT_VARIABLE)
    return int(text) * _MIB


def too_large(what: str, limit: int, path: Path | str, key: str | None = None) -> UserError:
    """The error for a file past a limit of ``limit`` bytes; names the way out where the limit can be raised."""
    hint = f"{LIMIT_VARIABLE} raises the limit for files that you trust" if limit >= largest_document() else None
    return UserError(f"{what} more than {limit / _MIB:.3g} MB", file=path, key=key, hint=hint)


def open_regular(path: Path, key: str | None = None) -> BufferedReader:
    """A regular file, opened for reading; the caller closes it.

    Raises:
        UserError: no such file, no right to read it, or a folder, device, pipe or socket.
    """
    try:
        # A pipe that nobody writes to would block before its kind can be seen.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise UserError("no such file", file=path, key=key) from None
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", file=path, key=key) from None
    except ValueError:
        raise UserError("a file name cannot hold a NUL character", file=repr(str(path)), key=key) from None
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        what = "a folder" if stat.S_ISDIR(mode) else "a device, pipe or socket"
        raise UserError(f"is {what}, not a file", file=path, key=key)
    return os.fdopen(handle, "rb")


def read_bytes(path: Path, *, limit: int | None = None, unpack: bool = False, key: str | None = None) -> bytes:
    """The bytes of a regular file.

    Args:
        path: the file.
        limit: most bytes, unpacked; None for :func:`largest_document`.
        unpack: unpack a file that begins as gzip does, whatever its name.
        key: option or key that named the file, for messages.

    Raises:
        UserError: cannot be read, too large, or damaged gzip.
    """
    most = largest_document() if limit is None else limit
    with open_regular(path, key) as stream:
        try:
            data = stream.read(most + 1)
        except OSError as error:
            raise UserError(f"cannot be read: {error.strerror}", file=path, key=key) from None
    if len(data) > most:
        raise too_large("holds", most, path, key)
    return unpacked(data, path, limit=most, key=key) if unpack and data.startswith(_GZIP) else data


def unpacked(data: bytes, path: Path | str, *, limit: int | None = None, key: str | None = None) -> bytes:
    """What gzip data hold, of one member or several.

    Raises:
        UserError: damaged, cut short, or more than ``limit`` bytes (None for :func:`largest_document`).
    """
    most = largest_document() if limit is None else limit
    parts: list[bytes] = []
    size = 0
    try:
        while data:
            member = zlib.decompressobj(wbits=31)
            part = member.decompress(data, most - size + 1)
            size += len(part)
            if size > most:
                raise too_large("unpacks to", most, path, key)
            if not member.eof:
                raise UserError("damaged gzip: it is cut short", file=path, key=key)
            parts.append(part)
            # Zero bytes after the last member are padding, as gzip itself takes them.
            data = member.unused_data.lstrip(b"\0")
    except zlib.error as error:
        raise UserError(f"damaged gzip: {error}", file=path, key=key) from None
    return b"".join(parts)


def read_lines(
    path: Path, *, unpack: bool = False, whole_only: bool = False, key: str | None = None
) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that may be larger than memory, each with its number from 1 and without its end.

    Blank lines are left out. The size of the file is not bounded, that of a line is (16 MiB).

    Args:
        path: the file.
        unpack: unpack a file that begins as gzip does.
        whole_only: leave out a last line without an end, as a kill leaves it.
        key: option or key that named the file, for messages.

    Raises:
        UserError: cannot be read, damaged gzip, a line or a number of blank lines beyond all reason, or gzip data that
            unpack to far more than tables do.
    """
    blank = 0
    for number, line in enumerate(_split(path, unpack, whole_only, key), 1):
        if line.strip():
            yield number, line
            continue
        blank += 1
        if blank > _MOST_BLANK_LINES:
            raise UserError(f"more than {_MOST_BLANK_LINES} blank lines", file=path, line=number, key=key)


def lines_with_ends(stream: BinaryIO, path: Path) -> Iterator[bytes]:
    """The lines of an open file from where it stands, each with its end where it has one.

    Raises:
        UserError: a line of more than 16 MiB.
    """
    while line := stream.readline(_LONGEST_LINE + 1):
        if len(line) > _LONGEST_LINE:
            raise too_large("has a line of", _LONGEST_LINE, path)
        yield line


def _split(path: Path, unpack: bool, whole_only: bool, key: str | None) -> Iterator[bytes]:
    rest = b""
    for chunk in _chunks(path, unpack, key):
        first, *lines = chunk.split(b"\n")
        if len(rest) + len(first) > _LONGEST_LINE:
            raise too_large("has a line of", _LONGEST_LINE, path, key)
        rest += first
        if lines:
            yield rest
            yield from lines[:-1]
            rest = lines[-1]
    if rest and not whole_only:
        yield rest


def _chunks(path: Path, unpack: bool, key: str | None) -> Iterator[bytes]:
    with open_regular(path, key) as stream:
        try:
            head = stream.read(_CHUNK)
            if unpack and head.startswith(_GZIP):
                yield from _unpacked_chunks(stream, head, path, key)
                return
            while head:
                yield head
                head = stream.read(_CHUNK)
        except OSError as error:
            raise UserError(f"cannot be read: {error.strerror}", file=path, key=key) from None


def _unpacked_chunks(stream: BinaryIO, head: bytes, path: Path, key: str | None) -> Iterator[bytes]:
    member, data = zlib.decompressobj(wbits=31), head
    taken, given = len(head), 0
    try:
        while data or not member.eof:
            part = member.decompress(data, _CHUNK)
            given += len(part)
            if given > max(_ANY_RATIO_BELOW, _LARGEST_RATIO * taken):
                raise UserError(f"unpacks to more than {_LARGEST_RATIO} times its size", file=path, key=key)
            if part:
                yield part
            data = member.unused_data.lstrip(b"\0") if member.eof else member.unconsumed_tail
            if not data:
                data = stream.read(_CHUNK)
                taken += len(data)
                if not data and not member.eof and not part:
                    raise UserError("damaged gzip: it is cut short", file=path, key=key)
            if member.eof and data:
                member = zlib.decompressobj(wbits=31)
    except zlib.error as error:
        raise UserError(f"damaged gzip: {error}", file=path, key=key) from None
