"""Memory that was freed and that libraries keep for themselves."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress


def return_freed_memory() -> None:
    """Give freed memory back to the system: what Arrow keeps, and what glibc keeps of many small pieces.

    Example:
        >>> return_freed_memory()
    """
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:  # what has not been imported keeps nothing
        arrow.default_memory_pool().release_unused()
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):  # a program without shared libraries; musl has no such call
        ctypes.CDLL(None).malloc_trim(0)
