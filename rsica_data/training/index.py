"""Which rows there are and how they are cut into units, known before any image is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rsica_data.core.errors import UserError
from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.reader import BuiltDataset, Shard

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """A dataset of a mix that is trained on.

    Attributes:
        data: a built dataset, its folder, or its name on the Hub.
        weight: how often an epoch shows its rows: 1 once, 2 twice, 0.5 every second one, another half each epoch.
        tasks: these alone; None for all.
    """

    data: BuiltDataset | Path | str
    weight: float = 1.0
    tasks: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Unit:
    """Rows that are read together: the instructions of some pairs of one shard.

    Attributes:
        part: place of the dataset among the parts.
        shard: the shard.
        rows: places of the rows in the shard's instructions file.
    """

    part: int
    shard: Shard
    rows: Rows


@dataclass(frozen=True)
class Index:
    """Opened datasets and their units, in order."""

    datasets: tuple[BuiltDataset, ...]
    weights: tuple[float, ...]
    units: tuple[Unit, ...]

    @property
    def size(self) -> int:
        """Rows in all."""
        return sum(len(unit.rows) for unit in self.units)


def make_index(parts: Sequence[Part | BuiltDataset | Path | str], split: str, consumers: int = 1) -> Index:
    """Open datasets and index their rows.

    Args:
        parts: datasets, with or without a weight.
        split: of all of them.
        consumers: processes that units are dealt to: shards are cut so that each gets some.

    Raises:
        UserError: no such dataset or split, no rows, or a weight that is not above 0.
    """
    named = [part if isinstance(part, Part) else Part(part) for part in parts]
    datasets = [part.data if isinstance(part.data, BuiltDataset) else open_dataset(part.data) for part in named]
    shards = sum(len(dataset.shards(split)) for dataset in datasets)
    cuts = max(1, -(-consumers // max(shards, 1)))
    units: list[Unit] = []
    for place, (part, dataset) in enumerate(zip(named, datasets, strict=True)):
        if not part.weight > 0:
            raise UserError(f"weight {part.weight:g} of '{dataset.name}' is not above 0")
        dataset.need_images()
        for shard in dataset.shards(split):
            units += [Unit(place, shard, rows) for rows in _cut(dataset, shard, part.tasks, cuts) if len(rows)]
    if not units:
        raise UserError(f"no rows in split '{split}'", hint="see `rsica-data stats`")
    return Index(tuple(datasets), tuple(part.weight for part in named), tuple(units))


def _cut(dataset: BuiltDataset, shard: Shard, tasks: tuple[str, ...] | None, cuts: int) -> list[Rows]:
    """Rows of a shard in ``cuts`` parts of about as many pairs, no pair in two of them."""
    with dataset.opened(shard.instructions) as file:
        table = file.read(columns=["pair_id", "task"])
    rows: Rows = np.arange(table.num_rows)
    if tasks is not None:
        rows = rows[np.isin(np.asarray(table["task"]), tasks)]
    pairs = pa.chunked_array(table["pair_id"]).combine_chunks().dictionary_encode()
    numbers = np.asarray(pairs.indices)[rows]
    edges = np.linspace(0, len(pairs.dictionary), cuts + 1)
    part = np.searchsorted(edges, numbers, side="right") - 1
    return [rows[part == cut] for cut in range(cuts)]
