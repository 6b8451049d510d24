"""Atomic files, hashes, canonical JSON.

A file appears under its name only when it is whole: temporary name, fsync, rename, fsync of the folder.
"""

from __future__ import annotations

import errno
import glob
import hashlib
import json
import json.encoder
import mmap
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from rsica_data.core.errors import RunError, UserError
from rsica_data.core.processes import lives, place_of_ids
from rsica_data.core.raw import open_regular

TEMPORARY = ".partial-"
"""Prefix of files that are being written; whatever bears it may be deleted when nothing runs."""

LOCK = ".rsica-lock"
"""The file that `rsica_data.core.locking` holds while a process works on a folder."""

_MAPPED = 4 << 20
"""Bytes of a file that are mapped at a time: they count as memory of the process."""
_OF_LONE = re.compile(re.escape(TEMPORARY) + r"(?P<pid>\d+)-(?P<place>[a-z0-9]+)-\d+-(?P<ending>.+)", re.DOTALL)
_LONGEST_NAME = 200
"""Bytes of a name that a temporary one repeats; file systems allow 255."""
_ABANDONED_AFTER = 86_400.0
"""Seconds after which a temporary file was left by a killed process, wherever that ran."""
_UNKNOWN = "unknown"
_numbers = count()

_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _encoder() -> Callable[[Any], str]:
    """Canonical JSON of a value, by an encoder that is made once: ``JSONEncoder.encode`` makes one for every value.

    Cycles end in RecursionError, not in ValueError: nothing looks for them.
    """
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return _CANONICAL.encode
    parts = make(
        None,
        _CANONICAL.default,
        json.encoder.encode_basestring,
        None,
        _CANONICAL.key_separator,
        _CANONICAL.item_separator,
        _CANONICAL.sort_keys,
        _CANONICAL.skipkeys,
        _CANONICAL.allow_nan,
    )
    return lambda value: "".join(parts(value, 0))


_encode = _encoder()
_SURROGATE = re.compile("[\ud800-\udfff]")


def dump_json(value: Any) -> str:
    """Canonical JSON on one line: sorted keys, no spaces, non-ASCII kept. Same value, same bytes."""
    return utf8_json(_encode(value))


def dump_json_pretty(value: Any) -> str:
    """Canonical JSON for people: sorted keys, two spaces, final newline."""
    return utf8_json(json.dumps(value, sort_keys=True, ensure_ascii=False, indent=2, allow_nan=False)) + "\n"


def utf8_json(text: str) -> str:
    r"""JSON text that can be written as UTF-8: half surrogate pairs, which models do write, as ``\ud83d``.

    They can stand only inside strings, where the escape says the same.
    """
    return text if text.isascii() else _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def utf8_text(text: str) -> str:
    """A text that can be written as UTF-8: half surrogate pairs become U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def sha256_bytes(data: bytes) -> str:
    """Hex SHA-256 of ``data``."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Hex SHA-256 of a regular file, read in chunks.

    Raises:
        UserError: no such file, or a folder, device, pipe or socket.
    """
    with open_regular(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def xxh3_file(path: Path) -> str:
    """Hex XXH3 (128 bits) of a regular file: an eighth of SHA-256's time, against damage and not against forgery.

    Raises:
        UserError: as :func:`sha256_file`.
    """
    # Not at the top: commands that read no dataset do without it.
    from xxhash import xxh3_128

    with open_regular(path) as stream:
        return str(hashlib.file_digest(stream, xxh3_128).hexdigest())


def xxh3_written(path: Path) -> str:
    """As :func:`xxh3_file`, of a file that this process has just written and nobody else changes: nothing is copied.

    The file is mapped, a few megabytes at a time. Of a file that is cut short meanwhile, or that has to be fetched
    again from a disk that fails, the system would end the process: files of others are read.

    Raises:
        OSError: it is not there.
    """
    from xxhash import xxh3_128

    digest = xxh3_128()
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        for start in range(0, size, _MAPPED):
            part = min(_MAPPED, size - start)
            with mmap.mmap(stream.fileno(), part, mmap.MAP_PRIVATE, mmap.PROT_READ, offset=start) as mapped:
                digest.update(mapped)
    return str(digest.hexdigest())


def sha256_json(value: Any) -> str:
    """Hex SHA-256 of the canonical JSON of ``value``."""
    return sha256_bytes(dump_json(value).encode())


@contextmanager
def atomic_path(path: Path, *, lone: bool = False) -> Iterator[Path]:
    """A temporary path beside ``path`` to write to; on success it is synced and takes the name of ``path``.

    Args:
        path: the file.
        lone: a file that stands by itself, in a folder that nobody locks and clears: what a killed process left of it
            is deleted first, at once where its process could be seen from here, else after a day.

    Raises:
        UserError: ``path`` is a device or a pipe, which a file would take the place of: ``/dev/null`` for everybody.
        RunError: the disk is full or the file cannot be written; nothing is left behind.
    """
    temporary = _temporary(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise UserError("is a device or a pipe, not a file", file=path, hint="give the name of a file")
        if lone:
            _remove_abandoned(path)
        yield temporary
        _sync(temporary)
        temporary.replace(path)
        _sync(path.parent)
    except OSError as error:
        # Where the folder itself is in the way there is nothing to remove, and the first error is the one to tell.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise as_failure(error, path) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def as_failure(error: OSError, path: Path) -> RunError:
    """An OSError met while writing, as one line that says what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return RunError(f"{path}: no space left on the disk; free some and run the same command again to go on")
    if isinstance(error, (FileExistsError, NotADirectoryError)):
        # mkdir says "File exists" of the folder that it would have to make.
        blocking = next((parent for parent in path.parents if parent.exists() and not parent.is_dir()), None)
        if blocking is not None:
            return RunError(f"{path}: cannot be written: {blocking} is a file, not a folder")
    return RunError(f"{path}: cannot be written: {error.strerror or error}")


def write_atomic(path: Path, data: str | bytes, *, lone: bool = False) -> None:
    """Write ``data`` (text as UTF-8) so that ``path`` is either whole or not there; ``lone`` as for `atomic_path`."""
    with atomic_path(path, lone=lone) as temporary:
        temporary.write_bytes(data.encode() if isinstance(data, str) else data)


def write_unsynced(path: Path, data: bytes) -> None:
    """As `write_atomic` where a process is killed; what a power cut leaves is known after `sync_disks` alone.

    For many small files, of which each would wait for the disk twice.

    Raises:
        RunError: the disk is full or the file cannot be written; nothing is left behind.
    """
    temporary = _temporary(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise as_failure(error, path) from error
        raise


def sync_disks() -> None:
    """Wait until the disks hold what was written."""
    os.sync()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _temporary(path: Path) -> Path:
    """A name to write ``path`` under that no other writer has: of this process, another one or another container."""
    return path.with_name(f"{TEMPORARY}{os.getpid()}-{_place()}-{next(_numbers)}-{_ending(path)}")


def _place() -> str:
    """Where the process ids of temporary names are meant, which may be another container with the same disk."""
    place = place_of_ids()
    return _UNKNOWN if place is None else sha256_bytes(place.encode())[:8]


def _ending(path: Path) -> str:
    """The end of a temporary name, which tells those of one file from those of others."""
    name = path.name
    return name if len(os.fsencode(name)) <= _LONGEST_NAME else sha256_bytes(os.fsencode(name))[:32] + path.suffix


def _remove_abandoned(path: Path) -> None:
    """Delete temporary files of ``path`` whose process is gone: it is known to be, or they are a day old."""
    for left in path.parent.glob(f"{TEMPORARY}*-{glob.escape(_ending(path))}"):
        with suppress(FileNotFoundError):
            if _is_abandoned(left, _ending(path)):
                left.unlink()


def _is_abandoned(left: Path, ending: str) -> bool:
    match = _OF_LONE.fullmatch(left.name)
    seen_from_here = match is not None and match["ending"] == ending and match["place"] == _place() != _UNKNOWN
    if match is not None and seen_from_here and not lives(int(match["pid"])):
        return True
    return time.time() - left.stat().st_mtime > _ABANDONED_AFTER


def remove_partial(folder: Path) -> None:
    """Delete what killed writers left under ``folder``. Call it only while nothing writes there."""
    for path in list(folder.rglob(f"{TEMPORARY}*")):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def holds_files(folder: Path) -> bool:
    """Whether a folder holds any file besides what killed writers left; a folder that is not there holds none."""
    return any(path.is_file() and not is_leftover(path) for path in folder.rglob("*"))


def is_leftover(path: Path) -> bool:
    """Whether a file is no content of a folder: what a killed writer left, or the lock."""
    return path.name.startswith(TEMPORARY) or path.name == LOCK
