"""What a run asks, cut into units: the batches that are asked, recorded and resumed as a whole.

The cut depends on the dataset, the tasks, the limit and the batch size alone, so that a resumed run asks the same
batches as an unbroken one.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import overload

from rsica_bench.files.row_keys import Key
from rsica_bench.items import Job, make_job
from rsica_data.core.files import dump_json
from rsica_data.core.json_text import loads
from rsica_data.dataset.reader import BuiltDataset, Images, Shard, pair_of
from rsica_data.schema import Instruction
from rsica_data.schema.arrow import StoredPair


@dataclass(frozen=True, slots=True)
class Unit:
    """Some instructions of one shard.

    Attributes:
        number: place in the plan.
        shard: number of the shard.
        keys: by instruction, the turns that it has.
    """

    number: int
    shard: int
    turns: tuple[tuple[str, int], ...]

    @property
    def keys(self) -> list[Key]:
        """Every turn of the unit."""
        return [(name, turn) for name, count in self.turns for turn in range(count)]

    def only(self, names: Iterable[str]) -> Unit:
        """The part of the unit that has these instructions."""
        kept = set(names)
        return replace(self, turns=tuple(entry for entry in self.turns if entry[0] in kept))


class Units(Sequence[Unit]):
    """Units, packed: those of hundreds of thousands of instructions take some ten bytes for each.

    Example:
        >>> units = Units([Unit(0, 0, (("a", 2),)), Unit(1, 0, (("b", 1),))])
        >>> len(units[1:]), units[1].keys
        (1, [('b', 0)])
    """

    def __init__(self, units: Iterable[Unit] = ()) -> None:
        self._packed = [(unit.number, unit.shard, _packed(unit)) for unit in units]

    @overload
    def __getitem__(self, place: int) -> Unit: ...

    @overload
    def __getitem__(self, place: slice) -> Units: ...

    def __getitem__(self, place: int | slice) -> Unit | Units:
        if isinstance(place, slice):
            part = Units()
            part._packed = self._packed[place]
            return part
        number, shard, data = self._packed[place]
        prefix, entries = loads(zlib.decompress(data).decode())
        return Unit(number, shard, tuple((prefix + name, turns) for name, turns in entries))

    def __len__(self) -> int:
        return len(self._packed)


def _packed(unit: Unit) -> bytes:
    prefix = os.path.commonprefix([name for name, _ in unit.turns])  # noqa: RUF071 - letters, not parts of a path
    text = dump_json([prefix, [[name[len(prefix) :], turns] for name, turns in unit.turns]])
    return zlib.compress(text.encode(), level=1)


def plan_units(dataset: BuiltDataset, split: str, tasks: Sequence[str] | None, limit: int | None, size: int) -> Units:
    """Units of at most ``size`` instructions; at most ``limit`` instructions of each task.

    Shards behind the one in which all tasks have theirs are not read.
    """
    return Units(_planned(dataset, split, tasks, limit, size))


def _planned(
    dataset: BuiltDataset, split: str, tasks: Sequence[str] | None, limit: int | None, size: int
) -> Iterator[Unit]:
    taken: dict[str, int] = {}
    counts = dataset.manifest["counts"]["instructions"].get(split, {})
    wanted = {task: min(rows, limit or 0) for task, rows in counts.items() if tasks is None or task in tasks}
    numbers = count()
    for shard in dataset.shards(split):
        if limit is not None and all(taken.get(task, 0) >= rows for task, rows in wanted.items()):
            return
        chosen: list[tuple[str, int]] = []
        for item in dataset.shard_instructions(shard, tasks):
            if limit is None or taken.get(item.task, 0) < limit:
                taken[item.task] = taken.get(item.task, 0) + 1
                chosen.append((item.instruction_id, len(item.turns) // 2))
        for start in range(0, len(chosen), size):
            yield Unit(next(numbers), shard.number, tuple(chosen[start : start + size]))


def still_to_ask(units: Sequence[Unit], answered: Container[Key], independent: bool) -> Units:
    """Units, or parts of them, without an answer.

    Where replies depend on the batch (``independent`` false) a unit with a gap is asked again as a whole.
    """
    pending = ((unit, {name for name, turn in unit.keys if (name, turn) not in answered}) for unit in units)
    return Units(unit.only(names) if independent else unit for unit, names in pending if names)


class JobReader:
    """Reads the instructions of units with their pairs; keeps those of the last unit in memory.

    Units come in the order of a shard's rows, but for those that are asked again: its pairs are read on from where the
    last unit ended, and from the start where one of them has passed.
    """

    def __init__(self, dataset: BuiltDataset, split: str, images: Images) -> None:
        self._dataset = dataset
        self._shards: dict[int, Shard] = {shard.number: shard for shard in dataset.shards(split)}
        self._images = images
        self._number: int | None = None
        self._coming: Iterator[StoredPair] = iter(())
        self._pairs: dict[str, StoredPair] = {}
        self._items: dict[str, Instruction] = {}

    def jobs(self, unit: Unit) -> list[Job]:
        """Jobs of a unit, in its order."""
        shard = self._shards[unit.shard]
        if self._number != unit.shard:
            self._items = {item.instruction_id: item for item in self._dataset.shard_instructions(shard)}
            self._number, self._pairs, self._coming = unit.shard, {}, iter(())
        items = [self._items[name] for name, _ in unit.turns]
        self._read({item.pair_id for item in items}, shard)
        return [make_job(item, pair_of(item, self._pairs)) for item in items]

    def _read(self, wanted: set[str], shard: Shard) -> None:
        """Hold the wanted pairs of a shard, and no others."""
        self._pairs = {name: pair for name, pair in self._pairs.items() if name in wanted}
        for coming in (self._coming, self._dataset.shard_pairs(shard, images=self._images)):
            self._coming = coming
            while missing := wanted - self._pairs.keys():
                pair = next(coming, None)
                if pair is None:
                    break
                if pair.pair_id in missing:
                    self._pairs[pair.pair_id] = pair
            if not missing:
                return
