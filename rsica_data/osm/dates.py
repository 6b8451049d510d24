"""Dates as OSM's ``start_date`` and ``end_date`` write them, as spans; spans against image dates."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from typing import Literal

_ISO = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")
_DECADE = re.compile(r"^(\d{3})0s$")
_CENTURY = re.compile(r"^c(\d{1,2})$")
_PART = re.compile(r"^(early|mid|late)\s+(.*)$")
_ABOUT_YEARS = 5
_THIRDS = {"early": (0, 1), "mid": (1, 2), "late": (2, 3)}

When = Literal["before", "between", "after", "perhaps"]


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day that a date may mean, ``YYYY-MM-DD``."""

    first: str
    last: str


def parse_span(text: str) -> Span | None:
    """The span of an OSM date; None where it is not understood.

    Understands ``2015``, ``2015-03``, ``2015-03-01``, ``~1850`` (five years either way), ``1890s``, ``C19``,
    ``early 1920s``, ``before 1939``, ``after 1945``, ``2005..2007``.
    """
    words = " ".join(text.strip().lower().split())
    for split in ("..", " - ", " to "):
        if split in words:
            one, other = (parse_span(part) for part in words.split(split, 1))
            return Span(one.first, other.last) if one and other and one.first <= other.last else None
    for word in ("before ", "until "):
        if words.startswith(word):
            end = parse_span(words.removeprefix(word))
            return None if end is None else Span("0001-01-01", end.first)
    if words.startswith("after "):
        begin = parse_span(words.removeprefix("after "))
        return None if begin is None else Span(begin.last, "9999-12-31")
    if words.startswith(("~", "ca ", "circa ", "c. ")):
        middle = parse_span(words.split(" ", 1)[1] if words[0] != "~" else words[1:])
        if middle is None:
            return None
        first, last = int(middle.first[:4]) - _ABOUT_YEARS, int(middle.last[:4]) + _ABOUT_YEARS
        return _years(first, last)
    return _plain(words)


def _plain(words: str) -> Span | None:
    if match := _ISO.match(words):
        year, month, day = (int(part) if part else None for part in match.groups())
        return _iso(year or 0, month, day)
    if match := _DECADE.match(words):
        return _years(int(match[1]) * 10, int(match[1]) * 10 + 9)
    if match := _CENTURY.match(words):
        return _years((int(match[1]) - 1) * 100 + 1, int(match[1]) * 100)
    if match := _PART.match(words):
        whole = parse_span(match[2])
        if whole is None:
            return None
        begin, end = int(whole.first[:4]), int(whole.last[:4]) + 1
        low, high = (begin + (end - begin) * third // 3 for third in _THIRDS[match[1]])
        return _years(low, max(high - 1, low))
    return None


def _iso(year: int, month: int | None, day: int | None) -> Span | None:
    if year == 0:
        return None
    if month is None:
        return _years(year, year)
    if not 1 <= month <= 12:
        return None
    days = calendar.monthrange(year, month)[1]
    if day is None:
        return Span(f"{year:04}-{month:02}-01", f"{year:04}-{month:02}-{days:02}")
    if not 1 <= day <= days:
        return None
    exact = f"{year:04}-{month:02}-{day:02}"
    return Span(exact, exact)


def _years(first: int, last: int) -> Span | None:
    return Span(f"{first:04}-01-01", f"{last:04}-12-31") if 1 <= first <= last <= 9999 else None


def when(span: Span, first_image: str, second_image: str) -> When:
    """Where a span lies about two image dates (``YYYY-MM-DD``): ``perhaps`` where it reaches over one of them."""
    if span.last <= first_image:
        return "before"
    if span.first > second_image:
        return "after"
    if span.first > first_image and span.last <= second_image:
        return "between"
    return "perhaps"
