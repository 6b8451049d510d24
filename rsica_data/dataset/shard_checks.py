"""Checks of one shard of a built dataset: its files, and each of their rows, images, references and the tasks' laws.

Shards are checked independently of one another, in any process; :mod:`rsica_data.dataset.validate` puts them together.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rsica_data.core import registry
from rsica_data.core.errors import InvalidItemError, UserError, one_line
from rsica_data.dataset.checksums import is_stated
from rsica_data.dataset.file_checks import FetchedFiles
from rsica_data.dataset.reader import Shard, opened_parquet, read_instructions, read_pairs
from rsica_data.imagery.images import decode_mask, probe
from rsica_data.schema import EncodedImage, GoldTurn, Instruction, ParseContext, RenderContext, TaskSpec, Unparsed
from rsica_data.schema.arrow import INSTRUCTIONS_SCHEMA, PAIRS_SCHEMA, StoredPair
from rsica_data.schema.rules import change_classes
from rsica_data.schema.series import DATE, series_images, shown_of
from rsica_data.schema.versions import present_schema

_STYLES = ("default", "changechat")
_KEPT_TURNS, _LONGEST_KEPT = 4096, 1000
"""Turns whose outcome is kept, and the characters of question, gold and text up to which it is."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the file or row, and what."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class ShardUnit:
    """A shard to be checked.

    Attributes:
        number: place among all shards.
        root: folder of the dataset.
        shard: its files.
        entries: entries of its files in the manifest, by name; of a file that is not in it there is none.
        withheld: the dataset was published without its images.
        fetched: how its files come from an address; None where they are in the folder.
    """

    number: int
    root: Path
    shard: Shard
    entries: Mapping[str, Mapping[str, Any]]
    withheld: bool
    fetched: FetchedFiles | None = None


@dataclass
class ShardReport:
    """What was checked of a shard and what was found.

    Attributes:
        pairs: number of pairs.
        instructions: number of instructions by task.
        files: problems of its files as a whole; ``rows``: of what is in them, in order.
        pair_hashes: `hash_names` of its pairs, of which each appears once.
    """

    pairs: int = 0
    instructions: Counter[str] = field(default_factory=Counter)
    files: list[Problem] = field(default_factory=list)
    rows: list[Problem] = field(default_factory=list)
    pair_hashes: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))


def hash_names(names: Iterable[str]) -> NDArray[np.uint64]:
    """Eight bytes for each name: what tells that two of them are not the same."""
    hashes = (hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest() for name in names)
    return np.frombuffer(b"".join(hashes), np.uint64)


def check_file(name: str, path: Path, entry: Mapping[str, Any]) -> Iterator[Problem]:
    """Problems of a file against its entry in the manifest."""
    try:
        if not path.is_file():
            yield Problem(name, "file is missing")
        elif not is_stated(path, entry):
            yield Problem(name, "checksum differs from the manifest's")
    except OSError as error:
        yield Problem(name, f"cannot be read: {error.strerror or error}")


def check_shard(unit: ShardUnit) -> ShardReport:
    """Check the files of a shard and every row in them; whatever a row holds, the others are checked too.

    Raises:
        UserError, RunError: a file at an address could not be fetched.
    """
    report = ShardReport()
    with ExitStack() as stack:
        if unit.fetched is not None:
            for path in (unit.shard.pairs, unit.shard.instructions):
                stack.enter_context(unit.fetched.held(path))
        for name, entry in unit.entries.items():
            report.files.extend(check_file(name, unit.root / name, entry))
        report.rows.extend(_check_rows(unit, report))
    return report


def _check_rows(unit: ShardUnit, report: ShardReport) -> Iterator[Problem]:
    shard = unit.shard
    classes: dict[str, tuple[str, ...]] = {}
    dates: dict[str, int] = {}
    for pair in _rows(unit, shard.pairs, PAIRS_SCHEMA, "pair_id", read_pairs):
        if isinstance(pair, Problem):
            yield pair
            continue
        report.pairs += 1
        if pair.pair_id in classes:
            yield Problem(pair.pair_id, "pair appears twice")
        classes[pair.pair_id] = ()
        dates[pair.pair_id] = len(series_images(pair.before, pair.extra_images, pair.after))
        yield from _careful(pair.pair_id, _check_pair(pair, shard, unit.withheld, classes))
    report.pair_hashes = hash_names(classes)
    rows: set[str] = set()
    for item in _rows(unit, shard.instructions, INSTRUCTIONS_SCHEMA, "instruction_id", read_instructions):
        if isinstance(item, Problem):
            yield item
            continue
        report.instructions[item.task] += 1
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
        if not unit.withheld:
            yield from _check_shown(item, dates[item.pair_id])


def _check_shown(item: Instruction, dates: int) -> Iterator[Problem]:
    """The images of a series that an instruction shows are there."""
    try:
        shown_of(range(dates), item.gold)
    except ValueError as error:
        yield Problem(item.instruction_id, str(error))


def _rows(
    unit: ShardUnit, path: Path, schema: pa.Schema, key: str, read: Callable[..., Iterator[Row]]
) -> Iterator[Row | Problem]:
    """Rows of a data file as records; a problem for each that is none, and for what cannot be read of the file."""
    name = path.relative_to(unit.root).as_posix()
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
    entry = unit.entries.get(name)
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


@dataclass(frozen=True, slots=True)
class _TurnOutcome:
    """Problems of a turn, and what a check raised, which ends the checks of its instruction."""

    problems: tuple[str, ...]
    error: Exception | None


_outcomes: dict[tuple[str, str, tuple[str, ...]], _TurnOutcome] = {}


def _check_turn(where: str, text: str, gold: GoldTurn, classes: tuple[str, ...]) -> Iterator[Problem]:
    outcome = _turn_outcome(text, gold, classes)
    for what in outcome.problems:
        yield Problem(where, what)
    if outcome.error is not None:
        raise outcome.error.with_traceback(None)  # it would keep each row in which it was raised


def _turn_outcome(text: str, gold: GoldTurn, classes: tuple[str, ...]) -> _TurnOutcome:
    """What the tasks' laws say of a turn. Most turns repeat others, and reading a text takes most of a check's time."""
    key = (repr(gold), text, classes)
    if len(key[0]) + len(text) > _LONGEST_KEPT:
        return _judge_turn(text, gold, classes)
    outcome = _outcomes.get(key)
    if outcome is None:
        if len(_outcomes) >= _KEPT_TURNS:
            _outcomes.clear()
        outcome = _outcomes[key] = _judge_turn(text, gold, classes)
    return outcome


def _judge_turn(text: str, gold: GoldTurn, classes: tuple[str, ...]) -> _TurnOutcome:
    problems: list[str] = []
    try:
        problems.extend(_turn_problems(text, gold, classes))
    except Exception as error:
        return _TurnOutcome(tuple(problems), error.with_traceback(None))
    return _TurnOutcome(tuple(problems), None)


def _turn_problems(text: str, gold: GoldTurn, classes: tuple[str, ...]) -> Iterator[str]:
    task: TaskSpec = registry.load(registry.TASKS, gold.task)
    context = ParseContext(gold.question, classes)
    parsed = task.parse(text, context)
    if isinstance(parsed, Unparsed):
        yield f"text does not parse ({parsed.reason}): {text!r}"
    elif not task.matches(gold.gold, parsed):
        yield f"text says {parsed}, gold is {gold.gold}: {text!r}"
    for answer in task.accepted(gold.gold):
        for style in _STYLES:
            rendered = task.render(answer, RenderContext(gold.question, classes, style))
            again = task.parse(rendered, context)
            if isinstance(again, Unparsed) or again != answer:
                yield f"parse(render({answer})) gives {again} in style {style}: {rendered!r}"
