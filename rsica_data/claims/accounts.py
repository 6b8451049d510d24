"""Every stating word of a quote belongs to one of its facts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.claims.fact_list import Fact
from rsica_data.claims.listed import Fault, Listed, has_changed, shown, ways_of
from rsica_data.claims.marks import SILENT, Mark
from rsica_data.claims.numbers_told import area_slack, counts_objects, percent_slack, within
from rsica_data.claims.quote_words import Words
from rsica_data.claims.quotes import Quote

_COUNTS = ("class_count", "built_count", "removed_count", "cell_objects", "total_count", "cell_count")


_CHANGES = (
    "transition",
    "became",
    "was_before",
    "cover_before",
    "cover_after",
    "cover_more",
    "most_gained",
    "most_lost",
    "caption",
    "total_share",
    "area_share",
)


def accounted(quote: Quote, words: Words, listed: Listed) -> Fault | None:
    """Every mark of a quote belongs to one of its facts."""
    facts = quote.facts
    kinds = {fact.kind for fact in facts}
    types = {fact.type for fact in facts}
    named = {name for fact in facts for name in fact.classes}
    captions = [fact for fact in facts if fact.kind == "caption"]
    for mark in words.marks:
        text = quote.words[mark.start : mark.end]
        if mark.kind == "class":
            open_ = kinds & {
                "any_change",
                "changed_classes",
                "unchanged_classes",
                "total_count",
                "total_share",
                "left_or_right",
                "top_or_bottom",
            }
            if mark.value not in named and not captions and not (open_ and words.negated):
                return "unsupported", f"'{quote.words}' names {mark.value}, and its fact does not"
        elif mark.kind == "number" and not captions and not _number(mark, facts, words, listed):
            return "contradiction", f"the number in '{quote.words}' is not that of its fact: {shown(quote)}"
        elif mark.kind in ("percent", "area") and not captions and not _amount(mark, facts, words):
            return "unsupported", f"the amount '{text}' in '{quote.words}' is of no fact that it is marked with"
        elif mark.kind == "date" and "date" not in types and not captions:
            return "unsupported", f"the date in '{quote.words}' is of no fact that it is marked with"
        elif mark.kind == "place" and not captions and not _placed(mark, facts, words):
            return "contradiction", f"the place '{text}' in '{quote.words}' is of no fact that it is marked with"
        elif (mark.kind == "edge" and _TOUCHES.search(words.low) and not kinds & {"border", "caption"}) or (
            (mark.kind == "size" and not kinds & {"largest_size", "caption"} and mark.value not in SILENT)
            or (
                mark.kind == "replace"
                and not kinds & {"transition", "became", "was_before", "caption"}
                and not kinds >= {"cover_before", "cover_after"}
            )
            or (
                mark.kind in ("grew", "shrank") and not kinds & {*_CHANGES, "direction", "built_count", "removed_count"}
            )
        ):
            return "unsupported", f"'{text}' in '{quote.words}' is of no fact that it is marked with"
    return None


_TOUCHES = re.compile(r"\b(?:touch|reach|meet|cut|run|extend)")


def _amount(mark: Mark, facts: Sequence[Fact], words: Words) -> bool:
    """Whether a share or an area is that of a fact."""
    for fact in facts:
        if fact.type != mark.kind:
            continue
        value = float(fact.value)
        slack = percent_slack(mark, words, value) if mark.kind == "percent" else area_slack(mark, words)
        if within(mark, words, value, slack):
            return True
    return False


def _number(mark: Mark, facts: Sequence[Fact], words: Words, listed: Listed) -> bool:
    alone = words.like(words.text[max(mark.start - 28, 0) : mark.end + 14])
    for fact in facts:
        if fact.type == "count" and _holds(fact, mark, words):
            return True
        if fact.type in ("cells", "classes") and len(fact.value) == mark.value and not counts_objects(mark, words):
            return True
    if mark.value == 1 and words.negated and (mark.form == "article" or _NOT_ONE.search(words.low[: mark.start])):
        return True
    if mark.form == "article":
        if any(
            fact.type in ("cell", "bool", "class", "choice", "any_class") and fact.kind != "direction" for fact in facts
        ):
            return True
        named = [name for fact in facts for name in fact.classes]
        counts = [fact for fact in listed.facts if fact.kind in _COUNTS and fact.args.get("cls") in named]
        return any(fact.value == 1 for fact in counts)
    return bool(alone.of("percent", "area"))


_NOT_ONE = re.compile(r"(?:\bnot|\bno|n't|\bnever|\bwithout|\bnor|\bneither)\W+(?:even |so much as )?(?:a )?$")


def _holds(fact: Fact, mark: Mark, words: Words) -> bool:
    return within(mark, words, float(fact.value))


def _placed(mark: Mark, facts: Sequence[Fact], words: Words) -> bool:
    for fact in facts:
        if fact.kind == "cell_objects" and fact.args["cell"] in mark.value:
            return True
        if fact.type == "cells" and (words.negated or set(mark.value) & set(fact.value)):
            return True
        if fact.type == "cell" and fact.value in mark.value:
            return True
        if fact.kind in _SIDES and not _SIDES[fact.kind].search(words.low[mark.start : mark.end]):
            return True
    return False


_CELL_NAME = r"(?:top|bottom|center)-(?:left|center|right)\b"
_SIDES = {
    "left_or_right": re.compile(r"\b(?:top|bottom|upper|lower)\b|" + _CELL_NAME),
    "top_or_bottom": re.compile(r"\b(?:left|right)\b|" + _CELL_NAME),
    "growth_direction": re.compile(_CELL_NAME + r".*" + _CELL_NAME + r"|\bcenter-center\b"),
    "relative_position": re.compile(_CELL_NAME),
    "border": re.compile(r"\b(?:top|bottom|left|right|upper|lower)\b"),
}
"""What a place may not name where the fact is of a side only."""


_OF_ALL_WAYS = ("total_count", "class_count", "cell_objects", "cells_of_class", "cell_count", "area_m2", "area_share",
                "busiest_cell", "largest_cell", "smallest_cell", "largest_size", "growth_direction")  # fmt: skip


def direction_of(words: Words, facts: Sequence[Fact], listed: Listed) -> Fault | None:
    """Built and removed must be what the list says of the classes that are spoken of, whatever fact is marked."""
    if any(
        fact.kind in (*_CHANGES, "direction", "built_count", "removed_count", "built_cells", "removed_cells")
        for fact in facts
    ):
        return None
    if words.negated:
        return None
    classes = (
        {name for fact in facts for name in fact.classes}
        or set(words.named)
        or ({words.subject} if words.subject else set())
    )
    for way, other in (("built", "removed"), ("removed", "built")):
        if not words.of(way) or words.of(other):
            continue
        if any(fact.kind == "total_count" for fact in facts):
            classes |= {name for name in listed.classes if has_changed(name, listed)}
        for name in classes:
            known = ways_of(name, listed)
            if known is None and has_changed(name, listed):
                return "unsupported", f"the list does not say that {name} was {way}: write 'changed'"
            if (
                known is not None
                and len(known) > 1
                and any(fact.kind in _OF_ALL_WAYS and fact.args.get("cls", name) == name for fact in facts)
            ):
                return "contradiction", f"'{words.text}' says {way}, and the list tells built and removed {name} apart"
            if known is not None and way not in known:
                return (
                    "contradiction",
                    f"'{words.text}' says {way}, and the list says of {name}: {' and '.join(sorted(known))}",
                )
    return None
