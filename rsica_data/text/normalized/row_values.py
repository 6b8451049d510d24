"""Rows of tables and objects of structures: a number of their one class by column, or a number of each class they name.

A row without a number is one object ("building | new | top-left"), unless it says no ("building | changed: no").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.text.sentences import Sentence, denies
from rsica_data.text.statement import Statement
from rsica_data.text.word_patterns import pattern_of, word_pattern

UNKNOWN = pattern_of(
    r"^\W*(?:‹C\d+[spg]›\s*)?(?:(?:count|number|chang\w+)\s*)?(?:[:=(-]|is|are|remains?)?\s*(?:\"\s*)?«unknown»(?!\w)"
)
"""A class whose number is said to be unknown."""

_WAYS = re.compile(r"(?:\w+ )?(?:added|removed|demolished|new|built|constructed|gone|lost|gained|destroyed|modified)\b")
_CHANGED = re.compile(r"(?:net )?chang(?:es?|ed)\b")
_TOTAL = re.compile(r"totals?\b")
_KEPT = re.compile(
    r"(?:unchanged|not changed|no change|stable|retained|preserved|the same|same|unaffected|existing|"
    r"remaining)\b[^‹]{0,20}:"
)


def counted_cells(cells: Sequence[Sentence]) -> list[Sentence]:
    """The cells of a row that hold a class with its number; empty where the row is of one class."""
    owners = {group.owner for cell in cells for group in cell.groups if group.owner is not None}
    counted = [cell for cell in cells if cell.owners and any(group.counts for group in cell.groups)]
    alone = len(counted) == 1 and not any(map(_values, cells[1:]))
    return counted if len(owners) > 1 or alone else []


def row_statements(owner: int, cells: Sequence[Sentence]) -> list[Statement]:
    """What a row of one class says (see the module)."""
    cells = [cell for cell in cells if not _KEPT.match(cell.text)] or cells
    changed, totals = _named(cells, _CHANGED), _named(cells, _TOTAL)
    parts = [value for cell in cells if _WAYS.match(cell.text) for value in _values(cell)]
    if changed and totals and sum(parts) + sum(changed) != totals[0]:
        # The total is that of all objects, not of the changed ones.
        cells = [cell for cell in cells if not _TOTAL.match(cell.text)]
    whole = changed[0] if len(changed) == 1 and parts and not totals else None
    statements = []
    for cell in cells:
        for group in cell.groups:
            if group.value is None or (cell is cells[0] and group.owner is None and len(cells) > 2):
                continue
            total = word_pattern("counting.total").search(cell.text) is not None or group.value == whole
            role = "total" if total and cell.role(group) not in ("before", "after") else cell.role(group) or "plain"
            statements.append(Statement(owner, "number", group.value, role, way=cell.way(group)))
    return statements or _without_number(owner, cells)


def _without_number(owner: int, cells: Sequence[Sentence]) -> list[Statement]:
    text = " | ".join(cell.text for cell in cells)
    if any(denies(cell.text) or cell.text.endswith(("-", "- ")) for cell in cells):
        return [Statement(owner, "zero")]
    if "‹V›" in text or UNKNOWN.search(text):
        return [Statement(owner, "vague")]
    if re.search(r"\b(?:yes|true)\b", text):
        return [Statement(owner, "unnumbered")]
    return [Statement(owner, "number", 1, "changed")] if "‹M›" not in text else []


def _named(cells: Sequence[Sentence], name: re.Pattern[str]) -> list[int]:
    return [value for cell in cells if name.match(cell.text) for value in _values(cell)]


def _values(cell: Sentence) -> list[int]:
    return [group.value for group in cell.groups if group.value is not None]
