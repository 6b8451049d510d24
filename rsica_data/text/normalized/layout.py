"""The layout of an answer made plain: Markdown, tables, lists, JSON, Python literals and tags become short lines.

Whatever the shape, one fact is one line in the end: ``{"roads": {"count": 2}}``, ``| Roads | 2 |`` and
``**Roads**: 2`` all give ``roads ... : 2``. A line that heads others (a heading, a parent key) is kept as their
``heading``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rsica_data.text.normalized.literals import Structure, find_structures, leaves_of


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
_COLUMN_NAME = r"(?:left|center|centre|middle|right|west|east)(?: column)?"


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
            lines += [Line(text, headings) for headings, text in leaves_of(block.value, ())]
    return tuple(lines)


def blocks_of(answer: str) -> tuple[Line | Table | Structure, ...]:
    """The same with tables and structures as they are, for readers that know their shapes."""
    blocks: list[Line | Table | Structure] = []
    for part in structured(answer):
        blocks += text_blocks(part) if isinstance(part, str) else [part]
    return tuple(blocks)


def structured(answer: str) -> Iterator[str | Structure]:
    """An answer without fences and tags as text and the structures in it, in order."""
    return find_structures(_without_tags(_FENCE.sub("\n", answer)))


def _without_tags(text: str) -> str:
    if "<" not in text:
        return text
    text = _TABLE_CELL.sub("|", text) if "<t" in text else text
    text = _INLINE_TAG.sub(" ", _BLOCK_TAG.sub("\n", text))
    for _ in range(2):
        text = _PAIRED_TAG.sub(lambda m: f"\n{m[1].replace('_', ' ')}: {m[2].strip()}\n", text)
    return _ANY_TAG.sub(" ", text)


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
