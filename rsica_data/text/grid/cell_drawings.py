"""Drawn 3x3 grids: three rows of three marks, with the legend that says what the marks mean.

A mark is a class's word, a sign of the legend ("R = road", "buildings (B)", an emoji), the first letter of a
class where it is that of one class alone, or a cross or 1 for the class of the heading. A dot, a dash, 0 or
nothing is no change. The rows may carry names ("Top: . B R") and stand under a line of column names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rsica_data.text.grid.cell_facts import CellFacts
from rsica_data.text.grid.cell_words import classes_of
from rsica_data.text.mentions import mark_classes

Legend = dict[str, tuple[int, ...]]
EMPTY = frozenset(
    [
        *"0.-_=·□░⬜▫◻⬛⚪➖",
        "",
        "--",
        "0.0",
        "no",
        "false",
        "none",
        "null",
        "n/a",
        "unchanged",
        "no change",
        "nothing",
        "empty",
    ]
)
FULL = frozenset(("1", "x", "yes", "true", "#", "*", "■", "█", "changed", "change", "v", "+", "y", "o", "✓", "●", "⬤"))
_SIGN = (
    r"(?:\"[^\"\s]{1,3}\"|'[^'\s]{1,3}'|`[^`\s]{1,3}`|\[[^\]\s]{1,2}\]|"
    r"[a-z]{1,2}(?![\w-])|\d(?![\w.])|[^\w\s‹›,;:.()\[\]{}\"'|/*]{1,3}|empty|blank|\.)"
)
_MEANS = r"(?:=+|:|→|-|\bis\b|\bmeans\b|\bstands for\b|\bdenotes?\b|\bmarks?\b|\bindicates?\b|\bfor\b|\brepresents?\b)"
_WORDS = frozenset(
    [
        "a",
        "an",
        "is",
        "in",
        "at",
        "on",
        "as",
        "or",
        "of",
        "to",
        "by",
        "it",
        "no",
        "be",
        "we",
        "so",
        "go",
        "us",
        "my",
        "if",
        "up",
        "do",
    ]
)
_NO_CHANGE = re.compile(r"\b(?:no|none|nothing|unchanged|neither|not|empty|without|same)\b")
_ENTRY = re.compile(
    rf"(?:^|(?<=[\s(,;|:{{\[]))({_SIGN})[^\S\n]*({_MEANS})[^\S\n]*([^,;|"
    rf"()\n=.\d]{{2,50}}?)(?=\s*(?:[,;|()\n]|\.(?:\s|$)|$|(?:{_SIGN})\s*=))"
)
_RULE = re.compile(r"^(?=.*(?:-{2,}|\+|={2,}|\|))[\s|:+=_-]*$")
_ROW_NAME = re.compile(
    r"^(?:the )?(?:top|upper|north|bottom|bot|lower|south|middle|center|centre|mid|t|m|b|c|u|"
    r"l|first|second|third|row ?[1-3abc]|r[1-3]|[1-3])(?: row)?\s*[:|)]?\s*$"
)
_COLUMN_NAME = re.compile(
    r"^(?:left|center|centre|middle|mid|right|west|east|l|c|m|r|col(?:umn)? ?[1-3]|c[1-3]|[1-3])(?: col(?:umn)?)?$"
)
_EMOJI = re.compile(r"(?:^|(?<=[\n,;(] )|(?<=[\n,;(]))([^\x00-\x7f\w\s‹›]{1,3}) ([a-z ]{3,24})(?=[,;)\n.]|$)")
_VARIATION = re.compile("[\ufe0e\ufe0f]")


@dataclass
class Drawing:
    """Nine sets of classes; ``classes`` are those that the drawing speaks of."""

    cells: list[tuple[int, ...]]
    classes: tuple[int, ...]

    def note(self, facts: CellFacts) -> None:
        """Tell the facts what is drawn."""
        facts.deny(self.classes)
        for number, inside in enumerate(self.cells):
            facts.give(inside, [str(number)])


def plain_sign(sign: str) -> str:
    """A mark without its quotes, brackets and variation selectors, in lower case."""
    return _VARIATION.sub("", sign).strip().strip("\"'`[]()").strip().lower()


def legend_in(text: str, names: Sequence[str]) -> tuple[Legend, str]:
    """The legend that a lower-case text states, and the text without it.

    >>> legend_in("(r = road, b = building, - = no change)", ("road", "building"))[0]
    {'r': (0,), 'b': (1,), '-': ()}
    """
    legend: Legend = {}
    spans: list[tuple[int, int]] = []
    for match in _ENTRY.finditer(text):
        meaning = meaning_of(match[3], names)
        sign, link = plain_sign(match[1]), match[2]
        plainly = link[0] == "=" or link in (
            "means",
            "stands for",
            "denotes",
            "represents",
            "represent",
            "indicates",
            "marks",
        )
        if (
            meaning is None
            or sign in _WORDS
            or (sign.isascii() and not plainly and not _is_keyed(text, match.start(), sign, meaning, names))
        ):
            continue
        legend[sign] = meaning
        spans.append(match.span())
    for match in _EMOJI.finditer(text):
        meaning = meaning_of(match[2], names)
        if meaning and plain_sign(match[1]) not in legend:
            legend[plain_sign(match[1])] = meaning
            spans.append(match.span())
    spans.sort()
    if not any(legend.values()):
        return {}, text
    for start, end in reversed(spans):
        text = f"{text[:start]} {text[end:]}"
    return legend, text


def _is_keyed(text: str, start: int, sign: str, meaning: Sequence[int], names: Sequence[str]) -> bool:
    """Whether "b: building", "b - building" is a legend: under that word, or a letter of the class in brackets."""
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return re.search(r"\b(?:legend|key|codes?|symbols?|where|with)\b", line) is not None or (
        "(" in line and sign.isalpha() and len(sign) == 1 and all(sign in names[number] for number in meaning)
    )


def meaning_of(phrase: str, names: Sequence[str]) -> tuple[int, ...] | None:
    """Classes that a phrase of a legend means, none for "no change"; None where it is no such phrase."""
    marked = mark_classes(phrase.lower(), names)
    if re.search(r"‹P|\b(?:row|column|top|left|right|bottom)\b", marked):
        return None
    if re.search(r"\bboth\b|\ball\b", marked):
        return tuple(range(len(names)))
    classes = tuple(classes_of(marked))
    if _NO_CHANGE.search(marked):
        return ()
    words = re.sub(
        r"‹C\d+[spg]›|\b(?:new|changed?s?|changes|added|and|or|a|the|only|with|in|built|construction)\b|[^\w]",
        "",
        marked,
    )
    return classes if classes and len(words) <= 8 else None


def letters_of(names: Sequence[str]) -> Legend:
    """First letters of the classes that belong to one of them alone."""
    firsts = [name[:1].lower() for name in names]
    return {letter: (number,) for number, letter in enumerate(firsts) if firsts.count(letter) == 1}


def classes_in_mark(
    mark: Any, names: Sequence[str], legend: Mapping[str, tuple[int, ...]], own: Sequence[int]
) -> tuple[int, ...] | None:
    """Classes that a mark of a grid stands for; None where it is no mark. ``own``: the classes of the heading."""
    if mark is None or mark is False:
        return ()
    if mark is True:
        return tuple(own) or None
    if isinstance(mark, list | tuple):
        parts = [classes_in_mark(part, names, legend, own) for part in mark]
        return None if None in parts else tuple(number for part in parts if part for number in part)
    if isinstance(mark, dict):
        return _flags(mark, names)
    sign = plain_sign(str(mark))
    if sign in legend:
        return legend[sign]
    if sign in EMPTY:
        return ()
    if sign in FULL and own:
        return tuple(own)
    if re.fullmatch(r"[1-9]\d{0,3}", sign):
        return tuple(own) or None
    if own and sign in letters_of([names[number] for number in own]):
        return tuple(own)
    return _combined(sign, names, legend)


def _flags(mark: dict[Any, Any], names: Sequence[str]) -> tuple[int, ...] | None:
    """{"road": true, "building": false} in a cell of a grid."""
    given: list[int] = []
    for key, value in mark.items():
        classes = classes_of(mark_classes(str(key).lower().replace("_", " "), names))
        if not classes:
            continue
        if value is True or (
            not isinstance(value, bool) and plain_sign(str(value)) not in EMPTY and value not in (None, [], {})
        ):
            given += classes
    return tuple(given)


def _combined(sign: str, names: Sequence[str], legend: Mapping[str, tuple[int, ...]]) -> tuple[int, ...] | None:
    letters = {**letters_of(names), **legend}
    if sign in letters:
        return letters[sign]
    parts = [part.strip() for part in re.split(r"[+/&,]|\band\b", sign) if part.strip()]
    if (
        len(parts) == 1
        and len(sign) <= 4
        and len(set(sign)) == len(sign)
        and all(mark in letters and letters[mark] for mark in sign)
    ):
        parts = list(sign)
    given: list[int] = []
    for part in parts:
        if part in letters:
            given += letters[part]
            continue
        if part in EMPTY:
            continue
        marked = mark_classes(part, names)
        if (
            not classes_of(marked)
            or re.sub(r"‹C\d+[spg]›|\b(?:new|changes?|changed|added|a|the)\b|[^\w]", "", marked)
            or _NO_CHANGE.search(marked)
        ):
            return None
        given += classes_of(marked)
    return tuple(given) if parts else None


def grid_of(rows: Any, names: Sequence[str], legend: Legend, own: Sequence[int]) -> Drawing | None:
    """A drawing of three rows of three marks (or of nine marks); None where the rows are no such thing."""
    if not isinstance(rows, list | tuple):
        return None
    if len(rows) == 9 and all(not isinstance(mark, list | tuple | dict) for mark in rows):
        if not all(plain_sign(str(mark)) in EMPTY | FULL | legend.keys() or mark is None for mark in rows):
            return None
        rows = [rows[0:3], rows[3:6], rows[6:9]]
    rows = [_unwrapped(row) for row in rows]
    if len(rows) != 3 or any(not isinstance(row, list | tuple) or len(row) != 3 for row in rows):
        return None
    marks = [mark for row in rows for mark in row]
    cells = [classes_in_mark(mark, names, legend, own) for mark in marks]
    if any(inside is None for inside in cells):
        return None
    inside = [cell or () for cell in cells]
    keys = [
        number
        for mark in marks
        if isinstance(mark, dict)
        for key in mark
        for number in classes_of(mark_classes(str(key).lower(), names))
    ]
    classes = {
        *own,
        *keys,
        *(number for cell in inside for number in cell),
        *(n for given in legend.values() for n in given),
    }
    return Drawing(inside, tuple(sorted(classes))) if classes else None


def _unwrapped(row: Any) -> Any:
    while isinstance(row, dict) and len(row) == 1:
        row = next(iter(row.values()))
    return list(row) if isinstance(row, str) and len(row) == 3 else row


def drawings_in(text: str, names: Sequence[str], legend: Legend) -> Iterator[str | Drawing]:
    """The drawings in a lower-case text and the text between them, in order."""
    lines = text.split("\n")
    start = number = 0
    while number < len(lines):
        rows, end = _rows_from(lines, number)
        own: list[int] = []
        if len(rows) == 3:
            heading = next(
                (line for line in reversed(lines[start:number]) if line.strip() and not _RULE.match(line)), ""
            )
            heading = heading if len(heading) < 90 else ""
            own = classes_of(mark_classes(heading, names))
            own = own if len(own) == 1 else [0] if len(names) == 1 else []
        drawing = grid_of(rows, names, legend, own) if len(rows) == 3 else None
        if drawing is None or not _is_drawn(rows, legend, own):
            number += 1
            continue
        if number > start:
            yield "\n".join(line for line in lines[start:number] if not _is_column_line(line))
        yield drawing
        start = number = end
    if start < len(lines):
        yield "\n".join(lines[start:])


def _is_drawn(rows: Sequence[Sequence[str]], legend: Legend, own: Sequence[int]) -> bool:
    marks = [plain_sign(mark) for row in rows for mark in row]
    return bool(own) or any(mark not in EMPTY for mark in marks)


def _rows_from(lines: Sequence[str], number: int) -> tuple[list[list[str]], int]:
    """Up to three rows of three marks from a line on, rules and blank lines between them passed over."""
    rows: list[list[str]] = []
    passed = 0
    while number < len(lines) and len(rows) < 3:
        line = lines[number]
        if rows and (not line.strip() or _RULE.match(line)) and _marks(line) is None:
            passed += 1
            if passed > 4:
                break
        else:
            marks = _marks(line)
            if marks is None:
                break
            rows.append(marks)
        number += 1
    while number < len(lines) and len(rows) == 3 and _RULE.match(lines[number]) and lines[number].strip():
        number += 1
    return rows, number


def _are_column_names(words: Sequence[str]) -> bool:
    return len(words) == len(set(words)) == 3 and all(_COLUMN_NAME.match(word) for word in words)


def _is_column_line(line: str) -> bool:
    words = [word for word in re.split(r"[\s|]+", line.strip()) if word]
    return _are_column_names(words)


def _marks(line: str) -> list[str] | None:
    """The three marks of a row of a drawing; None where a line is none."""
    body = _VARIATION.sub("", line).strip()
    if not body or len(body) > 120 or re.search(r"-{3,}|={3,}", body):
        return None
    name, colon, rest = body.partition(":")
    if colon and _ROW_NAME.match(name.strip("*_- |")):
        body = rest.strip()
    if body.count("[") == 3:
        lead = body[: body.index("[")].strip()
        marks = re.findall(r"\[([^\[\]]{0,30})\]", body)
        return marks if len(marks) == 3 and (not lead or _ROW_NAME.match(lead)) else None
    if "|" in body:
        outer = body.startswith("|") and body.endswith("|") and body.count("|") > 2
        marks = [mark.strip() for mark in (body[1:-1] if outer else body).split("|")]
    elif len(body) == 3 and not body.isdigit() and " " not in body:
        marks = list(body)
    else:
        marks = body.split() if len(body.split()) in (3, 4) else [part.strip() for part in re.split(r"[,\t]", body)]
    if len(marks) == 4 and _ROW_NAME.match(marks[0]):
        marks = marks[1:]
    if len(marks) != 3 or (_are_column_names(marks) and not all(mark in ("1", "0") for mark in marks)):
        return None
    return marks
