"""The cache folder: every answer that was paid for, on disk before anything else is done with it.

    CACHE/raw/NNN.jsonl      what servers sent: one row an answer, key and number of the asking first
    CACHE/parsed/NNN.jsonl   what was made of it: the JSON that fits the schema, or why there is none
    CACHE/sent/NNN.jsonl     what was sent, written before sending: what has no raw row was under way at a kill
    CACHE/writers/NNN.lock   held by the process that writes the files of this number
    CACHE/claims.lock        one byte a question, locked while a process asks it
    CACHE/in-use.lock        shared by all that have the folder open, alone for `prune`

Several processes may use one folder: each appends to files of its own number and reads those of the others. The locks
belong to the kernel, so a killed process leaves none behind. ``parsed/`` can be made again from ``raw/``.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from rsica_data.core.errors import RunError, UserError
from rsica_data.core.files import as_failure, utf8_json
from rsica_data.core.raw import lines_with_ends, open_regular
from rsica_data.core.redaction import Redactor
from rsica_data.llm.bounded_json import parse_json, redacted_json
from rsica_data.llm.payload import MOST_TOKENS

KINDS = ("raw", "parsed", "sent")
_SLOTS = 1000
# Claims of this process, by (folder, key): the kernel's byte locks do not part two clients of one process.
_CLAIMED: set[tuple[str, str]] = set()
_CLAIMING = threading.Lock()


@dataclass(frozen=True)
class _Place:
    file: Path
    offset: int
    length: int


class _Appender:
    """One file of ours; a row is in the kernel's hands (and so outlives a SIGKILL) when :meth:`write` returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self.size = _whole(path)
        os.ftruncate(self.handle, self.size)

    def write(self, row: dict[str, Any], redact: Redactor | None) -> _Place:
        """Append one row; nothing of it stays where it cannot be written whole.

        Raises:
            RunError: the disk is full.
        """
        line = utf8_json(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
        data = (line if redact is None else redacted_json(line, redact)).encode() + b"\n"
        try:
            written = os.write(self.handle, data)
            if written < len(data):
                written += os.write(self.handle, data[written:])
        except OSError as error:
            os.ftruncate(self.handle, self.size)
            raise as_failure(error, self.path) from error
        place = _Place(self.path, self.size, len(data))
        self.size += len(data)
        return place

    def close(self) -> None:
        os.close(self.handle)


def _whole(path: Path) -> int:
    """Size of the file up to the end of its last whole line."""
    with open_regular(path) as stream:
        size = position = stream.seek(0, os.SEEK_END)
        while position > 0:
            start = max(0, position - 65536)
            stream.seek(start)
            newline = stream.read(position - start).rfind(b"\n")
            if newline >= 0:
                return start + newline + 1
            position = start
        return 0 if size else size


class Store:
    """An open cache folder.

    Args:
        folder: the cache folder; made where it is missing. Rows of it that cannot be used are passed over, as if they
            were not there.
        redact: takes secrets out of what is written, whatever way they came.

    Raises:
        UserError: the folder is being pruned, or cannot be used.
    """

    def __init__(self, folder: Path, redact: Redactor | None = None) -> None:
        self.folder = folder
        self._redact = redact
        self._raw: dict[bytes, dict[int, _Place]] = {}
        self._parsed: dict[bytes, _Place] = {}
        self._read: dict[Path, int] = {}
        self._readers: dict[Path, BinaryIO] = {}
        self._lock = threading.RLock()
        self._closed = False
        self._name = str(folder.resolve())
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._in_use = _lock_file(folder / "in-use.lock", fcntl.LOCK_SH)
            self._claims = os.open(folder / "claims.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except BlockingIOError:
            raise UserError(f"{folder}: the cache is being pruned; try again when that is done") from None
        except OSError as error:
            raise UserError(f"{folder}: cannot be used as cache: {error.strerror or error}") from None
        self._slot, self._files = self._own_files()
        self.refresh()

    def _own_files(self) -> tuple[int, dict[str, _Appender]]:
        for number in range(_SLOTS):
            path = self.folder / "writers" / f"{number:03d}.lock"
            path.parent.mkdir(exist_ok=True)
            with suppress(BlockingIOError):
                slot = _lock_file(path, fcntl.LOCK_EX)
                files = {kind: _Appender(self.folder / kind / f"{number:03d}.jsonl") for kind in KINDS}
                for kind in KINDS:
                    _sync_folder(self.folder / kind)
                return slot, files
        raise RunError(f"{self.folder}: more than {_SLOTS} processes write to this cache")

    # -- reading ------------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Take in what other processes have written since the last look."""
        with self._lock:
            for kind in ("raw", "parsed"):
                for entry in os.scandir(self.folder / kind):
                    path = Path(entry.path)
                    if entry.name.endswith(".jsonl") and entry.stat().st_size > self._read.get(path, 0):
                        self._take_in(kind, path)

    def _take_in(self, kind: str, path: Path) -> None:
        offset = self._read.get(path, 0)
        with open_regular(path) as stream:
            stream.seek(offset)
            for line in lines_with_ends(stream, path):
                if not line.endswith(b"\n"):
                    break
                row = _row_of(kind, line)
                if row is not None:
                    self._note(kind, row, _Place(path, offset, len(line)))
                offset += len(line)
        self._read[path] = offset

    def _note(self, kind: str, row: dict[str, Any], place: _Place) -> None:
        key = bytes.fromhex(row["key"])
        if kind == "raw":
            self._raw.setdefault(key, {})[row["n"]] = place
        else:
            self._parsed[key] = place

    def _row(self, place: _Place) -> dict[str, Any]:
        stream = self._readers.get(place.file)
        if stream is None:
            stream = self._readers[place.file] = open_regular(place.file)
        row: dict[str, Any] = parse_json(os.pread(stream.fileno(), place.length, place.offset))
        return row

    def parsed(self, key: str) -> dict[str, Any] | None:
        """What was made of the answers to this question; None where that is not settled."""
        with self._lock:
            place = self._parsed.get(bytes.fromhex(key))
            return None if place is None else self._row(place)

    def raw(self, key: str) -> list[dict[str, Any]]:
        """All answers that were paid for, in the order of asking."""
        with self._lock:
            places = self._raw.get(bytes.fromhex(key), {})
            return [self._row(places[number]) for number in sorted(places)]

    # -- writing ------------------------------------------------------------------------------------------------------

    def add(self, kind: str, row: dict[str, Any]) -> None:
        """Append a row to ``raw``, ``parsed`` or ``sent``. :meth:`sync` brings it to the disk."""
        with self._lock:
            place = self._files[kind].write(row, self._redact)
            if kind != "sent":
                self._note(kind, row, place)
                self._read[place.file] = place.offset + place.length

    def sync(self) -> None:
        """Wait until the raw rows written so far are on the disk; ``parsed`` follows from them, ``sent`` is a hint."""
        os.fsync(self._files["raw"].handle)

    # -- claims -------------------------------------------------------------------------------------------------------

    def claim(self, key: str) -> bool:
        """Take the right to ask this question; False while another client has it. A kill gives it back."""
        with _CLAIMING:
            if (self._name, key) in _CLAIMED:
                return False
            try:
                fcntl.lockf(self._claims, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, int(key[:15], 16))
            except OSError:
                return False
            _CLAIMED.add((self._name, key))
        self.refresh()
        return True

    def release(self, key: str) -> None:
        """Give the right back."""
        with _CLAIMING:
            _CLAIMED.discard((self._name, key))
            fcntl.lockf(self._claims, fcntl.LOCK_UN, 1, int(key[:15], 16))

    def close(self) -> None:
        """Sync and let go of the folder. A second call does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            for file in self._files.values():
                os.fsync(file.handle)
                file.close()
            for stream in self._readers.values():
                stream.close()
            for handle in (self._claims, self._slot, self._in_use):
                os.close(handle)


def _sync_folder(path: Path) -> None:
    # A new file outlives a power cut only when its name is on the disk too.
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lock_file(path: Path, kind: int) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def _row_of(kind: str, line: bytes) -> dict[str, Any] | None:
    """A line of a file of the cache as a row; None where it is none, or holds what no answer can hold."""
    try:
        row = parse_json(line)
    except ValueError:
        return None
    sound = isinstance(row, dict) and _is_key(row.get("key")) and _is_count(row.get("n"))
    return row if sound and _SOUND[kind](row) else None


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and _KEY.fullmatch(value) is not None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS


def _is_answer(row: dict[str, Any]) -> bool:
    usage, at = row.get("usage"), row.get("at")
    return (
        all(isinstance(row.get(name), str) for name in ("model", "text", "finish", "request_id"))
        and isinstance(row.get("refusal"), str | None)
        and isinstance(usage, dict)
        and all(_is_count(usage.get(name)) for name in ("input", "output", "cached"))
        and usage["cached"] <= usage["input"]
        and (row.get("cost", "") is None or _is_cost(row.get("cost")))
        and isinstance(at, int)
    )


def _is_cost(value: Any) -> bool:
    # Twenty digits are more money than there is; an exponent would make more of a few.
    return isinstance(value, str) and _COST.fullmatch(value) is not None


_KEY = re.compile("[0-9a-f]{64}")
_COST = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,40})?")
_SOUND: dict[str, Callable[[dict[str, Any]], bool]] = {
    "raw": _is_answer,
    "parsed": lambda row: isinstance(row.get("error", ""), str),
    "sent": lambda row: True,
}


def read_rows(path: Path) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Rows of a file of the cache, each with its bytes; a torn last line and rows that cannot be used are left out."""
    with open_regular(path) as stream:
        for line in lines_with_ends(stream, path):
            row = _row_of(path.parent.name, line) if line.endswith(b"\n") else None
            if row is not None:
                yield row, line
