"""Whether words say one of a few values: a direction, a size, a date, the words of a caption."""

from __future__ import annotations

import re

from rsica_data.claims.fact_list import Fact
from rsica_data.claims.marks import SILENT, lowered, pattern
from rsica_data.claims.quote_words import Words
from rsica_data.claims.which_first import FEWER, winner

_SIZES = {"small": "small", "tiny": "small", "little": "small", "minor": "small", "modest": "small", (
    "compact"
): "small", "medium": "medium",
          "medium-sized": "medium", "mid-sized": "medium", "middling": "medium"}  # fmt: skip


def say_direction(fact: Fact, words: Words) -> bool | None:
    came, went = bool(words.of("built", "grew")), bool(words.of("removed", "shrank"))
    if came is went:
        return None
    return (came is (fact.value == "built")) is not words.negated


def say_cover_more(fact: Fact, words: Words) -> bool | None:
    grew, shrank = bool(words.of("grew", "built")), bool(words.of("shrank", "removed"))
    if re.search(r"\b(?:same|keep|kept|hold|held|steady|constant|stable|unchanged)\b", words.low):
        return False
    if grew is not shrank:
        return grew is (fact.value == "after")
    side_positions = [
        (match.start(), side) for side in ("before", "after") for match in pattern(side).finditer(words.low)
    ]
    lost = re.search(
        r"\bthan (?:it |they )?(?:\w+ )?(?:(before|in the first|in the earlier|earlier)|(after|"
        r"in the second|in the later|later|now))",
        words.low,
    )
    won = ("after" if lost[1] else "before") if lost else winner(words.low, sorted(side_positions))
    if won is None:
        return None
    if FEWER.search(words.low):
        won = "before" if won == "after" else "after"
    return bool(won == fact.value)


def say_spread(fact: Fact, words: Words) -> bool | None:
    text = re.sub(
        r"(?:rather than|instead of|not) [\w-]+(?: together| in one (?:place|spot)| out)?|all together", " ", words.low
    )
    wide = re.search(r"scatter|spread|dispers|apart|strewn|dotted", text) is not None
    close = re.search(r"concentrat|cluster|group|bunch|together|one (?:place|spot|area)", text) is not None
    if wide is close:
        return None
    denied = re.search(r"\b(?:no|not|n't|never|neither)\b", text) is not None
    return (wide is (fact.value == "scattered")) is not denied


def say_size(fact: Fact, words: Words) -> bool | None:
    sizes = {_SIZES.get(mark.value, "large") for mark in words.of("size")}
    if len(sizes) != 1:
        return None
    return (sizes == {fact.value}) is not words.negated


def say_any_change(fact: Fact, words: Words) -> bool | None:
    if not words.negated and not words.asked and _HAPPENED.search(words.low) is None:
        details = words.of("built", "removed", "grew", "shrank", "replace", "number", "percent", "area")
        return True if fact.value and details else None
    return bool(fact.value) is not words.negated


_HAPPENED = re.compile(
    r"\b(?:chang\w*|differ\w*|alter\w*|yes|yeah|yep|indeed|happened|occurred|developed|modif\w*|transform\w*|"
    r"something|no longer|moved on|affected|shift\w*|"
    r"it (?:did|does|has|is)|they (?:did|do|have|are)|there (?:is|are|was|were))\b"
)
"""Words that say that anything changed, besides those that say what did."""


_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def say_date(fact: Fact, words: Words) -> bool | None:
    days = words.of("date")
    return all(_same_day(mark.value, str(fact.value)) for mark in days) if days else None


def _same_day(text: str, day: str) -> bool:
    year = re.search(r"(?:19|20)\d\d", text)
    if year is None or not day.startswith(year[0]):
        return False
    month = next((f"{number:02d}" for number, name in enumerate(_MONTHS, 1) if name in text), None)
    iso = re.fullmatch(r"\d{4}-(\d\d)(?:-(\d\d))?", text)
    if iso:
        return day.startswith(text)
    if month is None:
        return True
    number = re.search(r"(?<!\d)(\d{1,2})(?!\d)", text.replace(year[0], ""))
    return day[5:7] == month and (number is None or day[8:10] == f"{int(number[1]):02d}")


_STOP = frozenset(
    (
        "the",
        "a",
        "an",
        "of",
        "in",
        "on",
        "at",
        "to",
        "and",
        "or",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "has",
        "have",
        "had",
        "there",
        "it",
        "its",
        "this",
        "that",
        "these",
        "those",
        "with",
        "from",
        "by",
        "as",
        "for",
        "into",
        "which",
        "where",
        "while",
        "some",
        "several",
        "many",
        "few",
        "both",
        "all",
        "more",
        "most",
        "than",
        "then",
        "also",
        "now",
        "image",
        "images",
        "scene",
        "scenes",
        "picture",
        "area",
        "areas",
        "part",
        "side",
        "place",
        "between",
        "two",
        "first",
        "second",
        "later",
        "earlier",
        "before",
        "after",
        "can",
        "seen",
        "see",
        "visible",
        "anywhere",
        "nowhere",
        "since",
        "because",
        "yes",
        "still",
        "really",
        "overall",
        "whole",
        "shows",
        "show",
        "compared",
        "one",
        "over",
        "along",
        "near",
        "next",
        "newly",
        "new",
    )
)


def _stems(text: str) -> set[str]:
    return {
        re.sub(r"(?:ings?|ed|es|s|e)$", "", word)[:6]
        for word in re.findall(r"[a-z]{3,}", lowered(text))
        if word not in _STOP
    }


def say_caption(fact: Fact, words: Words) -> bool | None:
    """Much the same words: every content word, number, class, place and direction stands in the sentence."""
    source = words.like(str(fact.value))
    if words.negated is not source.negated:
        return False
    if words.negated and _is_whole(words) and _is_whole(source):
        return True
    if any(_has(way, words) and not _has(way, source) and _has(other, source) for way, other in _DATES):
        return False
    clauses = _clauses(source)
    return all(any(_within_clause(part, clause) for clause in clauses) for part in _clauses(words))


_DATES = (("before", "after"), ("after", "before"))


def _has(date: str, words: Words) -> bool:
    return pattern(date).search(words.low) is not None


_LIGHT = re.compile(
    r"\b(?:chang\w*|differ\w*|same|identical|alike|nothing|anything|everything|neither|none|not|did|does|do|any|"
    r"occurr?\w*|happen\w*|took|taken|take|found|find|detect\w*|notic\w*|observ\w*|exist\w*|see[mn]\w*|look\w*|stay\w*|"
    r"remain\w*|kept|keep|appear\w*|them|they|thing|kind|way|ways|exact\w*|complet\w*|entire\w*|total\w*|almost|virtually|"
    r"nearly|essentially|absolutely|significant|obvious|noteworthy|real|just|made|make|un\w+ed|other|each|what|whatsoever|"
    r"constant|stable|view|views|photos?|dates?|shots?|all|every)\b"
)


def _is_whole(words: Words) -> bool:
    """Whether the words deny change of the whole scene: no class, number or place, and little else."""
    if re.search(r"\b(?:but|yet|though|although|except)\b", words.low):
        return False
    counted = [mark for mark in words.of("number") if mark.value != 0]
    if counted or words.of(
        "class", "place", "percent", "area", "date", "built", "removed", "grew", "shrank", "replace"
    ):
        return False
    return not _stems(_LIGHT.sub(" ", words.low))


def _clauses(source: Words) -> list[Words]:
    """The clauses of a sentence that hold a verb of change each; all of it where there is none."""
    parts, held = [], ""
    for part in re.split(r"(,| and | while | but )", source.text):
        held += part
        if source.like(held).of("built", "removed", "replace", "grew", "shrank"):
            parts.append(held)
            held = ""
    if held and parts:
        parts[-1] += held
    return [source.like(part) for part in parts or [source.text]]


def _within_clause(words: Words, source: Words) -> bool:
    for kind in ("number", "place", "percent", "area", "date"):
        have = [mark.value for mark in source.of(kind)]
        if any(mark.value not in have and mark.form != "article" for mark in words.of(kind)):
            return False
    for kind in ("built", "removed"):
        if words.of(kind) and not source.of(kind):
            return False
    if any(mark.value not in SILENT and mark.value not in source.low for mark in words.of("compare", "size")):
        return False
    if not set(words.named) <= set(source.named):
        return False
    own = _stems(words.text)
    for mark in words.of("class", "built", "removed", "number", "place"):
        own -= _stems(words.text[mark.start : mark.end])
    return own <= _stems(source.text)
