"""Slivers: the small part of an object that the edge of the image leaves, counted as an object of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from rsica_data.schema import FactRules
from rsica_data.schema.arrow import StoredPair
from rsica_data.tasks.open_qa.object_places import touches_border

SLIVER_SHARE = 0.1
"""Share of the median area of whole objects of its class below which an object at the edge is a sliver."""
MOST_WHOLE_LOST = 0.01
"""Share of the whole objects that the suggested least area may leave out at most."""
LEAST_WHOLE = 10
"""Whole objects of a class from which their median says something."""


@dataclass(frozen=True, slots=True)
class Sliver:
    """An object at the edge of an image that is small beside the whole objects of its class."""

    pair_id: str
    object_id: int
    class_name: str
    area_px: int


@dataclass(frozen=True)
class Slivers:
    """What was found.

    Attributes:
        slivers: the slivers, smallest first.
        at_edge, whole: numbers of objects that touch the edge, and that do not.
        suggested: ``min_object_pixels`` that leaves out as many slivers as it can without losing more than
            :data:`MOST_WHOLE_LOST` of the whole objects; None where there is nothing to gain.
        slivers_dropped, whole_dropped: what it leaves out.
    """

    slivers: tuple[Sliver, ...]
    at_edge: int
    whole: int
    suggested: int | None
    slivers_dropped: int
    whole_dropped: int


@dataclass
class SliverSearch:
    """Collects the objects of pairs; :meth:`result` judges them once all are there."""

    rules: FactRules
    _edge: list[Sliver] = field(default_factory=list)
    _whole: dict[str, list[int]] = field(default_factory=dict)

    def add(self, pair: StoredPair) -> None:
        """Take in the objects of a pair that its dataset's rules count."""
        if pair.facts is None or (self.rules.flag_overrides and pair.changed is False):
            return
        names = {entry.class_id: entry.name for entry in pair.facts.classes}
        for entry in pair.facts.objects:
            if entry.area_px < self.rules.min_object_pixels:
                continue
            name = names[entry.class_id]
            if touches_border(entry, pair.width, pair.height):
                self._edge.append(Sliver(pair.pair_id, entry.object_id, name, entry.area_px))
            else:
                self._whole.setdefault(name, []).append(entry.area_px)

    def result(self) -> Slivers:
        """The slivers of all pairs."""
        limits = {
            name: SLIVER_SHARE * median(areas) for name, areas in self._whole.items() if len(areas) >= LEAST_WHOLE
        }
        slivers = sorted(
            (one for one in self._edge if one.area_px < limits.get(one.class_name, 0)),
            key=lambda one: (one.area_px, one.pair_id, one.object_id),
        )
        whole = sorted(area for areas in self._whole.values() for area in areas)
        suggested = _least_area([one.area_px for one in slivers], whole)
        dropped = sum(one.area_px < suggested for one in slivers) if suggested else 0
        lost = sum(area < suggested for area in whole) if suggested else 0
        return Slivers(tuple(slivers), len(self._edge), len(whole), suggested, dropped, lost)


def _least_area(slivers: Iterable[int], whole: list[int]) -> int | None:
    """One more than the largest sliver for which few enough whole objects are lost."""
    allowed = int(MOST_WHOLE_LOST * len(whole))
    for area in sorted(set(slivers), reverse=True):
        if sum(other <= area for other in whole) <= allowed:
            return area + 1
    return None
