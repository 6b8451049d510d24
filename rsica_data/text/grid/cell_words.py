"""The words of ``words/cells.yaml`` as patterns, and what the marks in a text are.

A marked text has its classes as ``‹C0p›`` (:mod:`mentions`) and its places as ``‹P012›`` (:mod:`places`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rsica_data.text.mentions import CLASS
from rsica_data.text.yaml_files import packaged_yaml

CLASS_MARK, PLACE_MARK = r"‹C\d+[spg]›", r"‹P[0-8]*›"
TOKEN = re.compile(r"‹C(\d+)[spg]›|‹P([0-8]*)›")
"""A marked class (group 1) or place (group 2)."""


def pattern_of(name: str) -> re.Pattern[str]:
    """The pattern ``name`` of ``words/cells.yaml``."""
    return re.compile(_choice(packaged_yaml("rsica_data.text", "words/cells.yaml")["patterns"][name]))


def _choice(entries: Sequence[Any]) -> str:
    parts = (
        f"{entry['before']}(?:{_choice(entry['any'])}){entry['after']}" if isinstance(entry, dict) else str(entry)
        for entry in entries
    )
    return "|".join(parts).replace("<class>", CLASS_MARK).replace("<place>", PLACE_MARK)


DENIAL = pattern_of("denial")
"""Words that say that something did not change."""
_FILLER = pattern_of("filler")


@dataclass(frozen=True, slots=True)
class Scope:
    """What the headings above (or the keys around) say: classes, places (digits), and whether they speak of no
    change.
    """

    classes: tuple[int, ...] = ()
    places: tuple[str, ...] = ()
    denied: bool = False


def classes_of(text: str) -> list[int]:
    """Numbers of the classes marked in a text, each once."""
    return list(dict.fromkeys(int(match[1]) for match in CLASS.finditer(text)))


def is_denied(text: str) -> bool:
    """Whether a marked text says that nothing changed."""
    return DENIAL.search(text) is not None and not re.search(r"\bnot only\b|\bno longer\b", text)


def is_only_marks(text: str) -> bool:
    """Whether a marked text holds nothing but marks and words that say nothing ("the top-left cell")."""
    return not _FILLER.sub("", TOKEN.sub("", text)).strip()


def is_none(text: str) -> bool:
    """Whether the value of a class or place says that there is nothing."""
    return not text.strip(" .,;") or is_denied(text) or re.fullmatch(r"\W*(?:0|-+|none|x)?\W*", text) is not None
