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
from rsica_data.text.evidence.stances import denies_all
from rsica_data.text.evidence.words import CORRECTION, SENTENCE, is_structure
from rsica_data.text.grid.cell_words import classes_of
from rsica_data.text.mentions import mark_classes

_NO_AMOUNT = re.compile(
    r"(?m)^\s*\d+[.)]\s|"
    r"\b2\b(?= (?:\w+ )?(?:images|pictures|photos|dates|scenes|times|periods|time periods|shots|phases)\b)|"
    r"\b(?:out )?of (?:the |its |these |those |all )?\d+|"
    r"\d+(?:\.\d+)? ?(?:storeys?|stories|floors|words|meters?|metres?|%|m2|m²|m\b|px|pixels|percent)|"
    r"± ?\d+|\bid:? ?\d+|"
    r"\b(?:image|picture|photo|step|class|date|t|row|column|pair|option)\s?#?\d+\b|\b\d+(?:st|nd|rd|th)\b|"
    r"\b\d+\s?x\s?\d+\b|\b(?:19|20)\d\d\b|\[[\d., ]+\]|\([\d.]+\s*,\s*[\d.]+\)"
)
_NUMBER = re.compile(r"(?<![\w.])\d{1,7}(?![\w%]|\.\d)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_DENIED = re.compile(r"\b(?:unchanged|no|not|none|same|unaltered|intact|remain\w*|still)\b|n't\b")
_MOST = 12
"""Numbers of a reply that are set beside its counts; one with more is a table or a list."""
_PARTS = 7


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
    if not given or is_structure(answer):
        return None
    if denies_all(answer):
        return Unparsed("ambiguous: counts, and nothing changed")
    if any(_is_denied(part, counts, names) for part in SENTENCE.split(mark_classes(answer, names))):
        return Unparsed("ambiguous: a class that is denied and has a count")
    digits = _THOUSANDS.sub("", words_to_digits(answer))
    numbers = [int(number) for number in _NUMBER.findall(_NO_AMOUNT.sub(" ", digits))]
    if len(numbers) > _MOST:
        return None
    if any(count > 1 and count not in numbers and not _follows(count, numbers) for count in given):
        return Unparsed("ambiguous: a count that no number gives")
    left = {number for number in numbers if number not in (0, 1, sum(counts.values()), *counts.values())}
    if 0 in counts.values():
        # "8 -> 8 (0 new)": the same number at both dates is no change.
        left = {number for number in left if numbers.count(number) < 2}
    if any(not any(_is_part(number, count, numbers) for count in given) for number in left):
        return Unparsed("ambiguous: a number that is left over")
    return None


def _is_denied(part: str, counts: Mapping[str, int], names: Sequence[str]) -> bool:
    classes = [names[number] for number in classes_of(part) if number < len(names)]
    return (
        len(classes) == 1
        and bool(counts.get(classes[0]))
        and not re.search(r"\d", words_to_digits(re.sub(r"‹[^›]*›", " ", part)))
        and _DENIED.search(part) is not None
    )


def _follows(count: int, numbers: Sequence[int]) -> bool:
    pairs = combinations(numbers, 2)
    return any(count in (abs(a - b), a * b, (a + b) // 2) for a, b in pairs) or any(
        sum(parts) == count for parts in _sums(numbers)
    )


def _is_part(number: int, count: int, numbers: Sequence[int]) -> bool:
    """Whether a number is one of those from which a count follows."""
    rest = list(numbers)
    rest.remove(number)
    if any(count in (abs(number - other), number + other, number * other, (number + other) // 2) for other in rest):
        return True
    return number < count and any(number in parts and sum(parts) == count for parts in _sums(numbers))


def _sums(numbers: Sequence[int]) -> list[tuple[int, ...]]:
    """Choices of numbers, with "a house and a shed" as ones."""
    few = [*numbers[:_PARTS], 1, 1]
    return [parts for size in range(2, len(few) + 1) for parts in combinations(few, size)]
