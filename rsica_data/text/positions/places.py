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

from rsica_data.geometry.cells import CELLS
from rsica_data.text.positions.place_patterns import PATTERNS, mark_of
from rsica_data.text.positions.place_words import ANY_PLACE, PLACE_MARK

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
    text = _ALL_BUT.sub(" ‹P012345678› except ", _EVERY_OF.sub(r" \1 ", text))
    text = _TO_BE_EXACT.sub(_narrowed, _OF_ITS_LINE.sub(_in_its_line, text))
    text = _NARROWED.sub(_narrowed, _CHANGED_THROUGHOUT.sub(r"\1 ", _ONLY_NTH.sub(_nth_of, text)))
    return _paths(_glosses(_exceptions(_WITHIN.sub(_in_line, text))))


_NTH = {"first": 0, "former": 0, "second": 1, "third": 2, "fourth": 3, "last": -1, "latter": -1, "middle": 1}
_ONLY_NTH = re.compile(
    rf"\b(?:of|among|out of)(?: the)?\s+({_LIST})[\s,]*(?:cells?|squares)?[\s,]*(?:it is )?only (?:the |in the )?"
    r"(first|second|third|fourth|last|former|latter)\b(?: one| cell| of (?:them|these))?"
)
_ALL_BUT = re.compile(
    r"\ball (?:but|except(?: for)?|other than|save(?: for)?)(?=(?: the| in| cells?| those)*\s*‹P[0-8]+›)"
)
_CHANGED_THROUGHOUT = re.compile(
    r"(‹P(?!012345678)[0-8]+›[^.;:‹]{0,30}\b(?:changed|affected|built|built (?:up|over)|developed|new))\s*‹P012345678›"
)
_OF_ITS_LINE = re.compile(
    rf"(‹P(?:012|345|678|036|147|258)›)([^.;:‹]{{0,60}}\bits\s+)({PLACE_MARK}(?:(?:[\s,]|\band\b|\bits\b|\bcells?\b)*{PLACE_MARK}){{0,2}})"
)
_TO_BE_EXACT = re.compile(
    rf"(‹P[0-8]{{2,9}}›)(?:\s+(?:of|in) the (?:image|scene|picture|area|frame))?\s*(?:,|\(|:|\s-)\s*"
    r"(?:to be (?:more )?(?:exact|precise|specific)|(?:more )?(?:precisely|exactly|specifically)|that is|"
    r"namely)[,:]?\s*"
    rf"(?:in |at )?(?:the )?\s*({_LIST})"
)
# "At the top of the scene, in the top-center cell": the second place tells the first one more closely.
_NARROWED = re.compile(
    r"(‹P[0-8]{3}›)(?:\s+(?:of|in) the (?:image|scene|picture|area|"
    r"frame))?\s*,\s*(?:(?:more )?(?:precisely|exactly|specifically),? )?"
    r"(?:in|at|within)(?: the| its)?\s+(‹P[0-8]{1,2}›)"
)


def with_ways(text: str) -> str:
    """A text with marked places whose exceptions ("all but P"), bracketed lists and ways ("from P to P") are read."""
    return _paths(_glosses(_exceptions(text)))


def _nth_of(match: re.Match[str]) -> str:
    """As in "of the top-left and center-left cells only the second one": that cell."""
    marks = PLACE.findall(match[1])
    number = _NTH[match[2]]
    return f"only in ‹P{marks[number]}›" if number < len(marks) else match[0]


def _narrowed(match: re.Match[str]) -> str:
    outer, *inner = PLACE.findall(match[0])
    return match[2] if {digit for mark in inner for digit in mark} < set(outer) else match[0]


def _in_its_line(match: re.Match[str]) -> str:
    """As in "the left column has houses in its top and middle cells": those two cells."""
    line = PLACE.findall(match[1])[0]
    inner = [crossed(line, mark) for mark in PLACE.findall(match[3])]
    if re.search(r"\b(?:except|but|without|not|excluding|save|minus|other)\b", match[2]):
        return match[0]
    if not all(set(mark) < set(line) for mark in inner):
        return match[0]
    return f"it {match[2]}" + " and ".join(f"‹P{mark}›" for mark in inner)


_CORNER_WORD = re.compile(r"\b(?:north|south)[ -]?(?:east|west)(?:ern)?\b|\b[ns][ew]\b")
_LONE_COMPASS = re.compile(
    r"(?:(?P<in>\b(?:in|at) the )|(?P<to>(?:^|(?<=[.;!] )|(?<=\n))(?:and |but )?to the ))(?P<way>north|south|east|west)"
    r"(?= ?(?:$|[.,;:)]|and\b|there\b|an?\b|has\b|have\b|is\b|are\b|was\b|were\b|the\b|only\b|\d|one\b|two\b|three\b))"
)
_SIDE_CELL = {"north": "top-center", "south": "bottom-center", "east": "center-right", "west": "center-left"}


def with_lone_compass(text: str) -> str:
    """A lower-case answer that names corners by compass, with its lone "in the east" as the cell of that side.

    >>> with_lone_compass("buildings in the southeast, a road in the east.")
    'buildings in the southeast, a road in the center-right cell.'
    """
    if _CORNER_WORD.search(text) is None:
        return text
    return _LONE_COMPASS.sub(lambda m: f"{m['in'] or m['to']}{_SIDE_CELL[m['way']]} cell", text)


_NAME = r"(?:top|upper|middle|center|centre|bottom|lower)[-_ ](?:left|center|centre|middle|right)"
_DASHED = re.compile(rf"\b({_NAME})[ \t]{{1,4}}[-–—][ \t]{{1,4}}(?={_NAME}\b)")
_BARRED = re.compile(rf"\b({_NAME})[ \t]{{0,4}}\|[ \t]{{0,4}}(?={_NAME}\b)")


def with_joined_cells(text: str) -> str:
    """A lower-case answer with a bar between two cells as a comma, and a dash, which may mean a way, as "or".

    >>> with_joined_cells("top-left | top-right"), with_joined_cells("top left - top right")
    ('top-left, top-right', 'top left or top right')
    """
    text = _DASHED.sub(r"\1 or ", text)
    return text if re.search(r"(?m)^[ \t]*\|", text) else _BARRED.sub(r"\1, ", text)


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

    # "Not in the top row, but in the middle row" takes nothing from the row.
    text = _EXCEPT.sub(
        lambda m: (
            m[0]
            if re.search(r"\bnot (?:in |at |on )?(?:the )?\s*$", text[: m.start()])
            else remaining(m[1], m[2]) or m[0]
        ),
        text,
    )
    return _EXCEPT_FIRST.sub(
        lambda match: remaining(match[2], match[1]) if len(PLACE.findall(match[2])[0]) > 2 else match[0], text
    )
