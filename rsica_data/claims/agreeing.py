"""A text that its marks leave undecided, beside the reading of a second model that saw no fact and no mark.

The reading decides only by what code can compare: each thing that it takes from the text must be so by the facts, what
the question asks for must be what the text gives, and a text whose marks could not be confirmed is taken only where
the reading covers every word that states something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rsica_data.claims.asked import is_yes_no
from rsica_data.claims.borne_out import TOPICS, bears_on, said_in
from rsica_data.claims.fact_list import Fact
from rsica_data.claims.happened import described
from rsica_data.claims.listed import COMPOUND, Listed
from rsica_data.claims.marks import SILENT, Mark, lowered
from rsica_data.claims.quotes import Marked, Quote
from rsica_data.claims.reading import VALUES
from rsica_data.claims.readings import Entry, Reading, folded, holds, holds_all, shown_value
from rsica_data.claims.settled import settled
from rsica_data.text.mentions import names_outright

_ALL = re.compile(r"\b(?:only|just|solely|alone|else|all|every|each|exclusively|entirely)\b")
_SIDES = ("growth_direction", "left_or_right", "top_or_bottom", "relative_position")
_TURNED = ("direction", "cover_more", "transition", "became", "was_before")
_WAYS = {
    "built": (*_TURNED, "built_count", "built_cells", "most_gained"),
    "removed": (*_TURNED, "removed_count", "removed_cells", "most_lost"),
}
_OF_WAYS = ("built_count", "removed_count", "built_cells", "removed_cells")
_HOW_MANY = re.compile(r"\bhow many\b|\bnumber of\b", re.IGNORECASE)
_CELLS = re.compile(r"\b(?:cells?|grid|squares?)\b", re.IGNORECASE)
_SOME = "at least"
"""How a reading gives what changed where no number is said ("roads changed")."""
_IDLE = ("negation", "vague", "compare", "size", "edge", "grew", "shrank")
"""Kinds of words that talk uses without stating anything, too: "don't you think", "beyond that edge"."""
_ADDED_THAT = re.compile(r"added,? (?:that|as)\b", re.IGNORECASE)
_SIDE_WORDS = frozenset({"right", "left", "top", "bottom"})
_NEAR = 24
"""Characters behind a number word in which a class makes it a count."""


@dataclass(frozen=True)
class Undecided:
    """What a check by marks leaves to a reading.

    Attributes:
        marked: the text with its quotes.
        confirmed: which quotes say their facts, as code reads them.
        fault: why the check by marks does not take the text; None where only its question is not known for certain.
        of_question: whether the fault is one of the question, not of the words.
        plain: whether all words of the text are such that code reads them for certain.
    """

    marked: Marked
    confirmed: tuple[bool, ...]
    fault: str | None = None
    of_question: bool = False
    plain: bool = True

    @property
    def claims(self) -> bool:
        """Whether a reading must say what the text states, and not only what it replies to its question."""
        return self.fault is not None or not self.plain


def disagreement(reading: Reading, left: Undecided, listed: Listed, question: str | None) -> str | None:
    """Why a text is not taken, in a sentence for the model that wrote it; None where the reading bears it out.

    Args:
        reading: what a model that saw question and text alone took out of them.
        left: what the check by marks leaves to it.
        listed: the facts.
        question: what the text answers; None for a text that stands alone.
    """
    for claim in reading.claims:
        if (reason := _claim_fault(claim, left, listed)) is not None:
            return reason
    if question is not None and (reason := _question_fault(reading, left, listed, question)) is not None:
        return reason
    if left.fault is None:
        return None
    return _uncovered(reading, left, listed) or _unmatched(reading, left)


def _claim_fault(claim: Entry, left: Undecided, listed: Listed) -> str | None:
    quotes = [quote for quote, sure in zip(left.marked.quotes, left.confirmed, strict=True) if sure]
    near = [quote for quote in quotes if _within(claim, quote)]
    beside = [fact for quote in left.marked.quotes if _overlap(quote, claim) for fact in quote.facts]
    own = [fact for fact in beside if fact.args.get("cls") == claim.args.get("cls")]
    whole = VALUES.get(claim.kind) == "cells" and any(fact.type == "cells" for fact in own)
    partly = not whole and not _ALL.search(claim.quote)
    verdict = holds(claim, listed, partly)
    turned = claim.kind in _OF_WAYS and bool(listed.words(claim.quote).of("built", "removed"))
    # What a person wrote bears out the words of its own mark, not those of a mark beside it.
    doubtful = any(
        not sure and _meets(quote, *span)
        for quote, sure in zip(left.marked.quotes, left.confirmed, strict=True)
        for span in claim.spans
    )
    facts = [fact for quote in near for fact in quote.facts if (not doubtful if fact.kind == "caption" else not turned)]
    if verdict is True or any(_borne_out(claim, fact) for fact in facts):
        return None
    if any(_written(claim, fact) for quote in left.marked.quotes for fact in quote.facts if _overlap(quote, claim)):
        return None
    if verdict is False:
        fact = settled(claim.kind, claim.args, listed)
        return f"read without the facts, '{claim.quote}' says {claim.words()}: {shown_value(claim)}; it is {fact}"
    sure = [quote for quote in quotes if any(_meets(quote, *span) for span in claim.spans)]
    like = any(_same_topic(claim, fact) for quote in sure for fact in quote.facts)
    if left.fault is None or near or like or claim.kind == "other":
        return None
    says = f"'{claim.quote}' says {claim.words()}: {shown_value(claim)}"
    return f"read without the facts, {says}, which the list does not tell"


def _borne_out(claim: Entry, fact: Fact) -> bool:
    """Whether a mark that code confirmed declares what a claim says in another kind, or what a person wrote."""
    if fact.kind == "caption":
        return True
    same = fact.value == claim.value and claim.said == "yes"
    return same and claim.classes <= set(fact.classes) and claim.kind != fact.kind


def _written(claim: Entry, fact: Fact) -> bool:
    """Whether a person wrote what a claim says, in its very words: "down the center"."""
    if fact.kind != "caption" or not isinstance(claim.value, str):
        return False
    return all(word in str(fact.value) for word in claim.value.split())


def _question_fault(reading: Reading, left: Undecided, listed: Listed, question: str) -> str | None:
    # "Anything new, and how many?" asks both.
    numbers = any(VALUES.get(ask.kind) == "count" and ask.value and ask.bound != _SOME for ask in reading.asks)
    counts = _HOW_MANY.search(question) is not None and not numbers
    for ask in reading.asks:
        if counts and VALUES.get(ask.kind) == "count" and ask.bound == _SOME:
            return f"the question asks how many; the answer says of {ask.words()} only that there are some"
        if (reason := _ask_fault(ask, reading, left, listed, question)) is not None:
            return reason
    sure = any(ask.kind == "description" or holds(ask, listed) for ask in reading.asks)
    return left.fault if left.of_question and not sure else None


def _ask_fault(ask: Entry, reading: Reading, left: Undecided, listed: Listed, question: str) -> str | None:
    """Why one thing that a question asks for is not answered as the facts have it."""
    if ask.kind == "other":
        return "the answer gives another thing than the question asks for" if ask.said == "unanswered" else None
    if ask.kind == "description":
        if ask.said == "unanswered":
            return "the question asks for a description of the change, and the answer is none"
        return _description_fault(reading, left, listed)
    if ask.said == "unanswered" or ask.value is None:
        return f"the question asks for {ask.words()}, and the answer gives another thing"
    verdict = holds(ask, listed)
    # "Where" asks for the objects, "in which cells" for all cells that they reach into.
    if verdict is False and not (_CELLS.search(question) is None and holds_all(ask, listed)):
        fact = settled(ask.kind, ask.args, listed)
        return f"the question asks for {ask.words()}; the answer gives {shown_value(ask)}, and it is {fact}"
    if verdict is None and left.fault is not None and not all(left.confirmed):
        return f"the question asks for {ask.words()}, which the list does not tell"
    # A yes says what its question puts up.
    words = f"{question} {left.marked.text}" if is_yes_no(question) else left.marked.text
    if ask.said == "yes" and not said_in(ask, words, listed):
        return f"the question asks for {ask.words()}, and the answer does not say it"
    if not bears_on(ask, left.marked.quotes, listed):
        return f"the question asks for {ask.words()}, and no fact that is marked is about that"
    return None


def _description_fault(reading: Reading, left: Undecided, listed: Listed) -> str | None:
    """Why a text is no description: no marked fact tells what changed, or a class that changed is left out."""
    facts = [fact for quote in left.marked.quotes for fact in quote.facts]
    named = {name for claim in reading.claims for name in claim.classes}
    named |= set(listed.words(left.marked.text).named)
    changed = [str(fact.args["cls"]) for fact in listed.facts if fact.kind == "class_count" and fact.value]
    missing = next((name for name in changed if name not in named), None)
    if missing is not None:
        return f"the question asks for a description, and the answer leaves out that {missing} changed"
    return None if described(facts, listed) else "the question asks for a description, and no mark tells what changed"


def _unmatched(reading: Reading, left: Undecided) -> str | None:
    """A mark that code does not confirm, and of whose fact the reading has nothing in the mark's words."""
    spans = list(_spans(reading))
    for quote, sure in zip(left.marked.quotes, left.confirmed, strict=True):
        claims = [claim for start, end, claim in spans if _meets(quote, start, end)]
        for fact in quote.facts if not sure else ():
            if not any(_same_topic(claim, fact) for claim in claims):
                return f"read without the facts, '{quote.words}' does not say what it is marked with: {fact.words()}"
    return None


def _meets(quote: Quote, start: int, end: int) -> bool:
    return start < quote.end and quote.start < end


def _same_topic(claim: Entry, fact: Fact) -> bool:
    if fact.kind == "caption":
        return True
    about = set(fact.classes)
    one_thing = claim.kind == fact.kind or any(claim.kind in kinds and fact.kind in kinds for kinds in TOPICS)
    return one_thing and (not about or not claim.classes or bool(about & claim.classes))


def _uncovered(reading: Reading, left: Undecided, listed: Listed) -> str | None:
    """A stating word that neither a confirmed mark nor a claim takes up."""
    text = left.marked.text
    sure = [quote for quote, held in zip(left.marked.quotes, left.confirmed, strict=True) if held]
    spans = list(_spans(reading))
    # "Not quite, ..." answers a question: what is asked has it.
    denied = any(ask.said == "no" for ask in reading.asks)
    marks = listed.words(text).marks
    spoken = {mark.value for mark in marks if mark.kind == "class" and _is_spoken_of(mark, sure, spans)}
    known = listed.known_in(text)
    for mark in marks:
        if any(quote.start < mark.end and mark.start < quote.end for quote in sure) or _silent(mark, text):
            continue
        if any(start <= mark.start and mark.end <= end for start, end in known):
            continue
        words = text[mark.start : mark.end]
        if mark.kind == "negation" and denied and not re.search(r"[,.;:]\s", text[: mark.start]):
            continue
        claims = [claim for start, end, claim in spans if start < mark.end and mark.start < end]
        if _may_be_idle(mark, text, listed) and (not claims or mark.kind == "number"):
            continue
        if mark.kind == "class" and not claims and _is_aside(mark, left.marked, spans, spoken):
            continue
        if not claims or not _taken_up(mark, claims, reading.claims, listed):
            return f"read without the facts, '{words}' is said of nothing that the list holds"
    return None


def _is_aside(mark: Mark, marked: Marked, spans: Sequence[tuple[int, int, Entry]], spoken: set[Any]) -> bool:
    """Whether a class is named where the reading says nothing, and elsewhere as the reading has it.

    "As to the buildings, they .." and "[Buildings: four]" are headings of what is spoken of; "like ducks on a pond",
    outside of marks, has another word for a class.
    """
    own = next((quote for quote in marked.quotes if _meets(quote, mark.start, mark.end)), None)
    if own is not None:
        return any(mark.value in claim.classes for start, end, claim in spans if _meets(own, start, end))
    return mark.value in spoken or not names_outright(marked.text[mark.start : mark.end], mark.value)


def _is_spoken_of(mark: Mark, sure: Sequence[Quote], spans: Sequence[tuple[int, int, Entry]]) -> bool:
    """Whether a confirmed mark or a claim is of the class that a word names."""
    if any(mark.value in fact.classes for quote in sure for fact in quote.facts):
        return True
    return any(mark.value in claim.classes for _, _, claim in spans)


def _may_be_idle(mark: Mark, text: str, listed: Listed) -> bool:
    """Whether a word is one that talk uses without stating anything: then the reading decides whether it does.

    "Of the two", "right away", "don't you think", "believe it or not". Digits, classes, cells, shares, dates and words
    of change always state something.
    """
    words = text[mark.start : mark.end].casefold()
    if mark.kind == "number":
        near = _NEAR // 2 if words == "one" else _NEAR
        after = listed.words(text[mark.end : mark.end + near]).of("class")
        return words == "once" or (not words.strip()[:1].isdigit() and not after)
    if mark.kind == "place":
        return words in _SIDE_WORDS and re.search(r"\bthe\s+$", text[: mark.start], re.IGNORECASE) is None
    return mark.kind in _IDLE


def _spans(reading: Reading) -> Iterator[tuple[int, int, Entry]]:
    """Where the claims stand in a text, part by part."""
    yield from ((start, end, claim) for claim in reading.claims if claim.kind != "other" for start, end in claim.spans)


def _silent(mark: Mark, text: str) -> bool:
    if mark.value in SILENT or mark.form == "article" or _ADDED_THAT.match(text, mark.start):
        return True
    if mark.kind != "class":
        return False
    group = mark.form == "g" and not names_outright(text[mark.start : mark.end], mark.value)
    return group or COMPOUND.match(lowered(text)[mark.end :]) is not None


def _taken_up(mark: Mark, near: Sequence[Entry], claims: Sequence[Entry], listed: Listed) -> bool:
    """Whether a claim has the number, class or cells that a word gives; other words stand in its quote."""
    if mark.kind == "number":
        return not mark.value or any(_has_number(claim, mark.value) for claim in claims)
    if mark.kind in ("percent", "area"):
        return any(_has_amount(claim, mark) for claim in claims)
    if mark.kind == "class":
        return any(mark.value in claim.classes for claim in claims) or all(not claim.classes for claim in near)
    if mark.kind == "place" and len(mark.value) == 1:
        return any(mark.value[0] in _cells(claim) or claim.kind in _SIDES for claim in claims)
    if mark.kind in _WAYS:
        ways = (settled("direction", {"cls": name}, listed) for claim in claims for name in claim.classes)
        return any(claim.kind in _WAYS[mark.kind] for claim in claims) or mark.kind in ways
    return True


def _has_number(claim: Entry, number: Any) -> bool:
    if isinstance(claim.value, list):
        return bool(len(claim.value) == number)
    return VALUES.get(claim.kind) == "count" and bool(claim.value == number)


def _has_amount(claim: Entry, mark: Mark) -> bool:
    if VALUES.get(claim.kind) != mark.kind:
        return False
    return abs(float(claim.value) - float(mark.value)) <= 0.05 + (0.0 if mark.form != "about" else 2.0)


def _cells(claim: Entry) -> set[str]:
    value = claim.value if isinstance(claim.value, list) else [claim.value]
    return {str(name) for name in (*value, claim.args.get("cell"))}


def _overlap(quote: Quote, claim: Entry) -> bool:
    mine = folded(quote.words)
    return bool(mine) and (mine in claim.quote or claim.quote in mine)


def _within(claim: Entry, quote: Quote) -> bool:
    """Whether a claim is of the words of a quote, or of hardly more."""
    mine = folded(quote.words)
    return claim.quote in mine or (bool(mine) and mine in claim.quote and 2 * len(mine) >= len(claim.quote))
