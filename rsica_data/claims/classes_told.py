"""Whether words say a class, several, or what became what."""

from __future__ import annotations

import re
from dataclasses import replace

from rsica_data.claims.fact_list import Fact
from rsica_data.claims.marks import lowered
from rsica_data.claims.numbers_told import say_percent
from rsica_data.claims.qualifiers import denies_change
from rsica_data.claims.quote_words import Words
from rsica_data.claims.which_first import FEWER, from_to, winner

_EQUAL = re.compile(r"\b(?:equal(?:ly)?|as many|as much|same number|the same|tied?|even)\b")


def say_class(fact: Fact, words: Words) -> bool | None:
    named = words.named
    if fact.value == "equal":
        return True if _EQUAL.search(words.low) else (False if words.of("compare") else None)
    options = {fact.args[key] for key in ("a", "b") if key in fact.args}
    if fact.kind in ("more_objects", "more_area"):
        if _EQUAL.search(words.low):
            return False
        class_positions = [
            (mark.start, mark.value) for mark in words.of("class") if not options or mark.value in options
        ]
        won = winner(words.low, class_positions)
        if won is None:
            return None
        if FEWER.search(words.low) and options:
            won = next(iter(options - {won}), won)
        return bool(won == fact.value)
    if fact.kind in ("most_gained", "most_lost"):
        wrong = words.of("shrank", "removed") if fact.kind == "most_gained" else words.of("grew", "built")
        right = words.of("grew", "built") if fact.kind == "most_gained" else words.of("shrank", "removed")
        turned = r"\bmore\b" if fact.kind == "most_lost" else r"\b(?:less|fewer|smaller|least)\b"
        if (wrong and not right) or re.search(turned, words.low):
            return False
    if not named:
        return None
    return (named[-1 if fact.kind == "nearest_class" else 0] == fact.value) is not words.negated


def say_changed_into(fact: Fact, words: Words) -> bool | None:
    """``became``, ``was_before`` and ``transition``: the order of two classes, or the one that was asked for."""
    if fact.kind == "transition":
        old, new = fact.args["a"], fact.args["b"]
    else:
        old, new = (fact.args["cls"], fact.value) if fact.kind == "became" else (fact.value, fact.args["cls"])
    if fact.kind == "was_before" and re.search(r"\b(?:there|lay|stood) (?:\w+ )?after\b", words.low):
        return False
    if len(words.named) == 1 and not words.of("replace", "negation") and not re.search(r"\bwhere|\bthere", words.low):
        came, went = bool(words.of("built")), bool(words.of("removed"))
        if came is not went and words.named[0] in (old, new) and words.named[0] != (new if came else old):
            return False
    shares = words.of("percent")
    if shares and fact.kind == "transition" and say_percent(replace(fact, kind="total_share"), words) is False:
        return False
    named = words.named
    if len(named) < 2:
        if named and named[0] not in (old, new):
            return False
        return _changed_in_context(fact, words, old, new)
    order = from_to(words.low, [(mark.start, mark.end, mark.value) for mark in words.of("class")])
    if order is None or order != (old, new):
        return None if order is None else False
    return fact.kind == "transition" or not _MOSTLY.search(words.low) or _qualified(words, named[0] == old) == fact.kind


_MOSTLY = re.compile(r"\b(?:most|mostly|mainly|predominantly|chiefly|primarily|majority|bulk|largely)\b")


def _qualified(words: Words, old_first: bool) -> str:
    """Of which class most is told: "X mostly became Y" is of X, "Y came mostly in place of X" of Y."""
    first = next(iter(words.of("class")), None)
    old = words.facts[0].args.get("cls") if words.facts and words.facts[0].kind == "became" else None
    own = first is not None and (first.value == old or len(words.named) > 1)
    if first is not None and own and old_first and _MOSTLY.search(words.low[max(first.start - 14, 0) : first.start]):
        return "was_before"
    return "became" if old_first and not re.search(r"\bbefore\b|\bthere\b", words.low) else "was_before"


def _changed_in_context(fact: Fact, words: Words, old: str, new: str) -> bool | None:
    """One class of a change alone: the other stands next to it in the sentence, or in the question."""
    whole = words.like(words.sentence or words.text)
    order = _nearest_order(words, whole, {old, new})
    if order is not None:
        if order != (old, new) or fact.kind == "transition" or not _MOSTLY.search(words.low):
            return order == (old, new)
        first = old if words.named and words.named[0] == new else new if words.named else None
        old_first = first == old if words.before and first is not None else words.named[:1] == [old]
        return _qualified(words, old_first) == fact.kind
    if words.of("grew", "shrank") or re.search(r"\b(?:gain|lost|los[et])", words.low):
        return False if fact.kind != "transition" else None
    around = set(words.like(words.question).named) | {words.subject}
    if words.of("replace", "percent") or re.search(r"\b(?:before|previously|there|mostly|mainly|largely)\b", words.low):
        around |= set(whole.named)
    missing = {old, new} - set(words.named)
    if not missing <= around:
        return None
    if not words.named:
        return True if words.of("percent") else None
    if words.of("built", "removed") and not words.of("replace"):
        return words.named[0] == (new if words.of("built") else old)
    return words.named[0] == fact.value if fact.kind != "transition" else True


def _nearest_order(words: Words, whole: Words, wanted: set[str]) -> tuple[str, str] | None:
    """(old, new) by the sentence around a quote that names one of two classes."""
    start = words.at
    end = start + len(words.text)
    marks = [mark for mark in whole.of("class") if mark.value in wanted]
    inside = [mark for mark in marks if start <= mark.start < end]
    before = [mark for mark in marks if mark.start < start and (not inside or mark.value != inside[0].value)]
    behind = [mark for mark in marks if mark.start >= end and (not inside or mark.value != inside[0].value)]
    chosen = [*before[-1:], *inside, *(() if before else behind[:1])]
    if len({mark.value for mark in chosen}) < 2:
        return None
    return from_to(whole.low, [(mark.start, mark.end, mark.value) for mark in chosen])


_SPLIT = re.compile(r"(,|;|:|\band\b|\bwhile\b|\bbut\b|\byet\b|\bwhereas\b|\bwith\b|\bunlike\b)")


_TOLD = re.compile(
    r"\bchang|\bunchanged|\bbuilt\b|\bremoved\b|\bsame\b|\bstay|\bremain|\bdifferent|\bdid not\b|\bdidn't\b"
)
_APART = ("but", "yet", "while", "whereas", "unlike")


def _polarities(words: Words) -> set[bool]:
    """Whether the clauses of the words deny change of the classes that they name, one value a clause.

    A clause without a verb goes with the next one ("roads and buildings changed"), but for one that "but" parts from
    it ("roads but no buildings changed"); one that only denies turns what was told before ("but houses did not").
    """
    polarities: list[bool] = []
    waiting: bool | None = None
    parts = ["", *_SPLIT.split(words.text)]
    for link, clause in zip(parts[::2], parts[1::2], strict=False):
        part = words.like(clause)
        if waiting is not None and link in _APART:
            polarities.append(waiting)
            waiting = None
        if not part.named:
            if waiting is not None and _TOLD.search(part.low):
                polarities.append(waiting or part.negated)
                waiting = None
            continue
        if polarities and (link == "unlike" or (_ELLIPTIC.search(part.low.strip()) and not _CHANGE.search(part.low))):
            polarities.append(not polarities[-1])
        elif _TOLD.search(part.low):
            polarities.append(part.negated or bool(waiting))
            waiting = None
        else:
            waiting = part.negated or bool(waiting)
    if polarities and waiting:
        polarities.append(True)
    return set(polarities)


_ELLIPTIC = re.compile(
    r"^not\b|\b(?:are|were|is|was|did|do|does|have|has) ?(?:not|n't)$|\b(?:not|n't)$|"
    r"\b(?:no|neither) .*\b(?:did|are|were|have|has|is|was)$"
)
_CHANGE = re.compile(r"\bchang|\bunchanged|\bsame|\bdiffer")


def say_classes(fact: Fact, words: Words) -> bool | None:
    value, named = set(fact.value), set(words.named)
    ways = _polarities(words)
    if len(ways) > 1 or (fact.kind == "unchanged_classes" and words.of("built", "removed") and not words.asked):
        return False
    denied = next(iter(ways), words.negated)
    changed = re.search(r"\bchang", words.low) is not None
    if not value and fact.kind == "unchanged_classes" and not words.asked and not named:
        return _none_unchanged(words, changed)
    negated = denied or (denies_change(lowered(words.question)) and not changed)
    if (
        fact.kind == "changed_classes"
        and not words.named
        and words.negated
        and not changed
        and denies_change(lowered(words.question))
    ):
        return len(value) == len(words.counts)
    if not value and fact.kind == "changed_classes" and words.negated and not words.named:
        return True
    if negated and not words.asked and not words.named and words.negated:
        return not value or (
            re.search(r"\b(?:both|all|every|each|neither)\b", words.low) is not None and len(value) > 1
        )
    flipped = negated is (fact.kind == "changed_classes")
    if not named:
        everything = re.search(r"\b(?:both|all|every|each)\b", words.low)
        if everything:
            return (value == set(words.classes) or len(value) >= 2) is not flipped
        return not value if words.negated else None
    if flipped:
        return not named & value
    if words.asked:
        return named <= value
    return named <= value and (not re.search(r"\bonly|just|solely|alone|exclusively\b", words.low) or named == value)


def _none_unchanged(words: Words, changed: bool) -> bool | None:
    """Whether words say that no class stayed as it was: "none", asked for that; "none stayed unchanged"."""
    if words.negated:
        return denies_change(lowered(words.question)) and not changed
    twice = bool(words.of("negation"))
    return True if twice or re.search(r"\b(?:both|all|every|each)\b", words.low) else None
