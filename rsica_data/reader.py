"""Opens a built dataset: shards, rows and records, one shard in memory at a time.

Layout (see ``docs/dataset.md``): ``pairs/SPLIT-00000-of-000NN.parquet`` and, shard for shard beside it,
``instructions/SPLIT-00000-of-000NN.parquet``. The instructions of a pair always stand in the shard of the same
number, so pairs and instructions can be walked together without an index.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rsica_data.errors import UserError
from rsica_data.journal import sha256_file, sha256_json
from rsica_data.schema.arrow import SCHEMA_VERSION, StoredPair, instruction_from_row, pair_from_row
from rsica_data.schema.facts import FactRules
from rsica_data.schema.records import SPLITS, Instruction

MANIFEST = "manifest.json"
DAMAGE_HINT = "`rsica-data validate` lists all damage"
IMAGE_COLUMNS = ("before", "after", "change_mask", "before_labels", "after_labels", "extra_images")

# SHA-256 of the files that this process has read, by path, inode, size and time of change: each is hashed once.
_HASHES: dict[tuple[str, int, int, int], str] = {}
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
    """A built dataset on disk."""

    root: Path
    manifest: dict[str, Any]

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
        """SHA-256 over the data files' hashes: equal for equal content, wherever it lies."""
        return sha256_json({name: entry["sha256"] for name, entry in self.manifest["files"].items()})

    def need_images(self) -> None:
        """Raises UserError where the dataset was published without its images and none were joined to it."""
        if "withheld" in self.manifest:
            hint = "rsica-data pull USER/NAME FOLDER --join YOUR_COPY"
            raise UserError("was published without its images; join your own copy", file=self.root, hint=hint)

    @cached_property
    def splits(self) -> tuple[str, ...]:
        """Splits that have shards, train, val and test first."""
        found = {shard.split for shard in self._shards}
        return tuple([s for s in SPLITS if s in found] + sorted(found.difference(SPLITS)))

    @cached_property
    def _shards(self) -> tuple[Shard, ...]:
        shards = []
        # Those of the manifest too: a file that was lost is to be told, not passed over.
        listed = {self.root / name for name in self.manifest.get("files", {}) if name.startswith("pairs/")}
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

    def check_file(self, path: Path) -> None:
        """See that a data file is the one that the manifest names, by its SHA-256; each is hashed once a process.

        Everything that reads a finished dataset goes through here: Parquet itself sees only some of the damage that a
        disk or a copy does, and hands over wrong pixels or numbers for the rest.

        Raises:
            UserError: it is missing, another one, or not in the manifest.
        """
        entry = self.manifest["files"].get(path.relative_to(self.root).as_posix())
        if entry is None:
            raise UserError("is not in the manifest", file=path, hint="move it out of the folder")
        try:
            digest = _hash_of(path)
        except FileNotFoundError:
            raise UserError("file is missing", file=path, hint=DAMAGE_HINT) from None
        except OSError as error:
            raise UserError(f"cannot be read: {error.strerror or error}", file=path, hint=DAMAGE_HINT) from None
        if digest != stated_sha256(entry):
            raise UserError("damaged: its SHA-256 is not that of the manifest", file=path, hint=DAMAGE_HINT)

    def check_files(self) -> None:
        """:meth:`check_file` for all data files, before anything is made of them.

        Raises:
            UserError: the first of them that is missing or damaged.
        """
        paths = dict.fromkeys(self.root / name for name in self.manifest["files"])
        paths |= dict.fromkeys(path for shard in self._shards for path in (shard.pairs, shard.instructions))
        # Hashing releases the interpreter's lock.
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            for _ in pool.map(self.check_file, paths):
                pass

    @contextmanager
    def opened(self, path: Path) -> Iterator[pq.ParquetFile]:
        """A data file of the dataset, checked by :meth:`check_file`.

        Raises:
            UserError: it is missing or damaged.
        """
        self.check_file(path)
        with opened_parquet(path) as file:
            yield file

    def shard_pairs(self, shard: Shard, *, images: bool = True) -> Iterator[StoredPair]:
        """Pairs of one shard; without ``images`` the image and mask columns are not decoded.

        Raises:
            UserError: the file is missing or damaged.
        """
        self.check_file(shard.pairs)
        yield from read_pairs(shard.pairs, images=images)

    def shard_instructions(self, shard: Shard, tasks: Sequence[str] | None = None) -> Iterator[Instruction]:
        """Instructions of one shard, of some tasks or all.

        Raises:
            UserError: the file is missing or damaged.
        """
        self.check_file(shard.instructions)
        yield from read_instructions(shard.instructions, tasks)

    def pairs(self, split: str | None = None, *, images: bool = True) -> Iterator[StoredPair]:
        """Pairs in order; without ``images`` the image and mask columns are not decoded."""
        for shard in self.shards(split):
            yield from self.shard_pairs(shard, images=images)

    def instructions(self, split: str | None = None, tasks: Sequence[str] | None = None) -> Iterator[Instruction]:
        """Instructions in order, of some tasks or all."""
        for shard in self.shards(split):
            yield from self.shard_instructions(shard, tasks)


def stated_sha256(entry: Mapping[str, Any]) -> str:
    """The hash that a file has by its entry in a manifest.

    Shards whose images were joined by another release of pyarrow than wrote them hold the same rows in other bytes:
    ``sha256`` stays that of the first build, by which datasets are compared, and ``joined_sha256`` is the file's.
    """
    return str(entry.get("joined_sha256", entry["sha256"]))


def _hash_of(path: Path) -> str:
    found = path.stat()
    key = (str(path), found.st_ino, found.st_size, found.st_mtime_ns)
    if key not in _HASHES:
        _HASHES[key] = sha256_file(path)
    return _HASHES[key]


@contextmanager
def opened_parquet(path: Path) -> Iterator[pq.ParquetFile]:
    """A data file of a dataset, whose damage is told with its name.

    Raises:
        UserError: the file is missing or damaged.
    """
    hint = DAMAGE_HINT
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except FileNotFoundError:
        raise UserError("file is missing", file=path, hint=hint) from None
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"damaged: {str(error).splitlines()[0]}", file=path, hint=hint) from None


def read_pairs(path: Path, *, images: bool = True) -> Iterator[StoredPair]:
    """Rows of a pairs file, a row group in memory at a time.

    Raises:
        UserError: the file is missing or damaged.
    """
    with opened_parquet(path) as file:
        names = file.schema_arrow.names
        columns = names if images else [name for name in names if name not in IMAGE_COLUMNS]
        for batch in file.iter_batches(batch_size=64, columns=columns):
            for row in batch.to_pylist():
                yield pair_from_row(row)


def read_instructions(path: Path, tasks: Sequence[str] | None = None) -> Iterator[Instruction]:
    """Rows of an instructions file, of some tasks or all.

    Raises:
        UserError: the file is missing or damaged.
    """
    with opened_parquet(path) as file:
        for batch in file.iter_batches(batch_size=1024):
            for row in batch.to_pylist():
                if tasks is None or row["task"] in tasks:
                    yield instruction_from_row(row)


def open_dataset(root: Path | str) -> BuiltDataset:
    """Open the dataset in the folder ``root``, or the one of that name on the Hub (``USER/NAME[@REVISION]``).

    A dataset on the Hub is fetched into a cache folder first (``$RSICA_CACHE``); see ``hub.as_hub_name`` for what
    counts as a name.

    Raises:
        UserError: there is no finished dataset, it was written by a newer version, or the Hub cannot be asked.
        Failure: the Hub failed again and again.
    """
    from rsica_data.hub import as_hub_name, cached_dataset

    name = as_hub_name(root)
    root = Path(root) if name is None else cached_dataset(name)
    path = root / MANIFEST
    if not root.is_dir():
        raise UserError("no such folder", file=root, hint="give the folder that `rsica-data build` wrote")
    if not path.is_file():
        raise UserError(
            "not a finished dataset: it has no manifest.json", file=root, hint="run the same build again to finish it"
        )
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"not valid JSON: {error}", file=path) from None
    if not isinstance(manifest, dict):
        raise UserError("not the manifest of a dataset", file=path)
    version = manifest.get("schema_version")
    if version != SCHEMA_VERSION:
        raise UserError(f"schema version {version}; this release reads version {SCHEMA_VERSION}", file=path)
    return BuiltDataset(root, manifest)
