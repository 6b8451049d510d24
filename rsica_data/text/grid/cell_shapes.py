"""Shapes of answers that the layout knows nothing of: tag trees as structures, comma-separated lines as tables; and the
keys of structures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rsica_data.text.normalized.layout import Table
from rsica_data.text.normalized.literals import Structure

_TAG = re.compile(r"<(/?)([a-z_][\w.-]{0,40})((?:\s+[\w:-]{1,40}\s*=\s*(?:\"[^\"]{0,200}\"|'[^']{0,200}'))*)\s*(/?)>")
_ATTRIBUTE = re.compile(r"([\w:-]{1,40})\s*=\s*(?:\"([^\"]{0,200})\"|'([^']{0,200})')")
_HTML = frozenset(
    [
        "p",
        "b",
        "i",
        "u",
        "em",
        "strong",
        "span",
        "div",
        "br",
        "li",
        "ul",
        "ol",
        "table",
        "tr",
        "td",
        "th",
        "tbody",
        "thead",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "code",
        "pre",
        "a",
        "font",
        "mark",
        "sub",
        "sup",
        "ref",
        "box",
        "obj",
        "section",
        "answer",
        "think",
    ]
)
_HEAD = re.compile(
    r"(?:class(?:es)?|type|category|label|object|cells?|location|position|place|region|"
    r"grid[ _]?cell|row|col(?:umn)?|r|c|x|y|what[ _]?changed|changes?|changed|status|"
    r"count|id|value|present)"
)
_DEEPEST = 12
ROW_KEY, COLUMN_KEY = (
    re.compile(r"(?:row|r|y|row ?(?:index|number|no)|行)s?"),
    re.compile(r"(?:col(?:umn)?|c|x|col(?:umn)? ?(?:index|number|no)|列)s?"),
)
_COMMENT = re.compile(r"<!--.{0,500}?(?:-->|→)|<\?.{0,200}?\?>", re.DOTALL)


def elements_in(text: str) -> list[Structure]:
    """The trees of tags in a text that are no HTML layout, as structures; none where text stands around them."""
    if "</" not in text:
        return []
    bare = _COMMENT.sub(" ", text)
    tags = list(_TAG.finditer(bare))
    if not tags or any(tag[2] in _HTML for tag in tags) or bare[: tags[0].start()].strip(" \n`xml"):
        return []
    if bare[tags[-1].end() :].strip(" \n`."):
        return []
    root: dict[str, Any] = {}
    stack: list[tuple[str, dict[str, Any], list[str]]] = [("", root, [])]
    place = 0
    for tag in tags:
        stack[-1][2].append(bare[place : tag.start()].strip())
        place = tag.end()
        attributes = {key: first or second for key, first, second in _ATTRIBUTE.findall(tag[3])}
        if tag[1]:
            if len(stack) > 1 and stack[-1][0] == tag[2]:
                _close(stack)
        elif tag[4]:
            _add(stack[-1][1], tag[2], attributes or "")
        elif len(stack) < _DEEPEST:
            stack.append((tag[2], dict(attributes), []))
    while len(stack) > 1:
        _close(stack)
    return [Structure(root)] if len(tags) > 2 else []


def _close(stack: list[tuple[str, dict[str, Any], list[str]]]) -> None:
    name, inner, texts = stack.pop()
    words = " ".join(text for text in texts if text)
    if words and inner:
        inner["value"] = words
    _add(stack[-1][1], name, inner or words)


def _add(parent: dict[str, Any], name: str, value: Any) -> None:
    """A child of an element; several of one name are a list."""
    if name not in parent:
        parent[name] = value
    elif isinstance(parent[name], list):
        parent[name].append(value)
    else:
        parent[name] = [parent[name], value]


def comma_tables(text: str, is_name: Callable[[str], bool]) -> Iterator[str | Table]:
    """Text and the tables of comma- or tab-separated lines in it, in order: a line of known heads begins one."""
    lines = text.split("\n")
    start = number = 0
    while number < len(lines):
        heads = _fields(lines[number])
        if (
            len(heads) < 2
            or not any(map(_HEAD.fullmatch, heads))
            or not all(_HEAD.fullmatch(head) or is_name(head) for head in heads)
        ):
            number += 1
            continue
        end = number + 1
        while (
            end < len(lines)
            and 0 <= len(_fields(lines[end])) - 1 <= len(heads)
            and len(_fields(lines[end])) >= min(2, len(heads))
        ):
            end += 1
        if end - number < 2:
            number += 1
            continue
        if number > start:
            yield "\n".join(lines[start:number])
        yield Table(tuple(tuple(_fields(line, len(heads))) for line in lines[number:end]))
        start = number = end
    if start < len(lines):
        yield "\n".join(lines[start:])


def _fields(line: str, count: int = 0) -> list[str]:
    mark = "\t" if "\t" in line.strip() else ";" if line.count(";") > line.count(",") else ","
    if mark not in line or "|" in line:
        return []
    parts = [part.strip().strip("\"'") for part in line.strip().split(mark)]
    return [*parts[: count - 1], ", ".join(parts[count - 1 :])] if count and len(parts) > count else parts


def key_words(key: Any) -> str:
    """A key of a structure as words."""
    return re.sub(r"\s+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(key)).replace("_", " ").strip().lower())


def indices_in(value: Any, depth: int = 0) -> list[int]:
    """Numbers that stand under row and column keys, or as pairs, anywhere in a structure."""
    numbers: list[int] = []
    if depth > _DEEPEST:
        return numbers
    if isinstance(value, dict):
        for key, inner in value.items():
            if (ROW_KEY.fullmatch(key_words(key)) or COLUMN_KEY.fullmatch(key_words(key))) and re.fullmatch(
                r"\d", str(inner)
            ):
                numbers.append(int(str(inner)))
            numbers += indices_in(inner, depth + 1)
    elif isinstance(value, list | tuple):
        if are_pairs(value):
            numbers += [int(str(part)) for pair in value for part in pair]
        else:
            for inner in value:
                numbers += indices_in(inner, depth + 1)
    return numbers


def are_pairs(value: Sequence[Any]) -> bool:
    """Whether a list holds pairs of row and column numbers."""
    return bool(value) and all(
        isinstance(pair, list | tuple) and len(pair) == 2 and all(re.fullmatch(r"[0-3]", str(part)) for part in pair)
        for pair in value
    )
