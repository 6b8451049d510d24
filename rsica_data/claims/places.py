"""Places in the image: words for rows, columns, cells, halves and compass directions."""

from __future__ import annotations

from collections.abc import Sequence

from rsica_data.claims.models import Region
from rsica_data.claims.tokens import Token
from rsica_data.schema import CELLS

_ROWS = {"row_top": "top", "row_bottom": "bottom"}
_COLUMNS = {"col_left": "left", "col_right": "right"}
_COMPASS = {"compass_north": "top", "compass_south": "bottom", "compass_west": "left", "compass_east": "right"}
PLACE_TAGS = frozenset({*_ROWS, *_COLUMNS, *_COMPASS, "middle", "compass_pair", "whole"})
_NOT_A_SIDE = frozenset({"same", "verb", "landmark", "class", "former"})


def region_at(tokens: Sequence[Token], at: int) -> tuple[Region, int] | None:
    """The place whose words begin at a token, and the index behind them; None where no place is meant."""
    token = tokens[at]
    if token.tag == "whole":
        return Region(CELLS, "whole image"), at + 1
    if token.tag in _COLUMNS and not _is_side(tokens, at):
        return None
    row, column, compass, after = _axes(tokens, at)
    noun = ""
    while after < len(tokens) and tokens[after].tag in ("place_noun", "fraction", "cell_noun"):
        noun = "half" if tokens[after].tag == "fraction" and tokens[after].value == 50.0 else str(tokens[after].value)
        after += 1
    line = str(tokens[after].value) if after < len(tokens) and tokens[at].tag == "middle" else ""
    if line in ("row", "column") and row == column == "center":
        return _line(line), after + 1  # "the middle row"
    return _region(row, column, compass, noun), after


def _line(kind: str) -> Region:
    cells = tuple(cell for cell in CELLS if cell.split("-")[kind == "column"] == "center")
    return Region(cells, f"center {kind}")


def _is_side(tokens: Sequence[Token], at: int) -> bool:
    """Whether "left" or "right" names a side: not "was left untouched", "right next to"."""
    before = tokens[at - 1].tag if at else ""
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if before in ("auxiliary", "not") and (after is None or after.tag not in PLACE_TAGS | {"place_noun"}):
        return False
    if after is not None and after.tag == "relative" and before in ("scene", "auxiliary", ""):
        return False
    return after is None or after.tag not in _NOT_A_SIDE or before in ("x", "in", "to", "of", "mark", *PLACE_TAGS)


def _axes(tokens: Sequence[Token], at: int) -> tuple[str, str, bool, int]:
    """(row, column, by compass, index behind): each axis empty where not said."""
    row = column = ""
    compass = False
    middles = 0
    after = at
    while after < len(tokens):
        tag = tokens[after].tag
        if tag in _ROWS and not row:
            row = _ROWS[tag]
        elif tag in _COLUMNS and not column and (after == at or _is_side(tokens, after)):
            column = _COLUMNS[tag]
        elif tag in _COMPASS and (after == at or compass):
            compass = True
            row, column = (_COMPASS[tag], column) if tag in ("compass_north", "compass_south") else (row, _COMPASS[tag])
        elif tag == "compass_pair" and after == at:
            compass = True
            word = str(tokens[after].value)
            row = "top" if word.startswith("north") else "bottom"
            column = "left" if "west" in word else "right"
        elif tag == "middle" and middles < 2 and not (row and column):
            middles += 1
        elif not (tokens[after].value in ("-", "/", "most") and after + 1 < len(tokens) and row + column):
            break
        after += 1
    if middles and (row or column):
        row, column = row or "center", column or "center"
    elif middles:
        row = column = "center"
    return row, column, compass, after


def _region(row: str, column: str, compass: bool, noun: str) -> Region:
    name = f"{row} {column}".strip()
    if row and column:
        return Region((f"{row}-{column}",), name, exact=not compass, compass=compass)
    if noun == "half":
        kept = {"top": (0, 1), "left": (0, 1), "bottom": (1, 2), "right": (1, 2)}[name]
        cells = tuple(c for n, c in enumerate(CELLS) if (n // 3 if row else n % 3) in kept)
        return Region(cells, f"{name} half", compass=compass)
    if noun == "corners":
        sides = ("left", "right") if row else ("top", "bottom")
        ends = tuple(f"{row}-{side}" if row else f"{side}-{column}" for side in sides)
        return Region(ends, f"{name} corners", compass=compass)
    wanted = 0 if row else 1
    cells = tuple(cell for cell in CELLS if cell.split("-")[wanted] == name)
    return Region(cells, name, compass=compass)
