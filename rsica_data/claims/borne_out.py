"""Whether the marked facts of an answer are about what its question asks for, as a reading gives it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rsica_data.claims.fact_list import Fact
from rsica_data.claims.listed import Listed
from rsica_data.claims.quotes import Quote
from rsica_data.claims.reading import VALUES
from rsica_data.claims.readings import Entry, holds

TOPICS: tuple[frozenset[str], ...] = tuple(
    frozenset(re.findall(r"\w+", kinds))
    for kinds in (
        "any_change changed_classes unchanged_classes total_count class_count built_count removed_count direction "
        "cell_objects cells_of_class built_cells removed_cells more_objects",
        "cells_of_class built_cells removed_cells cell_objects cell_count growth_direction largest_cell smallest_cell "
        "busiest_cell spread border left_or_right top_or_bottom relative_position",
        "area_share total_share area_m2 total_area more_area transition cover_before cover_after",
        "cover_before cover_after cover_more most_gained most_lost became was_before transition",
        "largest_size largest_class largest_cell nearest_class relative_position area_m2",
        "was_before became transition direction built_count removed_count",
        "more_objects class_count",
        "more_area area_share area_m2",
        "date",
    )
)
"""Kinds that speak of one thing: a mark whose words code cannot read is borne out by a claim of its topic."""
_APART: tuple[frozenset[str], ...] = tuple(
    frozenset(kinds.split())
    for kinds in (
        "cover_before cover_after area_share",
        "built_count removed_count",
        "built_cells removed_cells",
        "left_or_right top_or_bottom",
        "most_gained most_lost",
        "largest_cell smallest_cell busiest_cell",
        "class_count cell_count",
    )
)
"""Kinds of one topic of which one never answers for another, by themselves."""


def bears_on(ask: Entry, quotes: Sequence[Quote], listed: Listed) -> bool:
    """Whether a marked fact is about what is asked: the answer may be true and no mark declare it.

    Args:
        ask: what is asked, with the value that the text gives.
        quotes: the marked parts of the text.
        listed: the facts.
    """
    facts = tuple(fact for quote in quotes for fact in quote.facts)
    if holds(ask, replace(listed, facts=facts)):
        return True
    return any(_about(ask, fact, quote, listed) for quote in quotes for fact in quote.facts)


_OF_CHANGE = frozenset(
    (
        *("area_share", "area_m2", "largest_cell", "smallest_cell", "busiest_cell", "largest_size"),
        *("spread", "growth_direction", "border", "cell_count", "total_share", "left_or_right", "top_or_bottom"),
        *("cover_more", "transition", "became", "was_before"),
    )
)
"""Kinds of facts that there are only where something changed; ``cover_more`` tells whether it did."""
_MEASURED = ("count", "percent", "area", "cells", "cell", "date")
_OTHER_TYPES = {"cells": ("cell", "count"), "cell": ("cells", "count"), "count": ("cells",)}
"""Types of facts that give a value of another type: cells one by one, with the objects in each."""


def said_in(ask: Entry, text: str, listed: Listed) -> bool:
    """Whether the words of a text hold the value that a reading gives for what is asked: a reading may repair.

    Args:
        ask: what is asked, with the value that the text is read to give.
        text: the text without its marks.
        listed: of whom the names of the classes are used.
    """
    words, type_, value = listed.words(text), VALUES[ask.kind], ask.value
    if ask.kind in _SHOWN_BY:
        return bool(words.of(*_SHOWN_BY[ask.kind]))
    if ask.kind in _SIDES:
        return all(re.search(_SIDE_WORDS.get(part, part), words.low) for part in str(value).split())
    if type_ in ("class", "any_class"):
        return value in words.named
    if type_ == "classes":
        return not words.named or set(value) <= set(words.named)
    if ask.kind == "direction":
        return value == "both" or bool(words.of(value))
    if type_ not in ("count", "percent", "area", "cells", "cell") or _whether(ask):
        return True
    if type_ in ("cells", "cell"):
        cells = {cell for mark in words.of("place") for cell in mark.value}
        return (set(value) if type_ == "cells" else {value}) <= cells
    numbers = [float(mark.value) for mark in words.of("number" if type_ == "count" else type_)]
    if type_ == "count":
        numbers += [2.0] if re.search(r"\bboth\b", words.low) else []
        one = value == 1 and (_ONE.search(words.low) or any(mark.form == "s" for mark in words.of("class")))
        cells = {cell for mark in words.of("place") for cell in mark.value}
        return bool(one) or value in (*numbers, sum(numbers), len(cells) if ask.kind == "cell_count" else None)
    return any(abs(number - value) <= max(1.0, 0.1 * value) for number in (*numbers, sum(numbers)))


_SHOWN_BY = {"spread": ("spread",), "largest_size": ("size",), "border": ("edge", "place")}
_SIDES = ("left_or_right", "top_or_bottom", "growth_direction", "relative_position")
_SIDE_WORDS = {
    "left": r"\bleft|\bwest",
    "right": r"\bright|\beast",
    "top": r"\b(?:top|upper|north|above)",
    "bottom": r"\b(?:bottom|lower|south|below)",
    "above": r"\b(?:top|upper|north|above|over)",
    "below": r"\b(?:bottom|lower|south|below|under)",
    "equal": "",
}
_ONE = re.compile(r"\b(?:one|single|an?|lone|sole)\b")


def _about(ask: Entry, fact: Fact, quote: Quote, listed: Listed) -> bool:
    if fact.kind == "caption":
        named = set(listed.words(quote.words).named)
        return not named or not ask.classes or bool(named & ask.classes)
    about = {*fact.classes, *(fact.args.get("among", ()) if fact.type == "classes" else ())}
    if fact.kind in _OF_CHANGE and fact.value and (ask.kind == "any_change" or (_whether(ask) and about & ask.classes)):
        return True
    if ask.kind != fact.kind:
        if any(ask.kind in kinds and fact.kind in kinds for kinds in _APART):
            return False
        if not any(ask.kind in kinds and fact.kind in kinds for kinds in TOPICS) or not _gives(ask, fact):
            return False
    if ask.classes and not about:
        # That nothing changed holds for each class, and a total for the only one that changed.
        return not fact.value or (fact.type in _MEASURED and fact.value == ask.value)
    return not ask.classes or bool(about & ask.classes)


def _whether(ask: Entry) -> bool:
    """Whether it is asked if there is any at all, or the answer is that there is none."""
    if VALUES[ask.kind] in ("percent", "area"):
        return ask.value == 0 and ask.bound in ("at least", "more than")
    return VALUES[ask.kind] in ("count", "cells") and (not ask.value or ask.bound == "at least")


def _gives(ask: Entry, fact: Fact) -> bool:
    """Whether a fact has a value of the type that is asked for; whether there is any, all kinds tell."""
    type_ = VALUES[ask.kind]
    if type_ not in _MEASURED or _whether(ask) or not fact.value:
        return True
    return fact.type == type_ or fact.type in _OTHER_TYPES.get(type_, ())
