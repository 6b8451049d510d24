"""The layout of an answer made plain: Markdown, tables, lists, JSON, Python literals and tags become short lines.

Whatever the shape, one fact is one line in the end: ``{"roads": {"count": 2}}``, ``| Roads | 2 |`` and
``**Roads**: 2`` all give ``roads ... : 2``. A line that heads others (a heading, a parent key) is kept as their
``heading``.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rsica_data.geometry.cells import CELLS


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answer in lower case, and the headings above it, outermost first."""

    text: str
    headings: tuple[str, ...] = ()
    item: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells in lower case, the first of which may name the columns, and the headings above."""

    rows: tuple[tuple[str, ...], ...]
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Structure:
    """A JSON or Python value, its numbers as text."""

    value: Any


_SKIPPED_KEYS = re.compile(
    r"(?:reason(?:ing)?|explanations?|rationale|thoughts?|analysis|justification|"
    r"confidence|conf|evidence|notes?|comments?|"
    r"question|prompt|instruction|status|image(?:_?pair|_?id)?|bbox(?:_?2d)?|box|id|"
    r"object_?id|index|step|name|tool|function|score|probability|"
    r"解释|理由|原因|分析|说明|置信度)s?"
)
_WRAPPERS = re.compile(
    r"(?:answers?|final ?answer|results?|response|output|arguments|parameters|args|"
    r"changes?|data|value|counts?|prediction|detections?|"
    r"objects?|items?|答案|结果|变化)"
)
_NAMING = re.compile(
    r"(?:class(?:es)?|type|category|label|object|kind|name|cells?|location|position|"
    r"grid ?cell|region|changes?|count|number|类别|位置|数量)"
    r"(?: name)?"
)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[\w+-]*[ \t]*$|```[a-z]*|`", re.MULTILINE | re.IGNORECASE)
_EMPHASIS = re.compile(r"\*{1,3}|(?<![\w])_{1,2}(?=\S)|(?<=\S)_{1,2}(?![\w])|~~")
_BLOCK_TAG = re.compile(
    r"</?(?:br|p|div|li|ul|ol|tr|table|tbody|thead|h[1-6]|section|answer|response)\s*/?>", re.IGNORECASE
)
_INLINE_TAG = re.compile(
    r"</?(?:b|i|em|strong|span|u|code|pre|td|th|ref|box|obj|object|grounding|mark|font|a)(?:\s[^<>]{0,80})?>", re.I
)
_TABLE_CELL = re.compile(r"(?:</t[dh]>)?\s*<t[dh](?:\s[^<>]{0,80})?>", re.IGNORECASE)
_PAIRED_TAG = re.compile(r"<([a-z][\w-]{0,40})>([^<>]{0,2000})</\1>", re.IGNORECASE)
_ANY_TAG = re.compile(r"</?[a-z_][\w:-]{0,40}(?:\s[^<>]{0,80})?/?>", re.IGNORECASE)
_BULLET = re.compile(r"^(?:[-*+>]\s+|\(?(?:\d{1,2}|[a-h])[.)]\s+|#{1,6}\s*|step \d+\s*[:.]\s*)+", re.IGNORECASE)
_RULE = re.compile(r"^[\s|:+=_-]*$")
_DEEPEST = 12
_MOST_EFFORT = 150_000
"""Characters in brackets that are tried as structures: a reply of thousands of open brackets is none."""
_COLUMN_NAME = r"(?:left|center|centre|middle|right|west|east)(?: column)?"
_MARKED = frozenset(("1", "x", "yes", "true", "#", "*", "■", "█", "o", "changed", "change", "v", "+"))
_UNMARKED = frozenset(("0", "", ".", "-", "_", "no", "false", "none", "□", "░", "unchanged", "no change", " "))


@lru_cache(maxsize=4096)
def lines_of(answer: str) -> tuple[Line, ...]:
    """The lines of an answer (see the module); ``answer`` is what :func:`cleaning.answer_text` gave."""
    lines: list[Line] = []
    for block in blocks_of(answer):
        if isinstance(block, Line):
            lines.append(block)
        elif isinstance(block, Table):
            lines += [Line(text, block.headings) for text in _table([list(row) for row in block.rows])]
        else:
            lines += [Line(text, headings) for headings, text in _leaves(block.value, ())]
    return tuple(lines)


def blocks_of(answer: str) -> tuple[Line | Table | Structure, ...]:
    """The same with tables and structures as they are, for readers that know their shapes."""
    blocks: list[Line | Table | Structure] = []
    for part in structured(answer):
        blocks += text_blocks(part) if isinstance(part, str) else [part]
    return tuple(blocks)


def structured(answer: str) -> Iterator[str | Structure]:
    """An answer without fences and tags as text and the structures in it, in order."""
    return _structures(_without_tags(_FENCE.sub("\n", answer)))


def structures_in(text: str) -> list[Any]:
    """JSON and Python structures in a text, numbers as text."""
    return [part.value for part in _structures(text) if not isinstance(part, str)]


def _without_tags(text: str) -> str:
    if "<" not in text:
        return text
    text = _TABLE_CELL.sub("|", text) if "<t" in text else text
    text = _INLINE_TAG.sub(" ", _BLOCK_TAG.sub("\n", text))
    for _ in range(2):
        text = _PAIRED_TAG.sub(lambda m: f"\n{m[1].replace('_', ' ')}: {m[2].strip()}\n", text)
    return _ANY_TAG.sub(" ", text)


# JSON and Python literals


def _structures(text: str) -> Iterator[str | Structure]:
    """Text and the JSON or Python structures in it, in order."""
    start, effort = 0, 0
    for match in re.finditer(r"[{\[]", text):
        if match.start() < start:
            continue
        end = _closing(text, match.start())
        effort += end - match.start()
        if effort > _MOST_EFFORT:
            break
        value = _literal(text[match.start() : end])
        if value is None:
            continue
        label = text[start : match.start()].rstrip()
        # A list that a label stands before ("roads: [..]", "roads [..]") belongs to the text of its line.
        if isinstance(value, list) and re.search(r"\w[\s:=*\"'-]*$", label.rsplit("\n", 1)[-1]) and _is_flat(value):
            continue
        if label.strip():
            yield label
        yield Structure(value)
        start = end
    if text[start:].strip(" \n,"):
        yield text[start:]


def _closing(text: str, start: int) -> int:
    depth, quote, place = 0, "", start
    while place < len(text):
        mark = text[place]
        if quote:
            if mark == "\\":
                place += 1
            elif mark == quote:
                quote = ""
        elif mark == '"':
            quote = mark
        elif mark in "{[":
            depth += 1
        elif mark in "}]":
            depth -= 1
            if depth == 0:
                return place + 1
        place += 1
    return len(text)


def _literal(text: str) -> Any:
    """The value of a JSON or Python literal, a cut one closed; None where it is none."""
    if len(text) < 2 or not re.search(r"[:,\"'\w]", text):
        return None
    for attempt in (text, *_repaired(text)):
        try:
            value = json.loads(attempt, parse_int=_number, parse_float=_number)
        except (ValueError, RecursionError):
            try:
                value = ast.literal_eval(attempt) if len(attempt) < 10_000 and attempt.count("[") < 100 else None
            except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
                value = None
        if isinstance(value, dict | list) and value:
            return value
    return None


def _number(digits: str) -> str:
    return digits


def _repaired(text: str) -> Iterator[str]:
    """The same with what models leave out: trailing commas off, bare keys quoted, open brackets closed."""
    loose = re.sub(r",\s*(?=[}\]])", "", text)
    loose = re.sub(r"(?<=[{,\n])\s*([A-Za-z_][\w -]{0,40})\s*:", r'"\1":', loose)
    yield loose
    cut = re.sub(r",?\s*(?:\"[^\"]*\"?\s*:?\s*)?$", "", loose) if not loose.rstrip().endswith(("]", "}")) else loose
    for candidate in (loose + '"' if loose.count('"') % 2 else loose, cut):
        opened: list[str] = []
        quoted = False
        for mark in candidate:
            quoted = quoted ^ (mark == '"')
            if not quoted and mark in "{[":
                opened.append("}" if mark == "{" else "]")
            elif not quoted and mark in "}]" and opened:
                opened.pop()
        if len(opened) <= _DEEPEST:
            yield candidate.rstrip().rstrip(",:") + "".join(reversed(opened))


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """(parent keys, line) of everything in a structure."""
    key = path[-1] if path else ""
    if len(path) > _DEEPEST:
        return
    if isinstance(value, dict):
        yield from _object(value, path)
    elif not isinstance(value, list | tuple | set):
        yield path[:-1], _pair(key, _scalar(value))
    elif _is_flat(value):
        yield path[:-1], _pair(key, ", ".join(map(_scalar, value)) or "none")
    elif (cells := grid_cells(list(value))) is not None:
        yield path[:-1], _pair(key, ", ".join(cells) or "none")
    else:
        for entry in value:
            if isinstance(entry, list | tuple) and len(entry) > 1 and _is_flat(entry) and not _is_number(entry[0]):
                yield path, _pair(_scalar(entry[0]), ", ".join(map(_scalar, entry[1:])))
            elif isinstance(entry, dict) and all(map(_is_flat, entry.values())):
                yield path, _record(entry)
            else:
                yield from _leaves(entry, path)


def grid_cells(rows: Sequence[Any]) -> list[str] | None:
    """Cells that are marked in a drawn 3x3 grid of marks or of 0 and 1; None where it is none."""
    if len(rows) != 3 or any(not isinstance(row, list | tuple) or len(row) != 3 for row in rows):
        return None
    marks = [str(mark).strip().lower() for row in rows for mark in row]
    if not all(mark in _MARKED or mark in _UNMARKED for mark in marks):
        return None
    return [cell for cell, mark in zip(CELLS, marks, strict=True) if mark in _MARKED]


def _object(value: dict[Any, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    kept = {
        word: _parsed(inner) for key, inner in value.items() if not _is_skipped(word := _key(key)) or len(value) == 1
    }
    if kept and all(map(_is_flat, kept.values())) and (path or any(map(_NAMING.fullmatch, kept))):
        named = any(map(_NAMING.fullmatch, kept)) or (path and path[-1])
        if named:
            yield path[:-1], f"{path[-1]} | {_record(kept)}" if path and path[-1] else _record(kept)
            return
    for word, inner in kept.items():
        wraps = _WRAPPERS.fullmatch(word) and isinstance(inner, dict | list)
        yield from _leaves(inner, (*path, "" if wraps else word))


def _parsed(value: Any) -> Any:
    """A structure that was written as text (the arguments of a tool call), parsed."""
    return (_literal(value) or value) if isinstance(value, str) and value[:1] in ("{", "[") else value


def _record(entry: dict[Any, Any]) -> str:
    """One object as one line: what it names (a class, a cell) without its key, all else as ``key: value``."""
    parts = []
    for key, inner in entry.items():
        word = _key(key)
        if not _is_skipped(word):
            text = ", ".join(map(_scalar, inner)) if isinstance(inner, list | tuple) else _scalar(inner)
            parts.append(text if _NAMING.fullmatch(word) else f"{word}: {text}")
    return " | ".join(parts)


def _is_skipped(word: str) -> bool:
    return _SKIPPED_KEYS.fullmatch(word.replace(" ", "_")) is not None


def _is_flat(value: Any) -> bool:
    return not isinstance(value, dict) and (
        not isinstance(value, list | tuple) or all(not isinstance(entry, dict | list | tuple) for entry in value)
    )


def _is_number(value: Any) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"-?[\d.]+", value) is not None


def _key(key: Any) -> str:
    word = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(key)).replace("_", " ").strip().lower()
    return re.sub(r"^(?:num|number|n|no of|total|count)\s+(?:of\s+)?(?=\w)|\s+(?:count|number|num)$", "", word) or word


def _scalar(value: Any) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).lower().replace("_", "-") if isinstance(value, str) else str(value)


def _pair(key: str, text: str) -> str:
    return f"{key}: {text}" if key else text


# Text


def text_blocks(text: str) -> list[Line | Table]:
    """Lines and tables of a text without structures."""
    lines: list[Line | Table] = []
    headings: list[tuple[int, str]] = []
    rows: list[list[str]] = []
    raws = [*text.split("\n"), ""]
    levels = [_level(raw) for raw in raws]
    for number, raw in enumerate(raws):
        if raw.count("|") > 1 or (rows and "|" in raw):
            rows.append(_cells(raw))
            continue
        if rows:
            lines.append(Table(tuple(map(tuple, rows)), tuple(head for _, head in headings)))
            rows = []
        body, level = _BULLET.sub("", _plain(raw)).strip(), levels[number]
        if not body or _RULE.match(body):
            continue
        below = next((later for later in levels[number + 1 : number + 3] if later is not None), None)
        deeper = below is not None and below > (level or 0)
        is_heading = level is not None and _is_heading(raw.strip(), body, level % 2 == 1, deeper)
        headings = [(at, head) for at, head in headings if at < (level or 0) or (at == level and not is_heading)]
        lines.append(Line(body, tuple(head for _, head in headings), (level or 0) % 2 == 1))
        if is_heading:
            headings.append((level or 0, body.rstrip(": ")))
    return lines


def _level(raw: str) -> int | None:
    """Depth of a line: twice its indent, one more for a list item; negative for a Markdown heading, None if blank."""
    stripped = raw.strip()
    if not stripped:
        return None
    if stripped.startswith("#"):
        return -8 + 2 * min(len(stripped) - len(stripped.lstrip("#")), 3)
    return 2 * min(len(raw) - len(raw.lstrip()), 40) + (_BULLET.match(_EMPHASIS.sub("", stripped)) is not None)


def _is_heading(raw: str, body: str, item: bool, deeper: bool) -> bool:
    """A Markdown heading, a line that ends with a colon, a bold line, a lone word or two, or one with indented
    lines.
    """
    if len(body) > 120:
        return False
    bold = re.fullmatch(r"[-*+\d.)\s]*(?:\*\*|__)[^*]+(?:\*\*|__)\s*:?\s*(?:\([^()]*\))?", raw)
    lone = not item and len(body.split()) <= 3 and not re.search(r"[.,;:!?\d]", body)
    return (
        raw.startswith("#")
        or raw.rstrip("*_ ").endswith(":")
        or bold is not None
        or lone
        or (deeper and len(body.split()) <= 8)
    )


def _plain(raw: str) -> str:
    return re.sub(r"[ \t\xa0]+|(?<=[^\W_])_+(?=[^\W_])", " ", _EMPHASIS.sub("", raw)).strip().lower()


def _cells(raw: str) -> list[str]:
    return [_plain(cell) for cell in raw.strip().strip("|").split("|")]


def _table(rows: list[list[str]]) -> list[str]:
    """Each data row as a line: its first cell, then each further cell with its column's name."""
    rows = [row for row in rows if not all(_RULE.match(cell) and "-" in cell for cell in row) or len(row) == 1]
    rows = [row for row in rows if any(row)]
    if len(rows) < 2:
        return ["; ".join(row) for row in rows]
    head = rows[0]
    if _headless(rows):
        return [f"{row[0]}: {', '.join(cell or 'none' for cell in row[1:])}" for row in rows]
    lines = []
    if all(re.fullmatch(_COLUMN_NAME, name) for name in head[1:]) and len(head) == 4:
        # A drawn grid: its rows and columns name the cells.
        return [
            f"{row[0]}-{name} | {'none' if _RULE.match(cell) else cell}"
            for row in rows[1:]
            for name, cell in zip(head[1:], row[1:], strict=False)
        ]
    for row in rows[1:]:
        row = row + [""] * (len(head) - len(row))
        if all(re.fullmatch(r"[~+]?\d+[^a-z]*|none|-|", cell) for cell in row):
            lines += [f"{name}: {cell}" for name, cell in zip(head, row, strict=False) if name]
        elif len(head) == 2:
            lines.append(f"{row[0]}: {'none' if _RULE.match(row[1]) else row[1]}")
        else:
            # The cells of a row may be marks: a dash or nothing is no.
            pairs = zip(head[1:], row[1:], strict=False)
            parts = [f"{name}: {'none' if _RULE.match(cell) else cell}" for name, cell in pairs]
            lines.append(f"{row[0]} | {' | '.join(parts)}")
    return lines


def _headless(rows: list[list[str]]) -> bool:
    return len(rows[0]) == 2 and re.fullmatch(r"[~+]?\d+", rows[0][1]) is not None
