"""Structures whose entries are objects or whose columns are classes: turned into lines that count.

A list of object records ("building" at a box, "road" at a box) counts one object each; a table without markup
(``road;building`` above ``1;22``), an element with attributes (``<item class="building" changed="4"/>``) and a value
that is null are written as the line that a person reads from them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rsica_data.text.mentions import Mention, mentions
from rsica_data.text.normalized.literals import structures_in

_NAMING = re.compile(r"(?:class|object|class_?name|type|object_?type|category|label|kind|name|类别)")
_COUNTING = re.compile(
    r"(?:count|number|num|n|total|quantity|amount|changes?|changed|added|removed|new|before|after|数量)(?:_.*)?|.*_(?:count|number|total|before|after)"
)
_DENIED = re.compile(r"no|none|unchanged|false|same|not[ _-]changed|no[ _-]change|0|stable|existing|identical")
_STATE = re.compile(r"(?:change|changed|status|state|change_type|action|is_new|is_changed)")


def objects_in(answer: str, classes: Sequence[str]) -> dict[int, int]:
    """Numbers of objects by class, from lists of object records; empty where there is no such list.

    >>> objects_in('[{"label": "building"}, {"label": "house"}]', ("road", "building"))
    {1: 2}
    """
    if ("{" not in answer and "[" not in answer) or answer.count("{") + answer.count("[") > 500:
        return {}
    for structure in structures_in(answer):
        if counts := _repeated_names(structure, classes):
            return counts
        if isinstance(structure, dict) and (counts := _named_lists(structure, classes)):
            return counts
        for records in _lists(structure, 0):
            counts = _counted(records, classes)
            if counts:
                return counts
    return {}


_BOXED_NAME = re.compile(r"<ref>([^<>]{1,60})</ref>\s*(?:<box>[^<>]{1,80}</box>\s*)+")


def boxed_names(answer: str, classes: Sequence[str]) -> dict[int, int]:
    """Numbers of boxes by class of an answer that is nothing but named boxes (``<ref>road</ref><box>..</box>``)."""
    matches = list(_BOXED_NAME.finditer(answer))
    if not matches or re.sub(r"[\s,;.]", "", _BOXED_NAME.sub("", answer)):
        return {}
    counts: dict[int, int] = {}
    for match in matches:
        named = mentions(match[1].lower(), classes)
        if not named:
            return {}
        owner = classes.index(named[0].name)
        counts[owner] = counts.get(owner, 0) + match[0].count("<box>")
    return counts


def _lists(value: Any, depth: int) -> list[list[dict[Any, Any]]]:
    if depth > 6:
        return []
    lists: list[list[dict[Any, Any]]] = []
    if isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value):
        lists.append(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for entry in inner:
        if isinstance(entry, dict | list):
            lists += _lists(entry, depth + 1)
    return lists


def _repeated_names(structure: Any, classes: Sequence[str]) -> dict[int, int]:
    """Numbers of the classes in a bare list of their names, one of them more than once: one name for each object."""
    if isinstance(structure, dict) and len(structure) == 1:
        structure = next(iter(structure.values()))
    if not isinstance(structure, list) or not all(isinstance(entry, str) for entry in structure):
        return {}
    named = [mentions(entry.strip().lower(), classes) for entry in structure]
    whole = [
        named_here[0].name
        for named_here, entry in zip(named, structure, strict=True)
        if _is_all_of(named_here, entry.strip())
    ]
    if len(whole) != len(structure) or len(set(whole)) == len(whole):
        return {}
    return {classes.index(name): whole.count(name) for name in dict.fromkeys(whole)}


def _is_all_of(named_here: Sequence[Mention], entry: str) -> bool:
    return len(named_here) == 1 and named_here[0].start == 0 and named_here[0].end == len(entry)


def _named_lists(structure: dict[Any, Any], classes: Sequence[str]) -> dict[int, int]:
    """Numbers of the objects that are listed under their classes by name: ``{"buildings": ["house A", "barn"]}``."""
    counts: dict[int, int] = {}
    for key, value in structure.items():
        named = mentions(str(key).lower().replace("_", " "), classes)
        if not named or not isinstance(value, list):
            continue
        if not all(_is_one_object(entry, classes) for entry in value):
            return {}
        counts[classes.index(named[0].name)] = len(value)
    return counts


def _is_one_object(entry: Any, classes: Sequence[str]) -> bool:
    """Whether an entry of a list under a class is one object: a name, or a record without a number or a denial."""
    if isinstance(entry, str):
        return _is_object(entry, classes)
    if not isinstance(entry, dict) or not entry:
        return False
    keys = {str(key).strip().lower().replace(" ", "_"): str(value).strip().lower() for key, value in entry.items()}
    return not any(
        _COUNTING.fullmatch(key) or (_STATE.fullmatch(key) and _DENIED.fullmatch(value)) for key, value in keys.items()
    )


def _is_object(entry: str, classes: Sequence[str]) -> bool:
    words = entry.lower()
    return (
        len(mentions(words, classes)) > 0 and re.match(r"\W*(?:[2-9]|\d\d|two|three|several|some|no)\b", words) is None
    ) or (re.fullmatch(r"\s*(?:[a-z]\d{0,3}|#\d{1,3})\s*", words) is not None)


def _counted(records: list[dict[Any, Any]], classes: Sequence[str]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for record in records:
        owner = None
        for key, value in record.items():
            name = str(key).strip().lower().replace(" ", "_")
            if _NAMING.fullmatch(name) and isinstance(value, str):
                named = mentions(value.lower().replace("_", " "), classes)
                owner = classes.index(named[0].name) if named and owner is None else owner
            elif _COUNTING.fullmatch(name) and re.fullmatch(
                r"[~+-]?\d+(?:-\d+)?|true|false", str(value).strip().lower()
            ):
                return {}
            elif _STATE.fullmatch(name) and _DENIED.fullmatch(str(value).strip().lower()):
                owner = None
                break
        if owner is not None:
            counts[owner] = counts.get(owner, 0) + 1
    return counts


_BRACKETED = re.compile(r"\s*\((\d{1,6})\)\s+[\w ]{2,30}?[\s,;]*(?:and )?\((\d{1,6})\)\s+\w")
_ELEMENT = re.compile(
    r"<([a-z][\w-]{0,30})((?:\s+[\w:-]{1,40}\s*=\s*(?:\"[^\"<>]{0,80}\"|'[^'<>]{0,80}')){1,8})\s*/?>", re.I
)
_ATTRIBUTE = re.compile(r"([\w:-]{1,40})\s*=\s*[\"']([^\"']*)[\"']")


def plain_rows(answer: str, classes: Sequence[str]) -> str:
    """An answer with its elements, tables of plain text and nulls as lines of class and number.

    >>> plain_rows("road;building\\n1;22", ("road", "building"))
    'road: 1\\nbuilding: 22'
    """
    answer = re.sub(r"([:=]\s*)(?:null|nan|undefined)\b(?=\s*[,}\n]|\s*$)", r'\1"unknown"', answer, flags=re.I)
    answer = re.sub(r"(:\s*)\[\s*\]", r'\1"none"', answer)
    answer = re.sub(r"([:=]\s*)\?+(?!\w)", r"\1unknown ", answer)
    match = _BRACKETED.match(answer)
    if match is not None and int(match[2]) != int(match[1]) + 1 and mentions(answer[: match.end()].lower(), classes):
        # Not the marks of a list: "(1) road (10) buildings".
        answer = re.sub(r"\((\d{1,6})\)(?=\s+\w)", r"\1", answer)
    if "<" in answer and "=" in answer:
        answer = _ELEMENT.sub(lambda match: _element(match, classes), answer)
    return _columns(answer, classes)


def _element(match: re.Match[str], classes: Sequence[str]) -> str:
    pairs = [(key.lower().replace("_", " "), value.strip().lower()) for key, value in _ATTRIBUTE.findall(match[2])]
    name = match[1].lower().replace("_", " ")
    named = [value for key, value in pairs if _NAMING.fullmatch(key.replace(" ", "_")) and mentions(value, classes)]
    if not named and mentions(name, classes):
        named = [name]
    values = [(key, value) for key, value in pairs if re.fullmatch(r"\d{1,9}", value) and key not in ("id", "index")]
    if named and values and not any(re.fullmatch(r"[xy]\d*|width|height", key) for key, _ in pairs):
        return f"\n{named[0]}: " + ", ".join(f"{key} {value}" for key, value in values) + "\n"
    return match[0]


_NUMBERS = re.compile(r"\s*[~+]?\d{1,9}(?:\s*(?:;|,|\t|\||/)\s*[~+]?\d{1,9})+\s*")


def _columns(answer: str, classes: Sequence[str]) -> str:
    lines = answer.split("\n")
    if len(lines) > 200:
        return answer
    at = 0
    while at < len(lines):
        line = lines[at]
        pair = re.fullmatch(r"\s*([^\d;\t|:]{2,40})\s*[;\t]\s*(\d{1,9})\s*", line)
        if pair and mentions(pair[1].lower(), classes):
            lines[at] = f"{pair[1].strip()}: {pair[2]}"
        if at and _NUMBERS.fullmatch(line) and not re.search(r"\d", lines[at - 1]):
            values = re.findall(r"\d+", line)
            names = [name.strip() for name in re.split(r"[;,\t|/]", lines[at - 1])]
            named = [bool(mentions(name.lower(), classes)) for name in names]
            if len(names) == len(values) and sum(named) > 1:
                lines[at - 1 : at + 1] = [
                    f"{name}: {value}" for name, value, is_class in zip(names, values, named, strict=True) if is_class
                ]
        at += 1
    return "\n".join(lines)
