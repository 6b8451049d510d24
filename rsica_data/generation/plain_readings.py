"""Readings of texts without marks by plain words alone, in the form that a second model gives them.

Where no second model is asked, they stand for its readings: what such a reader does not know is on trust.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from rsica_data.claims import leaks, marks_of
from rsica_data.generation.map_reading import kinds
from rsica_data.generation.metadata_reading import SENSED
from rsica_data.text.mentions import mentions, names_outright

_SENTENCE = re.compile(r"[.;!?]+(?:\s+|$)")
_NO = re.compile(r"\b(?:no|without)(?: an?| any)? $")
_UNSURE = re.compile(
    r"\b(?:no|not|nor|neither|none|never|without|free of|lack\w*|instead|absent|missing|nowhere|like|than|resembl\w+|"
    r"remind\w*|as (?:an?|the)|as [\w-]+ as)\b|n't\b"
)
"""Words of sentences in which a thing that is named may be denied, or a likeness."""
_CELL = re.compile(r" (?:(?:lies?|stands?|sits?|is|are) )?(?:in|at) the (top|center|bottom)-(left|center|right)\b")
_YEAR = re.compile(
    r"(?<![\d.,])(?:19|20)\d\d\b(?! ?(?:m2|m²|m\b|square|met(?:er|re)|px|pixel|%|percent|houses|trees|buildings))"
)
_PIXEL = re.compile(
    r"(?:resolution|sampl\w+(?: distance)?|gsd|pixels?)\b[^.;\d]{0,20}(\d+(?:\.\d+)? ?c?m)\b|"
    r"\b(\d+(?:\.\d+)? ?c?m)\b(?: of)?(?: per|/| ground| spatial| resolution| gsd| pixel| sampl)",
    re.IGNORECASE,
)
_USES = {
    "road": re.compile(
        r"\b(?:driv\w+|walk\w*|cycl\w+|traffic|travel\w*|vehicles?|cars?|commut\w+|pav\w+|way to get)\b"
    ),
    "building": re.compile(
        r"\b(?:live|living|lived|work\w*|stor\w+|homes?|shelter\w*|dwell\w*|sleep\w*|resid\w+|famil\w+|tenants?|roofs?|goods|"
        r"hous\w+|insur\w+|rooms?|move in|occup\w+|households?|offices?|shops?|inhabit\w*)\b"
    ),
}
"""What an implicit question speaks of in place of a class."""


def plain_caption_reading(caption: str, types: Sequence[str]) -> dict[str, str]:
    """What a caption of one image states, in the form of ``claims.image_reading``.

    Read are things and types of ground that are certainly there or not, years, sensors, pixel sizes, and what betrays a
    source; of cells only one that stands right behind a thing. Numbers, shares, orders and places are not.

    Args:
        caption: the caption.
        types: names of types of ground.

    >>> plain_caption_reading("Two roads. No building, in 2014.", ["road", "building"])
    {'states': 'road; no building; date 2014'}
    """
    states = [*dict.fromkeys(_things(caption.lower(), types))]
    states += [f"date {match[0]}" for match in _YEAR.finditer(caption)]
    states += [f"sensor {name}" for name, words in SENSED.items() if name != "aerial" and words.search(caption)]
    states += [f"pixel {match[1] or match[2]}" for match in _PIXEL.finditer(caption)]
    states += ["source"] if leaks(caption, of_image=True) else []
    return {"states": "; ".join(states)}


def _things(low: str, types: Sequence[str]) -> Iterator[str]:
    """Entries for what a caption names; of words for much ground only the names of types themselves."""
    start = 0
    for cut in [*_SENTENCE.finditer(low), None]:
        sentence = low[start : len(low) if cut is None else cut.start()]
        start = len(low) if cut is None else cut.end()
        spans = [(match.start(), match.end(), match[0]) for match in _used().finditer(sentence)]
        for named in mentions(sentence, types):
            vague = named.form == "g" and named.name not in sentence[named.start : named.end]
            if not vague and not any(first < named.end and named.start < last for first, last, _ in spans):
                spans.append((named.start, named.end, named.name))
        unsure = _UNSURE.search(sentence) is not None
        for first, last, words in sorted(spans):
            cell = _CELL.match(sentence, last)
            if _NO.search(sentence[:first]):
                yield f"no {words}"
            elif not unsure:
                code = "" if cell is None else f" {cell[1][0]}{cell[2][0]}".upper()
                yield f"{words}{code}"


@cache
def _used() -> re.Pattern[str]:
    words = sorted(kinds(alone=True), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, words))})(?![\w-])")


def plain_target_reading(question: str, answer: str, classes: Sequence[str]) -> dict[str, str]:
    """Which objects a question means and its answer names, in the form of ``claims.target_reading``.

    A question that speaks of no use that is known is taken to mean what its answer names.

    >>> plain_target_reading("Where to drive?", "A road in the top-left.", ["road"])
    {'asks': 'road', 'names': 'road top-left'}
    """
    low = question.lower()
    implied = [name for name in classes if name in _USES and _USES[name].search(low)] or _classes(answer, classes)
    outright = [name for name in classes if names_outright(question, name)]
    asks = ["named", *outright[:1]] if outright else [" ".join(implied)]
    marks = [mark for mark in marks_of(answer, tuple(classes)) if mark.kind == "number" and mark.form != "article"]
    numbers = [f"{mark.value:g}" for mark in marks if isinstance(mark.value, (int, float))][:1]
    return {
        "asks": " ".join((*asks, *_limits(question, classes))),
        "names": " ".join(("+".join(_classes(answer, classes)), *numbers, *_limits(answer, classes))),
    }


def _classes(text: str, classes: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(mark.value for mark in marks_of(text, tuple(classes)) if mark.kind == "class"))


def _limits(text: str, classes: Sequence[str]) -> Iterator[str]:
    marks = marks_of(text, tuple(classes))
    yield from dict.fromkeys(mark.value[0] for mark in marks if mark.kind == "place" and len(mark.value) == 1)
    words: Mapping[str, str] = {"largest": "largest", "biggest": "largest", "smallest": "smallest"}
    yield from (limit for word, limit in words.items() if re.search(rf"\b{word}\b", text.lower()))
