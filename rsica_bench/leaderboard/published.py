"""Figures from papers: read, checked, and given the names of our own figures.

`published.csv` has a row a figure, with the columns of `COLUMNS`. ``trust`` says how far to trust it: A is the authors'
own model in their own table, B somebody else's row or a re-run, C a third party's transcription that was not checked
against the paper. ``unit`` is ``percent``, ``fraction`` or ``absolute`` (MAE, RMSE). ``protocol`` is the id of the
protocol as far as it is known, else ``unknown``; figures of different protocols, splits or tasks never share a table.
A column ``repeats`` may follow: the source whose row this one prints again. Such a row is shown and has no rank.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from rsica_data.core.csv_tables import read_table
from rsica_data.core.errors import UserError
from rsica_data.core.json_text import short

COLUMNS = ("task", "split", "protocol", "model", "metric", "value", "unit", "trust", "source", "seen", "note")
REPEATS = "repeats"
Trust = Literal["A", "B", "C"]
Unit = Literal["percent", "fraction", "absolute"]
TRUST = {
    "A": "the authors' own model in their own table",
    "B": "a row printed by somebody else, or a re-run",
    "C": "a third party's transcription, not checked against the paper",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure."""

    task: str
    split: str
    protocol: str
    model: str
    metric: str
    value: float
    unit: Unit
    trust: Trust
    source: str
    seen: str
    note: str
    repeats: str = ""

    @property
    def fraction(self) -> float:
        """The value as our own figures are: a share of 1, except errors of counts."""
        return self.value / 100 if self.unit == "percent" else self.value


@dataclass(frozen=True)
class PublishedRow:
    """A model as one source prints it."""

    model: str
    source: str
    trust: Trust
    note: str
    seen: str
    values: dict[str, float]
    repeats: str = ""


@dataclass(frozen=True)
class PublishedTable:
    """Rows of one task, split and protocol."""

    task: str
    split: str
    protocol: str
    rows: tuple[PublishedRow, ...]


def read_published(path: Path) -> list[Figure]:
    """Figures of a file, in its order; none where there is no file.

    Raises:
        UserError: the columns differ, or a row holds something else than it should, with its line.
    """
    if not path.is_file():
        return []
    columns, rows = read_table(path)
    if columns not in (COLUMNS, (*COLUMNS, REPEATS)):
        problem = f"has the columns {short(', '.join(columns))}"
        raise UserError(problem, file=path, line=1, hint=", ".join(COLUMNS))
    figures = [_figure(row, path, number) for number, row in rows]
    _refuse_doubles(figures, path)
    return figures


def _figure(row: dict[str, str], path: Path, line: int) -> Figure:
    for name in ("task", "split", "protocol", "model", "metric", "source"):
        if not (row.get(name) or "").strip():
            raise UserError("is empty", file=path, line=line, key=name)
    for name, known in (("unit", get_args(Unit)), ("trust", get_args(Trust))):
        if row[name] not in known:
            raise UserError(f"'{row[name]}' is not one of {', '.join(known)}", file=path, line=line, key=name)
    try:
        value = float(row["value"])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UserError(f"'{row['value']}' is no number", file=path, line=line, key="value")
    texts = {name: row[name].strip() for name in COLUMNS if name not in ("value", "unit", "trust")}
    texts[REPEATS] = (row.get(REPEATS) or "").strip()
    return Figure(value=value, unit=cast(Unit, row["unit"]), trust=cast(Trust, row["trust"]), **texts)


def _refuse_doubles(figures: list[Figure], path: Path) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for line, one in enumerate(figures, 2):
        key = (one.task, one.split, one.protocol, one.model, one.source, one.metric)
        if key in seen:
            raise UserError(f"the same figure stands in line {seen[key]}", file=path, line=line)
        seen[key] = line


def published_tables(figures: Iterable[Figure]) -> list[PublishedTable]:
    """Figures as tables: one a task, split and protocol; a row a model and source."""
    tables: dict[tuple[str, str, str], dict[tuple[str, str], list[Figure]]] = {}
    for one in figures:
        rows = tables.setdefault((one.task, one.split, one.protocol), {})
        rows.setdefault((one.model, one.source), []).append(one)
    return [
        PublishedTable(*key, tuple(_row(model, source, parts) for (model, source), parts in rows.items()))
        for key, rows in sorted(tables.items())
    ]


def _row(model: str, source: str, parts: list[Figure]) -> PublishedRow:
    notes = "; ".join(dict.fromkeys(part.note for part in parts if part.note))
    seen = "; ".join(dict.fromkeys(part.seen for part in parts if part.seen))
    # A row is as sure as its least sure figure.
    trust = max(part.trust for part in parts)
    repeats = next((part.repeats for part in parts if part.repeats), "")
    return PublishedRow(model, source, trust, notes, seen, {part.metric: part.fraction for part in parts}, repeats)
