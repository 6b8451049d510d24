"""A part of a built dataset that reads like a whole one: some splits, some tasks, the first rows of each split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.dataset.reader import BuiltDataset, Images, Shard
from rsica_data.schema import Instruction
from rsica_data.schema.arrow import StoredPair


@dataclass(frozen=True)
class Selection:
    """What is selected of a dataset.

    Attributes:
        splits: names; empty for all.
        tasks: names; empty for all.
        limit: maximum number of instructions of each split, in the dataset's order; None for all.
    """

    splits: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    limit: int | None = None

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return self == Selection()

    def to_json(self) -> dict[str, Any]:
        """The selection as JSON values; empty where nothing is left out."""
        stated = {"splits": sorted(self.splits), "tasks": sorted(self.tasks), "limit": self.limit}
        return {key: value for key, value in stated.items() if value}


@dataclass(frozen=True)
class SelectedDataset(BuiltDataset):
    """A dataset of which only a selection is read; its name, rules and hash are those of the whole.

    Where tasks or a number of rows are selected, it holds the pairs that those rows are about and no others.
    """

    selection: Selection = field(default_factory=Selection)

    @cached_property
    def _rows(self) -> dict[Shard, int]:
        """Shards with rows of the selection, and how many each gives."""
        taken: dict[Shard, int] = {}
        whole = BuiltDataset(self.root, self.manifest, self.fetched)
        left = dict.fromkeys(whole.splits, self.selection.limit)
        for shard in whole.shards():
            if self.selection.splits and shard.split not in self.selection.splits:
                continue
            limit = left[shard.split]
            if limit == 0:
                continue
            rows = len(self._pair_ids(shard)[:limit])
            if limit is not None:
                left[shard.split] = limit - rows
            if rows or not self._by_rows:
                taken[shard] = rows
        return taken

    @property
    def _by_rows(self) -> bool:
        return bool(self.selection.tasks) or self.selection.limit is not None

    def _pair_ids(self, shard: Shard) -> list[str]:
        """The pair of each instruction of the selected tasks, in order."""
        with self.opened(shard.instructions) as file:
            table = file.read(columns=["pair_id", "task"]).to_pylist()
        return [row["pair_id"] for row in table if not self.selection.tasks or row["task"] in self.selection.tasks]

    @cached_property
    def _shards(self) -> tuple[Shard, ...]:
        return tuple(self._rows)

    def with_one_shard(self, shard: Shard) -> BuiltDataset:
        """The selection itself: how many rows it has of a shard depends on the shards before."""
        return self

    def check_files(self) -> None:
        """As of a whole dataset, for the shards of the selection."""
        self._check_all([path for shard in self._shards for path in (shard.pairs, shard.instructions)])

    def shard_pairs(self, shard: Shard, *, images: Images = True) -> Iterator[StoredPair]:
        """Pairs of one shard that the selected rows are about."""
        pairs = super().shard_pairs(shard, images=images)
        if not self._by_rows:
            yield from pairs
            return
        wanted = set(self._pair_ids(shard)[: self._rows[shard]])
        yield from (pair for pair in pairs if pair.pair_id in wanted)

    def shard_instructions(self, shard: Shard, tasks: Sequence[str] | None = None) -> Iterator[Instruction]:
        """Selected instructions of one shard; of these, some tasks or all."""
        selected = super().shard_instructions(shard, self.selection.tasks or None)
        for item in islice(selected, self._rows[shard]):
            if tasks is None or item.task in tasks:
                yield item


def select(dataset: BuiltDataset, selection: Selection) -> BuiltDataset:
    """The selected part of a dataset; the dataset itself where nothing is left out.

    Raises:
        UserError: the dataset has no such split or task, or no row of the selection.
    """
    if selection.is_all:
        return dataset
    for split in selection.splits:
        dataset.shards(split)
    known = sorted({task for tasks in dataset.manifest["counts"]["instructions"].values() for task in tasks})
    for task in selection.tasks:
        if task not in known:
            hint = did_you_mean(task, known)
            raise UserError(f"no rows of task '{task}'", file=dataset.root, key="--task", hint=hint)
    part = SelectedDataset(dataset.root, dataset.manifest, dataset.fetched, selection)
    if not part.shards():
        raise UserError("no row is selected", file=dataset.root, hint="see `rsica-data stats`")
    return part
