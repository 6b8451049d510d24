"""Memory that was freed and that the C library keeps for itself."""

from __future__ import annotations

import ctypes
import sys


def return_freed_memory() -> None:
    """Give freed memory back to the system, where the C library can: glibc keeps what many small pieces had taken.

    Example:
        >>> return_freed_memory()
    """
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
    if trim is not None:
        trim(0)
