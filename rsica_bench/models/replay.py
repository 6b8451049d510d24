"""Replies from a file: another run's predictions, or those of a model that was run elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from rsica_bench.files.row_fields import reply_of
from rsica_bench.files.row_files import FileRow, read_rows
from rsica_bench.files.row_keys import Key, by_key
from rsica_bench.models.api import AdapterSpec, Item, Reply, RunContext
from rsica_bench.models.replay_keys import instruction_names, keys_of
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
        self._replies: dict[Key, str | Reply] = {}

    def load(self, context: RunContext) -> None:
        """Read the file.

        Raises:
            UserError: its rows hold no reply or do not say which question they answer; it has an instruction that no
                split of the dataset has, or none of the split that is run.
        """
        rows = read_rows(self._path)
        rows_by_key = by_key(rows, keys_of(rows, self._options.id, context))
        self._replies = {key: _reply(row, self._options.field) for key, row in rows_by_key.items()}
        if {name for name, _ in rows_by_key}.isdisjoint(instruction_names(context.dataset, context.split)):
            raise UserError(f"has no reply to an instruction of split '{context.split}'", file=self._path)

    def close(self) -> None:
        """Nothing to give back."""

    def answer(self, items: Sequence[Item]) -> Sequence[Reply]:
        """One reply an item; none where the file has no row for it."""
        missing = Reply(None, "no row in the predictions")
        replies = (self._replies.get((item.instruction_id, item.turn), missing) for item in items)
        return [Reply(reply) if isinstance(reply, str) else reply for reply in replies]


def _reply(row: FileRow, field: str | None) -> str | Reply:
    """The text alone, of which there may be hundreds of thousands, where there is one."""
    text = reply_of(row, field)
    if text is not None:
        return text
    return Reply(None, str(row.fields.get("reason") or "none in the file").removeprefix("no reply: "))


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
