"""One process at a time on an output folder at an address, as `core/locking.py` for local ones.

The lease is an object ``.rsica-lock`` in the folder, made on the condition that none is there (``If-None-Match: *`` on
S3, ``ifGenerationMatch=0`` on Google Cloud Storage). It says who holds it, and changes every few seconds while they are
at work: one that does not change for a minute was left by a killed process, and is taken over. No clocks are compared.
A holder that could not renew its lease, or finds another's in its place, stops before it writes a further file. At
``hf://`` the lease is made, renewed, taken over and deleted by commits that are refused where it has changed since it
was read; each costs one of the few commits an hour that the Hub allows, so that they are further apart.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from rsica_data.core.errors import RunError, UserError, one_line
from rsica_data.core.files import LOCK
from rsica_data.core.locking import Owner, describe_self
from rsica_data.core.remote import ONE_BY_ONE, TRIES, RemoteFolder, open_remote

RENEWED_EVERY, RENEWED_EVERY_BY_COMMIT = 15.0, 300.0
STALE_AFTER, STALE_AFTER_BY_COMMIT = 60.0, 1200.0
SETTLED_AFTER = 3.0
"""Seconds after which all that saw the same lease abandoned have written theirs: the last of them reads its own."""
_LOOK_EVERY, _LOOK_EVERY_BY_COMMIT = 2.0, 10.0
_NOT_RENEWED = "its lock could not be renewed"


def _now() -> float:
    """Seconds, those included in which the machine was suspended, where it can tell."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


@dataclass
class Lease:
    """A held lease; :meth:`check` before each write.

    Attributes:
        address: the folder.
        lost: why it is no longer held; None while it is.
        renewed: when it was renewed, by :func:`_now`.
        valid: seconds after which others may soon take it for abandoned.
    """

    address: str
    renewed: float
    valid: float
    lost: str | None = None

    def is_silent(self) -> bool:
        """Whether it was not renewed for so long that others may soon take it for abandoned."""
        return _now() - self.renewed > self.valid

    def check(self) -> None:
        """Raises RunError where the lease was lost: another process may write to the folder now.

        A renewal may hang, or the whole process may have been stopped: the time tells, not that nothing was heard of.
        """
        if self.lost is None and self.is_silent():
            self.lost = _NOT_RENEWED
        if self.lost is not None:
            raise RunError(f"{self.address}: {self.lost}; run the same command again to go on")


@contextmanager
def leased(address: str, work: str, *, key: str | None = None) -> Iterator[Lease]:
    """Hold the folder at an address for this process.

    Args:
        address: the output folder.
        work: the command, for others who are refused.
        key: the option that names the folder, for messages.

    Raises:
        UserError: another process holds it.
        RunError: the store failed again and again.
    """
    store = _Store(open_remote(address), work)
    store.take(key)
    lease = Lease(address, store.written, store.stale_after - store.renewed_every)
    ended = threading.Event()
    thread = threading.Thread(target=_renew, args=(store, lease, ended), name="lease", daemon=True)
    thread.start()
    try:
        yield lease
    finally:
        ended.set()
        thread.join()
        store.give_back()


def _renew(store: _Store, lease: Lease, ended: threading.Event) -> None:
    while not ended.wait(store.renewed_every):
        try:
            owner = store.read()
            if owner is None or owner.get("token") != store.token:
                lease.lost = f"taken over by {_holder(owner)}" if owner else "its lock was deleted"
                return
            store.write()
            lease.renewed = store.written
        except Exception as error:  # a line that is cut may be whole again the next time
            if lease.is_silent():
                lease.lost = f"{_NOT_RENEWED}: {one_line(error)}"
                return


class _Store:
    """The lease's object."""

    def __init__(self, folder: RemoteFolder, work: str) -> None:
        self._folder, self.token, self._beats = folder, uuid.uuid4().hex, 0
        self._owner = describe_self(work) | {"token": self.token}
        self._seen: bytes | None = None
        by_commit = folder.address.startswith(ONE_BY_ONE)
        self.renewed_every = RENEWED_EVERY_BY_COMMIT if by_commit else RENEWED_EVERY
        self.stale_after = STALE_AFTER_BY_COMMIT if by_commit else STALE_AFTER
        self._look_every = _LOOK_EVERY_BY_COMMIT if by_commit else _LOOK_EVERY
        self.written = _now()
        """When the last write that was no failure began, by :func:`_now`: the lock changed then at the earliest."""

    def take(self, key: str | None) -> None:
        """Wait until the lease is this process's own.

        Raises:
            UserError: a process that is at work holds it.
        """
        while not self._made():
            content = self.read()
            if content is None:
                continue
            if content.get("token") == self.token:
                break  # it was written, and the answer was lost
            if self._is_abandoned(content, key) and self._replaced(content):
                break

    def read(self) -> dict[str, Any] | None:
        """What the object says; None where there is none, or nothing that this wrote."""
        self._seen = self._folder.read(LOCK)
        if self._seen is None:
            return None
        try:
            content = json.loads(self._seen)
        except ValueError:
            content = None
        return content if isinstance(content, dict) else {}

    def write(self) -> None:
        """Write this process's own in the place of what was read last, with any change.

        Raises:
            ConnectionError: it has changed since it was read, which the store tells at ``hf://`` alone.
            Exception: as the store raises.
        """
        self._beats += 1
        begun, data = _now(), self._data()
        swapped = self._folder.swap(LOCK, self._seen, data)
        if swapped is None:
            self._folder.system.pipe_file(self._folder.at(LOCK), data)
        elif not swapped:
            raise ConnectionError("another process has written it")
        self.written = begun

    def give_back(self) -> None:
        """Delete it where it is this process's own."""
        with suppress(UserError, RunError):  # it is abandoned then, as that of a killed process
            content = self.read()
            mine = content is not None and content.get("token") == self.token
            if mine and self._folder.swap(LOCK, self._seen, None) is None:
                self._folder.remove(LOCK)

    def _data(self) -> bytes:
        return json.dumps(self._owner | {"beat": self._beats}).encode()

    def _made(self) -> bool:
        """Make it where none is there; stores without that condition are asked first, and the last to write has it."""
        self.written = _now()
        made = self._folder.create(LOCK, self._data())
        return self.read() is None and self._replaced(None) if made is None else made

    def _is_abandoned(self, content: dict[str, Any], key: str | None) -> bool:
        """Whether a lease does not change until it is stale, or was held by a process of this machine that is gone.

        Raises:
            UserError: it changes.
        """
        owner = _owner(content)
        if owner is not None and owner.is_gone():
            return True
        end = time.monotonic() + self.stale_after
        while time.monotonic() < end:
            time.sleep(min(self._look_every, self.stale_after / 4))
            latest = self.read()
            if latest is None:
                return False
            if latest != content:
                hint = "wait until it has ended, or stop it"
                raise UserError(f"in use by {_holder(latest)}", file=self._folder.address, key=key, hint=hint)
        return True

    def _replaced(self, abandoned: dict[str, Any] | None) -> bool:
        """Put this process's own in the place of an abandoned one; of several that do so at once the last has it.

        Raises:
            RunError: it cannot be written.
        """
        for left in range(TRIES - 1, -1, -1):
            if self.read() != abandoned:
                break  # another one is there, or this one, where the answer to an earlier try was lost
            try:
                self.write()
                break
            except Exception as error:
                if not left:
                    raise RunError(f"{self._folder.address}: its lock cannot be written: {one_line(error)}") from error
                time.sleep(_LOOK_EVERY / TRIES)
        time.sleep(SETTLED_AFTER)
        content = self.read()
        return content is not None and content.get("token") == self.token


def _owner(content: dict[str, Any]) -> Owner | None:
    try:
        return Owner.of_json(content)
    except (ValueError, TypeError, KeyError):
        return None


def _holder(content: dict[str, Any]) -> str:
    return str(_owner(content) or "another process")
