"""Counts: a reading stands where each number of the reply is a count, a part of one, or what one follows from.

A count follows as sum, difference, product or middle of two numbers of the reply, or as the sum of several. A
correction, a class that has a count and is denied, and a count beside "nothing has changed" are ambiguous.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import combinations

from rsica_data.schema import Unparsed
from rsica_data.text.amounts.numbers import words_to_digits
from rsica_data.text.evidence.evidence_words import CORRECTION, SENTENCE, is_structure
from rsica_data.text.evidence.stance_evidence import denies_all
from rsica_data.text.grid.cell_words import classes_of
from rsica_data.text.mentions import mark_classes

_NO_AMOUNT = re.compile(
    r"\b2\b(?= (?:\w+ )?(?:images|pictures|photos|dates|scenes|times|periods|time periods|shots|phases)\b)|"
    r"\d+(?:\.\d+)? ?(?:storeys?|stories|floors|words|meters?|metres?|%|m2|m²|m\b|px|pixels|percent)|"
    r"± ?\d+|\bid:? ?\d+|"
    r"\b(?:image|picture|photo|step|class|date|t|row|column|pair|option)\s?#?\d+\b|\b\d+(?:st|nd|rd|th)\b|"
    r"\b\d+\s?x\s?\d+\b|\b(?:19|20)\d\d\b|\[[\d., ]+\]|\([\d.]+\s*,\s*[\d.]+\)"
)
_NUMBER = re.compile(r"(?<![\w.])\d{1,7}(?![\w%]|\.\d)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_STAYS = re.compile(
    r"\b(?:unchanged|same|unaltered|intact|remain\w*|still|both images|already|identical)\b|"
    r"(?:\bnot|n't|\bnone|\bno)\W+(?:\w+\W+){0,3}(?:chang\w+|altered|differ\w*)"
)
_CHANGED = re.compile(
    r"\b(?:new\w*|built|added|removed|demolished|replaced|appeared|gone|(?<!not )(?<!n't )have changed)\b"
)
_COUNTED = re.compile(
    r"(?<![\d,.→>-])(?<!> )(?<!→ )\b0*[1-9]\d{0,6} (?:new |changed |more )?‹C(?P<class>\d+)[spg]›(?!\W*(?:0|no))"
)
_NAMED = re.compile(r"(?P<before>(?:\b\w+ ){0,3})‹C(?P<class>\d+)[spg]›")
_SAYS_WHERE = re.compile(
    r"\b(?:along|near|beside|to|by|of|on|off|with|behind|around|from|into|across|over)(?: (?:the|an?|its|their))?"
    r"(?: \w+)? $"
)
_ROWS = re.compile(r"\b(?:rows?|groups?|pairs?|clusters?|blocks?|lines?|lots?) of\b|\beach\b")
_RANGE = re.compile(r"\d\s*(?:-|–|to|or|and)\s*\d")
_PART = re.compile(rf"{SENTENCE.pattern}|,\s+|\band (?=no\b|none\b)")
_ITEM_NUMBER = re.compile(r"(?m)^\s*\d+[.)]\s")
_OF_ALL = re.compile(r"\b(?:out )?of (?:the |its |these |those |all )?(\d+)")
_DENIED = re.compile(r"\b(?:unchanged|no|not|none|same|unaltered|intact|remain\w*|still)\b|n't\b")
_MOST = 12
"""Numbers of a reply that are set beside its counts; one with more is a table or a list."""
_PARTS = 9


def unsettled_counts(answer: str, counts: Mapping[str, int], names: Sequence[str]) -> Unparsed | None:
    """Why a reading of counts leaves a part of the reply unexplained; None where it explains all.

    Args:
        answer: the reply in lower-case English.
        counts: the reading.
        names: the classes that were asked about.

    >>> unsettled_counts("2 roads, 3 of 9 houses; in all 5 changes.", {"road": 2, "building": 3}, ("road", "building"))
    >>> unsettled_counts("2 roads, perhaps 7.", {"road": 2}, ("road",)).reason
    'ambiguous: a number that is left over'
    """
    given = sorted({count for count in counts.values() if count})
    if CORRECTION.search(answer):
        return Unparsed("ambiguous: a correction")
    if is_structure(answer):
        return None
    if given and denies_all(answer):
        return Unparsed("ambiguous: counts, and nothing changed")
    parts = [words_to_digits(part) for part in SENTENCE.split(mark_classes(answer, names))]
    if any(_is_denied(part, counts, names) for part in parts):
        return Unparsed("ambiguous: a class that is denied and has a count")
    if any(_is_left_out(part, counts, names) for part in parts):
        return Unparsed("ambiguous: a class without a number")
    if given and any(_is_counted(part, counts, names) for part in parts if not _stays(part)):
        return Unparsed("ambiguous: a class that has a number and no count")
    if re.search(r"(?m)^\s*1[.)]\s", answer):
        answer = _ITEM_NUMBER.sub(" ", answer)
    digits = _NO_AMOUNT.sub(" ", _THOUSANDS.sub("", words_to_digits(answer)))
    numbers = _numbers(digits)
    if len(numbers) > _MOST:
        return None
    stated = _numbers(" ".join(_OF_ALL.sub(" ", part) for part in _PART.split(digits) if not _stays(part)))
    if any(count > 1 and count not in stated and not _follows(count, numbers, digits) for count in given):
        return Unparsed("ambiguous: a count that no number gives")
    left = {number for number in stated if number not in (0, 1, sum(counts.values()), *counts.values())}
    if 0 in counts.values():
        # "8 -> 8 (0 new)": the same number at both dates is no change.
        left = {number for number in left if numbers.count(number) < 2}
    if any(not any(_is_part(number, count, numbers, digits) for count in given) for number in left):
        return Unparsed("ambiguous: a number that is left over")
    return None


def _numbers(text: str) -> list[int]:
    return [int(number) for number in _NUMBER.findall(text)]


def _stays(part: str) -> bool:
    """Whether a statement is of what did not change alone."""
    return _STAYS.search(part) is not None and not _CHANGED.search(part)


def _is_denied(part: str, counts: Mapping[str, int], names: Sequence[str]) -> bool:
    classes = [names[number] for number in classes_of(part) if number < len(names)]
    return (
        len(classes) == 1
        and bool(counts.get(classes[0]))
        and not re.search(r"\d", re.sub(r"‹[^›]*›", " ", part))
        and _DENIED.search(part) is not None
    )


def _is_left_out(part: str, counts: Mapping[str, int], names: Sequence[str]) -> bool:
    """Whether a class is named, not only to say where something lies, and has no count."""
    return any(
        names[int(match["class"])] not in counts and _SAYS_WHERE.search(match["before"]) is None
        for match in _NAMED.finditer(part)
        if int(match["class"]) < len(names)
    )


def _is_counted(part: str, counts: Mapping[str, int], names: Sequence[str]) -> bool:
    """Whether a number stands right before a class whose count is 0."""
    return any(
        names[int(match["class"])] in counts and not counts[names[int(match["class"])]]
        for match in _COUNTED.finditer(_OF_ALL.sub(" ", part))
        if int(match["class"]) < len(names)
    )


def _follows(count: int, numbers: Sequence[int], text: str) -> bool:
    """Whether a count that is not told follows from numbers; "a house and a shed" are ones."""
    results = {result for a, b in combinations(numbers, 2) for result in _of_two(a, b, text)}
    return count in results or any(sum(parts) == count for parts in _sums([*numbers, 1, 1]))


def _is_part(number: int, count: int, numbers: Sequence[int], text: str) -> bool:
    """Whether a number is one of those from which a count follows."""
    rest = list(numbers)
    for value in (number, count):
        if value in rest:
            rest.remove(value)
    if any(count in _of_two(number, other, text) for other in rest):
        return True
    summands = numbers if count in numbers else [*numbers, 1, 1]
    return number < count and any(number in parts and sum(parts) == count for parts in _sums(summands))


def _of_two(a: int, b: int, text: str) -> tuple[int, ...]:
    """What two numbers come to: before and after, parts, rows of so many, the ends of a range."""
    products = (a * b,) if _ROWS.search(text) else ()
    middles = ((a + b) // 2,) if _RANGE.search(text) else ()
    return (abs(a - b), a + b, *products, *middles)


def _sums(numbers: Sequence[int]) -> list[tuple[int, ...]]:
    few = numbers[-_PARTS:]
    return [parts for size in range(2, len(few) + 1) for parts in combinations(few, size)]
