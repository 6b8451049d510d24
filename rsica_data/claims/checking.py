"""A marked text against the facts that it declares."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rsica_data.claims.agreeing import Undecided
from rsica_data.claims.asked import (
    LEADING,
    core_question,
    is_yes_no,
    missing_cells,
    other_fault,
    question_fault,
    subject_of,
    yes_no_fault,
    yes_or_no,
)
from rsica_data.claims.certain import contradicts, plain_question, plain_text
from rsica_data.claims.listed import COMPOUND, Fault, Listed, is_steady, ways_of
from rsica_data.claims.marks import SILENT, Mark, lowered
from rsica_data.claims.neighbours import neighbour_fault
from rsica_data.claims.question_intent import unmet
from rsica_data.claims.quote_words import Words
from rsica_data.claims.quoted import quote_fault
from rsica_data.claims.quotes import Marked, MarkError, Quote, read_marked, without_marks
from rsica_data.text.mentions import names_outright

Outcome = Literal["holds", "contradicts", "undecided"]
"""``contradicts`` is for certain: a mark that is none, no mark at all, words that say another thing than their fact."""


@dataclass(frozen=True)
class Checked:
    """What came of the check of a text.

    Attributes:
        text: the text without its marks.
        fault: why it is refused, in a sentence that names the quote; None where it holds.
        kind: ``marks``, ``contradiction``, ``unsupported``, ``uncovered`` or ``no-claim``, where it is refused.
        claims: the quotes that hold.
        outcome: what code is sure of. ``undecided`` is a text with a fault that may be one of the reader of words, and
            one without a fault whose question is not known for certain.
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
    words = [_words(marked, number, listed, question) for number in range(len(marked.quotes))]
    own = [_quote_fault(marked, number, words[number], listed, question) for number in range(len(marked.quotes))]
    confirmed = tuple(fault is None for fault in own)
    beside = neighbour_fault(marked, listed) or missing_cells(marked, listed, question) or _outside(marked, listed)
    asked = question_fault(marked, listed, question) or unmet(marked, listed, question)
    fault = next((fault for fault in own if fault is not None), None) or beside or asked
    if fault is None:
        plain = plain_text(marked, listed)
        sure = plain and (question is None or plain_question(question, marked, listed))
        left = None if sure else Undecided(marked, confirmed, plain=plain)
        return Checked(marked.text, claims=marked.quotes, outcome="holds" if sure else "undecided", left=left)
    for sure, quote, quote_words in zip(confirmed, marked.quotes, words, strict=True):
        if not sure and contradicts(quote, quote_words):
            return Checked(marked.text, fault[1], fault[0], outcome="contradicts")
    of_question = all(confirmed) and beside is None
    left = Undecided(marked, confirmed, fault[1], of_question)
    return Checked(marked.text, fault[1], fault[0], outcome="undecided", left=left)


def _quote_fault(marked: Marked, number: int, words: Words, listed: Listed, question: str | None) -> Fault | None:
    quote = marked.quotes[number]
    asks = question is not None and is_yes_no(question)
    leading = LEADING.match(lowered(quote.words)) if number == 0 and question is not None else None
    answer = yes_or_no(quote) if asks else None
    if answer is not None:
        has_details = _told_besides(quote, marked, listed, question or "")
        fault = yes_no_fault(
            answer, quote, listed, question or "", gently=answer and has_details, has_details=has_details
        )
        return fault or other_fault(answer, quote, marked, listed, question or "")
    if leading is None:
        return quote_fault(quote, words, listed, question)
    rest = replace(words, text=quote.words[leading.end() :])
    has_details = _told_besides(quote, marked, listed, question or "")
    fault = _against_itself(leading[1] == "yes", rest, question or "")
    if asks and fault is None:
        fault = yes_no_fault(leading[1] == "yes", quote, listed, question or "", gently=True, has_details=has_details)
    return fault or quote_fault(replace(quote, words=rest.text), rest, listed, question)


def _told_besides(quote: Quote, marked: Marked, listed: Listed, question: str) -> bool:
    """Whether the rest of an answer tells of the classes of a plain question whether they changed."""
    asked = listed.words(core_question(question))
    if asked.of("edge", "compare", "spread", "size", "number", "percent", "place"):
        return False
    others = {
        name
        for other in marked.quotes
        if other is not quote
        for fact in other.facts
        if fact.type not in ("percent", "class", "any_class", "class_or_equal") or fact.kind == "area_share"
        for name in fact.classes
    }
    return bool(others) and set(asked.named) <= others


def _words(marked: Marked, number: int, listed: Listed, question: str | None) -> Words:
    quote = marked.quotes[number]
    until = marked.quotes[number + 1].start if number + 1 < len(marked.quotes) else len(marked.text)
    since = marked.quotes[number - 1].end if number else 0
    behind = re.split(r"[.;]|, (?:and|while|but|whereas)\b", marked.text[quote.end : until])[0]
    before = re.split(r"[.;]|, (?:and|while|but|whereas)\b", marked.text[since : quote.start])[-1]
    around = behind if re.search(r"before|after|first|second|earlier|later|now", behind) else before
    if not around.strip() and question is not None:
        around = question
    sentence, at = _sentence(marked.text, quote)
    subject = subject_of(marked.text[: quote.start], listed, question, marked.text[quote.end :])
    return Words(
        quote.words,
        listed.classes,
        subject,
        around=around,
        sentence=sentence,
        lead=marked.text[: quote.start],
        at=at,
        question=question or "",
        facts=quote.facts,
        synonyms=listed.synonyms,
        steady=frozenset(name for name in listed.classes if is_steady(name, listed)),
        counts={fact.args["cls"]: fact.value for fact in listed.facts if fact.kind == "class_count"},
    )


def _sentence(text: str, quote: Quote) -> tuple[str, int]:
    """The sentence of a quote, and where the quote stands in it."""
    before = re.split(r"(?<=[.!?;])\s", text[: quote.start])[-1]
    behind = re.split(r"(?<=[.!?;])\s", text[quote.end :])[0]
    return before + text[quote.start : quote.end] + behind, len(before)


def _outside(marked: Marked, listed: Listed) -> Fault | None:
    """No stating word stands outside of all quotes."""
    marks = listed.words(marked.text).marks
    compass = None if listed.north_up else _COMPASS.search(lowered(marked.text))
    if compass is not None:
        return "unsupported", f"'{compass[0]}': where north is in the image is not known; name the cell"
    known = listed.known_in(marked.text)
    for mark in marks:
        if any(start <= mark.start and mark.end <= end for start, end in known):
            continue
        if any(quote.start <= mark.start and mark.end <= quote.end for quote in marked.quotes):
            continue
        if any(quote.start < mark.end and mark.start < quote.end for quote in marked.quotes):
            continue
        near = _near(mark, marked)
        text = marked.text[mark.start : mark.end]
        if mark.kind in ("edge", "spread") or mark.value in SILENT or mark.form == "article":
            continue
        if mark.kind == "class" and mark.form == "g" and not names_outright(text, mark.value):
            continue  # "in this neighbourhood"
        if mark.kind == "class" and any(mark.value in fact.classes for quote in near for fact in quote.facts):
            continue
        if mark.kind in ("built", "removed") and _fits(mark, near, listed):
            continue
        if mark.kind == "class" and COMPOUND.match(lowered(marked.text)[mark.end :]):
            continue
        if _follows(mark, marked, listed):
            continue
        return "uncovered", f"'{text}' states something outside of all marks: put it into a mark, or leave it out"
    return None


_COMPASS = re.compile(r"\b(?:north|south|east|west)(?:-?(?:east|west))?(?:ern|ernmost|wards?)?\b")


_ASKS_CHANGE = re.compile(r"\b(?:did|do|does|has|have|is|are|was|were|any)\b.*\b(?:chang|differ|alter)")
_ASKS_KEPT = re.compile(r"\b(?:same|unchanged|as (?:it|they) (?:was|were)|stay\w*|remain\w*|untouched|not|n't)\b")


def _against_itself(yes: bool, rest: Words, question: str) -> Fault | None:
    """A yes before words that deny the change that was asked about, or a no before words that tell of it."""
    low = lowered(question)
    if not _ASKS_CHANGE.search(low) or _ASKS_KEPT.search(low) or not re.search(r"\bchang|\bdiffer", rest.low):
        return None
    if (rest.negated or any(mark.value == 0 for mark in rest.of("number"))) is yes:
        return "contradiction", f"'{rest.text}' is the opposite of the {'yes' if yes else 'no'} before it"
    return None


_CONSEQUENCE = re.compile(r"(?:and )?(?:so|thus|hence|therefore|which means|that means|that reason|the reason)\b")
_MORE_THAN_TOLD = re.compile(r"\b(?:chang|differ|same|else|other|alter|modif|only)")


def _follows(mark: Mark, marked: Marked, listed: Listed) -> bool:
    """Whether a word only draws a conclusion ("so less rain soaks in") or says once more that nothing is there."""
    if mark.kind not in ("compare", "negation", "built", "removed", "grew", "shrank"):
        return False
    cuts = [match.end() for match in re.finditer(r"[.;,]\s+", marked.text[: mark.start])]
    clause = re.split(r"[.;,](?:\s|$)", marked.text[cuts[-1] if cuts else 0 :])[0]
    begin = cuts[-1] if cuts else 0
    if any(quote.start < begin + len(clause) and begin < quote.end for quote in marked.quotes):
        return False
    if listed.words(clause).of("class", "number", "place", "percent", "area", "date") or _MORE_THAN_TOLD.search(clause):
        return False
    earlier = [quote for quote in marked.quotes if quote.end <= mark.start]
    denied = earlier and all(listed.words(quote.words).negated for quote in earlier) and mark.kind == "negation"
    return bool(denied) or _CONSEQUENCE.match(clause.strip()) is not None


def _near(mark: Mark, marked: Marked) -> list[Quote]:
    """The quotes next to a mark in its sentence."""
    before = [quote for quote in marked.quotes if quote.end <= mark.start]
    behind = [quote for quote in marked.quotes if quote.start >= mark.end]
    near = []
    if before and not re.search(r"[.!?;]\s", marked.text[before[-1].end : mark.start]):
        near.append(before[-1])
    if behind and not re.search(r"[.!?;]\s", marked.text[mark.end : behind[0].start]):
        near.append(behind[0])
    return near


def _fits(mark: Mark, near: Sequence[Quote], listed: Listed) -> bool:
    classes = {name for quote in near for fact in quote.facts for name in fact.classes}
    return bool(classes) and all(mark.kind in (ways_of(name, listed) or ()) for name in classes)
