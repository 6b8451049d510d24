"""Memory that was freed and that the C library keeps for itself."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress


def return_freed_memory() -> None:
    """Give freed memory back to the system, where the C library can: glibc keeps what many small pieces had taken.

    Example:
        >>> return_freed_memory()
    """
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):  # a program without shared libraries; musl has no such call
        ctypes.CDLL(None).malloc_trim(0)
