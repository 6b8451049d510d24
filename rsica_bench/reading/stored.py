"""Readings of a model as a run keeps them: scoring again needs neither server nor key, and gives the same.

``RUN/readings/MODEL--vN.jsonl`` has a row a reply that the rules leave: ``{"instruction_id", "turn", "request",
"reading"}``. ``request`` is the key of what was asked, so that a row of another prompt or reply is none;
``MODEL--vN.json`` says what they cost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rsica_bench.files.row_keys import Key
from rsica_bench.files.run_forms import RULES
from rsica_bench.reading import reading_cases
from rsica_bench.reading.quote_check import checked_reading
from rsica_bench.reading.reading_cases import ReadingCase, reading_sha256, reading_version, request_of
from rsica_bench.scoring.api import ScoredItem
from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json, write_atomic
from rsica_data.core.json_text import JsonTextError, loads
from rsica_data.core.text_encoding import read_user_text
from rsica_data.llm.structured import SchemaMismatch, check_fit
from rsica_data.schema import Unparsed

READINGS = "readings"


@dataclass(frozen=True)
class StoredReading:
    """A model's readings of a run.

    Attributes:
        model: name of the model, as its server knows it.
        rows: by turn the key of the request, and the model's answer; None for an answer that could not be had.
    """

    model: str
    rows: Mapping[Key, tuple[str, Mapping[str, Any] | None]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The reading as results, tables and boards name it."""
        return f"{RULES}+{self.model}"

    def as_json(self) -> dict[str, Any]:
        """What a result states of its reading."""
        return {"name": self.name, "model": self.model, "version": reading_version(), "sha256": reading_sha256()}

    def of(self, item: ScoredItem) -> tuple[bool, Mapping[str, Any] | None]:
        """Whether an item was asked about, with the model's answer."""
        request, answer = self.rows.get((item.instruction_id, item.turn), ("", None))
        known = request == request_of(case_of(item), self.model).key
        return known, answer if known else None

    def read(self, item: ScoredItem) -> ScoredItem:
        """An item with the model's answer, where the rules leave it and the model's counts."""
        if not is_left(item):
            return item
        known, answer = self.of(item)
        if not known:
            problem = f"turn {item.turn} of '{item.instruction_id}' has no reading by {self.model}"
            raise UserError(problem, key="--read-with", hint="`rsica-bench score RUN --read-with MODEL` asks for it")
        if answer is None:
            return item
        case = case_of(item)
        checked = _checked(case, answer)
        if isinstance(checked, Unparsed):
            own = item.reason or "the rules read another answer"
            return replace(item, answer=None, reason=f"{own}; {checked.reason}")
        return replace(item, answer=checked, reason=None, read_by="model")


def _checked(case: ReadingCase, answer: Mapping[str, Any]) -> Any:
    # A board's file may hold anything.
    try:
        check_fit(answer, request_of(case, "").schema or {})
    except SchemaMismatch:
        return Unparsed("the reading model gives a value that no answer has")
    return checked_reading(case, answer)


def case_of(item: ScoredItem) -> ReadingCase:
    """What a model is asked about an item."""
    return ReadingCase(item.gold.task, item.gold.question, item.classes, item.prompt, item.raw or "")


def is_left(item: ScoredItem) -> bool:
    """Whether the rules leave an item to a model (:func:`~rsica_bench.reading.reading_cases.is_left`)."""
    return reading_cases.is_left(case_of(item), item.answer is not None)


def file_name(model: str) -> str:
    """The name of the files of a model's readings, without extension.

    >>> file_name("org/model-1")
    'org-model-1--v2'
    """
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', model)}--v{reading_version()}"


def load_reading(run: Path, model: str) -> StoredReading:
    """A model's readings of a run; without a row where there are none yet.

    Raises:
        UserError: a file that holds something else.
    """
    path = run / READINGS / f"{file_name(model)}.jsonl"
    return StoredReading(model, dict(_rows(read_user_text(path), path)) if path.is_file() else {})


def _rows(text: str, path: Path) -> Iterable[tuple[Key, tuple[str, Mapping[str, Any] | None]]]:
    for line, content in enumerate(text.split("\n"), start=1):
        if not content.strip():
            continue
        try:
            row = loads(content)
            answer = row["reading"]
            if not isinstance(answer, dict | None):
                raise TypeError("reading")
            yield (str(row["instruction_id"]), int(row["turn"])), (str(row["request"]), answer)
        except (JsonTextError, KeyError, TypeError, ValueError):
            raise UserError("not a row of readings", file=path, line=line) from None


def write_readings(run: Path, reading: StoredReading) -> None:
    """Write a model's readings, sorted by instruction and turn."""
    lines = [
        dump_json({"instruction_id": key[0], "turn": key[1], "request": request, "reading": answer}) + "\n"
        for key, (request, answer) in sorted(reading.rows.items())
    ]
    write_atomic(run / READINGS / f"{file_name(reading.model)}.jsonl", "".join(lines))


def reading_of(run: Path, result: Mapping[str, Any]) -> StoredReading | None:
    """The stored readings that a result was scored with; None where the rules alone read.

    Raises:
        UserError: the result names readings of another version of the prompt, or they are not there.
    """
    stated = result.get("reading")
    if stated is None or stated.get("model") is None:
        return None
    reading = load_reading(run, str(stated["model"]))
    if stated != reading.as_json() | {key: stated[key] for key in ("read",) if key in stated}:
        raise UserError("was read by another version of the prompt", file=run, key="reading")
    return reading
