"""Shares in percent and areas in square metres in short answers.

A fraction in words is a share ("a quarter" is 25), a range its middle ("8-12 %" is 10), a number with a decimal
comma is read as such. An area is brought to square metres from its unit. Where several different numbers stand side
by side, none is read unless one is the sum of the others.
"""

from __future__ import annotations

import re

from rsica_data.text.amounts.numbers import settle_numbers

_NUMERATORS = ("a", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DENOMINATORS = {
    "half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "twelfth": 12, "fifteenth": 15, "twentieth": 20, "fiftieth": 50, "hundredth": 100,
}  # fmt: skip
_FRACTION = re.compile(
    rf"\b(?:(?P<numerator>an?|{'|'.join(_NUMERATORS[1:])}|[1-9])[\s-])?"
    rf"(?P<denominator>halves|{'|'.join(_DENOMINATORS)})s?\b"
    r"(?! (?:image|picture|date|scene|one|of the (?:year|century)))"
)
_WHOLE = re.compile(r"\b(?:the whole|all of|the entire)\b")
_OVER = re.compile(r"(?<![\d./])([1-9])/([2-9]|1\d)(?=(?: of)? the (?:image|scene|area|picture)| of (?:it|the)\b|\W*$)")
_DECIMAL = r"(?<![\w.,])(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:[.,]\d+)?)(?![\d]|[.,]\d)"
_PERCENT = re.compile(_DECIMAL + r"\s*(?:%|per ?cent\b|percentage points?|pct\b|\\%)")


def percent_in(text: str) -> float | None:
    """The share in percent that a lower-case text gives; None for none, or for several between which nothing decides.

    >>> percent_in("roughly a quarter of the image"), percent_in("12,5 %"), percent_in("8-12%")
    (25.0, 12.5, 10.0)
    """
    text = re.sub(r"(\d),(\d{1,2})(?!\d)", r"\1.\2", text)
    text = re.sub(r"\b3\s*x\s*3\b|\b(?:19|20)\d\d\b(?!\s*%)", " ", text)
    text = re.sub(r"\bhalf (?:a|of a|of one|of 1) (?=per ?cent)", "0.5 ", text)
    text = re.sub(r"\ba quarter of (?:a|one|1) (?=per ?cent)", "0.25 ", text)
    fractions = _fractions_in(text)
    if len(fractions) == 2 and re.search(r"\bbetween\b", text):
        fractions = [sum(fractions) / 2]
    text = settle_numbers(_percent_ranges(text))
    marked = [_decimal(match[1]) for match in _PERCENT.finditer(text)]
    if marked:
        return _one(marked)
    if fractions:
        return _one(fractions)
    return _one([_decimal(match[1]) for match in re.finditer(_DECIMAL, text)])


def _fractions_in(text: str) -> list[float]:
    """Shares that a text tells as fractions in words: "two thirds"."""
    values = []
    for match in _FRACTION.finditer(text):
        if match["numerator"] is None and match["denominator"] not in ("half",):
            continue
        top = match["numerator"] or "a"
        number = int(top) if top.isdigit() else max(_NUMERATORS.index("a" if top == "an" else top), 1)
        values.append(
            100 * number / _DENOMINATORS["half" if match["denominator"] == "halves" else match["denominator"]]
        )
    values += [100 * int(match[1]) / int(match[2]) for match in _OVER.finditer(text)]
    if not values and not re.search(r"\d", text) and _WHOLE.search(text):
        values.append(100.0)
    return [value for value in values if value <= 100]


def _percent_ranges(text: str) -> str:
    return re.sub(
        r"(?<![\d.])(\d{1,9}(?:\.\d{1,9})?)\s{0,3}(?:%|percent)\s{0,3}(-|to|and|"
        r"or)\s{0,3}(?=\d{1,9}(?:\.\d{1,9})?\s{0,3}(?:%|percent))",
        r"\1 \2 ",
        text,
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
    text = re.sub(r"(?<![\d.])(\d{1,9}(?:\.\d{1,9})?)\s?k\b(?!m)", lambda match: f"{float(match[1]) * 1000:.12g}", text)
    text = re.sub(r"(?<![\d.])(\d{1,9}(?:\.\d{1,9})?) thousand\b", lambda match: f"{float(match[1]) * 1000:g}", text)
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
