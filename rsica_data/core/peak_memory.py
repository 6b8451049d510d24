"""The largest resident size of this process and of its children."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path


def peak_memory_bytes() -> tuple[int, int] | None:
    """The peaks of this process and of its largest finished child, in bytes; None where the system does not tell.

    On Linux the process's own peak is ``VmHWM`` of ``/proc/self/status``: ``ru_maxrss`` also counts the process that
    started this one, for it is kept over ``exec`` (getrusage(2)).

    Example:
        >>> own, child = peak_memory_bytes() or (1, 0)
        >>> own > 0
        True
    """
    if sys.platform == "win32":
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    own, children = (
        resource.getrusage(who).ru_maxrss * unit for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    with suppress(OSError, ValueError):
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                own = int(line.split()[1]) * 1024
    return own, children
