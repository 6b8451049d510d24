"""A command of one of the packages in a forked process that is killed at one of its file operations, or at a moment.

Forked and not started again: whoever calls has imported everything, so that a run costs what the command itself does.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import io
import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsica_bench.cli import cli as bench
from rsica_data.cli import cli as data
from rsica_data.core.command_line import run_cli

GROUPS = {"rsica-data": data, "rsica-bench": bench}
_EVENTS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "fcntl.flock", "socket.connect"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True)
class Ended:
    """How a run ended: exit status (None where it was killed), seconds, and how many operations were counted."""

    status: int | None
    seconds: float
    operations: int


class _Operations:
    """Counts what this process does to files and connections; dies at the operation ``last``, half way in a write."""

    def __init__(self, last: int | None) -> None:
        self._numbers, self._last, self.seen, self._lock = itertools.count(1), last, 0, threading.Lock()

    def step(self, half_done: Callable[[], object] = lambda: None) -> None:
        with self._lock:
            self.seen = next(self._numbers)
            if self.seen == self._last:
                half_done()
                os.kill(os.getpid(), signal.SIGKILL)

    def hear(self, event: str, words: tuple[Any, ...]) -> None:
        if event in _EVENTS or (event == "open" and isinstance(words[2], int) and words[2] & _WRITING):
            self.step()


def _watch(operations: _Operations) -> None:
    """Count: openings for writing, writes, syncs, renames, deletions, folders, locks, connections."""
    plain_open = io.open

    class Torn(io.FileIO):
        def write(self, data: Any, /) -> int:
            view = memoryview(data).cast("B")
            operations.step(lambda: super(Torn, self).write(view[: len(view) // 2]))
            return super().write(view)

    def opened(file: Any, mode: str = "r", buffering: int = -1, *rest: Any, **named: Any) -> Any:
        others = named.get("opener") is not None or isinstance(file, int)
        if others or buffering != -1 or not set(mode) & set("wax"):
            return plain_open(file, mode, buffering, *rest, **named)
        raw = Torn(file, mode.replace("b", "").replace("t", ""))
        buffer = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffer if "b" in mode else io.TextIOWrapper(buffer, *rest, **named)

    def synced(handle: Any) -> None:
        # Counted, not done: what a process has written outlives it without.
        operations.step()

    io.open = builtins.open = opened  # type: ignore[assignment]
    os.fsync = synced
    sys.addaudithook(operations.hear)


def _child(words: Sequence[str], environment: Mapping[str, str], said: Path, last: int | None, told: int) -> None:
    """What the forked process does; it never returns."""
    status = 70
    try:
        os.environ.update(environment)
        os.chdir(environment["TMPDIR"])
        handle = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for number in (1, 2):
            os.dup2(handle, number)
        operations = _Operations(last)
        _watch(operations)
        status = run_cli(GROUPS[words[0]], words[0], list(words[1:]))
        sys.stdout.flush()
        os.write(told, str(operations.seen).encode())
        with contextlib.suppress(Exception):
            atexit._run_exitfuncs()
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def run(
    words: Sequence[str],
    environment: Mapping[str, str],
    said: Path,
    *,
    operation: int | None = None,
    after: float | None = None,
) -> Ended:
    """Run a command line in a forked process.

    Args:
        words: program and arguments.
        environment: what to set, ``TMPDIR`` among it, which is also the working folder.
        said: file for what the command prints.
        operation: kill it at this operation, counted from 1.
        after: kill it after so many seconds.
    """
    sys.stdout.flush()
    reading, told = os.pipe()
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _child(words, environment, said, operation, told)
    os.close(told)
    if after is not None:
        time.sleep(after)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _, code = os.waitpid(pid, 0)
    seconds = time.monotonic() - started
    with os.fdopen(reading, "rb") as stream:
        seen = int(stream.read() or 0)
    return Ended(None if os.WIFSIGNALED(code) else os.WEXITSTATUS(code), seconds, seen)
