"""Numbers that a reply gives for each of several options, in prose, in a table or in JSON, and what follows of them.

A number belongs to the option of its own segment ("left: 12 objects, right: 5"). "30 -> 28 %", "from 30 to 28" and
numbers said of the two dates are an amount before and one after; "-14 %" and "lost 14 %" are changes. Numbers of
different units are not compared, and a segment with several numbers of one unit gives none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rsica_data.tasks.open_qa.replies.common import date_of, headed_lines
from rsica_data.text.amounts.numbers import settle_numbers
from rsica_data.text.clauses import without_dates
from rsica_data.text.word_patterns import word_pattern
from rsica_data.text.yes_no.choices import OPTION, options_in

_UNITS = (
    ("%", re.compile(r"\s*(?:%|per ?cent\b|pct\b|percentage points?|points?\b|pp\b)")),
    ("m2", re.compile(r"\s*(?:m2\b|m\^2|m²|sqm\b|sq\.? ?m\b|square met)")),
    ("ha", re.compile(r"\s*(?:ha\b|hectares?)")),
    ("px", re.compile(r"\s*(?:px\b|pix)")),
    ("m", re.compile(r"\s*(?:m\b|met(?:er|re)s?\b)")),
)
_NUMBER = r"\d{1,12}(?:\.\d{1,12})?"
_VALUE = re.compile(rf"(?<![\w.‹])({_NUMBER})(?![\w›]*\d)")
_PAIR = re.compile(
    r"(?<![\w.])(\d[\d.]{0,12})\s*(?:%|percent)?\s*(?:[a-z0-9²]{1,8}\s*)?(?:→|->|\bto\b|\bdown to\b|\bup"
    r" to\b)\s*(?:about |around |only )?(\d[\d.]{0,12})"
)
_NOISE = re.compile(
    r"\b(?:image|picture|photo|scene|date|time|step|option|row|column|cell|class) ?#?\d\b|"
    r"\b\d+(?:\.\d+)?\s?x\s?\d+(?:\.\d+)?\s*(?:px|pixels|m|grid|cells?)?|\bt[012]\b|"
    r"\b(?:19|20)\d\d\b|[(\[]\s*-?\d+(?:\.\d+)?(?:\s*,\s*-?\d+(?:\.\d+)?){1,7}\s*[)\]]|\b\d+(?:st|nd|rd|th)\b"
)
_SPLIT = re.compile(
    r"\||;|,(?!\d)|\band\b|\bwhile\b|\bwhereas\b|\bbut\b|\bvs\.?|\bversus\b|\bagainst\b|\bcompared (?:to|"
    r"with)\b|\bwith\b|\n|\s/\s|/(?=\s*‹O)|(?<=[.!?])\s"
)
_SIGN = re.compile(r"(?<![\w.%)\d])(?P<sign>[-+])(?P<space>\s?)(?=\d)")


_ABSENT = re.compile(r"\b(?:none|nothing|no|zero|nil|unchanged|not changed|untouched)\b")
_SOME = re.compile(r"\b(?:some|several|many|new|numerous|multiple|lots|dozens|a few|changed|added|built)\b")


@dataclass
class Amount:
    """What a reply gives for one option, by unit ("" where none is written); ``some``: an amount without a number."""

    plain: dict[str, float | None] = field(default_factory=dict)
    before: dict[str, float] = field(default_factory=dict)
    after: dict[str, float] = field(default_factory=dict)
    change: dict[str, float] = field(default_factory=dict)
    some: bool = False

    def changes(self) -> dict[str, float]:
        """The change by unit: as it was told, else from before to after."""
        return {
            **{unit: self.after[unit] - self.before[unit] for unit in self.before if unit in self.after},
            **self.change,
        }


Mark = Callable[[str], str]
"""Marks the options in a lower-case text (:data:`rsica_data.text.yes_no.choices.OPTION`)."""


def amounts_of(answer: str, mark: Mark) -> dict[int, Amount]:
    """What an answer gives for each option that it names.

    >>> from rsica_data.text.yes_no.choices import mark_options
    >>> words = {0: ("left",), 1: ("right",)}
    >>> {n: a.plain for n, a in amounts_of("left: 12 objects, right: 5", lambda t: mark_options(t, words)).items()}
    {0: {'': 12.0}, 1: {'': 5.0}}
    """
    amounts: dict[int, Amount] = {}
    for line in headed_lines(answer):
        line = _SIGN.sub(_in_words, _NOISE.sub(_kept_date, mark(line)))
        _read_line(settle_numbers(without_dates(line)), amounts)
    return amounts


def _in_words(match: re.Match[str]) -> str:
    # "+5" is a gain and "-5" a loss; "- 5" is a dash.
    return " gained " if match["sign"] == "+" else " " if match["space"] else " lost "


def _kept_date(match: re.Match[str]) -> str:
    # "image 1" and "t2" say of which date a number is; their own digit counts nothing.
    word = match[0]
    if word[-1] in "12" and re.match(r"(?:image|picture|photo|scene|date|time|t)\W?#?[12]$", word.replace(" ", "")):
        return " first image " if word[-1] == "1" else " second image "
    return " "


def _read_line(line: str, amounts: dict[int, Amount]) -> None:
    owner: int | None = None
    date = trend = None
    unit = ""
    for segment in _SPLIT.split(line):
        named = options_in(segment)
        if len(named) > 1:
            owner = None
            continue
        owner = named[0] if named else owner
        has_number = _VALUE.search(OPTION.sub(" ", segment)) is not None
        if not has_number:
            if len(named) == 1 and _ABSENT.search(segment):
                amounts.setdefault(named[0], Amount()).plain.setdefault("", 0.0)
            elif owner is not None and not named and _ABSENT.fullmatch(segment.strip(" .")):
                amounts.setdefault(owner, Amount()).plain.setdefault("", 0.0)
            elif len(named) == 1 and _SOME.search(segment):
                amounts.setdefault(named[0], Amount()).some = True
            date = date_of(segment) or (date if not named else None)
            continue
        if owner is not None:
            text = OPTION.sub(" ", segment)
            signs = [
                word
                for word, key in (("lost", "lost"), ("gained", "gained"))
                if word_pattern(f"choices.{key}").search(text)
            ]
            if not signs and trend and (re.search(r"\bby\b", text) or len(re.findall(r"[a-z]{2,}", text)) < 4):
                text = f"{trend} {text}"
            trend = signs[0] if len(signs) == 1 else trend
            unit = next((_unit(text, match.end()) for match in _VALUE.finditer(text)), "") or unit
            _note(amounts.setdefault(owner, Amount()), text, date_of(segment) or date, unit)


def _note(amount: Amount, text: str, date: str | None, written: str) -> None:
    pair = _PAIR.search(text)
    if pair is not None:
        unit = _unit(text, pair.end()) or written
        try:
            amount.before[unit], amount.after[unit] = float(pair[1].rstrip(".")), float(pair[2].rstrip("."))
        except ValueError:
            return
        return
    values: dict[str, set[float]] = {}
    for match in _VALUE.finditer(text):
        values.setdefault(_unit(text, match.end()) or written, set()).add(float(match[1]))
    for unit, numbers in values.items():
        if len(numbers) > 1:
            if unit not in amount.plain:
                amount.plain[unit] = None
            continue
        value = next(iter(numbers))
        if date is not None:
            (amount.before if date == "before" else amount.after).setdefault(unit, value)
        elif word_pattern("choices.lost").search(text):
            amount.change.setdefault(unit, -value)
        elif word_pattern("choices.gained").search(text):
            amount.change.setdefault(unit, value)
            amount.plain.setdefault(unit, value)
        else:
            amount.plain.setdefault(unit, value)


def _unit(text: str, end: int) -> str:
    return next((name for name, pattern in _UNITS if pattern.match(text, end)), "")


def by_unit(values: Mapping[int, Mapping[str, float | None]]) -> list[dict[int, float]]:
    """The values of the options that have one, for each unit in which there are at least two."""
    units = dict.fromkeys(unit for entry in values.values() for unit in entry)
    tables = [
        {number: value for number, entry in values.items() if (value := entry.get(unit)) is not None} for unit in units
    ]
    return [table for table in tables if len(table) > 1]


def extreme(table: Mapping[int, float], sign: int = 1) -> int | None:
    """The option of the greatest (``sign`` 1) or the smallest (-1) value; None for a tie."""
    ordered = sorted(table, key=lambda number: sign * table[number], reverse=True)
    return None if len(ordered) > 1 and table[ordered[0]] == table[ordered[1]] else ordered[0]


def agreed(winners: list[int | None]) -> int | None:
    """The one winner of several comparisons; None where they disagree or there is none."""
    distinct = set(winners)
    return distinct.pop() if len(distinct) == 1 else None


def only_one(amounts: Mapping[int, Amount]) -> int | None:
    """The one option that has anything where every other one has none."""
    zero = {n for n, amount in amounts.items() if set(amount.plain.values()) == {0.0} and not amount.changes()}
    rest = set(amounts) - zero
    return rest.pop() if zero and len(rest) == 1 else None
