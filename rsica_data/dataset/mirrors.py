"""Local copies of folders at an address, in the cache folder (``$RSICA_CACHE``), which keeps them within a limit.

All copies together are at most ``$RSICA_CACHE_LIMIT`` bytes (``200GB``; 100 GB where it is not set): copies that were
used longest ago go first, those that a process has in use stay. A folder that is larger than the limit, or than the
disk has space for, is refused before anything is read.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from pathlib import Path

from rsica_data.core.errors import UserError
from rsica_data.core.files import sha256_bytes
from rsica_data.core.locking import alone_at
from rsica_data.core.parts import parts_folder
from rsica_data.core.remote import BUCKETS, mirror, open_remote, state_of
from rsica_data.dataset.hub.cache import cache_root
from rsica_data.imagery.streamed_files import StreamedInput, processes_folder, stays_away

LIMIT = "RSICA_CACHE_LIMIT"
_USUAL_LIMIT = 100 * 10**9
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_LARGEST_WINDOW = 512 * 10**6
"""Bytes of images that a process has on its disk at most, but for a pair of larger ones."""
_IMAGES_OF_A_PAIR = 4
_in_use: dict[Path, int] = {}
"""Copies that this process has opened, each with an open file that is locked until :func:`release`."""


def mirrored(address: str) -> Path:
    """The local copy of a folder at an address, brought up to date; it stays until :func:`release`.

    Raises:
        UserError: there is no such folder, it is larger than the cache may be, or the package for its protocol is not
            installed.
        RunError: a file failed again and again; the same call goes on.
    """
    folder = cache_root() / "remote" / mirror_place(address)
    with alone_at(folder.with_name(f"{folder.name}.lock"), "rsica-data mirror"):
        _keep(folder)
        mirror(address, folder, lambda size: _make_room(folder, size, address))
        os.utime(state_of(folder))
    return folder


def listed(address: str, processes: int) -> tuple[Path, StreamedInput]:
    """A copy of an input at an address without its images, which are fetched while they are read.

    Args:
        address: of the input folder.
        processes: how many will read it at once; each may have a share of the cache's limit.

    Raises:
        UserError: as :func:`mirrored`; four of its largest image are more than a share.
        RunError: the same.
    """
    folder = cache_root() / "remote" / f"{mirror_place(address)}-listed"
    share = 0

    def make_room(size: int) -> None:
        nonlocal share
        _make_room(folder, size, address)
        held = sum(_size(path) for path in _copies(folder.parent) if path != folder)
        share = (cache_limit() - size - held) // max(processes, 1)

    with alone_at(folder.with_name(f"{folder.name}.lock"), "rsica-data mirror"):
        _keep(folder)
        largest = mirror(address, folder, make_room, stays_away)
        os.utime(state_of(folder))
    if _IMAGES_OF_A_PAIR * largest > share:
        problem = f"an image of it has {_gigabytes(largest)}, {_gigabytes(max(share, 0))} are left for each process"
        raise UserError(problem, file=address, hint=f"raise {LIMIT}, or use fewer --workers")
    return folder, StreamedInput(address, min(share, _LARGEST_WINDOW))


def mirror_place(address: str) -> str:
    """The name of the copy of an address: its last part, and what tells it from others.

    >>> mirror_place("s3://bucket/LEVIR-MCI")
    'LEVIR-MCI-9a6e98dc0c60'
    """
    last = re.sub(r"[^A-Za-z0-9._-]+", "-", address.rpartition("/")[2])
    return f"{last}-{sha256_bytes(address.encode())[:12]}"


def parts_at(address: str) -> str:
    """The address of the parts of a dataset or of a run, until they are merged.

    Raises:
        UserError: the address is a bucket, beside which lie the buckets of others.

    >>> parts_at("s3://bucket/out")
    's3://bucket/out.parts'
    """
    if address.partition("://")[0] in BUCKETS and "/" not in address.partition("://")[2]:
        raise UserError(
            "is a whole bucket, with no place for parts beside it", file=address, hint="give a folder in it"
        )
    return f"{address}.parts"


def sent_list(folder: Path) -> Path:
    """The list of what was written of a folder, beside it."""
    return folder.with_name(f"{folder.name}.sent.json")


def copy_parts(address: str, out: Path) -> None:
    """Copy the parts beside an address to where those of the local folder ``out`` lie.

    Raises:
        UserError: there are none.
        RunError: a file failed again and again; the same call goes on.
    """
    place, folder = parts_at(address), parts_folder(out)
    if not open_remote(place).files():
        raise UserError("no parts are there", file=place, hint="they are made with --part, as in --part 1/8")
    with alone_at(folder.with_name(f"{folder.name}.lock"), "rsica-data mirror"):
        mirror(place, folder)


def need_shared_cache(key: str) -> None:
    """See that other machines of a cluster can find the copies that this one makes.

    Raises:
        UserError: nothing says that they can.
    """
    if not os.environ.get("RSICA_CACHE"):
        problem = "an address goes through the cache folder, which all nodes of a Ray cluster have to see"
        raise UserError(problem, key=key, hint="set RSICA_CACHE to a folder of a shared disk, or build in parts")


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


def _keep(folder: Path) -> None:
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


def _user_file(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.use")


def _make_room(folder: Path, size: int, address: str) -> None:
    """Delete copies until ``folder`` may have ``size`` bytes.

    Raises:
        UserError: it may not.
    """
    limit = cache_limit()
    if size > limit:
        problem = f"holds {_gigabytes(size)}, the copies of such folders may have {_gigabytes(limit)}"
        raise UserError(problem, file=address, hint=f"{LIMIT}={_gigabytes(size * 1.1, '')} if the disk has them")
    others = {path: _size(path) for path in _copies(folder.parent) if path != folder}
    for other in sorted(others, key=lambda path: state_of(path).stat().st_mtime):
        if sum(others.values()) + size <= limit:
            break
        if _delete(other):
            others.pop(other)
    if sum(others.values()) + size > limit:
        problem = (
            f"not enough space for {_gigabytes(size)}: other processes use {_gigabytes(sum(others.values()))} of the "
        )
        raise UserError(f"{problem}{_gigabytes(limit)} of copies", file=address, hint=f"wait, or raise {LIMIT}")
    free = shutil.disk_usage(folder.parent).free + _size(folder)
    if size > free:
        raise UserError(f"holds {_gigabytes(size)}, the disk of the cache has {_gigabytes(free)}", file=address)


def _copies(home: Path) -> list[Path]:
    return [path for path in home.iterdir() if path.is_dir() and state_of(path).is_file()]


def _size(folder: Path) -> int:
    """Bytes that a folder has on the disk: those that stand for files elsewhere have none."""
    stated = (path.stat() for path in folder.rglob("*") if path.is_file())
    return sum(min(status.st_size, status.st_blocks * 512) for status in stated)


def _delete(folder: Path) -> bool:
    """Delete a copy that no process uses."""
    with _user_file(folder).open("ab") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        state_of(folder).unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(processes_folder(folder), ignore_errors=True)
    return True


def _gigabytes(size: float, space: str = " ") -> str:
    return f"{size / 10**9:.3g}{space}GB"
