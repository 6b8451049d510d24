"""Whether a reading of cells explains what the answer says: cells are given only where nothing bears against them.

A reading is given up where

- a class is named, not denied and not only to say where another lies, and was given no list;
- places are told as a choice or as a possibility ("top-left or top-center", "it may be the top-center");
- the number of cells that is told ("in 3 cells") is not that of the cells that were read;
- a place is told by its relation to another ("below it", "the other way round", "all of these but the topmost"), is the
  end of a way that was not followed, or is cut off at the end of the answer ("bottom-");
- a cell was given to a class that the answer describes there in the earlier image as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rsica_data.geometry.cells import CELLS
from rsica_data.schema import Unparsed
from rsica_data.text.amounts.numbers import words_to_digits
from rsica_data.text.grid.cell_lines import is_first_thought
from rsica_data.text.grid.cell_parts import is_of_before, told_of_change
from rsica_data.text.grid.cell_runs import CHANGED
from rsica_data.text.grid.cell_sentences import CORRECTION
from rsica_data.text.grid.cell_words import PLACE_MARK, classes_of, is_denied
from rsica_data.text.positions.places import PLACE

_CHOICE = re.compile(
    rf"{PLACE_MARK}[\s,)]*(?:or|or maybe|or possibly|or perhaps|and/or)\s+(?:(?:the|in|at)\s+)*{PLACE_MARK}"
)
_POSSIBLE = re.compile(rf"\b(?:may|might|could)\s+(?:\w+\s+){{0,3}}?be\b[^.;‹]{{0,20}}{PLACE_MARK}")
_CELLS_TOLD = re.compile(
    r"(?<![\w.])(\d)\s+(?:(?:grid|different|separate|changed|affected|outer|inner|corner)\s+){0,2}(?:cells|places|locations|squares)\b"
)
_BY_RELATION = re.compile(
    r"\b(?:anti-?|counter-?)?clockwise\b|\bbetween (?:them|these|those)\b(?![^.;]*‹P)|"
    rf"{PLACE_MARK}\s*(?:cells? |ones? |two )?of (?:it|them|those|these|that)\b|"
    r"‹C\d+[spg]›\W*[:=]\s*(?:the )?same\b[^.;‹]{0,12}\b(?:plus|and|but|except|also)\b|"
    r"\bother way (?:a?round|about)\b|\bvice versa\b|\b(?:all|each|both) of (?:these|those|them) (?:but|except|"
    r"save)\b|"
    r"‹C\d+[spg]› (?:\w+ ){0,2}in the other (?:two|one|three)\b(?! (?:rows?|columns?|images?))|"
    r"\b(?:at|in|on) (?:the )?other (?:end|side|corner)s?\b|"
    rf"{PLACE_MARK}[^.;‹]{{0,20}}\bthat (?:is|are|was|were|has|have|did|does)(?: not|n't)\W*$|\b[1-9]-[1-9]\b"
)
_WAY = re.compile(
    rf"\bfrom (?:the )?{PLACE_MARK}[^.;‹]*\b(?:to|towards?|into|"
    rf"through)\b[^.;‹]*(?P<class>‹C\d+[spg]›[^.;‹]*)?{PLACE_MARK}"
)
_BOTH_TIMES = re.compile(r"\b(?:before|t1|pre)[\"']?\s*:\s*[\[{].*\b(?:after|t2|post)[\"']?\s*:\s*[\[{]", re.DOTALL)
_EVERY_SUCH = re.compile(
    r"‹P012345678›\s*(?:that|where|which|with|in which|having|containing)\b|"
    r""
    r"(?:^|;)\W*(?:in|on|at) (?:the )?‹P(?!012345678)[0-8]+›[^.;]*‹P012345678›|"
    r"‹P(?!012345678)[0-8]+›[^.;‹]*‹P012345678›"
)
_CONCLUDES = re.compile(rf"\b(?:so|only|hence|therefore|but)\b|{CHANGED.pattern}")
_ONLY = re.compile(r"\b(?:only|solely|exclusively)\b")
_OF_ITS = re.compile(r"\b(?:to|on) (?:its|their) (?:left|right|north|south|east|west)\b(?! (?:side|edge|end))")
_CANNOT_SAY = re.compile(
    r"\b(?:unable to|can(?:no|')t|cannot|can not|not able to|couldn't|could not) (?:say|tell|determine|see) "
    r"(?:whether|if) (?:it|this|that|these|they)\b"
)
_LOOP = re.compile(
    r"\b(?!cent(?:er|re)\b|middle\b)(\w{3,20})(?:[\s,]+\1){3}\b|\b(cent(?:er|re)|middle)(?:[\s,]+\2){4}\b"
)
"""A word four times; "center" four times in a row stands in "top center, center center, center right"."""
_EMPTY_LABEL = re.compile(r"\W*‹C\d+[spg]›[^\w‹]*")
_CUT_OFF = re.compile(
    r"(?<!the )(?<!at )(?<!in )(?<!from )(?<!to )(?<!and )(?<!on )(?<![-\w])(?:top|bottom|upper|lower)-?$|"
    r"\b(?:top|bottom|center)-$"
)
_CUT_LIST = re.compile(r"‹C\d+[spg]›[^\w‹]*[:=][^‹.!?\]}]{0,12}$")
_FULL_NAME = re.compile(r"\b(?:top|bottom|center)-(?:left|right|center)\b")


def unexplained(
    text: str, sentences: Sequence[str], cells: Mapping[str, Sequence[str]], names: Sequence[str]
) -> Unparsed | None:
    """The reason why a reading is not to be trusted; None where it explains the answer (see the module).

    Args:
        text: the answer in lower case.
        sentences: its marked sentences.
        cells: the reading.
        names: the classes that were asked about.
    """
    plain = text.rstrip(" \n")
    if _CUT_OFF.search(plain[-16:]) and _FULL_NAME.search(plain):
        return Unparsed("cut off within a place")
    if _BOTH_TIMES.search(plain) and not re.search(r"chang|differ|new|added", plain):
        return Unparsed("the cells of both images, not those that changed")
    if re.search(r"\b(?:middle|central|cent(?:er|re)) third\b", plain):
        return Unparsed("a place that is no cell of the grid")
    if _CANNOT_SAY.search(plain):
        return Unparsed("says that it cannot tell")
    if _OF_ITS.search(plain):
        return Unparsed("places told by reference")
    if len(sentences) > 2 and re.search(r"\bthroughout\b", plain) and _FULL_NAME.search(plain) is None:
        return Unparsed("a place that is no cell of the grid")
    if _LOOP.search(plain):
        return Unparsed("a loop without an answer")
    given = {str(CELLS.index(cell)) for of_class in cells.values() for cell in of_class}
    statements = [sentence for sentence in sentences if not sentence.endswith("?")]
    for place, sentence in enumerate(statements):
        if place == len(statements) - 1 and _CUT_LIST.search(sentence):
            continue
        if any(k < len(names) and names[k] not in cells for k in classes_of(told_of_change(sentence))) and not (
            is_denied(sentence)
            or re.search(r"\b0\b", sentence)
            or _EMPTY_LABEL.fullmatch(sentence)
            or is_first_thought(sentence)
        ):
            return Unparsed("a class without a place")
        if (reason := _open_place(sentence, given)) is not None:
            return Unparsed(reason)
        if _EVERY_SUCH.search(sentence) and any(len(of_class) == 9 for of_class in cells.values()):
            return Unparsed("places told by reference")
        if any(int(number) != len(given) for number in _told_numbers(sentence, cells)):
            return Unparsed("another number of cells is told")
    if not any(map(CORRECTION.search, statements)) and any(
        _is_unread(sentence, cells, names) for sentence in statements
    ):
        return Unparsed("a change in a place that no class was given")
    if _two_onlys(statements):
        return Unparsed("two different places, each said to be the only one")
    if any(names[k] in cells and place & _numbers(cells[names[k]]) for k, place in _of_before(statements, names)):
        return Unparsed("a cell of the earlier image as well")
    return None


def _open_place(sentence: str, given: set[str]) -> str | None:
    stays = (
        is_denied(sentence) and not PLACE.search(sentence) and re.search(r"\bbetween (?:them|these|those)\b", sentence)
    )
    if not stays and (PLACE.search(sentence) or classes_of(sentence)) and _BY_RELATION.search(sentence):
        return "places told by reference"
    if is_denied(sentence) or not PLACE.search(sentence):
        return None
    if _CHOICE.search(sentence) or _POSSIBLE.search(sentence):
        return "places that are thought possible"
    way = _WAY.search(sentence)
    if way is not None and (way["class"] or not {digit for mark in PLACE.findall(sentence) for digit in mark} <= given):
        return "a way that was not followed"
    return None


def _is_unread(sentence: str, cells: Mapping[str, Sequence[str]], names: Sequence[str]) -> bool:
    """Whether a sentence tells of a change in a place none of whose cells its class, or any class, was given."""
    if not CHANGED.search(sentence) or is_denied(sentence) or is_of_before(sentence) or is_first_thought(sentence):
        return False
    classes = [k for k in classes_of(told_of_change(sentence)) if k < len(names)]
    if re.search(r"[:|=→\[{]", sentence) or not classes:
        return False
    owners = [names[classes[0]]] if len(classes) == 1 else list(cells)
    given = {digit for name in owners for digit in _numbers(cells.get(name, ()))}
    return any(mark and not set(mark) & given for mark in PLACE.findall(re.sub(r"‹P\d›\s*\(0\)", " ", sentence)))


def _two_onlys(sentences: Sequence[str]) -> bool:
    """Whether two sentences on one class name different places as the only ones."""
    claims: dict[int, list[set[str]]] = {}
    for sentence in sentences:
        classes, marks = classes_of(sentence), PLACE.findall(sentence)
        if (
            len(classes) <= 1
            and marks
            and _ONLY.search(sentence)
            and CHANGED.search(sentence)
            and not is_denied(sentence)
        ):
            claims.setdefault(classes[0] if classes else -1, []).append({digit for mark in marks for digit in mark})
    return any(not claim & claims_of[0] for claims_of in claims.values() for claim in claims_of[1:])


def _told_numbers(sentence: str, cells: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Numbers of cells that a sentence tells and no class has."""
    if is_denied(sentence) or not PLACE.search(sentence):
        return
    sizes = {str(len(of_class)) for of_class in cells.values()}
    for match in _CELLS_TOLD.finditer(words_to_digits(sentence)):
        if match[1] not in sizes and match[1] not in "09":
            yield match[1]


def _of_before(sentences: Sequence[str], names: Sequence[str]) -> Iterator[tuple[int, set[str]]]:
    """Classes and cells that sentences on the earlier image alone tell of."""
    for sentence in sentences:
        if is_of_before(sentence) and not is_denied(sentence) and not _CONCLUDES.search(sentence):
            digits = {digit for mark in PLACE.findall(sentence) for digit in mark}
            yield from ((k, digits) for k in classes_of(sentence) if k < len(names))


def _numbers(cells: Sequence[str]) -> set[str]:
    return {str(CELLS.index(cell)) for cell in cells}
