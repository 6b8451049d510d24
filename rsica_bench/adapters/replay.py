"""Replies from a file: another run's predictions, or those of a model that was run elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from rsica_bench.contracts import AdapterSpec, Item, Reply, RunContext
from rsica_bench.runner.predictions import Key, read_predictions
from rsica_data.errors import UserError


class ReplayOptions(BaseModel):
    """Options: ``predictions``, a file of rows ``{"instruction_id", "turn", "raw"}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    predictions: str | None = None


class Replay:
    """Looks replies up by instruction and turn."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[Key, dict[str, object]] = {}

    def load(self, context: RunContext) -> None:
        """Read the file."""
        self._rows = read_predictions(self._path)

    def close(self) -> None:
        """Nothing to give back."""

    def answer(self, items: Sequence[Item]) -> Sequence[Reply]:
        """One reply an item; none where the file has no row for it."""
        return [self._reply(item) for item in items]

    def _reply(self, item: Item) -> Reply:
        row = self._rows.get((item.instruction_id, item.turn))
        if row is None:
            return Reply(None, "no row in the predictions")
        raw = row["raw"]
        if isinstance(raw, str):
            return Reply(raw)
        return Reply(None, str(row.get("reason") or "no reply").removeprefix("no reply: "))


def make(options: ReplayOptions, model: str | None) -> Replay:
    """A replay of the file that ``--set predictions=FILE`` or ``--model FILE`` names."""
    path = options.predictions or model
    if path is None:
        raise UserError("adapter 'replay' needs a file", hint="give --set predictions=FILE")
    if not Path(path).is_file():
        raise UserError("no such predictions file", file=path)
    return Replay(Path(path))


ADAPTER = AdapterSpec(
    name="replay",
    summary="Replies from a predictions file; its result is marked rescored.",
    kind="privileged",
    options=ReplayOptions,
    make=make,
)
