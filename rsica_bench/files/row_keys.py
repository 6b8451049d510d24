"""By what a row of predictions is found: instruction and turn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rsica_bench.files.row_files import FileRow

Key = tuple[str, int]
"""Instruction id and turn."""


def by_key(rows: Sequence[FileRow], keys: Iterable[Key]) -> dict[Key, FileRow]:
    """Rows by their keys.

    Raises:
        UserError: a key appears twice.
    """
    rows_by_key: dict[Key, FileRow] = {}
    for row, key in zip(rows, keys, strict=True):
        if key in rows_by_key:
            raise row.mistake(f"instruction '{key[0]}' turn {key[1]} appears twice")
        rows_by_key[key] = row
    return rows_by_key


def key_of(row: FileRow) -> Key:
    """Instruction and turn that a row states; without a turn it is the first.

    Raises:
        UserError: it states none.
    """
    name, turn = row.fields.get("instruction_id"), row.fields.get("turn", 0)
    if not isinstance(name, str) or isinstance(turn, bool) or not isinstance(turn, int) or turn < 0:
        hint = 'a row is {"instruction_id": .., "turn": 0, "raw": "the reply"}, turn a whole number from 0'
        raise row.mistake("not a row of predictions", hint)
    return name, turn
