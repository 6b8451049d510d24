"""The space of local copies of folders at an address, in the cache folder (``$RSICA_CACHE``).

All copies together are at most ``$RSICA_CACHE_LIMIT`` bytes (``200GB``; 100 GB where it is not set): what was used
longest ago goes first, what a process has in use stays. Of a copy in shards (`remote_shards`) each shard is in use and
goes by itself, of others the whole.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rsica_data.core.errors import UserError
from rsica_data.core.locking import alone_at
from rsica_data.core.remote_copies import state_of
from rsica_data.imagery.streamed_files import processes_folder

LIMIT = "RSICA_CACHE_LIMIT"
IN_SHARDS = "-shards"
"""End of the name of a copy whose shards come and go one by one."""
_USUAL_LIMIT = 100 * 10**9
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_RESERVED = "reserved"
_WAIT, _LOOK_EVERY = 60.0, 0.2
"""Seconds in which other processes may be done with the shards that they read."""
_in_use: dict[Path, int] = {}
"""Copies that this process has opened, each with an open file that is locked until :func:`release`."""
_sizes: dict[tuple[Path, int], int] = {}
"""Sizes of copies that only change with their lists, by the time at which the list was written."""


def cache_limit() -> int:
    """Bytes that the copies may have together.

    Raises:
        UserError: ``$RSICA_CACHE_LIMIT`` is no size.
    """
    text = os.environ.get(LIMIT, "").strip()
    if not text:
        return _USUAL_LIMIT
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B?", text, re.ASCII | re.IGNORECASE)
    if match is None:
        raise UserError(f"'{text}' is no size", key=LIMIT, hint="for example 200GB")
    return int(float(match[1]) * _UNITS[match[2].upper()])


def keep(folder: Path) -> None:
    """Keep a copy from being deleted by others; the kernel gives the lock back when the process ends."""
    if folder not in _in_use:
        folder.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(_user_file(folder), os.O_RDWR | os.O_CREAT)
        fcntl.flock(handle, fcntl.LOCK_SH)
        _in_use[folder] = handle


def release() -> None:
    """Unlock the copies that this process has opened, so that they may be evicted; its end does so too."""
    while _in_use:
        os.close(_in_use.popitem()[1])


def make_room(folder: Path, more: int, address: str) -> None:
    """Delete other copies, and shards that nobody reads, until ``more`` bytes may come to a copy.

    Args:
        folder: the copy.
        more: bytes.
        address: what it is a copy of.

    Raises:
        UserError: they may not come.
    """
    _drop(folder, _missing(folder, more))
    if _missing(folder, more) <= 0:
        return
    size, others = size_of(folder) + more, held_beside(folder)
    if others + size > cache_limit():
        problem = f"not enough space for {gigabytes(size)}: other processes use {gigabytes(others)} of the "
        hint = f"wait, or raise {LIMIT}"
        raise UserError(f"{problem}{gigabytes(cache_limit())} of copies", file=address, hint=hint)
    free = _free(folder) + size - more
    raise UserError(f"holds {gigabytes(size)}, the disk of the cache has {gigabytes(free)}", file=address)


def _missing(folder: Path, more: int) -> int:
    """Bytes that have to go before ``more`` come to a copy, by the limit and by the disk."""
    return max(held_beside(folder) + size_of(folder) + more - cache_limit(), more - _free(folder))


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder.parent).free - _promised(folder)


def refuse_larger(size: int, address: str, what: str = "holds") -> None:
    """Raises UserError where bytes that are needed at once are more than all copies may have."""
    limit = cache_limit()
    if size > limit:
        problem = f"{what} {gigabytes(size)}, the copies of such folders may have {gigabytes(limit)}"
        raise UserError(problem, file=address, hint=f"{LIMIT}={gigabytes(size * 1.1, '')} if the disk has them")


@contextmanager
def reserved(folder: Path, place: Path, size: int, address: str) -> Iterator[None]:
    """Reserve disk space for one more shard of a copy; waits while other readers hold the space.

    Args:
        folder: the copy.
        place: a folder of :func:`fetching_folder` for this shard alone.
        size: bytes of the shard.
        address: what it is a copy of.

    Raises:
        UserError: there was none for a minute.
    """
    end = time.monotonic() + _WAIT
    mark = place / _RESERVED
    while not _reserve(folder, mark, size):
        if time.monotonic() >= end:
            problem = f"no space for a shard of {gigabytes(size)}: what is read now has the "
            hint = f"wait, use fewer --workers, or raise {LIMIT}"
            raise UserError(f"{problem}{gigabytes(cache_limit())} of copies, or the disk", file=address, hint=hint)
        time.sleep(_LOOK_EVERY)
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def _reserve(folder: Path, mark: Path, size: int) -> bool:
    with alone_at(folder.parent / "space.lock", "rsica-data cache"):
        _drop(folder, _missing(folder, size))
        if _missing(folder, size) > 0:
            return False
        with mark.open("wb") as stream:
            stream.truncate(size)
    return True


def held_beside(folder: Path) -> int:
    """Bytes that all other copies have, and those of shards that are being fetched."""
    return sum(_known_size(path) for path in copies(folder.parent) if path != folder) + _promised(folder)


def copies(home: Path) -> list[Path]:
    """The copies in a folder of the cache."""
    return [path for path in home.iterdir() if path.is_dir() and state_of(path).is_file()]


def size_of(folder: Path) -> int:
    """Bytes that a folder has on the disk: those that stand for files elsewhere have none."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # another process dropped it
            status = path.stat()
            total += 0 if path.is_dir() else min(status.st_size, status.st_blocks * 512)
    return total


def fetching_folder(folder: Path) -> Path:
    """Where shards of a copy are while they come."""
    return folder.with_name(f"{folder.name}.fetching")


def delete(folder: Path) -> bool:
    """Delete a copy; False where a process uses it."""
    with _user_file(folder).open("ab") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        state_of(folder).unlink(missing_ok=True)
        for place in (folder, processes_folder(folder), fetching_folder(folder)):
            shutil.rmtree(place, ignore_errors=True)
    return True


def gigabytes(size: float, space: str = " ") -> str:
    """A size for messages.

    >>> gigabytes(2_500_000_000)
    '2.5 GB'
    """
    return f"{size / 10**9:.3g}{space}GB"


def take(path: Path) -> int | None:
    """An open file of a shard, which stays until it is closed; None where the shard is not there."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    fcntl.flock(handle, fcntl.LOCK_SH)
    status = os.fstat(handle)
    if status.st_nlink == 0:  # it was dropped between
        os.close(handle)
        return None
    os.utime(path, ns=(time.time_ns(), status.st_mtime_ns))  # a reader knows a file that it has checked by its mtime
    return handle


def _user_file(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.use")


def _known_size(folder: Path) -> int:
    """Of a copy whose content changes with its list alone the size is taken once: it may have millions of files."""
    if folder.name.endswith(IN_SHARDS):
        return size_of(folder)
    try:
        key = folder, state_of(folder).stat().st_mtime_ns
    except FileNotFoundError:  # another process deleted it
        return 0
    if key not in _sizes:
        _sizes[key] = size_of(folder)
    return _sizes[key]


def _promised(folder: Path) -> int:
    """Bytes of the shards that are being fetched."""
    return sum(mark.stat().st_size for mark in folder.parent.glob(f"*{IN_SHARDS}.fetching/*/{_RESERVED}"))


def _drop(folder: Path, over: int) -> None:
    """Delete at least ``over`` bytes, of other copies and of shards, or as many as are not in use."""
    gone = 0
    for _, path, size, drop in sorted(_droppable(folder), key=lambda item: item[0]) if over > 0 else ():
        if gone >= over:
            break
        gone += size if drop(path) else 0


def _droppable(folder: Path) -> Iterator[tuple[float, Path, int, Callable[[Path], bool]]]:
    """When it was used, what it is, its bytes, and how it goes."""
    for copy in copies(folder.parent):
        in_shards, used = copy.name.endswith(IN_SHARDS), 0.0
        for path in copy.rglob("*.parquet") if in_shards else ():
            with suppress(FileNotFoundError):
                status = path.stat()
                used = max(used, status.st_atime)
                yield status.st_atime, path, status.st_size, _drop_shard
        if copy != folder:
            with suppress(FileNotFoundError):
                size = 0 if in_shards else _known_size(copy)  # what is left of it is small, and goes after its shards
                yield max(used, state_of(copy).stat().st_mtime), copy, size, delete


def _drop_shard(path: Path) -> bool:
    """Delete a shard that nobody reads."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
    except OSError:
        return False
    finally:
        os.close(handle)
    return True
