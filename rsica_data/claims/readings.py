"""The reading of a text, as a second model gave it: its entries beside the listed facts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rsica_data.claims.listed import Listed
from rsica_data.claims.plain_values import AREA_SLACK, SHARE_SLACK, same_date
from rsica_data.claims.reading import ARGUMENTS, BOUNDED, BOUNDS, DENIED, NAMES, NOTHING, UNANSWERED, VALUES, parts_of
from rsica_data.claims.settled import settled
from rsica_data.geometry.cells import CELLS
from rsica_data.text.class_names import plural

Json = Mapping[str, Any]
_SIDES = ("growth_direction", "relative_position")


@dataclass(frozen=True)
class Entry:
    """One thing that a question asks for, or that a text states.

    Attributes:
        kind: one of ``reading.ARGUMENTS``; ``other``, or of a question ``description``.
        args: arguments of the kind by name.
        value: what the text gives; None where it gives nothing.
        bound: how a number is meant.
        stance: ``yes``, ``no`` (it is said not to be so) or ``unanswered``.
        spans: the parts of the text that state it; none for what is asked.
        quote: their words.
    """

    kind: str
    args: Mapping[str, Any]
    value: Any
    bound: str = "exactly"
    stance: str = "yes"
    spans: tuple[tuple[int, int], ...] = ()
    quote: str = ""

    @property
    def classes(self) -> set[str]:
        """The classes that it names."""
        named = [self.args[name] for name in ("cls", "a", "b") if name in self.args]
        type_ = VALUES.get(self.kind, "")
        if type_ in ("class", "any_class", "class_or_equal"):
            named.append(self.value)
        elif type_ == "classes":
            named += self.value or ()
        return {str(name) for name in named} - {"equal"}

    def words(self) -> str:
        """Kind and arguments in words, for messages."""
        of = " and ".join(plural(str(self.args[name])) for name in ("cls", "a", "b") if name in self.args)
        at = "".join(f" ({self.args[name]})" for name in ("cell", "side") if name in self.args)
        return f"{self.kind.replace('_', ' ')}{f' of {of}' if of else ''}{at}"


@dataclass(frozen=True)
class Reading:
    """What a question asks for, and what a text states."""

    asks: tuple[Entry, ...]
    claims: tuple[Entry, ...]


def reading_of(data: Json, text: str, listed: Listed) -> Reading:
    """The reading in a reply.

    An entry whose arguments or value do not fit its kind is ``other``; a claim that names no part of the text is left
    out.

    Args:
        data: of the form of ``reading.reading_schema``.
        text: the text that the model saw.
        listed: of whom the names of the classes are used.
    """
    asks = tuple(_entry(words, listed, ask=True) for words in _entries(data.get("asks")))
    parts, claims = parts_of(text), []
    for entry in _entries(data.get("claims")):
        numbers = _PARTS.match(entry)
        words = entry if numbers is None else entry[numbers.end() :]
        given = dict.fromkeys(map(int, re.findall(r"\d+", numbers[0] if numbers else "")))
        spans = tuple(parts[number - 1] for number in given if 1 <= number <= len(parts))
        if spans and words:
            quote = folded(" ".join(text[start:end] for start, end in spans))
            claims.append(replace(_entry(words, listed, ask=False), spans=spans, quote=quote))
    return Reading(asks, tuple(claims))


_PARTS = re.compile(r"\d+(?:[,\s]+\d+)*(?:\s+|$)")
"""The numbers of parts before an entry."""


def _entries(given: Any) -> list[str]:
    """The entries of a list, parted by semicolons; none where it is no string."""
    return [words for part in given.split(";") if (words := " ".join(part.split()))] if isinstance(given, str) else []


def folded(text: str) -> str:
    """A text in lower case with single spaces.

    >>> folded("Two  ROADS")
    'two roads'
    """
    # A prompt shows a fence in a text with a space of no width in it.
    return " ".join(text.replace("\u200b", "").lower().split()).strip(" .,;:!?")


_KINDS = {name: kind for kind, name in NAMES.items()}
_NUMBER = re.compile(r"(?P<bound>[<>]=?|~)? ?(?P<digits>\d[\d,]*(?:\.\d+)?) ?(?:%|m2)?")
_OF_TYPE = {"bool": ("true", "false"), "cell": CELLS, "cells": CELLS}


def _entry(words: str, listed: Listed, ask: bool) -> Entry:
    stance = "yes"
    if words.startswith(f"{DENIED} "):
        stance, words = "no", words.removeprefix(f"{DENIED} ")
    if words.endswith(f" {UNANSWERED}"):
        stance, words = "unanswered", words.removesuffix(f" {UNANSWERED}")
    name, _, rest = words.partition(" ")
    kind = _KINDS.get(name)
    if kind is None:
        return Entry("description" if name == "description" else "other", {}, None, stance=stance)
    args: dict[str, str] = {}
    for argument in ARGUMENTS[kind]:
        names = ("before", "after") if argument == "side" else CELLS if argument == "cell" else listed.classes
        args[argument], rest = _first_of(names, rest)
    bound, value = _value(kind, rest, listed)
    apart = "" not in args.values() and len(set(args.values())) == len(args)
    if not apart or (value is None and (rest or not ask)):
        return Entry("other", {}, None, stance=stance)
    return Entry(kind, args, value, bound, stance)


def _first_of(names: Sequence[str], words: str) -> tuple[str, str]:
    """(the longest of some names that words begin with, the rest); an empty name where they begin with none."""
    for name in sorted(names, key=len, reverse=True):
        for written in (name, name.replace(" ", "_")):
            if words == written or words.startswith(f"{written} "):
                return name, words[len(written) :].strip()
    return "", words


def _value(kind: str, words: str, listed: Listed) -> tuple[str, Any]:
    """(bound, value) of the words behind the arguments of a kind; None where they are no value of it."""
    type_, exactly = VALUES[kind], BOUNDS[""]
    if not words:
        return exactly, None
    if type_ in BOUNDED:
        number = _NUMBER.fullmatch(words)
        if number is None:
            return exactly, None
        digits = number["digits"].replace(",", "")
        return BOUNDS[number["bound"] or ""], float(digits) if "." in digits else int(digits)
    if type_ in ("classes", "cells"):
        return exactly, _listed_names(CELLS if type_ == "cells" else listed.classes, words)
    if type_ in ("class", "any_class", "class_or_equal", "cell", "bool"):
        value, rest = _first_of(_OF_TYPE.get(type_, (*listed.classes, "equal")), words)
        return exactly, None if rest or not value else value == "true" if type_ == "bool" else value
    # A side in the form of a cell: "bottom-right".
    return exactly, words.replace("-", " ") if kind in _SIDES else words


def _listed_names(names: Sequence[str], words: str) -> list[str] | None:
    values: list[str] = []
    while words and words != NOTHING:
        name, words = _first_of(names, words)
        if not name:
            return None
        values.append(name)
    return values


def holds(entry: Entry, listed: Listed, partly: bool = False) -> bool | None:
    """Whether what is stated is so by the list; None where the list does not settle it.

    Args:
        entry: what is stated, with a value.
        listed: the facts.
        partly: whether some of the classes or cells of a fact are enough.
    """
    if entry.kind not in ARGUMENTS or entry.value is None:
        return None
    fact = settled(entry.kind, entry.args, listed)
    if fact is None:
        return None
    return _same(entry, fact, listed, partly) is (entry.stance == "yes")


def _same(entry: Entry, fact: Any, listed: Listed, partly: bool) -> bool:
    value, type_ = entry.value, VALUES[entry.kind]
    if type_ in BOUNDED:
        return _within(entry, float(fact))
    if type_ == "classes":
        return _same_classes(entry, set(fact), listed, partly)
    if type_ == "cells":
        named = set(value)
        return named == set(fact) or (partly and bool(named) and named <= set(fact))
    if type_ == "date":
        return same_date(str(value).lower(), str(fact))
    if entry.kind == "growth_direction":
        return set(str(value).split()) <= set(str(fact).split())
    return bool(value == fact)


def holds_all(entry: Entry, listed: Listed) -> bool:
    """Whether cells are those that hold the middle of an object: "one in A, one in B" says where all objects are."""
    if VALUES.get(entry.kind) != "cells" or entry.value is None or entry.stance != "yes":
        return False
    return set(entry.value) == _middles(entry, listed)


def _middles(entry: Entry, listed: Listed) -> set[str] | None:
    """The cells that hold the middle of an object of a class; None where they are not those of all that is meant."""
    name = entry.args["cls"]
    way = {"built_cells": "built", "removed_cells": "removed"}.get(entry.kind)
    if way is not None and settled("direction", {"cls": name}, listed) != way:
        return None
    counted = [fact for fact in listed.facts if fact.kind == "cell_objects" and fact.args["cls"] == name]
    whole = settled("class_count", {"cls": name}, listed)
    if not counted or sum(fact.value for fact in counted) != whole:
        return None
    return {str(fact.args["cell"]) for fact in counted if fact.value}


def _same_classes(entry: Entry, fact: set[str], listed: Listed, partly: bool) -> bool:
    """Sets of classes are compared over those whose objects are counted; others must hold one by one."""
    counted = {str(other.args["cls"]) for other in listed.facts if other.kind == "class_count"}
    changed = entry.kind == "changed_classes"
    for name in set(entry.value) - counted:
        count = settled("class_count", {"cls": name}, listed)
        if count is None or bool(count) is not changed:
            return False
    named = set(entry.value) & counted if counted else set(entry.value)
    return named == fact or (partly and bool(named) and named <= fact)


def _within(entry: Entry, fact: float) -> bool:
    number, slack = float(entry.value), slack_of(entry)
    if entry.bound == "about":
        loose = {"percent": max(2.0, 0.1 * fact), "area": max(0.1 * fact, AREA_SLACK), "count": max(0.12 * fact, 1.0)}
        return abs(fact - number) <= loose[VALUES[entry.kind]]
    rules = {
        "exactly": abs(fact - number) <= slack,
        "at least": fact >= number - slack,
        "at most": fact <= number + slack,
        "more than": fact > number,
        "less than": fact < number,
    }
    return rules[entry.bound]


def slack_of(entry: Entry) -> float:
    """How far an exact number may be from its fact: half of the last digit of a share, half a square metre."""
    type_ = VALUES[entry.kind]
    if type_ == "count":
        return 0.0
    if type_ == "area":
        return AREA_SLACK
    whole = float(entry.value) == int(entry.value) and f"{float(entry.value):.1f}" not in entry.quote
    return 0.51 if whole and entry.quote else SHARE_SLACK


def shown_value(entry: Entry) -> str:
    """A value in words, for messages.

    >>> shown_value(Entry("class_count", {"cls": "road"}, 2, bound="at least"))
    'at least 2'
    """
    value = (", ".join(entry.value) or "none") if isinstance(entry.value, list) else str(entry.value)
    bound = "" if entry.bound == "exactly" else f"{entry.bound} "
    return f"{'not ' if entry.stance == 'no' else ''}{bound}{value}"
