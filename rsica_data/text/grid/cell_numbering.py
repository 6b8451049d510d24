"""Cells by number: rows and columns, coordinates, cells 1 to 9; made the names of the cells.

Rows and columns count from 1 at the top left, from 0 where the reply says so or has a 0. A pair is (row, column)
unless the reply says (x, y). Cells 1 to 9 are counted row by row unless the reply says otherwise; bare numbers
are cells only where the reply tells that it numbers them, or where every line is a class and a list of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial

from rsica_data.geometry.cells import CELLS

_ZERO = re.compile(
    r"\b(?:0|zero)[- ](?:based|indexed)\b|\b(?:start\w*|begin\w*|count\w*|index\w*|"
    r"number\w*)\b[^.;\n]{0,40}\b(?:at|from|with) (?:0|zero)\b|\b0 ?(?:-|to|through|"
    r"\.\.) ?(?:2|8)\b|\b0 ?(?:=|is) ?(?:the )?(?:top|upper|left)|从 ?0"
)
_SWAPPED = re.compile(
    r"[(\[<]\s*(?:x|col(?:umn)?s?)\s*,\s*(?:y|rows?)\s*[)\]>]|"
    r"\bcolumn,? then row\b|\bcolumn first\b|[(（]列[,，、]\s*行[)）]"
)
_NUMBERING = re.compile(
    r"\bnumber(?:ed|ing|s)?\b[^.;\n]{0,60}(?:\b1\b|\bone\b|row by row|left to right|"
    r"\b0\b)|\b1 ?(?:-|to|through|\.\.) ?9\b|\b0 ?(?:-|to|through|\.\.) ?8\b|"
    r"\b1 ?= ?(?:the )?(?:top|upper|nw)[- ]?(?:left)?|1\s*2\s*3\s*[/|;\n]\s*4\s*5\s*6|"
    r"\bcells?\b[^.;\n\d]{0,40}(?:\bare|\bis|"
    r":)\s*(?:numbers? )?[1-9](?:\s*,\s*[1-9])*(?:\s*,?\s*and\s*|"
    r"\s*,\s*)[1-9]\b(?!\s*(?:new|building|road|house|%))|\breading order\b|编号|九宫格序号"
)
_BY_COLUMN = re.compile(
    r"\bcolumn by column\b|\bcolumn-?(?:major|wise)\b|\bdown (?:each|the) columns?\b|"
    r"\btop to bottom,? (?:and )?then (?:from )?left to right\b"
)
_FROM_BELOW = re.compile(
    r"\b(?:starting|start|counted|counting|numbered|from) (?:\w+ ){0,3}(?:bottom|"
    r"lower)[- ]left\b|\b1 ?(?:=|is) ?(?:the )?bottom[- ]left\b"
)
_STATEMENT = re.compile(
    r"\([^()\n]{0,200}(?:number|index|count|row by row|compass|denot|starting|zero|=)[^()\n]{0,200}\)|"
    r"(?:^|(?<=[.;\n]))[^.:;\n]{0,120}(?:number(?:ed|ing)|index(?:ed|ing)|编号)[^:;\n，,。]{0,120}[:：，,。\n]|"
    r"(?:^|(?<=[.;\n]))[^.;\n]{0,60}\b(?:rows? (?:go|are|run|counted|count)|"
    r"columns? (?:go|are|run|counted|count)|row (?:1|one|0) is|is the top row|"
    r"coordinates are|given as \()[^.:;\n]{0,160}(?:[.:;\n]|$)"
)
_ROW, _COLUMN = r"(?:row|r)", r"(?:col(?:umn)?|c)"
_SEPARATOR = r"[\s,/_:=-]{0,4}(?:and |of |in )?(?:the )?"
_COORDINATES = (
    (
        re.compile(
            rf"\b{_ROW}[ #:=]*([0-3]){_SEPARATOR}{_COLUMN}[ #:=]*([0-3])\b(?!(?:(?!\brow\b)[^.;\n])"
            rf"{{0,60}}\bcol(?:umn)?\b)"
        ),
        False,
        True,
    ),
    (re.compile(rf"\b{_COLUMN}[ #:=]*([0-3]){_SEPARATOR}{_ROW}[ #:=]*([0-3])\b"), True, True),
    (re.compile(r"\bx ?[:=]? ?([0-3])[\s,]{0,3}y ?[:=]? ?([0-3])\b"), True, True),
    (re.compile(r"\by ?[:=]? ?([0-3])[\s,]{0,3}x ?[:=]? ?([0-3])\b"), False, True),
    (re.compile(r"[(<]\s*([0-3])\s*,\s*([0-3])\s*[)>]"), False, False),
    (
        re.compile(
            r"(?<=\], )\[\s*([0-3])\s*,\s*([0-3])\s*\](?!\])|(?<![\[,])(?<!, )\[\s*([0-3])\s*,\s*([0-3])\s*\](?=, \[)"
        ),
        False,
        False,
    ),
)
_DIGIT = re.compile(
    r"(?<![\w.%-])(?<!\d )(?:\bcells? |\bsquares? |"
    r"\bgrid )?#?([0-9])(?=\s*(?:[,;:=.)\]/&]|$|\n|and\b|or\b|cells?\b|号|格|、|，|。|；|和|"
    r"与))(?!\.\d)(?!\s*[,/]\d{3})"
)
_ONLY_NUMBERS = re.compile(
    r"^[^\d:=→]{2,40}\s*[:=→-]\s*\(?\[?(none|no|-|nothing|n/a|[1-9](?:\s*(?:,|and|&|\s)\s*[1-9])*)\]?\)?\.?$"
)
_BRACKETED = re.compile(r"(?<=[:=] )\[\s*[1-9](?:\s*,\s*[1-9]){0,8}\s*\](?!\s*,\s*\[)")
_ORDINALS = re.compile(
    r"\b[1-9](?:st|nd|rd|th)(?:(?:\s*,\s*(?:and )?|\s+and\s+)(?:the )?[1-9](?:st|nd|rd|"
    r"th)){0,8}(?=\s+(?:grid )?(?:cell|square|box|tile)s?\b(?! (?:of|in|"
    r"from) (?:the )?(?:\w+ )?(?:row|col)))"
)
_NINE_ITEMS = re.compile(r"(?m)^[^\w\n]*(?:cell\s*)?#?([1-9])\s*[:.)=-]")
_NAMED = re.compile(r"\b(?:top|bottom|upper|lower|left|right|cent(?:er|re)|middle)\b")
_ITEM = re.compile(r"(?m)^([^\w\n]*)([1-9])[.)]\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Numbering:
    """How a reply counts: the first number, and whether it says that cells are numbered."""

    base: int = 1
    stated: bool = False


def with_cell_names(text: str) -> tuple[str, Numbering]:
    """A lower-case text with numbered cells by their names, and how the reply counts.

    >>> with_cell_names("roads: row 2, column 1")[0]
    'roads: center-left'
    """
    if not re.search(r"\d", text):
        return text, Numbering()
    text = _ORDINALS.sub(lambda match: re.sub(r"(?<=\d)(?:st|nd|rd|th)", "", match[0]), text)
    nine = _NINE_ITEMS.findall(text) == list("123456789") and not _NAMED.search(text)
    stated = nine or _NUMBERING.search(text) is not None
    text = re.sub(r"\b([1-9])(?:st|nd|rd|th)\b(?! (?:row|col))", r"\1", text) if stated else text
    pairs = [
        (int(m[1] or m[3]), int(m[2] or m[4])) if m.re.groups > 2 else (int(m[1]), int(m[2]))
        for pattern, _, _ in _COORDINATES
        for m in pattern.finditer(text)
    ]
    zero = _ZERO.search(text) is not None or (any(0 in pair for pair in pairs) and not any(3 in pair for pair in pairs))
    numbering = Numbering(0 if zero else 1, stated)
    swapped = _SWAPPED.search(text) is not None
    order = _order(text)
    text = _STATEMENT.sub(lambda match: match[0] if _tells(match[0]) else " \n ", text)
    for pattern, column_first, keyed in _COORDINATES:
        turned = column_first or (swapped and not keyed)
        text = pattern.sub(partial(_named, base=numbering.base, turned=turned), text)
    text = _BRACKETED.sub(lambda match: _DIGIT.sub(lambda digit: _numbered(digit, 1, order), match[0]), text)
    if stated or _is_only_numbers(text):
        text = _ITEM.sub(r"\2: " if nine else r"\1- ", text)
        text = _DIGIT.sub(lambda match: _numbered(match, numbering.base, order), text)
    return text, numbering


def _order(text: str) -> tuple[int, ...]:
    if _BY_COLUMN.search(text):
        return (0, 3, 6, 1, 4, 7, 2, 5, 8)
    return (6, 7, 8, 3, 4, 5, 0, 1, 2) if _FROM_BELOW.search(text) else tuple(range(9))


def _tells(statement: str) -> bool:
    """Whether what looks like an explanation holds an answer ("(row 1, column 2)")."""
    return any(pattern.search(statement) for pattern, _, keyed in _COORDINATES if keyed) and not re.search(
        r"\b(?:number|index|count|starting)", statement
    )


def _named(match: re.Match[str], base: int, turned: bool) -> str:
    first, second = (int(group) for group in match.groups() if group is not None)
    row, column = (second, first) if turned else (first, second)
    row, column = row - base, column - base
    return CELLS[3 * row + column] if 0 <= row < 3 and 0 <= column < 3 else match[0]


def _numbered(match: re.Match[str], base: int, order: tuple[int, ...]) -> str:
    number = int(match[1]) - base
    return CELLS[order[number]] if 0 <= number < 9 else match[0]


def _is_only_numbers(text: str) -> bool:
    parts = [part.strip(" -*\t") for part in re.split(r"\n|;|\.\s", text) if part.strip(" -*\t.")]
    lists = [_ONLY_NUMBERS.match(part) for part in parts]
    return (
        bool(parts)
        and all(lists)
        and any(match is not None and len(re.findall(r"\d", match[1])) > 1 for match in lists)
    )
