"""What a text was read to claim, beside the facts and beside what its marks declare."""

from __future__ import annotations

from collections.abc import Sequence

from rsica_data.claims.extraction import ExtractedClaim
from rsica_data.claims.fact_list import Fact
from rsica_data.claims.listed import Listed
from rsica_data.claims.quotes import Marked, Quote
from rsica_data.text.class_names import plural

_OF_A_PART = {
    "class_count": ("built_count", "removed_count", "cell_objects"),
    "total_count": ("built_count", "removed_count", "cell_objects", "class_count"),
    "cells_of_class": ("built_cells", "removed_cells"),
    "cell_count": ("built_cells", "removed_cells"),
    "area_share": ("cover_before", "cover_after", "transition"),
    "total_share": ("area_share", "cover_before", "cover_after", "transition"),
}
"""Kinds that no claim can have, and what a reader takes them for."""


def disagreement(claims: Sequence[ExtractedClaim], marked: Marked, listed: Listed) -> str | None:
    """Why a text is not taken, in a sentence; None where what was read agrees with the facts and with the marks.

    Args:
        claims: what a model that saw the text alone took out of it, beside the facts.
        marked: the text with what its marks declare.
        listed: the facts.
    """
    for claim in claims:
        if claim.status == "contradicted" and not _declared(claim, marked, listed):
            return f"read without the facts, '{claim.quote}' says {_words(claim, claim.value)}; it is {claim.fact}"
    named = {name for claim in claims for name in _classes(claim)}
    declared = {name for quote in marked.quotes for fact in quote.facts if _of_one(fact) for name in fact.classes}
    if named and declared and not named & declared and all(map(_of_one, _facts(marked))):
        names = " and ".join(plural(name) for name in sorted(named))
        marks = " and ".join(plural(name) for name in sorted(declared))
        return f"read without the facts, the text is about {names}, and its marks are about {marks}"
    return None


def _facts(marked: Marked) -> list[Fact]:
    return [fact for quote in marked.quotes for fact in quote.facts]


def _of_one(fact: Fact) -> bool:
    return "cls" in fact.args


def _classes(claim: ExtractedClaim) -> list[str]:
    return [str(claim.args[key]) for key in ("cls", "a", "b") if key in claim.args]


def _words(claim: ExtractedClaim, value: object) -> str:
    of = " ".join(str(argument) for argument in claim.args.values())
    return f"{claim.kind.replace('_', ' ')}{f' of {of}' if of else ''}: {value}"


def _declared(claim: ExtractedClaim, marked: Marked, listed: Listed) -> bool:
    """Whether a mark around the words declares the same of what a claim cannot say: those built, those in one cell.

    What a person wrote is not held against the measured facts.
    """
    for quote in marked.quotes:
        if not _overlap(quote, claim.quote):
            continue
        words = listed.words(quote.words)
        for fact in quote.facts:
            if fact.kind == "caption":
                return True
            part = fact.kind in _OF_A_PART.get(claim.kind, ())
            way = fact.kind.split("_")[0]
            qualified = words.of(way) if way in ("built", "removed") else True
            if fact.kind == "cell_objects":
                qualified = words.of("place")
            if part and qualified and fact.value == claim.value and set(_classes(claim)) <= set(fact.classes):
                return True
    return False


def _overlap(quote: Quote, words: str) -> bool:
    mine, other = quote.words.lower(), words.lower()
    return mine in other or other in mine
