"""Which rows of which datasets a mix takes, settled before anything is written."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import UserError
from rsica_data.core.files import sha256_json
from rsica_data.dataset.mixing.part_quotas import mix_shares, rows_of_parts
from rsica_data.dataset.reader import BuiltDataset, Shard
from rsica_data.schema.facts import FactRules
from rsica_data.schema.records import SPLITS, is_evaluation

_LARGEST = 2**64 - 1


@dataclass(frozen=True)
class MixPart:
    """A dataset of a mix.

    Attributes:
        name: its name in the mix.
        dataset: a built dataset, or a selection of one.
        weight: factor of its share among the training rows.
        cap: maximum number of training rows; None for all.
    """

    name: str
    dataset: BuiltDataset
    weight: float = 1.0
    cap: int | None = None


@dataclass(frozen=True)
class MixOptions:
    """What to mix and how. Weights, caps, temperature and rows are about training splits; others are taken whole.

    Attributes:
        parts: two or more datasets.
        out: output folder; empty, or holding a start of the same mix.
        name: of the mix.
        temperature: 1 mixes in proportion to the sizes, higher ones more equally.
        rows: training rows; None for as many as the weights allow.
        seed: decides which rows of a part are taken.
        rules_of: the part whose fact rules the mix states, where the parts differ in them.
        prefix_ids: put the part's name before the ids of its pairs and instructions.
        shard_pairs: pairs of a shard.
    """

    parts: tuple[MixPart, ...]
    out: Path
    name: str = "mix"
    temperature: float = 1.0
    rows: int | None = None
    seed: int = 0
    rules_of: str | None = None
    prefix_ids: bool = False
    shard_pairs: int = 256


@dataclass(frozen=True)
class Taken:
    """What a mix takes of a split of a part: rows whose :func:`row_key` is at most ``threshold``."""

    available: int
    rows: int
    pairs: int
    threshold: int


@dataclass(frozen=True)
class MixPlan:
    """A settled mix. ``taken`` is by split, then by part; parts that give nothing to a split are left out."""

    options: MixOptions
    rules: FactRules
    taken: Mapping[str, Mapping[str, Taken]] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """SHA-256 over what decides the bytes of the mix."""
        options = self.options
        parts = [[part.name, part.dataset.hash, asdict_of(part.dataset)] for part in options.parts]
        taken = {split: {name: asdict(entry) for name, entry in of.items()} for split, of in self.taken.items()}
        stated = [options.name, options.seed, options.shard_pairs, options.prefix_ids, asdict(self.rules)]
        return sha256_json([parts, taken, stated])


def asdict_of(dataset: BuiltDataset) -> dict[str, Any]:
    """What is selected of a dataset, as JSON values; empty for a whole one."""
    selection = getattr(dataset, "selection", None)
    return {} if selection is None else dict(selection.to_json())


def plan_mix(options: MixOptions) -> MixPlan:
    """Count what the parts have and settle what each gives; reads ids and no images.

    Raises:
        UserError: fewer than two parts, equal names, an id in two parts, rules that differ, or too many rows asked for.
    """
    parts = _checked_parts(options)
    rules = _rules(options)
    taken: dict[str, dict[str, Taken]] = {}
    ids: dict[bytes, str] = {}
    for split in _splits(options):
        counted = {part.name: _Rows.of(part, split, options.seed) for part in parts if split in part.dataset.splits}
        if not options.prefix_ids:
            _check_ids(counted, ids)
        rows = _rows_of_split(options, split, {name: len(rows_of_part.keys) for name, rows_of_part in counted.items()})
        taken[split] = {name: counted[name].take(number) for name, number in rows.items() if number}
    if not any(taken.values()):
        raise UserError("the parts have no rows", hint="see `rsica-data stats`")
    return MixPlan(options, rules, {split: by_part for split, by_part in taken.items() if by_part})


def row_key(seed: int, part: str, instruction_id: str) -> int:
    """Place of a row in the order in which a mix takes rows of a part: a hash of 64 bits."""
    text = f"{seed}\0{part}\0{instruction_id}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def _checked_parts(options: MixOptions) -> tuple[MixPart, ...]:
    if len(options.parts) < 2:
        raise UserError("a mix needs at least two datasets", hint="`rsica-data export` selects rows of one")
    names = [part.name for part in options.parts]
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"two datasets are named '{name}'", hint="name them: NAME=FOLDER")
    for part in options.parts:
        part.dataset.need_images()
        if "<" in part.name or "/" in part.name:
            raise UserError(f"'{part.name}' is no name of a part", hint="letters, digits, '-', '_' and '.'")
    return options.parts


def _splits(options: MixOptions) -> list[str]:
    names = {split for part in options.parts for split in part.dataset.splits}
    return [*(split for split in SPLITS if split in names), *sorted(names.difference(SPLITS))]


def _rules(options: MixOptions) -> FactRules:
    by_name = {part.name: part.dataset.rules for part in options.parts}
    if options.rules_of is not None:
        if options.rules_of not in by_name:
            hint = "parts: " + ", ".join(by_name)
            raise UserError(f"'{options.rules_of}' is no part of the mix", key="--rules-of", hint=hint)
        return by_name[options.rules_of]
    (first, rules), *others = by_name.items()
    for name, other in others:
        differing = [key for key, value in asdict(rules).items() if asdict(other)[key] != value]
        if differing:
            problem = f"'{first}' and '{name}' were built with other fact rules ({', '.join(differing)})"
            hint = "build them with the same ones, or say whose the mix states: --rules-of NAME"
            raise UserError(problem, hint=hint)
    return rules


@dataclass(frozen=True)
class _Rows:
    """The rows of a split of a part: their keys, and the place of each row's pair among ``pairs``."""

    keys: NDArray[np.uint64]
    places: NDArray[np.int64]
    pairs: tuple[str, ...]

    @staticmethod
    def of(part: MixPart, split: str, seed: int) -> _Rows:
        keys, places = array("Q"), array("q")
        known: dict[str, int] = {}
        for shard in part.dataset.shards(split):
            for instruction_id, pair_id in _ids(part.dataset, shard):
                keys.append(row_key(seed, part.name, instruction_id))
                places.append(known.setdefault(pair_id, len(known)))
        return _Rows(np.array(keys, np.uint64), np.array(places, np.int64), tuple(known))

    def take(self, number: int) -> Taken:
        """The ``number`` rows with the smallest keys."""
        whole = number == len(self.keys)
        threshold = _LARGEST if whole else int(np.partition(self.keys, number - 1)[number - 1])
        chosen = self.keys <= np.uint64(threshold)
        return Taken(len(self.keys), int(chosen.sum()), len(np.unique(self.places[chosen])), threshold)


def _ids(dataset: BuiltDataset, shard: Shard) -> Iterator[tuple[str, str]]:
    for item in dataset.shard_instructions(shard):
        yield item.instruction_id, item.pair_id


def _check_ids(counted: Mapping[str, _Rows], seen: dict[bytes, str]) -> None:
    for name, rows_of_part in counted.items():
        for pair_id in rows_of_part.pairs:
            digest = hashlib.blake2b(pair_id.encode(), digest_size=12).digest()
            other = seen.setdefault(digest, name)
            if other != name:
                hint = "--prefix-ids puts the part's name before all ids"
                raise UserError(f"the pair '{pair_id}' is in '{other}' and in '{name}'", hint=hint)


def _rows_of_split(options: MixOptions, split: str, available: Mapping[str, int]) -> dict[str, int]:
    if is_evaluation(split):
        return dict(available)
    caps = {part.name: part.cap for part in options.parts}
    sizes = {name: min(size, caps[name] or size) for name, size in available.items()}
    weights = {part.name: part.weight for part in options.parts}
    shares = mix_shares(sizes, weights, options.temperature)
    return rows_of_parts(sizes, shares, options.rows)
