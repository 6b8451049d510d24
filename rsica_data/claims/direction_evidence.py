"""What captions tell of a class's direction, where the masks do not."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.claims.marks import marks_of

_CLAUSE = re.compile(r",| and | while | but | with ")


def directions_in(captions: Sequence[str], classes: Sequence[str]) -> dict[str, str]:
    """``built`` or ``removed`` of each class of which captions tell one of them and never the other.

    >>> directions_in(["a house is built and trees are removed"], ["building", "tree"])
    {'building': 'built', 'tree': 'removed'}
    """
    directions: dict[str, set[str]] = {}
    for caption in captions:
        waiting: list[str] = []
        for clause in _CLAUSE.split(caption):
            marks = marks_of(clause, classes)
            if any(mark.kind in ("negation", "replace") for mark in marks):
                waiting = []
                continue
            # "two houses and a road are built": the verb is of what was named since the last one.
            waiting += [str(mark.value) for mark in marks if mark.kind == "class"]
            ways = {mark.kind for mark in marks if mark.kind in ("built", "removed")}
            if len(ways) == 1:
                for name in waiting:
                    directions.setdefault(name, set()).update(ways)
            if ways:
                waiting = []
    return {name: next(iter(ways)) for name, ways in directions.items() if len(ways) == 1}
