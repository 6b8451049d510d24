"""By what a row of predictions is found: instruction and turn."""

from __future__ import annotations

from rsica_bench.files.row_files import FileRow
from rsica_data.core.errors import UserError

Key = tuple[str, int]
"""Instruction id and turn."""


def appears_twice(row: FileRow, key: Key) -> UserError:
    """The error about a row whose key another one has."""
    return row.mistake(f"instruction '{key[0]}' turn {key[1]} appears twice")


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
