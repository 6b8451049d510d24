"""Rows of predictions by instruction and turn, on disk where they are many.

A run of a large dataset has hundreds of thousands of turns, each with its prompt and its reply. They are kept in an
SQLite database without a name, which stays in memory while it is small, moves into the folder for temporary files
(``TMPDIR``) when it grows, and goes with the process.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import ItemsView, Iterable, Iterator, Mapping
from typing import Any

from rsica_bench.files.row_keys import Key
from rsica_bench.files.unnamed_base import base_is_full, open_unnamed_base, run_for_each
from rsica_data.core.files import dump_json
from rsica_data.core.json_text import loads

_CACHE_KIB = 4 << 10
"""Memory of one store. Reading and writing 70,000 rows take as long with 32 MB, of which a run has two at a time."""
_FETCHED = 256
"""Rows that are read at a time."""


class RowStore(Mapping[Key, dict[str, Any]]):
    """A mapping of (instruction, turn) to a row of JSON values; rows come back as copies, in the order they came in.

    Example:
        >>> rows = RowStore()
        >>> rows.put([(("b", 0), {"raw": "no"}), (("a", 1), {"raw": "yes"})])
        >>> rows["a", 1], list(rows), [key for key, _ in rows.in_order()]
        ({'raw': 'yes'}, [('b', 0), ('a', 1)], [('a', 1), ('b', 0)])
    """

    def __init__(self) -> None:
        table = "CREATE TABLE rows (place INTEGER PRIMARY KEY, name BLOB, turn BLOB, text TEXT, UNIQUE (name, turn))"
        self._base = open_unnamed_base(table, cache_kib=_CACHE_KIB)
        weakref.finalize(self, self._base.close)

    def put(self, rows: Iterable[tuple[Key, dict[str, Any]]]) -> None:
        """Add rows; of one that is there the content is replaced.

        Raises:
            RunError: the folder for temporary files is full.
        """
        statement = "INSERT INTO rows (name, turn, text) VALUES (?, ?, ?)"
        statement += " ON CONFLICT (name, turn) DO UPDATE SET text = excluded.text"
        run_for_each(self._base, statement, ((*_stored(key), dump_json(row)) for key, row in rows))

    def add(self, key: Key, row: dict[str, Any]) -> bool:
        """Add a row; False, and nothing done, where its key is there.

        Raises:
            RunError: the folder for temporary files is full.
        """
        statement = "INSERT OR IGNORE INTO rows (name, turn, text) VALUES (?, ?, ?)"
        return run_for_each(self._base, statement, [(*_stored(key), dump_json(row))]) > 0

    def drop(self, keys: Iterable[Key]) -> None:
        """Remove rows; of keys that are not there nothing."""
        run_for_each(self._base, "DELETE FROM rows WHERE name = ? AND turn = ?", map(_stored, keys))

    def in_order(self) -> Iterator[tuple[Key, dict[str, Any]]]:
        """Keys and rows, sorted by instruction and turn."""
        return ((key, _row(text)) for key, text in self._read("ORDER BY name, turn"))

    def lines_in_order(self) -> Iterator[str]:
        """The rows as canonical JSON, sorted by instruction and turn."""
        return (text for _, text in self._read("ORDER BY name, turn"))

    def failed_in_order(self) -> Iterator[tuple[Key, dict[str, Any]]]:
        """Keys and rows of the turns that could not be asked, sorted."""
        rows = self._read("WHERE instr(text, '\"failed\":') ORDER BY name, turn")
        return ((key, row) for key, text in rows if (row := _row(text)).get("failed"))

    def names(self) -> Iterator[str]:
        """Ids of the instructions that have rows, sorted, each once."""
        for (name,) in self._fetched("SELECT DISTINCT name FROM rows ORDER BY name"):
            yield name.decode("utf-8", "surrogatepass")

    def has_name(self, name: str) -> bool:
        """Whether an instruction has a row."""
        statement = "SELECT 1 FROM rows WHERE name = ? LIMIT 1"
        return self._base.execute(statement, _stored((name, 0))[:1]).fetchone() is not None

    def names_beside(self, known: Iterable[str]) -> list[str]:
        """Ids of the instructions that have rows and are not among the known ones, in the order of their first rows.

        Args:
            known: ids, which are gone over once and kept on disk too.
        """
        try:
            self._base.execute("CREATE TEMP TABLE known (name BLOB PRIMARY KEY) WITHOUT ROWID")
            statement = "INSERT OR IGNORE INTO known VALUES (?)"
            self._base.executemany(statement, (_stored((name, 0))[:1] for name in known))
            statement = "SELECT name FROM rows WHERE name NOT IN known GROUP BY name ORDER BY MIN(place)"
            names = [name.decode("utf-8", "surrogatepass") for (name,) in self._fetched(statement)]
            self._base.execute("DROP TABLE known")
        except sqlite3.Error as error:
            raise base_is_full(error) from error
        return names

    def count_names(self) -> int:
        """Number of the instructions that have rows."""
        return int(self._base.execute("SELECT COUNT(DISTINCT name) FROM rows").fetchone()[0])

    def _read(self, rest: str) -> Iterator[tuple[Key, str]]:
        for name, turn, text in self._fetched(f"SELECT name, turn, text FROM rows {rest}"):  # noqa: S608 - our own
            yield _key(name, turn), text

    def _fetched(self, statement: str) -> Iterator[tuple[Any, ...]]:
        cursor = self._base.execute(statement)
        while rows := cursor.fetchmany(_FETCHED):
            yield from rows

    def __getitem__(self, key: Key) -> dict[str, Any]:
        statement = "SELECT text FROM rows WHERE name = ? AND turn = ?"
        stored = self._base.execute(statement, _stored(key)).fetchone()
        if stored is None:
            raise KeyError(key)
        row: dict[str, Any] = _row(stored[0])
        return row

    def __contains__(self, key: object) -> bool:
        if not (isinstance(key, tuple) and len(key) == 2 and isinstance(key[0], str) and isinstance(key[1], int)):
            return False
        statement = "SELECT 1 FROM rows WHERE name = ? AND turn = ?"
        return self._base.execute(statement, _stored(key)).fetchone() is not None

    def __iter__(self) -> Iterator[Key]:
        for name, turn in self._fetched("SELECT name, turn FROM rows ORDER BY place"):
            yield _key(name, turn)

    def items(self) -> ItemsView[Key, dict[str, Any]]:
        """Keys and rows, read one after another."""
        return _Items(self)

    def __len__(self) -> int:
        return int(self._base.execute("SELECT COUNT(*) FROM rows").fetchone()[0])

    def __bool__(self) -> bool:
        return self._base.execute("SELECT 1 FROM rows LIMIT 1").fetchone() is not None


class _Items(ItemsView[Key, dict[str, Any]]):
    def __init__(self, store: RowStore) -> None:
        super().__init__(store)
        self._store = store

    def __iter__(self) -> Iterator[tuple[Key, dict[str, Any]]]:
        return ((key, _row(text)) for key, text in self._store._read("ORDER BY place"))


def _row(text: str) -> dict[str, Any]:
    row: dict[str, Any] = loads(text, numbers="text", repeated_keys=True)  # our own text: no key is there twice
    return row


def _stored(key: Key) -> tuple[bytes, bytes]:
    # As bytes, which sort as the texts do: a file from elsewhere may hold half surrogate pairs and any number.
    name, turn = key
    return name.encode("utf-8", "surrogatepass"), len(hexed := f"{turn:x}").to_bytes(4, "big") + hexed.encode()


def _key(name: bytes, turn: bytes) -> Key:
    return name.decode("utf-8", "surrogatepass"), int(turn[4:], 16)
