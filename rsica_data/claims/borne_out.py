"""Whether the words and the marked facts of a text bear out what a reading makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rsica_data.claims.fact_list import Fact
from rsica_data.claims.listed import Listed
from rsica_data.claims.reading import VALUES
from rsica_data.claims.readings import Entry
from rsica_data.claims.settled import settled

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


def is_of_topic(entry: Entry, fact: Fact) -> bool:
    """Whether a fact is about what an entry of a reading is about, in the same or in a like kind.

    Args:
        entry: what is asked, or what a text states.
        fact: a fact that the text marks.
    """
    if fact.kind == "caption":
        return True
    about = {*fact.classes, *(fact.args.get("among", ()) if fact.type == "classes" else ())}
    if entry.kind != fact.kind and not any(entry.kind in kinds and fact.kind in kinds for kinds in TOPICS):
        return False
    return not about or not entry.classes or bool(about & entry.classes)


def bears_out(entry: Entry, fact: Fact) -> bool:
    """Whether words that are read as an entry may be marked with a fact: of its topic, and by a value that both have.

    A size is no place and a half no side. Whether something changed, in which way and how often tell the same thing by
    other values, and so do land cover at both dates and its trend.

    Args:
        entry: what the words of a mark are read to state.
        fact: what they are marked with.
    """
    if not is_of_topic(entry, fact):
        return False
    if entry.kind == fact.kind:
        turned = {"a": fact.args.get("b"), "b": fact.args.get("a")}
        swapped = entry.kind != "transition" and dict(entry.args) == turned
        return swapped or all(fact.args.get(name, value) == value for name, value in entry.args.items())
    both = {entry.kind, fact.kind}
    return any(both <= kinds for kinds in _BY_OTHER_VALUES) or bool(_tokens(entry) & _tokens(fact))


_BY_OTHER_VALUES = (TOPICS[0], TOPICS[3], TOPICS[5])


def _tokens(thing: Entry | Fact) -> set[str]:
    """The words and numbers of a value, and of the cell that it is of."""
    values = thing.value if isinstance(thing.value, (list, tuple)) else [thing.value]
    return set(re.findall(r"[a-z]+|[\d.]+", " ".join(map(str, (*values, thing.args.get("cell", ""))))))


def tells_change(facts: Iterable[Fact], listed: Listed) -> bool:
    """Whether some facts tell what changed; where nothing did, or it is not known, whether they tell of change at all.

    Args:
        facts: those that a caption or a description marks.
        listed: all facts of the pair.
    """
    known = tuple(facts)
    shares = [{f.args["cls"]: f.value for f in known if f.kind == kind} for kind in _COVER]
    both = [name for name in shares[0] if name in shares[1]]
    if settled("any_change", {}, listed) is not True:
        return bool(both) or any(fact.kind not in (*_COVER, "date") for fact in known)
    moved = any(shares[0][name] != shares[1][name] for name in both)
    return moved or any(fact.kind not in (*_COVER, *_OF_NO_CHANGE) and bool(fact.value) for fact in known)


_COVER = ("cover_before", "cover_after")
_OF_NO_CHANGE = ("unchanged_classes", "date")


def has_value(ask: Entry, text: str, listed: Listed) -> bool:
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


def _whether(ask: Entry) -> bool:
    """Whether it is asked if there is any at all, or the answer is that there is none."""
    if VALUES[ask.kind] in ("percent", "area"):
        return ask.value == 0 and ask.bound in ("at least", "more than")
    return VALUES[ask.kind] in ("count", "cells") and (not ask.value or ask.bound == "at least")
