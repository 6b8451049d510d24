"""A built dataset as a sequence: rows, pairs, splits; one row group in memory at a time."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import pyarrow as pa
import pyarrow.parquet as pq

from rsica_data.api.asking import AskedQuestion
from rsica_data.api.pairs import Pair
from rsica_data.core import registry
from rsica_data.core.errors import UserError
from rsica_data.core.extras import need_extra
from rsica_data.dataset.file_checks import DAMAGE_HINT
from rsica_data.dataset.opening import open_dataset as open_built
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema.arrow import instruction_from_row, pair_from_row
from rsica_data.schema.records import Instruction
from rsica_data.schema.tasks import TaskSpec
from rsica_data.schema.versions import with_present_names

if TYPE_CHECKING:
    import pandas as pd

Item = TypeVar("Item", covariant=True)


@dataclass(frozen=True)
class Row:
    """One instruction of a dataset, with its pair.

    Attributes:
        instruction: the stored record: turns, gold, references, provenance.

    Example:
        >>> import tempfile
        >>> import rsica_data as rd
        >>> ds = rd.build("demo", out=tempfile.mkdtemp(), limit=1)
        >>> row = ds.rows("test")[0]
        >>> row.task, rd.parse(row.answer, row.asked()) == {"text": row.answer}
        ('captioning', True)
    """

    instruction: Instruction
    _dataset: Dataset = field(repr=False, compare=False)

    @property
    def id(self) -> str:
        """``PAIR_ID#TASK#N``."""
        return self.instruction.instruction_id

    @property
    def task(self) -> str:
        """Name of the task."""
        return self.instruction.task

    @property
    def question(self) -> str:
        """What is asked in the first turn."""
        return self.instruction.turns[0].content

    @property
    def answer(self) -> str:
        """The gold answer of the first turn, in words."""
        return self.instruction.turns[1].content

    @property
    def gold(self) -> dict[str, Any]:
        """The gold as the dataset stores it (``docs/dataset.md``); :meth:`asked` has that of the first turn."""
        return self.instruction.gold

    @cached_property
    def pair(self) -> Pair:
        """The pair that the instruction is about."""
        return self._dataset.pair(self.instruction.pair_id)

    def asked(self) -> AskedQuestion:
        """The first question with its typed gold.

        Returns:
            What :func:`rsica_data.parse` reads replies by.
        """
        from rsica_data.schema.rules import change_classes

        spec: TaskSpec = registry.load(registry.TASKS, self.task)
        item = self.instruction
        turn = spec.turns(item.kind, item.gold)[0]
        names = change_classes(self.pair.stored.facts, self.pair.stored.classes)
        return AskedQuestion(
            turn.task, item.kind, self.question, self.answer, turn.gold, names, turn.question, item.references
        )

    def __repr__(self) -> str:
        return f"Row({self.id!r}: {self.question[:60]!r} -> {self.answer[:60]!r})"


class Rows(Sequence[Item], Generic[Item]):
    """Rows of Parquet files as a sequence: ``len``, ``[]``, slices, iteration. A row group is read at a time."""

    def __init__(
        self, built: BuiltDataset, files: Sequence[Path], make: Callable[[dict[str, Any]], Item], noun: str
    ) -> None:
        self._built, self._files, self._make, self._noun = built, tuple(files), make, noun
        self._held: tuple[int, int, pa.Table] | None = None

    @cached_property
    def _starts(self) -> list[int]:
        entries = self._built.manifest["files"]
        counts = [entries[path.relative_to(self._built.root).as_posix()]["rows"] for path in self._files]
        return [0, *accumulate(counts)]

    def __len__(self) -> int:
        return self._starts[-1]

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> list[Item]: ...

    def __getitem__(self, index: int | slice) -> Item | list[Item]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        if isinstance(index, str):
            raise TypeError(f"a {self._noun} has a number; rows(SPLIT) and pairs(SPLIT) give a split")
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(f"{self._noun} {index} of {len(self)}")
        number = bisect.bisect_right(self._starts, place) - 1
        return self._row(number, place - self._starts[number])

    def __iter__(self) -> Iterator[Item]:
        return (self[place] for place in range(len(self)))

    def __repr__(self) -> str:
        return f"{len(self):,} {self._noun}s"

    def _row(self, number: int, place: int) -> Item:
        held = self._held
        if held is None or held[0] != number or not held[1] <= place < held[1] + held[2].num_rows:
            held = self._held = self._read(number, place)
        return self._make(held[2].slice(place - held[1], 1).to_pylist()[0])

    def _read(self, number: int, place: int) -> tuple[int, int, pa.Table]:
        path = self._files[number]
        with self._built.opened(path) as file:
            start, table = _group_of(file, place)
            return number, start, with_present_names(table)


def _group_of(file: pq.ParquetFile, place: int) -> tuple[int, pa.Table]:
    start = 0
    for group in range(file.num_row_groups):
        count = file.metadata.row_group(group).num_rows
        if place < start + count:
            return start, file.read_row_group(group)
        start += count
    raise UserError("has fewer rows than the manifest states", hint=DAMAGE_HINT)


class Dataset(Sequence[Row]):
    """A built dataset: a sequence of its rows, with its pairs beside them.

    Example:
        >>> import tempfile
        >>> import rsica_data as rd
        >>> folder = tempfile.mkdtemp()
        >>> ds = rd.build("demo", out=folder, limit=2)
        >>> len(ds) == len(ds.rows("train")) + len(ds.rows("val")) + len(ds.rows("test"))
        True
        >>> ds.pairs("test")[0].before.array().shape
        (256, 256, 3)
    """

    def __init__(self, built: BuiltDataset) -> None:
        self.built = built

    @property
    def path(self) -> Path:
        """The dataset's folder."""
        return self.built.root

    @property
    def name(self) -> str:
        """The recipe's name."""
        return self.built.name

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of its splits."""
        return self.built.splits

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names of the tasks that its rows ask."""
        counts = self.built.manifest.get("counts", {}).get("instructions", {})
        return tuple(dict.fromkeys(task for of_split in counts.values() for task in of_split))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the source did with the input: how it was split, what it left out."""
        return tuple(self.built.manifest["source"].get("notes", ()))

    def rows(self, split: str | None = None) -> Rows[Row]:
        """Rows of a split, or all.

        Args:
            split: name of a split; None for all.

        Returns:
            A sequence that reads a row group at a time.

        Raises:
            UserError: no such split.
        """
        files = [shard.instructions for shard in self.built.shards(split)]
        return Rows(self.built, files, lambda row: Row(instruction_from_row(row), self), "row")

    def pairs(self, split: str | None = None) -> Rows[Pair]:
        """Image pairs of a split, or all.

        Args:
            split: name of a split; None for all.

        Returns:
            A sequence that reads a row group at a time.

        Raises:
            UserError: no such split.
        """
        files = [shard.pairs for shard in self.built.shards(split)]
        return Rows(self.built, files, lambda row: Pair(pair_from_row(row), self.built.rules), "pair")

    def pair(self, pair_id: str) -> Pair:
        """The pair of an id.

        Args:
            pair_id: as rows and ``pair.id`` have it.

        Returns:
            The pair.

        Raises:
            UserError: there is none.
        """
        place = self._places.get(pair_id)
        if place is None:
            raise UserError(f"no pair '{pair_id}'", file=self.path)
        return self._all_pairs[place]

    @cached_property
    def _all_pairs(self) -> Rows[Pair]:
        return self.pairs()

    @cached_property
    def _places(self) -> dict[str, int]:
        ids = (pair.pair_id for pair in self.built.pairs(images=False))
        return {pair_id: place for place, pair_id in enumerate(ids)}

    @cached_property
    def _all_rows(self) -> Rows[Row]:
        return self.rows()

    def to_pandas(self, split: str | None = None) -> pd.DataFrame:
        """Rows as a table.

        Args:
            split: name of a split; None for all.

        Returns:
            Columns id, pair_id, split, task, kind, question and answer.

        Raises:
            UserError: no such split, or pandas is not installed.
        """
        with need_extra():
            import pandas as pd

        columns = ["id", "pair_id", "split", "task", "kind", "question", "answer"]
        items = ((row, row.instruction) for row in self.rows(split))
        cells = [[row.id, i.pair_id, i.split, i.task, i.kind, row.question, row.answer] for row, i in items]
        return pd.DataFrame(cells, columns=columns)

    def __len__(self) -> int:
        return len(self._all_rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        return self._all_rows[index]

    def __iter__(self) -> Iterator[Row]:
        return iter(self._all_rows)

    def __repr__(self) -> str:
        counts = ", ".join(f"{split} {len(self.pairs(split)):,}" for split in self.splits)
        return f"Dataset({self.name!r}: {len(self):,} rows about {len(self.pairs()):,} pairs; {counts})"


def open_dataset(where: str | Path) -> Dataset:
    """Open a dataset that was built or published.

    Args:
        where: its folder, or ``USER/NAME[@REVISION]`` on the Hugging Face Hub (fetched into a cache once).

    Returns:
        The dataset; images and rows are read when they are asked for.

    Raises:
        UserError: there is no finished dataset, or the Hub cannot be asked.

    Example:
        >>> import rsica_data as rd
        >>> rd.open_dataset("nowhere/at-all/here")
        Traceback (most recent call last):
        ...
        rsica_data.core.errors.UserError: ...
    """
    return Dataset(open_built(where))
