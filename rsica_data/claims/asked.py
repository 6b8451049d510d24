"""An answer against its question: yes and no, whole lists of cells, what is asked for."""

from __future__ import annotations

import re

from rsica_data.claims.accounts import direction_of
from rsica_data.claims.fact_list import Fact
from rsica_data.claims.fact_wording import says
from rsica_data.claims.listed import Fault, Listed, has_changed, named_outright, shown
from rsica_data.claims.marks import lowered
from rsica_data.claims.qualifiers import unanswered
from rsica_data.claims.quote_words import Words
from rsica_data.claims.quotes import Marked, Quote

_YES_NO = re.compile(r"\W*(?P<yes>yes|yeah|yep|yup|indeed|certainly|correct|right|true|it (?:did|does|has)|"
r"they (?:did|do|have))?(?:,? (?:it|they|there) (?:did|does|do|has|have|is|are|was|"
r"were))?\W*|"
                     r"\W*(?P<no>no|nope|nah|not at all|false|it (?:did|has|does) ?n[o']t)(?:,? (?:it|they|"
                     r"there) (?:did|does|do|has|have|is|are|was|were) ?n[o']t)?\W*")  # fmt: skip


ASKS_YES_NO = re.compile(
    r"^(?!.{0,40}\b(?:which|what|where|how|who|whose|when|whereabouts)\b)[^?]{0,40}?"
    r"\b(?:did|do|does|has|have|had|is|are|was|were|can|could|would|any|anything|something|whether|if)\b"
)


_WHERE = re.compile(
    r"\b(?:where|which cells?|what cells?|which parts?|what parts?|whereabouts|"
    r"in which (?:cells?|parts?|areas?|regions?)|what locations?)\b"
)


def subject_of(before: str, listed: Listed, question: str | None, behind: str = "") -> str | None:
    """The class that was named last before some words, or else first behind them."""
    for text in (before, question or "", listed.earlier):
        named = [mark.value for mark in listed.words(text).marks if mark.kind == "class"]
        if named:
            return str(named[-1])
    after = listed.words(behind).named
    return after[0] if after else None


LEADING = re.compile(r"(yes|no)[,;:.] +(?=\w)(?!\w+ (?:did|has|have|was|were|is|are) ?n[o']t$)")


def core_question(question: str) -> str:
    """The sentence that asks, without what leads up to it."""
    parts = [part for part in re.split(r"(?<=[.!?])\s+", question.strip()) if part.endswith("?")]
    return parts[-1] if parts else question


_RELATIVE = re.compile(r", (?:which|who|whose|where|when)\b[^,?]*,")


def is_yes_no(question: str) -> bool:
    """Whether a question is answered by yes or no: not "did the roads change, or is it the same?"."""
    low = _RELATIVE.sub(",", lowered(core_question(question)))
    return (
        ASKS_YES_NO.search(low) is not None and re.search(r",? or (?:is|are|did|do|does|has|have|not\b)", low) is None
    )


def yes_or_no(quote: Quote) -> bool | None:
    match = _YES_NO.fullmatch(lowered(quote.words))
    if match is None or not (match["yes"] or match["no"]):
        return None
    return match["yes"] is not None


_OF_PAIR = ("any_change", "total_count", "total_share", "left_or_right", "top_or_bottom")
_CHANGES = re.compile(r"\b(?:chang|differ|alter|affect|touched|move|shift)")
_THERE = re.compile(r"\b(?:both|all|only|each|every|same|anything|something|or)\b")
_OF_COVER = re.compile(r"\b(?:shares?|cover\w*|ground|more|less|edge|border|rim)\b")
_ANYTHING = re.compile(r"\b(?:anything|something|any (?:\w+ )?(?:changes?|differences?)|at all)\b")


def yes_no_fault(
    answer: bool, quote: Quote, listed: Listed, question: str, gently: bool = False, has_details: bool = False
) -> Fault | None:
    """Yes or no: the question, read as a statement, is what the fact must bear out or deny.

    ``gently`` leaves a question alone that the fact does not settle: the words behind the yes or no are checked too.
    ``has_details``: another mark of the answer tells whether the classes changed that the question asks about.
    """
    question = core_question(question)
    asked = Words(question, listed.classes, subject_of("", listed, None), asked=True, synonyms=listed.synonyms)
    named = named_outright(question, listed)
    fault = _of_another_thing(answer, quote, listed, asked, named, has_details)
    if fault is not None:
        return fault
    differs = _differs(quote, asked)
    if differs is not None:
        wrong = "contradiction", f"'{quote.words}' is the wrong answer by the facts: {shown(quote)}"
        return None if differs is answer else wrong
    changed = next((fact.value for fact in listed.facts if fact.kind == "any_change"), None)
    whole = _ANYTHING.search(asked.low) or (_CHANGES.search(asked.low) and not _OF_COVER.search(asked.low))
    if changed is not None and whole and not named and not asked.of("class", "place", "number", "negation"):
        wrong = "contradiction", f"'{quote.words}' is the wrong answer: {'something' if changed else 'nothing'} changed"
        return None if changed is answer else wrong
    verdicts = [says(fact, asked) for fact in quote.facts if fact.kind != "caption"]
    settled = [verdict for verdict in verdicts if verdict is not None]
    if not settled and (gently or not verdicts):
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


def _of_another_thing(
    answer: bool, quote: Quote, listed: Listed, asked: Words, named: tuple[str, ...], has_details: bool
) -> Fault | None:
    """A yes or no whose mark is of less, of another date or of other classes than the question."""
    general = all(fact.kind in _OF_PAIR and (fact.value or answer) for fact in quote.facts)
    if general and not has_details and (named or asked.of("place")):
        return (
            "unsupported",
            f"'{quote.words}' is marked with a fact that says less than the question asks: {shown(quote)}",
        )
    several = re.search(r"\b(?:and|or) (?:did|do|does|is|are|was|were|has|have)\b", asked.low)
    if (
        general
        and has_details
        and len(named) == 1
        and not several
        and _CHANGES.search(asked.low)
        and not _THERE.search(asked.low)
    ):
        happened = any(has_changed(name, listed) for name in named)
        if (happened is not asked.negated) is not answer:
            return "contradiction", f"'{quote.words}' is the wrong answer by the list, for {' and '.join(named)}"
    of_one_date = len(quote.facts) == 1 and quote.facts[0].kind in ("cover_before", "cover_after")
    if named and answer and of_one_date and _CHANGES.search(asked.low) and not _OF_COVER.search(asked.low):
        return "unsupported", f"'{quote.words}' is marked with a fact that tells no change: {shown(quote)}"
    if named and all(fact.kind == "caption" for fact in quote.facts):
        told_of = {name for fact in quote.facts for name in listed.words(str(fact.value)).named}
        if told_of and not told_of & set(named):
            return "contradiction", f"the question asks about {named[0]}, and what is marked is not: {shown(quote)}"
    about = {name for fact in quote.facts for name in fact.classes}
    if named and about and not about & set(asked.named):
        return "contradiction", f"the question asks about {asked.named[0]}, and '{quote.words}' is of {min(about)}"
    return None


def other_fault(answer: bool, quote: Quote, marked: Marked, listed: Listed, question: str) -> Fault | None:
    """A yes or no that another mark of the answer speaks against, whatever fact it is marked with."""
    question = core_question(question)
    asked = Words(question, listed.classes, subject_of("", listed, None), asked=True, synonyms=listed.synonyms)
    for other in marked.quotes:
        for fact in other.facts:
            if (
                other is not quote
                and fact.kind in ("border", "spread")
                and asked.of("edge" if fact.kind == "border" else "spread")
            ):
                verdict = says(fact, asked)
                if verdict is not None and verdict is not answer:
                    return "contradiction", f"'{quote.words}' is the wrong answer by another mark: {fact.words()}"
    return None


def _differs(quote: Quote, asked: Words) -> bool | None:
    """Whether a share at two dates changed as the question says; None where the quote is not about that."""
    shares = {fact.kind: float(fact.value) for fact in quote.facts if fact.kind in ("cover_before", "cover_after")}
    if len(shares) != 2 or len(quote.facts) != 2:
        return None
    gain = shares["cover_after"] - shares["cover_before"]
    if asked.of("grew") and not asked.of("shrank"):
        return gain > 0
    if asked.of("shrank") and not asked.of("grew"):
        return gain < 0
    if re.search(r"\b(?:differ|chang|mov|shift)", asked.low):
        return (gain != 0) is not asked.negated
    if re.search(r"\b(?:same|keep|kept|steady|hold|stay|remain)", asked.low):
        return gain == 0
    return None


def missing_cells(marked: Marked, listed: Listed, question: str | None) -> Fault | None:
    """An answer to "where" names all cells of the fact that it marks."""
    if question is None or not _WHERE.search(lowered(question)):
        return None
    stated: dict[tuple[str, str], set[str]] = {}
    for quote in marked.quotes:
        words = listed.words(quote.words)
        for fact in quote.facts:
            if fact.type == "cells" and not words.negated and words.of("place"):
                cells = {cell for mark in words.of("place") for cell in mark.value}
                stated.setdefault((fact.kind, str(fact.args.get("cls"))), set()).update(cells)
    for quote in marked.quotes:
        for fact in quote.facts:
            named = stated.get((fact.kind, str(fact.args.get("cls"))))
            if named is not None and fact.type == "cells" and not set(fact.value) <= named:
                return "contradiction", f"'{quote.words}' leaves out a cell: {fact.words()}"
    return None


def question_fault(marked: Marked, listed: Listed, question: str | None) -> Fault | None:
    """A question names nothing that its answer's facts do not."""
    if question is None:
        return None
    facts = [fact for quote in marked.quotes for fact in quote.facts]
    if is_yes_no(question):
        return _other_class(marked, listed, core_question(question))
    missing = unanswered(lowered(question), facts, lowered(marked.text))
    if missing is not None:
        return "contradiction", f"the question asks '{missing}', and no fact that is marked answers that"
    fault = _same_place(marked, listed, question)
    if fault is not None:
        return fault
    named = {name for fact in facts for name in _about(fact)}
    words = listed.words(question)
    asked = named_outright(question, listed)
    if named and asked and not set(words.named) & named:
        return "contradiction", f"the question asks about {asked[0]}, and the marked facts are of {min(named)}"
    counts = [fact for fact in facts if fact.kind == "class_count"]
    return direction_of(words, counts, listed) if counts else None


def _about(fact: Fact) -> tuple[str, ...]:
    """The classes that a fact tells of, those too that it leaves out of a list."""
    among = fact.args.get("among", ()) if fact.type == "classes" else ()
    return (*fact.classes, *among)


def _other_class(marked: Marked, listed: Listed, question: str) -> Fault | None:
    """A question about classes that is answered about others alone."""
    asked = set(named_outright(question, listed))
    facts = [fact for quote in marked.quotes for fact in quote.facts]
    stated = {name for fact in facts for name in _about(fact)}
    stated |= {name for quote in marked.quotes for name in listed.words(quote.words).named}
    if not asked or not stated or asked & stated or any(fact.kind in ("any_change", "caption") for fact in facts):
        return None
    return "contradiction", f"the question asks about {min(asked)}, and the marked facts are of {min(stated)}"


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
