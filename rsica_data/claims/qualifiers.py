"""Words that only facts of some kinds can say: "largest", "mostly", "more", "only"; and what a question asks for.

A quote may hold such a word only where one of its facts is of a kind that says it, and an answer must hold a fact of
the kind that its question asks for: a true fact of another kind is no answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.claims.fact_list import Fact

_COMPARED = (
    "more_objects",
    "more_area",
    "left_or_right",
    "top_or_bottom",
    "cover_more",
    "most_gained",
    "most_lost",
    "busiest_cell",
    "largest_class",
)
_TWO = tuple(kind for kind in _COMPARED if kind not in ("most_gained", "most_lost", "largest_class"))
_LARGEST = ("largest_cell", "largest_size", "largest_class", "relative_position", "nearest_class")
_QUALIFIERS: tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...] = (
    ("largest", re.compile(r"\b(?:largest|biggest|greatest)\b"), _LARGEST),
    ("all but", re.compile(r"\b(?:all but|except|apart from|other than|not all)\b"), ()),
    (
        "gained or lost the most",
        re.compile(r"\b(?:gain|lost|los[es])\w*\b.*\bmost\b(?!ly)"),
        ("most_gained", "most_lost", "busiest_cell"),
    ),
    ("smallest", re.compile(r"\b(?:smallest|tiniest)\b"), ("smallest_cell",)),
    (
        "most",
        re.compile(r"\b(?:most|mostly|mainly|predominantly|chiefly|primarily|majority|bulk|busiest|largely)\b"),
        (*(kind for kind in _COMPARED if kind != "cover_more"), "became", "was_before"),
    ),
    (
        "more",
        re.compile(
            r"\b(?:more|fewer|less|outnumber\w*|greater|larger|bigger|smaller)\b"
            r"(?! than (?:\d|half|a |one|two|three|four|five|six|ten)| precisely| specifically)"
        ),
        (*_TWO, "relative_position", "largest_cell", "largest_size", "smallest_cell"),
    ),
    ("seen from", re.compile(r"\b(?:seen from|relative to|as seen from)\b"), ("relative_position", "growth_direction")),
    (
        "beside",
        re.compile(r"\b(?:above|below|beneath|(?:left|right) of the (?:largest|biggest))\b"),
        ("relative_position", "growth_direction"),
    ),
)
_BOUNDED = re.compile(
    r"\b(?:more|fewer|less|greater|larger) than\s+(?:about )?(?:\d|a|one|two|three|four|five|"
    r"six|seven|eight|nine|ten|half)\b|\bno (?:more|fewer|less) than\b|\b(?:one|two|three|"
    r"four|five|\d+) more\b"
)

_PLACES = frozenset({"cells", "cell", "choice", "count", "text", "bool", "any_class", "class", "percent", "classes"})
_WANTS: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = tuple(
    (re.compile(asked), frozenset(types))
    for asked, types in (
        (
            r"\bhow many\b(?! (?:square|m2|hectares?|percent))|\bwhat number\b|\bnumber of\b|"
            r"\bhow often\b|\bcount of\b",
            ("count", "cells", "classes", "text"),
        ),
        (r"\b(?:what|which|how large an?) (?:share|percentage|proportion|fraction|portion)\b", ("percent",)),
        (r"\b(?:in )?(?:which|what) (?:grid )?cells?\b|\bname the cells?\b", ("cells", "cell", "count", "text")),
        (r"\bwhere\b|\bwhich (?:part|corner|area|region|side)s?\b|\bwhereabouts\b", _PLACES),
        (r"\bwhat size\b|\bhow (?:big|large)\b", ("choice", "area", "percent")),
    )
)
_SIDES = (
    (
        re.compile(r"\bleft\b.{0,24}\bor\b.{0,24}\bright\b|\bright\b.{0,24}\bor\b.{0,24}\bleft\b"),
        ("left_or_right",),
    ),
    (
        re.compile(r"\btop\b.{0,24}\bor\b.{0,24}\bbottom\b|\bbottom\b.{0,24}\bor\b.{0,24}\btop\b"),
        ("top_or_bottom",),
    ),
)
_SOMEWHERE = ("relative_position", "growth_direction", "cells_of_class", "largest_cell", "busiest_cell", "caption")
_PLURAL_CELLS = re.compile(r"\b(?:which|what) (?:grid )?cells\b")
_LEAST = re.compile(r"\b(?:largest|biggest|smallest|most|busiest|tiniest|greatest)\b")
_NOT_CHANGED = re.compile(
    r"\b(?:not change|unchanged|did ?n't change|has ?n't changed|have ?n't changed|"
    r"not changed|stay(?:ed)? (?:the same|unchanged)|remain(?:ed)? (?:the same|unchanged)|"
    r"no change|untouched)\b"
)


def unlicensed(words: str, facts: Sequence[Fact]) -> str | None:
    """A word that none of the facts can say; None where there is none.

    Args:
        words: the quote, lower case.
        facts: the facts that it is marked with.
    """
    kinds = {fact.kind for fact in facts}
    if "caption" in kinds:
        return None
    text = _BOUNDED.sub(" ", words)
    for _, qualifier, licensed in _QUALIFIERS:
        match = qualifier.search(text)
        if match is not None and not kinds & set(licensed):
            return match[0]
    return None


def unanswered(question: str, facts: Sequence[Fact], answer: str) -> str | None:
    """What a question asks for that none of an answer's facts gives; None where nothing is missing.

    Args:
        question: lower case.
        facts: all facts that the answer is marked with.
        answer: lower case, without marks.
    """
    if not facts:
        return "nothing is marked"
    kinds, types = {fact.kind for fact in facts}, {fact.type for fact in facts}
    if kinds <= {"any_change"} and any(fact.value is False for fact in facts):
        return None
    if not types - {"text"} or (types <= {"count", "classes", "bool"} and all(not fact.value for fact in facts)):
        return None
    if kinds <= {"unchanged_classes", "any_change", "class_count"} and re.search(
        r"\b(?:no|none|neither|nowhere|nothing|not)\b", answer
    ):
        return None
    for pattern, wanted in _WANTS:
        match = pattern.search(question)
        if match is not None and not types & wanted:
            return match[0]
    if _PLURAL_CELLS.search(question) and not _LEAST.search(question) and "cells" not in types:
        placed = [fact for fact in facts if fact.kind == "cell_objects"]
        if (
            len(placed) < 2
            and not (placed and "cell_count" in kinds)
            and "text" not in types
            and not (types & {"count", "bool"} and not types & {"cell", "choice"})
        ):
            return "cells"
    for sides, kinds_of_sides in _SIDES:
        if sides.search(question) and not kinds & {*kinds_of_sides, *_SOMEWHERE}:
            return "which half"
    for name, qualifier, licensed in _QUALIFIERS:
        if (
            name in ("largest", "smallest", "most", "seen from")
            and qualifier.search(question)
            and not kinds & set(licensed)
        ):
            return qualifier.search(question)[0]  # type: ignore[index]
    return None


def denies_change(question: str) -> bool:
    """Whether a question asks for what did not change."""
    return _NOT_CHANGED.search(question) is not None
