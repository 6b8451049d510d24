"""Which process is meant by an id that a file names, and whether it has ended.

An id alone says little: containers that share a disk, and often a host name, each count their processes from 1, and a
machine that starts again does so too. An id is meant within one start of one kernel and one namespace of ids.
"""

from __future__ import annotations

import os
import platform
import sys
from functools import lru_cache
from pathlib import Path

from rsica_data.core.errors import UserError
from rsica_data.core.raw import read_bytes

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")
_STARTED_FIELD = 19  # of those after the name, which stands in brackets: proc_pid_stat(5), field 22


@lru_cache(maxsize=1)
def boot_id() -> str | None:
    """The id of this start of the kernel; None where the system gives none."""
    try:
        return read_bytes(_BOOT_ID, limit=4096).decode("ascii").strip() or None
    except (UserError, ValueError):
        return None


def id_namespace() -> str | None:
    """The namespace that process ids are of, which each container has of its own; None where the system tells none."""
    try:
        return str(_NAMESPACE.readlink())
    except OSError:
        return None


def place_of_ids() -> str | None:
    """Where process ids mean the same as here, as a word for :func:`rsica_data.core.files.sha256_bytes`.

    None on a Linux that does not tell: another container's processes could not be told from those that have ended.
    """
    if sys.platform != "linux":
        return platform.node()
    boot, namespace = boot_id(), id_namespace()
    return None if boot is None or namespace is None else f"{boot} {namespace}"


def started_at(pid: int) -> int | None:
    """When a process started, in ticks since the start of the kernel; None where that cannot be read.

    Two processes that had one id, one after the other, differ by it.

    Example:
        >>> started_at(2**22 + 1) is None
        True
    """
    try:
        fields = read_bytes(Path(f"/proc/{pid}/stat"), limit=1 << 16).rpartition(b")")[2].split()
        return int(fields[_STARTED_FIELD])
    except (UserError, ValueError, IndexError):
        return None


def lives(pid: int) -> bool:
    """Whether a process that is seen from here has this id."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
