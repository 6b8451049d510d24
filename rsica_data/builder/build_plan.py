"""What a build will do, before any image is read: the keys of all pairs, cut into shards."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import numpy as np

from rsica_data.builder.decisions import Decision, Decisions
from rsica_data.builder.packed_keys import PackedKeys
from rsica_data.builder.recipe import Recipe
from rsica_data.core.collection import no_collection
from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json
from rsica_data.imagery.streamed_files import StreamedInput
from rsica_data.schema import PairKey
from rsica_data.schema.records import SPLITS
from rsica_data.schema.versions import FILES_VERSION

_HASHED_KEYS = 64


@dataclass(frozen=True)
class ShardUnit:
    """One shard to build: everything a worker process needs, and nothing that depends on other shards.

    ``name`` is ``SPLIT-00000-of-000NN``; ``index`` the shard's place in the whole build. A ``staged`` shard is not
    finished by its worker: rows that a language model writes are still to come. ``check_images`` is whether images are
    proved whole; ``decisions`` are those of a review on the shard's pairs, by pair; ``stream`` is where the images
    of ``root`` lie that are fetched while they are read.
    """

    index: int
    split: str
    name: str
    keys: Sequence[PairKey]
    recipe: Recipe
    root: Path | None
    out: Path
    seed: int
    staged: bool = False
    check_images: bool = True
    decisions: Mapping[str, tuple[Decision, ...]] = field(default_factory=dict)
    stream: StreamedInput | None = None


@dataclass(frozen=True)
class Plan:
    """A whole build. ``hash`` is equal for builds that will give the same bytes from the same files.

    ``model`` is the language model that is asked, None where none is; ``notes`` what the source says that it did;
    ``decisions`` those of a review, None where there was none.
    """

    recipe: Recipe
    seed: int
    limit: int | None
    units: tuple[ShardUnit, ...]
    hash: str
    model: str | None = None
    notes: tuple[str, ...] = ()
    decisions: Decisions | None = None

    @property
    def pairs(self) -> int:
        """Number of pairs, those that will be rejected included."""
        return sum(len(unit.keys) for unit in self.units)


def make_plan(
    recipe: Recipe,
    root: Path | None,
    out: Path,
    seed: int | None,
    limit: int | None,
    model: str | None = None,
    *,
    check_images: bool = True,
    decisions: Decisions | None = None,
) -> Plan:
    """Index the source and cut its pairs into shards.

    Args:
        recipe: what to build.
        root: the input folder; None for a source that makes its own data.
        out: the output folder.
        seed: in place of the recipe's.
        limit: maximum number of pairs of each split.
        model: the language model that will write the recipe's ``assist`` rows; None to leave them out.
        check_images: whether images are proved whole before a pair is kept.
        decisions: of a review; pairs and rows are left out and fixed by them.

    Raises:
        UserError: input missing or not in the source's layout, no pairs in the recipe's splits, two pairs of one name.
    """
    with no_collection():
        return _make_plan(recipe, root, out, seed, limit, model, check_images, decisions)


def _make_plan(
    recipe: Recipe,
    root: Path | None,
    out: Path,
    seed: int | None,
    limit: int | None,
    model: str | None,
    check_images: bool,
    decisions: Decisions | None,
) -> Plan:
    _check_input(recipe, root)
    keys = recipe.source.index(root, recipe.source_options)
    used_seed = recipe.content.build.seed if seed is None else seed
    decides = _deciding(recipe, used_seed, limit, model, decisions) | ({} if check_images else {"check_images": False})
    packs: dict[str, _Packs] = {split: _Packs(recipe.content.build.shard_pairs) for split in SPLITS}
    # An index may make its keys as they are asked for: all is done with each of them in one pass.
    names = _Names()
    chosen = _chosen(names.passing(keys), recipe, limit)
    sha256 = _plan_hash(decides, _packing(chosen, packs))
    names.check(keys, root)
    if not any(packed.all() for packed in packs.values()):
        raise _no_pairs(keys, recipe, root)
    if decisions is not None:
        decisions.check([key.pair_id for key in _chosen(keys, recipe, limit)])
    units: list[ShardUnit] = []
    for split, packed in packs.items():
        parts = packed.all()
        for number, part in enumerate(parts):
            name = f"{split}-{number:05d}-of-{len(parts):05d}"
            units.append(
                ShardUnit(len(units), split, name, part, recipe, root, out, used_seed, model is not None, check_images)
            )
    if decisions is not None:
        units = [replace(unit, decisions=_of_unit(decisions, unit)) for unit in units]
    notes = tuple(recipe.source.notes(root, recipe.source_options))
    return Plan(recipe, used_seed, limit, tuple(units), sha256, model, notes, decisions)


def _deciding(
    recipe: Recipe, seed: int, limit: int | None, model: str | None, decisions: Decisions | None
) -> dict[str, object]:
    """What decides the bytes of a build besides its input."""
    decides: dict[str, object] = {"recipe": recipe.sha256, "seed": seed, "limit": limit, "files": FILES_VERSION}
    if model is not None and recipe.assisted is not None:
        decides["assist"] = recipe.assisted.as_json() | {"model": model}
    if decisions is not None:
        decides["decisions"] = decisions.sha256
    return decides


class _Packs:
    """Keys in shards of ``size``, each packed when it is full."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._parts: list[PackedKeys] = []
        self._open: list[PairKey] = []

    def add(self, key: PairKey) -> None:
        self._open.append(key)
        if len(self._open) == self._size:
            self._close()

    def all(self) -> list[PackedKeys]:
        """Every shard; the last may hold fewer keys."""
        if self._open:
            self._close()
        return self._parts

    def _close(self) -> None:
        self._parts.append(PackedKeys(self._open))
        self._open = []


def _packing(keys: Iterable[PairKey], packs: Mapping[str, _Packs]) -> Iterator[PairKey]:
    """The same keys, each packed with its split as it passes: all of them are never in memory."""
    for key in keys:
        packs[key.split].add(key)
        yield key


def _of_unit(decisions: Decisions, unit: ShardUnit) -> dict[str, tuple[Decision, ...]]:
    return {key.pair_id: decisions.by_pair[key.pair_id] for key in unit.keys if key.pair_id in decisions.by_pair}


def _plan_hash(decides: Mapping[str, object], keys: Iterable[PairKey]) -> str:
    """SHA-256 of the canonical JSON of ``decides`` and of the ``keys``, of which a few are in memory as one text."""
    digest = hashlib.sha256(dump_json(decides).encode())
    rows = map(_key_values, keys)
    while part := list(islice(rows, _HASHED_KEYS)):
        digest.update(dump_json(part).encode())
    return digest.hexdigest()


def _key_values(key: PairKey) -> list[object]:
    return [key.pair_id, key.split, dict(key.files), key.captions, key.changed, dict(key.extra)]


def _check_input(recipe: Recipe, root: Path | None) -> None:
    source = recipe.source
    if not source.reads_folder(recipe.source_options):
        if root is not None:
            whence = "makes its own data" if not source.needs_input else "reads no folder with these options"
            raise UserError(f"--input is not used: source '{source.name}' {whence}", hint="leave it out")
        return
    if root is None:
        hint = f"give the folder that holds {source.layout.splitlines()[0]}" if source.layout else "give a folder"
        raise UserError(f"--input is missing: source '{source.name}' reads a folder", hint=hint)
    if not root.is_dir():
        raise UserError("no such folder", file=root, key="--input")


class _Names:
    """The names of all pairs, of which no two may be equal.

    Eight bytes a name tell whether any two can be: the names themselves would be a hundred.
    """

    def __init__(self) -> None:
        self._hashes = array("q")

    def passing(self, keys: Iterable[PairKey]) -> Iterator[PairKey]:
        """The same keys, their names kept as they pass."""
        keep = self._hashes.append
        for key in keys:
            keep(hash(key.pair_id))
            yield key

    def check(self, keys: Sequence[PairKey], root: Path | None) -> None:
        """Raises UserError where two pairs have one name."""
        hashes = np.sort(np.frombuffer(self._hashes, np.int64)) if self._hashes else np.zeros(0, np.int64)
        if not (hashes[1:] == hashes[:-1]).any():
            return
        for name, count in Counter(key.pair_id for key in keys).items():
            if count > 1:
                hint = "names must differ within a split"
                raise UserError(f"{count} pairs have the name '{name}'", file=root, hint=hint)


def _chosen(keys: Iterable[PairKey], recipe: Recipe, limit: int | None) -> Iterator[PairKey]:
    """The keys of the recipe's splits, at most ``limit`` of each, in the order of the source."""
    wanted: Sequence[str] = recipe.content.splits or SPLITS
    taken: Counter[str] = Counter()
    for key in keys:
        if key.split in wanted and (limit is None or taken[key.split] < limit):
            taken[key.split] += 1
            yield key


def _no_pairs(keys: Iterable[PairKey], recipe: Recipe, root: Path | None) -> UserError:
    wanted: Sequence[str] = recipe.content.splits or SPLITS
    split_counts = Counter(key.split for key in keys)
    have = ", ".join(f"{split} {count}" for split, count in split_counts.items()) or "no pairs at all"
    return UserError(f"no pairs in the splits {', '.join(wanted)}", file=root, hint=f"the input has {have}")
