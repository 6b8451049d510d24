"""A streamed dataset for torch: shards are read one after another, shared by ranks and workers, resumed anywhere."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import IterableDataset, get_worker_info

from rsica_data.core.errors import UserError
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.training.index import Index, Part, make_index
from rsica_data.training.order import Consumer, Place, Shuffling, epoch_order
from rsica_data.training.samples import DecodedImages, LoadedUnit, Sample


class StreamDataset(IterableDataset[Sample]):
    """Rows of one or several built datasets, in a new order each epoch.

    Every row comes once an epoch (or as often as its dataset's weight says), over all ranks and workers together. Which
    rows a process gets, and in which order, depends on the seed, the epoch and the number of processes alone.

    A sample's ``position`` says which process gave it and how many it had given then. Whoever trains with worker
    processes hands the positions of what was used to :meth:`saw`; :meth:`state_dict` then is where to go on, and
    :meth:`load_state_dict` in a new run repeats none of these rows and loses none of the others.

    Args:
        parts: datasets, their folders or names on the Hub; as :class:`Part` with a weight or some tasks.
        split: of all of them.
        seed: of the order.
        buffer: rows of a dataset among which the next is drawn; 0 keeps the stored order. Shards with rows in it are in
            memory.
        rank: number of this process among those that train together, from 0; None reads ``RANK``.
        world: number of these processes; None reads ``WORLD_SIZE``.
        transform: applied to each sample, in the process that reads it.

    Raises:
        UserError: no such dataset or split, or no rows.
    """

    def __init__(
        self,
        parts: Sequence[Part | BuiltDataset | Path | str] | BuiltDataset | Path | str,
        split: str = "train",
        *,
        seed: int = 0,
        buffer: int = 1000,
        rank: int | None = None,
        world: int | None = None,
        transform: Any = None,
    ) -> None:
        self._parts = [parts] if isinstance(parts, str | Path | BuiltDataset) else list(parts)
        self._split, self._shuffling, self._transform = split, Shuffling(seed, buffer), transform
        self._rank = int(os.environ.get("RANK", "0")) if rank is None else rank
        self._world = int(os.environ.get("WORLD_SIZE", "1")) if world is None else world
        if not 0 <= self._rank < self._world:
            raise UserError(f"rank {self._rank} of {self._world} processes: ranks count from 0")
        self._epoch = 0
        self._start: Counter[int] = Counter()
        self._seen: Counter[int] = Counter()
        self._of: int | None = None
        self._index: Index | None = make_index(self._parts, split)

    def __len__(self) -> int:
        """Rows of an epoch over all ranks, at weight 1."""
        return self._indexed(1).size

    def set_epoch(self, epoch: int) -> None:
        """Go to the start of an epoch, which has an order of its own.

        Trainers of transformers and accelerate call it. In one process each iteration to the end goes on to the next
        epoch; with worker processes (not ``persistent_workers``) call it before each epoch.
        """
        self._epoch = epoch
        self._start.clear()
        self._seen.clear()

    def saw(self, positions: Iterable[Mapping[str, int]]) -> None:
        """Take note of samples that were used, by their ``position``."""
        for position in positions:
            if position["epoch"] == self._epoch:
                number = position["consumer"]
                self._seen[number] = max(self._seen[number], position["row"])
                self._of = position["of"]

    def state_dict(self) -> dict[str, Any]:
        """Where to go on: JSON values. Those of all ranks may be put together into one."""
        seen = {str(number): count for number, count in sorted(self._seen.items())}
        return {"epoch": self._epoch, "consumers": self._of, "seed": self._shuffling.seed, "seen": seen}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where :meth:`state_dict` was taken.

        Raises:
            UserError: the state is of another seed.
        """
        if state["seed"] != self._shuffling.seed:
            raise UserError(f"the state is of seed {state['seed']}, the dataset of {self._shuffling.seed}")
        self._epoch, self._of = int(state["epoch"]), state["consumers"]
        self._start = Counter({int(number): int(count) for number, count in state["seen"].items()})
        self._seen = self._start.copy()

    def __iter__(self) -> Iterator[Sample]:
        """The rest of the epoch, as far as it falls to this rank and worker.

        Raises:
            UserError: a state of another number of ranks and workers was loaded, or a file is damaged.
        """
        worker = get_worker_info()
        workers, own = (1, 0) if worker is None else (worker.num_workers, worker.id)
        consumer = Consumer(self._rank * workers + own, self._world * workers)
        if self._of not in (None, consumer.of) and self._start:
            problem = f"the state is of {self._of} processes (ranks times workers), there are {consumer.of}"
            raise UserError(problem, hint="go on with as many, or begin the epoch again: set_epoch")
        index = self._indexed(consumer.of)
        sizes = [(unit.part, len(unit.rows)) for unit in index.units]
        places = epoch_order(sizes, index.weights, self._epoch, consumer, self._shuffling)
        skipped = self._start[consumer.number]
        if worker is None:
            self._seen = self._start.copy()
        for number, sample in enumerate(_samples(index, _packed(islice(places, skipped, None))), skipped + 1):
            position = {"epoch": self._epoch, "consumer": consumer.number, "of": consumer.of, "row": number}
            if worker is None:
                self.saw([position])
            made = sample | {"position": position}
            yield made if self._transform is None else self._transform(made)
        if worker is None:
            self.set_epoch(self._epoch + 1)

    def _indexed(self, consumers: int) -> Index:
        if self._index is None or len(self._index.units) < consumers:
            self._index = make_index(self._parts, self._split, consumers)
        return self._index


def _packed(places: Iterator[Place]) -> NDArray[np.int64]:
    """Places as single numbers: an epoch may have millions."""
    return np.fromiter((unit << 32 | row for unit, row in places), np.int64)


def _samples(index: Index, places: NDArray[np.int64]) -> Iterator[Sample]:
    """Samples in a given order; a unit is in memory from its first row to its last."""
    left = Counter(dict(zip(*(column.tolist() for column in np.unique(places >> 32, return_counts=True)), strict=True)))
    loaded: dict[int, LoadedUnit] = {}
    decoded = DecodedImages()
    for place in places:
        unit, row = int(place) >> 32, int(place) & 0xFFFFFFFF
        if unit not in loaded:
            loaded[unit] = LoadedUnit(index, index.units[unit])
        sample = loaded[unit].sample(row, decoded)
        left[unit] -= 1
        if not left[unit]:
            del loaded[unit]
        yield sample
