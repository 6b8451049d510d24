"""Prose with its class words and places marked, so that clauses can be read by their words.

A class word is ``‹C1#4›``: the number of its class, and of the word in the list of words. A place is ``‹P012›`` as in
:mod:`~rsica_data.text.positions.places`; "the other cells" and their like are ``‹R›``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rsica_data.text.mentions import mentions
from rsica_data.text.positions.places import PLACE, mark_places, with_ways
from rsica_data.text.word_patterns import word_pattern

NOUN = re.compile(r"‹C(\d+)#(\d+)›")
NOUN_MARK = r"‹C\d+#\d+›"
MARK = re.compile(r"‹[CPR][^›]*›")
OTHERS = (
    "road",
    "building",
    "tree",
    "water",
    "farmland",
    "forest",
    "bare land",
    "playground",
    "parking lot",
    "bridge",
)
"""Classes whose words are known besides those that were asked about."""

_SIDE = (
    r"(?:top|upper|uppermost|bottom|lower|lowest|left|right|cent(?:er|re|ral)|middle|"
    r"north(?:ern)?|south(?:ern)?|east(?:ern)?|west(?:ern)?)"
)
FULL_NAME = re.compile(
    r"\b(?:top|upper|bottom|lower|cent(?:er|re)|middle|mid)[ -](?:left|right|cent(?:er|re)|middle)\b(?!-hand)"
)
_LINES = rf"{_SIDE}(?:(?:,| and|, and| or| as well as) (?:the )?(?:\w+ )?{_SIDE}){{0,2}}(?:[ -]?(?:hand|most))?"
_KEPT_PLACE = re.compile(
    rf"{FULL_NAME.pattern}|\b(?:the )?(?:(?:two|three|six) )?{_LINES} (?:rows?|columns?)\b|"
    r"(?<=, )(?:center|centre|middle)(?=,| and )|(?<=\band )(?:center|centre|middle)(?= cells?\b)|"
    r"(?<=\bin the )(?:very )?(?:center|centre|middle)(?=\W*(?:$|[,.;]|cell\b|and\b|there\b|of the (?:image|"
    r"scene|grid|picture)))|"
    rf"\b(?:all |the )?(?:three|six) {_SIDE} cells\b|\b{_SIDE} (?:row|column|cells)\b|\ball nine(?: of the)? cells\b"
)
_DIRECTION = re.compile(rf"\b{_SIDE}(?:[ -](?:hand|most|east(?:ern)?|west(?:ern)?))?(?:wards?)?\b")
_REST = word_pattern("ledger.rest")


@dataclass
class Prose:
    """A marked text and the class words of it.

    Attributes:
        classes: how many classes were asked about; further numbers are those of other classes.
        words: class words, by the second number of their marks.
    """

    classes: int
    words: list[str] = field(default_factory=list)

    def asked(self, text: str) -> list[int]:
        """Numbers of the asked classes in a marked text, each once."""
        return list(dict.fromkeys(int(match[1]) for match in NOUN.finditer(text) if int(match[1]) < self.classes))

    def word(self, match: re.Match[str]) -> str:
        """The word that a class mark stands for."""
        return self.words[int(match[2])]


def marked_prose(text: str, names: Sequence[str]) -> tuple[Prose, str]:
    """A lower-case text with its class words, places and "other cells" marked."""
    known = {word for name in names for word in (name.lower(), name.lower().replace("_", " "))}
    further = () if len(names) > 2 else tuple(other for other in OTHERS if other not in known)
    prose = Prose(len(names))
    classes = (*names, *further)
    text = _named_plainly(text)
    parts, end = [], 0
    for mention in mentions(text, classes):
        if FULL_NAME.fullmatch(text[mention.start : mention.end]):
            continue
        parts += [text[end : mention.start], f"‹C{classes.index(mention.name)}#{len(prose.words)}›"]
        prose.words.append(text[mention.start : mention.end])
        end = mention.end
    text = "".join([*parts, text[end:]])
    return prose, _with_places(text)


def _named_plainly(text: str) -> str:
    """A text whose full cell names are spelt alike, without the marks of Markdown."""
    text = re.sub(r"[*_`#>]+", " ", text)
    text = re.sub(r"\b(upper|lower|top|bottom|left|right) (two|three) (rows|columns|cells)\b", r"\2 \1 \3", text)
    text = re.sub(r"\bcentre(?=[ -](?:left|right|cent|middle)|\b(?= row| column))", "center", text)
    return re.sub(r"(?<=[a-z]) ?- ?(?=left\b|right\b|cent(?:er|re)\b)", "-", text)


def _with_places(text: str) -> str:
    """A text with its places marked; where the cells are called by their names, directions are no places."""
    if FULL_NAME.search(text):
        parts, end = [], 0
        for match in _KEPT_PLACE.finditer(text):
            parts += [_DIRECTION.sub("aside", text[end : match.start()]), mark_places(match[0])]
            end = match.end()
        text = "".join([*parts, _DIRECTION.sub("aside", text[end:])])
        text = re.sub(r"(?<=›)(?:-| )(?:corner|cell|square)s?\b", " ", text)
        lines = [with_ways(_REST.sub(_rest, line)) for line in text.split("\n")]
    else:
        lines = [mark_places(_REST.sub(_rest, line)) for line in text.split("\n")]
    return "\n".join(re.sub(r"\s+", " ", line).strip() for line in lines)


def _rest(match: re.Match[str]) -> str:
    no = "no " if re.match(r"(?:in )?(?:no|none|nothing|nowhere)\b", match[0]) else ""
    return match[0] if FULL_NAME.search(match[0]) else f"{no}‹R›"


def places_of(text: str) -> set[int]:
    """Cells that a marked text names; of a row and cells within it ("in the left column, the lower left") those."""
    marks = [set(map(int, mark)) for mark in PLACE.findall(text)]
    inner = {cell for mark in marks if len(mark) < 3 for cell in mark}
    if len(marks) > 1 and len(marks[0]) == 3 and inner and inner < marks[0]:
        return inner
    return {cell for mark in marks for cell in mark}
