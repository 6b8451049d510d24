"""What a second model is shown of a text, and the form of its reading: what the question asks, what the text states.

The model sees the question, the text without its marks, what was said before in the conversation, and names of
classes; nothing of the facts. Kinds are those of the listed facts, so that a reading is compared with the facts and
with the marks by kind, arguments and value.

Example:
    >>> ARGUMENTS["cell_objects"], VALUES["cell_objects"], NAMES["cell_objects"]
    (('cls', 'cell'), 'count', 'objects')
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from rsica_data.claims.fact_list import OWN_KINDS
from rsica_data.claims.listed import Listed
from rsica_data.claims.rubric_files import LONGEST, rubric_prompt, rubric_schema
from rsica_data.tasks.open_qa.kinds import KINDS

Json = dict[str, Any]

_WHOLE = (
    "any_change changed_classes unchanged_classes total_count total_share total_area left_or_right top_or_bottom "
    "largest_class most_gained most_lost"
)
_OF_CLASS = (
    "class_count built_count removed_count direction cells_of_class built_cells removed_cells cell_count largest_cell "
    "smallest_cell busiest_cell area_share area_m2 largest_size spread border growth_direction nearest_class "
    "cover_before cover_after cover_more became was_before"
)
_PAIRED = "more_objects more_area relative_position transition"
ARGUMENTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_WHOLE.split(), ()),
    **dict.fromkeys(_OF_CLASS.split(), ("cls",)),
    **dict.fromkeys(_PAIRED.split(), ("a", "b")),
    "cell_objects": ("cls", "cell"),
    "date": ("side",),
}
"""Kinds of a reading and the arguments of each: those of the listed facts without captions, and ``total_area``."""
VALUES: dict[str, str] = {
    **{kind: KINDS[kind].type if kind in KINDS else OWN_KINDS.get(kind, "area") for kind in ARGUMENTS},
    "more_area": "class_or_equal",
}
"""The type of each kind's value."""
_SHORT = {
    "any_change": "change", "changed_classes": "changed", "unchanged_classes": "unchanged", "class_count": "count",
    "built_count": "built", "removed_count": "removed", "total_count": "total", "cells_of_class": "cells",
    "cell_objects": "objects", "area_share": "share", "area_m2": "area", "largest_size": "size",
    "growth_direction": "side",
}  # fmt: skip
NAMES: dict[str, str] = {kind: _SHORT.get(kind, kind) for kind in ARGUMENTS}
"""How an entry writes each kind: the frequent ones in one word, for a reading is paid by the token."""
BOUNDS = {"": "exactly", "~": "about", ">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
"""How a number, share or area is meant: as an entry writes it before the number, and in words."""
DENIED, NOTHING, UNANSWERED = "no", "none", "?"
"""Words of an entry: before a kind that is denied; an empty list; in place of a value that the text does not give."""
BOUNDED = ("count", "percent", "area")
"""Types of values that have a bound."""


def parts_of(text: str) -> list[tuple[int, int]]:
    """Where the parts of a text stand that a reading numbers from 1: they end with a sign that parts clauses.

    >>> [text[start:end] for text in ["One road changed, it is 2.5 %."] for start, end in parts_of(text)]
    ['One road changed,', 'it is 2.5 %.']
    """
    cuts = [0, *(match.end() for match in _PART.finditer(text)), len(text)]
    spans = ((start, start + len(text[start:end].rstrip())) for start, end in pairwise(cuts))
    return [(start, end) for start, end in spans if end > start]


_PART = re.compile(r"[,;:.!?]+\s+")


def reading_prompt(text: str, question: str | None, listed: Listed, parts: Sequence[int] = ()) -> str:
    """The prompt that asks for the reading of a text.

    Args:
        text: the text without its marks.
        question: what it answers; None for a text that stands alone.
        listed: of whom the names of the classes and ``earlier`` are shown, and no fact.
        parts: numbers of the parts (``parts_of``) that are read for what they state; without any, only what the text
            replies to the question is asked for.
    """
    shown = text[:LONGEST]
    case: Json = {"classes": list(listed.classes)}
    if listed.earlier.strip():
        case["earlier"] = " ".join(listed.earlier.split())[-LONGEST:]
    case |= {"question": question} if question is not None else {}
    numbered = {str(number): shown[start:end] for number, (start, end) in enumerate(parts_of(shown), 1)}
    case |= {"text": numbered, "read": list(parts)} if parts else {"text": shown}
    lists = _lists(question, bool(parts))
    examples = _EXAMPLE if question is not None else _EXAMPLE | {"claims": f"{_EXAMPLE['claims']}; {_PLACED}"}
    example = ",\n ".join(f'"{name}": "{examples[name]}"' for name in lists)
    names = {name: name in lists for name in _EXAMPLE}
    return rubric_prompt("reading", case, example=f"{{{example}}}", **names)


def _lists(question: str | None, claims: bool) -> list[str]:
    """The lists of a reply: what is asked where there is a question, what is stated where it is wanted."""
    return [*(["asks"] if question is not None else []), *(["claims"] if claims else [])]


_EXAMPLE = {
    "asks": "built_cells building top-left; count road 0; share building ?",
    "claims": "1 built building 2",
}
_PLACED = "2 built_cells building top-left"
"""What stands in the example's ``asks``, where a question is."""


def reading_schema(question: str | None = "", claims: bool = True) -> Json:
    """The schema of a reading: one string a list, of entries parted by semicolons.

    Whether an entry has a kind, and arguments and a value that fit it, is checked where the reading is taken
    (``readings.reading_of``).

    Args:
        question: what the text answers; None for a text that stands alone.
        claims: whether what the text states is asked for.
    """
    base, lists = rubric_schema("reading"), _lists(question, claims)
    return {**base, "properties": {name: base["properties"][name] for name in lists}, "required": lists}
