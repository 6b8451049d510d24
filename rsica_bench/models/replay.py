"""Replies from a file: another run's predictions, or those of a model that was run elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from rsica_bench.files.row_fields import reply_of
from rsica_bench.files.row_files import FileRow, each_row, names_instructions, read_rows
from rsica_bench.files.row_keys import Key, appears_twice, key_of
from rsica_bench.files.row_store import RowStore
from rsica_bench.models.api import AdapterSpec, Item, Reply, RunContext
from rsica_bench.models.replay_keys import STATED, instruction_names, keys_of, refuse_foreign
from rsica_data.core.errors import UserError


class ReplayOptions(BaseModel):
    """Options.

    Attributes:
        predictions: file with the replies, where ``--model`` does not name it.
        field: field of its rows that holds the reply; by default what the form of the file says.
        id: field that names the question; ``order`` for rows in the order of the dataset.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    predictions: str | None = None
    field: str | None = None
    id: str | None = None


class Replay:
    """Looks replies up by instruction and turn."""

    def __init__(self, path: Path, options: ReplayOptions) -> None:
        self._path, self._options = path, options
        self._replies = RowStore()

    def load(self, context: RunContext) -> None:
        """Read the file.

        Raises:
            UserError: its rows hold no reply or do not say which question they answer; it has an instruction that no
                split of the dataset has, or none of the split that is run.
        """
        self._replies = RowStore()
        for row, key in self._keyed(context):
            try:
                content = _stored(row, self._options.field)
            except UserError:
                # Rows of other questions are told first: their form is no matter then.
                refuse_foreign({*self._replies.names(), key[0]}, self._path, context)
                raise
            if not self._replies.add(key, content):
                raise appears_twice(row, key)
        here = sum(map(self._replies.has_name, instruction_names(context.dataset, context.split)))
        if here < self._replies.count_names():
            refuse_foreign(set(self._replies.names()), self._path, context)
        if not here:
            raise UserError(f"has no reply to an instruction of split '{context.split}'", file=self._path)

    def _keyed(self, context: RunContext) -> Iterator[tuple[FileRow, Key]]:
        """Rows with their questions; the file is read whole only where its rows do not name instructions."""
        if self._options.id in (None, STATED) and names_instructions(self._path):
            return ((row, key_of(row)) for row in each_row(self._path))
        rows = read_rows(self._path)
        return zip(rows, keys_of(rows, self._options.id, context), strict=True)

    def close(self) -> None:
        """Nothing to give back."""

    def answer(self, items: Sequence[Item]) -> Sequence[Reply]:
        """One reply an item; none where the file has no row for it."""
        missing = {"error": "no row in the predictions"}
        replies = (self._replies.get((item.instruction_id, item.turn), missing) for item in items)
        return [Reply(reply.get("text"), reply.get("error")) for reply in replies]


def _stored(row: FileRow, field: str | None) -> dict[str, Any]:
    """What is kept of a row: its text, or why there is none."""
    text = reply_of(row, field)
    if text is not None:
        return {"text": text}
    return {"error": str(row.fields.get("reason") or "none in the file").removeprefix("no reply: ")}


def make(options: ReplayOptions, model: str | None) -> Replay:
    """A replay of the file that ``--set predictions=FILE`` or ``--model FILE`` names."""
    path = options.predictions or model
    if path is None:
        raise UserError("adapter 'replay' needs a file", hint="give --set predictions=FILE")
    if not Path(path).is_file():
        raise UserError("no such predictions file", file=path)
    return Replay(Path(path), options)


ADAPTER = AdapterSpec(
    name="replay",
    summary="Replies from a predictions file; its result is marked rescored.",
    kind="privileged",
    options=ReplayOptions,
    make=make,
)
