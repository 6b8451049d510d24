"""What appears twice on a board, and notes that contradict the protocol that a row is filed under."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rsica_bench.leaderboard.published import Figure, PublishedRow, PublishedTable, published_tables
from rsica_bench.leaderboard.ranking import UNKNOWN

LEAST_ALIKE = 3  # rows of one model with so many figures in common, all of them equal, are one row printed twice
_NAMES: dict[str, str] = {
    "gpt2-bpe": r"gpt-?\s?2?[\s-]+(bpe|token)|\bbpe\b",
    "levir-cc": r"\bword[\s-]+(ids?|index|indices)\b",
    "words": r"\blower-?cased (text|words|captions)\b",
    "coco": r"\b(ptb|penn treebank|stanford)\b",
    "caption-derived": r"\b(label|yes/no|class) (derived )?from the caption\b|derives yes/no from the caption",
}
"""Words of notes that say how a row was scored, by protocol."""
_WORDS = {name: re.compile(text, re.IGNORECASE) for name, text in _NAMES.items()}


@dataclass(frozen=True)
class Fault:
    """Something wrong with a published row: ``row`` is its model and source."""

    row: str
    reason: str


def published_faults(figures: Sequence[Figure]) -> list[Fault]:
    """Rows that repeat another one without saying so, or say so wrongly; rows that their own note contradicts."""
    tables = published_tables(figures)
    return [*_repeats(tables), *_contradictions(tables)]


def _repeats(tables: Sequence[PublishedTable]) -> Iterator[Fault]:
    rows = [(table, row) for table in tables for row in table.rows]
    alike: dict[int, list[int]] = {}
    for one, other in combinations(range(len(rows)), 2):
        if _alike(*rows[one], *rows[other]):
            alike.setdefault(one, []).append(other)
            alike.setdefault(other, []).append(one)
    for place, (_, row) in enumerate(rows):
        others = alike.get(place, [])
        sources = {rows[other][1].source for other in others}
        if row.repeats and row.repeats not in sources:
            yield Fault(
                _title(row), f"says that it repeats '{row.repeats}', which has no such row with the same figures"
            )
        first = min([place, *others], key=lambda number: _order(*rows[number], number))
        if first != place and not row.repeats:
            table, original = rows[first]
            where = f"split {table.split}, protocol {table.protocol}"
            problem = f"repeats all figures of '{original.source}' ({where}): say so in the column repeats"
            yield Fault(_title(row), problem)


def _alike(table: PublishedTable, row: PublishedRow, other_table: PublishedTable, other: PublishedRow) -> bool:
    if table.task != other_table.task or _plain(row.model) != _plain(other.model):
        return False
    both = row.values.keys() & other.values.keys()
    return len(both) >= LEAST_ALIKE and all(abs(row.values[name] - other.values[name]) < 1e-9 for name in both)


def _order(table: PublishedTable, row: PublishedRow, number: int) -> tuple[bool, str, bool, int]:
    """What makes a row the first of several that are alike: that it does not say otherwise, trust, a known protocol."""
    return bool(row.repeats), row.trust, table.protocol == UNKNOWN, number


def _contradictions(tables: Sequence[PublishedTable]) -> Iterator[Fault]:
    for table in tables:
        if table.protocol == UNKNOWN:
            continue
        for row in table.rows:
            for part in row.note.split(";"):
                named = {name for name, words in _WORDS.items() if words.search(part)}
                if named and table.protocol not in named:
                    problem = f"its note says {', '.join(sorted(named))} ('{part.strip()}')"
                    yield Fault(_title(row), f"is filed under protocol {table.protocol}, but {problem}")


def _title(row: PublishedRow) -> str:
    return f"{row.model} ({row.source})"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
