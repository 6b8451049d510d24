"""Which question each row of a file from elsewhere answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from rsica_bench.files.row_fields import field_of, field_of_ids, positions, target_agrees
from rsica_bench.files.row_files import FileRow
from rsica_bench.files.row_keys import Key, key_of
from rsica_bench.models.api import RunContext
from rsica_data.core.errors import UserError
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema import Instruction

ORDER = "order"
STATED = "instruction_id"
_HINT = (
    "--set id=FIELD names the field that holds ids of instructions or pairs; --set id=order takes rows in their order"
)


def keys_of(rows: Sequence[FileRow], by: str | None, context: RunContext) -> list[Key]:
    """The question of each row.

    Args:
        rows: rows of the file.
        by: the field that holds the id of the instruction, or of a pair that has one question in this run; ``order``
            where the rows follow the dataset's questions (sample rows: where ``doc_id`` counts them); None to find it:
            ``instruction_id``, any field that holds such ids, or the ``doc_id`` of sample rows whose logged targets are
            those of the questions.
        context: what is run.

    Raises:
        UserError: the rows do not say which questions they answer, or name questions that the dataset lacks.
    """
    questions = Questions(context)
    if by is None and rows and STATED not in rows[0].fields:
        by = field_of_ids(rows, questions.names)
        if by is None:
            return _by_samples(rows, questions)
    if by == ORDER:
        return questions.in_order(rows)
    keys = [key_of(row) if by in (None, STATED) else questions.named(row, str(by)) for row in rows]
    if rows:
        refuse_foreign({name for name, _ in keys}, rows[0].file, context)
    return keys


def _by_samples(rows: Sequence[FileRow], questions: Questions) -> list[Key]:
    if not all(row.is_sample for row in rows):
        raise rows[0].mistake(f"not a row of predictions: it has no '{STATED}'", _HINT)
    keys = questions.in_order(rows)
    for row, key in zip(rows, keys, strict=True):
        agrees = target_agrees(row, questions.texts(key))
        if not agrees:
            known = "logs no target" if agrees is None else f"has another target than question '{key[0]}'"
            raise row.mistake(f"{known}, so that doc_id may count other questions than those of this run", _HINT)
    return keys


def refuse_foreign(wanted: AbstractSet[str], file: Path, context: RunContext) -> None:
    """Refuse ids of instructions that no split of the dataset has.

    Raises:
        UserError: there are such.
    """
    data = context.dataset
    here = wanted & set(instruction_names(data, context.split))
    foreign = wanted - here
    for split in data.splits if foreign else ():
        foreign -= set(instruction_names(data, split))
    if foreign:
        problem = f"{len(foreign)} of {len(wanted)} instructions are not in the dataset, such as '{min(foreign)}'"
        raise UserError(problem, file=file)


def instruction_names(dataset: BuiltDataset, split: str) -> Iterator[str]:
    """Ids of the instructions of a split."""
    for shard in dataset.shards(split):
        with dataset.opened(shard.instructions) as file:
            yield from file.read(columns=["instruction_id"])["instruction_id"].to_pylist()


@dataclass(frozen=True)
class Questions:
    """The questions of a run, in the dataset's order: every assistant turn of the split and tasks."""

    context: RunContext

    @cached_property
    def items(self) -> list[Instruction]:
        """Instructions that are asked."""
        return list(self.context.dataset.instructions(self.context.split, self.context.tasks))

    @cached_property
    def keys(self) -> list[Key]:
        """Instruction and turn of each question."""
        return [(item.instruction_id, turn) for item in self.items for turn in range(len(item.turns) // 2)]

    @cached_property
    def names(self) -> Mapping[str, Sequence[Instruction]]:
        """Instructions by their ids and by what their pairs are called: pair id, name, file names, with or without
        folders and extension, where that means one pair alone.
        """
        by_name: defaultdict[str, list[Instruction]] = defaultdict(list)
        asked: defaultdict[str, list[Instruction]] = defaultdict(list)
        for item in self.items:
            by_name[item.instruction_id].append(item)
            asked[item.pair_id].append(item)
        pairs = {name: _called(name, paths) for name, paths in _pair_paths(self.context).items() if name in asked}
        times = Counter(name for names in pairs.values() for name in names)
        for pair, names in pairs.items():
            for name in names:
                if times[name] == 1:
                    by_name[name] += asked[pair]
        return by_name

    def texts(self, key: Key) -> list[str]:
        """The gold texts of a question."""
        item = self._by_id[key[0]]
        gold_text = item.turns[2 * key[1] + 1].content
        return [gold_text, *item.references] if len(item.turns) == 2 else [gold_text]

    @cached_property
    def _by_id(self) -> Mapping[str, Instruction]:
        return {item.instruction_id: item for item in self.items}

    def in_order(self, rows: Sequence[FileRow]) -> list[Key]:
        """The questions of rows that follow the dataset's order.

        Raises:
            UserError: there are more or fewer rows than questions, or a ``doc_id`` that is too large.
        """
        places = positions(rows)
        if not all(row.is_sample for row in rows) and len(rows) != len(self.keys):
            problem = f"{len(rows)} rows for {len(self.keys)} questions of this run: they cannot be taken in order"
            raise UserError(problem, file=rows[0].file, hint="--tasks T runs the questions of one task")
        for row, place in zip(rows, places, strict=True):
            if place >= len(self.keys):
                problem = f"doc_id {place} counts more questions than the {len(self.keys)} of this run"
                raise row.mistake(problem, "--tasks T runs the questions of one task")
        return [self.keys[place] for place in places]

    def named(self, row: FileRow, field: str) -> Key:
        """The question that a field of a row names.

        Raises:
            UserError: no such field, or it names none or several.
        """
        name = str(field_of(row, field, "--set id="))
        items = self.names.get(name, ())
        if row.is_caption and len(items) > 1:
            items = [item for item in items if item.task == "captioning"] or items
        if not items:
            # What is no name here may be an instruction of another split or task, which the caller tells apart.
            return name, _turn(row)
        if len(items) > 1:
            problem = f"'{name}' has {len(items)} questions in this run"
            raise row.mistake(problem, "--tasks T runs one task; or name instructions")
        return items[0].instruction_id, _turn(row)


def _turn(row: FileRow) -> int:
    turn: Any = row.fields.get("turn", 0)
    if isinstance(turn, bool) or not isinstance(turn, int) or turn < 0:
        raise row.mistake("turn should be a whole number from 0")
    return turn


def _pair_paths(context: RunContext) -> dict[str, list[str]]:
    """Paths of the images of each pair of the split, without the images."""
    pair_paths: dict[str, list[str]] = {}
    for shard in context.dataset.shards(context.split):
        with context.dataset.opened(shard.pairs) as file:
            columns = ["pair_id", "before.path", "after.path"]
            for row in file.read(columns=columns).to_pylist():
                paths = [(row[side] or {}).get("path") for side in ("before", "after")]
                pair_paths[row["pair_id"]] = [path for path in paths if path]
    return pair_paths


def _called(pair_id: str, paths: Sequence[str]) -> set[str]:
    parts = pair_id.split("/", 2)
    names = {pair_id, parts[-1], PurePosixPath(parts[-1]).name}
    for path in map(PurePosixPath, paths):
        names |= {str(path), path.name, path.stem}
    return names
