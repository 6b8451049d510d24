"""Sentences of prose as clauses, and what a clause says of the two dates."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rsica_data.text.grid.ledger.prose_marks import MARK, NOUN, NOUN_MARK
from rsica_data.text.positions.places import PLACE
from rsica_data.text.word_patterns import word_pattern

DENIAL, SAME, CHANGE, WEAK, BEFORE, AFTER, VERB = (
    word_pattern(f"ledger.{name}") for name in ("denial", "same", "change", "weak_change", "before", "after", "verb")
)
_DATE = (
    r"(?:(?:in|on|by|at) )?(?:the )?(?:time of the )?(?:first|second|earlier|later|before|after|older|newer|latter|"
    r"new|old) (?:image|picture|photo|one|scene|date|view|shot)\b|(?:in|on) the (?:second|first|later|latter)\b"
)
_CUT = re.compile(
    r"\s*[;:]\s+|\s+-\s+|"
    r",?(?<!nothing)(?<!anything)\s+(?:but|while|whilst|whereas|although|though|yet)\b(?! not\b)|"
    r",\s+(?=not (?:with|for|by|any|the|an?)\b)|,\s+(?=(?:and |or )?(?:of which|where|which|who|so|then|there|"
    r"now|today|it|they|nor|none|no|neither|nothing|one|some|all|its|their|likewise|"
    rf"with no|the|a|an|\d|in|on|at|both|also|this|that|{_DATE})\b)|"
    r",?(?<!\bwas)(?<!\bwere)\s+and (?=(?:where|which|so|then|now(?!\W*(?:$|[,.;]))|today|new ones?|another|"
    r"further|\d+|two|three|several|it|they|nor|no|neither|"
    r"nothing|is|are|was|were|has|have|had|did|"
    rf"does|do|the|a|an|there|still|next to|beside|near|behind|opposite|further|just|directly|to the|"
    rf"after(?!\W*(?:$|[,.;]))|afterwards|later|before|previously|runs?|continues?|enters|reaches|ends|passes|"
    rf"crosses|in|at|holds?|carries|leaves|that|this|{_DATE})\b)|"
    rf",\s+(?=(?:new )?{NOUN_MARK})|,?\s+and (?=‹P|(?:(?:\w+ )?{NOUN_MARK}))|,?\s+(?=where\b|on what\b|on land "
    rf"that\b|on which\b|in which\b)"
)
_NOT_THEN = re.compile(
    r",? (?:but|and|though) not (?:yet )?(?:before|earlier|previously|"
    r"(?:in|on) the (?:first|earlier|before|older)(?: \w+)?)\b|"
    r"\b(?:that|which|who) (?:(?:was|were|is|are|did|had|has|have)(?: not|n't)) [^,.;‹]{0,60}?"
    r"\b(?:before|earlier|there|there before|first (?:image|picture|photo|one)|exist)\b|"
    r"\b(?:that|which|who) (?:was|were) (?:missing|absent) (?:before|earlier|in the (?:first|earlier|before) \w+)|"
    r"\b(?:that|which) (?:cannot|can not|can't|could not|couldn't) be (?:seen|found|made out) (?:in|on) the "
    r"(?:first|earlier|before|older) \w+|"
    r"\b(?:that|which) (?:is|are)(?: not|n't| missing) (?:yet )?(?:there |visible |present )?(?:in|on) the "
    r"(?:first|earlier|before|older) \w+|"
    r"\b(?:not|nowhere) to be seen (?:in|on) the (?:earlier|first|before|older) \w+"
)
_KEPT_NOUN = re.compile(
    rf"\b(?:existing|old|older|unchanged|pre-existing|original) (?:[\w-]+ )?{NOUN_MARK}(?! (?:has|have|had|was|"
    rf"were) (?:since |now )?(?:been )?(?!left|kept|not)\w+(?:ed|ilt|own|aid|one)\b)"
)
_BESIDE = re.compile(
    r"\b(?:along(?:side)?|beside|next to|near(?:by)?|around|adjacent to|between|behind|in front of|close to|opposite|"
    r"past|beyond|from|to|into|via|at|off|above|below|under|by|toward|towards|on to|onto|"
    r"(?:edges?|sides?|fronts?|ends?|corners?|middle|parts?|backs?|rear|arms?|north|south|east|west|aside|"
    r"outskirts) of|"
    r"connect\w*|serv(?:es?|ing)|joins?|links?|links? up with|reach(?:es)?|meets?)\s+"
    rf"(?:(?:a|an|the|this|that|these|those|each|both|its|their|old|existing|main|new|same|nearby|of|edge|side)\s+)*"
    rf"{NOUN_MARK}(?:-like)?"
)
_LIKE = re.compile(rf"{NOUN_MARK}-like\b")
_RESULT = re.compile(
    rf"\b(?:way to|replaced by|turned into|turn(?:ed)? to|converted (?:in)?to|swapped (?:out )?for|become|became|"
    rf"transformed into|and to|upgraded (?:in)?to|rebuilt as|extended into|widened (?:in)?to|(?:occupied|covered|"
    rf"taken|taken up|filled|replaced|crossed|served) by|up of|consist\w* of|"
    rf"row of|number of|couple of|cluster of|group of|grid of|block of|set of|dozen of|terrace of|change (?:in|to)|"
    rf"changes (?:in|to)|{NOUN_MARK} of) "
)


@dataclass(frozen=True, slots=True)
class Signs:
    """Words of a clause: of denial, sameness, change (``strong``: of building or removal), the earlier and the later
    date; ``past``: in the past tense.
    """

    denial: bool
    same: bool
    change: bool
    strong: bool
    before: bool
    after: bool
    past: bool


def clauses_of(sentence: str) -> list[str]:
    """The clauses of a marked sentence; a part without a verb belongs to the one before it."""
    sentence = _NOT_THEN.sub(" new ", sentence)
    parts, end = [], 0
    for match in _CUT.finditer(sentence):
        if match.end() == end or _joins_list(sentence, match):
            continue
        parts.append(sentence[end : match.start()])
        # A contrast or the word that it begins with stays out of the clause.
        end = match.end()
    parts.append(sentence[end:])
    clauses: list[str] = []
    ahead = ""
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        if not part.strip(" ,.;:-"):
            continue
        if PLACE.search(part) and not VERB.search(part) and not _names(part) and _begins(following):
            # "Next to it, in P," belongs to what follows.
            ahead = f"{ahead} {part}"
            continue
        part, ahead = f"{ahead} {part}".strip(), ""
        if not clauses or (VERB.search(part) and VERB.search(clauses[-1])) or _stands_alone(clauses[-1], part):
            clauses.append(part)
        elif PLACE.search(part) and PLACE.search(clauses[-1]) and _names(part) and _names(clauses[-1]):
            clauses.append(f"{_predicate(clauses[-1], part)} {part}")
        else:
            clauses[-1] = f"{clauses[-1]} , {part}"
    return clauses


def _begins(part: str) -> bool:
    return VERB.search(part) is not None and PLACE.search(part) is None


def _names(part: str) -> bool:
    """Whether a part names a thing: "a railway in P", not "in P and P"."""
    return (
        re.search(rf"{NOUN_MARK}|\b(?:an?|two|three|four|\d+|some|several|new|the) (?!‹)[a-z]{{3,}}", part) is not None
    )


def _predicate(before: str, part: str) -> str:
    """The words that a part without a verb takes from the clause before it: "new houses in P, and a road in P"."""
    if any((own := signs_of(part), own.denial, own.same, own.change, own.before, own.after)[1:]):
        return ""
    signs = signs_of(before)
    words = {"no": signs.denial, "new": signs.change, "the same": signs.same, "now": signs.after}
    words["before"] = signs.before or signs.past
    return " ".join(word for word, is_present in words.items() if is_present)


def _joins_list(sentence: str, cut: re.Match[str]) -> bool:
    """Whether "and" joins two marks of one list: "P and P are ..", "its houses and lanes"."""
    kind = sentence[cut.end() : cut.end() + 2]
    return (
        cut[0].strip(" ,") == "and"
        and kind in ("‹P", "‹C")
        and re.search(rf"{kind}[^›]*›(?: cells?)?[\s,]*$", sentence[: cut.start()]) is not None
    )


def _stands_alone(before: str, part: str) -> bool:
    """Whether two parts without a verb are two all the same: one of each date, or each with its place."""
    if re.match(rf"[\s,]*(?:not\b|(?:no|without|nor)\b[^‹]*{NOUN_MARK})", part) and NOUN.search(before):
        return True
    return bool(BEFORE.search(before) or AFTER.search(before)) and bool(BEFORE.search(part) or AFTER.search(part))


def signs_of(clause: str) -> Signs:
    """The signs of a marked clause."""
    words = MARK.sub(" # ", clause)
    before = BEFORE.search(re.sub(r"\b(?:was|were|had)\b", " ", words)) is not None
    change = re.sub(r"\bnew (?:image|picture|photo|one shows)\b", " ", words)
    return Signs(
        denial=DENIAL.search(words) is not None,
        same=SAME.search(words) is not None,
        change=CHANGE.search(change) is not None,
        strong=CHANGE.search(WEAK.sub(" ", change)) is not None,
        before=before,
        after=AFTER.search(re.sub(r"\b(?:before and after|the new (?=#))", " ", words)) is not None,
        past=re.search(r"\b(?:was|were|had)\b(?! (?:been )?(?:built|added|erected|replaced|removed|demolished))", words)
        is not None,
    )


def without_aside(clause: str) -> str:
    """A clause without the objects that only say where another lies, and without those called old."""
    kept = _KEPT_NOUN.sub(" ", _LIKE.sub(" ", clause))
    parts, end = [], 0
    for match in _BESIDE.finditer(kept):
        if _RESULT.search(kept[max(0, match.start() - 14) : match.end()]):
            continue
        parts.append(kept[end : match.start()])
        end = match.end()
    return "".join([*parts, kept[end:]])
