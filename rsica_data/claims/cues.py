"""Which of several facts of one form is meant: the words that each needs, in a quote, its sentence or its question."""

from __future__ import annotations

import re
from collections.abc import Collection

from rsica_data.claims.listing import Fact
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
        "more_area": (
            r"\barea|ground|space|surface|\bland\b|larger|extent|share|cover|takes? up|take|wider|"
            r"acreage|footprint|percent"
        ),
        "cover_more": (
            r"cover|ground|share|\bland\b|area|gr[eo]w|shr[aiu]nk|gain|\bwon\b|los[et]|more|less|expan|r[oi]se|declin|"
            r"space|took|room|reced|before|after|now|bigger|smaller|larger|same|equal|kept|keep|h[eo]ld|st[ae]y"
        ),
        "more_objects": (
            r"\bmore\b|\bmost\b|fewer|less|outnumber|exceed|greater|larger|as many|equal|bigger|ahead|lead|than|"
            r"majority|highest|same|tied?\b"
        ),
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


def cue_of(
    fact: Fact,
    words: str,
    around: str,
    named: Collection[str],
    places: Collection[Collection[str]],
    single: bool,
    named_here: bool = True,
    before: str = "",
    clause: str = "",
    steady: bool = False,
) -> bool:
    """Whether the cue of a fact's kind is there.

    Args:
        fact: the fact that the words are marked with.
        words: the words, lower case.
        around: their sentence and question, lower case.
        named: classes that the words name, or else their question.
        places: cells of the places that the words name, or else their sentence and question.
        before: what stands before the words, lower case.
        clause: what stands beside the words in their clause, and the question, lower case.
        named_here: the words themselves name a class.
        steady: a class's share is the same at both dates, or the words are marked with both.
        single: one object of the fact's class changed, which is the largest and the smallest.
    """
    text = f"{words} {around}"
    needs = _NEEDS.get(fact.kind)
    if fact.kind in ("more_objects", "more_area", "cover_more"):
        other = re.compile(rf"{pattern('built').pattern}|{pattern('removed').pattern}|chang")
        if fact.kind == "cover_more" and other.search(words) and _NEEDS["cover_more"].search(words) is None:
            return False
        if fact.kind != "cover_more" and _NEEDS["more_objects"].search(f"{words} {around}") is None:
            return False
        needs = None
    if needs is not None and needs.search(text) is None and not (single and fact.kind in _OF_ONE):
        return False
    if fact.kind in ("left_or_right", "top_or_bottom"):
        return _NEEDS[fact.kind].search(f"{words} {clause}") is not None
    if fact.kind in ("built_count", "built_cells", "removed_count", "removed_cells"):
        return pattern(fact.kind.split("_")[0]).search(text) is not None
    if fact.kind == "cell_count":
        return _CELL.search(words) is not None or (not named_here and _HOW_MANY_CELLS.search(around) is not None)
    if fact.kind in ("largest_cell", "smallest_cell") and not single:
        told = _SUPERLATIVE.findall(words) or _SUPERLATIVE.findall(before) or _SUPERLATIVE.findall(around)
        return (told[-1] in ("smallest", "tiniest")) is (fact.kind == "smallest_cell") if told else False
    if fact.kind in ("area_share", "total_share") and _SHARE_OF_DATE.search(words):
        return False
    if fact.kind == "total_share" and len(named) == 1 and not _TOTAL.search(text):
        return re.search(r"\bchang|\bscene|\bwhole", words) is not None
    if fact.kind == "total_count":
        return not named or len(named) > 1 or _TOTAL.search(text) is not None
    if fact.kind in ("cover_before", "cover_after") and _AFFECTED.search(words) and "unchanged" not in words:
        return False
    if fact.kind == "transition" and _AFFECTED.search(words) and not named_here:
        return False
    if fact.kind in ("more_objects", "more_area"):
        if fact.kind == "more_area" and _PLAIN.search(words) and not _NEEDS["more_area"].search(words):
            return False
        return (_NEEDS["more_area"].search(text) is not None) is (fact.kind == "more_area") or _COUNTED.search(
            words
        ) is not None
    if fact.kind in ("cover_before", "cover_after"):
        if _CHANGED_SHARE.search(text) and not _SHARE_OF_DATE.search(text):
            return False
        own = _BEFORE if fact.kind == "cover_before" else _AFTER
        preposition = re.search(r"\b(from|to)\W*$", before)
        if preposition is not None:
            return (preposition[1] == "from") is (fact.kind == "cover_before")
        return steady or own.search(f"{words} {clause}") is not None
    if fact.kind in ("area_share", "total_share"):
        return _CHANGED.search(text) is not None and not (_SHARE_OF_DATE.search(text) and "chang" not in text)
    if fact.kind == "cell_objects":
        return any(tuple(place) == (fact.args["cell"],) for place in places)
    if fact.kind == "class_count":
        return re.search(r"\bhow many (?:grid )?cells\b", around) is None
    return True


_CHANGED_SHARE = re.compile(
    r"\b(?:changed|new|newly built|built|removed|demolished) (?:\w+ )?(?:buildings?|roads?|"
    r"houses?|homes?|streets?)\b.{0,40}\b(?:take|cover|occup|account|make)|of the (?:image|"
    r"scene|picture) (?:has |have )?changed"
)
_PLAIN = re.compile(
    r"\b(?:more|fewer|less|as many) \w+ (?:than|as) \w+ (?:have |were |are )?(?:chang|differ|built|removed)"
)
_COUNTED = re.compile(r"\b(?:objects?|in number|as many|number of|count)\b")
