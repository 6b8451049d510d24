"""Whether words say cells, a side of the image or where one thing lies seen from another."""

from __future__ import annotations

import re
from collections.abc import Callable

from rsica_data.claims.fact_list import Fact
from rsica_data.claims.marks import Mark
from rsica_data.claims.numbers_told import counts_objects, within
from rsica_data.claims.quote_words import Words
from rsica_data.claims.which_first import FEWER, is_reference, winner


def say_cells(fact: Fact, words: Words) -> bool | None:
    cells, places = set(fact.value), words.of("place")
    if fact.kind in ("built_cells", "removed_cells"):
        wrong = words.of("removed" if fact.kind == "built_cells" else "built")
        if wrong and not words.of("built" if fact.kind == "built_cells" else "removed"):
            return False
    if not places:
        if words.negated:
            return not cells
        numbers = [m for m in words.of("number") if m.form != "article" and not counts_objects(m, words)]
        return any(within(mark, words, len(cells)) for mark in numbers) if numbers else None
    if words.negated:
        return not any(set(mark.value) & cells for mark in places)
    for mark in places:
        shared = set(mark.value) & cells
        if not shared or (
            len(mark.value) > 1 and not words.asked and not _is_list(mark, words) and 2 * len(shared) < len(cells)
        ):
            return False
        if _is_list(mark, words) and not set(mark.value) <= cells:
            return False
        if len(mark.value) == 9 and len(cells) < 6:
            return False
    if re.search(r"\bonly|just|solely|exclusively|nowhere else|alone\b", words.low):
        return cells <= {cell for mark in places for cell in mark.value}
    return True


def _is_list(mark: Mark, words: Words) -> bool:
    """Whether a place is cells named one by one, and no region."""
    text = words.low[mark.start : mark.end]
    named = len(
        re.findall(
            r"\b(?:top|upper|bottom|lower|center|centre|central|middle|north|"
            r"south)[- ]?\w*[- ](?:left|right|cent(?:er|re)|central|middle|east|west)",
            text,
        )
    )
    return named >= len(mark.value)


def say_cell(fact: Fact, words: Words) -> bool | None:
    places = words.of("place")
    if not places:
        return None
    if any(len(mark.value) > 1 and _is_list(mark, words) for mark in places):
        return False
    if re.search(r"\b(?:half|halves)\b", words.low):
        return False
    inside = all(fact.value in mark.value and len(mark.value) <= 3 for mark in places)
    return inside is not words.negated


def say_side(first: str, second: str) -> Callable[[Fact, Words], bool | None]:
    either = re.compile(rf"\b(?:({first})|({second}))")

    def rule(fact: Fact, words: Words) -> bool | None:
        side_mentions = [("first" if match[1] else "second", match.start()) for match in either.finditer(words.low)]
        if not side_mentions:
            return None
        won = winner(words.low, [(start, name) for name, start in side_mentions])
        if won is not None and FEWER.search(words.low):
            won = "second" if won == "first" else "first"
        is_first = fact.value in ("left", "top", "before", "above")
        return None if won is None else (won == "first") is is_first

    return rule


_ROWS = re.compile(
    r"\b(?:(top|upper|north)|(bottom|lower|south)|(left|west)|(right|east))|(?:(?<=north)|(?<=south))(?:(west)|(east))"
)


def say_growth(fact: Fact, words: Words) -> bool | None:
    sides = {
        ("top", "bottom", "left", "right", "left", "right")[match.lastindex - 1]
        for match in _ROWS.finditer(words.low)
        if match.lastindex
    }
    if not sides:
        return None
    if words.negated:
        return False
    return sides == set(fact.value.split())


_RELATION = re.compile(r"\b(?:(left|west)|(right|east)|(above|north|over)|(below|south|beneath|under))\b")


def say_relative(fact: Fact, words: Words) -> bool | None:
    relations = [
        ("left", "right", "above", "below")[match.lastindex - 1]
        for match in _RELATION.finditer(words.low)
        if match.lastindex
    ]
    if len(set(relations)) != 1:
        return None
    turned = {"left": "right", "right": "left", "above": "below", "below": "above"}
    wanted = str(fact.value)
    marks = words.of("class")
    references = [mark.value for mark in marks if is_reference(words.low, mark.start)]
    if references:
        is_b = references[0] == fact.args["a"]
    else:
        named = words.named or words.like(words.question).named
        is_b = bool(named) and named[0] == fact.args["b"]
    if is_b:
        wanted = turned[wanted]
    return (relations[0] == wanted) is not words.negated


def say_border(fact: Fact, words: Words) -> bool | None:
    if not words.of("edge") and not re.search(r"\btouch|\breach|\bcut", words.low):
        return None
    return bool(fact.value) is not words.negated
