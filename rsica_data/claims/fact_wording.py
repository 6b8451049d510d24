"""Whether words say a fact: one rule a type of value, over the marks of the words.

Each rule answers True (the words say the fact), False (they say something else of the same thing) or None (they do not
say it). Words are never parsed as a sentence: numbers, classes, places, directions, negations, comparisons decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from rsica_data.claims.choices_told import (
    say_any_change,
    say_caption,
    say_cover_more,
    say_date,
    say_direction,
    say_size,
    say_spread,
)
from rsica_data.claims.classes_told import say_changed_into, say_class, say_classes
from rsica_data.claims.cues import Marked, cue_of
from rsica_data.claims.fact_list import Fact
from rsica_data.claims.marks import lowered
from rsica_data.claims.numbers_told import both_dates, say_area, say_count, say_percent
from rsica_data.claims.places_told import say_border, say_cell, say_cells, say_growth, say_relative, say_side
from rsica_data.claims.quote_words import Words


def has_cue(fact: Fact, words: Words) -> bool:
    """Whether the words, their sentence or their question tell which of several like facts is meant."""
    asked = words.like(words.question)
    named = set(words.named) or set(asked.named)
    places = words.of("place") or [*words.like(words.sentence).of("place"), *asked.of("place")]
    if not places and re.search(r"\b(?:there|in (?:it|this cell|that cell))\b", lowered(words.sentence)):
        places = words.like(words.lead).of("place")[-1:]
    around = lowered(f"{words.sentence} {words.around} {words.question}")
    clause = lowered(f"{words.around} {words.question}")
    single = words.counts.get(str(fact.args.get("cls"))) == 1
    return cue_of(
        Marked(
            fact,
            words.low,
            around,
            named,
            places=[mark.value for mark in places],
            single=single,
            named_here=bool(words.named),
            before=lowered(words.lead),
            clause=clause,
            steady=both_dates(fact, words) or str(fact.args.get("cls")) in words.steady,
        )
    )


def _shared(fact: Fact, words: Words) -> bool:
    """Whether another fact of the words ties the fact's class to the classes that they name."""
    tied = {name for other in words.facts if len(other.classes) > 1 for name in other.classes}
    return set(fact.classes) <= tied and set(words.named) <= tied


def says(fact: Fact, words: Words) -> bool | None:
    """Whether the words say the fact (True), something else of the same thing (False), or nothing of it (None)."""
    if fact.classes and words.named and fact.type not in ("class", "any_class", "class_or_equal", "classes"):
        about = {fact.args[key] for key in ("cls", "a", "b") if key in fact.args}
        if about and not about & set(words.named) and not _shared(fact, words):
            return False
    if not has_cue(fact, words):
        return None
    own = _OWN.get(fact.kind)
    return own(fact, words) if own is not None else _BY_TYPE[fact.type](fact, words)


Rule = Callable[[Fact, Words], bool | None]


_OWN: dict[str, Rule] = {
    "any_change": say_any_change,
    "border": say_border,
    "direction": say_direction,
    "left_or_right": say_side("left", "right"),
    "top_or_bottom": say_side("top|upper", "bottom|lower"),
    "growth_direction": say_growth,
    "relative_position": say_relative,
    "cover_more": say_cover_more,
    "spread": say_spread,
    "largest_size": say_size,
    "became": say_changed_into,
    "was_before": say_changed_into,
    "transition": say_changed_into,
    "caption": say_caption,
}


_BY_TYPE: dict[str, Rule] = {
    "count": say_count,
    "percent": say_percent,
    "area": say_area,
    "cells": say_cells,
    "cell": say_cell,
    "class": say_class,
    "any_class": say_class,
    "class_or_equal": say_class,
    "classes": say_classes,
    "date": say_date,
}
