"""Copies of whole folders at an address, and finished local folders written to one.

A remote folder is read through a copy in a cache folder, file by file, and written from a finished local one, with the
file that says that it is finished last.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json, is_leftover, sha256_file, write_atomic
from rsica_data.core.json_text import read_json_object
from rsica_data.core.remote import ONE_BY_ONE, open_remote, stamp_of

_AT_ONCE = 4


def mirror(
    address: str,
    folder: Path,
    make_room: Callable[[int], None] | None = None,
    stays_away: Callable[[str], bool] = lambda name: False,
    *,
    stand_in: bool = True,
) -> int:
    """Make ``folder`` a copy of a remote one; what is there already, unchanged, is not read again.

    Args:
        address: the remote folder.
        folder: the copy.
        make_room: called with the bytes of what is copied before anything is read.
        stays_away: names of files that are not copied.
        stand_in: a file of their size without content stands for each of these; else there is none.

    Returns:
        Bytes of the largest file that is not copied; 0 where all are.

    Raises:
        UserError: there is no such folder, or its package is not installed.
        RunError: a file failed again and again; the same call goes on.
    """
    remote = open_remote(address)
    files = remote.files()
    if not files:
        raise UserError("no such folder, or an empty one", file=address)
    if make_room is not None:
        make_room(sum(int(info.get("size") or 0) for name, info in files.items() if not stays_away(name)))
    state = state_of(folder)
    known: dict[str, Any] = read_json_object(state, "the list of a mirror") if state.is_file() else {}
    stamps = {name: stamp_of(info) for name, info in files.items()}
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        name = path.relative_to(folder).as_posix()
        if stamps.get(name) != known.get(name):
            path.unlink()
    todo = [name for name in sorted(files) if not (folder / name).is_file()]
    # Those that are there are noted at once, so that a copy which is stopped goes on.
    write_atomic(state, dump_json(stamps))
    away = {name: int(files[name].get("size") or 0) for name in files if stays_away(name)}
    for name in todo:
        if stand_in and name in away:
            _stand_in(folder / name, away[name])
    _all(lambda name: remote.get(name, folder / name), [name for name in todo if name not in away])
    return max(away.values(), default=0)


def _stand_in(path: Path, size: int) -> None:
    """A file of a size that has no blocks on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.truncate(size)


def state_of(folder: Path) -> Path:
    """The list of what a copy holds, beside it."""
    return folder.with_name(f"{folder.name}.json")


def listed_sizes(folder: Path) -> dict[str, int]:
    """Bytes of each file of the remote folder that :func:`mirror` made ``folder`` a copy of, when it did, by name."""
    listed = read_json_object(state_of(folder), "the list of a mirror")
    return {name: int(stamp[0]) if stamp[0].isdecimal() else 0 for name, stamp in listed.items()}


def upload(
    folder: Path,
    address: str,
    last: str,
    journal: Path,
    *,
    too: str | None = None,
    without: Collection[str] = (),
    replaced: Collection[str] = (),
    check: Callable[[], None] = lambda: None,
) -> int:
    """Write a finished folder to an address; how many files were written.

    Files that this wrote there before, or that the folder was copied from, are deleted there where they are gone here.
    Where files change that are there already, those that say that all is there are gone meanwhile.

    Args:
        folder: what to write; locks, what killed writers left, and folders whose names begin with a point stay here.
        address: where to.
        last: name of the files that say that all others are there: they are written after these.
        journal: where this keeps what it has written, for a second start, which writes again what was changed or
            deleted there since.
        too: a folder that goes though its name begins with a point.
        without: names of folders that stay here.
        replaced: names of folders at the address in which others write, for what is there: it is deleted.
        check: called before each file; raises where the address may no longer be written to (`leases.Lease.check`).

    Raises:
        UserError: the address holds something else.
        RunError: a file failed again and again; the same call goes on.
    """
    remote = open_remote(address)
    names = sorted(name for path in folder.rglob("*") if (name := _sent(path, folder, too, without)) is not None)
    there = remote.files()
    written: dict[str, Any] = read_json_object(journal, "the list of an upload") if journal.is_file() else {}
    copied = read_json_object(state_of(folder), "the list of a mirror") if state_of(folder).is_file() else {}
    others = {name for name in there if name.partition("/")[0] in replaced}
    strange = sorted(there.keys() - set(names) - written.keys() - copied.keys() - others)
    if strange:
        raise UserError(f"holds other files, such as '{strange[0]}'", file=address, hint="give a new folder")
    hashes = {name: sha256_file(folder / name) for name in names}
    todo = [name for name in names if not _is_written(folder / name, hashes[name], written.get(name), there.get(name))]
    ends = [name for name in (names if todo else ()) if PurePosixPath(name).name == last]
    gone = there.keys() - set(names)
    for name in [*(ends if todo != ends else ()), *gone]:
        if name in there:
            check()
            remote.remove(name)
            written.pop(name, None)
    for group in ([name for name in todo if name not in ends], ends):

        def send(name: str) -> None:
            check()
            remote.put(folder / name, name)
            written[name] = hashes[name]

        try:
            _all(send, group, 1 if address.startswith(ONE_BY_ONE) else _AT_ONCE)
        finally:
            write_atomic(journal, dump_json(written))
    if todo:
        # What is told of a file by itself has other forms than what a listing tells, in some systems.
        there = remote.files()
        stamped = {name: {"sha256": hashes[name], "stamp": stamp_of(there[name])} for name in names if name in there}
        write_atomic(journal, dump_json(written | stamped))
    return len({*todo, *ends})


def _is_written(path: Path, sha256: str, entry: Any, info: dict[str, Any] | None) -> bool:
    """Whether a file is there as the journal's entry says that it was written, by the system's listing."""
    if info is None or entry is None:
        return False
    if isinstance(entry, str):  # of an upload that was stopped: what the system tells of it was not noted
        return entry == sha256 and info.get("size") == path.stat().st_size
    return bool(entry == {"sha256": sha256, "stamp": stamp_of(info)})


def _sent(path: Path, folder: Path, too: str | None, without: Collection[str]) -> str | None:
    inside = path.relative_to(folder)
    hidden = any((part.startswith(".") and part != too) or part in without for part in inside.parts)
    return None if hidden or not path.is_file() or is_leftover(path) else inside.as_posix()


def _all(work: Callable[[str], None], names: Iterable[str], at_once: int = _AT_ONCE) -> None:
    with ThreadPoolExecutor(at_once, thread_name_prefix="remote") as pool:
        for future in [pool.submit(work, name) for name in names]:
            try:
                future.result()
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
