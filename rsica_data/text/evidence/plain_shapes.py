"""What a plain reply holds by what was asked: its values and no other (:mod:`plain_replies`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rsica_data.text.amounts.numbers import words_to_digits

CHANGED, COUNTS, PLACES = "changed", "counts", "places"
"""Types of the answers of classification, counting and localization; open questions have the types of their values."""


@dataclass(frozen=True)
class Asked:
    """What an answer holds.

    Attributes:
        type: :data:`CHANGED`, :data:`COUNTS`, :data:`PLACES`, or the type of an open question's value.
        options: the values of a choice.
        own: number of the class that an open question is about; None where it is about none or several.
    """

    type: str
    options: tuple[str, ...] = ()
    own: int | None = None


_CLASS = re.compile(r"‹C(\d+)[spg]›")
_LINK = r"(?:\s*(?:[,&]|\b(?:and|or|nor)\b)\s*(?:\b(?:the|new|in|no)\b\s*)*)+"
_RUN = re.compile(rf"‹C\d+[spg]›(?:{_LINK}‹C\d+[spg]›)*")
_LOOSE = re.compile(r"^[^‹]*\bno\b[^‹]*‹C\d+[spg]›\s*,\s*‹C\d+[spg]›(?!.*\b(?:and|or|nor)\b)")
_NUMBER = re.compile(r"(?<![\w.,])[+~]?(?:\d{1,3}(?:,\d{3})+|\d+)(?![\w]|[.,]\d)")
_ANY_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_ONE = re.compile(r"\ban? (?:new |changed |removed |added )?(?=‹C\d+s›)")
_ENUMERATED = re.compile(r"(?m)^\s*\d{1,2}[.)]\s+(?=\W*[^\W\d])")
_NONE = re.compile(r"\b(?:no|none|nothing|neither|not|false|unchanged|nowhere)\b")
_NO_NOTHING = re.compile(r"\W*no, (?:nothing|it|there)\b[^‹]*")
_YES = re.compile(r"\b(?:yes|true)\b")
_COMPARED = re.compile(r"\b(?:most\w*|more|largest|smallest|both|all|half|equal|increase)\b")
_IN_ALL = re.compile(r"\bin all\b")
_OR = re.compile(r"\bor\b")
_SIDE = r"(?:top|bottom|upper|lower|left|right|north|south|east|west|center|centre|middle)"
_CORNER = r"(?:north|south)(?:east|west)"
_CELL = re.compile(
    rf"\(\s*{_SIDE}\s*,\s*{_SIDE}\s*\)|\b(?:{_SIDE}[-_ ]{_SIDE}|{_CORNER}|"
    rf"{_SIDE} (?:row|column)|center|centre|middle)\b(?!-)"
)
_PLACE_WORD = re.compile(rf"\b(?:{_SIDE}|{_CORNER}|row|column|corners?|half|side)\b")
_SPOT = re.compile(r"\b(?:cells?|part|places?|grid|corner|row|column|half|side|count|number)\b")
_EMPTY = re.compile(r"\[\s*\]")
_STATEMENT = re.compile(r"(?<=[.!?;])\s+|\n+")
_RULE = re.compile(r"(?m)^[\s|:*#-]+$")
_AREA_UNIT = re.compile(r"\b(?:m2|m\^2|sq m)\b|m²|\bsquare met(?:er|re)s?\b")
_SHARE_UNIT = re.compile(r"%|\bpercent\b")


def is_of_shape(marked: str, asked: Asked) -> bool:
    """Whether a reply holds the values of one answer and no other.

    Args:
        marked: the reply in lower case, its classes marked.
        asked: what an answer holds.

    >>> is_of_shape("‹C0p›: 2, ‹C1p›: 5", Asked(COUNTS)), is_of_shape("‹C0p›: 2, ‹C1p›: 5, total 7", Asked(COUNTS))
    (True, False)
    """
    text = words_to_digits(_RULE.sub("", _ENUMERATED.sub("", _IN_ALL.sub("", marked))))
    return _SHAPES[asked.type](text, asked)


def _statements(text: str) -> list[str]:
    return [part for part in _STATEMENT.split(text) if re.search(r"\w", part)]


def _is_yes_or_no(text: str, asked: Asked) -> bool:
    """One yes, or one no and nothing that is denied besides."""
    return (
        len(_statements(text)) == 1
        and (len(_YES.findall(text)) + len(_NONE.findall(text)) == 1 or _NO_NOTHING.fullmatch(text) is not None)
        and not _COMPARED.search(text)
        and not _OR.search(text)
        and len(_ANY_NUMBER.findall(_CLASS.sub("", text))) <= 1
        and _is_about(text, asked)
    )


def _is_changed(text: str, asked: Asked) -> bool:
    """One yes or one no; or a statement of change in which nothing is denied."""
    if _COMPARED.search(text) or len(_statements(text)) > 1:
        return False
    yes, none = len(_YES.findall(text)), len(_NONE.findall(text))
    if none:
        return yes == 0 and (none == 1 or _NO_NOTHING.fullmatch(text) is not None) and len(_RUN.findall(text)) <= 1
    return not _OR.search(text)


def _are_counts(text: str, asked: Asked) -> bool:
    """A number or a "none" for each class, each class once; or one "none" for all."""
    if _COMPARED.search(text) or _PLACE_WORD.search(text) or _SHARE_UNIT.search(text) or _AREA_UNIT.search(text):
        return False
    classes = [match[1] for match in _CLASS.finditer(text)]
    if len(set(classes)) != len(classes) or "#" in re.sub(r"(?m)^#+ ", "", text):
        return False
    text = _ONE.sub("1 ", text)
    numbers, none = len(_NUMBER.findall(text)), len(_NONE.findall(text))
    if len(_ANY_NUMBER.findall(_CLASS.sub("", text))) != numbers:
        return False
    if not numbers and none == 1:
        return len(_RUN.findall(text)) <= 1 and not _LOOSE.search(text)
    return bool(classes) and numbers + none == len(classes) and not _OR.search(text)


def _are_places(text: str, asked: Asked) -> bool:
    """Cells or a "none" for each class."""
    classes = _CLASS.findall(text)
    return not _COMPARED.search(text) and len(set(classes)) == len(classes) and all(map(_is_placed, _pieces(text)))


def _pieces(text: str) -> list[str]:
    """Statements; a list that begins with a class is cut before each of its classes, a heading goes with its list."""
    joined = re.sub(r"(‹C\d+[spg]›[^\w\n]*)\n+", r"\1 ", text)
    joined = re.sub(r"\n+\s*(?=[-*•]\s+(?!\W*(?:new |the )?‹))", ", ", joined)
    pieces: list[str] = []
    for part in _statements(joined):
        starts = [match.start() for match in _RUN.finditer(part)]
        if len(starts) > 1 and not _PLACE_WORD.search(part[: starts[0]]) and not _NONE.search(part[: starts[0]]):
            pieces += [part[start:end] for start, end in zip(starts, [*starts[1:], len(part)], strict=True)]
        else:
            pieces.append(part)
    return pieces


def _is_placed(piece: str) -> bool:
    """One class or run of classes, with whole cells or with "none"."""
    if len(_RUN.findall(piece)) != 1 or _ANY_NUMBER.search(_CLASS.sub("", piece)):
        return False
    if _is_whole_cells(piece):
        return not _NONE.search(piece) and not _EMPTY.search(piece) and not _OR.search(piece)
    nothing = len(_NONE.findall(piece)) + len(_EMPTY.findall(piece))
    return nothing in (1, len(_CLASS.findall(piece))) and not _PLACE_WORD.search(piece)


def _is_whole_cells(text: str) -> bool:
    """Whether every word of place belongs to the name of a cell, a row or a column, and there is one."""
    if re.search(r"\brow\b", text) and re.search(r"\bcolumn\b", text):
        return False
    if re.search(rf"{_SIDE}\s+(?:-|to)\s+(?:the )?{_SIDE}|{_SIDE} {_SIDE} {_SIDE}", text):
        return False
    rest, cells = _CELL.subn(" ", text)
    return cells > 0 and not _PLACE_WORD.search(re.sub(r"\bcorner\b", " ", rest))


def _is_count(text: str, asked: Asked) -> bool:
    """One number, or one "none"."""
    if _COMPARED.search(text) or _PLACE_WORD.search(text) or _SHARE_UNIT.search(text) or _AREA_UNIT.search(text):
        return False
    text = _ONE.sub("1 ", text)
    bare = _CLASS.sub("", text)
    numbers = len(_NUMBER.findall(bare))
    one = numbers == len(_ANY_NUMBER.findall(bare)) and numbers + len(_NONE.findall(text)) == 1
    return one and not _OR.search(text) and _is_about(text, asked) and not re.search(r"\bcells?\W*\d", text)


def _is_about(text: str, asked: Asked) -> bool:
    """Whether no other class is named than the one that is asked about."""
    return {int(match[1]) for match in _CLASS.finditer(text)} <= ({asked.own} if asked.own is not None else set())


def _is_share(text: str, asked: Asked) -> bool:
    """One number with its unit, or of one and more without."""
    return _is_measure(text, asked, _SHARE_UNIT) and not _AREA_UNIT.search(text)


def _is_area(text: str, asked: Asked) -> bool:
    # "1.200" and "1,5" are other numbers in other languages.
    is_whole = re.search(r"\d[.,](?!\d{3}\b)\d|\d\.\d", text) is None
    return is_whole and _is_measure(text, asked, _AREA_UNIT) and not _SHARE_UNIT.search(text)


def _is_measure(text: str, asked: Asked, unit: re.Pattern[str]) -> bool:
    bare = unit.sub(" unit ", _CLASS.sub("", text))
    numbers = _ANY_NUMBER.findall(bare)
    if (
        re.search(r"\bm\b", bare)
        or len(numbers) != 1
        or _NONE.search(text)
        or _COMPARED.search(text)
        or not _is_about(text, asked)
    ):
        return False
    has_unit = re.search(r"\d\s*unit\b", bare) is not None
    return (has_unit or not numbers[0].startswith("0.")) and not _PLACE_WORD.search(text) and not _OR.search(text)


def _is_cell(text: str, asked: Asked) -> bool:
    """One cell."""
    return _are_cells(text, asked) and len(_CELL.findall(text)) == 1 and not re.search(r"\b(?:row|column)\b", text)


def _are_cells(text: str, asked: Asked) -> bool:
    """Whole cells, or one "none"."""
    if _ANY_NUMBER.search(_CLASS.sub("", text)) or _OR.search(text) or not _is_about(text, asked):
        return False
    if re.search(r"\b(?:both|all|half|most|equal)\b", text):
        return False
    if not _NONE.search(text) and not _EMPTY.search(text):
        return _is_whole_cells(text)
    return len(_NONE.findall(text)) + len(_EMPTY.findall(text)) == 1 and not _PLACE_WORD.search(text)


def _is_class(text: str, asked: Asked) -> bool:
    """One class; "equal" where both can be."""
    classes = {match[1] for match in _CLASS.finditer(text)}
    if not classes and asked.type == "class_or_equal":
        return len(re.findall(r"\bequal\b", text)) == 1 and not _is_more_than_a_name(text)
    return len(classes) == 1 and not _is_more_than_a_name(text) and not re.search(r"\bequal\b", text)


def _are_classes(text: str, asked: Asked) -> bool:
    """Names of classes, or one "none"; what is said to have changed or not is more than a name."""
    if _CLASS.search(text):
        return not _is_more_than_a_name(text) and not re.search(r"\bchang\w+\b", text)
    return len(_NONE.findall(text)) + len(_EMPTY.findall(text)) == 1 and not _ANY_NUMBER.search(text)


def _is_more_than_a_name(text: str) -> bool:
    return (
        _ANY_NUMBER.search(_CLASS.sub("", text)) is not None
        or re.search(r"\b(?:less|fewer|both|all|half)\b|\bmore\b.*\bmore\b", text) is not None
        or any(pattern.search(text) for pattern in (_NONE, _YES, _OR))
    )


def _is_choice(text: str, asked: Asked) -> bool:
    """One of the options."""
    bare = text.replace("-", " ")
    words = [option for option in asked.options if re.search(rf"\b{re.escape(option)}\b", bare)]
    longest = max(words, key=len, default="")
    return (
        bool(words)
        and all(word in longest for word in words)
        and len(re.findall(rf"\b{re.escape(longest)}\b", bare)) == 1
        and not any(pattern.search(text) for pattern in (_CLASS, _NONE, _YES, _OR, _ANY_NUMBER))
        and not re.search(r"\b(?:and|both|all|increase)\b", text)
    )


_SHAPES: Mapping[str, Callable[[str, Asked], bool]] = {
    CHANGED: _is_changed,
    COUNTS: _are_counts,
    PLACES: _are_places,
    "bool": _is_yes_or_no,
    "count": _is_count,
    "percent": _is_share,
    "area": _is_area,
    "cell": _is_cell,
    "cells": _are_cells,
    "class": _is_class,
    "any_class": _is_class,
    "class_or_equal": _is_class,
    "classes": _are_classes,
    "choice": _is_choice,
}
