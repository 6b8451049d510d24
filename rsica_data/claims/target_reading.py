"""What a second model is shown of an implicit question and its answer, and which objects both mean by its reply.

The model sees question, answer and the names of the pair's classes; not which objects the question was written for.

Example:
    >>> read_objects("named building 2 top-left", ("road", "building"))
    Meant(classes=('building',), named=True, number=2, places=('top-left',), limits=())
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rsica_data.claims.rubric_files import LONGEST, rubric_prompt, rubric_schema
from rsica_data.geometry.cells import CELLS

Json = dict[str, Any]
LIMITS = ("largest", "smallest", "second", "built", "removed", "unchanged", "other")
"""By what the objects that a question means are limited, besides places."""
_SIDES = ("top", "bottom", "left", "right", "center", "middle")


@dataclass(frozen=True)
class Meant:
    """The objects that a question means, or an answer names.

    Attributes:
        classes: their classes; none where the words imply none.
        named: whether a question names the class itself.
        number: how many, where the words say so.
        places: cells and sides.
        limits: those of ``LIMITS``.
    """

    classes: tuple[str, ...]
    named: bool
    number: int | None
    places: tuple[str, ...]
    limits: tuple[str, ...]


def target_prompt(question: str, answer: str, classes: Sequence[str]) -> str:
    """The prompt that asks which objects an implicit question means and its answer names."""
    case = {"classes": list(classes), "question": question[:LONGEST], "answer": answer[:LONGEST]}
    return rubric_prompt("target", case)


def target_schema() -> Json:
    """The schema of a reply: two strings."""
    return rubric_schema("target")


def read_objects(words: str, classes: Sequence[str]) -> Meant:
    """The objects that the words of a reply tell.

    Args:
        words: class, number, places and limits; other words are left out.
        classes: names of the pair's classes.
    """
    low = " ".join(words.lower().split())
    names = "|".join(re.escape(name.lower()) for name in sorted(classes, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w-])({names})(?:e?s)?(?![\w-])")
    own = {name.lower(): name for name in classes}
    of_class = tuple(dict.fromkeys(own[match[1]] for match in pattern.finditer(low)))
    rest = pattern.sub(" ", low)
    number = re.search(r"(?<![\w.-])\d+(?![\w.-])", rest)
    listed = re.findall(r"[a-z]+(?:-[a-z]+)?", rest)
    sides = [word for word in listed if word in _SIDES]
    cells = [word for word in listed if word in CELLS]
    return Meant(
        of_class,
        "named" in listed,
        None if number is None else int(number[0]),
        tuple(dict.fromkeys((*cells, *([] if cells else _places(sides))))),
        tuple(limit for limit in LIMITS if limit in listed),
    )


def _places(sides: Sequence[str]) -> list[str]:
    """Sides that a model wrote apart: "top left" is a cell, "left" alone a side, "middle" alone the middle cell."""
    words = ["center" if side == "middle" else side for side in sides]
    across = [word for word in words if word in ("top", "bottom")]
    along = [word for word in words if word in ("left", "right")]
    if not across and not along:
        return ["center-center"] if words else []
    if len(across) + len(along) == 1 and "center" not in words:
        return [*across, *along]
    return [f"{one}-{other}" for one in across or ["center"] for other in along or ["center"]]
