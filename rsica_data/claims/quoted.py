"""A quote against the facts that it is marked with."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.claims.accounts import accounted, direction_of
from rsica_data.claims.fact_list import Fact
from rsica_data.claims.fact_wording import says
from rsica_data.claims.limits import limit_fault
from rsica_data.claims.listed import Fault, Listed, several_changed, share_of, shown, value_of
from rsica_data.claims.qualifiers import unlicensed
from rsica_data.claims.quote_words import Words
from rsica_data.claims.quotes import Quote
from rsica_data.claims.which_first import winner


def quote_fault(quote: Quote, words: Words, listed: Listed, question: str | None) -> Fault | None:
    """The first reason for which a quote does not say the facts that it is marked with; None where it says them."""
    return (
        _unlicensed(quote, words)
        or limit_fault(quote, words, listed)
        or _denies(quote, words)
        or _unsaid(quote, words, listed, question)
        or _other_subject(quote, words, listed, question)
        or _no_class(quote, words, listed)
        or _other_amount(quote, words, listed, question)
        or _trend(words, quote.facts, listed)
        or accounted(quote, words, listed)
        or direction_of(words, quote.facts, listed)
    )


def _unlicensed(quote: Quote, words: Words) -> Fault | None:
    """A word that limits or strengthens, such as "only", needs a fact that says so."""
    word = unlicensed(words.low, quote.facts)
    if word is None or _greater(words, quote.facts):
        return None
    return "unsupported", f"'{word}' in '{quote.words}' is not what its fact says: {shown(quote)}"


def _unsaid(quote: Quote, words: Words, listed: Listed, question: str | None) -> Fault | None:
    """A fact that the quote does not say, or contradicts."""
    for fact in quote.facts:
        verdict = says(fact, words)
        if verdict is None and question is not None:
            verdict = _with_question(fact, words, question)
        if verdict is None and fact.kind in ("cover_before", "cover_after") and _steady(fact, words, listed):
            verdict = True
        if verdict is not True:
            kind = "unsupported" if verdict is None else "contradiction"
            return kind, f"'{quote.words}' does not say the fact: {fact.words()}"
    return None


def _other_subject(quote: Quote, words: Words, listed: Listed, question: str | None) -> Fault | None:
    """A pronoun stands for a class that the text named before; the facts must be of such a class."""
    if words.subject is None or words.named:
        return None
    asked = listed.words(question or "").named
    about = set(_nearest(words, listed)) or set(asked) or set(listed.words(listed.earlier).named) or {words.subject}
    wrong = [fact for fact in quote.facts if _one_class(fact) and not about & set(fact.classes)]
    if not wrong:
        return None
    return "contradiction", f"'{quote.words}' speaks of {words.subject}, and the fact of {wrong[0].classes[0]}"


def _no_class(quote: Quote, words: Words, listed: Listed) -> Fault | None:
    """A quote without a class or a pronoun cannot say a fact of one of several classes."""
    if words.subject is None and not words.named and len(listed.classes) > 1 and any(map(_one_class, quote.facts)):
        return "unsupported", f"'{quote.words}' names no class, and its fact is of one: {shown(quote)}"
    return None


def _other_amount(quote: Quote, words: Words, listed: Listed, question: str | None) -> Fault | None:
    """An amount whose quote names no class must be of the class that the clause or the question names."""
    sizes = [fact for fact in quote.facts if fact.type in ("percent", "area") and "cls" in fact.args]
    if not sizes or words.named:
        return None
    nearest = before_or_asked(words, quote, question, listed)
    classes = nearest
    if not sizes[0].kind.startswith("cover"):
        classes = listed.words(words.before).named or classes
    elif {"cover_before", "cover_after"} <= {fact.kind for fact in quote.facts} and len(quote.facts) > 2:
        classes = []
    whole = value_of("total_share", None, listed)
    about_all = sizes[0].kind == "area_share" and not classes and whole not in (None, sizes[0].value)
    if about_all or (classes and sizes[0].args["cls"] not in classes):
        return "contradiction", f"'{quote.words}' does not name the class of its fact: {shown(quote)}"
    if len(set(nearest)) > 1 and several_changed(listed):
        return "unsupported", f"'{quote.words}' names no class, and its fact is of one: {shown(quote)}"
    return None


_DENIED = re.compile(
    r"\b(?:not|never|n't) (?:\w+ )?(?:chang\w*|differ\w*|alter\w*)\b|\bunchanged\b|\bno (?:change|difference)\b|"
    r"\bno longer changed\b|n't (?:\w+ )?chang"
)
_TWICE = re.compile(r"\b(?:no|none|nothing|zero|0|neither|nor|no one)\b.*(?:\bnot|n't|\bnever) (?:chang|differ)")


def _denies(quote: Quote, words: Words) -> Fault | None:
    """A quote that denies change needs a fact that does; one that denies it twice says that all changed."""
    low = words.low
    if _TWICE.search(low):
        twice = all(fact.kind == "unchanged_classes" and not fact.value for fact in quote.facts)
        return None if twice else ("contradiction", f"'{quote.words}' denies twice: {shown(quote)}")
    if _DENIED.search(low) is None or any(map(_says_unchanged, quote.facts)):
        return None
    return "contradiction", f"'{quote.words}' says that something did not change, and its fact does not: {shown(quote)}"


def _says_unchanged(fact: Fact) -> bool:
    if fact.kind in ("class_count", "total_count", "any_change", "changed_classes", "cells_of_class", "cell_objects"):
        return not fact.value or fact.kind == "changed_classes"
    return fact.kind in ("unchanged_classes", "caption", "cover_before", "cover_after", "cover_more")


def _nearest(words: Words, listed: Listed) -> list[str]:
    """The classes of the last clause before a quote that names any; "while" parts clauses, "and" does not."""
    placed = any(fact.type in ("cells", "cell") or fact.kind == "growth_direction" for fact in words.facts)
    apart = r"\b(?:while|whereas|but|yet|although|though)\b|;" + (
        r"|, and (?:one|two|three|four|five|an?)\b" if placed else ""
    )
    for clause in reversed(re.split(apart, words.before)):
        if named := listed.words(clause).named:
            return named
    return []


def before_or_asked(words: Words, quote: Quote, question: str | None, listed: Listed) -> list[str]:
    """The class told last before a quote in its clause, else all that the sentence and the question name."""
    clause = re.split(r"[,;:]|\band\b|\bwhile\b", words.before)
    for part in reversed(clause):
        if named := listed.words(part).named:
            return named
    return listed.words(f"{words.sentence} {question or ''}").named


def _trend(words: Words, facts: Sequence[Fact], listed: Listed) -> Fault | None:
    """Words of growth and loss about land cover hold of the shares at both dates."""
    for fact in facts:
        if fact.kind not in ("cover_before", "cover_after"):
            continue
        before, after = (share_of(kind, fact.args["cls"], listed) for kind in ("cover_before", "cover_after"))
        if before is None or after is None:
            continue
        if abs(after - before) > 0.1 and not words.of("grew", "shrank") and _SAID_STEADY.search(words.before):
            return "contradiction", f"'{words.text}' is told as a share that stayed, and it did not: {fact.words()}"
        grew, shrank = bool(words.of("grew", "built")), bool(words.of("shrank", "removed"))
        if (grew and not shrank and after <= before) or (shrank and not grew and after >= before):
            return "contradiction", f"'{words.text}' tells a change that is not there: {fact.words()}"
        if words.negated and not grew and not shrank and abs(after - before) > 0.1:
            return "contradiction", f"'{words.text}' tells no change, and there is one: {fact.words()}"
    return None


_SAID_STEADY = re.compile(
    r"\b(?:stayed|remained|held steady|kept|unchanged)\b(?:(?!\bwhile\b|\bwhereas\b|\bbut\b|\byet\b).)*$"
)
_STEADY = re.compile(
    r"\b(?:same|steady|held|holds?|kept|keeps?|constant|stable|unchanged|stay(?:s|ed)?|remain(?:s|ed)?|no change)\b"
)


def _steady(fact: Fact, words: Words, listed: Listed) -> bool:
    before, after = (share_of(kind, fact.args["cls"], listed) for kind in ("cover_before", "cover_after"))
    if before is None or after is None:
        return False
    if _STEADY.search(words.low):
        return abs(before - after) <= 0.1
    return (bool(words.of("grew")) and after > before) or (bool(words.of("shrank")) and after < before)


def _greater(words: Words, facts: Sequence[Fact]) -> bool:
    """Whether a comparison of two classes is borne out by the two numbers that it is marked with."""
    numbers = [fact for fact in facts if fact.type in ("percent", "area", "count") and "cls" in fact.args]
    if len(numbers) != 2 or numbers[0].kind != numbers[1].kind or numbers[0].args["cls"] == numbers[1].args["cls"]:
        return False
    won = winner(words.low, [(mark.start, mark.value) for mark in words.of("class")])
    least = re.search(r"\b(?:fewer|less|smaller)\b", words.low) is not None
    greater = max(numbers, key=lambda fact: float(fact.value))
    return won is not None and numbers[0].value != numbers[1].value and (won == greater.args["cls"]) is not least


def _one_class(fact: Fact) -> bool:
    return "cls" in fact.args and fact.type not in ("class", "any_class")


def _with_question(fact: Fact, words: Words, question: str) -> bool | None:
    """A short answer that says its fact only together with its question."""
    joined = words.like(f"{question} {words.text}")
    if fact.type in ("cells", "cell", "count", "percent", "area", "date"):
        return None
    plain = words.like(re.sub(r"^\W*(?:no|not)\b", "", joined.text))
    return says(fact, plain if not words.negated else joined)
