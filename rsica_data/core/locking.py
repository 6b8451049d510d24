"""One process at a time on an output folder.

The lock is the kernel's, on the file ``.rsica-lock`` in the folder, so a killed process leaves no lock behind, only the
file; it says who holds it: process, host, command, time. Where the kernel's locks do not reach, on a network file
system that two machines have mounted, the file is touched now and then: one of another machine that was touched lately
is held. Machines are told apart by this start of their kernel: containers often have one host name. The file goes when
the folder is given back.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import platform
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from rsica_data.core.errors import RunError, UserError
from rsica_data.core.files import LOCK, as_failure
from rsica_data.core.json_text import read_json
from rsica_data.core.processes import boot_id, id_namespace, lives, started_at

_TOUCHED_EVERY = 15.0
_STALE_AFTER = 60.0
_TRIES = 50
_BETWEEN_TRIES = 0.01
_BETWEEN_LOOKS = 1.0
_UNSIGNED_FOR = 86_400.0
"""Seconds after which a folder of a process that never signed it was left by one that was killed as it made it."""
_CANNOT_WRITE = (errno.EACCES, errno.EPERM, errno.EROFS)


@dataclass(frozen=True)
class Owner:
    """Who holds a folder.

    Attributes:
        pid: its process.
        host: name of its machine.
        boot: this start of the machine; None where it has no id.
        work: what it does.
        since: when it began, UTC.
        pids: the namespace that process ids are of, which each container has of its own; None where there is none.
        started: when the process started, in ticks since the start of the machine; None where that was not told.
    """

    pid: int
    host: str
    boot: str | None
    work: str
    since: str
    pids: str | None = None
    started: int | None = None

    def __str__(self) -> str:
        where = "" if self.host == platform.node() else f" on {self.host}"
        return f"process {self.pid}{where} ({self.work}, since {self.since})"

    @staticmethod
    def of_json(row: Mapping[str, Any]) -> Owner:
        """The owner that a lock names.

        Raises:
            ValueError, TypeError, KeyError: it names none.
        """
        boot = None if row["boot"] is None else str(row["boot"])
        pids = None if row.get("pids") is None else str(row["pids"])
        started = None if row.get("started") is None else int(row["started"])
        work, since = str(row["work"])[:80], str(row["since"])[:20]
        return Owner(int(row["pid"]), str(row["host"]), boot, work, since, pids, started)

    def is_gone(self) -> bool:
        """Whether it is known to have ended: it would be seen from here, and there is no such process.

        Another boot says nothing: machines can have one name. So does an id without its namespace: containers of one
        machine, and of one name, each count from 1.
        """
        if self.boot is None or self.pids is None or (self.boot, self.pids) != (boot_id(), id_namespace()):
            return False
        if not lives(self.pid):
            return True
        now = started_at(self.pid)
        return None not in (self.started, now) and self.started != now

    def shares_locks(self) -> bool:
        """Whether it ran under this kernel: then a lock that could be taken was free.

        Machines that tell no start are known by their names.
        """
        if self.boot is None and boot_id() is None:
            return self.host == platform.node()
        return self.boot == boot_id()


@contextmanager
def locked_folder(folder: Path, work: str, *, key: str | None = None, wait: bool = False) -> Iterator[None]:
    """Hold ``folder`` for this process; made where it is missing, and gone again where nothing was written to it.

    A folder that cannot be written to is not locked: nobody can write to it.

    Args:
        folder: the output folder.
        work: the command, for others who are refused.
        key: the option that names the folder, for messages.
        wait: wait for another process instead of refusing.

    Raises:
        UserError: another process holds it, or it is a file.
        RunError: the folder cannot be made.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError("is a file", file=folder, key=key, hint="give a folder")
    with contextlib.ExitStack() as stack:
        stack.callback(_remove_empty, _missing(folder))
        lock = FileLock(folder / LOCK, timeout=-1 if wait else 0)
        try:
            _take(lock, folder, key, wait)
        except Timeout:
            raise _in_use(folder, _read_owner(folder / LOCK), key) from None
        except OSError as error:
            if error.errno not in _CANNOT_WRITE:
                raise as_failure(error, folder / LOCK) from error
        else:
            stack.callback(lock.release)
            if not isinstance(lock, SoftFileLock):
                stack.enter_context(_signed(folder / LOCK, work))
        yield


@contextmanager
def alone_at(place: Path, work: str, *, wait: bool = True) -> Iterator[Path]:
    """Wait until no other process works at ``place``, a folder of its own that is gone afterwards; yields it.

    For making something that others use without a lock once it is there, such as an entry of a cache: drafts go into
    the folder, and what a killed process left there is gone too.

    Raises:
        UserError: another process works there, without ``wait``.
        RunError: the folder cannot be made.
    """
    with locked_folder(place, work, wait=wait):
        _clear(place)
        try:
            yield place
        finally:
            _clear(place)
    with suppress(OSError):  # another process waits in it
        place.rmdir()


@contextmanager
def own_folder(home: Path, work: str) -> Iterator[Path]:
    """A new folder under ``home``, this process's own until it is gone afterwards; those of killed processes go before.

    Each is locked by its process. Names and process ids tell nothing: containers may share both, and the disk.

    Raises:
        RunError: the folder cannot be made.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        others = list(home.iterdir())
    except OSError as error:
        raise as_failure(error, home) from error
    for other in others:
        _remove_abandoned(other)
    folder = home / f"{platform.node()}-{os.getpid()}-{uuid.uuid4().hex}"
    with locked_folder(folder, work, wait=True):
        try:
            yield folder
        finally:
            _clear(folder)


def _remove_abandoned(folder: Path) -> None:
    """Delete a folder of :func:`own_folder` whose process is gone."""
    try:
        if _read_owner(folder / LOCK, tries=1) is None and _age(folder) < _UNSIGNED_FOR:
            return  # its process is about to sign it
        with locked_folder(folder, "rsica-data clears"):
            shutil.rmtree(folder, ignore_errors=True)
    except (UserError, RunError, OSError):  # in use, or gone meanwhile
        return


def _clear(folder: Path) -> None:
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name != LOCK:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _missing(folder: Path) -> list[Path]:
    """The folders that are still to be made, innermost first."""
    return [path for path in (folder, *folder.parents) if not path.exists()]


def _take(lock: BaseFileLock, folder: Path, key: str | None, wait: bool) -> None:
    """Acquire the lock, as one that no other machine, whose locks this kernel may not see, is at work under.

    Raises:
        UserError: another machine is, and ``wait`` is False.
        Timeout: another process holds it, and ``wait`` is False.
    """
    while True:
        _acquire(lock, folder)
        try:
            refusal = None if isinstance(lock, SoftFileLock) else _other_machine(folder, key)
        except BaseException:
            lock.release()
            raise
        if refusal is None:
            return
        lock.release()
        if not wait:
            raise refusal
        time.sleep(_BETWEEN_LOOKS)


def _acquire(lock: BaseFileLock, folder: Path) -> None:
    """Make the folder and take its lock; again where another process gave it back, and so removed it, between.

    mkdir says FileExistsError of a folder that is there when it makes it and gone when it looks whether it is a folder.
    """
    for left in range(_TRIES - 1, -1, -1):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except (FileNotFoundError, FileExistsError):
            if not left:
                raise
            time.sleep(_BETWEEN_TRIES)
        else:
            return


def _remove_empty(made: list[Path]) -> None:
    with suppress(OSError):  # the first that holds something ends it
        for path in made:
            path.rmdir()


@contextmanager
def _signed(path: Path, work: str) -> Iterator[None]:
    """The lock's file says who holds it, is touched meanwhile, and is gone afterwards; the lock is held throughout."""
    with suppress(OSError):  # a full disk: the lock holds without the name
        path.write_text(json.dumps(describe_self(work)) + "\n", encoding="utf-8")
    ended = threading.Event()
    thread = threading.Thread(target=_touch, args=(path, ended), name="folder-lock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        with suppress(OSError):
            path.unlink()


def describe_self(work: str) -> dict[str, Any]:
    """What a lock says of the process that holds it, for :meth:`Owner.of_json`."""
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    owner = {"pid": os.getpid(), "host": platform.node(), "boot": boot_id(), "work": work, "since": since}
    return owner | {"pids": id_namespace(), "started": started_at(os.getpid())}


def _touch(path: Path, ended: threading.Event) -> None:
    while not ended.wait(_TOUCHED_EVERY):
        with suppress(OSError):
            os.utime(path)


def _other_machine(folder: Path, key: str | None) -> UserError | None:
    """The refusal where another machine, whose locks this kernel may not see, touched the lock lately."""
    owner = _read_owner(folder / LOCK, tries=1)
    if owner is None or owner.shares_locks():
        return None
    age = _age(folder / LOCK)
    if age >= _STALE_AFTER:
        return None
    hint = f"it was at work {max(age, 0):.0f} s ago; where it has been killed, delete {folder / LOCK}"
    return UserError(f"in use by {owner}", file=folder, key=key, hint=hint)


def _age(path: Path) -> float:
    """Seconds since a file was touched, by the clock of its file system, which may be another than this machine's."""
    with tempfile.TemporaryFile(dir=path.parent) as stream:
        return os.fstat(stream.fileno()).st_mtime - path.stat().st_mtime


def _in_use(folder: Path, owner: Owner | None, key: str | None) -> UserError:
    who = "another process" if owner is None else str(owner)
    return UserError(f"in use by {who}", file=folder, key=key, hint="wait until it has ended, or stop it")


def _read_owner(path: Path, tries: int = 10) -> Owner | None:
    """Who a lock's file names; None where that cannot be read. It is empty for a moment after it was taken."""
    for left in range(tries - 1, -1, -1):
        try:
            return Owner.of_json(read_json(path, own=True, limit=4096))
        except (UserError, ValueError, TypeError, KeyError):
            if left:
                time.sleep(0.05)
    return None
