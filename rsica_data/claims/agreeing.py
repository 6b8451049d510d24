"""A text that its marks leave undecided, beside the reading of a second model that saw no fact and no mark.

The reading decides only by what code can compare: each thing that it takes from the text must be so by the facts, each
mark whose words are not plain must be read as its fact, and what the question asks for must be what the text gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rsica_data.claims.borne_out import bears_out, has_value, is_of_topic, tells_change
from rsica_data.claims.fact_list import Fact
from rsica_data.claims.listed import Listed
from rsica_data.claims.marks import Mark
from rsica_data.claims.plain_quotes import content_of
from rsica_data.claims.quote_words import Words
from rsica_data.claims.quotes import Marked, Quote
from rsica_data.claims.reading import VALUES, parts_of
from rsica_data.claims.readings import Entry, Reading, folded, holds, holds_all, shown_value
from rsica_data.claims.settled import settled

_ALL = re.compile(r"\b(?:only|just|solely|alone|else|all|every|each|exclusively|entirely|wholly|completely)\b")
_HOW_MANY = re.compile(r"\bhow many\b|\bnumber of\b", re.IGNORECASE)
_ASKS_WHICH = re.compile(r"\b(?:how|what|which|where|whereabouts|when|who|whose)\b", re.IGNORECASE)
_CELLS = re.compile(r"\b(?:cells?|grid|squares?)\b", re.IGNORECASE)
_SOME = "at least"
"""How a reading gives what changed where no number is said ("roads changed")."""


@dataclass(frozen=True)
class Undecided:
    """What a check by marks leaves to a reading.

    Attributes:
        marked: the text with its quotes.
        confirmed: which quotes say their facts in plain words.
        outside: the stating words outside of all quotes.
        fault: why the text is not taken without a reading; None where only what its question asks for is to be read.
    """

    marked: Marked
    confirmed: tuple[bool, ...]
    outside: tuple[Mark, ...] = ()
    fault: str | None = None

    @property
    def parts(self) -> tuple[int, ...]:
        """The numbers of the parts of the text that hold what code does not read for certain."""
        spans = [(quote.start, quote.end) for quote in self.unconfirmed]
        spans += [(mark.start, mark.end) for mark in self.outside]
        parts = enumerate(parts_of(self.marked.text), 1)
        return tuple(number for number, (a, b) in parts if any(a < end and start < b for start, end in spans))

    @property
    def unconfirmed(self) -> tuple[Quote, ...]:
        """The quotes whose words are not plain."""
        return tuple(quote for quote, sure in zip(self.marked.quotes, self.confirmed, strict=True) if not sure)


def disagreement(reading: Reading, left: Undecided, listed: Listed, question: str | None) -> str | None:
    """Why a text is not taken, in a sentence for the model that wrote it; None where the reading bears it out.

    Args:
        reading: what a model that saw question and text alone took out of them.
        left: what the check by marks leaves to it.
        listed: the facts.
        question: what the text answers; None for a text that stands alone.
    """
    parts = parts_of(left.marked.text)
    spans = {parts[number - 1] for number in left.parts}
    claims = [claim for claim in reading.claims if spans & set(claim.spans)]
    reasons = [_claim_fault(claim, left, listed) for claim in claims]
    if question is not None:
        reasons += _ask_faults(reading, left, listed, question)
    if left.fault is not None:
        reasons += [_unmatched(claims, reading.asks, left, listed), _unread(claims, left, listed)]
    return next((reason for reason in reasons if reason is not None), None)


def _claim_fault(claim: Entry, left: Undecided, listed: Listed) -> str | None:
    beside = [fact for quote in left.marked.quotes if _overlap(quote, claim) for fact in quote.facts]
    # A text that names all cells of a class may be read cell by cell, one that leaves out some may not.
    own = [fact for fact in beside if fact.args.get("cls") == claim.args.get("cls")]
    counted = _counts_all(claim, left)
    whole = VALUES.get(claim.kind) == "cells" and (counted or any(fact.type == "cells" for fact in own))
    only = _ALL.search(claim.quote) is not None
    verdict = holds(claim, listed, partly=not whole and not only)
    middles = counted and not only and holds_all(claim, listed)
    if verdict is True or middles or any(_written(claim, fact) for fact in beside):
        return None
    says = f"read without the facts, '{claim.quote}' says {claim.words()}: {shown_value(claim)}"
    if verdict is False:
        return f"{says}; it is {settled(claim.kind, claim.args, listed)}"
    confirmed = [quote for quote in left.marked.quotes if quote not in left.unconfirmed]
    like = any(is_of_topic(claim, fact) for quote in confirmed if _meets(quote, claim) for fact in quote.facts)
    return None if left.fault is None or like or claim.kind == "other" else f"{says}, which the list does not tell"


def _counts_all(claim: Entry, left: Undecided) -> bool:
    """Whether the part of a text that names cells counts all changed objects of the class: so all of them lie there."""
    near = (quote for quote in left.marked.quotes if _meets(quote, claim))
    facts = (fact for quote in near for fact in quote.facts if fact.args.get("cls") == claim.args.get("cls"))
    return any(fact.kind in ("class_count", "built_count", "removed_count") and fact.value for fact in facts)


def _written(claim: Entry, fact: Fact) -> bool:
    """Whether a person wrote what a claim says, in its very words: "down the center"."""
    if fact.kind != "caption" or not isinstance(claim.value, str):
        return False
    return all(word in str(fact.value) for word in claim.value.split())


def _ask_faults(reading: Reading, left: Undecided, listed: Listed, question: str) -> Iterator[str | None]:
    # "Anything new, and how many?" asks both.
    numbers = any(VALUES.get(ask.kind) == "count" and ask.value and ask.bound != _SOME for ask in reading.asks)
    counts = _HOW_MANY.search(question) is not None and not numbers
    for ask in reading.asks:
        if counts and VALUES.get(ask.kind) == "count" and ask.bound == _SOME:
            yield f"the question asks how many; the answer says of {ask.words()} only that there are some"
        yield _ask_fault(ask, left, listed, question)


def _ask_fault(ask: Entry, left: Undecided, listed: Listed, question: str) -> str | None:
    """Why one thing that a question asks for is not answered as the facts have it."""
    marked = tuple(fact for quote in left.marked.quotes for fact in quote.facts)
    if ask.kind == "description" and not tells_change(marked, listed):
        return "the question asks for a description, and no mark tells what changed"
    if ask.kind in ("other", "description"):
        return "the answer gives another thing than the question asks for" if ask.stance == "unanswered" else None
    if ask.stance == "unanswered" or ask.value is None:
        return f"the question asks for {ask.words()}, and the answer gives another thing"
    verdict = holds(ask, listed)
    # "Where" asks for the objects, "in which cells" for all cells that they reach into.
    if verdict is False and not (_CELLS.search(question) is None and holds_all(ask, listed)):
        fact = settled(ask.kind, ask.args, listed)
        return f"the question asks for {ask.words()}; the answer gives {shown_value(ask)}, and it is {fact}"
    if verdict is None and left.fault is not None and left.unconfirmed:
        return f"the question asks for {ask.words()}, which the list does not tell"
    # A yes says what its question puts up.
    words = left.marked.text if _ASKS_WHICH.search(question) else f"{question} {left.marked.text}"
    if ask.stance == "yes" and not has_value(ask, words, listed):
        return f"the question asks for {ask.words()}, and the answer does not say it"
    if not holds(ask, replace(listed, facts=marked)) and not any(is_of_topic(ask, fact) for fact in marked):
        return f"the question asks for {ask.words()}, and no fact that is marked is about that"
    return None


def _unread(claims: list[Entry], left: Undecided, listed: Listed) -> str | None:
    """A share, an area, a place or a number of objects outside of all marks of which the reading says nothing.

    Other words may be idle: "in one phrase", "right", "don't you worry".
    """
    classes = [mark.start for mark in listed.words(left.marked.text).of("class")]
    for mark in left.outside:
        words = left.marked.text[mark.start : mark.end]
        behind = left.marked.text[mark.end : min([start for start in classes if start >= mark.end], default=mark.end)]
        counts = mark.kind == "number" and 0 < len(behind) <= _NEAR and not re.search("[,.;:]", behind)
        cells = mark.kind == "place" and re.search(r"\w\W+\w", words) is not None
        states = counts or cells or mark.kind in ("percent", "area")
        if states and not any(_meets(mark, claim) for claim in claims):
            return f"read without the facts, '{words}' is said of nothing that the list holds"
    return None


_NEAR = 12
"""Characters behind a number in which a class makes it a count."""


def _unmatched(claims: list[Entry], asks: tuple[Entry, ...], left: Undecided, listed: Listed) -> str | None:
    """A mark that code does not confirm, and of whose fact the reading has nothing in the mark's words."""
    given = [ask for ask in asks if ask.value is not None and ask.stance != "unanswered"]
    for quote in left.unconfirmed:
        read = [claim for claim in claims if _meets(quote, claim)]
        for fact in quote.facts:
            if fact.kind == "caption":
                # What nothing measures is told in the words of who wrote it; what was built, by the list.
                own, whole = (listed.words(text) for text in (quote.words, str(fact.value)))
                borne_out = set(content_of(own)) <= set(content_of(whole)) and own.negated is whole.negated
                borne_out = borne_out and not own.of("built", "removed")
                borne_out = borne_out or any(holds(claim, listed) for claim in read)
                borne_out = borne_out and _images_in(own) <= _images_in(whole)
            else:
                borne_out = any(bears_out(entry, fact) for entry in (*read, *given))
            if not borne_out:
                return f"read without the facts, '{quote.words}' does not say what it is marked with: {fact.words()}"
    return None


def _images_in(words: Words) -> set[str]:
    """In which of the two images some words say that something is."""
    return {side for side, named in _IMAGES.items() if named.search(words.low)}


_IMAGES = {
    "before": re.compile(
        r"\b(?:in|on) the (?:first|earlier|older|previous|former) (?:image|picture|photo|one|scene)\b"
    ),
    "after": re.compile(r"\b(?:in|on) the (?:second|later|newer|latter) (?:image|picture|photo|one|scene)\b"),
}


def _meets(quote: Quote | Mark, claim: Entry) -> bool:
    return claim.kind != "other" and any(start < quote.end and quote.start < end for start, end in claim.spans)


def _overlap(quote: Quote, claim: Entry) -> bool:
    words = folded(quote.words)
    return bool(words) and (words in claim.quote or claim.quote in words)
