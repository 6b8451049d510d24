"""SQLite databases without names: in memory while they are small, then on the disk (``TMPDIR``)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from rsica_data.core.errors import RunError


def open_unnamed_base(*statements: str, cache_kib: int) -> sqlite3.Connection:
    """A new database, which nobody else sees and which goes when it is closed.

    Args:
        statements: what it begins with.
        cache_kib: memory that it may take before it moves to the disk.

    Example:
        >>> base = open_unnamed_base("CREATE TABLE rows (number INTEGER)", cache_kib=64)
        >>> run_for_each(base, "INSERT INTO rows VALUES (?)", [(1,), (2,)])
        2
    """
    # Isolation is of no use to a file that nobody else sees: one transaction, never committed.
    base = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    settings = (f"PRAGMA cache_size = -{cache_kib}", "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF")
    for line in (*settings, *statements, "BEGIN"):
        base.execute(line)
    return base


def run_for_each(base: sqlite3.Connection, statement: str, values: Iterable[tuple[Any, ...]]) -> int:
    """Run a statement that writes, with one row of values after another; how many rows it changed.

    Raises:
        RunError: the folder for temporary files is full.
    """
    try:
        return base.executemany(statement, values).rowcount
    except sqlite3.Error as error:
        raise base_is_full(error) from error


def base_is_full(error: sqlite3.Error) -> RunError:
    """What to raise where a database cannot grow."""
    return RunError(f"rows cannot be kept in the folder for temporary files (TMPDIR): {error}")
