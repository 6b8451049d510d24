"""Which of several facts of one form is meant: the words that each needs, in a quote, its sentence or its question."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from rsica_data.claims.fact_list import Fact
from rsica_data.claims.marks import pattern

_NEEDS: dict[str, re.Pattern[str]] = {
    kind: re.compile(words)
    for kind, words in {
        "largest_cell": r"largest|biggest|greatest|main|only|single",
        "smallest_cell": r"smallest|tiniest|least",
        "busiest_cell": r"\bmost\b|busiest|majority|dens|concentrat|highest|more .* than any",
        "largest_size": r"larg|big|main|size|medium|small",
        "most_gained": r"gain|grew|grow|increas|expan|rose|rise|won\b|advance",
        "most_lost": r"los[ets]|shr[aiu]nk|decreas|declin|gave|ground|reced|reduc|retreat|fell|drop",
        "left_or_right": r"half|halves|\bmore\b|\bmost|side",
        "top_or_bottom": r"half|halves|\bmore\b|\bmost",
    }.items()
}
_CELL = re.compile(r"\bcells?\b|\bparts?\b|\bplaces?\b|\bspots?\b|\bsquares?\b|\blocations?\b|\bninths?\b")
_HOW_MANY_CELLS = re.compile(r"\b(?:how many|number of) (?:\w+ ){0,3}(?:cells?|parts?|places?|squares?)\b")
_SUPERLATIVE = re.compile(r"\b(largest|biggest|greatest|smallest|tiniest)\b")
_OF_ONE = ("largest_cell", "smallest_cell", "largest_size")
_TOTAL = re.compile(
    r"\bin all\b|\btotal|altogether|together|combined|overall|both|of all|objects?\b|"
    r"changes\b|things\b|everything|all told|sum"
)
_BEFORE = re.compile(
    r"before|first|earlier|initial|previous|at the start|from|once|past|former|older|origin|"
    r"both|still|same|kept?|st[ae]y|h[eo]ld|remain|unchanged|used to|used to|had been"
)
_AFTER = re.compile(
    r"after|second|later|now|at the end|newer|latest|current|today|\bto \d|rose|grew|fell|"
    r"sank|drop|both|still|same|kept?|st[ae]y|h[eo]ld|remain|unchanged|reach"
)
_AFFECTED = re.compile(r"\b(?:chang|affect|alter|differ|modif)")
_CHANGED = re.compile(
    r"chang|new|built|remov|demolish|add|differ|construct|lost|gain|turned|replac|becam|"
    r"became|went|in all|cover|tak|amount|occup|share|area"
)
_SHARE_OF_DATE = re.compile(
    r"\b(?:first|second|earlier|later) (?:image|picture|photo|date|view)\b|\bof the (?:first|second)\b"
)
_COMPARES = re.compile(
    r"\bmore\b|\bmost\b|fewer|less|outnumber|exceed|greater|larger|as many|equal|bigger|ahead|lead|than|"
    r"majority|highest|same|tied?\b"
)
_COMPARES_AREA = re.compile(
    r"\barea|ground|space|surface|\bland\b|larger|extent|share|cover|takes? up|take|wider|"
    r"acreage|footprint|percent"
)
_COMPARES_COVER = re.compile(
    r"cover|ground|share|\bland\b|area|gr[eo]w|shr[aiu]nk|gain|\bwon\b|los[et]|more|less|expan|r[oi]se|declin|"
    r"space|took|room|reced|before|after|now|bigger|smaller|larger|same|equal|kept|keep|h[eo]ld|st[ae]y"
)
_CHANGED_SHARE = re.compile(
    r"\b(?:changed|new|newly built|built|removed|demolished) (?:\w+ )?(?:buildings?|roads?|"
    r"houses?|homes?|streets?)\b.{0,40}\b(?:take|cover|occup|account|make)|of the (?:image|"
    r"scene|picture) (?:has |have )?changed"
)
_PLAIN = re.compile(
    r"\b(?:more|fewer|less|as many) \w+ (?:than|as) \w+ (?:have |were |are )?(?:chang|differ|built|removed)"
)
_COUNTED = re.compile(r"\b(?:objects?|in number|as many|number of|count)\b")


@dataclass(frozen=True)
class Marked:
    """Words that are marked with a fact, and what stands around them; all text in lower case.

    Attributes:
        fact: the fact that the words are marked with.
        words: the words.
        around: their sentence and question.
        named: classes that the words name, or else their question.
        places: cells of the places that the words name, or else their sentence and question.
        single: one object of the fact's class changed, which is the largest and the smallest.
        named_here: the words themselves name a class.
        before: what stands before the words.
        clause: what stands beside the words in their clause, and the question.
        steady: a class's share is the same at both dates, or the words are marked with both.
    """

    fact: Fact
    words: str
    around: str
    named: Collection[str]
    places: Collection[Collection[str]]
    single: bool
    named_here: bool = True
    before: str = ""
    clause: str = ""
    steady: bool = False

    @property
    def text(self) -> str:
        return f"{self.words} {self.around}"


def cue_of(marked: Marked) -> bool:
    """Whether the words that a fact's kind needs are there: `_NEEDS`, then the kind's own rule."""
    kind = marked.fact.kind
    needs = _NEEDS.get(kind)
    if needs is not None and needs.search(marked.text) is None and not (marked.single and kind in _OF_ONE):
        return False
    rule = _RULES.get(kind)
    return rule is None or rule(marked)


def _half(marked: Marked) -> bool:
    return _NEEDS[marked.fact.kind].search(f"{marked.words} {marked.clause}") is not None


def _direction(marked: Marked) -> bool:
    return pattern(marked.fact.kind.split("_")[0]).search(marked.text) is not None


def _cell_count(marked: Marked) -> bool:
    if _CELL.search(marked.words) is not None:
        return True
    return not marked.named_here and _HOW_MANY_CELLS.search(marked.around) is not None


def _extreme_cell(marked: Marked) -> bool:
    if marked.single:
        return True
    for text in (marked.words, marked.before, marked.around):
        if superlatives := _SUPERLATIVE.findall(text):
            return (superlatives[-1] in ("smallest", "tiniest")) is (marked.fact.kind == "smallest_cell")
    return False


def _area_share(marked: Marked) -> bool:
    if _SHARE_OF_DATE.search(marked.words):
        return False
    text = marked.text
    return _CHANGED.search(text) is not None and not (_SHARE_OF_DATE.search(text) and "chang" not in text)


def _total_share(marked: Marked) -> bool:
    if len(marked.named) == 1 and not _TOTAL.search(marked.text) and not _SHARE_OF_DATE.search(marked.words):
        return re.search(r"\bchang|\bscene|\bwhole", marked.words) is not None
    return _area_share(marked)


def _total_count(marked: Marked) -> bool:
    return not marked.named or len(marked.named) > 1 or _TOTAL.search(marked.text) is not None


def _transition(marked: Marked) -> bool:
    return not _AFFECTED.search(marked.words) or marked.named_here


def _more(marked: Marked) -> bool:
    """A comparison of two classes by the number of objects or by area."""
    is_area = marked.fact.kind == "more_area"
    tells_area = _COMPARES_AREA.search(marked.text) is not None
    if _COMPARES.search(marked.text) is None:
        return False
    if is_area and _PLAIN.search(marked.words) and not _COMPARES_AREA.search(marked.words):
        return False
    return tells_area is is_area or _COUNTED.search(marked.words) is not None


def _cover_more(marked: Marked) -> bool:
    words = marked.words
    tells_change = "chang" in words or any(pattern(name).search(words) for name in ("built", "removed"))
    return not tells_change or _COMPARES_COVER.search(words) is not None


def _cover_of_date(marked: Marked) -> bool:
    if _AFFECTED.search(marked.words) and "unchanged" not in marked.words:
        return False
    if _CHANGED_SHARE.search(marked.text) and not _SHARE_OF_DATE.search(marked.text):
        return False
    is_before = marked.fact.kind == "cover_before"
    preposition = re.search(r"\b(from|to)\W*$", marked.before)
    if preposition is not None:
        return (preposition[1] == "from") is is_before
    own = _BEFORE if is_before else _AFTER
    return marked.steady or own.search(f"{marked.words} {marked.clause}") is not None


def _cell_objects(marked: Marked) -> bool:
    return any(tuple(place) == (marked.fact.args["cell"],) for place in marked.places)


def _class_count(marked: Marked) -> bool:
    return re.search(r"\bhow many (?:grid )?cells\b", marked.around) is None


_RULES: dict[str, Callable[[Marked], bool]] = {
    "left_or_right": _half,
    "top_or_bottom": _half,
    "built_count": _direction,
    "built_cells": _direction,
    "removed_count": _direction,
    "removed_cells": _direction,
    "cell_count": _cell_count,
    "largest_cell": _extreme_cell,
    "smallest_cell": _extreme_cell,
    "area_share": _area_share,
    "total_share": _total_share,
    "total_count": _total_count,
    "transition": _transition,
    "more_objects": _more,
    "more_area": _more,
    "cover_more": _cover_more,
    "cover_before": _cover_of_date,
    "cover_after": _cover_of_date,
    "cell_objects": _cell_objects,
    "class_count": _class_count,
}
