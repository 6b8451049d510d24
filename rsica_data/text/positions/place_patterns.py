"""Every way to name cells, as a table of patterns and the marks that stand for them; tried in this order."""

from __future__ import annotations

import re
from collections.abc import Callable

from rsica_data.text.positions.place_words import (
    CELLS_WORD,
    COLUMN,
    COLUMN_WORDS,
    DIRECTIONS,
    EVERYWHERE,
    LINE_NAME,
    LINE_NAMES,
    LINE_WORD,
    LIST_OF_LINES,
    NTH,
    OF,
    ORDINAL,
    OUTER_COLUMN,
    OUTER_ROW,
    PART,
    PLACE_MARK,
    ROW,
    ROW_WORDS,
    SHORT,
)


def _row(word: str) -> int:
    return next(number for number, words in ROW_WORDS.items() if re.fullmatch(words, word))


def _column(word: str) -> int:
    return next(number for number, words in COLUMN_WORDS.items() if re.fullmatch(words, word))


def mark_of(*cells: int) -> str:
    return f" ‹P{''.join(map(str, sorted(set(cells))))}› "


def _line(name: str, axis: str) -> tuple[int, ...]:
    number = LINE_NAMES[name]
    return (
        tuple(range(3 * number, 3 * number + 3))
        if axis.startswith(("row", "line"))
        else (number, number + 3, number + 6)
    )


def _rows_of_columns(match: re.Match[str]) -> str:
    """As in "top: left, center": the columns of a row, as a nine-cell drawing writes them."""
    row = _row(match[1])
    return mark_of(*(3 * row + _column(word) for word in re.findall(rf"\b(?:{COLUMN})\b", match[2])))


def _numbered(match: re.Match[str]) -> str:
    row, column = (
        ORDINAL[match[name].removesuffix("st").removesuffix("nd").removesuffix("rd")]
        if match[name][0].isdigit()
        else ORDINAL[match[name]]
        for name in ("r", "c")
    )
    return mark_of(3 * row + column)


def _numbered_lines(match: re.Match[str]) -> str:
    cells: list[int] = []
    for digit in re.findall(r"[123]", match[2]):
        number = int(digit) - 1
        cells += range(3 * number, 3 * number + 3) if match[1].startswith("row") else (number, number + 3, number + 6)
    return mark_of(*cells)


def _numbered_row_columns(match: re.Match[str]) -> str:
    row = int(match[1]) - 1
    return mark_of(*(3 * row + int(digit) - 1 for digit in re.findall(r"[123]", match[2])))


def _cell_numbers(match: re.Match[str]) -> str:
    digits = [int(digit) for digit in re.findall(r"\d+", match[1])]
    return mark_of(*(digit - 1 for digit in digits)) if all(1 <= digit <= 9 for digit in digits) else match[0]


def _shared_row(match: re.Match[str]) -> str:
    row = _row(match[1])
    return mark_of(*(3 * row + _column(word) for word in re.findall(rf"\b(?:{COLUMN})\b", match[2])))


def _two_lines(match: re.Match[str]) -> str:
    cells = (*_line(match[1], match[3]), *_line(match[2], match[3]))
    return mark_of(*cells)


def _crossing(match: re.Match[str]) -> str:
    first, second = set(_line(match[1], match[2])), set(_line(match[3], match[4]))
    return mark_of(*(first & second)) if len(first & second) == 1 else match[0]


def _axis_line(word: str, axis: str) -> set[int]:
    return set(_line(word, axis))


def _crossings(words: str, line: str, axis: str) -> str:
    """Cells of a row (column) by the names of their columns (rows)."""
    other = "column" if axis.startswith("row") else "row"
    whole = _axis_line(line, axis)
    names = re.findall(rf"\b{LINE_WORD}\b", words)
    return mark_of(*(cell for name in names for cell in whole & _axis_line(name, other)))


def _cells_of_line(match: re.Match[str]) -> str:
    return _crossings(match[1], match[2], match[3])


def _line_then_cells(match: re.Match[str]) -> str:
    return _crossings(match[3], match[1], match[2])


def _two_of_line(match: re.Match[str]) -> str:
    far = LINE_NAMES[match[1]] == 2
    return _crossings("second third" if far else "first second", match[2], match[3])


def _two_outer_lines(match: re.Match[str]) -> str:
    side, axis = match[1] or match[3], match[2] or match[4]
    lines = ("second", "third") if LINE_NAMES[side] == 2 else ("first", "second")
    return mark_of(*(cell for name in lines for cell in _line(name, axis)))


def _line_range(match: re.Match[str]) -> str:
    numbers = range(int(match[2]) - 1, int(match[3]))
    rows = match[1].startswith("row")
    return mark_of(*(cell for n in numbers for cell in (range(3 * n, 3 * n + 3) if rows else (n, n + 3, n + 6))))


def _side(word: str) -> tuple[int, ...]:
    return _line(word, "column" if word in ("left", "right", "leftmost", "rightmost") else "row")


def _compass(match: re.Match[str]) -> str:
    return mark_of(
        {"north": 1, "south": 7, "east": 5, "west": 3, "top": 1, "bottom": 7, "left": 3, "right": 5}[match[1]]
    )


Replacement = str | Callable[[re.Match[str]], str]
_TABLE: tuple[tuple[str, Replacement], ...] = (
    # Halves, and the list of words that a question offers, are no places.
    (
        r"\b(?:top|upper|bottom|lower|left|right|northern|southern|eastern|western|north|"
        r"south|east|west)(?:-?hand)? hal(?:f|ves)\b",
        " half ",
    ),
    (r"\b(?:3 ?x ?3|three[- ]by[- ]three|nine[- ]cell)\b", " "),
    (
        r"\bfrom (?:the )?top[- ]left (?:to|through) (?:the )?bottom[- ]right\b(?=\s*(?:\)|"
        r",? ?(?:which|in which|name)))",
        " ",
    ),
    (
        r"\bfrom (?:top to bottom|left to right|bottom to top|right to left|north to south|"
        r"east to west|west to east|south to north)\b",
        " ",
    ),
    (r"\b(?:top to bottom|left to right)\b", " "),
    (
        r"\bcenters? of (?:the )?(?:town|city|village|shopping)\b|\b(?:shopping|city|town|"
        r"sports|data|community) cent(?:er|re)\b|\bright[- ]angled?\b|\ball right\b(?=[,.!] )|"
        r"^\W*right\b(?=[,.!] )|\bthat'?s right\b|\b(?:is|are) right\b(?! of)|\bleft (?:over|"
        r"behind|untouched|unchanged|as|alone|out)\b|\b(?:was|were|been|is|are|they|"
        r"i) left (?:out|as|alone)\b",
        " ",
    ),
    *((pattern, " ") for pattern in DIRECTIONS),
    (
        r"\b(?:directly|just|right|immediately) (?:above|below|beneath|over|under|north of|"
        r"south of|east of|west of)\b",
        " near ",
    ),
    (
        r"\b(?:both|the two|two|the) (top|upper|bottom|lower|left|"
        r"right)(?:most)?(?:-hand)? corners\b",
        lambda m: mark_of(
            *{"top": (0, 2), "upper": (0, 2), "bottom": (6, 8), "lower": (6, 8), "left": (0, 6), "right": (2, 8)}[m[1]]
        ),
    ),
    (
        rf"\b(?:two|2) ({LINE_WORD})(?:-?most)? {CELLS_WORD} (?:of|in|"
        rf"on) (?:the )?({LINE_WORD}) (row|col(?:umn)?)\b",
        _two_of_line,
    ),
    (
        rf"\b({LINE_WORD}) (?:two|2) {CELLS_WORD} (?:of|in|on) (?:the )?({LINE_WORD}) (row|"
        rf"col(?:umn)?)\b",
        _two_of_line,
    ),
    # Cells of a line: "the left cell of the top row", "the first row's second cell", "top row, left cell".
    (
        rf"\b(?:the )?(?:both )?({LIST_OF_LINES}) {CELLS_WORD}?,? ?(?:of|in|on|"
        rf"from|along) (?:the )?({LINE_WORD}) (row|col(?:umn)?)\b",
        _cells_of_line,
    ),
    (
        rf"\b({LINE_WORD}) (row|col(?:umn)?)(?:'s|,| -|:| of|"
        rf" in)? (?:the )?({LIST_OF_LINES}) (?:cells?|squares?|box(?:es)?|tiles?|positions?)\b",
        _line_then_cells,
    ),
    (
        rf"\b({LINE_WORD}) (row|col(?:umn)?)(?:'s| at the| on the| in the|:|"
        rf" -)? (?:the )?({LIST_OF_LINES})(?: (?:parts?|sides?|ends?))?\b(?! (?:row|col))",
        _line_then_cells,
    ),
    (
        r"\b(?:three|3|all|all three|all 3|every) (?:cells? )?(top|upper|bottom|lower|left|"
        r"right|middle|center|central) cells\b",
        lambda m: mark_of(*_side(m[1])),
    ),
    (
        r"\b(?:all |all of )?(?:the )?(?:three|3) (top|upper|bottom|lower|left|right|leftmost|"
        r"rightmost) (?:cells|squares)\b|\ball (?:the )?(top|bottom|left|right) cells\b",
        lambda m: mark_of(*_side(m[1] or m[2])),
    ),
    (
        r"\b(?:the )?(top|upper|bottom|lower|first|last|left|right|leftmost|rightmost) (?:two|"
        r"2) (rows|col(?:umn)?s)\b|\b(?:the )?(?:two|2) (top|upper|bottom|lower|first|last|"
        r"left|right|leftmost|rightmost)(?:most)? (rows|col(?:umn)?s)\b",
        _two_outer_lines,
    ),
    (
        r"\b(?:all (?:the )?)?(?:three|3) rows\b|\ball (?:the )?(?:three |3 )?(?:rows|"
        r"columns)\b",
        lambda m: mark_of(*range(9)),
    ),
    # The ring round the centre, the diagonals.
    (
        r"\b(?:the )?(?:whole |entire |complete )?(?:outer|outermost|"
        r"outside)(?:most)? (?:ring|cells|border|edge|rim|frame|perimeter|"
        r"squares)\b(?: of (?:the )?(?:grid|image|scene))?",
        lambda m: mark_of(0, 1, 2, 3, 5, 6, 7, 8),
    ),
    (
        r"\b(?:all |all of |the |these )*(?:eight |8 |other |outer |surrounding |border |"
        r"edge )*(?:cells?|squares|areas?|everything)(?: all)? (?:around|surrounding|"
        r"bordering|encircling)(?: the)? (?:very )?(?:cent(?:er|re)|middle)(?:[- ]cent(?:er|"
        r"re))?(?: cell| square)?\b",
        lambda m: mark_of(0, 1, 2, 3, 5, 6, 7, 8),
    ),
    (
        r"\b(?:the )?(?:eight|8) (?:outer|surrounding|border|edge|peripheral) cells\b|"
        r"\b(?:along|around) the (?:whole |entire )?(?:perimeter|periphery)\b",
        lambda m: mark_of(0, 1, 2, 3, 5, 6, 7, 8),
    ),
    (
        r"\b(?:(?:the )?(?:main )?diagonal(?:ly)?,? )?from (?:the )?top[- ]left (?:corner )"
        r"?(?:cell )?(?:to|through to|down to) (?:the )?bottom[- ]right(?: corner| cell)?\b",
        lambda m: mark_of(0, 4, 8),
    ),
    # Rows and columns by number, in either order.
    (r"\br(?:ow)?[ #]*(?P<r>[123])[ ,;/_-]*(?:and )?c(?:ol(?:umn)?)?[ #]*(?P<c>[123])\b", _numbered),
    (r"\bc(?:ol(?:umn)?)?[ #]*(?P<c>[123])[ ,;/_-]*(?:of |in )?r(?:ow)?[ #]*(?P<r>[123])\b", _numbered),
    (rf"\b(?P<r>{NTH}) row[ ,;/_-]*(?:and )?(?:the )?(?P<c>{NTH}) col(?:umn)?\b", _numbered),
    (rf"\b(?P<c>{NTH}) col(?:umn)?[ ,;/_-]*(?:of |in )?(?:the )?(?P<r>{NTH}) row\b", _numbered),
    (r"[(\[] *(?P<r>[123]) *, *(?P<c>[123]) *[)\]]", _numbered),
    (r"\b(rows?|columns?|cols?) ([123]) ?(?:-|to|through) ?([123])\b", _line_range),
    (
        r"\brow ([123])\s*[,:(-]?\s*columns? (?![123][^.;\n]{0,80}\bcol)([123](?:(?:, ?|"
        r" ?and |, ?and | ?& ?)[123])*)",
        _numbered_row_columns,
    ),
    (r"\b(rows?|columns?|cols?) ([123](?:(?:, ?| ?and |, ?and | ?& ?)[123])*)(?! ?[x:]?\d)\b", _numbered_lines),
    (
        r"\b(?:grid )?cells?(?: no\.?| numbers?| #)? ?#?([1-9](?:(?:, ?| ?and |, ?and |"
        r" ?& ?)#?[1-9])*)\b(?! (?:of|out|new|building|road|hous))",
        _cell_numbers,
    ),
    # Corners, everything.
    (
        r"\b(?:all |the |in )*(?:four|4|all|each|every)(?: of)?(?: the)? (?:image |"
        r"outer )?corners?\b|\bthe corners\b(?! of)",
        lambda m: mark_of(0, 2, 6, 8),
    ),
    (EVERYWHERE, lambda m: mark_of(*range(9))),
    # One cell by its row and column.
    (
        rf"\b(north|south)[ -]?(west|east)(?:ern)?(?:ernmost)?{PART}",
        lambda m: mark_of(3 * _row(m[1]) + _column(m[2])),
    ),
    (rf"\b(north|south)[ -](?:center|central|centre|middle){PART}", lambda m: mark_of(3 * _row(m[1]) + 1)),
    (
        rf"\b(?:center|central|centre|middle|mid)[ -](north|south|top|bottom|upper|lower|east|"
        rf"west){PART}",
        lambda m: mark_of(3 * _row(m[1]) + 1) if m[1] not in ("east", "west") else mark_of(3 + _column(m[1])),
    ),
    (rf"\b(west|east)(?:ern)?[ -](?:center|central|centre|middle){PART}", lambda m: mark_of(3 + _column(m[1]))),
    (
        rf"[(\[]\s*['\"]?({ROW})['\"]?\s*[,/]\s*['\"]?({COLUMN})['\"]?\s*[)\]]",
        lambda m: mark_of(3 * _row(m[1]) + _column(m[2])),
    ),
    (
        rf"\b({OUTER_ROW})(?:[ -](?:row|part))? ?\( ?((?:{COLUMN})(?:(?:, ?| ?and |, ?and |"
        rf" ?& ?)(?:{COLUMN}))*) ?\)",
        _shared_row,
    ),
    (
        rf"\b({ROW})(?: row)?\s*(?::|=|→)\s*((?:{COLUMN})\b(?:(?:\s*,\s*(?:and )?|"
        rf"\s+and\s+|\s*&\s*|\s+)(?:{COLUMN})\b)*)(?![- ]?(?:{COLUMN}|cell|row|col))",
        _rows_of_columns,
    ),
    (
        rf"\b({OUTER_ROW})[ -]((?:left|right)(?: and | & )(?:left|"
        rf"right))\b(?![- ](?:{COLUMN}|{ROW}))",
        _shared_row,
    ),
    (
        rf"\b({ROW})(?:most)?(?: ?[-_/] ?| )({COLUMN})(?:most)?\b{PART}",
        lambda m: mark_of(3 * _row(m[1]) + _column(m[2])),
    ),
    (rf"\b({OUTER_COLUMN})(?: ?[-_/] ?| )({ROW})\b{PART}", lambda m: mark_of(3 * _row(m[2]) + _column(m[1]))),
    (rf"\b({LINE_NAME}) (row)s?{OF} (?:the )?({LINE_NAME}) (col(?:umn)?)\b", _crossing),
    (rf"\b({LINE_NAME}) (col(?:umn)?){OF} (?:the )?({LINE_NAME}) (row)\b", _crossing),
    (rf"\b({LINE_NAME}) (row),? (?:and )?({LINE_NAME}) (col(?:umn)?)\b(?=s? cell| of|\)|\.|;|$)", _crossing),
    (
        rf"\b(?:center|centre|middle)(?: cell| part)?{OF} (?:the )?({OUTER_ROW})(?: row|"
        rf" edge| side| part| border)?\b",
        lambda m: mark_of(3 * _row(m[1]) + 1),
    ),
    (
        rf"\b(?:center|centre|middle)(?: cell|"
        rf" part)?{OF} (?:the )?({OUTER_COLUMN})(?:-hand)?(?: column| edge| side| part|"
        rf" border)?\b",
        lambda m: mark_of(3 + _column(m[1])),
    ),
    (
        rf"\b({OUTER_ROW}) (?:part|end|portion|section|cell) of the ({COLUMN})(?: column|"
        rf" part| side| edge)?\b",
        lambda m: mark_of(3 * _row(m[1]) + _column(m[2])),
    ),
    (
        rf"\b({OUTER_COLUMN}) (?:part|end|portion|section|cell|side) of the ({ROW})(?: row|"
        rf" part| side| edge)?\b",
        lambda m: mark_of(3 * _row(m[2]) + _column(m[1])),
    ),
    (
        rf"\b({OUTER_COLUMN})(?:-hand)? (?:side|edge|part|border|margin),? (?:in|at|towards?|"
        rf"near) (?:the |its )?({ROW})\b(?: (?:part|end|section|third))?(?! (?:row|of))",
        lambda m: mark_of(3 * _row(m[2]) + _column(m[1])),
    ),
    (
        rf"\b({OUTER_ROW}) (?:side|edge|part|border|margin),? (?:in|at|towards?|"
        rf"near) (?:the |its )?({COLUMN})\b(?: (?:part|end|section|third))?(?! (?:col|of))",
        lambda m: mark_of(3 * _row(m[1]) + _column(m[2])),
    ),
    # Whole rows, columns and sides.
    (rf"\b({LINE_NAME}) (?:and|&) (?:the )?({LINE_NAME}) (rows|col(?:umn)?s)\b", _two_lines),
    (rf"\b({LINE_NAME}) (row|line|col(?:umn)?)s?\b", lambda m: mark_of(*_line(m[1], m[2]))),
    (
        rf"\b(north|south|east|west)(?= cells?\b|(?:,? and |, | & ) ?(?:the )?(?:{PLACE_MARK}|north|"
        rf"south|east|west|center\b)(?!ern))",
        _compass,
    ),
    (
        r"(?<=› )( ?(?:, ?|and |, and |& )(?:the )?)(north|south|east|west)\b(?!ern| side|"
        r" part| edge| end)",
        lambda m: m[1] + mark_of({"north": 1, "south": 7, "east": 5, "west": 3}[m[2]]),
    ),
    (rf"\b(north|south|east|west)(?= \|| ?: (?!{PLACE_MARK}))(?!ern)", _compass),
    (
        rf"\b({OUTER_ROW})(?:-?most)?(?:[ -](?:part|portion|side|section|area|region|zone|"
        rf"edge|end|third|border|strip|margin|"
        rf"boundary)s?)?\b(?!-[a-z])(?! of (?:the )?(?:building|road|house|street|hill))",
        lambda m: (
            mark_of(*range(3 * _row(m[1]), 3 * _row(m[1]) + 3))
            if m[1] not in ("above", "below", "lower", "upper") or " " in m[0]
            else m[0]
        ),
    ),
    (
        rf"\b({OUTER_COLUMN})(?:-?(?:hand|most))?(?:[ -](?:part|portion|side|section|area|"
        rf"region|zone|edge|end|third|border|strip|margin|"
        rf"boundary)s?)?\b(?! of (?:the )?(?:building|road|house|street|hill))",
        lambda m: mark_of(*(_column(m[1]) + 3 * row for row in range(3))),
    ),
    (
        r"\b(?:central|cent(?:er|re)|middle|mid)(?:[ -](?:part|portion|section|area|region|"
        r"zone|cell|square|block|third|ninth|sector))?\b",
        lambda m: mark_of(4),
    ),
    (
        r"(?:(?<=[:,(→=] )|(?<=[:,(→=])|(?<=and )|^)([nsewc])(?=\s*(?:[,;.)]|$|and\b|\||\n|"
        r"cells?\b))",
        lambda m: mark_of({"n": 1, "s": 7, "e": 5, "w": 3, "c": 4}[m[1]]),
    ),
    (r"(?<![\w'-])(" + "|".join(SHORT) + r")(?![\w'-])", lambda m: f" ‹P{SHORT[m[1]]}› "),
)
PATTERNS: tuple[tuple[re.Pattern[str], Replacement], ...] = tuple(
    (re.compile(pattern), replacement) for pattern, replacement in _TABLE
)
"""What to look for, and the mark or the words to put in its place."""
