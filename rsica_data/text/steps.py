"""Steps from one class to another in replies: "trees to buildings: 60 %", JSON, tables, sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rsica_data.text.amounts.shares import percent_in
from rsica_data.text.mentions import CLASS, class_key, mark_classes
from rsica_data.text.normalized.layout import Table, blocks_of, lines_of
from rsica_data.text.normalized.literals import structures_in
from rsica_data.text.yes_no.stance import plain

_SEGMENT = re.compile(r";|\n|(?<=[.!?])\s+")
_NEXT = re.compile(r",|\band\b|\bwhile\b|\bwhereas\b")
_BE = r"(?:were|was|been|being|are|is|got|gets)"
_BACKWARDS = re.compile(r"\b(?:replac|supersed|displac|supplant)(?:ed|es|ing)\b|\b(?:used to be|were|was)\b")
_FORWARDS = re.compile(
    r"→|>|\b(?:to|into|became|becomes?|turned|gave way|made way|now|after|converted|changed)\b|"
    # The passive turns the order round: "trees were replaced by buildings", "trees were cleared for buildings".
    rf"\b{_BE} (?:\w+ )?(?:\w+ed|cut|torn|lost|overtaken|overrun|taken|swept) (?:\w+ )?(?:by|with|for|and)\b|"
    r"\breplaced (?:by|with)\b"
)
_SURELY_BACKWARDS = re.compile(
    r"\b(?:took over|takes over|(?:in|took|takes|taking) (?:the )?place of|at the expense of|instead of|in lieu of|"
    r"substitut\w+ for|preceded by|formerly|former|previously|originally|once|where)\b|"
    r"\b(?:before:|now,)|"
    r"\bfrom (?:[\w-]+ ){0,2}$"
)
_TO_ANOTHER = re.compile(r"\W*(?:\w+ )?(?:to|into|→|->)\b|\s*(?:→|->)")
_FROM = ("from", "before", "source", "was", "from_class", "old", "previous")
_TO = ("to", "after", "target", "became", "to_class", "new", "now")
_SHARE = ("percent", "percentage", "share", "value", "ratio", "fraction", "pct", "proportion", "%")


@dataclass(frozen=True, slots=True)
class Step:
    """A step from one class to another, and its share in percent; None where none is given."""

    before: str
    after: str
    share: float | None


def steps_in(answer: str, classes: Sequence[str]) -> list[Step]:
    """The steps that an answer tells, in its order.

    Args:
        answer: an answer without its frames.
        classes: names of the classes.

    Example:
        >>> steps_in("Trees became buildings (60 %); water to roads: 40%", ["tree", "building", "water", "road"])
        [Step(before='tree', after='building', share=60.0), Step(before='water', after='road', share=40.0)]
    """
    steps = [step for value in structures_in(answer) for step in _structured(value, classes)]
    if steps:
        return steps
    tables = [block for block in blocks_of(answer) if isinstance(block, Table)]
    steps = [step for table in tables for step in _tabled(table.rows, classes)]
    if steps:
        return steps
    for line in lines_of(answer):
        for segment in _SEGMENT.split(plain(line.text)):
            heading = mark_classes(" ".join(line.headings), classes)
            marked = mark_classes(segment, classes)
            if len(set(CLASS.findall(marked))) == 1 and CLASS.search(heading):
                marked = f"{heading} to {marked}"
            steps += _told(marked, classes)
    return steps


def _tabled(rows: Sequence[Sequence[str]], classes: Sequence[str]) -> Iterator[Step]:
    """Steps of a table: rows with from, to and share, or a matrix with the classes of the later date as its columns."""
    columns = [_class(cell, classes) for cell in rows[0]]
    if len(rows) > 1 and sum(name is not None for name in columns[1:]) > 1 and columns[0] is None:
        for row in rows[1:]:
            for column, cell in zip(columns[1:], row[1:], strict=False):
                if (_number(cell) or 0) > 0 and column is not None:
                    yield from _step(row[0], column, cell, classes)
        return
    for row in rows:
        named = [cell for cell in row if _class(cell, classes) is not None]
        shares = [cell for cell in row if cell not in named and _number(cell) is not None]
        if len(named) == 2:
            yield from _step(named[0], named[1], shares[-1] if shares else None, classes)


def _told(marked: str, classes: Sequence[str]) -> Iterator[Step]:
    """Steps of one segment: mentions two by two, in the order that the words between them give."""
    named = list(CLASS.finditer(marked))
    place, start = 0, 0
    while place < len(named) - 1:
        first, second = named[place], named[place + 1]
        between = marked[first.end() : second.start()]
        if _is_whole(between, marked[second.end() : named[place + 2].start()] if place + 2 < len(named) else ""):
            place += 1
            continue
        if first[1] != second[1]:
            before, after = (classes[int(mention[1])] for mention in (first, second))
            if _is_backwards(between):
                before, after = after, before
            end = named[place + 2].start() if place + 2 < len(named) else len(marked)
            share = _share(marked[start : first.start()], between, marked[second.end() : end], start > 0)
            yield Step(before, after, share)
        place, start = place + 2, second.end()


def _is_backwards(between: str) -> bool:
    """Whether the words between two classes name the later one first: "buildings replaced trees"."""
    if _SURELY_BACKWARDS.search(between):
        return True
    return _BACKWARDS.search(between) is not None and _FORWARDS.search(between) is None


def _is_whole(between: str, following: str) -> bool:
    """Whether a mention is of what a step is a part of: "of the changed ground 70 % went from trees to water"."""
    return re.search(r"\bfrom (?:[\w-]+ ){0,2}$", between) is not None and _TO_ANOTHER.match(following) is not None


def _share(lead: str, between: str, tail: str, follows: bool) -> float | None:
    """The share of a step: what stands after it, else between its classes, else before it."""
    # Of a list the number before the next step is that step's own: "60 % trees to roads, 40 % water to roads".
    own = _NEXT.split(tail)[0]
    lead = _NEXT.split(lead)[-1] if follows else lead
    for part in (own, between, lead):
        if re.search(r"\d|\b(?:all|half|third|quarter)\b", part) and (share := percent_in(part)) is not None:
            return share
    return None


def _structured(value: Any, classes: Sequence[str]) -> Iterator[Step]:
    """Steps of a structure: rows with from and to, rows of three, or classes within classes."""
    if isinstance(value, list):
        flat = [part for part in value if not isinstance(part, (dict, list))]
        if len(flat) == len(value) and len(value) in (2, 3):
            yield from _step(value[0], value[1], value[2] if len(value) == 3 else None, classes)
            return
        for part in value:
            yield from _structured(part, classes)
        return
    if not isinstance(value, dict):
        return
    fields = {str(key).lower().strip(): part for key, part in value.items()}
    before, after = (next((fields[key] for key in keys if key in fields), None) for keys in (_FROM, _TO))
    if isinstance(before, str) and isinstance(after, str):
        yield from _step(before, after, next((fields[key] for key in _SHARE if key in fields), None), classes)
        return
    for key, part in value.items():
        if isinstance(part, dict) and class_key(str(key), classes):
            for target, share in part.items():
                yield from _step(str(key), str(target), share, classes)
        elif isinstance(part, (dict, list)):
            yield from _structured(part, classes)
        else:
            yield from (
                Step(s.before, s.after, _number(part)) for s in _told(mark_classes(plain(str(key)), classes), classes)
            )


def _step(before: Any, after: Any, share: Any, classes: Sequence[str]) -> Iterator[Step]:
    names = [_class(str(part), classes) for part in (before, after)]
    if names[0] is not None and names[1] is not None and names[0] != names[1]:
        yield Step(names[0], names[1], None if share is None else _number(share))


def _class(text: str, classes: Sequence[str]) -> str | None:
    named = CLASS.findall(mark_classes(plain(text), classes))
    return classes[int(named[0][0])] if len(named) == 1 else None


def _number(share: Any) -> float | None:
    return percent_in(str(share).lower())
