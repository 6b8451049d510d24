"""Opens a built dataset: shards, rows and records, one shard in memory at a time.

Layout (see ``docs/dataset.md``): ``pairs/SPLIT-00000-of-000NN.parquet`` and, shard for shard beside it,
``instructions/SPLIT-00000-of-000NN.parquet``. The instructions of a pair always stand in the shard of the same
number, so pairs and instructions can be walked together without an index.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Literal, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from rsica_data.core import parquet
from rsica_data.core.errors import UserError, one_line
from rsica_data.core.files import sha256_json
from rsica_data.dataset.checksums import content_checksum
from rsica_data.dataset.file_checks import DAMAGE_HINT, FetchedFiles, check_content, check_size
from rsica_data.schema.arrow import (
    INSTRUCTIONS_SCHEMA,
    PAIRS_SCHEMA,
    StoredPair,
    instruction_from_row,
    pair_from_row,
)
from rsica_data.schema.facts import FactRules
from rsica_data.schema.records import MASK_ROLES, SPLITS, EncodedImage, Instruction
from rsica_data.schema.row_checks import RowError
from rsica_data.schema.series import series_images, shown_of
from rsica_data.schema.versions import stored_field, with_present_names

Images = bool | Literal["masks"]
"""Which images of a pair are read: all, none, or the masks."""

IMAGE_COLUMNS = ("before", "after", "change_mask", "before_labels", "after_labels", "extra_images")

Record = TypeVar("Record")

_SHARD = re.compile(r"(?P<split>.+)-(?P<number>\d{5})-of-(?P<total>\d{5})\.parquet")


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard: the pairs file and the instructions file of the same number."""

    split: str
    number: int
    pairs: Path
    instructions: Path


@dataclass(frozen=True)
class BuiltDataset:
    """A built dataset.

    Attributes:
        root: its folder; of one at an address that of a copy, in which data files come and go.
        manifest: content of its manifest.
        fetched: how its data files come from an address; None where they are in the folder.
    """

    root: Path
    manifest: dict[str, Any]
    fetched: FetchedFiles | None = None

    @property
    def place(self) -> Path:
        """What `open_dataset` opens it by again, in any process: its address, or its folder."""
        return self.root if self.fetched is None else Path(self.fetched.address)

    def reference(self) -> str:
        """As :attr:`place`, from any working directory."""
        return str(self.root.resolve()) if self.fetched is None else self.fetched.address

    @property
    def name(self) -> str:
        """The recipe's name."""
        return str(self.manifest["recipe"]["name"])

    @cached_property
    def rules(self) -> FactRules:
        """The rules that the facts were measured and the instructions made with."""
        # Older manifests have this rule among the recipe's facts alone.
        facts = self.manifest["recipe"].get("facts", {})
        return FactRules(**{"change_from": facts.get("change_from", "after"), **self.manifest["rules"]})

    @cached_property
    def hash(self) -> str:
        """SHA-256 over the data files' checksums: equal for equal content, wherever it lies."""
        return sha256_json({name: content_checksum(entry) for name, entry in self.manifest["files"].items()})

    def with_one_shard(self, shard: Shard) -> BuiltDataset:
        """What a worker process needs to read one shard: the manifest names its files alone, and travels with it."""
        names = [path.relative_to(self.root).as_posix() for path in (shard.pairs, shard.instructions)]
        kept = {key: value for key, value in self.manifest.items() if key in ("recipe", "rules", "change_classes")}
        files = self.manifest["files"]
        return replace(self, manifest={**kept, "files": {name: files[name] for name in names if name in files}})

    def need_images(self) -> None:
        """Raises UserError where the dataset was published without its images and none were joined to it."""
        if "withheld" in self.manifest:
            hint = "rsica-data pull USER/NAME FOLDER --join YOUR_COPY"
            raise UserError("was published without its images; join your own copy", file=self.root, hint=hint)

    @cached_property
    def splits(self) -> tuple[str, ...]:
        """Splits that have shards, train, val and test first."""
        shard_splits = {shard.split for shard in self._shards}
        return tuple([s for s in SPLITS if s in shard_splits] + sorted(shard_splits.difference(SPLITS)))

    @cached_property
    def _shards(self) -> tuple[Shard, ...]:
        shards = []
        # Those of the manifest too: a file that was lost is to be told, not passed over.
        there = () if self.fetched is None else self.fetched.sizes
        names = chain(self.manifest.get("files", {}), there)
        listed = {self.root / name for name in names if name.startswith("pairs/")}
        for path in sorted({*(self.root / "pairs").glob("*.parquet"), *listed}):
            match = _SHARD.fullmatch(path.name)
            if match is not None:
                beside = self.root / "instructions" / path.name
                shards.append(Shard(match["split"], int(match["number"]), path, beside))
        return tuple(shards)

    def shards(self, split: str | None = None) -> tuple[Shard, ...]:
        """Shards of a split (all splits where None), in order.

        Raises:
            UserError: the dataset has no such split.
        """
        if split is None:
            return self._shards
        if split not in self.splits:
            raise UserError(f"no split '{split}'", file=self.root, hint="splits: " + ", ".join(self.splits))
        return tuple(shard for shard in self._shards if shard.split == split)

    def held(self, path: Path) -> AbstractContextManager[None]:
        """A data file: one that lies at an address is fetched, and is here while this is open.

        Raises:
            UserError: the cache has no space for it.
            RunError: it failed again and again.
        """
        return nullcontext() if self.fetched is None else self.fetched.held(path)

    def check_file(self, path: Path) -> None:
        """See that a data file is the one that the manifest names, by its checksum; each is read once a process.

        Everything that reads a finished dataset goes through here: Parquet itself sees only some of the damage that a
        disk or a copy does, and hands over wrong pixels or numbers for the rest.

        Raises:
            UserError: it is missing, another one, or not in the manifest.
        """
        entry, shown = self._entry_of(path), self.shown(path)
        with self.held(path):
            try:
                check_content(path, entry, shown)
            except UserError:
                if self.fetched is not None:
                    path.unlink(missing_ok=True)  # the next start fetches it again
                raise

    def check_files(self) -> None:
        """:meth:`check_file` for all data files, before anything is made of them.

        Of those at an address names and sizes are compared: what is in them is checked as each is fetched.

        Raises:
            UserError: the first of them that is missing or damaged.
        """
        paths = dict.fromkeys(self.root / name for name in self.manifest["files"])
        paths |= dict.fromkeys(path for shard in self._shards for path in (shard.pairs, shard.instructions))
        self._check_all(paths)

    def _check_all(self, paths: Iterable[Path]) -> None:
        if self.fetched is not None:
            for path in paths:
                size = self.fetched.sizes.get(path.relative_to(self.root).as_posix())
                check_size(size, self._entry_of(path), self.shown(path))
            return
        # Hashing releases the interpreter's lock.
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            for _ in pool.map(self.check_file, paths):
                pass

    def _entry_of(self, path: Path) -> Mapping[str, Any]:
        entry: Mapping[str, Any] | None = self.manifest["files"].get(path.relative_to(self.root).as_posix())
        if entry is None:
            raise UserError("is not in the manifest", file=self.shown(path), hint="move it out of the folder")
        return entry

    def shown(self, path: Path) -> str:
        """A file for messages: where it lies, not its copy."""
        return str(path) if self.fetched is None else f"{self.fetched.address}/{path.relative_to(self.root).as_posix()}"

    @contextmanager
    def opened(self, path: Path) -> Iterator[pq.ParquetFile]:
        """A data file of the dataset, checked by :meth:`check_file`.

        Raises:
            UserError: it is missing or damaged.
        """
        with self.held(path):
            self.check_file(path)
            with opened_parquet(path) as file:
                yield file

    def shard_pairs(self, shard: Shard, *, images: Images = True) -> Iterator[StoredPair]:
        """Pairs of one shard; ``images`` as for :func:`read_pairs`.

        Raises:
            UserError: the file is missing or damaged.
        """
        with self.held(shard.pairs):
            self.check_file(shard.pairs)
            yield from read_pairs(shard.pairs, images=images)

    def shard_instructions(self, shard: Shard, tasks: Sequence[str] | None = None) -> Iterator[Instruction]:
        """Instructions of one shard, of some tasks or all.

        Raises:
            UserError: the file is missing or damaged.
        """
        with self.held(shard.instructions):
            self.check_file(shard.instructions)
            yield from read_instructions(shard.instructions, tasks)

    def pairs(self, split: str | None = None, *, images: Images = True) -> Iterator[StoredPair]:
        """Pairs in order; ``images`` as for :func:`read_pairs`."""
        for shard in self.shards(split):
            yield from self.shard_pairs(shard, images=images)

    def instructions(self, split: str | None = None, tasks: Sequence[str] | None = None) -> Iterator[Instruction]:
        """Instructions in order, of some tasks or all."""
        for shard in self.shards(split):
            yield from self.shard_instructions(shard, tasks)


@contextmanager
def opened_parquet(path: Path) -> Iterator[pq.ParquetFile]:
    """A data file of a dataset, whose damage is told with its name.

    Raises:
        UserError: the file is missing or damaged.
    """
    if not path.exists():
        raise UserError("file is missing", file=path, hint=DAMAGE_HINT)
    with parquet.opened_parquet(path, hint=DAMAGE_HINT) as file:
        yield file


def _records(
    path: Path,
    schema: pa.Schema,
    columns: Sequence[str],
    batch_size: int,
    record: Callable[[dict[str, Any]], Record | None],
    report: Callable[[UserError], None] | None,
) -> Iterator[Record]:
    """The records of a file; rows that cannot be one are handed to ``report``, or stop it."""
    with opened_parquet(path) as file:
        stored = file.schema_arrow
        present = [name for name in columns if name in stored.names or name not in IMAGE_COLUMNS]
        wanted = pa.schema([stored_field(schema.field(name), stored) for name in present])
        names = wanted.names
        parquet.need_columns(file, wanted, path, hint=DAMAGE_HINT)
        number = 0
        for batch in _batches(file, names, batch_size):
            rows = list(_rows_of(batch, alone=report is not None))
            rest: Any = batch if None in rows[:1] else None
            del batch  # the rows have copies: while one is used the others need not be held twice
            for place, row in enumerate(rows):
                number, rows[place] = number + 1, None
                try:
                    made = record(rest.slice(place, 1).to_pylist()[0] if row is None else row)
                except RowError as error:
                    problem = UserError(error.message, file=path, key=f"row {number}, {error.column}", hint=DAMAGE_HINT)
                    if report is None:
                        raise problem from None
                    report(problem)
                    continue
                except Exception as error:
                    if report is None:
                        raise
                    report(UserError(f"is no row of a dataset: {one_line(error)}", file=path, key=f"row {number}"))
                    continue
                if made is not None:
                    yield made
            del rest, rows
    if any(name in IMAGE_COLUMNS for name in names):
        # Arrow keeps freed memory for itself: as much again as the images have that were just handed on.
        pa.default_memory_pool().release_unused()


def _batches(file: pq.ParquetFile, columns: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
    """Some rows at a time. No batch goes on into the next row group: those of large images are small."""
    groups = range(file.num_row_groups)
    batches = (file.iter_batches(size, row_groups=[group], columns=columns) for group in groups)
    return map(with_present_names, chain.from_iterable(batches))


def _rows_of(batch: pa.RecordBatch, *, alone: bool) -> Sequence[dict[str, Any] | None]:
    """The rows of a batch; where one cannot be read and others are to be (``alone``), None for each.

    Arrow does not check that texts are UTF-8.
    """
    try:
        rows: list[dict[str, Any] | None] = batch.to_pylist()
    except Exception:
        if not alone:
            raise
        return [None] * batch.num_rows
    return rows


def read_pairs(
    path: Path, *, images: Images = True, report: Callable[[UserError], None] | None = None
) -> Iterator[StoredPair]:
    """Rows of a pairs file, a row group in memory at a time.

    Args:
        path: the file.
        images: read the columns of images and masks too, or of the masks alone.
        report: takes the error of each row that cannot be a pair, which is left out then.

    Raises:
        UserError: the file is missing or damaged, or a row cannot be a pair (without ``report``).
    """
    kept: Sequence[str] = MASK_ROLES if images == "masks" else IMAGE_COLUMNS if images else ()
    columns = [name for name in PAIRS_SCHEMA.names if name in kept or name not in IMAGE_COLUMNS]
    yield from _records(path, PAIRS_SCHEMA, columns, 64, pair_from_row, report)


def pair_of(item: Instruction, pairs: Mapping[str, StoredPair]) -> StoredPair:
    """The pair that an instruction is about, among those of its shard.

    Raises:
        UserError: it is not among them.
    """
    try:
        return pairs[item.pair_id]
    except KeyError:
        problem = f"its pair '{item.pair_id}' is not in the shard"
        raise UserError(problem, file="instructions", key=item.instruction_id, hint=DAMAGE_HINT) from None


def shown_images(item: Instruction, pair: StoredPair) -> list[EncodedImage]:
    """The images that an instruction shows, in its order: before and after, or those of a series that its gold names.

    Raises:
        UserError: it shows an image that is not there.
    """
    try:
        return shown_of(series_images(pair.before, pair.extra_images, pair.after), item.gold)
    except ValueError as error:
        raise UserError(str(error), file="instructions", key=item.instruction_id, hint=DAMAGE_HINT) from None


def read_instructions(
    path: Path, tasks: Sequence[str] | None = None, report: Callable[[UserError], None] | None = None
) -> Iterator[Instruction]:
    """Rows of an instructions file, of some tasks or all.

    Args:
        path: the file.
        tasks: names; None for all.
        report: as for :func:`read_pairs`.

    Raises:
        UserError: the file is missing or damaged, or a row cannot be an instruction (without ``report``).
    """

    def record(row: dict[str, Any]) -> Instruction | None:
        return instruction_from_row(row) if tasks is None or row["task"] in tasks else None

    yield from _records(path, INSTRUCTIONS_SCHEMA, INSTRUCTIONS_SCHEMA.names, 1024, record, report)
