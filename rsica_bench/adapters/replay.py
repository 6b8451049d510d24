"""Replies from a file: another run's predictions, or those of a model that was run elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from rsica_bench.contracts import AdapterSpec, Item, Reply, RunContext
from rsica_bench.runner.predictions import Key, read_predictions
from rsica_data.errors import UserError
from rsica_data.reader import BuiltDataset, opened_parquet


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
        """Read the file.

        Raises:
            UserError: it has an instruction that no split of the dataset has, or none of the split that is run.
        """
        self._rows = read_predictions(self._path)
        data, wanted = context.dataset, {name for name, _ in self._rows}
        here = wanted & set(_names(data, context.split))
        foreign = wanted - here
        for split in data.splits if foreign else ():
            foreign -= set(_names(data, split))
        if foreign:
            told = f"{len(foreign)} of {len(wanted)} instructions are not in the dataset, such as '{min(foreign)}'"
            raise UserError(told, file=self._path)
        if not here:
            raise UserError(f"has no reply to an instruction of split '{context.split}'", file=self._path)

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
        return Reply(None, str(row.get("reason") or "none in the file").removeprefix("no reply: "))


def _names(dataset: BuiltDataset, split: str) -> Iterator[str]:
    for shard in dataset.shards(split):
        with opened_parquet(shard.instructions) as file:
            yield from file.read(columns=["instruction_id"])["instruction_id"].to_pylist()


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
