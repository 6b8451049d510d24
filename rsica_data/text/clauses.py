"""An answer as clauses whose numbers, classes and places are marked: what the readers of counts and places work on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rsica_data.text.amounts.numbers import NUMBER as WHOLE_NUMBER
from rsica_data.text.amounts.numbers import VAGUE, settle_numbers, words_to_digits
from rsica_data.text.mentions import CLASS, mark_classes
from rsica_data.text.normalized.chinese import to_english
from rsica_data.text.normalized.layout import Line, lines_of
from rsica_data.text.positions.places import PLACE, mark_places

NUMBER = re.compile(r"‹N(\d+)›")
CLASS_MARK = re.compile(r"‹C\d+[spg]›")
NEGATION = re.compile(
    r"\b(?:no|not|none|never|nothing|neither|nor|without|cannot|unchanged|"
    r"unaltered|unaffected|untouched|intact|identical|(?:the|all|is|are|looks?|"
    r"stay(?:s|ed)?|remain(?:s|ed)?) same(?! (?:cell|place|two|three|area|"
    r"location|spot|corner|row|column|part|‹))|same (?:as|in both|at both|"
    r"on both)|absent|nil|"
    r"remain(?:s|ed)? (?:the same|as|stable|constant|where)|as (?:before|"
    r"it was|they were)|n/a|na|zero|nowhere|stable|static|hardly|nobody|lacks?|"
    r"free of|zilch|stayed put)\b|n't\b|\bno(?=‹)|\[\s*\]|\(\s*\)|\{\s*\}|"
    r"∅"
)
"""Words that say no: decided before any word of change (DECISIONS 22)."""

CHANGED = re.compile(
    r"\b(?:new(?:ly)?|chang\w*|add(?:ed|itions?|itional)?|built|build|constructed|construction|erected|appear\w*|disappear\w*|removed?|removal|demolish\w*|gone|lost|"
    r"gained|increase[sd]?|decrease[sd]?|difference|differ\w*|altered|modified|replac\w*|extended|extension|expan\w*|widened|vanished|developed|"
    r"created|emerged|delta|net|went up|torn down|cleared|grew|grown|paved|"
    r"laid|installed|established|put up|total changed|more|fewer|completed|"
    r"renovated|rebuilt|converted)\b"
)
BEFORE = re.compile(
    r"\b(?:before|first (?:image|picture|photo|one|date|scene)|the first|image (?:1|"
    r"one|a)|earlier|initial(?:ly)?|original(?:ly)?|previous(?:ly)?|pre-?(?:change|"
    r"event)?|t1|old|formerly|used to|existing|already|at first)\b"
)
AFTER = re.compile(
    r"\b(?:after(?:wards)?|second (?:image|picture|photo|one|date|scene)|the second|"
    r"image (?:2|two|b)|later|now|currently|post-?(?:change|event)?|t2|latter)\b"
)

_SENTENCE = re.compile(r"(?<=[.!?])(?:\s+|$)|(?<=[.!?])(?=[a-z‹])(?<!\d\.)(?<![a-z]\.[a-z]\.)|\s*;\s*|\n+")
_TWO_DATES = re.compile(
    r"\b(?:two|2|both|these two|pair of|nine|9)\s+(?:\w+\s+)?(?:images?|dates?|"
    r"pictures?|scenes?|photos?|photographs|time ?(?:points|steps)|acquisitions|"
    r"tiles|views|time|frames|timestamps|grid cells|cells)\b"
)
_DENIED_LIST = re.compile(
    r"\bno\s+(?:\w+\s+){0,2}?‹C\d+[spg]›(?:\s*,\s*(?:or |nor )?(?:the |any |"
    r"new )?‹C\d+[spg]›)*\s*,?\s*(?:or|nor)\s+(?:the |any |new )?‹C\d+[spg]›"
)
_LEGEND = re.compile(
    r"\b(?:given as|by compass|counted from|rows? from|row, ?column|is the top|"
    r"first row is|marks an?|means|denotes|indicates|stands for|numbered|"
    r"legend|1 = |0 = |x = )\b.*|^[\W]*(?:key|legend)\b"
)
_ROWS_OF_PLACES = re.compile(r"(?<=\S)[,;.\s]+(?=‹P[0-8]+›\s*[:=])")
_NOT_COUNTS = (
    (re.compile(r"\b(?:step|option|figure|phase|stage)\s*#?\d+\b"), " "),
    (re.compile(
        r"\b(?:image|picture|photo|figure|scene|date|time|t|step|phase|option|"
        r"class|row|column|line)[ #]*[12]\b(?! (?:new|buil|road|hous))"
    ), lambda m: m[0].replace("1", "one").replace("2", "two")),
    (re.compile(
        r"\b(?:in|since|from|of|by|until|year|between)\s+(?:19|20)\d\d(?:\s*(?:and|"
        r"to|-)\s*(?:19|20)\d\d)?\b"
    ), " "),
    (re.compile(
        r"\b(?:19|20)\d\d-\d\d(?:-\d\d)?\b|\b\d+(?:\.\d+)?\s?[x*]\s?\d+(?:\.\d+)?\s*(?:px|"
        r"pixels|m|grid|cells?)?\b"
    ), " "),
    (re.compile(
        r"\b\d+(?:[.,]\d+)?\s*(?:%|percent|m2\b|sqm|square met|square kilo|ha\b|"
        r"hectares?|km2?\b|met(?:er|re)s?\b|m\b|px\b|pixels?\b|years?\b|months?\b|"
        r"stor(?:e?ys|ies)\b|floors?\b|lanes?\b|degrees?\b)[a-z]*"
    ), " ‹M› "),
    (re.compile(
        r"\b(?:ids?|labell?ed|numbered|index(?:es)?|indices)\b\s*[:=#]?\s*\d+(?:\s*(?:,|"
        r"and|&|-|to)\s*#?\d+){0,200}"
    ), " "),
    (re.compile(
        r"\(\s*(?:in |since |from |until )?(?:19|20)\d\d(?:\s*(?:-|to|/)\s*(?:19|"
        r"20)\d\d)?\s*\)|\b(?:19|20)\d\d\s*(?:-|to|→)\s*(?:19|20)\d\d\b"
    ), " "),
    (re.compile(
        r"\b(?:change|object|item|difference|finding|detection|instance|example|"
        r"nr|no)\s*[#.]?\s*\d+\s*(?=[:.)-]\s)"
    ), " item"),
    (re.compile(r"\b(\d+)\s?[x*]\s?(?=‹C|[a-z])"), r"\1 "),
    (re.compile(
        r"\b\d+(?:[.,]\d+)?\s*(?:cm|mm|feet|foot|ft|yards?|miles?|inch(?:es)?|"
        r"acres?|sq\b|°|hours?|minutes?|days?|weeks?|decades?|bands?|ghz|dpi|"
        r"mb|kb|tokens?|out of (?:5|10))(?![\w›])"
    ), " ‹M› "),
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
        item: it is an item of a list.
        line: number of its line; the sentences of a line share it.
    """

    text: str
    headings: tuple[str, ...] = ()
    record: bool = False
    item: bool = False
    line: int = 0


@lru_cache(maxsize=4096)
def clauses_of(answer: str, classes: tuple[str, ...], with_places: bool) -> tuple[Clause, ...]:
    """The sentences of an answer, marked. ``with_places``: places are marked too (else their words are left)."""
    marked: list[Clause] = []
    for number, line in enumerate(lines_of(_with_dates(to_english(_ORDINALS.sub(_ordinal, _plain(answer)))))):
        headings = tuple(mark(heading, classes, with_places) for heading in line.headings)
        item = line.item or _is_enumerated(line)
        for sentence in _sentences(line):
            if with_places and _LEGEND.search(sentence):
                continue
            text = mark(sentence, classes, with_places)
            parts = (
                _ROWS_OF_PLACES.split(text)
                if len(re.findall(r"‹P[0-8]+›\s*[:=]", text)) > 1 and "|" not in text
                else [text]
            )
            marked += [Clause(part, headings, "|" in part, item, number) for part in parts if part.strip(" .,:;-")]
    return tuple(marked)


def _plain(answer: str) -> str:
    return re.sub(r"\bi\.\s?e\.", "namely", answer, flags=re.IGNORECASE)


_YEAR = re.compile(r"\b(?:in|by|as of|around)\s+((?:19|20)\d\d)\b(?!\s*(?:-|to|and)\s*(?:19|20)?\d\d)", re.IGNORECASE)


def _with_dates(text: str) -> str:
    """A text that tells of two years ("in 2015 .. by 2020 ..") with the earlier and the later image in their place."""
    years = sorted(set(_YEAR.findall(text)))
    if len(years) != 2:
        return text
    return _YEAR.sub(lambda match: "before" if match[1] == years[0] else "after", text)


_ORDINALS = re.compile(
    r"第\s*([12])(?=\s*(?:张|幅|期|景|个时|时))|并排|增至|增加至|增加到|增长到|减少到|减至|降至|变为|变成(?=\s*\d)|前后(?=一致|相同)|(?<=[路房筑物栋屋楼厂])数(?=为|是|[:：])"
)


_ENUMERATED = re.compile(r"(?:^|(?<=[,;:.])\s*|\band\s+)\(?([1-9])\)\s+(?=[a-z])")


def _is_enumerated(line: Line) -> bool:
    """Whether a line holds a list: "1) a house, 2) a barn"; the mark of the first item may be off already."""
    numbers = [match[1] for match in _ENUMERATED.finditer(line.text)]
    return numbers[:2] in (["1", "2"], ["2", "3"]) or (line.item and numbers == ["2"])


def _ordinal(match: re.Match[str]) -> str:
    if match[1] is None:
        return "→" if match[0][-1] in "至到为成" else ""
    return "第一" if match[1] == "1" else "第二"


def _sentences(line: Line) -> Sequence[str]:
    if "|" in line.text:
        return [line.text]
    text = line.text
    if _is_enumerated(line):
        text = _ENUMERATED.sub("\n", text)
    return [part for part in _SENTENCE.split(text) if part.strip()]


def mark(text: str, classes: tuple[str, ...], with_places: bool) -> str:
    """A lower-case text with its numbers, classes and, where asked for, places marked."""
    text = _without_lanes(text.lower())
    text = mark_places(text) if with_places else text
    text = paired(mark_classes(text, classes))
    text = re.sub(r"(‹C\d+)[sp]› ?(?=\1[spg]›)", "", text)
    text = _DENIED_LIST.sub(
        lambda match: re.sub(
            r"((?:,|\bor\b|\bnor\b)(?: or| nor| and)?\s*(?:the |any |new )?)(?=‹C)", r"\1no ", match[0]
        ),
        text,
    )
    text = settle_numbers(_changed_of(without_dates(text)))
    for pattern, replace in _NOT_COUNTS:
        text = pattern.sub(replace, text)
    text = re.sub(r"(?<![\w.-])(?<!\d )(\d+)(?![\w›]|\.\d)", _number, text)
    text = _THE_ONE.sub("‹N1› ", VAGUE.sub(" ‹V› ", text))
    text = re.sub(
        r"\b(?:an?|(another)|(?<!‹N1› )single)\s+((?:(?!of\b|and\b|to\b|in\b|"
        r"with\b|the\b|by\b)[\w-]+,?\s+){0,4}?)(‹C\d+s›)(?!'|\s+(?:"
        r"surface|network|layout|construction|count|number|density|site|development|system|pattern|markings?|work|works|plot)\b)",
        lambda match: f"{'another ' if match[1] else ''}‹N1› {match[2]}{match[3]}",
        text,
    )
    return re.sub(r"\s+", " ", text.replace("†", "‹").replace("‡", "›")).strip()


_ALL_BUT = re.compile(r"\ball (?:but|except(?: for)?) (\d{1,6}) (?:out )?of (?:the |these |those |all )*(\d{1,6})\b")
_ONLY_THE = re.compile(r"\bonly the (?!other\b|rest\b)\w+ (?:one )?of (?:the |these |those )*(\d{1,6})\b")
_THE_ONE = re.compile(
    r"\bthe one (?=(?:in|on|at|to|near|behind|beside|next|by|along|north|south|east|west)\b[^.;:‹]{0,60}\b"
    r"(?:has|was|is|had) (?!(?:un\w+|the same|still|as)\b))"
)
_GROUPS_OF = re.compile(
    r"(?<![\w.,])(\d{1,4}) (?:[\w-]+ ){0,2}(?:rows|groups|clusters|blocks|pairs|lines|sets|terraces|strips) of "
    r"(\d{1,4})((?: [\w-]+){0,3} ‹C\d+[spg]›)"
)
_UNCHANGED_OF = re.compile(
    r"(?<![\w.,])(\d{1,6})\s*(?:out of|of|/)\s*(?:(?:the|all|these|"
    r"those)\s+){0,2}(\d{1,6})((?:\s+[\w-]+){0,3}?\s+‹C\d+[spg]›)?"
    r"\s*(?:(?:are|were|is|was|have|has|been|remain(?:s|ed)?|stay(?:s|ed)?|look|all|still)\s+){0,3}"
    r"(?:unchanged|the same|identical|unaltered|unaffected|as (?:they were|before)|"
    r"not changed|(?:there|present|visible) (?:before|in both)|already there|old)\b[^‹.;,|]{0,30}"
)


def _changed_of(text: str) -> str:
    """A text with "12 of the 15 houses are unchanged" as "15 houses, 12 of them unchanged", "all but 3 of the 10" as 7,
    "two rows of four houses" as 8.
    """
    if " of " not in text and "/" not in text:
        return text
    text = _ALL_BUT.sub(lambda m: f"{max(0, int(m[2]) - int(m[1]))} of the {m[2]}", words_to_digits(text))
    text = _ONLY_THE.sub(r"only 1 of the \1", text)
    text = _GROUPS_OF.sub(lambda m: f"{int(m[1]) * int(m[2])}{m[3]}", text)
    return _UNCHANGED_OF.sub(_rest_of, text)


def _rest_of(match: re.Match[str]) -> str:
    rest = int(match[2]) - int(match[1])
    return f"{match[2]}{match[3] or ''}, {match[1]} of them unchanged ; " if rest >= 0 else match[0]


_LANES = re.compile(
    r"\b(?:(?:widened|expanded|enlarged|extended|upgraded|went|grown?|grew|"
    r"narrowed|reduced)(?: \w+){0,2}? )?(?:from \w+(?: lanes?)? )?to \w+ lanes\b|"
    r"\b(?:\d+|two|three|four|five|six|eight|multi|dual|single)-lanes?\b|"
    r"\b(?:with|has|have|having|of) (?:\w+ )?lanes\b|\b\w+ lanes (?:wide|"
    r"each|in each|per)\b"
)


def _without_lanes(text: str) -> str:
    """Without lanes of a road, which are no roads: "widened from 2 to 4 lanes"."""
    return _LANES.sub(lambda match: match[0].split(" ")[0] if " " in match[0] else "", text) if "lane" in text else text


_JOINT = r"\s*(?:/|,|;|\band\b|&)\s*(?:and\s+)?"
_CLASSES = rf"‹C\d+[spg]›(?:{_JOINT}(?:(?:the|new|changed) ){{0,2}}‹C\d+[spg]›){{1,7}}"
_NUMBERS = rf"\(?{WHOLE_NUMBER}\b(?:{_JOINT}{WHOLE_NUMBER}\b){{1,7}}\)?"
_CLASSES_FIRST = re.compile(
    rf"\(?({_CLASSES})\)?((?:\s+(?:have|has|that|which|changed|count|counts|"
    rf"numbers?|are|were|is|respectively|been|new|added)){{0,4}}\s*[:=→-]?\s*)({_NUMBERS})(?!\s*(?:new |"
    rf"changed )?‹C)(?: respectively)?"
)
_NUMBERS_FIRST = re.compile(
    rf"(?<!\d[.,])({_NUMBERS}),?\s*(?:respectively,?\s*)?(?:for|of|->|→)?\s*(?:(?:the|"
    rf"new|changed) ){{0,2}}({_CLASSES})(?:,? respectively)?"
)


def paired(text: str) -> str:
    """Text with each number of "roads and buildings: 2 and 16", "6 and 1 for buildings and roads" beside its class."""
    if text.count("‹C") < 2:
        return text
    text = _CLASSES_FIRST.sub(lambda match: _pairs(match, match[1], match[3]), text)
    return _NUMBERS_FIRST.sub(lambda match: _pairs(match, match[2], match[1]), text)


def _pairs(match: re.Match[str], classes: str, numbers: str) -> str:
    owners = CLASS_MARK.findall(classes)
    values = [part.strip(" ()") for part in re.split(_JOINT, numbers)]
    if len(owners) != len(values) or len(set(owners)) != len(owners):
        return match[0]
    return "; ".join(f"{owner}: {value}" for owner, value in zip(owners, values, strict=True))


def without_dates(text: str) -> str:
    """A lower-case text without "the two images", "both dates", "the nine cells", whose numbers count nothing."""
    return _TWO_DATES.sub(lambda match: " the pair " if match[0].startswith("both") else " ", text)


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
