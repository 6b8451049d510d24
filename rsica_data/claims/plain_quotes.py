"""Whether a quote says its facts in plain words: the values are those of the facts, and nothing else is stated.

Plain words are names, numbers, the words of the facts as a prompt lists them, and those of ``plain_words.yaml``. What
is not plain is no fault: a second model reads it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rsica_data.claims.fact_list import Fact
from rsica_data.claims.listed import Listed
from rsica_data.claims.marks import Mark, lowered
from rsica_data.claims.plain_values import FIRST, SECOND, TURNS, lies_elsewhere, says
from rsica_data.claims.quote_words import CELL_NAME, Words
from rsica_data.claims.quotes import Quote
from rsica_data.claims.settled import settled
from rsica_data.text.yaml_files import packaged_yaml


@dataclass(frozen=True)
class Place:
    """A quote and what stands around it.

    Attributes:
        quote: the quote.
        listed: the facts.
        subjects: the classes that the words before the quote name, the last first.
        of_one: whether the last of them stands in the singular: "a road", "the building".
        beside: the text between the quotes on both sides, in its sentence.
        question: what the text answers; empty where it stands alone.
    """

    quote: Quote
    listed: Listed
    subjects: tuple[str, ...]
    of_one: bool
    beside: str
    question: str

    @property
    def words(self) -> Words:
        """The words of the quote, without a yes or no at the head of an answer: what that means, a reading tells."""
        words = _LEADING.sub("", self.quote.words) if self.question else self.quote.words
        return self.listed.words(words)


_LEADING = re.compile(r"^\W*(?:yes|no)\b\s*(?:[,;:.!]\s*|$)", re.IGNORECASE)


def says_plainly(place: Place) -> bool:
    """Whether a quote says all of its facts, and nothing else, in plain words."""
    words, facts = place.words, place.quote.facts
    if not words.low.strip(" .,;:!"):
        return bool(place.question)
    if any(fact.kind == "caption" for fact in facts):
        return len(facts) == 1 and _written(words, place.listed.words(str(facts[0].value)))
    if not _are_plain(words, place) or not _accounted(place, words):
        return False
    given = (says(fact, words) or _is_asked_part(fact, place, words) for fact in facts)
    return all(_about(fact, place, words) and _has_cue(fact, place, words) for fact in facts) and all(given)


def _is_asked_part(fact: Fact, place: Place, words: Words) -> bool:
    """Whether a quote names of the cells of a fact those of the question: "did roads change in the top-left?"."""
    own, asked = (
        [tuple(mark.value) for mark in part.of("place")] for part in (words, place.listed.words(place.question))
    )
    return fact.type == "cells" and bool(own) and own == asked and set(own[0]) <= set(fact.value) and not words.negated


def _written(words: Words, caption: Words) -> bool:
    """Whether words stand in what a person wrote, one behind the other; small words may be others."""
    content, whole = content_of(words), content_of(caption)
    runs = (whole[start : start + len(content)] for start in range(len(whole)))
    return bool(content) and content.count("no") == whole.count("no") and content in runs


def content_of(words: Words) -> list[str]:
    """The words that carry a text, as stems; names of classes, numbers and places as what they mean."""
    marks = {mark.start: mark for mark in words.of("class", "number", "place", "negation") if mark.form != "article"}
    inside = [range(mark.start + 1, mark.end) for mark in marks.values()]
    content = []
    for word in _WORD.finditer(words.low):
        if word.start() in marks:
            mark = marks[word.start()]
            content.append("no" if mark.kind == "negation" else str(mark.value))
        elif word[0] not in _plain_words("small") and not any(word.start() in span for span in inside):
            content.append(re.sub(r"(?:ings?|ed|es|s|e|t)$", "", word[0])[:6])
    return content


@cache
def _plain_words(part: str) -> frozenset[str]:
    return frozenset(packaged_yaml("rsica_data.claims", "plain_words.yaml")[part])


_MOVES = ("built", "removed", "grew", "shrank")
_NAMED = ("class", "number", "percent", "area", "place", "date")
_WAYS = frozenset(("direction", "built_count", "removed_count", "built_cells", "removed_cells"))
_WORD = re.compile(r"[\w']+")


def _denies(fact: Fact, words: Words) -> bool:
    return not fact.value or fact.kind == "unchanged_classes" or lies_elsewhere(fact, words)


def _own_words(facts: Sequence[Fact]) -> set[str]:
    return {word for fact in facts for word in _WORD.findall(lowered(fact.words()))}


def _are_plain(words: Words, place: Place) -> bool:
    facts = place.quote.facts
    known = _own_words(facts) | _plain_words("any")
    kinds = {fact.kind for fact in facts}
    if all(_denies(fact, words) for fact in facts):
        known |= _plain_words("denial")
    if _gain(facts, place.listed) == 0:
        known |= _plain_words("steady")
    if kinds & _WAYS:
        known |= _plain_words("built")
    if kinds & TURNS:
        known |= _plain_words("turned")
    rest = list(words.low)
    spans = [(mark.start, mark.end) for mark in words.marks if mark.kind in (*_NAMED, *_MOVES)]
    spans += [match.span() for kind in kinds if kind in _CUES for match in re.finditer(_CUES[kind][0], words.low)]
    for start, end in spans:
        rest[start:end] = " " * (end - start)
    denied = words.of("negation")
    # "No road stayed unchanged", "0 unchanged roads"
    twice = denied and (not words.negated or any(words.text[mark.start] == "0" for mark in words.of("number")))
    return not twice and set(_WORD.findall("".join(rest))) <= known


def _accounted(place: Place, words: Words) -> bool:
    """Whether each class, number, share, area, date, cell and direction of a quote is that of a fact."""
    facts, listed = place.quote.facts, place.listed
    named = {name for fact in facts for name in (*fact.classes, *fact.args.get("among", ()))}
    cells = {cell for fact in facts for cell in _cells(fact)}
    elsewhere = all(lies_elsewhere(fact, words) for fact in facts)
    for mark in words.marks:
        if mark.kind == "class" and mark.value not in named:
            return False
        if mark.kind == "number" and not any(_has_number(fact, mark, words, listed) for fact in facts):
            return False
        if mark.kind in ("percent", "area", "date") and not any(fact.type == mark.kind for fact in facts):
            return False
        if mark.kind == "place" and _sides(facts) and re.search(rf"{CELL_NAME}|\bcells?\b", words.low):
            return False
        if mark.kind == "place" and not _sides(facts) and not ((mark.value and set(mark.value) <= cells) or elsewhere):
            return False
        if mark.kind in _MOVES and not _moves(mark, words, place):
            return False
    return True


def _moves(mark: Mark, words: Words, place: Place) -> bool:
    """Whether a word of building, removing, growing or shrinking is that of the facts."""
    facts, gain = place.quote.facts, _gain(place.quote.facts, place.listed)
    if set(_WORD.findall(str(mark.value))) <= _own_words(facts):
        return True
    if gain is not None:
        return gain > 0 if mark.kind in ("built", "grew") else gain < 0
    # "Gained" is a word of building and of growing.
    if mark.kind in ("grew", "shrank"):
        return any(other.kind in ("built", "removed") and other.start == mark.start for other in words.marks)
    return all(_went(fact, mark.kind, place.listed) for fact in facts)


def _gain(facts: Sequence[Fact], listed: Listed) -> float | None:
    """What the class of facts about land cover gained, in percent of the image; None of other facts."""
    names = {str(fact.args.get("cls")) for fact in facts}
    if len(names) != 1 or not all(fact.kind in ("cover_before", "cover_after", "cover_more") for fact in facts):
        return None
    before, after = (settled(kind, {"cls": name}, listed) for kind in ("cover_before", "cover_after") for name in names)
    return None if before is None or after is None else float(after) - float(before)


def _sides(facts: Sequence[Fact]) -> bool:
    kinds = ("left_or_right", "top_or_bottom", "growth_direction", "relative_position", "border")
    return any(fact.kind in kinds for fact in facts)


def _cells(fact: Fact) -> tuple[str, ...]:
    if fact.kind == "cell_objects":
        return (str(fact.args["cell"]),)
    return tuple(fact.value) if fact.type == "cells" else (str(fact.value),) if fact.type == "cell" else ()


def _has_number(fact: Fact, mark: Mark, words: Words, listed: Listed) -> bool:
    """Whether a number is that of a fact, told of the class beside it."""
    if mark.form == "article" and fact.type != "count":
        if settled("class_count", {"cls": fact.args.get("cls")}, listed) == 1:
            return True
        return fact.type in ("class", "any_class", "choice", "cell", "bool") and fact.kind != "direction"
    if fact.type in ("classes", "cells"):
        return (
            len(fact.value) == mark.value
            and re.match(r"\s+(?:\w+ )?(?:cells|classes|parts)\b", words.low[mark.end :]) is not None
        )
    own = _owner(mark, words)
    return (
        fact.type == "count" and fact.value == mark.value and (own is None or not fact.classes or own in fact.classes)
    )


def _owner(mark: Mark, words: Words) -> str | None:
    """The class that a number counts: the one behind it, before the next number; else the last before it."""
    numbers = [other.start for other in words.of("number") if other.start > mark.start]
    until = min(numbers, default=len(words.low))
    classes = words.of("class")
    behind = [other.value for other in classes if mark.end <= other.start < until]
    before = [other.value for other in classes if other.end <= mark.start]
    return str(behind[0]) if behind else str(before[-1]) if before else None


def _went(fact: Fact, way: str, listed: Listed) -> bool:
    if fact.kind.startswith(way) or (fact.kind == "direction" and fact.value == way):
        return True
    names = fact.classes or tuple(str(f.args["cls"]) for f in listed.facts if f.kind == "class_count" and f.value)
    if fact.kind in _WAYS or not names:
        return False
    return all(settled("direction", {"cls": name}, listed) == way for name in names)


def _about(fact: Fact, place: Place, words: Words) -> bool:
    """Whether a quote is of the class of a fact: by its own words, else by what was named last before it."""
    own = fact.args.get("cls")
    facts = place.quote.facts
    values = {name for other in facts if other.type == "any_class" for name in other.classes}
    named = [name for name in words.named if name == own or name not in values]
    if own is None or own in named:
        return True
    if fact.kind in ("cover_before", "cover_after") and not named and place.of_one:
        return False  # "a road covering 13.5 % of the second image" is no share of all roads
    together = {str(other.args["cls"]) for other in facts if "cls" in other.args}
    return not named and set(place.subjects[: len(together)]) == together


_CHANGED = r"\b(?:chang\w*|affected|altered|built|new|removed|differ\w*)\b"
_LARGEST, _SMALLEST, _MOST = r"\b(?:largest|biggest)\b", r"\bsmallest\b", r"\b(?:most|busiest)\b"
_BUILT = r"\b(?:built|new|newly|added|constructed|appeared)\b"
_REMOVED = r"\b(?:removed|demolished|disappeared|gone)\b"
_CELLS = r"\b(?:cells?|parts?|squares?)\b"
_AREA = r"\b(?:area|ground|space|surface|land|cover\w*)\b"
_CUES: Mapping[str, tuple[str, str | None]] = {
    "cover_before": (FIRST, f"{SECOND}|{_CHANGED}"),
    "cover_after": (SECOND, f"{FIRST}|{_CHANGED}"),
    "area_share": (_CHANGED, r"\b(?:first|second|earlier|later) image\b"),
    "total_share": (_CHANGED, r"\b(?:first|second|earlier|later) image\b"),
    "total_count": (r"\b(?:in all|total|altogether|together|objects?|changes|overall)\b", _CELLS),
    "class_count": ("", _CELLS),
    "cell_count": (_CELLS, None),
    **dict.fromkeys(("built_count", "built_cells"), (_BUILT, _REMOVED)),
    **dict.fromkeys(("removed_count", "removed_cells"), (_REMOVED, _BUILT)),
    "largest_cell": (_LARGEST, f"{_SMALLEST}|{_MOST}"),
    "smallest_cell": (_SMALLEST, f"{_LARGEST}|{_MOST}"),
    "busiest_cell": (_MOST, f"{_LARGEST}|{_SMALLEST}"),
    "largest_size": (rf"{_LARGEST}|\bsize\b", _SMALLEST),
    "largest_class": (_LARGEST, _SMALLEST),
    "most_gained": (r"\b(?:gain\w*|grew)\b", r"\blos[et]\w*\b"),
    "most_lost": (r"\b(?:los[et]|loss|losing)\b", r"\b(?:gain\w*|grew)\b"),
    **dict.fromkeys(("left_or_right", "top_or_bottom"), (r"\b(?:half|halves|more|most)\b", None)),
    "more_objects": (r"\bmore\b", _AREA),
    "more_area": (_AREA, None),
    "cover_more": (rf"{FIRST}|{SECOND}|\b(?:grew|shrank|gr[eo]w\w*|lost|gained)\b", None),
    "date": (f"{FIRST}|{SECOND}", None),
    "nearest_class": (r"\b(?:near\w*|clos\w*)\b", None),
}
"""Words that tell a kind of fact from those like it, and those of the others."""


_OF_ONE = ("largest_cell", "smallest_cell", "busiest_cell", "largest_size")
"""What needs no "largest" where one object changed."""


def _has_cue(fact: Fact, place: Place, words: Words) -> bool:
    """Whether the quote, else the words beside it, else the question, tells which of several like facts is meant."""
    own, other = _CUES.get(fact.kind, ("", None))
    if fact.kind == "cell_objects":
        return _in_cell(fact, place, words)
    if _both_dates(fact, place, words):
        return True
    if fact.kind == "area_share" and not any(f.kind == "cover_before" for f in place.listed.facts):
        own = ""
    if fact.kind in _OF_ONE and settled("class_count", fact.args, place.listed) == 1:
        return True
    for text in (words.low, lowered(place.beside), lowered(place.question)) if own else (words.low,):
        is_own, is_other = re.search(own, text) is not None, other is not None and re.search(other, text) is not None
        if is_other or (own and is_own):
            return not is_other
    return not own


def _in_cell(fact: Fact, place: Place, words: Words) -> bool:
    for text in (words.text, place.beside, place.question):
        places = place.listed.words(text).of("place")
        if places:
            return [tuple(mark.value) for mark in places] == [(fact.args["cell"],)]
    return False


def _both_dates(fact: Fact, place: Place, words: Words) -> bool:
    """Whether a quote gives a share at both dates: one number for both, or the first before the second."""
    if fact.kind not in ("cover_before", "cover_after"):
        return False
    shares = {other.kind: other.value for other in place.quote.facts}
    if len(shares) != 2 or len(place.quote.facts) != 2 or "cover_before" not in shares or "cover_after" not in shares:
        return False
    given, both = [mark.value for mark in words.of("percent")], [shares["cover_before"], shares["cover_after"]]
    steady = both[0] == both[1]
    return (given == both or (steady and given in ([], both[:1]))) and (steady or not words.negated)
