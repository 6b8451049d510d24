"""An answer against its question: yes and no, whole lists of cells, what is asked for."""

from __future__ import annotations

import re

from rsica_data.declared.accounts import direction_of
from rsica_data.declared.licences import unanswered
from rsica_data.declared.listed import Fault, Listed, shown
from rsica_data.declared.marks import lowered
from rsica_data.declared.quotes import Marked, Quote
from rsica_data.declared.truth import says
from rsica_data.declared.words import Words

_YES_NO = re.compile(r"\W*(?P<yes>yes|yeah|yep|yup|indeed|certainly|correct|right|true|it (?:did|does|has)|"
r"they (?:did|do|have))?(?:,? (?:it|they|there) (?:did|does|do|has|have|is|are|was|"
r"were))?\W*|"
                     r"\W*(?P<no>no|nope|nah|not at all|false|it (?:did|has|does) ?n[o']t)(?:,? (?:it|they|"
                     r"there) (?:did|does|do|has|have|is|are|was|were) ?n[o']t)?\W*")  # fmt: skip


ASKS_YES_NO = re.compile(
    r"^(?!.{0,40}\b(?:which|what|where|how|who|whose|when|whereabouts)\b)[^?]{0,40}?"
    r"\b(?:did|do|does|has|have|had|is|are|was|were|can|could|would|any|whether|if)\b"
)


_WHERE = re.compile(
    r"\b(?:where|which cells?|what cells?|which parts?|what parts?|whereabouts|"
    r"in which (?:cells?|parts?|areas?|regions?)|what locations?)\b"
)


def subject_of(before: str, listed: Listed, question: str | None) -> str | None:
    for text in (before, question or "", listed.earlier):
        named = [mark.value for mark in listed.words(text).marks if mark.kind == "class"]
        if named:
            return str(named[-1])
    return None


LEADING = re.compile(r"(yes|no)[,;:.] +(?=\w)(?!\w+ (?:did|has|have|was|were|is|are) ?n[o']t$)")


def yes_or_no(quote: Quote) -> bool | None:
    match = _YES_NO.fullmatch(lowered(quote.words))
    if match is None or not (match["yes"] or match["no"]):
        return None
    return match["yes"] is not None


def yes_no_fault(answer: bool, quote: Quote, listed: Listed, question: str, gently: bool = False) -> Fault | None:
    """Yes or no: the question, read as a statement, is what the fact must bear out or deny.

    ``gently`` leaves a question alone that the fact does not settle: the words behind the yes or no are checked too.
    """
    asked = Words(question, listed.classes, subject_of("", listed, None), asked=True, synonyms=listed.synonyms)
    if answer and not gently and asked.of("class", "place") and all(fact.kind == "any_change" for fact in quote.facts):
        return (
            "unsupported",
            f"'{quote.words}' is marked with a fact that says less than the question asks: {shown(quote)}",
        )
    verdicts = [says(fact, asked) for fact in quote.facts]
    settled = [verdict for verdict in verdicts if verdict is not None]
    if not settled and gently:
        return None
    if not settled:
        return (
            "unsupported",
            f"'{quote.words}' is marked with a fact that does not answer the question: {shown(quote)}",
        )
    stated = all(settled)
    if stated is not answer:
        return "contradiction", f"'{quote.words}' is the wrong answer by the fact: {shown(quote)}"
    return direction_of(asked, quote.facts, listed) if answer else None


def missing_cells(marked: Marked, listed: Listed, question: str | None) -> Fault | None:
    """An answer to "where" names all cells of the fact that it marks."""
    if question is None or not _WHERE.search(lowered(question)):
        return None
    told: dict[tuple[str, str], set[str]] = {}
    for quote in marked.quotes:
        words = listed.words(quote.words)
        for fact in quote.facts:
            if fact.type == "cells" and not words.negated and words.of("place"):
                cells = {cell for mark in words.of("place") for cell in mark.value}
                told.setdefault((fact.kind, str(fact.args.get("cls"))), set()).update(cells)
    for quote in marked.quotes:
        for fact in quote.facts:
            named = told.get((fact.kind, str(fact.args.get("cls"))))
            if named is not None and fact.type == "cells" and not set(fact.value) <= named:
                return "contradiction", f"'{quote.words}' leaves out a cell: {fact.words()}"
    return None


def question_fault(marked: Marked, listed: Listed, question: str | None) -> Fault | None:
    """A question names nothing that its answer's facts do not."""
    if question is None or ASKS_YES_NO.search(lowered(question)):
        return None
    facts = [fact for quote in marked.quotes for fact in quote.facts]
    missing = unanswered(lowered(question), facts, lowered(marked.text))
    if missing is not None:
        return "contradiction", f"the question asks '{missing}', and no fact that is marked answers that"
    fault = _same_place(marked, listed, question)
    if fault is not None:
        return fault
    named = {name for fact in facts for name in (*fact.classes, *fact.args.get("among", ()))}
    words = listed.words(question)
    if named and not set(words.named) & named and words.named:
        return "contradiction", f"the question asks about {words.named[0]}, and the marked facts are of {min(named)}"
    counts = [fact for fact in facts if fact.kind == "class_count"]
    return direction_of(words, counts, listed) if counts else None


def _same_place(marked: Marked, listed: Listed, question: str) -> Fault | None:
    """A number asked for in one cell is told of that cell."""
    places = listed.words(question).of("place")
    if not places or len(places[0].value) != 1:
        return None
    for quote in marked.quotes:
        own = listed.words(quote.words).of("place")
        for fact in quote.facts:
            if fact.kind == "cell_objects" and not own and fact.args["cell"] not in places[0].value:
                return (
                    "contradiction",
                    f"the question asks about {places[0].value[0]}, and the fact is of {fact.args['cell']}",
                )
    return None
