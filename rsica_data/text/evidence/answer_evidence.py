"""Open questions: a reading stands where no second value of its type and few words that turn it round are beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rsica_data.geometry.cells import CELLS
from rsica_data.schema import Unparsed
from rsica_data.text.amounts.numbers import words_to_digits
from rsica_data.text.evidence.evidence_words import ASIDE, CORRECTION, EARLIER, NEUTRAL, SAME, is_structure
from rsica_data.text.evidence.place_evidence import has_unread_place
from rsica_data.text.mentions import mentions
from rsica_data.text.positions.places import PLACE, mark_places

_REFERS = re.compile(r"\b(?:it|its|they|them|their|these|those|likewise|former|latter|respectively|another|one)\b")
_TURNS = re.compile(
    r"\b(?:except|all but|apart|besides|other than|excluding|but|however|though|although|while|whereas|yet|instead|"
    r"rather|a few|some|part\w*)\b"
)
_MAYBE = re.compile(r"\b(?:may|might|could|possibl\w+|perhaps|maybe|either|if|whether)\b")
_SIGNS = (EARLIER, SAME, _REFERS, _TURNS, _MAYBE)
_STATEMENT = re.compile(r"(?<=[.!?;:])\s+|\n+")
_SHARE = re.compile(r"\d+(?:\.\d+)?(?=\s*(?:%|per ?cent))")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")
_AMOUNT = re.compile(r"\d|\b(?:none|nothing)\b")
_ONE_OF_TWO = re.compile(r"\b\d+ or (?:even |maybe )?\d+\b")
_FROM_TO = re.compile(r"\bfrom (\d+(?:\.\d+)?) ?%? to (\d+(?:\.\d+)?) ?%")
_DATED = re.compile(r"\b(?:from|first|second|before|after|down|up|earlier|later|image \d)\b")
_SLACK = 0.05
_NOT_ONE = re.compile(r"\bnot (?:in |on |at |to )?(?:the )?\w+")
_SHORT = 12
"""Words up to which a reply is one statement."""
_EQUAL = re.compile(r"(?<!not )\b(?:equal(?:ly)?|evenly|balanced)\b|\bsame (?:number|amount)\b")
_COMPARES = re.compile(
    r"\b(?:than|more|less|fewer|most|mostly|mainly|larger|smaller|nearest|closest|both|equal\w*|same)\b"
)


def unsettled_answer(answer: str, value: Any, type_: str, options: Sequence[str] = ()) -> Unparsed | None:
    """Why a reading of an open question is in doubt; None where nothing speaks against it.

    Args:
        answer: the reply in lower-case English.
        value: the reading.
        type_: type of the value.
        options: the values of a choice, or the classes that the answer can be.

    >>> unsettled_answer("the 12 % in the west, and then 30 %.", 12.0, "percent").reason
    'ambiguous: a second value'
    >>> unsettled_answer("about 12 %.", 12.0, "percent")
    """
    if is_structure(answer):
        return None
    if CORRECTION.search(answer):
        return Unparsed("ambiguous: a correction")
    parts = [NEUTRAL.sub(" ", part) for part in _STATEMENT.split(answer) if part.strip() and not ASIDE.search(part)]
    signs = sum(any(map(sign.search, parts)) for sign in _SIGNS)
    words = sum(len(part.split()) for part in parts)
    if words > _SHORT and (signs > 2 or (signs == 2 and len(parts) > 2)):
        return Unparsed("ambiguous: statements that turn one another round")
    if _has_second(answer, value, type_, options):
        return Unparsed("ambiguous: a second value")
    return None


def says_equal(answer: str, value: Any) -> bool:
    """Whether a reply that was read as one of two sides says that both are equal.

    >>> says_equal("three on the left, three on the right, so both are equal.", "left"), says_equal("not equal", "left")
    (True, False)
    """
    return value != "equal" and _EQUAL.search(answer) is not None


def _has_second(answer: str, value: Any, type_: str, options: Sequence[str]) -> bool:
    """Whether a reply names another value of the type, and compares nothing."""
    if type_ == "choice" and says_equal(answer, value):
        return True
    if len(_AMOUNT.findall(words_to_digits(answer))) > 1 and type_ in ("cell", "choice"):
        return False  # an amount for each of several values, which the reading compared
    if type_ == "cell":
        marks = {mark for mark in PLACE.findall(mark_places(answer)) if len(mark) == 1}
        return bool(marks - {str(CELLS.index(value))})
    if type_ == "choice" and not _COMPARES.search(answer):
        stated = _NOT_ONE.sub(" ", answer)
        words = [option for option in options if re.search(rf"\b{re.escape(option)}\b", stated)]
        return any(word != value and word not in str(value) for word in words)
    if type_ in ("count", "bool") and _ONE_OF_TWO.search(words_to_digits(answer)):
        return True
    if type_ == "any_class" and not _COMPARES.search(answer) and not re.search(r"\d", answer):
        return bool({mention.name for mention in mentions(answer, options)} - {value})
    if type_ == "cells" and has_unread_place(mark_places(answer)):
        return True
    if type_ == "percent" and (pair := _FROM_TO.search(answer)) and value not in map(float, pair.groups()):
        return True
    if type_ == "percent" and not _DATED.search(answer) and answer.count(":") < 2:
        shares = [float(share) for share in _SHARE.findall(_DECIMAL_COMMA.sub(".", words_to_digits(answer)))]
        others = [share for share in shares if abs(share - value) > _SLACK]
        return not any(abs(sum(others) - whole) <= _SLACK for whole in (0, value, 100 - value))
    return False
