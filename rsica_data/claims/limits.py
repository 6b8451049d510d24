"""Words that shut others out, "only" and "all": they hold by other facts of the list than the one that is marked."""

from __future__ import annotations

import re

from rsica_data.claims.fact_list import Fact
from rsica_data.claims.listed import Fault, Listed, shown, value_of
from rsica_data.claims.quote_words import Words
from rsica_data.claims.quotes import Quote

_ONLY = re.compile(
    r"\b(?:only|solely|alone|exclusively|sole|nothing but|no other|nowhere else|purely|"
    r"just(?= (?:in |at |on )?(?:the )?·))\b"
)
_ALL = re.compile(r"\b(?:both|all|each|every)\b")
_OF_CLASS = ("largest_cell", "smallest_cell", "busiest_cell")


def limit_fault(quote: Quote, words: Words, listed: Listed) -> Fault | None:
    """A quote that says "only" or "all" where the list has more, or less, than that."""
    if any(fact.kind == "caption" for fact in quote.facts):
        return None
    fault = "contradiction", f"'{quote.words}' says more than its fact: {shown(quote)}"
    only = _ONLY.search(_dotted(words))
    if only is not None and not any(_alone(fact, words, listed, only) for fact in quote.facts):
        return fault
    return fault if any(_not_all(fact, words, listed) for fact in quote.facts) else None


def _dotted(words: Words) -> str:
    """The words with classes and places dotted out, to tell "just roads" from "just as"."""
    text = words.low
    for mark in words.of("class", "place"):
        text = text[: mark.start] + "·" * (mark.end - mark.start) + text[mark.end :]
    return text


def _alone(fact: Fact, words: Words, listed: Listed, only: re.Match[str]) -> bool:
    """Whether a fact bears out "only", by what the list has besides."""
    name = fact.args.get("cls")
    if fact.kind == "cell_objects":
        whole = fact.value == value_of("class_count", name, listed)
        return whole and value_of("cells_of_class", name, listed) == [fact.args["cell"]]
    if fact.type in ("count", "percent", "area") and _of_amount(words, only):
        return True
    if fact.kind == "cell_count":
        return bool(fact.value == 1)
    if fact.kind in ("class_count", "changed_classes", "unchanged_classes"):
        return _only_classes(words, listed)
    if fact.kind == "area_share":
        return bool(fact.value == value_of("total_share", None, listed))
    if fact.type == "cells" or fact.kind in _OF_CLASS:
        cells = fact.value if fact.type == "cells" else value_of("cells_of_class", name, listed)
        stated_cells = {cell for mark in words.of("place") for cell in mark.value}
        return bool(stated_cells) and not words.negated and isinstance(cells, list) and set(cells) == stated_cells
    if fact.kind in ("became", "was_before", "transition"):
        return _one_transition(fact, listed)
    return fact.kind in ("direction", "largest_size") or (fact.type == "bool" and words.negated)


def _of_amount(words: Words, only: re.Match[str]) -> bool:
    """Whether "only" stands right before a number ("only about 2 %"), or is one ("the sole road")."""
    for mark in words.of("number", "percent", "area"):
        between = words.low[only.end() : mark.start]
        if mark.start < only.end() and only.start() < mark.end:
            return True
        if mark.end <= only.start() and re.fullmatch(r"(?: [a-z]+){0,2} ?", words.low[mark.end : only.start()]):
            return not words.low[only.end() :].strip(" .")
        if mark.start >= only.end() and re.fullmatch(r" (?:about |some |around |the |an? |a single )?", between):
            return True
    return False


def _only_classes(words: Words, listed: Listed) -> bool:
    kind = "unchanged_classes" if words.negated else "changed_classes"
    alone = next((other.value for other in listed.facts if other.kind == kind), None)
    return alone is None or not words.named or set(alone) == set(words.named)


def _one_transition(fact: Fact, listed: Listed) -> bool:
    steps = [other.args for other in listed.facts if other.kind == "transition"]
    old = fact.args.get("a") if fact.kind == "transition" else fact.args["cls"] if fact.kind == "became" else fact.value
    new = fact.args.get("b") if fact.kind == "transition" else fact.value if fact.kind == "became" else fact.args["cls"]
    return [step["a"] for step in steps if step["b"] == new] == [old]


def _not_all(fact: Fact, words: Words, listed: Listed) -> bool:
    """Whether "all" and "each" are said of what is a part."""
    if _ALL.search(words.low) is None:
        return False
    if fact.type == "cell" and value_of("cells_of_class", fact.args.get("cls"), listed) != [fact.value]:
        return True
    if fact.kind == "cell_count" and fact.value > 1 and re.search(r"\b(?:each|every)\b", words.low):
        return True
    places = words.of("place")
    if not places or words.negated:
        return False
    if fact.kind == "cell_objects":
        return bool(fact.value != value_of("class_count", fact.args["cls"], listed))
    return fact.type == "cells" and set(fact.value) != {cell for mark in places for cell in mark.value}
