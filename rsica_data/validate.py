"""Checks a built dataset row by row: files, schema, images, references between tables, and the tasks' laws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rsica_data import plugins
from rsica_data.core.parquet import read_schema
from rsica_data.errors import BadItem, UserError, one_line
from rsica_data.images import decode_mask, probe
from rsica_data.journal import sha256_file
from rsica_data.reader import BuiltDataset, Shard, read_instructions, read_pairs
from rsica_data.schema import GoldTurn, Instruction, ParseContext, RenderContext, TaskSpec, Unparsed
from rsica_data.schema.arrow import INSTRUCTIONS_SCHEMA, PAIRS_SCHEMA, StoredPair
from rsica_data.schema.rules import change_classes

_STYLES = ("default", "changechat")


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
    """Check everything that can be checked without the sources.

    Checked are: every file of the manifest is there with its hash; the columns are those of the schema; identifiers are
    unique; images are whole and of the stated size; masks hold only the pair's classes; every instruction belongs to a
    pair of its shard, its turns alternate, and each assistant turn parses to an answer that its gold accepts, as does
    every accepted answer in every wording.
    """
    report = Report()
    report.problems += _check_files(dataset)
    seen: set[str] = set()
    shards = dataset.shards()
    for number, shard in enumerate(shards, 1):
        try:
            report.problems.extend(_check_shard(dataset, shard, report, seen))
        except UserError as error:
            # Its first pages can be whole and a later one damaged: the other shards are checked all the same.
            name = shard.pairs if error.file is None else Path(error.file)
            report.problems.append(Problem(name.relative_to(dataset.root).as_posix(), error.message))
        progress(number, len(shards))
    return report


def _check_files(dataset: BuiltDataset) -> Iterator[Problem]:
    for name, entry in dataset.manifest["files"].items():
        path = dataset.root / name
        if not path.is_file():
            yield Problem(name, "file is missing")
        elif sha256_file(path) != entry["sha256"]:
            yield Problem(name, "checksum differs from the manifest's")
    known = set(dataset.manifest["files"])
    for shard in dataset.shards():
        for path in (shard.pairs, shard.instructions):
            name = path.relative_to(dataset.root).as_posix()
            if name not in known:
                yield Problem(name, "file is not in the manifest")


def _check_shard(dataset: BuiltDataset, shard: Shard, report: Report, seen: set[str]) -> Iterator[Problem]:
    for path, schema in ((shard.pairs, PAIRS_SCHEMA), (shard.instructions, INSTRUCTIONS_SCHEMA)):
        name = path.relative_to(dataset.root).as_posix()
        try:
            found = read_schema(path)
        except UserError as error:
            yield Problem(name, f"cannot be read: {error.message}")
            return
        if not found.equals(schema):
            yield Problem(name, "columns are not those of the schema")
            return
    classes: dict[str, tuple[str, ...]] = {}
    broken: list[UserError] = []
    for pair in read_pairs(shard.pairs, report=broken.append):
        report.pairs += 1
        if pair.pair_id in classes or pair.pair_id in seen:
            yield Problem(pair.pair_id, "pair stands twice")
        classes[pair.pair_id] = change_classes(pair.facts, pair.classes)
        yield from _check_pair(pair, shard, "withheld" in dataset.manifest)
    seen |= classes.keys()
    rows: set[str] = set()
    for item in read_instructions(shard.instructions, report=broken.append):
        report.instructions += 1
        if item.instruction_id in rows:
            yield Problem(item.instruction_id, "instruction stands twice")
        rows.add(item.instruction_id)
        if item.pair_id not in classes:
            yield Problem(item.instruction_id, f"its pair '{item.pair_id}' is not in the shard")
            continue
        try:
            yield from _check_instruction(item, classes[item.pair_id])
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            # Gold of another form than the task's, which only the task knows.
            yield Problem(item.instruction_id, f"its gold is not that of task '{item.task}': {one_line(error)}")
    for told in broken:
        name = Path(str(told.file)).relative_to(dataset.root).as_posix()
        yield Problem(f"{name}, {told.key}", told.message)


def _check_pair(pair: StoredPair, shard: Shard, withheld: bool) -> Iterator[Problem]:
    if pair.split != shard.split:
        yield Problem(pair.pair_id, f"split is '{pair.split}' in a shard of '{shard.split}'")
    for role, image in (("before", pair.before), ("after", pair.after)):
        if image is None:
            if role == "before" and not withheld:
                yield Problem(pair.pair_id, "has no before image")
            continue
        try:
            info = probe(image)
        except BadItem as error:
            yield Problem(pair.pair_id, f"{role}: {error}")
            continue
        if (info.width, info.height) != (pair.width, pair.height):
            size = f"{info.width}x{info.height}"
            yield Problem(pair.pair_id, f"{role} is {size}, the row says {pair.width}x{pair.height}")
    allowed = {0, *(entry.id for entry in pair.classes)} | ({pair.ignore_id} if pair.ignore_id is not None else set())
    masks = {"change_mask": pair.change_mask, "before_labels": pair.before_labels, "after_labels": pair.after_labels}
    for role, stored in masks.items():
        if stored is None:
            continue
        try:
            mask = decode_mask(stored.data)
        except (BadItem, ValueError) as error:
            yield Problem(pair.pair_id, f"{role}: {one_line(error)}")
            continue
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
        spec: TaskSpec = plugins.load(plugins.TASKS, item.task)
    except UserError as error:
        yield Problem(item.instruction_id, str(error))
        return
    golds = spec.turns(item.kind, item.gold)
    said = [turn.content for turn in item.turns if turn.role == "assistant"]
    if len(golds) != len(said):
        yield Problem(item.instruction_id, f"{len(said)} assistant turns, gold for {len(golds)}")
        return
    for text, gold in zip(said, golds, strict=True):
        yield from _check_turn(item.instruction_id, text, gold, classes)


def _check_turn(where: str, text: str, gold: GoldTurn, classes: tuple[str, ...]) -> Iterator[Problem]:
    task: TaskSpec = plugins.load(plugins.TASKS, gold.task)
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
