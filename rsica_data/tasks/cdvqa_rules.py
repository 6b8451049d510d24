"""CDVQA's answers from label maps: the eight types of question as functions of one table of pixels.

The generator of CDVQA (Yuan et al. 2022, arXiv 2112.06343) is not published. The rules below are those under which the
16,441 official validation answers agree with each other (``tests/data/tasks/test_cdvqa.py`` checks the relations), but
for three: of images 00728, 03647 and 06747 the smallest change in the first image is ``trees``, which other answers say
did not change there. A few pixels of trees that the other types round away would explain it.


- SECOND labels the ground that changed, on both dates; a class changed in the first image where that image's map has
it,
  and changed at all where either map has it.
- It increased where it has more pixels after than before. - The largest change is the class with most pixels, in the
map of one date or in both together; the smallest is the class
  with fewest among those that have any. Of equals, and where nothing changed, the first class counts.
- What a class mainly changed to is the class that most of its pixels have in the second map; it may be itself.
- Ratios are of all pixels of the image, in steps of ten percent: ``0`` for none, ``0_to_10`` above it. In which step an
  exact multiple of ten lies cannot be told from the answers; here it is the lower one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Side = Literal["first", "second", ""]
TYPES = (
    "change_or_not",
    "increase_or_not",
    "decrease_or_not",
    "smallest_change",
    "largest_change",
    "change_to_what",
    "change_ratio",
    "change_ratio_types",
)
"""In the order of the files."""
RATIOS = ("0", *(f"{low}_to_{low + 10}" for low in range(0, 100, 10)))


@dataclass(frozen=True)
class ChangedGround:
    """The classes of the ground that changed.

    Attributes:
        steps: pixels by class before and class after; "none" where one map has no label there.
        classes: class names, in the order that decides ties.
        pixels: pixels of the image.
    """

    steps: Mapping[tuple[str, str], int]
    classes: tuple[str, ...]
    pixels: int

    def area(self, name: str, side: Side = "") -> int:
        """Pixels of a class on changed ground, in the map of one date or in both together."""
        first = sum(count for (before, _), count in self.steps.items() if before == name)
        second = sum(count for (_, after), count in self.steps.items() if after == name)
        return {"first": first, "second": second, "": first + second}[side]


def yes_no(holds: bool) -> str:
    """``yes`` or ``no``."""
    return "yes" if holds else "no"


def change_or_not(ground: ChangedGround, name: str, side: Side) -> str:
    """Whether a class changed."""
    return yes_no(ground.area(name, side) > 0)


def increase_or_not(ground: ChangedGround, name: str) -> str:
    """Whether a class has more pixels after than before."""
    return yes_no(ground.area(name, "second") > ground.area(name, "first"))


def decrease_or_not(ground: ChangedGround, name: str) -> str:
    """Whether a class has fewer pixels after than before."""
    return yes_no(ground.area(name, "second") < ground.area(name, "first"))


def largest_change(ground: ChangedGround, side: Side) -> str:
    """The class with most pixels, the first of equals."""
    return max(ground.classes, key=lambda name: ground.area(name, side))


def smallest_change(ground: ChangedGround, side: Side) -> str:
    """The class with fewest pixels of those that have any, the first of equals."""
    changed = [name for name in ground.classes if ground.area(name, side)]
    return min(changed or ground.classes, key=lambda name: ground.area(name, side))


def change_to_what(ground: ChangedGround, name: str) -> str | None:
    """The class that most pixels of a class have after, the first of equals; None where it has none before."""
    targets = {after: ground.steps.get((name, after), 0) for after in ground.classes}
    return max(targets, key=lambda after: targets[after]) if any(targets.values()) else None


def change_ratio(ground: ChangedGround, unchanged: bool = False) -> str:
    """The share of the image that changed, or that did not."""
    changed = sum(ground.steps.values())
    return ratio(ground.pixels - changed if unchanged else changed, ground.pixels)


def change_ratio_types(ground: ChangedGround, name: str, side: Side) -> str:
    """The share of the image that a class covers on changed ground."""
    return ratio(ground.area(name, side), ground.pixels)


def ratio(part: int, whole: int) -> str:
    """A share as one of `RATIOS`.

    Example:
        >>> ratio(0, 50), ratio(1, 50), ratio(5, 50), ratio(6, 50), ratio(50, 50)
        ('0', '0_to_10', '0_to_10', '10_to_20', '90_to_100')
    """
    return RATIOS[math.ceil(10 * part / whole)]


def ratio_of_percent(percent: float) -> str | None:
    """The step of a share in percent; None for what is no share."""
    return RATIOS[math.ceil(percent / 10 - 1e-9)] if 0 <= percent <= 100 else None


def in_order(classes: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Classes in the order that decides ties: those of the files first, the others as they come."""
    return (*(name for name in known if name in classes), *(name for name in classes if name not in known))
