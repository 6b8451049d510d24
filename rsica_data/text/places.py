"""Places in short answers as cells of the 3x3 grid: names, compass words, rows and columns, sides, corners,
exceptions.

A bare "center" is the middle cell. A row, a column or a side without more ("the top row", "along the left edge",
"the northern part") is its three cells. A lone compass word among cell names ("northwest, north and center
cells") is the middle cell of that side. Halves are no whole number of cells and are not read. A direction in
which something runs or lies ("leads off to the east", "to the left of the road") is no place. A path "from the
top-left to the top-right" is every cell on the way; one that is not straight has no cells. A place and the list
in brackets after it are one: the list tells which.
"""

from __future__ import annotations

import re

from rsica_data.schema import CELLS
from rsica_data.text.place_patterns import PATTERNS, mark_of
from rsica_data.text.place_words import ANY_PLACE, PLACE_MARK

PLACE = re.compile(r"‹P([0-8]*)›")
"""A marked place: digits of its cells in grid order."""
_ALL_LINES = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8))
_EXCEPT = re.compile(
    rf"({PLACE_MARK})(?:\s*(?:cells?|of the|image|scene|grid|parts?|regions?|areas?|,|"
    rf"\())*\s*(?:except(?:ing)?(?: for)?|but(?: not)?(?: for)?(?: in| at)?|apart from|"
    rf"and not|though not|if not counting|aside from|all but|other than|besides|excluding|"
    rf"save(?: for)?|with the exception of|minus|bar)"
    rf"((?:[\s,&]|\b(?:the|its|in|and|or|cells?|one|of|at|part|for|corners?)\b|{PLACE_MARK})+)"
)
_EXCEPT_FIRST = re.compile(
    rf"\b(?:except(?:ing)?(?: for)?|apart from|other than|excluding)((?:[\s,&]|\b(?:the|in|"
    rf"and|or|cells?|of|at)\b)*{PLACE_MARK}(?:[\s,&]|\b(?:the|in|and|or|cells?|of|at|all)\b|"
    rf"{PLACE_MARK})*?),?\s*({PLACE_MARK})"
)
_LIST = rf"{PLACE_MARK}(?:(?:[\s,&+/]|\band\b|\bthe\b|\bplus\b|\bcells?\b)*{PLACE_MARK}){{0,9}}"
_GLOSS = re.compile(
    rf"({PLACE_MARK})\s*(?:cells?|columns?|rows?)?\s*(?:\(|,? (?:i\.?e\.?|that is|namely|"
    rf"specifically)[,:]? )\s*(?:i\.?e\.?,?\s*|that is,?\s*|the |"
    rf"cells? )*({_LIST})\s*(?:cells?\s*)?\)?"
)
_PATH_STOP = (
    r"(?:\s*(?:the|cell|very|all|way|straight|,|down|up|over|across|then|on))*\s*(?:to|"
    r"through|via|into|until|→|-)(?:\s*(?:the|to|on|cell))*\s*"
)
_EVERY_OF = re.compile(rf"‹P012345678›\s*(?:cells?\s*)?(?:of|in)\s+(?:the\s+)?({PLACE_MARK})")
_WITHIN = re.compile(
    r"\bin\s+(?:the\s+)?(‹P(?:012|345|678|036|147|258)›)\s*,?\s+the\s+(‹P[0-8]+›)(?=\s*cell\b|\s+(?:has|contains|shows)\b)"
)
_BESIDE_CENTER = {
    "left": "center-left", "west": "center-left", "right": "center-right", "east": "center-right",
    "north": "top-center", "south": "bottom-center",
}  # fmt: skip
_OF_CENTER = re.compile(
    r"(?:\b(?:just |directly |immediately )?(?:to )?the )?\b(left|right|north|south|east|west) of (?:the )?"
    r"(?:center|centre|middle)(?: cell)?\b(?! (?:column|row|of))"
)
_COMPASS = {"n": "top-center", "s": "bottom-center", "e": "center-right", "w": "center-left"}
_COMPASS_WAY = re.compile(r"\b(?:([nsew]) to (?=[ns][ew]\b)|(?<=[ns][ew] to )([nsew])\b)")
_PATH = re.compile(
    rf"(?:\bfrom (?:the )?\s*({PLACE_MARK}(?:{_PATH_STOP}{PLACE_MARK})+))|"
    rf"({PLACE_MARK}\s*(?:through|to)\s*(?:the )?\s*{PLACE_MARK}|{PLACE_MARK}(?:\s*→\s*{PLACE_MARK})+)"
)


def mark_places(text: str) -> str:
    """A lower-case text with the places that it names replaced by marks (:data:`PLACE`).

    >>> mark_places("top-left, the right column and row 3, column 2").split()
    ['‹P0›', ',', 'the', '‹P258›', 'and', '‹P7›']
    """
    if ANY_PLACE.search(text) is None:
        return text
    text = _COMPASS_WAY.sub(lambda match: f"from {_COMPASS[match[1]]} to " if match[1] else _COMPASS[match[2]], text)
    text = _OF_CENTER.sub(lambda match: f" {_BESIDE_CENTER[match[1]]} ", text)
    for pattern, replace in PATTERNS:
        text = pattern.sub(replace, text)
    text = _EVERY_OF.sub(r" \1 ", text)
    return _paths(_glosses(_exceptions(_WITHIN.sub(_in_line, text))))


def _in_line(match: re.Match[str]) -> str:
    """As in "in row 1 the left cell": the one cell of the line."""
    inner = crossed(PLACE.findall(match[1])[0], PLACE.findall(match[2])[0])
    return f"in ‹P{inner}›" if len(inner) == 1 else match[0]


def cells_of_marks(marks: list[str]) -> list[str]:
    """Names of the cells of marked places, in grid order."""
    numbers = {int(digit) for mark in marks for digit in mark}
    return [cell for number, cell in enumerate(CELLS) if number in numbers]


def cells_in(text: str) -> list[str]:
    """Grid cells that a text names, in grid order, each once.

    >>> cells_in("Everywhere except the bottom right corner")[-1]
    'bottom-center'
    """
    return cells_of_marks(PLACE.findall(mark_places(text.lower())))


def crossed(line: str, place: str) -> str:
    """Digits of a place that is told within a row or column: its "left" cell, its "middle" cell; else the place
    itself.
    """
    whole = {int(digit) for digit in line}
    if line == "4":
        # "center: {left: ..}": what is told within a middle is its row or its column.
        return place[1] if place in ("036", "147", "258", "012", "345", "678") else place
    mine = next((number for number, cells in enumerate(_ALL_LINES) if set(cells) == whole), None)
    if mine is None:
        return place
    if place == "4":
        return str(sorted(whole)[1])
    across = _ALL_LINES[3:] if mine < 3 else _ALL_LINES[:3]
    cells = {int(digit) for digit in place}
    if len(cells) in (3, 6) and cells == {cell for part in across if set(part) <= cells for cell in part}:
        return "".join(digit for digit in place if int(digit) in whole)
    return place


def _glosses(text: str) -> str:
    """As in "The right column (top-right and center-right)": what the brackets list, as far as it names other cells."""

    def one(match: re.Match[str]) -> str:
        outer = PLACE.findall(match[1])[0]
        inner = [crossed(outer, mark) for mark in PLACE.findall(match[2])]
        return " ".join(f"‹P{mark}›" for mark in inner)

    return _GLOSS.sub(lambda match: f" {one(match)} ", text)


def _paths(text: str) -> str:
    """As in "From center-left to center-right": every cell on the way; no cells where the way is not straight."""

    def way(match: re.Match[str]) -> str:
        stops = PLACE.findall(match[0])
        if any(len(stop) != 1 for stop in stops):
            return match[0]
        cells = [int(stops[0])]
        for start, end in zip(map(int, stops), map(int, stops[1:]), strict=False):
            rows, columns = end // 3 - start // 3, end % 3 - start % 3
            if max(abs(rows), abs(columns)) == 2:
                if rows % 2 or columns % 2:
                    return " ‹P› "
                cells.append((start + end) // 2)
            cells.append(end)
        return mark_of(*cells)

    return _PATH.sub(way, text)


def _exceptions(text: str) -> str:
    """As in "everywhere but the center", "the top row except the left": the cells that remain."""

    def remaining(whole: str, taken: str) -> str:
        less = {digit for mark in PLACE.findall(taken) for digit in crossed(PLACE.findall(whole)[0], mark)}
        if not less:
            return ""
        return f" ‹P{''.join(digit for digit in PLACE.findall(whole)[0] if digit not in less)}› "

    text = _EXCEPT.sub(lambda match: remaining(match[1], match[2]) or match[0], text)
    return _EXCEPT_FIRST.sub(
        lambda match: remaining(match[2], match[1]) if len(PLACE.findall(match[2])[0]) > 2 else match[0], text
    )
