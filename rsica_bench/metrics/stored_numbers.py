"""Numbers by key: in memory while they are few, in a database without a name where they are many."""

from __future__ import annotations

import sqlite3
import weakref

from rsica_bench.files.unnamed_base import open_unnamed_base, run_for_each

_IN_MEMORY = 1 << 13
"""Keys that are held; with one more, all of them go to the database."""
_CACHE_KIB = 4 << 10


class StoredNumbers:
    """A number for each of many byte strings.

    Example:
        >>> numbers = StoredNumbers()
        >>> numbers.put(b"one", 1)
        >>> numbers.get(b"one"), numbers.get(b"two")
        (1, None)
    """

    def __init__(self) -> None:
        self._held: dict[bytes, int] = {}  # those that came or were asked for last
        self._new: list[tuple[bytes, int]] = []  # those among them that the database does not have
        self._base: sqlite3.Connection | None = None

    def get(self, key: bytes) -> int | None:
        """The number of a key; None where it has none."""
        number = self._held.get(key)
        if number is None and self._base is not None:
            row = self._base.execute("SELECT number FROM numbers WHERE key = ?", (key,)).fetchone()
            if row is not None:
                number = int(row[0])
                self._hold(key, number)
        return number

    def put(self, key: bytes, number: int) -> None:
        """Give a number to a key that has none.

        Raises:
            RunError: the folder for temporary files (``TMPDIR``) is full.
        """
        self._hold(key, number)
        self._new.append((key, number))

    def _hold(self, key: bytes, number: int) -> None:
        if len(self._held) >= _IN_MEMORY:
            self._spill()
        self._held[key] = number

    def _spill(self) -> None:
        if self._base is None:
            table = "CREATE TABLE numbers (key BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID"
            self._base = open_unnamed_base(table, cache_kib=_CACHE_KIB)
            weakref.finalize(self, self._base.close)
        run_for_each(self._base, "INSERT INTO numbers VALUES (?, ?)", self._new)
        self._new.clear()
        self._held.clear()
