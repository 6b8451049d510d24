"""Checks a built dataset row by row: files, schema, images, references between tables, and the tasks' laws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from rsica_data.core import registry
from rsica_data.core.errors import InvalidItemError, UserError, one_line
from rsica_data.dataset.checksums import is_stated
from rsica_data.dataset.reader import (
    BuiltDataset,
    Shard,
    opened_parquet,
    read_instructions,
    read_pairs,
)
from rsica_data.imagery.images import decode_mask, probe
from rsica_data.schema import EncodedImage, GoldTurn, Instruction, ParseContext, RenderContext, TaskSpec, Unparsed
from rsica_data.schema.arrow import INSTRUCTIONS_SCHEMA, PAIRS_SCHEMA, StoredPair
from rsica_data.schema.rules import change_classes
from rsica_data.schema.series import DATE, series_images, shown_of
from rsica_data.schema.versions import present_schema

_STYLES = ("default", "changechat")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the file or row, and what."""

    where: str
    what: str


@dataclass
class Report:
    """What was checked and what was found."""

    pairs: int = 0
    instructions: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True where nothing was found."""
        return not self.problems


def validate_dataset(dataset: BuiltDataset, progress: Callable[[int, int], None] = lambda done, total: None) -> Report:
    """Check everything that can be checked without the sources; whatever a file holds, the rest is checked too.

    Checked are: every file of the manifest is there with its hash and rows; the columns are those of the schema;
    identifiers are unique; images are whole and of the stated size; masks hold only the pair's classes; every
    instruction belongs to a pair of its shard, its turns alternate, and each assistant turn parses to an answer that
    its gold accepts, as does every accepted answer in every wording; the manifest's counts are those of the rows.
    """
    report = Report()
    report.problems += _check_files(dataset)
    tally = _Tally()
    shards = dataset.shards()
    for number, shard in enumerate(shards, 1):
        before = len(report.problems)
        report.problems.extend(_check_shard(dataset, shard, report, tally))
        tally.unread |= len(report.problems) > before
        progress(number, len(shards))
    if not tally.unread:
        report.problems.extend(_check_counts(dataset, tally))
    return report


@dataclass
class _Tally:
    """What the shards hold: pair ids, counts as in the manifest, and whether anything could not be counted."""

    pair_ids: set[str] = field(default_factory=set)
    pairs: Counter[str] = field(default_factory=Counter)
    instructions: dict[str, Counter[str]] = field(default_factory=dict)
    unread: bool = False


def _check_files(dataset: BuiltDataset) -> Iterator[Problem]:
    for name, entry in dataset.manifest["files"].items():
        path = dataset.root / name
        try:
            if not path.is_file():
                yield Problem(name, "file is missing")
            elif not is_stated(path, entry):
                yield Problem(name, "checksum differs from the manifest's")
        except OSError as error:
            yield Problem(name, f"cannot be read: {error.strerror or error}")
    known = set(dataset.manifest["files"])
    for shard in dataset.shards():
        for path in (shard.pairs, shard.instructions):
            name = path.relative_to(dataset.root).as_posix()
            if name not in known:
                yield Problem(name, "file is not in the manifest")


def _check_counts(dataset: BuiltDataset, tally: _Tally) -> Iterator[Problem]:
    """The manifest's counts against those of the rows; only where all rows could be read."""
    stated = dataset.manifest.get("counts")
    row_counts = {
        "pairs": dict(tally.pairs),
        "instructions": {split: dict(tasks) for split, tasks in tally.instructions.items()},
    }
    for key, counted in row_counts.items():
        value = stated.get(key) if isinstance(stated, dict) else None
        if _without_zeros(value) != _without_zeros(counted):
            yield Problem("manifest.json", f"counts.{key} says {value}, the rows are {counted}")


def _without_zeros(counts: Any) -> Any:
    if not isinstance(counts, dict):
        return counts
    inner = {key: _without_zeros(value) for key, value in counts.items()}
    return {key: value for key, value in inner.items() if value not in (0, {})}


def _check_shard(dataset: BuiltDataset, shard: Shard, report: Report, tally: _Tally) -> Iterator[Problem]:
    withheld = "withheld" in dataset.manifest
    classes: dict[str, tuple[str, ...]] = {}
    dates: dict[str, int] = {}
    for pair in _rows(dataset, shard.pairs, PAIRS_SCHEMA, "pair_id", read_pairs):
        if isinstance(pair, Problem):
            yield pair
            continue
        report.pairs += 1
        tally.pairs[shard.split] += 1
        if pair.pair_id in classes or pair.pair_id in tally.pair_ids:
            yield Problem(pair.pair_id, "pair appears twice")
        classes[pair.pair_id] = ()
        dates[pair.pair_id] = len(series_images(pair.before, pair.extra_images, pair.after))
        yield from _careful(pair.pair_id, _check_pair(pair, shard, withheld, classes))
    tally.pair_ids |= classes.keys()
    rows: set[str] = set()
    for item in _rows(dataset, shard.instructions, INSTRUCTIONS_SCHEMA, "instruction_id", read_instructions):
        if isinstance(item, Problem):
            yield item
            continue
        report.instructions += 1
        tally.instructions.setdefault(shard.split, Counter())[item.task] += 1
        if item.instruction_id in rows:
            yield Problem(item.instruction_id, "instruction appears twice")
        rows.add(item.instruction_id)
        if item.pair_id not in classes:
            yield Problem(item.instruction_id, f"its pair '{item.pair_id}' is not in the shard")
            continue
        if item.split != shard.split:
            yield Problem(item.instruction_id, f"split is '{item.split}' in a shard of '{shard.split}'")
        # Gold of another form than the task's, which only the task knows.
        problem = f"its gold is not that of task '{item.task}'"
        yield from _careful(item.instruction_id, _check_instruction(item, classes[item.pair_id]), problem)
        if not withheld:
            yield from _check_shown(item, dates[item.pair_id])


def _check_shown(item: Instruction, dates: int) -> Iterator[Problem]:
    """The images of a series that an instruction shows are there."""
    try:
        shown_of(range(dates), item.gold)
    except ValueError as error:
        yield Problem(item.instruction_id, str(error))


def _rows(
    dataset: BuiltDataset, path: Path, schema: pa.Schema, key: str, read: Callable[..., Iterator[Row]]
) -> Iterator[Row | Problem]:
    """Rows of a data file as records; a problem for each that is none, and for what cannot be read of the file."""
    name = path.relative_to(dataset.root).as_posix()
    broken: list[UserError] = []
    number = 0
    try:
        with opened_parquet(path) as file:
            if not present_schema(file.schema_arrow).equals(schema):
                yield Problem(name, "columns are not those of the schema")
                return
        for record in read(path, report=broken.append):
            number += 1
            if getattr(record, key):
                yield record
            else:
                yield Problem(name, f"a row has an empty {key}")
    except UserError as error:
        # Its first pages can be whole and a later one damaged: the other files are checked all the same.
        yield Problem(name, error.message)
    except Exception as error:
        yield Problem(name, f"cannot be read: {one_line(error)}")
    for mistake in broken:
        yield Problem(f"{name}, {mistake.key}", mistake.message)
    number += len(broken)
    entry = dataset.manifest["files"].get(name)
    if entry is not None and entry["rows"] != number:
        yield Problem(name, f"has {number} rows, the manifest says {entry['rows']}")


def _careful(where: str, problems: Iterator[Problem], otherwise: str = "cannot be checked") -> Iterator[Problem]:
    """Problems of a row; where a check itself fails on what the row holds, that is one."""
    try:
        yield from problems
    except InvalidItemError as error:
        yield Problem(where, str(error))
    except Exception as error:
        yield Problem(where, f"{otherwise}: {one_line(error)}")


def _check_pair(
    pair: StoredPair, shard: Shard, withheld: bool, classes: dict[str, tuple[str, ...]]
) -> Iterator[Problem]:
    if pair.split != shard.split:
        yield Problem(pair.pair_id, f"split is '{pair.split}' in a shard of '{shard.split}'")
    classes[pair.pair_id] = change_classes(pair.facts, pair.classes)
    images = {"before": pair.before, "after": pair.after}
    between = [entry.image for entry in pair.extra_images if entry.role == DATE]
    images |= {f"extra_images/{number}": image for number, image in enumerate(between)}
    if pair.before is None and not withheld:
        yield Problem(pair.pair_id, "has no before image")
    for role, image in images.items():
        if image is not None:
            yield from _named(pair.pair_id, role, _check_image(pair, role, image))
    allowed = {0, *(entry.id for entry in pair.classes)} | ({pair.ignore_id} if pair.ignore_id is not None else set())
    masks = {"change_mask": pair.change_mask, "before_labels": pair.before_labels, "after_labels": pair.after_labels}
    for role, stored in masks.items():
        if stored is not None:
            yield from _named(pair.pair_id, role, _check_mask(pair, role, stored, allowed))


def _named(pair_id: str, role: str, problems: Iterator[Problem]) -> Iterator[Problem]:
    """Problems of one image of a pair; the others are checked whatever it holds."""
    for problem in _careful(pair_id, problems):
        plain = problem.what.startswith(role)
        yield problem if plain else Problem(pair_id, f"{role}: {problem.what}")


def _check_image(pair: StoredPair, role: str, image: EncodedImage) -> Iterator[Problem]:
    info = probe(image)
    if (info.width, info.height) != (pair.width, pair.height):
        size = f"{info.width}x{info.height}"
        yield Problem(pair.pair_id, f"{role} is {size}, the row says {pair.width}x{pair.height}")


def _check_mask(pair: StoredPair, role: str, stored: EncodedImage, allowed: set[int]) -> Iterator[Problem]:
    mask = decode_mask(stored.data)
    if mask.shape != (pair.height, pair.width):
        yield Problem(pair.pair_id, f"{role} is {mask.shape[1]}x{mask.shape[0]}")
    unknown = set(np.unique(mask).tolist()) - allowed
    if unknown:
        yield Problem(pair.pair_id, f"{role} holds the unknown class ids {sorted(unknown)}")


def _check_instruction(item: Instruction, classes: tuple[str, ...]) -> Iterator[Problem]:
    roles = [turn.role for turn in item.turns]
    if not roles or roles != ["user", "assistant"] * (len(roles) // 2):
        yield Problem(item.instruction_id, f"turns do not alternate: {roles}")
        return
    try:
        spec: TaskSpec = registry.load(registry.TASKS, item.task)
    except UserError as error:
        yield Problem(item.instruction_id, str(error))
        return
    golds = spec.turns(item.kind, item.gold)
    answers = [turn.content for turn in item.turns if turn.role == "assistant"]
    if len(golds) != len(answers):
        yield Problem(item.instruction_id, f"{len(answers)} assistant turns, gold for {len(golds)}")
        return
    for text, gold in zip(answers, golds, strict=True):
        yield from _check_turn(item.instruction_id, text, gold, classes)


def _check_turn(where: str, text: str, gold: GoldTurn, classes: tuple[str, ...]) -> Iterator[Problem]:
    task: TaskSpec = registry.load(registry.TASKS, gold.task)
    context = ParseContext(gold.question, classes)
    parsed = task.parse(text, context)
    if isinstance(parsed, Unparsed):
        yield Problem(where, f"text does not parse ({parsed.reason}): {text!r}")
    elif not task.matches(gold.gold, parsed):
        yield Problem(where, f"text says {parsed}, gold is {gold.gold}: {text!r}")
    for answer in task.accepted(gold.gold):
        for style in _STYLES:
            rendered = task.render(answer, RenderContext(gold.question, classes, style))
            again = task.parse(rendered, context)
            if isinstance(again, Unparsed) or again != answer:
                yield Problem(where, f"parse(render({answer})) gives {again} in style {style}: {rendered!r}")
