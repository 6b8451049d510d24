"""A model's reading counts where its quote stands in the reply and its value is one that the question can have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from rsica_bench.reading.reading_cases import ReadingCase, names_asked
from rsica_data.geometry.cells import CELLS
from rsica_data.schema import JsonObject, Unparsed
from rsica_data.tasks.open_qa.kinds import KINDS

_WORD = re.compile(r"[a-z0-9]+|[^\W_]")
_GAP = re.compile(r"\s*(?:\[\s*)?(?:\.{3,}|…)(?:\s*\])?\s*")


def checked_reading(case: ReadingCase, data: Mapping[str, Any]) -> JsonObject | Unparsed:
    """The typed answer of a reading, or why it does not count.

    Args:
        case: the reply and its question.
        data: what the model gave, of the form of :func:`~rsica_bench.reading.reading_cases.schema_of`.

    Example:
        >>> from rsica_data.schema import Question
        >>> case = ReadingCase("counting", Question("counting"), ("road",), "How many?", "Well, I see **two** of them.")
        >>> given = {"reason": "", "quote": "I see two of them", "readable": True, "answer": {"road": 2}}
        >>> checked_reading(case, given)
        {'road': 2}
        >>> checked_reading(case, given | {"quote": "three roads"}).reason
        'the reading model quotes what the reply does not say'
    """
    if not data.get("readable") or data.get("answer") is None:
        return Unparsed("the reading model takes no answer from it")
    if not stands_in(str(data.get("quote", "")), case.shown):
        return Unparsed("the reading model quotes what the reply does not say")
    answer = _ANSWERS[case.task](case, data["answer"])
    return Unparsed("the reading model gives a value that no answer has") if answer is None else answer


def stands_in(quote: str, reply: str) -> bool:
    """Whether the pieces of a quote stand in a reply one after the other; white space, case and punctuation aside.

    >>> stands_in("roads ... two", "The **roads**: two"), stands_in("", "two"), stands_in("two ... roads", "Roads: two")
    (True, False, False)
    """
    pieces = [piece for part in _GAP.split(quote) if (piece := _words(part))]
    if not pieces:
        # A mark alone: "✓", "[]".
        return bool(quote.strip(" .…")) and quote.strip() in reply
    whole, start = f" {_words(reply)} ", 0
    for piece in pieces:
        place = whole.find(f" {piece} ", start)
        if place < 0:
            return False
        start = place + len(piece)
    return True


def _words(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text.replace("\u200b", "")).casefold()
    return " ".join(_WORD.findall(plain))


def _changed(case: ReadingCase, value: Any) -> JsonObject | None:
    return {"changed": value} if isinstance(value, bool) else None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _counts(case: ReadingCase, value: Any) -> JsonObject | None:
    of_class = _of_classes(case, value)
    return of_class if of_class and all(map(_is_count, of_class.values())) else None


def _cells(case: ReadingCase, value: Any) -> JsonObject | None:
    of_class = _of_classes(case, value)
    if not of_class or not all(_are_of(cells, CELLS) for cells in of_class.values()):
        return None
    return {name: [cell for cell in CELLS if cell in cells] for name, cells in of_class.items()}


def _of_classes(case: ReadingCase, value: Any) -> JsonObject | None:
    """The values of the classes that the reply speaks of; None where it is no table of the classes."""
    if not isinstance(value, Mapping) or not value.keys() <= set(case.classes):
        return None
    return {name: value[name] for name in case.classes if value.get(name) is not None}


def _are_of(values: Any, known: Any) -> bool:
    return isinstance(values, list) and all(isinstance(one, str) and one in known for one in values)


def _value(case: ReadingCase, value: Any) -> JsonObject | None:
    kind, names = KINDS[case.question.kind], names_asked(case)
    if kind.type in ("percent", "area"):
        highest = 100 if kind.type == "percent" else 10**12
        usable = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= highest
    elif kind.type in ("classes", "cells"):
        usable = _are_of(value, names if kind.type == "classes" else CELLS)
        value = [one for one in (names if kind.type == "classes" else CELLS) if one in value] if usable else value
    elif kind.type in ("bool", "count"):
        usable = isinstance(value, bool) if kind.type == "bool" else _is_count(value)
    else:
        options = {"cell": CELLS, "choice": kind.reply_options, "class_or_equal": (*names, "equal")}.get(
            kind.type, names
        )
        usable = isinstance(value, str) and value in options
    return {"value": value} if usable else None


_ANSWERS = {"classification": _changed, "counting": _counts, "localization": _cells, "open_qa": _value}
