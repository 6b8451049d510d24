"""Replies that name a cell of the grid, or several, and grids of numbers.

A grid may be nine numbers in three rows, or a list of cells with a number each; the greatest number is the busiest
or the largest, the smallest that is not 0 the smallest.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rsica_data.geometry.cells import CELLS
from rsica_data.schema import ParseContext, Unparsed
from rsica_data.tasks.open_qa.replies.amounts import agreed, amounts_of, by_unit, extreme
from rsica_data.tasks.open_qa.replies.common import cannot_tell, headed_lines
from rsica_data.text.amounts.numbers import settle_numbers
from rsica_data.text.grid.cells import read_cells
from rsica_data.text.positions.places import PLACE, mark_places
from rsica_data.text.word_patterns import word_pattern
from rsica_data.text.yes_no.choices import OPTION, Asked, choose
from rsica_data.text.yes_no.stance import plain

if TYPE_CHECKING:
    from rsica_data.tasks.open_qa.kinds import Kind

_CUES = {
    "largest_cell": ("largest", "smallest"),
    "smallest_cell": ("smallest", "largest"),
    "busiest_cell": ("busiest", "quietest"),
}
_TIED = re.compile(r"\b(?:as many as (?:the|in)\b|tied?\b|equally many|the same number|share[sd]? (?:the )?first)")
_VALUE = r"(-?\d{1,6}(?:\.\d{1,6})?)"
_GRID_ROW = re.compile(
    rf"^(?:[a-z0-9 |_-]{{0,40}}[:|])?\s*[\[(|]?\s*{_VALUE}\s*[,| ]\s*{_VALUE}\s*[,| ]\s*{_VALUE}\s*[\])|]?,?$"
)
_NINE = re.compile(r"(?<![\d.])\d{1,6}(?:\.\d{1,6})?(?:\s*[,;]\s*\[?\]?\s*\[?\d{1,6}(?:\.\d{1,6})?){8}(?![\d.,])")


def grid_of(answer: str) -> dict[str, float] | None:
    """Numbers by cell where an answer draws a 3x3 grid of them; None where it does not, or draws several.

    >>> grid_of("[[0, 1, 0], [2, 0, 7], [1, 0, 3]]")["center-right"]
    7.0
    """
    lines = [line for line in headed_lines(answer) if line.strip()]
    rows = [match.groups() if (match := _GRID_ROW.match(line.strip())) else None for line in lines]
    grids = [
        [value for row in rows[n : n + 3] if row for value in row]
        for n in range(len(rows) - 2)
        if all(rows[n : n + 3]) and (n == 0 or rows[n - 1] is None)
    ]
    if len(rows) > 3 and sum(row is not None for row in rows) != 3 * len(grids):
        return None
    if not grids and len(nine := _NINE.findall("\n".join(lines))) == 1:
        grids = [re.findall(r"\d+(?:\.\d+)?", nine[0])]
    if len(grids) != 1 or len(grids[0]) != 9:
        return None
    return {cell: float(value) for cell, value in zip(CELLS, grids[0], strict=True)}


def mark_cells(text: str) -> str:
    """A lower-case text with its single cells marked as options; places of several cells lose their meaning."""
    return PLACE.sub(
        lambda match: f"‹O{match[1]}›" if len(match[1]) == 1 else "‹S›", mark_places(_rows_and_columns(text))
    )


def _rows_and_columns(text: str) -> str:
    text = re.sub(r"\b(top|bottom)\W{1,3}(?:and )?(?:in|to|on) the (middle|center|centre|left|right)\b", r"\1-\2", text)
    text = re.sub(
        r"\b(top|upper|middle|cent(?:er|re)|bottom|lower) row\W{1,2}(?:the )?(left|middle|cent(?:er|re)|"
        r"right)\b(?! (?:row|column))",
        r"\1-\2",
        text,
    )
    text = re.sub(r"\brow: ?([123])\W{1,5}col(?:umn)?: ?([123])\b", r"row \1, column \2", text)
    text = re.sub(r"\bcol(?:umn)?: ?([123])\W{1,5}row: ?([123])\b", r"row \2, column \1", text)
    text = re.sub(r"\brow: ?(\w{1,20})\W{1,5}col(?:umn)?: ?(\w{1,20})", r"\1-\2", text)
    return re.sub(r"\bcol(?:umn)?: ?(\w{1,20})\W{1,5}row: ?(\w{1,20})", r"\2-\1", text)


def cell_numbers(answer: str) -> dict[str, float] | None:
    """Numbers by cell, of a drawn grid or of a list of cells with a number each."""
    grid = grid_of(answer)
    if grid is not None:
        return grid
    tables = by_unit({n: amount.plain for n, amount in amounts_of(answer, mark_cells).items()})
    return {CELLS[number]: value for number, value in tables[0].items()} if len(tables) == 1 else None


def read_cell(answer: str, kind: Kind, context: ParseContext) -> str | Unparsed:
    """One cell: the one that is chosen in words, else the one of the extreme number."""
    more, less = _CUES.get(context.question.kind, ("more", "less"))
    if _TIED.search(answer.lower()):
        return cannot_tell(answer, "several grid cells")
    marked = mark_cells(plain(answer))
    if (labelled := _labelled(marked, more)) is not None:
        return CELLS[labelled]
    numbers = _extreme_cell(answer, context.question.kind)
    if numbers is not None and not any(
        word_pattern(f"choices.{key}").search(_without_lists(marked)) for key in (more, "conclusion")
    ):
        return numbers
    number = choose(_without_lists(marked) if numbers is not None else marked, asked=Asked(more=more, less=less))
    if number is not None:
        return CELLS[number]
    if numbers is not None:
        return numbers
    return cannot_tell(answer, "several grid cells" if OPTION.search(marked) else "no grid cell")


def _labelled(marked: str, more: str) -> int | None:
    """The cell of a field of the asked name: "smallest: ‹O3›"."""
    cells = {
        int(match[2])
        for match in re.finditer(
            r"(?:^|\n|\|)\s*([a-z _-]{1,40})[:=]\s*(?:in |at )?(?:the )?‹O(\d)›\W*(?=$|\n|\|)", marked
        )
        if word_pattern(f"choices.{more}").search(match[1])
    }
    return cells.pop() if len(cells) == 1 else None


def _without_lists(marked: str) -> str:
    """A marked text without the lines that only give a cell its number."""
    kept = [
        line
        for line in marked.split("\n")
        if not re.fullmatch(r"[^‹]{0,40}‹O\d›\s*[:|=(-]+\s*[^‹]{0,40}\d[^‹]{0,20}", line)
    ]
    return "\n".join(kept)


def _extreme_cell(answer: str, kind: str) -> str | None:
    sign = -1 if kind == "smallest_cell" else 1
    grid = grid_of(answer)
    tables = (
        [{CELLS.index(cell): value for cell, value in grid.items()}]
        if grid is not None
        else by_unit({n: amount.plain for n, amount in amounts_of(answer, mark_cells).items()})
    )
    tables = [{n: value for n, value in table.items() if value > 0} for table in tables]
    best = agreed([extreme(table, sign) if table else None for table in tables])
    return None if best is None else CELLS[best]


def read_cells_of_class(answer: str, kind: Kind, context: ParseContext) -> list[str] | Unparsed:
    """The cells in which a class has changed."""
    cls = context.question.args["cls"]
    grid = grid_of(answer)
    if grid is not None:
        return [cell for cell in CELLS if grid[cell] > 0]
    cells = read_cells(answer, (cls,))
    if isinstance(cells, Unparsed):
        return cannot_tell(answer, cells.reason)
    return cells[cls] if cls in cells else cannot_tell(answer, "no place that is a cell of the grid")


def row_of_marks(text: str) -> int:
    """How many of the marks of "row 1: yes, yes, no" are yes."""
    return len(re.findall(r"\byes\b", settle_numbers(text)))
