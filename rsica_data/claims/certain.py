"""What code alone is sure of: that a quote contradicts its fact outright, and what a plain question asks for.

Both are narrow on purpose. What is not sure is left to the reading of a second model, or refused without one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

from rsica_data.claims.fact_list import Fact
from rsica_data.claims.happened import described
from rsica_data.claims.listed import Listed, value_of
from rsica_data.claims.marks import Mark, lowered
from rsica_data.claims.numbers_told import area_slack, percent_slack
from rsica_data.claims.question_intent import Aim, aims_of, clauses
from rsica_data.claims.quote_words import Words
from rsica_data.claims.quotes import Marked, Quote
from rsica_data.tasks.open_qa.kinds import KINDS
from rsica_data.text.yaml_files import packaged_yaml

_CELL = re.compile(r"\b(?:top|center|bottom)-(?:left|center|right)\b")
_BOUND = (
    r"\b(?:least|most|more|fewer|less|about|around|some|nearly|almost|roughly|over|under|up to|not|never|"
    r"except|but|besides|also|from|to)\b|n't\b"
)
_LOOSE = re.compile(_BOUND)
_COUNT_LOOSE = re.compile(rf"{_BOUND}|\b(?:another|other|further|both|each|of (?:the|these|those|them))\b")
_DENIES = re.compile(r"^(?:no|zero|none of the) [\w ]+$|\b(?:no|zero) \w+ (?:changed|was|were)\b|\bdid not change$")


def contradicts(quote: Quote, words: Words) -> bool:
    """Whether a quote says another number, cell, class, direction or side than a fact that it is marked with.

    Only where it says one thing in plain words: two numbers, a bound or an aside leave it undecided.

    Args:
        quote: the quote.
        words: its words.
    """
    return any(_against(fact, words) for fact in quote.facts) if len(quote.facts) == 1 else False


def _against(fact: Fact, words: Words) -> bool:
    named = words.named
    if len(named) > 1 and fact.type not in ("class", "any_class", "class_or_equal"):
        return False
    rule = _RULES.get(fact.kind) or _RULES.get(fact.type)
    return rule is not None and rule(fact, words)


def _count(fact: Fact, words: Words) -> bool:
    numbers = words.of("number")
    if _COUNT_LOOSE.search(words.low) or words.of("vague", "compare", "percent", "area"):
        return False
    if not numbers:
        return fact.value > 0 and _DENIES.search(words.low) is not None
    plain = len(numbers) == 1 and numbers[0].form != "article" and not words.negated
    return plain and numbers[0].value != fact.value


def _amount(kind: str, slack: Callable[[Mark, Words, Fact], float]) -> Callable[[Fact, Words], bool]:
    def rule(fact: Fact, words: Words) -> bool:
        amounts = words.of(kind)
        if len(amounts) != 1 or _LOOSE.search(words.low) or amounts[0].form == "about":
            return False
        return abs(float(amounts[0].value) - float(fact.value)) > 2 * slack(amounts[0], words, fact)

    return rule


def _cells(fact: Fact, words: Words) -> bool:
    cells = set(_CELL.findall(words.low))
    places = words.of("place")
    loose = [mark for mark in places if not _CELL.search(words.low[mark.start : mark.end])]
    if not cells or loose or _LOOSE.search(words.low):
        return False
    return not cells <= ({fact.value} if fact.type == "cell" else set(fact.value))


def _class(fact: Fact, words: Words) -> bool:
    named = words.named
    return bool(named) and not words.negated and fact.value != "equal" and fact.value not in named


def _direction(fact: Fact, words: Words) -> bool:
    ways = {mark.kind for mark in words.of("built", "removed")}
    other = {"built": "removed", "removed": "built"}[str(fact.value)]
    return ways == {other} and not words.negated


def _choice(fact: Fact, words: Words) -> bool:
    options = {option for option in KINDS[fact.kind].options if " " not in option} if fact.kind in KINDS else set()
    names = {option for option in options if re.search(rf"\b{option}\b", words.low)}
    return bool(names) and not names & set(str(fact.value).split()) and not words.negated


_RULES: Mapping[str, Callable[[Fact, Words], bool]] = {
    "direction": _direction,
    "caption": lambda fact, words: False,
    "left_or_right": _choice,
    "top_or_bottom": _choice,
    "count": _count,
    "percent": _amount("percent", lambda mark, words, fact: percent_slack(mark, words, float(fact.value))),
    "area": _amount("area", lambda mark, words, fact: area_slack(mark, words)),
    "cells": _cells,
    "cell": _cells,
    "any_class": _class,
}

_GREETING = re.compile(
    r"^(?:(?:hello|hi|hey|thanks|thank you|great|nice|lovely|okay|ok|right|good|oh|so|and|well|fine)\b"
    r"[\w ']{0,20}[,!.] *)+"
)
_OWN: dict[str, tuple[str, ...]] = {
    "how many objects": ("class_count", "total_count"),
    "how many cells": ("cell_count",),
    "which cells": ("cells_of_class",),
    "where": ("cells_of_class",),
    "for square metres": ("area_m2",),
    "for the share of the image that changed": ("area_share", "total_share"),
    "for the share of the first image": ("cover_before",),
    "for the share of the second image": ("cover_after",),
    "the area": ("area_m2", "area_share"),
    "the size": ("largest_size",),
    "on which side": ("growth_direction",),
    "where the largest lies": ("largest_cell",),
    "which cell holds the most of them": ("busiest_cell",),
    "which land cover gained the most": ("most_gained",),
    "which land cover lost the most": ("most_lost",),
    "whether it changed": ("any_change", "class_count", "changed_classes", "unchanged_classes"),
}
"""What an entry of ``questions.yaml`` asks for, where its clause is plain: the kinds that say exactly that."""
_EXACT = frozenset(
    (
        "for the share of both images",
        "what was there before",
        "what came in its place",
        "where the smallest lies",
        "where the largest and the smallest lie",
        "for the share and the area",
        "whether it touches the edge",
        "whether the left or the right half has more change",
        "whether the top or the bottom half has more change",
        "which half has more change, of all four",
    )
)
"""Entries of ``questions.yaml`` whose kinds say exactly what is asked for."""
_WHAT = ("what changed", "what was built or removed")
_COMPARED = frozenset(
    (
        "which cell holds the most of them",
        "which land cover gained the most",
        "which land cover lost the most",
        "whether the left or the right half has more change",
        "whether the top or the bottom half has more change",
        "which half has more change, of all four",
    )
)
_WAY = {"how many objects": "{}_count", "which cells": "{}_cells", "where": "{}_cells"}
_BUILT = re.compile(r"\b(?:built|new|constructed|added|put up)\b")
_REMOVED = re.compile(r"\b(?:removed|demolished|torn down)\b")


@cache
def _plain_words() -> frozenset[str]:
    return frozenset(packaged_yaml("rsica_data.claims", "questions.yaml")["plain"])


@cache
def _plain_text(part: str) -> frozenset[str]:
    return frozenset(packaged_yaml("rsica_data.claims", "questions.yaml")["plain_text"][part])


_NAMED = ("class", "number", "percent", "area", "place", "date")
_WORD = re.compile(r"[\w']+")


def plain_text(marked: Marked, listed: Listed) -> bool:
    """Whether a text has only words that code reads for certain.

    In a quote these are names, numbers, the words of its facts as the list has them, and ``plain_text`` of
    ``claims/questions.yaml``; a denial only where a fact denies. Between quotes no word states anything.

    Args:
        marked: the text, of whom code has confirmed every quote.
        listed: the facts.
    """
    outside = list(marked.text)
    for quote in marked.quotes:
        outside[quote.start : quote.end] = " " * (quote.end - quote.start)
        if not _plain_quote(quote, listed):
            return False
    return all(mark.kind == "class" or mark.form == "article" for mark in listed.words("".join(outside)).marks)


def _plain_quote(quote: Quote, listed: Listed) -> bool:
    known = {word for fact in quote.facts for word in _WORD.findall(lowered(fact.words()))} | _plain_text("any")
    kinds = {fact.kind for fact in quote.facts}
    denied = any(not fact.value for fact in quote.facts) or "unchanged_classes" in kinds
    if denied or ("caption" in kinds and known & _plain_text("denial")):
        known |= _plain_text("denial")
    if kinds & _WAYS:
        known |= _plain_text("built")
    if kinds & _TURNS:
        known |= _plain_text("turned")
    words = listed.words(quote.words)
    rest = list(words.low)
    for mark in words.marks:
        if mark.kind in _NAMED or (kinds & _WAYS and mark.kind in ("built", "removed")):
            rest[mark.start : mark.end] = " " * (mark.end - mark.start)
    return set(_WORD.findall("".join(rest))) <= known


_WAYS = frozenset(("direction", "built_count", "removed_count", "built_cells", "removed_cells"))
_TURNS = frozenset(("became", "was_before", "transition"))


def plain_question(question: str, marked: Marked, listed: Listed) -> bool:
    """Whether it is known for certain what a question asks for, and that the marked facts are just that.

    Args:
        question: the question.
        marked: its answer, of whom code has confirmed every quote.
        listed: the facts.
    """
    return asks_just(question, [fact for quote in marked.quotes for fact in quote.facts], listed)


def asks_just(question: str, facts: list[Fact], listed: Listed) -> bool:
    """Whether a question asks in plain words for some facts and nothing else.

    Args:
        question: the question.
        facts: what its answer tells.
        listed: all facts, and the names of the classes.
    """
    greeting = _GREETING.match(lowered(question))
    question = question[greeting.end() if greeting else 0 :]
    words = listed.words(question)
    rest = list(lowered(question))
    for mark in words.of("class", "place", "number"):
        rest[mark.start : mark.end] = " " * (mark.end - mark.start)
    if not set(re.findall(r"[\w']+", "".join(rest))) <= _plain_words():
        return False
    aims = list(aims_of(question, listed))
    if any(_joined(aim, listed) for aim in aims) or not _of_change(aims, question):
        return False
    return len(aims) == clauses(question) and all(_met(aim, facts, listed) for aim in aims)


_CHANGE = re.compile(
    r"\b(?:chang\w*|differ\w*|built|new|removed|demolished|constructed|added|put|torn|affected|altered|gained|lost)\b"
)
_STANDING = ("for the share of the first image", "for the share of the second image", "for the share of both images")
_JOINS = (
    "which half has more change, of all four",
    "where the largest and the smallest lie",
    "for the share and the area",
)


def _of_change(aims: list[Aim], question: str) -> bool:
    """Whether a question names change: "where do the buildings lie?" may ask for those that stand there."""
    standing = all(aim.form.asks in _STANDING for aim in aims)
    return standing or _CHANGE.search(lowered(question)) is not None or any(aim.form.whole for aim in aims)


_BETWEEN_NAMES = re.compile(r"§,? (?:and|or) (?:the |a |an |any |of |in |how many )*(?=§)")
_BETWEEN_DATES = re.compile(r"\b(?:first|one|earlier|before) (?:image )?and ")
_AT_THE_ENDS = re.compile(r"\band\W*$|^\W*and\b")


def _joined(aim: Aim, listed: Listed) -> bool:
    """Whether a clause asks for two things ("the number of roads and their area"): "and" joins more than names."""
    if aim.form.asks in (*_COMPARED, *_JOINS, *_STANDING, *_WHAT):
        return False
    rest = aim.clause
    for mark in listed.words(aim.clause).of("class", "place", "number"):
        rest = rest[: mark.start] + "§" * (mark.end - mark.start) + rest[mark.end :]
    for names in (_BETWEEN_NAMES, _BETWEEN_DATES, _AT_THE_ENDS):
        rest = names.sub("", rest)
    return re.search(r"\band\b", rest) is not None


def _met(aim: Aim, facts: list[Fact], listed: Listed) -> bool:
    if re.search(r"\b(?:most|more)\b", aim.clause) and aim.form.asks not in _COMPARED:
        return False
    way = "built" if _BUILT.search(aim.clause) else "removed" if _REMOVED.search(aim.clause) else None
    if aim.form.whole:
        return True
    if aim.form.asks in _WHAT and way is None and not aim.classes and aim.cell is None:
        return described(facts, listed)
    if aim.form.asks in _EXACT:
        return len(aim.classes) < 2
    kinds = _OWN.get(aim.form.asks)
    if kinds is None or (_BUILT.search(aim.clause) and _REMOVED.search(aim.clause)):
        return False
    if aim.cell is not None:
        kinds = ("cells_of_class", "cell_objects") if aim.form.asks == "whether it changed" else ("cell_objects",)
        facts = [fact for fact in facts if fact.args.get("cell", aim.cell) == aim.cell]
    if not aim.classes and aim.form.asks == "whether it changed":
        return way is None and (value_of("any_change", None, listed) is not True or any(map(_tells_change, facts)))
    if not aim.classes:
        return way is None and any(fact.kind in kinds and "cls" not in fact.args for fact in facts)
    return all(any(_exactly(fact, kinds, name, way, aim, listed) for fact in facts) for name in aim.classes)


def _tells_change(fact: Fact) -> bool:
    """Whether a fact tells that something changed, and not only which classes did not."""
    return bool(fact.value) and fact.kind != "unchanged_classes"


def _exactly(fact: Fact, kinds: tuple[str, ...], name: str, way: str | None, aim: Aim, listed: Listed) -> bool:
    if name not in fact.classes or fact.kind in ("any_change", "total_count", "total_share"):
        return False
    if fact.kind == "class_count" and not fact.value and "cells_of_class" in kinds:
        return True
    if way is None:
        return fact.kind in kinds
    own = _WAY.get(aim.form.asks, "").format(way)
    return fact.kind == own or (fact.kind in kinds and value_of("direction", name, listed) == way)
