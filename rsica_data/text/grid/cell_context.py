"""What a sentence on cells takes from the one before it, and what it takes back at its end.

"Before, the northwest was an orchard; after, it is an estate": the place of the second sentence is that of the first.
"The top-left has buildings as well, but they did not change": a sentence that ends so tells of no change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from rsica_data.text.amounts.numbers import words_to_digits
from rsica_data.text.grid.cell_runs import CHANGED, REST
from rsica_data.text.grid.cell_words import TOKEN, is_denied, pattern_of
from rsica_data.text.mentions import CLASS
from rsica_data.text.positions.places import PLACE

_LATER = re.compile(
    r"^\W*(?:and |but |while )?(?:after(?:wards?)?|now|today|later(?: on)?|t2|"
    r"(?:in|on|at) the (?:second|after|later|newer|new|latter|post-?\w*)(?: (?:image|picture|photo|scene|date|one))?|"
    r"the (?:second|after|later|newer|new|latter) (?:image|picture|photo|scene|date|one)(?: (?:shows|has))?)\b\s*,?\s*"
)
_EARLIER = pattern_of("before")
_HERE = re.compile(
    r"\b(?:it|(?:that|this|the same|the very same) (?:same )?(?:cell|area|place|spot|corner|part|square|"
    r"region|site|land)|there)\b"
)
_TAKEN_BACK = re.compile(
    r"[^.;:‹]{0,60}?(?:,|\(|\s-|;)?\s*(?:but|and|though|although|yet|which|however|only that)\s*,?\s*"
    r"(?:they|it|these|those|this|that|both|all(?: of (?:them|these|those))?|none of (?:them|these|those)|neither|"
    r"the (?:latter|former)|is|are|was|were|have|has|did|look\w*|remain\w*|stay\w*)\b(?P<tail>[^‹]{0,90})$"
)


def with_places_of_before(sentences: Sequence[str]) -> list[str]:
    """Marked sentences in which "after, it is .." has the place of "before, the northwest was .." in front of it."""
    result: list[str] = []
    places: list[str] = []
    for sentence in sentences:
        if result and _LIKEWISE.match(sentence) and is_denied(result[-1]) and not CHANGED.search(result[-1] + sentence):
            continue
        later = _LATER.match(sentence)
        if later is not None:
            rest = sentence[later.end() :]
            carried = places and not PLACE.search(rest) and TOKEN.search(rest) and _HERE.search(rest)
            if carried:
                here = " and ".join(f"‹P{place}›" for place in places)
                rest = _HERE.sub(" ", rest)
                sentence = f"in {here} there are new {rest}"
            elif CHANGED.search(rest) or not TOKEN.search(rest):
                sentence = rest or sentence
        elif _EARLIER.search(sentence):
            places = PLACE.findall(sentence)
        result.append(sentence)
    return result


_SO_ARE = re.compile(
    r",? (?:and )?(?:as|so) (?:are|is|were|was|did|do|does|have|has) (?:those|the ones?|"
    r"that)\b[^.;]*?(?=,? (?:but|while)\b|[.;]|$)"
)
_ASIDE_ON_PLACES = re.compile(r"\s*\([^()]{0,160}‹P[^()]{0,160}\)")
_OLD = re.compile(r"\b(?:old|older|existing)\b")
_LINK = re.compile(
    r"\b(?:connect(?:s|ed|ing)|link(?:s|ed|ing)|join(?:s|ed|ing))\s+(?:to |with |up )?(?:the|an?|it|them|"
    r"both|those|two)\b[^.;]*"
)
# "Next to an old road that enters from the bottom-left", "on a meadow that reaches down to the center".
_RELATIVE = re.compile(
    r"\b(?:next to|beside|along|near|off|by|on|in|from|behind|opposite) (?:an?|the|this|that) "
    r"(?:(?:old|existing|former|unchanged|small|large|dirt|main) )*(?:[\w-]+|‹C\d+[spg]›) (?:that|which) [^.;,]*"
)
_LIKEWISE = re.compile(
    r"^\W*(?:and |but )?(?:likewise|similarly|the same (?:goes|holds|applies|is true)(?: for| of)?|"
    r"(?:so|neither|nor) (?:has|have|did|was|were|is|are|do|does))\b"
)
_LACKS = re.compile(r"\b(?:lacks|is missing|misses|no longer (?:has|shows|contains))(?= (?:the|that|those|this|its)\b)")
_IMAGE = r"(?:image|picture|photo|one|scene)"
_NOTHING_THEN = re.compile(
    r"(?:\bthere )?\b(?:(?:was|were|is) )?(?:nothing|empty|bare|vacant|undeveloped)\b[^.;‹]{0,40}?"
    rf"\b(?:before|earlier|previously|initially|originally|in the (?:first|earlier|before) {_IMAGE})\b\s*,?\s*"
    r"(?:but|and|while|whereas)\b"
)
_FIRST_THEN_SECOND = re.compile(
    rf"\bthe (?:first|earlier|before|older) (?:{_IMAGE} )?(?:shows|has|contains|had|showed) [^‹.;]{{1,40}} "
    rf"(?:in|at) (?:the )?(?P<place>‹P[0-8]+›)\s*,?\s*"
    rf"(?:but |while |whereas |and )?(?:the )?(?:second|later|after|newer)(?: {_IMAGE})? "
    r"(?:shows|has|contains) (?P<what>[^.;]*)"
)
_ONLY_LATER = re.compile(
    r"\b(?:shows?|has|have|contains?|holds?) (?:them|it|these|those) only (?:after\w*|now|later|"
    rf"in the (?:second|later|after) {_IMAGE})\b"
)
_NTH = re.compile(
    r"\bin the (?P<nth>first|second|third|former|latter)(?: cell| one)?"
    r"(?=,? (?:an?|the|two|three|four|\d+|new|some|several|there|"
    r"both|roads?|buildings?|‹C))"
)
_PLACES = {"first": 0, "former": 0, "second": 1, "latter": 1, "third": 2}


def with_ordinals_resolved(sentences: Sequence[str]) -> list[str]:
    """Marked sentences in which "in the first" is the first of the places that a sentence without a class listed."""
    result: list[str] = []
    listed: list[str] = []
    for sentence in sentences:
        if len(listed) > 1 and not PLACE.search(sentence):
            result.append(_NTH.sub(partial(_nth, listed=tuple(listed)), sentence))
            continue
        listed = [] if CLASS.search(sentence) or re.search(rf"\b{_IMAGE}s?\b", sentence) else PLACE.findall(sentence)
        result.append(sentence)
    return result


def _nth(match: re.Match[str], listed: Sequence[str]) -> str:
    number = _PLACES[match["nth"]]
    return f"in ‹P{listed[number]}›" if number < len(listed) else match[0]


_WORDS = r"(?:[^.;:\d‹]|‹[CP]\d*[spg]?›)"
_COMPARED = re.compile(
    rf"(?<![\d‹CP])(?P<first>\d+)(?P<objects>{_WORDS}{{0,60}}?)\b(?:before|earlier|previously|originally|"
    rf"in the (?:first|earlier|before) (?:image|picture|photo|one))\b{_WORDS}{{0,30}}?(?:,|and|but|while|→|"
    rf"vs\.?){_WORDS}{{0,24}}?"
    rf"(?P<second>\d+)(?P<more>{_WORDS}{{0,40}}?)"
    r"\b(?:now|after(?:wards)?|later|today|in the (?:second|later|after) (?:image|picture|photo|one))\b"
)


def plainly_told(sentence: str) -> str:
    """A marked sentence with its comparisons of the two dates in plain words, and without what only says where.

    "4 ‹C1p› were there before and 7 are there now" is new ‹C1p›; "the one in A is unchanged, as are those in B" loses
    its second part, brackets on places that did not change and "connects the old road in A with B" go.
    """
    if not TOKEN.search(sentence):
        return sentence
    sentence = _NOTHING_THEN.sub(" new", _LACKS.sub("removed", sentence))
    sentence = _new_there(sentence)
    if re.search(r"\b(?:now|after\w*|later|today|second)\b", sentence):
        sentence = _COMPARED.sub(_compared, words_to_digits(sentence))
    same = _SO_ARE.search(sentence)
    if same is not None and is_denied(sentence[: same.start()]):
        sentence = sentence[: same.start()] + sentence[same.end() :]
    sentence = _ASIDE_ON_PLACES.sub(
        lambda m: (
            " "
            if (is_denied(m[0]) or _OLD.search(m[0]))
            and not CHANGED.search(m[0])
            and TOKEN.search(sentence[: m.start()])
            else m[0]
        ),
        sentence,
    )
    for pattern in (_LINK, _RELATIVE):
        aside = pattern.search(sentence)
        before = sentence[: aside.start()] if aside is not None else ""
        if aside is not None and PLACE.search(before) and CHANGED.search(before) and CLASS.search(before):
            sentence = before + sentence[aside.end() :]
    return sentence


def _new_there(sentence: str) -> str:
    """As in "A shows them only after", "the first shows nothing in A, the second shows houses there": new ones in A."""
    only = _ONLY_LATER.search(sentence)
    if only is not None and (named := list(CLASS.finditer(sentence[: only.start()]))):
        places = list(PLACE.finditer(sentence[: only.start()]))
        kept = sentence[: places[-1].start()] if places else sentence[: only.start()]
        kept = "" if is_denied(kept) else kept
        here = places[-1][0] if places else ""
        sentence = f"{kept} {here} has new {named[-1][0]} {sentence[only.end() :]}"
    both = _FIRST_THEN_SECOND.search(sentence)
    if (
        both is not None
        and CLASS.search(both["what"])
        and not PLACE.search(both["what"])
        and not is_denied(both["what"])
    ):
        what = re.sub(r"\bthere\b", " ", both["what"])
        sentence = f"in {both['place']} new {what}"
    return sentence


def _compared(match: re.Match[str]) -> str:
    objects = f"{match['objects']} {match['more']}"
    kinds = " ".join(token[0] for token in TOKEN.finditer(objects))
    return f"unchanged {kinds}" if match["first"] == match["second"] else f"new {kinds}"


def is_taken_back(text: str) -> bool:
    """Whether a marked sentence describes objects and ends with their not having changed ("but they did not")."""
    last = list(TOKEN.finditer(text))
    if not last or CHANGED.search(text[: last[-1].end()]):
        return False
    match = _TAKEN_BACK.match(text[last[-1].end() :])
    return match is not None and is_denied(match[0]) and not REST.search(match[0])
