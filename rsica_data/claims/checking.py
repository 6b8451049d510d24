"""A marked text against the facts that it declares: what code is sure of, and what it leaves to a reading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rsica_data.claims.agreeing import Undecided
from rsica_data.claims.borne_out import tells_change
from rsica_data.claims.certain import contradicts
from rsica_data.claims.listed import Listed
from rsica_data.claims.marks import SILENT, Mark, lowered
from rsica_data.claims.plain_quotes import Place, says_plainly
from rsica_data.claims.quotes import Marked, MarkError, Quote, read_marked, without_marks
from rsica_data.claims.settled import settled
from rsica_data.text.mentions import names_outright

Outcome = Literal["holds", "contradicts", "undecided"]
"""``contradicts`` is for certain: a mark that is none, no mark at all, words that say another thing than their fact."""


@dataclass(frozen=True)
class Checked:
    """What came of the check of a text.

    Attributes:
        text: the text without its marks.
        fault: why it is refused where no second model reads it, in a sentence that names the words; None where all of
            its words are certain to say their facts.
        kind: ``marks``, ``no-claim``, ``contradiction`` or ``undecided``, where there is a fault.
        claims: the quotes that hold.
        outcome: what code is sure of.
        left: what an undecided text leaves to the reading of a second model.
    """

    text: str
    fault: str | None = None
    kind: str | None = None
    claims: tuple[Quote, ...] = ()
    outcome: Outcome = "holds"
    left: Undecided | None = None


def check_text(text: str, listed: Listed, question: str | None = None) -> Checked:
    """Check a marked text.

    Args:
        text: as the model wrote it, with marks.
        listed: the facts.
        question: what it answers; None for a text that stands alone.
    """
    try:
        marked = read_marked(text, listed.facts)
    except MarkError as error:
        return Checked(without_marks(text), str(error), "marks", outcome="contradicts")
    if not marked.quotes:
        reason = "no part of it is marked with the fact that it tells"
        return Checked(marked.text, reason, "no-claim", outcome="contradicts")
    if question is None and not tells_change((fact for quote in marked.quotes for fact in quote.facts), listed):
        reason = "no mark tells what changed, or, where nothing did, that"
        return Checked(marked.text, reason, "no-claim", outcome="contradicts")
    compass = None if listed.north_up else _COMPASS.search(lowered(marked.text))
    if compass is not None:
        reason = f"'{compass[0]}': where north is in the image is not known; name the cell"
        return Checked(marked.text, reason, "contradiction", outcome="contradicts")
    confirmed = tuple(says_plainly(_place(marked, number, listed, question)) for number in range(len(marked.quotes)))
    for quote, sure in zip(marked.quotes, confirmed, strict=True):
        if not sure and contradicts(quote, listed.words(quote.words)):
            reason = f"'{quote.words}' does not say what it is marked with: {_facts_of(quote)}"
            return Checked(marked.text, reason, "contradiction", outcome="contradicts")
    outside = tuple(_outside(marked, listed))
    fault = _fault(marked, confirmed, outside)
    if fault is None and question is None:
        return Checked(marked.text, claims=marked.quotes)
    left = Undecided(marked, confirmed, outside, fault)
    kind = None if fault is None else "undecided"
    held = tuple(quote for quote, sure in zip(marked.quotes, confirmed, strict=True) if sure)
    return Checked(marked.text, fault, kind, held, "undecided", left)


def _fault(marked: Marked, confirmed: tuple[bool, ...], outside: tuple[Mark, ...]) -> str | None:
    for quote, sure in zip(marked.quotes, confirmed, strict=True):
        if not sure:
            return (
                f"'{quote.words}' does not plainly say its fact: {_facts_of(quote)}; write it in the words of the list"
            )
    if outside:
        words = marked.text[outside[0].start : outside[0].end]
        return f"'{words}' states something outside of all marks: put it into a mark, or leave it out"
    return None


_COMPASS = re.compile(r"\b(?:north|south|east|west)(?:-?(?:east|west))?(?:ern|ernmost|wards?)?\b")
_SENTENCE = re.compile(r"(?<=[.!?;])\s")
_COMPOUND = re.compile(r" (?:maps?|plans?|register|department|office|atlas|directory|life|lamps?|signs?|names?)\b")
"""Words behind the name of a class that make it the name of something else: "street map"."""


def _facts_of(quote: Quote) -> str:
    return "; ".join(fact.words() for fact in quote.facts)


def _place(marked: Marked, number: int, listed: Listed, question: str | None) -> Place:
    quote = marked.quotes[number]
    since = marked.quotes[number - 1].end if number else 0
    until = marked.quotes[number + 1].start if number + 1 < len(marked.quotes) else len(marked.text)
    before = _SENTENCE.split(marked.text[since : quote.start])[-1]
    behind = _SENTENCE.split(marked.text[quote.end : until])[0]
    texts = (marked.text[: quote.start], question or "", listed.earlier)
    named = next((marks for text in texts if (marks := listed.words(text).of("class"))), [])
    subjects = tuple(dict.fromkeys(str(mark.value) for mark in reversed(named)))
    of_one = bool(named) and named[-1].form == "s"
    return Place(quote, listed, subjects, of_one, f"{before} | {behind}", question or "")


def _outside(marked: Marked, listed: Listed) -> Iterator[Mark]:
    """The words outside of all quotes that state something."""
    known = [*listed.known_in(marked.text), *((quote.start, quote.end) for quote in marked.quotes)]
    for mark in listed.words(marked.text).marks:
        if any(start < mark.end and mark.start < end for start, end in known):
            continue
        if mark.value in SILENT or mark.form == "article":
            continue
        near = [quote for quote in marked.quotes if quote.end <= mark.start][-1:]
        near += [quote for quote in marked.quotes if quote.start >= mark.end][:1]
        classes = {name for quote in near for fact in quote.facts for name in fact.classes}
        if mark.kind == "class":
            group = mark.form == "g" and not names_outright(marked.text[mark.start : mark.end], mark.value)
            if group or mark.value in classes or _COMPOUND.match(lowered(marked.text)[mark.end :]):
                continue
        ways = {settled("direction", {"cls": name}, listed) for name in classes}
        if ways == {mark.kind}:
            continue
        yield mark
