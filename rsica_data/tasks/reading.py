"""Reading replies: what all parsers share. Nothing here raises on any text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from rsica_data.schema import CELLS
from rsica_data.tasks.words import NUMBER, mention, number_value

_MARKUP = re.compile(r"[*`#>]|</?[a-z]+>|^\s*(?:answer|response|assistant|gpt)\s*[:：]", re.IGNORECASE | re.MULTILINE)
_NO_CHANGE = re.compile(
    r"\bno (?:\w+ ){0,3}(?:change|changes|difference|differences)\b|\bidentical\b|\bunchanged\b|"
    r"\bsame as (?:before|the)\b|\bnothing (?:\w+ )?(?:has |have )?changed\b|"
    r"\b(?:not|n't|never) (?:\w+ )?(?:changed?|occurr?ed)\b|\bwithout (?:any )?changes?\b|"
    r"\bremains? the same\b|\b(?:is|are|looks?) the same\b"
)
_CHANGE = re.compile(
    r"\bchang(?:e|es|ed)\b|\bdifferen(?:t|ce|ces)\b|\b(?:been|were|was|is|are) (?:newly )?"
    r"(?:built|constructed|added|removed|demolished|cleared|erected)\b|\bappears?\b|\bappeared\b|\bdisappear(?:s|ed)?\b"
)
_CELL = re.compile(r"\b(top|center|bottom)[\s\-_/]*(left|center|right)\b")
_SWAPPED = re.compile(r"\b(left|right)[\s\-_/]+(top|bottom|center)\b")
_SPELLINGS = (
    (re.compile(r"\b(?:centre|central|middle|mid)\b"), "center"),
    (re.compile(r"\bupper(?:most)?\b"), "top"),
    (re.compile(r"\blower(?:most)?\b"), "bottom"),
)


def plain(text: str) -> str:
    """Lower case, without markup, white space folded, quotes made straight."""
    straight = text.replace("’", "'").replace("“", '"').replace("”", '"').replace("–", "-").replace("—", "-")
    return re.sub(r"\s+", " ", _MARKUP.sub(" ", straight)).strip().lower()


def json_object(text: str) -> dict[str, Any] | None:
    """The JSON object that a reply consists of or contains between its first and last brace, if any."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        found = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def leading_yes_no(text: str) -> bool | None:
    """True or False where a plain text begins with yes or no (or true, false)."""
    match = re.match(r"\W*(yes|yeah|yep|true|no|nope|false)\b(?!\s+(?:new|roads?|buildings?|\w+s)\b)", text)
    if match is None:
        return None
    return match[1] in ("yes", "yeah", "yep", "true")


def says_no_change(text: str) -> bool:
    """Whether a plain text says that nothing changed."""
    return _NO_CHANGE.search(text) is not None


def says_change(text: str) -> bool:
    """Whether a plain text speaks of a change, the phrases for "no change" left aside."""
    return _CHANGE.search(_NO_CHANGE.sub(" ", text)) is not None


def cells_in(text: str) -> list[str]:
    """Grid cells named in a plain text, in grid order, each once. A lone "center" is the middle cell."""
    for pattern, word in _SPELLINGS:
        text = pattern.sub(word, text)
    text = _SWAPPED.sub(lambda m: f"{m[2]}-{m[1]}", text)
    found = {f"{row}-{column}" for row, column in _CELL.findall(text)}
    rest = _CELL.sub(" ", text)
    if re.search(r"\bcenter\b", rest):
        found.add("center-center")
    return [cell for cell in CELLS if cell in found]


def class_key(word: str, classes: Sequence[str]) -> str | None:
    """The class that a word names (``Roads`` -> ``road``), or None."""
    lowered = word.strip().lower()
    return next((name for name in classes if re.fullmatch(mention(name), lowered)), None)


def mentions(text: str, classes: Sequence[str]) -> list[tuple[int, int, str]]:
    """(start, end, class) of every mention of a class in a plain text, longest first where they overlap."""
    found: list[tuple[int, int, str]] = []
    for name in sorted(classes, key=len, reverse=True):
        for match in re.finditer(rf"(?<!\w){mention(name)}(?!\w)", text):
            if not any(match.start() < end and start < match.end() for start, end, _ in found):
                found.append((match.start(), match.end(), name))
    return sorted(found)


def numbers_in(text: str) -> list[int]:
    """Whole numbers of a plain text, in digits or words."""
    return [number_value(match[0]) for match in re.finditer(rf"(?<![\w.]){NUMBER}(?![\w]|\.\d)", text)]
