"""The part of a reply that was read, as spans of its characters.

The readers turn a reply into a typed answer and keep no places: what is marked are the words of the final answer that
say the values which were read (numbers, classes, cells, yes and no); where none is there, the whole final answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rsica_bench.scoring.api import ScoredItem
from rsica_data.text.amounts.numbers import NUMBER, number_value
from rsica_data.text.mentions import mentions
from rsica_data.text.normalized.reply import without_frames

Span = tuple[int, int]

_NUMBER = re.compile(rf"(?<![\w.]){NUMBER}(?:\.\d+)?(?:\s?%)?(?!\w)")
_NONE = re.compile(r"(?<!\w)(?:no|none|zero|not|nothing)(?!\w)")
_PLACE = re.compile(
    r"(?<!\w)(?:(?:top|upper|north|bottom|lower|south|cent(?:er|re)|middle)(?:ern)?"
    r"(?:[\s-]?(?:left|right|west|east|cent(?:er|re)|middle)(?:ern)?)?|left|right|(?:west|east)(?:ern)?)(?!\w)"
)
_TRUTH = re.compile(r"(?<!\w)(?:yes|no|true|false|not|unchanged|changed|changes?|same|identical)(?!\w)")


def marks_of(item: ScoredItem) -> list[list[int]]:
    """``[start, end]`` of the characters that were read, in order and apart; none where nothing was.

    Example:
        Of "<think>2?</think>3 roads" with the answer ``{"road": 3}`` these are "3" and "roads".
    """
    if item.raw is None or item.answer is None:
        return []
    start, end = _final(item.raw)
    words = item.raw[start:end].lower()
    inside = list(_values(words, item)) if len(words) == end - start else []
    spans = [(start + low, start + high) for low, high in inside] or [(start, end)]
    return [list(span) for span in _joined(spans)]


def _final(raw: str) -> Span:
    """Where the final answer stands, after reasoning and frames; all of the reply where its text was rewritten."""
    final = without_frames(raw)
    place = raw.rfind(final) if final else -1
    return (place, place + len(final)) if place >= 0 else (0, len(raw))


def _values(words: str, item: ScoredItem) -> Iterator[Span]:
    """Spans of the words that say a value of the answer."""
    values = list(_flat(item.answer))
    numbers = {float(value) for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)}
    for match in _NUMBER.finditer(words) if numbers else ():
        if _number(match[0]) in numbers:
            yield match.span()
    if any(isinstance(value, bool) for value in values):
        yield from (match.span() for match in _TRUTH.finditer(words))
    elif 0 in numbers or not all(_lists(item.answer)):
        yield from (match.span() for match in _NONE.finditer(words))
    if any(isinstance(value, str) and "-" in value for value in values):
        yield from (match.span() for match in _PLACE.finditer(words))
    if isinstance(item.answer, Mapping) and "text" not in item.answer and "changed" not in item.answer:
        yield from ((one.start, one.end) for one in mentions(words, item.classes))


def _lists(value: Any) -> Iterator[list[Any]]:
    if isinstance(value, Mapping):
        yield from (part for part in value.values() if isinstance(part, list))


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _flat(part)
    else:
        yield value


def _number(text: str) -> float | None:
    digits = text.rstrip("% ").replace(",", "")
    if re.fullmatch(r"\d+(?:\.\d+)?", digits):
        return float(digits)
    return float(number_value(digits)) if "." not in digits else None


def _joined(spans: list[Span]) -> list[Span]:
    kept: list[Span] = []
    for low, high in sorted(spans):
        if kept and low <= kept[-1][1]:
            kept[-1] = (kept[-1][0], max(high, kept[-1][1]))
        else:
            kept.append((low, high))
    return kept
