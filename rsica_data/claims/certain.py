"""That a quote contradicts its fact outright: narrow on purpose, what is not sure is left to a second model."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from rsica_data.claims.fact_list import Fact
from rsica_data.claims.plain_values import AREA_SLACK, SHARE_SLACK
from rsica_data.claims.quote_words import CELL_NAME, Words
from rsica_data.claims.quotes import Quote
from rsica_data.tasks.open_qa.kinds import KINDS

_CELL = re.compile(CELL_NAME)
_BOUND = (
    r"\b(?:least|most|more|fewer|less|about|around|some|nearly|almost|roughly|over|under|up to|not|never|"
    r"except|but|besides|also|from|to)\b|n't\b"
)
_LOOSE = re.compile(_BOUND)
_COUNT_LOOSE = re.compile(rf"{_BOUND}|\b(?:another|other|further|both|each|of (?:the|these|those|them))\b")
_DENIES = re.compile(r"^(?:no|zero|none of the) [\w ]+$|\b(?:no|zero) \w+ (?:changed|was|were)\b|\bdid not change$")


def contradicts(quote: Quote, words: Words) -> bool:
    """Whether a quote says another number, cell, class, direction or side than a fact that it is marked with.

    Only where it says one thing in plain words: two numbers, a bound or an aside leave it undecided.

    Args:
        quote: the quote.
        words: its words.
    """
    return any(_against(fact, words) for fact in quote.facts) if len(quote.facts) == 1 else False


def _against(fact: Fact, words: Words) -> bool:
    named = words.named
    if len(named) > 1 and fact.type not in ("class", "any_class", "class_or_equal"):
        return False
    rule = _RULES.get(fact.kind) or _RULES.get(fact.type)
    return rule is not None and rule(fact, words)


def _count(fact: Fact, words: Words) -> bool:
    numbers = words.of("number")
    if _COUNT_LOOSE.search(words.low) or words.of("vague", "compare", "percent", "area"):
        return False
    if not numbers:
        return fact.value > 0 and _DENIES.search(words.low) is not None
    plain = len(numbers) == 1 and numbers[0].form != "article" and not words.negated
    return plain and numbers[0].value != fact.value


def _amount(kind: str, slack: float) -> Callable[[Fact, Words], bool]:
    def rule(fact: Fact, words: Words) -> bool:
        amounts = words.of(kind)
        if len(amounts) != 1 or _LOOSE.search(words.low) or amounts[0].form == "about":
            return False
        whole = "." not in words.text[amounts[0].start : amounts[0].end]
        return abs(float(amounts[0].value) - float(fact.value)) > (1.2 if whole else slack)

    return rule


def _cells(fact: Fact, words: Words) -> bool:
    cells = set(_CELL.findall(words.low))
    places = words.of("place")
    loose = [mark for mark in places if not _CELL.search(words.low[mark.start : mark.end])]
    if not cells or loose or words.negated or _LOOSE.search(words.low):
        return False
    return not cells <= ({fact.value} if fact.type == "cell" else set(fact.value))


def _class(fact: Fact, words: Words) -> bool:
    named = [name for name in words.named if name != fact.args.get("cls")]
    return bool(named) and not words.negated and fact.value != "equal" and fact.value not in named


def _direction(fact: Fact, words: Words) -> bool:
    ways = {mark.kind for mark in words.of("built", "removed")}
    other = {"built": "removed", "removed": "built"}[str(fact.value)]
    return ways == {other} and not words.negated


def _choice(fact: Fact, words: Words) -> bool:
    options = {option for option in KINDS[fact.kind].options if " " not in option} if fact.kind in KINDS else set()
    names = {option for option in options if re.search(rf"\b{option}\b", words.low)}
    return bool(names) and not names & set(str(fact.value).split()) and not words.negated


_RULES: Mapping[str, Callable[[Fact, Words], bool]] = {
    "direction": _direction,
    "caption": lambda fact, words: False,
    "left_or_right": _choice,
    "top_or_bottom": _choice,
    "count": _count,
    "percent": _amount("percent", 2 * SHARE_SLACK),
    "area": _amount("area", 2 * AREA_SLACK),
    "cells": _cells,
    "cell": _cells,
    "any_class": _class,
}
