"""Places in short answers as cells of the 3x3 grid: names, compass words, rows and columns, sides, corners, exceptions.

A bare "center" is the middle cell. A row, a column or a side without more ("the top row", "along the left edge", "the
northern part") is its three cells. A lone compass word among cell names ("northwest, north and center cells") is the
middle cell of that side. Halves are no whole number of cells and are not read.
"""

from __future__ import annotations

import re

from rsica_data.schema import CELLS

_ROW = {
    0: r"top|upper|uppermost|topmost|north|northern|above",
    1: r"center|centre|central|middle|mid",
    2: r"bottom|lower|lowest|lowermost|bottommost|south|southern|below",
}
_COLUMN = {0: r"left|leftmost|west|western", 1: r"center|centre|central|middle|mid", 2: r"right|rightmost|east|eastern"}
_ROWS = "|".join(_ROW.values())
_OUTER_ROWS = f"{_ROW[0]}|{_ROW[2]}"
_COLUMNS = "|".join(_COLUMN.values())
_OUTER_COLUMNS = f"{_COLUMN[0]}|{_COLUMN[2]}"
_PART = r"(?:-?(?:hand|most))?(?:[ -](?:part|portion|side|section|corner|area|region|zone|edge|end|cells?|third|sector|quadrant|segment|block|square|margin))?"
_OF = r"(?: of| in| on)(?: the)?(?: (?:image|scene|picture|grid|frame|area))?"
_SHORT = {
    "tl": "0", "tc": "1", "tm": "1", "tr": "2", "cl": "3", "ml": "3", "lc": "3", "cc": "4", "mc": "4", "mm": "4", "cr": "5", "mr": "5", "rc": "5",
    "bl": "6", "bc": "7", "bm": "7", "br": "8", "nw": "0", "ne": "2", "sw": "6", "se": "8",
}  # fmt: skip
_ORDINAL = {"1": 0, "first": 0, "1st": 0, "2": 1, "second": 1, "2nd": 1, "3": 2, "third": 2, "3rd": 2}
_NTH = r"(?:first|second|third|1st|2nd|3rd)"
_LINE_NAMES = {
    "top": 0, "upper": 0, "first": 0, "1st": 0, "northern": 0, "north": 0, "middle": 1, "center": 1, "centre": 1, "central": 1, "second": 1, "2nd": 1, "mid": 1,
    "bottom": 2, "lower": 2, "third": 2, "3rd": 2, "last": 2, "southern": 2, "south": 2, "left": 0, "leftmost": 0, "western": 0, "west": 0,
    "right": 2, "rightmost": 2, "eastern": 2, "east": 2, "topmost": 0, "uppermost": 0, "bottommost": 2, "lowermost": 2,
}  # fmt: skip
PLACE = re.compile(r"‹P([0-8]*)›")
"""A marked place: digits of its cells in grid order."""

EVERYWHERE = (
    r"\b(?:everywhere|throughout(?: the)?(?: (?:whole|entire))?(?: (?:image|scene|area|grid|picture|map))?|"
    r"(?:in |across |over )?(?:all|each|every one)(?: of)?(?: the)?(?: (?:nine|9))?(?: (?:3x3|grid))? (?:grid |image )?(?:cells?|parts?|areas?|regions?|squares?|sections?|sectors?|quadrants?|zones|positions|locations)|"
    r"every (?:single )?(?:grid )?(?:cell|part|area|region|section|square)(?: of the (?:image|grid|scene))?|all nine|"
    r"(?:across|over|in|cover(?:s|ing)?|fill(?:s|ing)?|all over) the (?:whole|entire|full) (?:image|scene|area|grid|picture|frame|map)|"
    r"the (?:whole|entire|full) (?:image|scene|area|grid|picture)|all over(?: the (?:image|scene|place|grid))?|(?:entire|whole) (?:image|scene|grid))\b"
)


def _row(word: str) -> int:
    return next(number for number, words in _ROW.items() if re.fullmatch(words, word))


def _column(word: str) -> int:
    return next(number for number, words in _COLUMN.items() if re.fullmatch(words, word))


def _mark(*cells: int) -> str:
    return f" ‹P{''.join(map(str, sorted(set(cells))))}› "


def _line(name: str, axis: str) -> tuple[int, ...]:
    number = _LINE_NAMES[name]
    return (
        tuple(range(3 * number, 3 * number + 3))
        if axis.startswith(("row", "line"))
        else (number, number + 3, number + 6)
    )


def mark_places(text: str) -> str:
    """A lower-case text with the places that it names replaced by marks (:data:`PLACE`).

    >>> mark_places("top-left, the right column and row 3, column 2").split()
    ['‹P0›', ',', 'the', '‹P258›', 'and', '‹P7›']
    """
    for pattern, replace in _PATTERNS:
        text = pattern.sub(replace, text)
    return _exceptions(text)


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


def _rows_of_columns(match: re.Match[str]) -> str:
    """ "top: left, center": the columns of a row, as a nine-cell drawing writes them."""
    row = _row(match[1])
    return _mark(*(3 * row + _column(word) for word in re.findall(rf"\b(?:{_COLUMNS})\b", match[2])))


def _numbered(match: re.Match[str]) -> str:
    row, column = (
        _ORDINAL[match[name].removesuffix("st").removesuffix("nd").removesuffix("rd")]
        if match[name][0].isdigit()
        else _ORDINAL[match[name]]
        for name in ("r", "c")
    )
    return _mark(3 * row + column)


def _numbered_lines(match: re.Match[str]) -> str:
    cells: list[int] = []
    for digit in re.findall(r"[123]", match[2]):
        number = int(digit) - 1
        cells += range(3 * number, 3 * number + 3) if match[1].startswith("row") else (number, number + 3, number + 6)
    return _mark(*cells)


def _numbered_row_columns(match: re.Match[str]) -> str:
    row = int(match[1]) - 1
    return _mark(*(3 * row + int(digit) - 1 for digit in re.findall(r"[123]", match[2])))


def _cell_numbers(match: re.Match[str]) -> str:
    digits = [int(digit) for digit in re.findall(r"\d+", match[1])]
    return _mark(*(digit - 1 for digit in digits)) if all(1 <= digit <= 9 for digit in digits) else match[0]


def _shared_row(match: re.Match[str]) -> str:
    row = _row(match[1])
    return _mark(*(3 * row + _column(word) for word in re.findall(rf"\b(?:{_COLUMNS})\b", match[2])))


def _two_lines(match: re.Match[str]) -> str:
    cells = (*_line(match[1], match[3]), *_line(match[2], match[3]))
    return _mark(*cells)


def _crossing(match: re.Match[str]) -> str:
    first, second = set(_line(match[1], match[2])), set(_line(match[3], match[4]))
    return _mark(*(first & second)) if len(first & second) == 1 else match[0]


def _compass(match: re.Match[str]) -> str:
    return _mark({"north": 1, "south": 7, "east": 5, "west": 3, "top": 1, "bottom": 7, "left": 3, "right": 5}[match[1]])


_P = r"‹P[0-8]+›"
_LINES = "|".join(sorted(_LINE_NAMES, key=len, reverse=True))
_NAMED_CELL = rf"(?:north|south)[ -]?(?:west|east)|(?:{_OUTER_ROWS})[- ](?:left|right|center|middle)"

_PATTERNS: tuple[tuple[re.Pattern[str], object], ...] = tuple(
    (re.compile(pattern), replace)
    for pattern, replace in (
        # Halves, and the list of words that a question offers, are no places.
        (r"\b(?:top|upper|bottom|lower|left|right|northern|southern|eastern|western|north|south|east|west)(?:-?hand)? hal(?:f|ves)\b", " half "),
        (r"\b(?:3 ?x ?3|three[- ]by[- ]three|nine[- ]cell)\b", " "),
        (r"\bfrom (?:the )?top[- ]left (?:to|through) (?:the )?bottom[- ]right\b(?=\s*(?:\)|,? ?(?:which|in which|name)))", " "),
        (r"\bfrom (?:top to bottom|left to right|bottom to top|right to left|north to south|east to west|west to east|south to north)\b", " "),
        (r"\b(?:top to bottom|left to right)\b", " "),
        (r"\bcenters? of (?:the )?(?:town|city|village|shopping)\b|\b(?:shopping|city|town|sports|data|community) cent(?:er|re)\b|\bright[- ]angled?\b|\ball right\b(?=[,.!] )|^\W*right\b(?=[,.!] )|\bthat'?s right\b|\b(?:is|are) right\b(?! of)|\bleft (?:over|behind|untouched|unchanged|as|alone|out)\b|\b(?:was|were|been|is|are|they|i) left (?:out|as|alone)\b", " "),
        # Rows and columns by number, in either order.
        (rf"\br(?:ow)?[ #]*(?P<r>[123])[ ,;/_-]*(?:and )?c(?:ol(?:umn)?)?[ #]*(?P<c>[123])\b", _numbered),
        (rf"\bc(?:ol(?:umn)?)?[ #]*(?P<c>[123])[ ,;/_-]*(?:of |in )?r(?:ow)?[ #]*(?P<r>[123])\b", _numbered),
        (rf"\b(?P<r>{_NTH}) row[ ,;/_-]*(?:and )?(?:the )?(?P<c>{_NTH}) col(?:umn)?\b", _numbered),
        (rf"\b(?P<c>{_NTH}) col(?:umn)?[ ,;/_-]*(?:of |in )?(?:the )?(?P<r>{_NTH}) row\b", _numbered),
        (rf"[(\[] *(?P<r>[123]) *, *(?P<c>[123]) *[)\]]", _numbered),
        (r"\brow ([123])\s*[,:(-]?\s*columns? ([123](?:(?:, ?| ?and |, ?and | ?& ?)[123])*)", _numbered_row_columns),
        (r"\b(rows?|columns?) ([123](?:(?:, ?| ?and |, ?and | ?& ?)[123])*)(?! ?[x:]?\d)\b", _numbered_lines),
        (r"\b(?:grid )?cells?(?: no\.?| numbers?| #)? ?#?([1-9](?:(?:, ?| ?and |, ?and | ?& ?)#?[1-9])*)\b(?! (?:of|out|new|building|road|hous))", _cell_numbers),
        # Corners, everything.
        (r"\b(?:all |the |in )*(?:four|4|all|each|every)(?: of)?(?: the)? (?:image |outer )?corners?\b|\bthe corners\b(?! of)", lambda m: _mark(0, 2, 6, 8)),
        (EVERYWHERE, lambda m: _mark(*range(9))),
        # One cell by its row and column.
        (rf"\b(north|south)[ -]?(west|east)(?:ern)?(?:ernmost)?{_PART}", lambda m: _mark(3 * _row(m[1]) + _column(m[2]))),
        (rf"\b(north|south)[ -](?:center|central|centre|middle){_PART}", lambda m: _mark(3 * _row(m[1]) + 1)),
        (rf"\b(?:center|central|centre|middle|mid)[ -](north|south|top|bottom|upper|lower|east|west){_PART}", lambda m: _mark(3 * _row(m[1]) + 1) if m[1] not in ("east", "west") else _mark(3 + _column(m[1]))),
        (rf"\b(west|east)(?:ern)?[ -](?:center|central|centre|middle){_PART}", lambda m: _mark(3 + _column(m[1]))),
        (rf"[(\[]\s*['\"]?({_ROWS})['\"]?\s*[,/]\s*['\"]?({_COLUMNS})['\"]?\s*[)\]]", lambda m: _mark(3 * _row(m[1]) + _column(m[2]))),
        (rf"\b({_OUTER_ROWS})(?:[ -](?:row|part))? ?\( ?((?:{_COLUMNS})(?:(?:, ?| ?and |, ?and | ?& ?)(?:{_COLUMNS}))*) ?\)", _shared_row),
        (rf"\b({_ROWS})(?: row)?\s*(?::|=|→)\s*((?:{_COLUMNS})\b(?:(?:\s*,\s*(?:and )?|\s+and\s+|\s*&\s*|\s+)(?:{_COLUMNS})\b)*)(?![- ]?(?:{_COLUMNS}|cell|row|col))", _rows_of_columns),
        (rf"\b({_OUTER_ROWS})[ -]((?:left|right)(?: and | & )(?:left|right))\b(?![- ](?:{_COLUMNS}|{_ROWS}))", _shared_row),
        (rf"\b({_ROWS})(?:most)?(?: ?[-_/] ?| )({_COLUMNS})(?:most)?\b{_PART}", lambda m: _mark(3 * _row(m[1]) + _column(m[2]))),
        (rf"\b({_OUTER_COLUMNS})(?: ?[-_/] ?| )({_ROWS})\b{_PART}", lambda m: _mark(3 * _row(m[2]) + _column(m[1]))),
        (rf"\b({_LINES}) (row)s?{_OF} (?:the )?({_LINES}) (col(?:umn)?)\b", _crossing),
        (rf"\b({_LINES}) (col(?:umn)?){_OF} (?:the )?({_LINES}) (row)\b", _crossing),
        (rf"\b({_LINES}) (row),? (?:and )?({_LINES}) (col(?:umn)?)\b(?=s? cell| of|\)|\.|;|$)", _crossing),
        (rf"\b(?:center|centre|middle)(?: cell| part)?{_OF} (?:the )?({_OUTER_ROWS})(?: row| edge| side| part| border)?\b", lambda m: _mark(3 * _row(m[1]) + 1)),
        (rf"\b(?:center|centre|middle)(?: cell| part)?{_OF} (?:the )?({_OUTER_COLUMNS})(?:-hand)?(?: column| edge| side| part| border)?\b", lambda m: _mark(3 + _column(m[1]))),
        (rf"\b({_OUTER_ROWS}) (?:part|end|portion|section|cell) of the ({_COLUMNS})(?: column| part| side| edge)?\b", lambda m: _mark(3 * _row(m[1]) + _column(m[2]))),
        (rf"\b({_OUTER_COLUMNS}) (?:part|end|portion|section|cell|side) of the ({_ROWS})(?: row| part| side| edge)?\b", lambda m: _mark(3 * _row(m[2]) + _column(m[1]))),
        # Whole rows, columns and sides.
        (rf"\b({_LINES}) (?:and|&) (?:the )?({_LINES}) (rows|col(?:umn)?s)\b", _two_lines),
        (rf"\b({_LINES}) (row|line|col(?:umn)?)s?\b", lambda m: _mark(*_line(m[1], m[2]))),
        (rf"\b(north|south|east|west)(?= cells?\b|(?:,? and |, | & ) ?(?:the )?(?:{_P}|north|south|east|west|center\b)(?!ern))", _compass),
        (rf"(?<=› )( ?(?:, ?|and |, and |& )(?:the )?)(north|south|east|west)\b(?!ern| side| part| edge| end)", lambda m: m[1] + _mark({"north": 1, "south": 7, "east": 5, "west": 3}[m[2]])),
        (rf"\b(north|south|east|west)(?= \|| ?: (?!{_P}))(?!ern)", _compass),
        (rf"\b({_OUTER_ROWS})(?:-?most)?(?:[ -](?:part|portion|side|section|area|region|zone|edge|end|third|border|strip|margin|boundary)s?)?\b(?!-[a-z])(?! of (?:the )?(?:building|road|house|street|hill))", lambda m: _mark(*range(3 * _row(m[1]), 3 * _row(m[1]) + 3)) if m[1] not in ("above", "below", "lower", "upper") or " " in m[0] else m[0]),
        (rf"\b({_OUTER_COLUMNS})(?:-?(?:hand|most))?(?:[ -](?:part|portion|side|section|area|region|zone|edge|end|third|border|strip|margin|boundary)s?)?\b(?! of (?:the )?(?:building|road|house|street|hill))", lambda m: _mark(*(_column(m[1]) + 3 * row for row in range(3)))),
        (r"\b(?:central|cent(?:er|re)|middle|mid)(?:[ -](?:part|portion|section|area|region|zone|cell|square|block|third|ninth|sector))?\b", lambda m: _mark(4)),
        (r"(?:(?<=[:,(] )|(?<=and )|^)([nsewc])(?=\s*(?:[,;.)]|$|and\b|\||\n))", lambda m: f" ‹P{dict(n=1, s=7, e=5, w=3, c=4)[m[1]]}› "),
        (r"(?<![\w'-])(" + "|".join(_SHORT) + r")(?![\w'-])", lambda m: f" ‹P{_SHORT[m[1]]}› "),
    )
)  # fmt: skip


_EXCEPT = re.compile(
    rf"({_P})(?:\s*(?:cells?|of the|image|scene|grid|parts?|regions?|areas?|,|\())*\s*(?:except(?:ing)?(?: for)?|but(?: not)?(?: for)?|apart from|other than|besides|excluding|save(?: for)?|with the exception of|minus|bar)"
    rf"((?:[\s,&]|\b(?:the|in|and|or|cells?|one|of|at|part|for|corners?)\b|{_P})+)"
)
_EXCEPT_FIRST = re.compile(
    rf"\b(?:except(?:ing)?(?: for)?|apart from|other than|excluding)((?:[\s,&]|\b(?:the|in|and|or|cells?|of|at)\b)*{_P}(?:[\s,&]|\b(?:the|in|and|or|cells?|of|at|all)\b|{_P})*?),?\s*({_P})"
)


def _exceptions(text: str) -> str:
    """ "everywhere but the center", "the top row except the left": the cells that remain."""

    def remaining(whole: str, taken: str) -> str:
        less = {digit for mark in PLACE.findall(taken) for digit in mark}
        if not less:
            return ""
        return f" ‹P{''.join(digit for digit in PLACE.findall(whole)[0] if digit not in less)}› "

    text = _EXCEPT.sub(lambda match: remaining(match[1], match[2]) or match[0], text)
    return _EXCEPT_FIRST.sub(
        lambda match: remaining(match[2], match[1]) if len(PLACE.findall(match[2])[0]) > 2 else match[0], text
    )
