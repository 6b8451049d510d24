"""Places: a reading stands where each clause that names a class or a place states a change or denies one, and no more.

A clause of the earlier image, one that refers to another ("it", "the same two"), a possibility, a correction, a denied
place or class that was given cells all the same, and states beside arrows ("grass → building") are ambiguous. A
description without a word of change is none of changes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rsica_data.geometry.cells import CELLS
from rsica_data.schema import Unparsed
from rsica_data.text.evidence.evidence_words import (
    ASIDE,
    CHANGE,
    CLAUSE,
    CORRECTION,
    EARLIER,
    NEUTRAL,
    POSSIBLE,
    REFERENCE,
    SAME,
    is_structure,
)
from rsica_data.text.grid.cell_words import classes_of
from rsica_data.text.positions.places import PLACE

_MARK = re.compile(r"‹[^›]*›")
_PLACE_WORD = re.compile(
    r"\b(?:cells?|rows?|columns?|sides?|corners?|half|halves|quadrants?|edges?|there|it|they|here)\b"
)
_COMPARED = re.compile(
    r"\b(?:chang\w+|new\w*|built|construct\w*|add(?:ed|ition\w*)|remov\w*|demolish\w*|replac\w*|appear\w*|gone|differ\w*|"
    r"more|fewer|went|been|develop\w*|expan\w+|extend\w*|widen\w*|erect\w*|clear\w*|disappear\w*|now|after|later|second|"
    r"became|becom\w+|turn\w+|convert\w*|lost|grown|before|earlier)\b"
)
_FIELD = re.compile(r"^\W*(?:the )?‹P\d*›(?: cell)?[\s*_]*[:|\-–—(]")
_ROW = re.compile(r"^\W*‹P\d+›\W*[,;|:]\W*(?:\w{1,4}|‹C\d+[spg]›)\s*[:=]?\s*\w{0,4}\s*[,;|]\s*(?:\w{1,4}|‹C\d+[spg]›)")
_CELL_FIELD = re.compile(r"‹P\d›\W*:")
_STATES = re.compile(r"(?:[a-z]{3,}|‹C\d+[spg]›)\W*(?:→|->)\W*(?:[a-z]{3,}|‹C)")
_REST = re.compile(
    r"^\W*(?:all|every|each|the|everything|no|none|nothing)\b(?=[^.]{0,30}\b(?:others?|rest|remaining|else)\b)"
    r"(?=.*\b(?:unchanged|same|no|not|none|nothing|remain\w*|identical|unaltered|intact)\b)[^‹]*$"
)
_OTHERS = re.compile(r"\b(?:others?|rest|remaining|elsewhere)\b[^.;]{0,80}")
_EMPTY = re.compile(r"\W*[:|\[–—-]\W*")
_SCHEME = re.compile(
    r"\bby compass\b|\bis the ‹P[0-8]+› of the (?:image|grid)\b|"
    r"\b(?:rows?|columns?|cells?) (?:are )?(?:counted|numbered|count)\b"
)
_DITTO = re.compile(r"\b(?:same|ditto|idem|as above|likewise|see)\b")
_NOT_ALL = re.compile(r"\b(?:false|no|none|null|0|unchanged|same|not)\b|\[ *\]|\"\"|\{ *\}|[|:,]\s*[-–—.✗❌×]|^\s*\|")
_BOTH_CLASSES = re.compile(r"\bboth\b(?! (?:images|pictures|photos|dates|times|roads|of))")
_DRAWN_ROW = re.compile(r"\W*(?:[\w.]{1,2}\W+){2}[\w.]{1,2}\W*")
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6}
_COUNTED = re.compile(r"\b(?P<number>two|three|four|five|six|[2-6]) ‹P(?P<cells>[0-8]*)›")
_UNREAD = re.compile(
    r"(?<![\w'])(?:left(?! over)(?:most)?|right(?:most)?|top(?:most)?|bottom|upper|lower|north\w*|south\w*|"
    r"east\w*|west\w*|middle|cent(?:er|re|ral)|strips?|bands?|outer\w*|inner\w*|half|halves|vertical\w*|horizontal\w*|diagonal\w*|"
    r"rows?|columns?|cells? #?\d|[nsew]|n[ew]|s[ew])\b|› *[-–] *\d"
)
_SOMEWHERE = re.compile(r"\bsomewhere\b(?! else)")
_NO_CELL = re.compile(r"\W*no (?:cells?|changes?)\W*")
_LEGEND = re.compile(
    r"\b\w (?:marks?|means?|stands? for|is for)\b|\w ?= ?\w|\bfirst (?:row|number) is\b|\ban unchanged one\b"
)
_PLAIN_DENIAL = 6
"""Words of a denial beside a place that is a field of its own ("top-left: no significant change")."""


def unsettled_places(
    sentences: Sequence[str], cells: Mapping[str, Sequence[str]], names: Sequence[str]
) -> Unparsed | None:
    """Why a reading of cells leaves a part of the reply unexplained; None where it explains all.

    Args:
        sentences: those of the reply, with classes and places marked.
        cells: the reading.
        names: the classes that were asked about.

    >>> unsettled_places(["‹C1p› were built in ‹P0›."], {"building": ["top-left"]}, ("road", "building"))
    >>> unsettled_places(["the ‹P0› had ‹C1p›."], {"building": ["top-left"]}, ("road", "building")).reason
    'ambiguous: a state of the earlier image'
    """
    if not any(cells.values()):
        why = _without_cells(sentences)
    elif _given(cells) - set().union(*map(_places, sentences)) and _remarks_on_others(sentences):
        why = "a remark on the other cells"
    else:
        why = _describes_alone(sentences) or next(
            filter(None, (_sentence(sentence, cells, names) for sentence in sentences)), None
        )
    return None if why is None else Unparsed(f"ambiguous: {why}")


def contradicts_summary(sentences: Sequence[str], cells: Mapping[str, Sequence[str]], names: Sequence[str]) -> bool:
    """Whether what stands above a summary tells of a change of a class in a cell that the summary does not give it.

    Args:
        sentences: those above the summary, with classes and places marked.
        cells: the reading of the summary.
        names: the classes that were asked about.

    >>> contradicts_summary(["new ‹C1p› were built in ‹P0›."], {"road": [], "building": []}, ("road", "building"))
    True
    """
    for sentence in sentences:
        for clause in CLAUSE.split(NEUTRAL.sub(" ", sentence)):
            classes = [number for number in classes_of(clause) if number < len(names)]
            stated = {CELLS.index(cell) for number in classes for cell in cells.get(names[number], ())}
            plain = CHANGE.search(clause) and not (
                SAME.search(clause) or EARLIER.search(clause) or POSSIBLE.search(clause)
            )
            if classes and plain and _places(clause) - stated:
                return True
    return False


def _without_cells(sentences: Sequence[str]) -> str | None:
    """What speaks against a reading without any cell."""
    rows = [sentence for sentence in sentences if _DRAWN_ROW.fullmatch(sentence)]
    if len(rows) == 3 and re.search(r"[1-9a-z]", "".join(rows)):
        return "a grid that was not understood"
    for sentence in sentences:
        if CORRECTION.search(sentence):
            return "a correction"
        if any(_claims_place(clause) for clause in CLAUSE.split(sentence)):
            return "a place that is not denied"
    return None


def _claims_place(clause: str) -> bool:
    """Whether a clause names a place that it neither denies, leaves empty, nor uses to explain how cells are named."""
    if PLACE.search(clause) is None or SAME.search(clause) or _LEGEND.search(clause) or _SCHEME.search(clause):
        return False
    return not (_ROW.match(clause) or _EMPTY.fullmatch(_MARK.sub("", clause)))


def _describes_alone(sentences: Sequence[str]) -> str | None:
    statements = [s for s in sentences if len(re.findall(r"[a-z]+", _MARK.sub(" ", s))) >= 4 and not is_structure(s)]
    text = " ".join(sentences)
    if (
        len(statements) >= 2
        and re.search(r"\b(?:shows?|there (?:is|are)|contains?)\b", text)
        and not _COMPARED.search(text)
    ):
        return "a description that compares nothing"
    return None


def _remarks_on_others(sentences: Sequence[str]) -> bool:
    """Whether "the other cells" are named only for how their pictures look ("a little browner, for the season")."""
    return any(ASIDE.search(rest) for sentence in sentences for rest in _OTHERS.findall(sentence))


def _sentence(sentence: str, cells: Mapping[str, Sequence[str]], names: Sequence[str]) -> str | None:
    if sentence.endswith("?") or _REST.match(sentence):
        return None
    if is_structure(sentence) or re.search(r"[{}\[\]]", sentence):
        return _structure(sentence, cells)
    reasons = (_clause(NEUTRAL.sub(" ", clause), cells, names) for clause in CLAUSE.split(sentence))
    return next(filter(None, reasons), None)


def _structure(sentence: str, cells: Mapping[str, Sequence[str]]) -> str | None:
    """What speaks against a reading of JSON, lists in brackets or a row of a table."""
    if EARLIER.search(sentence):
        return "a state of the earlier image"
    if _DITTO.search(sentence):
        return "places told by reference"
    if not _NOT_ALL.search(sentence) and _places(sentence) - _given(cells):
        return "a place that is left over"
    return None


def _places(marked: str) -> set[int]:
    return {int(digit) for mark in PLACE.findall(marked) for digit in mark}


def _given(cells: Mapping[str, Sequence[str]]) -> set[int]:
    return {CELLS.index(cell) for of_class in cells.values() for cell in of_class}


def _clause(clause: str, cells: Mapping[str, Sequence[str]], names: Sequence[str]) -> str | None:
    places = _places(clause)
    classes = [number for number in classes_of(clause) if number < len(names)]
    same, refers = SAME.search(clause), REFERENCE.search(clause)
    if CORRECTION.search(clause):
        return "a correction"
    if not classes and classes_of(clause):
        return None  # of a class that was not asked about
    if not places and not classes and (_NO_CELL.fullmatch(clause) or _LEGEND.search(clause) or ASIDE.search(clause)):
        return None
    if not places and not classes:
        tells = CHANGE.search(clause) or same or EARLIER.search(clause)
        return "places told by reference" if tells and (_PLACE_WORD.search(clause) or refers) else None
    if EARLIER.search(clause):
        return "a state of the earlier image"
    if not places:
        if same and any(cells.get(names[number]) for number in classes):
            return "a class that is denied and has cells"
        return "places told by reference" if refers else None
    if same and _is_contradicted(clause, places, classes, cells, names):
        return "a place that is denied and was read"
    if same and _BOTH_CLASSES.search(clause):
        return "classes that are not named"
    if _claims_place(clause) and places - _given(cells):
        return "a place that is left over"
    if _STATES.search(clause):
        return "states of two dates"
    if not same and not _SCHEME.search(clause) and has_unread_place(clause):
        return "a place that was not understood"
    if POSSIBLE.search(clause) or _SOMEWHERE.search(clause):
        return "places that are thought possible"
    return "places told by reference" if refers else None


def has_unread_place(marked: str) -> bool:
    """Whether words of places are left in a text whose places are marked ("the vertical strip in the middle").

    >>> has_unread_place("the two outer cells of ‹P012›"), has_unread_place("the houses in ‹P0›")
    (True, False)
    """
    if any(len(match["cells"]) != _COUNTS[match["number"]] for match in _COUNTED.finditer(marked)):
        return True
    return _UNREAD.search(_MARK.sub(" ‹› ", marked)) is not None


def _is_contradicted(
    clause: str, places: set[int], classes: Sequence[int], cells: Mapping[str, Sequence[str]], names: Sequence[str]
) -> bool:
    """Whether a clause that denies names a cell that its classes, or any class, were given."""
    plain = _FIELD.match(clause) and len(re.findall(r"[a-z]+", _MARK.sub("", clause))) <= _PLAIN_DENIAL
    if plain or _ROW.match(clause) or len(_CELL_FIELD.findall(clause)) > 1:
        return False
    own = classes or range(len(names))
    return bool(places & {CELLS.index(cell) for number in own for cell in cells.get(names[number], ())})
