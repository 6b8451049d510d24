"""An answer as clauses whose numbers, classes and places are marked: what the readers of counts and places work on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rsica_data.text.chinese import to_english
from rsica_data.text.layout import Line, lines_of
from rsica_data.text.mentions import CLASS, mark_classes
from rsica_data.text.numbers import VAGUE, settle_numbers
from rsica_data.text.places import PLACE, mark_places

NUMBER = re.compile(r"‹N(\d+)›")
NEGATION = re.compile(
    r"\b(?:no|not|none|never|nothing|neither|nor|without|cannot|unchanged|unaltered|unaffected|untouched|intact|identical|(?:the|all|is|are|looks?|stay(?:s|ed)?|remain(?:s|ed)?) same(?! (?:cell|place|two|three|area|location|spot|corner|row|column|part|‹))|same (?:as|in both|at both|on both)|absent|nil|"
    r"remain(?:s|ed)? (?:the same|as|stable|constant|where)|as (?:before|it was|they were)|n/a|na|zero|nowhere|stable|static|hardly|nobody|lacks?|free of|zilch|stayed put)\b|n't\b|\bno(?=‹)|\[\s*\]|\(\s*\)|\{\s*\}|∅"
)
"""Words that say no: decided before any word of change (DECISIONS 22)."""

CHANGED = re.compile(
    r"\b(?:new(?:ly)?|chang\w*|add(?:ed|itions?|itional)?|built|build|constructed|construction|erected|appear\w*|disappear\w*|removed?|removal|demolish\w*|gone|lost|"
    r"gained|increase[sd]?|decrease[sd]?|difference|differ\w*|altered|modified|replac\w*|extended|extension|expan\w*|widened|vanished|developed|"
    r"created|emerged|delta|net|went up|torn down|cleared|grew|grown|paved|laid|installed|established|put up|total changed|more|fewer|completed|renovated|rebuilt|converted)\b"
)
BEFORE = re.compile(r"\b(?:before|first (?:image|picture|photo|one|date|scene)|the first|image (?:1|one|a)|earlier|initial(?:ly)?|original(?:ly)?|previous(?:ly)?|pre-?(?:change|event)?|t1|old|formerly|used to|existing|already|at first)\b")  # fmt: skip
AFTER = re.compile(r"\b(?:after(?:wards)?|second (?:image|picture|photo|one|date|scene)|the second|image (?:2|two|b)|later|now|currently|post-?(?:change|event)?|t2|latter)\b")  # fmt: skip

_SENTENCE = re.compile(r"(?<=[.!?])(?:\s+|$)|(?<=[.!?])(?=[a-z‹])(?<!\d\.)(?<![a-z]\.[a-z]\.)|\s*;\s*|\n+")
_TWO_DATES = re.compile(
    r"\b(?:two|2|both|these two|pair of|nine|9)\s+(?:\w+\s+)?(?:images?|dates?|pictures?|scenes?|photos?|photographs|time ?(?:points|steps)|acquisitions|tiles|views|time|frames|timestamps|grid cells|cells)\b"
)
_DENIED_LIST = re.compile(
    r"\bno\s+(?:\w+\s+){0,2}?‹C\d+[spg]›(?:\s*,\s*(?:or |nor )?(?:the |any |new )?‹C\d+[spg]›)*\s*,?\s*(?:or|nor)\s+(?:the |any |new )?‹C\d+[spg]›"
)
_LEGEND = re.compile(
    r"\b(?:given as|by compass|counted from|rows? from|row, ?column|is the top|first row is|marks an?|means|denotes|indicates|stands for|numbered|legend|1 = |0 = |x = )\b.*|^[\W]*(?:key|legend)\b"
)
_ROWS_OF_PLACES = re.compile(r"(?<=\S)[,;.\s]+(?=‹P[0-8]+›\s*[:=])")
_NOT_COUNTS = (
    (re.compile(r"\b(?:image|picture|photo|figure|scene|date|time|t|step|phase|option|class|row|column|line)[ #]*[12]\b(?! (?:new|buil|road|hous))"), lambda m: m[0].replace("1", "one").replace("2", "two")),
    (re.compile(r"\b(?:in|since|from|of|by|until|year|between)\s+(?:19|20)\d\d(?:\s*(?:and|to|-)\s*(?:19|20)\d\d)?\b"), " "),
    (re.compile(r"\b(?:19|20)\d\d-\d\d(?:-\d\d)?\b|\b\d+(?:\.\d+)?\s?[x*]\s?\d+(?:\.\d+)?\s*(?:px|pixels|m|grid|cells?)?\b"), " "),
    (re.compile(r"\b\d+(?:[.,]\d+)?\s*(?:%|percent|m2\b|sqm|square met|square kilo|ha\b|hectares?|km2?\b|met(?:er|re)s?\b|m\b|px\b|pixels?\b|years?\b|months?\b|stor(?:e?ys|ies)\b|floors?\b|lanes?\b|degrees?\b)[a-z]*"), " ‹M› "),
    (re.compile(r"\b\d+-(?:lane|story|storey|way|unit)\b"), " "),
    (re.compile(r"\b\d+(?:st|nd|rd|th)\b"), " "),
    (re.compile(r"[\[(]\s*-?\d+(?:\.\d+)?(?:\s*,\s*-?\d+(?:\.\d+)?){1,7}\s*[\])]"), " ‹M› "),
    (re.compile(r"\b\d+\.\d+\b|\b0\.\d+"), " ‹M› "),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clause:
    """One line or sentence with its marks.

    Attributes:
        text: lower case; numbers ``‹N5›``, vague amounts ``‹V›``, measures ``‹M›``, classes and places as in their
            modules.
        headings: marked texts of the headings above, outermost first.
        record: it is a row of a table or an object of a structure, its parts divided by ``|``.
    """

    text: str
    headings: tuple[str, ...] = ()
    record: bool = False


@lru_cache(maxsize=4096)
def clauses_of(answer: str, classes: tuple[str, ...], with_places: bool) -> tuple[Clause, ...]:
    """The sentences of an answer, marked. ``with_places``: places are marked too (else their words are left)."""
    marked: list[Clause] = []
    for line in lines_of(to_english(answer)):
        headings = tuple(mark(heading, classes, with_places) for heading in line.headings)
        for sentence in _sentences(line):
            if with_places and _LEGEND.search(sentence):
                continue
            text = mark(sentence, classes, with_places)
            parts = (
                _ROWS_OF_PLACES.split(text)
                if len(re.findall(r"‹P[0-8]+›\s*[:=]", text)) > 1 and "|" not in text
                else [text]
            )
            marked += [Clause(part, headings, "|" in part) for part in parts if part.strip(" .,:;-")]
    return tuple(marked)


def _sentences(line: Line) -> Sequence[str]:
    return [line.text] if "|" in line.text else [part for part in _SENTENCE.split(line.text) if part.strip()]


def mark(text: str, classes: tuple[str, ...], with_places: bool) -> str:
    """A lower-case text with its numbers, classes and, where asked for, places marked."""
    text = text.lower()
    text = mark_places(text) if with_places else text
    text = mark_classes(text, classes)
    text = re.sub(r"(‹C\d+)[sp]› ?(?=\1[spg]›)", "", text)
    text = _DENIED_LIST.sub(
        lambda match: re.sub(
            r"((?:,|\bor\b|\bnor\b)(?: or| nor| and)?\s*(?:the |any |new )?)(?=‹C)", r"\1no ", match[0]
        ),
        text,
    )
    text = settle_numbers(without_dates(text))
    for pattern, replace in _NOT_COUNTS:
        text = pattern.sub(replace, text)
    text = re.sub(r"(?<![\w.-])(?<!\d )(\d+)(?![\w›]|\.\d)", _number, text)
    text = VAGUE.sub(" ‹V› ", text)
    text = re.sub(
        r"\b(?:an?|another|single)\s+((?:(?!of\b|and\b|to\b|in\b|with\b|the\b|by\b)[\w-]+\s+){0,4}?)(‹C\d+s›)(?!')",
        r"‹N1› \1\2",
        text,
    )
    return re.sub(r"\s+", " ", text.replace("†", "‹").replace("‡", "›")).strip()


def without_dates(text: str) -> str:
    """A lower-case text without "the two images", "both dates", "the nine cells", whose numbers count nothing."""
    return _TWO_DATES.sub(" ", text)


def _number(match: re.Match[str]) -> str:
    return f"‹N{int(match[1])}›" if len(match[1]) <= 9 else "‹V›"


def classes_in(text: str) -> list[int]:
    """Numbers of the classes marked in a text, in order, each once."""
    return list(dict.fromkeys(int(match[1]) for match in CLASS.finditer(text)))


def places_in(text: str) -> list[str]:
    """Digits of the places marked in a text, in order."""
    return PLACE.findall(text)


def is_negated(text: str) -> bool:
    """Whether a marked text says no of what it speaks of."""
    return NEGATION.search(text) is not None
