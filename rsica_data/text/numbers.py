"""Whole numbers, shares and areas in short answers, in digits or words.

Rules for what is not a plain number: a bound or an approximate number ("about 10", "at least 10", "10+") is that number;
a range is its middle, rounded down ("3-5" is 4); "a couple" is 2, "half a dozen" 6, "a dozen" 12; vague amounts ("several",
"many", "a few", "dozens") have no number and make an answer unreadable rather than 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_UNITS = f"zero one two three four five six seven eight nine {_TEENS}".split(" ")
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+|\d+|"
    + rf"(?:{'|'.join(_TENS)})(?:[\s-](?:{'|'.join(_UNITS[1:10])}))?|{'|'.join(sorted(_UNITS, key=len, reverse=True))})"
)
"""Regular expression of a whole number in digits or in English words up to ninety-nine (lower case)."""

LONGEST_DIGITS = 9
"""A number of more digits is a looping reply, not a count."""

_SMALL = rf"(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{'|'.join(_UNITS[1:10])}))?|{'|'.join(sorted(_UNITS, key=len, reverse=True))})"
_WORD_NUMBER = re.compile(
    rf"\b(?=\w)(?:(?P<thousands>a|{_SMALL}) thousand(?:,? and|,)?\s?)?(?:(?P<hundreds>a|{_SMALL}) hundred(?: and)?\s?)?(?P<small>{_SMALL})?\b(?! hundred| thousand)(?!-(?:way|lane|story|storey|third|half|quarter))"
)
VAGUE = re.compile(
    r"\b(?:several|many|multiple|numerous|various|plenty|countless|dozens|hundreds|thousands|scores|lots|most|"
    r"(?:quite )?a (?:good )?(?:few|handful|lot|bunch|row|group|cluster|series|range|variety|(?:\w+ )?number)(?: of)?|few|rows of|some|an? (?:unknown|uncertain) number of)\b"
)
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
    text = re.sub(rf"\b({_SMALL}|\d{{1,2}}) dozen\b", lambda m: str(12 * _value(m[1])), text)
    text = re.sub(r"\ba (?:couple|pair)(?: of)?\b|\bpair of\b", "2", text)
    text = re.sub(r"\b(?:a|one) (single|half|quarter|third)\b", r"a \1", text)
    text = re.sub(
        r"\b(no|some|any|every|each|which|this|that|another|the|new|only|other|old|big|bigger|biggest|large|larger|largest|small|smaller|smallest) (?:one)\b(?! (?:new|changed|more|additional|building|road|house))",
        r"\1 #one#",
        text,
    )
    text = re.sub(r"\bone of\b(?! (?:the|these|those) (?:\d|two|three|four|five))", "1 of", text)
    text = _WORD_NUMBER.sub(_digits, text).replace("#one#", "one")
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
_APPROXIMATE = re.compile(
    r"(?:\b(?:about|approximately|approx\.?|around|roughly|nearly|almost|circa|ca\.|some|an estimated|estimated(?: at)?|maybe|perhaps|probably|"
    r"no (?:more|fewer|less) than|at (?:least|most)|more than|fewer than|less than|as many as|up to|over|under|above|below|exactly|just|only|"
    r"upwards of|in excess of|a total of|a maximum of|a minimum of|an? (?:additional|further|extra))\s+|(?<!\d)(?<!\d )[~≥≤<>+±]=?\s*)+(?=\d)"
)
_REPEATED = re.compile(r"(?<![\d.])(\d+)\s*\(\s*(?:\1|one|two|three|four|five|six|seven|eight|nine)\s*\)")
_RANGE = re.compile(
    r"(?<![\w.])(?:between\s+|from\s+)?(\d{1,6}(?:\.\d+)?)\s*(%?)\s*(?:-|to|or|~|and(?=\s+\d+\s*(?:%|percent)))\s*(\d{1,6}(?:\.\d+)?)(?![\d.]*\d)"
)
_BETWEEN = re.compile(r"\bbetween\s+(\d{1,6}(?:\.\d+)?)\s*(%?)\s*and\s+(\d{1,6}(?:\.\d+)?)(?![\d.]*\d)")
_PART_OF = re.compile(
    r"(?<![\w.])(\d+)\s*(?:out of(?: the)?(?: total)?|of(?: the| all| these| those)?|/)\s*(?:\w+ )?(\d+)(?![\w.])"
)


def settle_numbers(text: str) -> str:
    """A lower-case text whose numbers are digits: words, bounds, ranges, repetitions and "5 of the 12" settled.

    >>> settle_numbers("about ten roads, three (3) of the 12 houses, 3-5 trees")
    '10 roads, 3 houses, 4 trees'
    """
    text = words_to_digits(text)
    text = _THOUSANDS.sub(lambda match: match[1].replace(",", ""), text)
    text = _REPEATED.sub(r"\1", text)
    text = re.sub(r"(\d)\+(?!\d)", r"\1", text)
    text = _APPROXIMATE.sub("", text)
    text = _BETWEEN.sub(_middle, text)
    text = _RANGE.sub(_range, text)
    return _PART_OF.sub(r"\1", text)


def _range(match: re.Match[str]) -> str:
    # "from 4 to 9" tells two counts, as "4 → 9" does; and so does "9 - 4" where it falls.
    if match[0].startswith("from ") or float(match[1]) >= float(match[3]) and "-" in match[0]:
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


_FRACTIONS = {
    "half": 50.0, "a half": 50.0, "one half": 50.0, "a third": 100 / 3, "one third": 100 / 3, "two thirds": 200 / 3, "a quarter": 25.0,
    "one quarter": 25.0, "three quarters": 75.0, "a fifth": 20.0, "one fifth": 20.0, "two fifths": 40.0, "three fifths": 60.0,
    "four fifths": 80.0, "a sixth": 100 / 6, "an eighth": 12.5, "one eighth": 12.5, "a tenth": 10.0, "one tenth": 10.0, "a twentieth": 5.0,
    "three tenths": 30.0, "a hundredth": 1.0, "1 3rd": 100 / 3, "2 3rds": 200 / 3, "the whole": 100.0, "all of": 100.0, "the entire": 100.0,
}  # fmt: skip
_FRACTION = re.compile(
    r"\b(" + "|".join(sorted((k.replace(" ", "[ -]") for k in _FRACTIONS), key=len, reverse=True)) + r")\b"
)
_DECIMAL = r"(?<![\w.,])(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:[.,]\d+)?)(?![\d]|[.,]\d)"
_PERCENT = re.compile(_DECIMAL + r"\s*(?:%|per ?cent\b|percentage points?|pct\b|\\%)")


def percent_in(text: str) -> float | None:
    """The share in percent that a lower-case text gives; None for none, or for several between which nothing decides.

    >>> percent_in("roughly a quarter of the image"), percent_in("12,5 %"), percent_in("8-12%")
    (25.0, 12.5, 10.0)
    """
    text = re.sub(r"(\d),(\d{1,2})(?!\d)", r"\1.\2", text)
    text = re.sub(r"\b3\s*x\s*3\b|\b(?:19|20)\d\d\b(?!\s*%)", " ", text)
    text = settle_numbers(_percent_ranges(text))
    marked = [_decimal(match[1]) for match in _PERCENT.finditer(text)]
    if marked:
        return _one(marked)
    fractions = [_FRACTIONS[match[1].replace("-", " ")] for match in _FRACTION.finditer(text)]
    if fractions and not re.search(r"\d", text):
        return _one(fractions)
    return _one([_decimal(match[1]) for match in re.finditer(_DECIMAL, text)])


def _percent_ranges(text: str) -> str:
    return re.sub(
        r"(\d+(?:\.\d+)?)\s*(?:%|percent)\s*(-|to|and|or)\s*(?=\d+(?:\.\d+)?\s*(?:%|percent))", r"\1 \2 ", text
    )


def _decimal(digits: str) -> float:
    return float(digits.replace(",", "")) if len(digits) < 16 else float("nan")


def _one(values: list[float]) -> float | None:
    distinct = list(dict.fromkeys(values))
    if len(distinct) == 1 and distinct[0] == distinct[0]:
        return distinct[0]
    # Parts that add up to one of them: that one is the whole.
    whole = [value for value in distinct if len(distinct) > 2 and abs(sum(distinct) - 2 * value) < 1e-6]
    return whole[0] if len(whole) == 1 else None


_UNITS_M2: tuple[tuple[str, float], ...] = (
    (r"(?:square kilomet(?:er|re)s?|sq\.? ?km|km\s*\^?\s*2|km²)", 1e6),
    (r"(?:hectares?|ha)\b", 1e4),
    (r"(?:acres?)\b", 4046.8564224),
    (r"(?:square (?:feet|foot)|sq\.? ?ft|ft\s*\^?\s*2)", 0.09290304),
    (r"(?:square met(?:er|re)s?|sq\.? ?m(?:et(?:er|re)s?)?|m\s*\^\s*2|m2|m²|sqm|平方米)", 1.0),
)


def area_m2_in(text: str) -> float | None:
    """The area in square metres that a lower-case text gives, in whatever unit; None for none or several.

    >>> area_m2_in("about 1.2 ha"), area_m2_in("2,450 m2 in all")
    (12000.0, 2450.0)
    """
    text = re.sub(r"(?<=\d)\s(?=\d{3}\b)", "", text)
    text = re.sub(r"\bm\s*\^\s*\{?\s*2\s*\}?", "m2", text)
    text = re.sub(r"(?<=\d)\s?k\b(?!m)", "000", text)
    text = re.sub(r"(\d+(?:\.\d+)?) thousand\b", lambda match: f"{float(match[1]) * 1000:g}", text)
    text = settle_numbers(re.sub(r"(\d)\s*(?:m2|sqm)\s*(-|to|and)\s*(?=\d)", r"\1 \2 ", text))
    values = [
        _decimal(match[1]) * scale for unit, scale in _UNITS_M2 for match in re.finditer(_DECIMAL + rf"\s*{unit}", text)
    ]
    if values:
        return _same_area(values)
    bare = re.sub(
        _DECIMAL + r"\s*(?:%|percent|pixels?|px|m\b|met(?:er|re)s?|buildings?|roads?|houses?|objects?)", " ", text
    )
    return _one([_decimal(match[1]) for match in re.finditer(_DECIMAL, bare)])


def _same_area(values: list[float]) -> float | None:
    # "12,000 m2 (1.2 ha)" says one area in two units.
    if max(values) <= min(values) * 1.1:
        return values[0]
    return _one(values)


Replace = Callable[[re.Match[str]], str]
