"""Numbers by class alone ("roads 0, buildings 5"), and what stands beside numbers and counts nothing."""

from __future__ import annotations

import re
from functools import lru_cache

from rsica_data.text.amounts.numbers import words_to_digits
from rsica_data.text.mentions import CLASS, mark_classes

_PART = r"(?:‹C\d+[spg]›[\s\"'*|:=(–-]{0,6}\d{1,6}\)?|\d{1,6}[\s*(]{0,3}(?:new |changed )?‹C\d+[spg]›\)?)"
_TALLY = re.compile(rf"[\W_]*{_PART}(?:(?:[\s,;.|&\"'*{{}}-]|\band\b)+{_PART})*[\W_]*")
_LINE = re.compile(
    r"(?i) ?\b(?:in|at|from) (?:the )?(?:rows?|columns?|cells?) \d(?:(?:, | and |, and )(?:row |column )?\d\b(?! \w))*"
)
_SUM = re.compile(
    r"(?i)[\s,;:.(–—-]{1,4}(?:(?:for|making|giving|which is|that is|that makes) )?"
    r"(?:(?:a |the |in )?(?:grand )?total(?: of| is|:| =)?\s*(?P<after>\d+)|"
    r"(?P<before>\d+)\s+(?:in all|in total|altogether|overall|total))\b\)?\W*$"
)


_END = 80
"""Characters at the end of an answer in which a sum stands."""
_LONGEST = 400
"""Characters of an answer of numbers alone."""


@lru_cache(maxsize=4096)
def bare_tally(answer: str, classes: tuple[str, ...]) -> dict[str, int] | None:
    """The counts of an answer that holds nothing but a number for each of all classes; None of another one.

    >>> bare_tally("Roads 0, buildings: five.", ("road", "building")), bare_tally("5 new villas", ("road", "building"))
    ({'road': 0, 'building': 5}, None)
    """
    if len(answer) > _LONGEST:
        return None
    marked = words_to_digits(re.sub(r"\bno (?=(?:new )?‹)", "0 ", mark_classes(answer.lower(), classes)))
    owners = [int(match[1]) for match in CLASS.finditer(marked)]
    if sorted(owners) != list(range(len(classes))) or _TALLY.fullmatch(marked) is None:
        return None
    numbers = [int(digits) for digits in re.findall(r"\d+", CLASS.sub(" ", marked))]
    return {classes[owner]: numbers[owners.index(owner)] for owner in sorted(owners)}


def without_sum(answer: str) -> str:
    """An answer on several classes without the sum of all its numbers at its end, and without numbers of places.

    >>> without_sum("2 roads in row 3 and 5 buildings, 7 in all.")
    '2 roads and 5 buildings'
    """
    answer = _LINE.sub("", answer)
    match = _SUM.search(answer, max(len(answer) - _END, 0))
    if match is None:
        return answer
    rest = answer[: match.start()]
    numbers = [int(number) for number in re.findall(r"\d{1,9}", words_to_digits(rest.lower()))]
    return rest if len(numbers) > 1 and sum(numbers) == int(match["after"] or match["before"]) else answer
