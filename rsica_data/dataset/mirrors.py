"""Local copies of folders at an address, in the cache folder (``$RSICA_CACHE``), which keeps them within a limit.

A folder that is larger than the limit (`cache_space`), or than the disk has space for, is refused before anything is
read.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.files import sha256_bytes
from rsica_data.core.locking import alone_at
from rsica_data.core.parts import parts_folder
from rsica_data.core.remote import BUCKETS, open_remote
from rsica_data.core.remote_copies import mirror, state_of
from rsica_data.dataset.cache_space import (
    LIMIT,
    cache_limit,
    gigabytes,
    held_beside,
    keep,
    make_room,
    refuse_larger,
    size_of,
)
from rsica_data.dataset.hub.cache import cache_root
from rsica_data.imagery.streamed_files import StreamedInput, stays_away
from rsica_data.schema.sources import SourceSpec

_LARGEST_WINDOW = 512 * 10**6
"""Bytes of images that a process has on its disk at most, but for a pair of larger ones."""
_IMAGES_OF_A_PAIR = 4


def mirrored(address: str) -> Path:
    """The local copy of a folder at an address, brought up to date; it stays until `cache_space.release`.

    Raises:
        UserError: there is no such folder, it is larger than the cache may be, or the package for its protocol is not
            installed.
        RunError: a file failed again and again; the same call goes on.
    """
    folder = cache_root() / "remote" / mirror_place(address)
    with alone_at(folder.with_name(f"{folder.name}.lock"), "rsica-data mirror"):
        keep(folder)
        mirror(address, folder, lambda size: _room(folder, size, address))
        os.utime(state_of(folder))
    return folder


def local_input(address: str, source: SourceSpec, options: Any, processes: int) -> tuple[Path, StreamedInput | None]:
    """An input at an address as a source reads it: without its images, where it can do with that, or a whole copy.

    Args:
        address: of the input folder.
        source: what reads it.
        options: its options.
        processes: how many will read it at once.

    Returns:
        The local folder, and where its images lie, where they are not in it.

    Raises:
        UserError, RunError: as :func:`mirrored` and :func:`listed`.
    """
    return listed(address, processes) if source.streams(options) else (mirrored(address), None)


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

    def make_space(size: int) -> None:
        nonlocal share
        _room(folder, size, address)
        share = (cache_limit() - size - held_beside(folder)) // max(processes, 1)

    with alone_at(folder.with_name(f"{folder.name}.lock"), "rsica-data mirror"):
        keep(folder)
        largest = mirror(address, folder, make_space, stays_away)
        os.utime(state_of(folder))
    if _IMAGES_OF_A_PAIR * largest > share:
        problem = f"an image of it has {gigabytes(largest)}, {gigabytes(max(share, 0))} are left for each process"
        raise UserError(problem, file=address, hint=f"raise {LIMIT}, or use fewer --workers")
    return folder, StreamedInput(address, min(share, _LARGEST_WINDOW))


def _room(folder: Path, size: int, address: str) -> None:
    refuse_larger(size, address)
    make_room(folder, size - size_of(folder), address)


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
