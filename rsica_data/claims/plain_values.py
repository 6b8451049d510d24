"""The value of a fact in plain words: one rule a type of value, over the marks of the words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise

from rsica_data.claims.fact_list import Fact
from rsica_data.claims.quote_words import Words
from rsica_data.text.steps import steps_in

FIRST = r"\b(?:first|before|earlier|initial\w*|previous\w*|from(?= \d| \|))\b"
SECOND = r"\b(?:second|after|afterwards|later|now|today|to(?= \d| \|))\b"
"""Words that tell the date of a share."""
TURNS = frozenset(("became", "was_before", "transition"))
"""Kinds of facts that tell what became what."""
SHARE_SLACK, AREA_SLACK = 0.06, 0.6
"""How far an exact share may be from its fact, in percent of the image, and an exact area, in square metres."""


def says(fact: Fact, words: Words) -> bool:
    """Whether words give the value of a fact, where they are plain words about it."""
    rule = _BY_KIND.get(fact.kind) or _BY_TYPE.get(fact.type)
    return rule is not None and rule(fact, words)


def _denied(words: Words) -> bool:
    return words.negated or any(mark.value == 0 for mark in words.of("number"))


_STEADY = re.compile(r"\b(?:same|keeps?|kept|stay(?:s|ed)?|remain(?:s|ed)?|unchanged)\b|\bnot change\b")


def _count(fact: Fact, words: Words) -> bool:
    numbers = words.of("number")
    if fact.value == 0:
        return _denied(words)
    if not numbers:
        return fact.kind == "class_count"  # "[roads](4) and [a building](5) changed": some did
    return any(mark.value == fact.value for mark in numbers)


def _amount(slack: float) -> Callable[[Fact, Words], bool]:
    def rule(fact: Fact, words: Words) -> bool:
        amounts = words.of(fact.type)
        if fact.type == "percent" and not amounts and _STEADY.search(words.low):
            return True  # of a pair of shares, see _both_dates
        near = [
            mark for mark in amounts if abs(float(mark.value) - float(fact.value)) <= slack and mark.form != "about"
        ]
        if fact.value == 0 and not amounts:
            return _denied(words)
        return bool(near) and (len(amounts) == 1 or len(near) == 1)

    return rule


def lies_elsewhere(fact: Fact, words: Words) -> bool:
    """Whether words name cells and none of those of a fact: "no road changed in the top-left"."""
    cells = {cell for mark in words.of("place") for cell in mark.value}
    return fact.type == "cells" and bool(cells) and not cells & set(fact.value)


def _cells(fact: Fact, words: Words) -> bool:
    cells = {cell for mark in words.of("place") for cell in mark.value}
    denied = _denied(words)
    return denied if lies_elsewhere(fact, words) or not cells else cells == set(fact.value) and not denied


def _one_cell(fact: Fact, words: Words) -> bool:
    return [tuple(mark.value) for mark in words.of("place")] == [(fact.value,)]


def _class(fact: Fact, words: Words) -> bool:
    return words.named == [fact.value]


def _more(fact: Fact, words: Words) -> bool:
    """Whether "more X than Y" names the class of the fact first."""
    than = re.search(r"\bmore\b.*?\bthan\b", words.low)
    before = [mark.value for mark in words.of("class") if than is not None and mark.end <= than.end()]
    return than is not None and before == [fact.value]


_JOINED = re.compile(r"(?:[\s,]|\b(?:and|or|nor|the|any|no)\b)*")
_CHANGES = re.compile(r"chang|same|differ")


def _classes(fact: Fact, words: Words) -> bool:
    marks = words.of("class")
    between = [words.low[one.end : other.start] for one, other in pairwise(marks)]
    if not all(_JOINED.fullmatch(words_between) for words_between in between) or len(_CHANGES.findall(words.low)) > 1:
        return False
    denied = _denied(words)
    if not fact.value:
        return denied is (fact.kind == "changed_classes") and denied
    return bool(words.named) and set(words.named) <= set(fact.value) and denied is (fact.kind == "unchanged_classes")


def _turned(fact: Fact, words: Words) -> bool:
    if fact.kind == "transition":
        pair = (fact.args["a"], fact.args["b"])
    else:
        pair = (fact.args["cls"], fact.value) if fact.kind == "became" else (fact.value, fact.args["cls"])
    if fact.kind != "transition" and words.named == [fact.value]:
        return not words.of("built", "removed")
    if fact.kind != "transition" and words.named[:1] != [fact.args["cls"]]:
        return False  # "mostly" is told of the class that stands first
    steps = {(step.before, step.after) for step in steps_in(words.text, words.classes)}
    return steps == {pair} and (
        fact.kind != "transition"
        or not words.of("percent")
        or _amount(SHARE_SLACK)(Fact("total_share", {}, fact.value), words)
    )


def _direction(fact: Fact, words: Words) -> bool:
    return {mark.kind for mark in words.of("built", "removed")} == {fact.value}


def _any_change(fact: Fact, words: Words) -> bool:
    denied = _denied(words)
    return denied is not fact.value and re.search(r"\bchang|\bdiffer|\bsame\b|\bidentical\b", words.low) is not None


def _side(fact: Fact, words: Words) -> bool:
    low = words.low.split(" than ")[0].replace("upper", "top").replace("lower", "bottom")
    sides = set(re.findall(r"\b(?:left|right|top|bottom)\b", low))
    return sides == set(str(fact.value).split())


def _option(fact: Fact, words: Words) -> bool:
    return re.search(rf"\b{re.escape(str(fact.value))}\b", words.low) is not None


def _border(fact: Fact, words: Words) -> bool:
    edge = re.search(r"\b(?:edge|border)\b", words.low) is not None
    return edge and (not _denied(words)) is bool(fact.value)


def _cover_more(fact: Fact, words: Words) -> bool:
    if words.of("grew", "shrank") and not words.named[1:]:
        return True  # which of them is in _moves
    head, _, tail = words.low.partition(" than ")
    dates = [re.search(cue, head) is not None for cue in (FIRST, SECOND)]
    if tail and not any(dates):
        dates = [re.search(cue, tail) is not None for cue in (SECOND, FIRST)]
    return "more" in head and dates == [fact.value == "before", fact.value == "after"]


MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
"""Months by the letters that their names begin with."""


def same_date(text: str, day: str) -> bool:
    """Whether a date in lower case, "may 2012" or "3 may 2012", is that of a day in ISO form, or holds it."""
    year = re.search(r"(?:19|20)\d\d", text)
    if year is None or not day.startswith(year[0]):
        return False
    month = next((f"{number:02d}" for number, name in enumerate(MONTHS, 1) if name in text), None)
    iso = re.fullmatch(r"\d{4}-(\d\d)(?:-(\d\d))?", text)
    if iso:
        return day.startswith(text)
    if month is None:
        return True
    number = re.search(r"(?<!\d)(\d{1,2})(?!\d)", text.replace(year[0], ""))
    return day[5:7] == month and (number is None or day[8:10] == f"{int(number[1]):02d}")


def _date(fact: Fact, words: Words) -> bool:
    other = SECOND if fact.args["side"] == "before" else FIRST
    dates = [same_date(str(mark.value), str(fact.value)) for mark in words.of("date")]
    return dates == [True] and re.search(other, words.low) is None


_BY_KIND: Mapping[str, Callable[[Fact, Words], bool]] = {
    "any_change": _any_change,
    "direction": _direction,
    "border": _border,
    "cover_more": _cover_more,
    **dict.fromkeys(("left_or_right", "top_or_bottom", "growth_direction"), _side),
    **dict.fromkeys(("more_objects", "more_area"), _more),
    **dict.fromkeys(("largest_size", "spread"), _option),
    **dict.fromkeys(TURNS, _turned),
}
_BY_TYPE: Mapping[str, Callable[[Fact, Words], bool]] = {
    "count": _count,
    "percent": _amount(SHARE_SLACK),
    "area": _amount(AREA_SLACK),
    "cells": _cells,
    "cell": _one_cell,
    "class": _class,
    "any_class": _class,
    "classes": _classes,
    "date": _date,
}
