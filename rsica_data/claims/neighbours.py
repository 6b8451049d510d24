"""Quotes side by side say more together than each does: a count with a place, an object with a share."""

from __future__ import annotations

import re

from rsica_data.claims.listed import Fault, Listed, value_of
from rsica_data.claims.quotes import Marked, Quote

_PARTLY = re.compile(r"\b(?:among|partly|also|some|mostly|most|one of)\b")
_OF_THEM = re.compile(r"\b(?:of (?:them|these|those)|there|in it)\b")
_HOLDS = re.compile(r"\b(?:cover\w*|tak(?:es?|ing) up|of|with|fill\w*|occup\w*|at|spanning)\W*$")
_OBJECTS = frozenset({"class_count", "built_count", "removed_count", "cell_objects", "direction", "largest_size"})


def neighbour_fault(marked: Marked, listed: Listed) -> Fault | None:
    """What two quotes say together that the facts do not bear out."""
    for number, quote in enumerate(marked.quotes):
        fault = (
            _not_all_there(marked, listed, number)
            or _not_all_of_cell(marked, listed, number)
            or (_share_of_objects(marked, listed, marked.quotes[number - 1], quote) if number else None)
        )
        if fault is not None:
            return fault
    return None


def _not_all_there(marked: Marked, listed: Listed, number: int) -> Fault | None:
    """A count with a place, as in "four homes were built in the top-left", says that all of them lie there."""
    quote = marked.quotes[number]
    counted = {f.args["cls"] for f in quote.facts if f.kind == "class_count" and f.value > 1}
    if not counted or not listed.words(quote.words).of("number"):
        return None
    for placed in marked.quotes[number : number + 3]:
        between = marked.text[quote.end : placed.start] if placed is not quote else ""
        if len(between.split()) > 6 or re.search(r"[.,;:]", between) or _PARTLY.search(between):
            return None
        words = listed.words(placed.words)
        cells = {cell for mark in words.of("place") for cell in mark.value}
        for fact in placed.facts:
            of_them = fact.kind == "cells_of_class" and fact.args["cls"] in counted and not words.negated
            if of_them and len(cells) == 1 and not set(fact.value) <= cells:
                return "contradiction", f"not all of '{quote.words}' lie {placed.words}: {fact.words()}"
    return None


def _not_all_of_cell(marked: Marked, listed: Listed, number: int) -> Fault | None:
    """The number of a whole class behind one cell: "the top-right holds the most, three of them"."""
    quote = marked.quotes[number]
    counted = [f for f in quote.facts if f.kind == "class_count" and f.value > 1]
    if not number or not counted:
        return None
    placed = marked.quotes[number - 1]
    between = marked.text[placed.end : quote.start].lower()
    there = re.fullmatch(r"[.;,]? (?:and )?there,? ", between) is not None
    if not there and (not _OF_THEM.search(quote.words.lower()) or re.search(r"[.;]", between)):
        return None
    for fact in placed.facts:
        whole = value_of("cells_of_class", fact.args.get("cls"), listed)
        if fact.type == "cell" and fact.args.get("cls") == counted[0].args["cls"] and whole != [fact.value]:
            return "contradiction", f"'{quote.words}' is the number in all cells: {counted[0].words()}"
    return None


def _share_of_objects(marked: Marked, listed: Listed, total: Quote, quote: Quote) -> Fault | None:
    """A share of a whole class told of single objects: "a road covering 13.5 % of the second image"."""
    between = marked.text[total.end : quote.start]
    share = any(fact.kind in ("cover_before", "cover_after") for fact in quote.facts)
    objects = all(fact.kind in _OBJECTS for fact in total.facts) and listed.words(total.words).of("number")
    if not share or not objects or listed.words(quote.words).named or re.search(r"[.,;:]|\band\b|\bwhile\b", between):
        return None
    held = re.match(r"(?:covering|cover|taking|take|filling|occupying|spanning|of|with)", quote.words.lower())
    if not held and not _HOLDS.search(between.lower()):
        return None
    return "contradiction", f"'{quote.words}' is the share of the whole class, and '{total.words}' is of objects of it"
