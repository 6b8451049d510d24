"""Captions of one image against its land cover, where label maps tell how much of the image each class covers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from rsica_data.claims import Mark, marks_of

_SENTENCE = re.compile(r"[.;!?]+(?:\s+|$)")
_DENIED = re.compile(
    r"\b(?:no|without|nor|neither|free of|lacks?|lacking|not|instead of)(?: an?| any| single)*"
    r"(?! (?:other|further|more|additional|less|fewer|longer)\b)\s+(?:[\w-]+(?:,? (?:or|nor|and) |, ))*(?:[\w-]+ )?$"
)
_ABSENT = re.compile(
    r"[\w-]+(?: \w+)?(?:,? (?:and|or) (?:[\w-]+ ){1,2}[\w-]+)? ?(?:is|are)? ?(?:wholly |entirely |all )?"
    r"(?:absent|missing|nowhere|lacking)\b"
)
_LIKENED = re.compile(r"\b(?:like|as|than|resembl\w+|reminds? \w+ of)\s+(?:an?|the) (?:\w+ )?$")
_IDLE = ("room", "rooms")
"""Words of classes that say something else of one image: "takes up more room"."""
_NEAR = 48
"""Characters before a word in which it is denied, or before a number in which it is bounded."""
_LEAST = re.compile(r"\b(?:over|more than|above|at least|exceed\w*|no less than|not less than|upwards of)\s+(?:\w+ )?$")
_MOST = re.compile(r"\b(?:under|less than|below|at most|no more than|not more than|up to|hardly|barely|fewer than)\s+$")
_BETWEEN = re.compile(r"\bbetween (?:\d[\d.]* ?% and )?$")
_ABOUT = re.compile(
    r"\b(?:about|around|roughly|nearly|almost|some|close to|near|approximately|an estimated|just|only|well|good)\b"
)


def denied(low: str, start: int) -> bool:
    """Whether what is named at a place of a text is denied: "no house", "without a road", "trees are absent"."""
    return _DENIED.search(low, max(start - _NEAR, 0), start) is not None or _ABSENT.match(low, start) is not None


def said_of_it(low: str, start: int, end: int) -> bool:
    """Whether a word names a thing of the image, and is no likeness ("like a lake") or another use of the word."""
    return low[start:end] not in _IDLE and _LIKENED.search(low, max(start - _NEAR, 0), start) is None


def cover_fault(text: str, cover: Mapping[str, float]) -> str | None:
    """What a caption says that the land cover of its image does not bear out; None where nothing is found.

    Args:
        text: the caption.
        cover: share in percent of every class of the image's labels, 0 for those that it has none of.

    >>> cover_fault("Roads, and some water.", {"road": 20.0, "water": 0.0})
    'the image has no water'
    >>> cover_fault("Roads take 60% of it.", {"road": 20.0, "water": 0.0})
    'the image is not covered by 60% of road'
    """
    low = text.lower()
    unnamed = set(cover) - {mark.value for mark in marks_of(text, tuple(cover)) if mark.kind == "class"}
    start = 0
    for cut in [*_SENTENCE.finditer(text), None]:
        end = len(text) if cut is None else cut.end()
        fault = _sentence_fault(low[start:end], marks_of(text[start:end], tuple(cover)), cover, unnamed)
        if fault is not None:
            return fault
        start = end
    return None


def _sentence_fault(low: str, marks: Sequence[Mark], cover: Mapping[str, float], unnamed: set[str]) -> str | None:
    classes = [mark for mark in marks if mark.kind == "class"]
    named = [mark for mark in marks if mark.kind == "class" and said_of_it(low, mark.start, mark.end)]
    there = [mark for mark in named if not denied(low, mark.start)]
    for mark in named:
        words = low[mark.start : mark.end]
        # "Open ground" and "a built-up area" may be said of much.
        if mark.form == "g" and mark.value not in words:
            continue
        if mark not in there and cover[mark.value] >= 1.0:
            return f"the image has {words}"
        if mark in there and not cover[mark.value]:
            return f"the image has no {words}"
    for mark in (*(mark for mark in marks if mark.kind == "percent"), *_fractions(low, marks)):
        if there and not _borne_out(mark, low, classes, cover, unnamed):
            nearest = min(there, key=lambda other: abs(other.start - mark.start))
            return f"the image is not covered by {low[mark.start : mark.end].strip()} of {nearest.value}"
    return None


_ALL = r"(?:view|frame|image|scene|surface|area|ground|site)"
_PART = re.compile(
    r"(?<!upper )(?<!lower )(?<!top )(?<!bottom )(?<!left )(?<!right )(?<!other )(?<!each )(?<!one )(?<!hand )"
    r"\b(?:(?P<of>an?|one|two|three|four|five) )?(?:another )?(?P<part>half|thirds?|quarters?|fifths?|sixths?|"
    r"sevenths?|eighths?|ninths?|tenths?)\b"
    rf"(?=[^\w-]*$|[,.;:)]| of (?:it|the {_ALL})\b| the {_ALL}\b| (?:is|are)\b)"
)
_WHOLE = {
    "half": 2,
    "third": 3,
    "quarter": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
}
_TIMES = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, None: 1}


def _fractions(low: str, marks: Sequence[Mark]) -> Iterator[Mark]:
    """Shares in words: "about a ninth of the view", "half the frame"; those that are marked already are left out."""
    for match in _PART.finditer(low):
        if any(mark.kind == "percent" and mark.start < match.end() and match.start() < mark.end for mark in marks):
            continue
        if match["of"] is None and not match["part"].startswith("half"):
            continue
        value = 100 * _TIMES[match["of"]] / _WHOLE[match["part"].removesuffix("s")]
        yield Mark("percent", value, *match.span(), form="about")


_CLAUSE = re.compile(r"[,;:()]| but | while | whereas | with (?=\w)")
_FILLER = re.compile(
    r"[\d.%]+|\b(?:about|around|roughly|nearly|almost|only|just|some|the|of|it|its|this|view|image|scene|area|ground|surface|"
    r"frame|and|an?|to|at|which|that|they|these|each|them|so|as|occup\w+|cover\w*|tak\w+|mak\w+|fill\w*|up|account\w*|for|"
    r"amount\w*|is|are|in|all|whole|more|than|less|over|under|half|thirds?|quarters?|good|well)\b|\W+"
)


def _is_said_of_other_words(percent: Mark, low: str, named: Sequence[Mark]) -> bool:
    """Whether the clause of a share names no class, but something: "low green growth over 63 % of the scene"."""
    cuts = [match.end() for match in _CLAUSE.finditer(low, 0, percent.start)]
    ends = _CLAUSE.search(low, percent.end)
    start, end = (cuts[-1] if cuts else 0), (ends.start() if ends else len(low))
    if any(start <= mark.start < end for mark in named):
        return False
    return bool(_FILLER.sub("", low[start : percent.start] + low[percent.end : end]))


def _borne_out(percent: Mark, low: str, named: Sequence[Mark], cover: Mapping[str, float], unnamed: set[str]) -> bool:
    """Whether a share is that of a class next to it, of several of its sentence together, or of one that is not named.

    Two classes before it are next to it ("roads ahead of buildings, 14.8% to 10.6%"); a class that the text does not
    name may be there in other words ("low green growth over 63%").
    """
    before = [mark.value for mark in named if mark.end <= percent.start][-2:]
    behind = [mark.value for mark in named if mark.start >= percent.end][:1]
    classes = list(dict.fromkeys(mark.value for mark in named))
    if "vegetation" in classes:
        classes += [name for name in ("tree", "low vegetation") if name in cover and name not in classes]
    together = [names for size in range(2, len(classes) + 1) for names in combinations(classes, size)]
    if _is_said_of_other_words(percent, low, named):
        around = dict.fromkeys((*unnamed, *classes))
        together += [names for size in (1, 2, 3) for names in combinations(around, size)]
    shares = [
        *(cover[name] for name in (*before, *behind)),
        *(sum(map(cover.__getitem__, set(names))) for names in together),
    ]
    value = float(percent.value)
    lead = low[max(percent.start - _NEAR, 0) : percent.start]
    loose = percent.form == "about" or _ABOUT.search(lead) is not None or _BETWEEN.search(lead) is not None
    slack = max(4.0, 0.15 * value) if loose else max(1.0, 0.05 * value)
    if _LEAST.search(lead):
        return any(share >= value - slack for share in shares)
    if _MOST.search(lead):
        return any(share <= value + slack for share in shares)
    return any(abs(share - value) <= slack for share in shares)
