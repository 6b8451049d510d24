"""Whole numbers, shares and areas in short answers, in digits or words.

Rules for what is not a plain number: a bound or an approximate number ("about 10", "at least 10", "10+") is that
number; a range is its middle, rounded down ("3-5" is 4); "a couple" is 2, "half a dozen" 6, "a dozen" 12; vague amounts
("several", "many", "a few", "dozens") have no number and make an answer unreadable rather than 0. Words of bounds and
vague amounts: ``words/counting.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from rsica_data.text.word_patterns import pattern_of

_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_UNITS = f"zero one two three four five six seven eight nine {_TEENS}".split(" ")
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

_SMALL = (
    rf"(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{'|'.join(_UNITS[1:10])}))?|"
    rf"{'|'.join(sorted(_UNITS, key=len, reverse=True))})"
)
NUMBER = rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d+|{_SMALL})"
"""Regular expression of a whole number in digits or in English words up to ninety-nine (lower case)."""

LONGEST_DIGITS = 9
"""A number of more digits is a looping reply, not a count."""

_WORD_NUMBER = re.compile(
    rf"\b(?=\w)(?:(?P<thousands>a|{_SMALL}) thousand(?:,? and|,)?\s?)?"
    rf"(?:(?P<hundreds>a|{_SMALL}) hundred(?: and)?\s?)?(?P<small>{_SMALL})?\b"
    r"(?! hundred| thousand)(?!-(?:way|lane|story|storey|third|half|quarter))"
)
VAGUE = pattern_of(r"\b«vague»\b")
"""Amounts without a number."""


def number_value(text: str) -> int:
    """Value of a text that :data:`NUMBER` matches."""
    if text[0].isdigit():
        return int(text.replace(",", ""))
    parts = re.split(r"[\s-]", text)
    if parts[0] in _TENS:
        return (_TENS.index(parts[0]) + 2) * 10 + (_UNITS.index(parts[1]) if len(parts) > 1 else 0)
    return _UNITS.index(parts[0])


def words_to_digits(text: str) -> str:
    """Number words of a lower-case text in digits, dozens and couples too.

    >>> words_to_digits("twenty-one houses and a dozen roads, one hundred and five trees")
    '21 houses and 12 roads, 105 trees'
    """
    text = re.sub(r"\bhalf a dozen\b|\bhalf-dozen\b", "6", text)
    text = re.sub(r"\b(?:a|one) dozen\b", "12", text)
    text = re.sub(r"\b(?:every|each) (?:single )?(?:one )?of (?=(?:the|these|those) )", "all ", text)
    text = re.sub(rf"\b({_SMALL}|\d{{1,2}}) dozen\b", lambda m: str(12 * _value(m[1])), text)
    text = re.sub(r"\ba (?:couple|pair)(?: of)?\b|\bpair of\b", "2", text)
    text = re.sub(r"\b(?:a|one) (single|half|quarter|third)\b", r"a \1", text)
    text = re.sub(r"\ban?(?:other)? (?:second|third|fourth|fifth|sixth|further|last|final) one\b", "another 1", text)
    text = re.sub(
        r"\b((?:the|a|an|this|that|these|no|some|any|every|each|which|only|"
        r"other)(?: [\w-]+)?|new|old|big|bigger|biggest|large|larger|largest|"
        r"small|smaller|smallest) one\b(?!\s+(?:of|new|changed|more|additional|"
        r"building|road|house|[\w-]+ ‹|‹))",
        r"\1 §",
        text,
    )
    text = re.sub(r"\bone of\b(?! (?:the|these|those) (?:\d|two|three|four|five))", "1 of", text)
    text = _WORD_NUMBER.sub(_digits, text).replace("§", "one")
    return re.sub(r"\b(\d+) point (\d+)\b", r"\1.\2", text)


def _value(word: str) -> int:
    return int(word) if word.isdigit() else number_value(word)


def _digits(match: re.Match[str]) -> str:
    total = 0
    for name, scale in (("thousands", 1000), ("hundreds", 100), ("small", 1)):
        if match[name]:
            total += scale * (1 if match[name] == "a" else number_value(match[name]))
    return str(total) + (" " if match[0].endswith(" ") else "") if match[0] else ""


_THOUSANDS = re.compile(r"(?<![\d.,])(\d{1,3}(?:,\d{3})+)(?![\d,])")
_SPACED = re.compile(r"(?<![\w.,])(\d{1,3}(?: \d{3})+)(?![\w,]|\.\d)")
_APPROXIMATE = pattern_of(r"(?:\b«bounds»\s+|(?<!\d)(?<!\d )(?:[~≥≤<>±]=?\s*|\+))+(?=\d)")
_REPEATED = re.compile(r"(?<![\d.])(\d+)\s*\(\s*(?:\1|one|two|three|four|five|six|seven|eight|nine)\s*\)")
_RANGE = re.compile(
    r"(?<![\w.])(?:between\s+|from\s+)?(\d{1,6}(?:\.\d+)?)\s*(%?)\s*"
    r"(?:-|to|or|~|and(?=\s+\d+\s*(?:%|percent)))\s*(\d{1,6}(?:\.\d+)?)(?![\d.]*\d)"
)
_BETWEEN = re.compile(r"\bbetween\s+(\d{1,6}(?:\.\d+)?)\s*(%?)\s*and\s+(\d{1,6}(?:\.\d+)?)(?![\d.]*\d)")
_PART_OF = re.compile(
    r"(?<![\w.])(\d+)\s*(?:out of(?: the)?(?: total)?|of(?: the| all| these| those)?)\s*(?:\w+ )?(\d+)(?!\w|\.\d)|"
    r"(?<![\w.])(\d+)\s*/\s*(\d+)(?!\w|\.\d)"
)


def settle_numbers(text: str) -> str:
    """A lower-case text whose numbers are digits: words, bounds, ranges, repetitions and "5 of the 12" settled.

    >>> settle_numbers("about ten roads, three (3) of the 12 houses, 3-5 trees")
    '10 roads, 3 houses, 4 trees'
    """
    text = words_to_digits(text)
    text = _THOUSANDS.sub(lambda match: match[1].replace(",", ""), text)
    text = _SPACED.sub(lambda match: match[1].replace(" ", ""), text)
    text = _REPEATED.sub(r"\1", text)
    text = re.sub(r"(\d)\+(?!\d)", r"\1", text)
    text = re.sub(r"(\d)\s*(?:-?\s?(?:ish|odd|or so|or thereabouts|or more|or fewer|or less|plus)\b)", r"\1", text)
    text = re.sub(
        r",?\s*(?:give or take|plus or minus|plus/minus|(?<=\d)±|(?<=\d )±)\s*(?:a few|a couple|"
        r"\d+)\b(?!\s*(?:%|percent))",
        " ",
        text,
    )
    text = _APPROXIMATE.sub("", text)
    text = _BETWEEN.sub(_middle, text)
    text = _RANGE.sub(_range, text)
    return _PART_OF.sub(lambda match: match[1] or match[3], text)


def _range(match: re.Match[str]) -> str:
    # "from 4 to 9" tells two counts, as "4 → 9" does; and so does "9 - 4" where it falls.
    if match[0].startswith("from ") or (float(match[1]) >= float(match[3]) and "-" in match[0]):
        return f"{match[1]}{match[2]} → {match[3]}" if match[0].startswith("from ") else match[0]
    return _middle(match)


def _middle(match: re.Match[str]) -> str:
    middle = (float(match[1]) + float(match[3])) / 2
    if match[2] or "." in match[1] + match[3]:
        return f"{middle:g}{match[2]}"
    return str(int(middle)) if not re.match(r"\s*(?:%|percent)", match.string[match.end() :]) else f"{middle:g}"


def numbers_in(text: str) -> list[int]:
    """Whole numbers of a lower-case text as they stand, in digits or words."""
    return [number_value(match[0]) for match in re.finditer(rf"(?<![\w.]){NUMBER}(?![\w]|\.\d)", text)]


def whole_number_in(text: str) -> int | None:
    """The one whole number that a lower-case text gives, 0 where it says none; None for several or for no number.

    >>> whole_number_in("there are three of them"), whole_number_in("none"), whole_number_in("2 or maybe 9 of 10")
    (3, 0, None)
    """
    numbers = {
        int(digits) for digits in re.findall(rf"(?<![\w.])\d{{1,{LONGEST_DIGITS}}}(?![\w.]*\d)", settle_numbers(text))
    }
    if len(numbers) == 1:
        return numbers.pop()
    return 0 if not numbers and re.search(r"\b(?:no|none|nothing|zero|nil|not any|n't any)\b", text) else None


Replace = Callable[[re.Match[str]], str]
