"""Runs whose folder lies at an address (``s3://bucket/run``): made in the cache, and written there when they end.

What an address holds of a run is copied first, where the cache has nothing of it, so that another machine goes on with
the turns that failed. A part goes to ``ADDRESS.parts``. Files that say that all is there are written last: result.json,
of a part run_info.json.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rsica_bench.run.result import RESULT, RUN_INFO, SETTINGS
from rsica_bench.run.session import STATE
from rsica_data.core.errors import UserError
from rsica_data.core.json_text import parse_json, read_json
from rsica_data.core.leases import Lease, leased
from rsica_data.core.locking import alone_at
from rsica_data.core.parts import Part, part_folder
from rsica_data.core.remote import address_of, open_remote
from rsica_data.core.remote_copies import mirror, upload
from rsica_data.dataset.hub.cache import cache_root
from rsica_data.dataset.mirrors import copy_parts, mirror_place, mirrored, parts_at, sent_list


def local_run(run: Path) -> Path:
    """A run folder to read: a copy of one at an address, a local one as it is.

    Raises:
        UserError: there is no such folder.
        RunError: a file failed again and again.
    """
    address = address_of(run)
    return run if address is None else mirrored(address)


def run_place(out: Path, part: Part | None = None) -> Path:
    """Where a run is made: a local ``out`` itself, else a folder of the cache, with what the address holds of the run.

    Args:
        out: the run folder, as it was given.
        part: the part that is run.

    Raises:
        UserError: the address holds another run than the cache does, or something else.
        RunError: reading failed again and again.
    """
    address = address_of(out)
    if address is None:
        return out
    staging = _staging(address)
    there, folder = _ends(address, staging, part)
    files = open_remote(there).files()
    if files and not _names(files):
        raise UserError("folder is not empty and holds no run", file=there, key="--out", hint="give a new folder")
    for name in _names(files):
        if not (folder / name).is_file():
            with alone_at(folder.with_name(f"{folder.name}.lock"), "rsica-bench mirror"):
                mirror(there, folder)
        elif parse_json((open_remote(there).read(name) or b"{}").decode(), Path(name)) != read_json(folder / name):
            raise UserError("holds a run with other settings", file=there, key="--out", hint="give a new folder")
    return staging


@contextmanager
def run_alone(out: Path, part: Part | None = None, work: str = "rsica-bench run") -> Iterator[Lease | None]:
    """Hold the address of a run, or of a part, for this process; nothing where ``out`` is local.

    Raises:
        UserError: another process holds it.
        RunError: the store failed again and again.
    """
    address = address_of(out)
    if address is None:
        yield None
        return
    with leased(_ends(address, _staging(address), part)[0], work, key="--out") as lease:
        yield lease


def write_run(out: Path, place: Path, lease: Lease | None, part: Part | None = None) -> None:
    """Write a run, or a part of one, to its address; nothing where ``out`` is local.

    Raises:
        UserError: the address holds something else.
        RunError: a file failed again and again, or the lease was lost; the same command goes on.
    """
    address = address_of(out)
    if address is not None and lease is not None:
        there, folder = _ends(address, place, part)
        last = RESULT if part is None else RUN_INFO
        upload(folder, there, last, sent_list(folder), without=(STATE,), check=lease.check)


def parts_place(out: Path) -> Path:
    """Where the parts of a run are merged: a local ``out`` itself, else a folder of the cache with a copy of its parts.

    Raises:
        UserError: there are no parts, and no merged run.
        RunError: reading failed again and again.
    """
    address = address_of(out)
    if address is None:
        return out
    staging = _staging(address)
    if open_remote(parts_at(address)).files() or not (staging / RESULT).is_file():
        copy_parts(address, staging)
    return staging


def remove_remote_parts(out: Path, lease: Lease | None) -> None:
    """Delete the parts beside an address, whose run is written there; nothing where ``out`` is local.

    Raises:
        RunError: the lease was lost, or they cannot be deleted.
    """
    address = address_of(out)
    if address is not None and lease is not None:
        lease.check()
        open_remote(parts_at(address)).remove()


def _staging(address: str) -> Path:
    return cache_root() / "runs" / mirror_place(address)


def _ends(address: str, staging: Path, part: Part | None) -> tuple[str, Path]:
    """Address and local folder of a run, or of a part."""
    if part is None:
        return address, staging
    folder = part_folder(staging, part)
    return f"{parts_at(address)}/{folder.name}", folder


def _names(files: dict[str, dict[str, object]]) -> list[str]:
    """The settings of runs among some files: one, or one for each kind of history."""
    return [name for name in files if name.rpartition("/")[2] == SETTINGS and name.count("/") <= 1]
