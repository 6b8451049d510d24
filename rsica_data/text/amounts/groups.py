"""Numbers and classes of a marked sentence, joined to groups: which number is whose.

A number belongs to the class that follows it with nothing but adjectives between ("two newly built houses", "3 patches
of forest", "1 change in roads"), or to the class before it with a colon, an equals sign, a bracket or plain words of
counting between ("roads: 2", "buildings (4)", "the number of changed roads is 3"). A class that only says where
something lies ("near two buildings", "on both sides of the road") belongs to no number and counts nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rsica_data.text.word_patterns import pattern_of, word_pattern

_MARK = re.compile(r"‹(?:N(?P<number>\d+)|(?P<vague>V)|C(?P<owner>\d+)(?P<form>[spg]))›")


@dataclass(frozen=True, slots=True)
class Group:
    """A number with its class, a number alone, or a class alone.

    Attributes:
        start, end: its place in the sentence.
        owner: number of the class, None for a number alone.
        value: the number, None for a class alone and for an amount without a number.
        vague: an amount without a number ("several roads").
        label: the class stands before the number ("roads: 2").
        form: ``s``, ``p`` or ``g`` as in :data:`~rsica_data.text.mentions.CLASS`; empty without a class.
    """

    start: int
    end: int
    owner: int | None
    value: int | None
    vague: bool = False
    label: bool = False
    form: str = ""

    @property
    def counts(self) -> bool:
        """Whether it holds a number or an amount."""
        return self.vague or self.value is not None


def groups_in(text: str) -> list[Group]:
    """The groups of a marked sentence, in order (see the module).

    >>> [(group.owner, group.value) for group in groups_in("‹N2› new ‹C1p› and a ‹C0s›: ‹N1›")]
    [(1, 2), (0, 1)]
    """
    marks = list(_MARK.finditer(text))
    labels_first = _alternate(text, marks)
    groups: list[Group] = []
    at = 0
    while at < len(marks):
        joined = _is_joined(text, marks, at, labels_first)
        groups.append(_group(text, marks[at], marks[at + 1] if joined else None))
        at += 1 + joined
    return groups


def _is_joined(text: str, marks: Sequence[re.Match[str]], at: int, labels_first: bool) -> bool:
    """Whether a mark and the one after it are a number and its class."""
    if at + 1 == len(marks) or (marks[at]["owner"] is None) == (marks[at + 1]["owner"] is None):
        return False
    if marks[at]["owner"] is None:
        return _is_followed(text, marks, at)
    between, after = text[marks[at].end() : marks[at + 1].start()], text[marks[at + 1].end() :][:40]
    return _is_link(between, after) and (labels_first or not _is_followed(text, marks, at + 1))


def _group(text: str, first: re.Match[str], second: re.Match[str] | None) -> Group:
    owner = next((mark for mark in (first, second) if mark is not None and mark["owner"] is not None), None)
    number = next((mark for mark in (first, second) if mark is not None and mark["owner"] is None), None)
    label = second is not None and owner is first
    vague = number is not None and number["vague"] is not None
    if number is first and second is not None:
        vague = vague or _COLLECTION.search(text[first.end() : second.start()]) is not None
    return Group(
        first.start(),
        (second or first).end(),
        None if owner is None else int(owner["owner"]),
        None if number is None or vague else int(number["number"]),
        vague,
        label,
        "" if owner is None else owner["form"],
    )


def _alternate(text: str, marks: Sequence[re.Match[str]]) -> bool:
    """Whether classes and numbers take turns, a class first: "roads 2 buildings 5"."""
    # A loop that is cut off ends with a class.
    cut_off = len(marks) > 4 and len(marks) % 2 == 1 and re.search(r"[^\w\s‹›]", text) is None
    return (len(marks) % 2 == 0 or cut_off) and all(
        (mark["owner"] is not None) == (place % 2 == 0) for place, mark in enumerate(marks)
    )


def _is_followed(text: str, marks: Sequence[re.Match[str]], at: int) -> bool:
    return (
        at + 1 < len(marks)
        and marks[at + 1]["owner"] is not None
        and _is_noun_phrase(text[marks[at].end() : marks[at + 1].start()])
    )


_CHANGE_OF = re.compile(
    r"\s*(?:[\w-]+\s+){0,2}(?:chang|modif|differ|alter|addition|remov|instance|case|construct|demol|extension)\w*\s+"
    r"(?:in|to|of|for|among|on|with)\s+(?:(?:the|new|existing)\s+)*|\s*for (?:the )?(?:changed )?"
)
_OF_THEM = re.compile(
    r"\s*(?:of (?:them|these|those|which)\s+)?(?:are|were|is|was)\s+(?:(?:a|"
    r"an|the|new|newly|built|changed|residential|small|large)\s+){0,3}"
)
_COLLECTION = pattern_of(r"^\s*(?:[\w-]+\s+){0,3}«collections»\s+of\b")
_OF = pattern_of(
    r"^\s*(?:(?:[\w-]+\s+){0,3}(?:«pieces»|«collections»)\s+)?"
    r"of(?=\s)\s*(?:(?:all|the|these|those|my|such|its|their)\b\s*){0,2}"
)


@lru_cache(maxsize=8192)
def _is_noun_phrase(between: str) -> bool:
    """Whether the words between a number and a class leave them one noun phrase."""
    if len(between) > 80:
        return False
    if _CHANGE_OF.fullmatch(between) or _OF_THEM.fullmatch(between):
        return True
    between = re.sub(r"^\s*\(\s*$|\([\w\s,/-]{0,30}\)", " ", between)
    between = _OF.sub("", between, count=1)
    words = re.sub(r"(?<=\w)(?:,?\s*\b(?:and|or|and/or)\b|,|\s*/)(?=\s*[\w-]+)", " ", between)
    return (
        re.fullmatch(r"[\w\s'-]*", words) is not None
        and not re.search(r"\bof\b", words)
        and len(words.split()) <= 7
        and word_pattern("counting.not_adjectives").search(words) is None
    )


_FOREIGN = pattern_of(r"^\s*(?:[\w-]+\s+)?«foreign»\b")


@lru_cache(maxsize=8192)
def _is_link(between: str, after: str) -> bool:
    """Whether a number stands for the class before it."""
    if len(between) > 120 or _FOREIGN.match(after):
        return False
    between = re.sub(r"\([^()]{0,100}\)", " ", between).replace("‹B›", "before").replace("‹A›", "after")
    if re.search(r"[.;!?)]", between):
        return False
    head, mark, tail = _parted(between)
    if mark:
        return len(head.split()) <= 8 and len(tail.split()) <= 8
    if between.strip() in ("", ","):
        return True
    return all(_LINK_WORD.fullmatch(word) for word in re.findall(r"[\w'-]+", between)) and "," not in between


_LINK_WORD = pattern_of(r"«links»|«altered»|«added»|«taken»|before|after")


def _parted(between: str) -> tuple[str, str, str]:
    match = re.search(r"[:=→|(\[~]|(?<=\s)[-x](?=\s)|-\s*$|#\s*$", between)
    if match is None:
        return between, "", ""
    return between[: match.start()], match[0], between[match.end() :]


def is_foreign(after: str) -> bool:
    """Whether the text after a number begins with a noun of something else ("3 cars")."""
    return _FOREIGN.match(after) is not None


# Classes that say where

_INSIDE = (
    r"((?:(?!(?:is|are|was|were|has|have|had|and|but|or|with|that|which|of|by|for)\b)(?:‹[NVAB]\d*›|[\w-]+)\s+){0,4}?)"
    r"(‹C\d+[spg]›)"
)
_NEAR = pattern_of(r"\b«near»\s+" + _INSIDE)
_IN = pattern_of(r"\b«inside»\s+" + _INSIDE)
_KEPT = pattern_of(r"(?:(?:«counted_in»)|›)\s+(?:of|in|to|on|from|for)(?: the| an?)?\s*$")


def without_locations(text: str) -> str:
    """A marked sentence in which classes that only say where something lies are a plain word.

    >>> without_locations("‹N4› ‹C1p› on both sides of the ‹C0s›")
    '‹N4› ‹C1p› on both sides of the place'
    """
    if "‹C" not in text:
        return text
    return _IN.sub(_in, _NEAR.sub(_near, text))


_ITSELF_NEW = re.compile(r",? (?:that|which) (?:is|are|was|were|has|have) (?:itself|themselves|also)\b")


def _near(match: re.Match[str]) -> str:
    inside = match[1]
    if _ITSELF_NEW.match(match.string[match.end() :]):
        return match[0]
    if word_pattern("counting.added").search(inside) and "‹N" in inside:
        return match[0]
    return match[0][: match.start(1) - match.start()] + re.sub(r"‹[NV]\d*›", "", inside) + "place"


def _in(match: re.Match[str]) -> str:
    before = match.string[: match.start()]
    lead = match[0][: match.start(1) - match.start()]
    if _MARK.search(before) is None or _KEPT.search((before + lead)[-60:]):
        return match[0]
    if "‹N" in match[1] and not re.fullmatch(r"\s*‹N1›\s*", match[1]):
        return match[0]
    return lead + re.sub(r"‹[NV]\d*›", "", match[1]) + "place"
