"""JSON and Python literals inside an answer: found, repaired, and told leaf by leaf."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rsica_data.geometry.cells import CELLS


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
_DEEPEST = 12
_MOST_EFFORT = 150_000
"""Characters in brackets that are tried as structures: a reply of thousands of open brackets is none."""
_MARKED = frozenset(("1", "x", "yes", "true", "#", "*", "■", "█", "o", "changed", "change", "v", "+"))
_UNMARKED = frozenset(("0", "", ".", "-", "_", "no", "false", "none", "□", "░", "unchanged", "no change", " "))


def structures_in(text: str) -> list[Any]:
    """JSON and Python structures in a text, numbers as text."""
    return [part.value for part in find_structures(text) if not isinstance(part, str)]


def find_structures(text: str) -> Iterator[str | Structure]:
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
                value = _python_literal(attempt) if len(attempt) < 10_000 and attempt.count("[") < 100 else None
            except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
                value = None
        if isinstance(value, dict | list) and value:
            return value
    return None


def _python_literal(text: str) -> Any:
    # "[5not, 2roads]" warns of an invalid literal, which says nothing to who scores replies.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.literal_eval(text)


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


def leaves_of(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
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
                yield from leaves_of(entry, path)


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
        yield from leaves_of(inner, (*path, "" if wraps else word))


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
