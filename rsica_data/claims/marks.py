"""The words of a text that state something: numbers, classes, places, directions, negations, comparisons.

A mark is found by its words alone, never by the structure of the sentence. Whatever stands outside of all quotes of a
checked text must hold none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from rsica_data.text.amounts.numbers import NUMBER, number_value
from rsica_data.text.mentions import Synonyms, mentions
from rsica_data.text.positions.places import cells_in
from rsica_data.text.yaml_files import packaged_yaml

SILENT = frozenset(
    {
        "all",
        "each",
        "every",
        "everything",
        "just",
        "entire",
        "entirely",
        "both",
        "together",
        "apart",
        "spread",
        "still",
        "great",
        "little",
        "some",
    }
)
"""Words that state little by themselves: they may stand outside of marks."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One stating word or phrase.

    Attributes:
        kind: ``number``, ``percent``, ``area``, ``date``, ``class``, ``place``, ``built``, ``removed``, ``grew``,
            ``shrank``, ``replace``, ``negation``, ``vague``, ``compare``, ``size``, ``spread``, ``edge``.
        value: the number; the name of the class; the cells of a place; else the words.
        start, end: where it stands.
        form: of a class, ``s``, ``p`` or ``g`` as in ``text.mentions``.
    """

    kind: str
    value: Any
    start: int
    end: int
    form: str = ""


_NUMBER = re.compile(
    r"(?<![\w.])(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)|"
    rf"\b(?P<word>{NUMBER})\b|\b(?P<dozen>half a dozen|a dozen)\b|"
    r"\b(?P<pair>a (?:couple|pair)(?: of)?)\b|\b(?P<once>once|single|lone|sole)\b|\b(?P<twice>a brace of)\b"
)
_PERCENT = re.compile(r"\s*(?:%|percent\b|per cent\b|percentage points?\b)")
_AREA = re.compile(r"\s*(?:m2|m²|sq\.? ?m\b|square met(?:er|re)s?|ha\b|hectares?)")
_FRACTION = re.compile(
    r"\b(?:(?:a|one)[- ])?(?P<part>half|third|quarter|fifth|tenth|(?:two|three)[- ](?:thirds|quarters|fifths))"
    r"(?= (?:of|the image|the scene))"
)
_FRACTIONS = {"half": 50.0, "third": 100 / 3, "quarter": 25.0, "fifth": 20.0, "tenth": 10.0, "two thirds": 200 / 3,
              "three quarters": 75.0, "two fifths": 40.0, "three fifths": 60.0}  # fmt: skip
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(
    rf"\b(?:(?:19|20)\d\d-\d\d(?:-\d\d)?|(?:\d{{1,2}}\.? )?{_MONTH} (?:\d{{1,2}},? )?(?:19|20)\d\d|(?:19|20)\d\d)\b"
)
_SIDE = r"(?:top|upper|bottom|lower|left|right|cent(?:er|re)|central|middle|north|south|east|west)"
_PLACE_WORD = (
    rf"(?:{_SIDE}(?:most|ern|ernmost|east|west|eastern|western|-hand)?|rows?|columns?|corners?|halves|half|sides?|"
    r"cells?|quadrants?|throughout|all over|everywhere|in every cell|all (?:nine )?cells)"
)
_HALFWAY = (
    r"half ?way (?:down|up),? (?:on |along |at |in )?(?:the |its )?(?:left|right)(?:[- ]hand)?(?: (?:side|edge|part))?"
)
_PLACE = re.compile(
    rf"\b(?:{_HALFWAY}|{_PLACE_WORD})(?:(?:[- /]+|,? and |,? or |, | of the | to the | to |-to-|,? (?:in|"
    rf"at|on|down|up) )(?:the |its |a )?"
    rf"(?:{_PLACE_WORD}|half ?way (?:down|up|along|across)))*\b"
)
_PLACED = re.compile(rf"{_SIDE}|throughout|all over|everywhere|every cell|all (?:nine )?cells")
_LEFT_VERB = re.compile(
    r"\b(?:has|have|had|was|were|been|is|are|be|being) left\b|\bleft (?=(?:unchanged|as|alone|"
    r"un|intact))|\bright (?=(?:now|next|behind|beside))"
)
_PRONOUN_ONE = re.compile(
    r"\b(?:the|this|that|other|another|new|old|larger|largest|smaller|smallest|small|large|big|medium|tiny|huge|little|modest|bigger|which|each|every|any|no|"
    r"first|second|later|earlier|only) one\b(?! (?:[\w-]+ )?(?:building|road|house|object|cell|home|street|structure))|"
    r"\bone (?:another|side|place|spot|image|after)\b|\bone of (?:the|these|them)\b|"
    r"\bat one\b|\bfrom one\b|\bone (?:may|can|could|might|would|sees?|has|should|must|need|cannot)\b|"
    r"\bone (?:\w+ly )?(?!is\b|was\b|does\b|lies\b|sits\b|stands\b|changes\b|differs\b|stays\b|remains\b|touches\b|"
    r"reaches\b|appears\b|disappears\b|vanishes\b|its\b|this\b|less\b|class\b|plus\b|covers\b|takes\b|grows\b)[a-z]{3,}s\b"
)
_ARTICLE = re.compile(r"\b(?:an?|another|one single|a single)(?: [\w-]+){0,3} $")


_WORDS_OF = ("replace", "negation", "vague", "compare", "size", "spread", "edge", "built", "removed", "grew", "shrank")


@cache
def pattern(name: str) -> re.Pattern[str]:
    """The words of one entry of ``words.yaml``."""
    words = packaged_yaml("rsica_data.claims", "words.yaml")[name]
    return re.compile(rf"(?<![\w-])(?:{'|'.join(sorted(words, key=len, reverse=True))})(?![\w-])")


def lowered(text: str) -> str:
    """A text in lower case, letter for letter: offsets stay."""
    plain = text.replace("’", "'").replace("–", "-").replace("—", "-").replace("‑", "-")
    low = plain.lower()
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in plain)


def marks_of(text: str, classes: Sequence[str], synonyms: Synonyms = ()) -> list[Mark]:
    """The marks of a text, in order; none inside another of its own kind.

    >>> [(m.kind, m.value) for m in marks_of("Two houses were built in the top-left.", ["road", "building"])]
    [('number', 2), ('class', 'building'), ('built', 'built'), ('place', ('top-left',))]
    """
    low = lowered(text)
    marks = list(_stages(_blanked(low, pattern("neutral")), classes, synonyms))
    return sorted(marks, key=lambda mark: (mark.start, mark.end))


def _stages(text: str, classes: Sequence[str], synonyms: Synonyms) -> Iterator[Mark]:
    """The marks of a text, kind after kind: the words of one are taken out before the next is looked for."""
    text = _blanked(text, _LEFT_VERB)
    dates = [Mark("date", match[0], *match.span()) for match in _DATE.finditer(text)]
    text = _without(text, dates)
    named = [Mark("class", m.name, m.start, m.end, m.form) for m in mentions(text, classes, synonyms)]
    text = _without(text, named)
    places = list(_places(text))
    text = _without(text, places)
    numbers = list(_numbers(_blanked(text, _PRONOUN_ONE), named))
    text = _without(text, numbers)
    yield from (*dates, *named, *places, *numbers)
    for kind in _WORDS_OF:
        yield from (Mark(kind, match[0], *match.span()) for match in pattern(kind).finditer(text))


def _places(text: str) -> Iterator[Mark]:
    for match in _PLACE.finditer(text):
        if _PLACED.search(match[0]) is None:
            continue
        yield Mark("place", place_cells(match[0]), *match.span())


def place_cells(words: str) -> tuple[str, ...]:
    """The cells that the words of a place name; a half is the cells that lie in it and on its border."""
    crossed = _crossed(words)
    if crossed is not None:
        return (crossed,)
    if (side := re.fullmatch(_HALFWAY, words)) is not None:
        return ("center-left" if "left" in side[0] else "center-right",)
    half = re.search(
        r"\b(top|upper|bottom|lower|left|right|north|south|east|west)\w*(?:-hand)? (?:half|part|side|portion)\b", words
    )
    cells = cells_in(words if half is None else f"in the {words}")
    if not cells and half is not None:
        cells = cells_in(
            f"the {half[1]} row" if half[1] in ("top", "upper", "bottom", "lower") else f"the {half[1]} column"
        )
    if not cells:
        cells = cells_in(f"in the {words} of the image") or cells_in(f"the {words} side")
    return tuple(cells)


_ROW = {"top": "top", "upper": "top", "bottom": "bottom", "lower": "bottom"}
_CROSSED = re.compile(
    r"(?:(?P<row>top|upper|bottom|lower)(?: (?:edge|side|row|part))?,? (?:in|at|"
    r"on) the (?P<column>middle|cent(?:er|re)|left|right)|"
    r"(?P<side>left|right)(?: (?:edge|side|hand side|column|part))?,? (?:half ?way (?:down|up)|in the middle))"
)


def _crossed(words: str) -> str | None:
    """The cell of "at the bottom in the middle" and "the right side, halfway down"; None for other places."""
    match = _CROSSED.fullmatch(words)
    if match is None:
        return None
    if match["side"]:
        return f"center-{match['side']}"
    column = match["column"] if match["column"] in ("left", "right") else "center"
    return f"{_ROW[match['row']]}-{column}"


def _numbers(text: str, named: Sequence[Mark]) -> Iterator[Mark]:
    taken = []
    for match in _FRACTION.finditer(text):
        taken.append(match.span())
        yield Mark("percent", _FRACTIONS[match["part"].replace("-", " ")], *match.span(), form="about")
    for match in _NUMBER.finditer(text):
        if any(start <= match.start() < end for start, end in taken):
            continue
        value = _value(match)
        for kind, unit in (("percent", _PERCENT), ("area", _AREA)):
            behind = unit.match(text, match.end())
            if behind:
                scale = 10_000 if kind == "area" and behind[0].strip().startswith(("ha", "hect")) else 1
                yield Mark(kind, float(value) * scale, match.start(), behind.end())
                break
        else:
            yield Mark("number", value, *match.span())
    for mark in named:
        article = _ARTICLE.search(text[max(mark.start - 40, 0) : mark.start])
        compound = re.match(r"[- ](?:area|cover|share|change|cells?|land|class|footprint)\b", text[mark.end :])
        if article is not None and mark.form == "s" and not compound and not _NUMBER.search(article[0]):
            begin = max(mark.start - 40, 0) + article.start()
            yield Mark("number", 1, begin, begin + len(article[0].split()[0]), form="article")


def _value(match: re.Match[str]) -> float | int:
    if match["digits"]:
        plain = match["digits"].replace(",", "")
        return float(plain) if "." in plain else int(plain)
    if match["word"]:
        return number_value(match["word"])
    if match["dozen"]:
        return 6 if match["dozen"].startswith("half") else 12
    return 1 if match["once"] else 2


def _blanked(text: str, what: re.Pattern[str]) -> str:
    return what.sub(lambda match: "·" * len(match[0]), text)


def _without(text: str, marks: Sequence[Mark]) -> str:
    for mark in marks:
        text = text[: mark.start] + "·" * (mark.end - mark.start) + text[mark.end :]
    return text
