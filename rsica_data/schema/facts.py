"""ChangeFacts: everything that words, prompts, verifiers and scorers may say about a pair's change.

Facts hold both published counting rules and both cell rules side by side; :class:`FactRules` selects one of
each, and :func:`view_facts` gives the numbers under those rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rsica_data.core.quick_init import quick_init

FACTS_VERSION = 2
"""1: objects had no direction and no cells of their own; such facts are still read, with both unknown."""

Side = Literal["after", "before"]
Direction = Literal["built", "removed"]


@quick_init
@dataclass(frozen=True, slots=True)
class ClassFacts:
    """One class of the change mask. Every class of the pair has an entry, also where nothing changed.

    Attributes:
        count_components: 8-connected components with at least ``min_object_pixels`` pixels.
        count_contours: those of them that do not lie inside a hole of another component of the class
            (OpenCV ``RETR_EXTERNAL``, the rule of ChangeChat).
        area_px, area_m2, fraction: changed pixels, square metres (None where the ground sample distance is
            unknown), share of the valid (not ignored) pixels of the image, 0..1.
        cells_touch: cells with at least ``min_cell_pixels`` changed pixels of the class, in grid order.
        cells_centroid: cells of the outer contours' centroids (image moments truncated to integers; contours of
            zero area have none), in grid order.
        largest: ``object_id`` of the object with most pixels (first of equals), None where there is none.
    """

    class_id: int
    name: str
    count_components: int
    count_contours: int
    area_px: int
    area_m2: float | None
    fraction: float
    cells_touch: tuple[str, ...]
    cells_centroid: tuple[str, ...]
    largest: int | None


@quick_init
@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """One 8-connected component of one class.

    Attributes:
        object_id: 0, 1, ... within the pair, by class id, then by first pixel in row-major order.
        box: ``(x0, y0, x1, y1)`` in pixels, half-open, origin top left.
        obb: ``(cx, cy, w, h, degrees)`` minimum-area rectangle over the pixels' outer corners.
        centroid: mean pixel coordinates ``(x, y)`` of the component's pixels (pixel centres are integers).
        outline: outer contour vertices ``((x, y), ...)`` on pixel centres (``CHAIN_APPROX_SIMPLE``).
        outer: False where the component lies inside a hole of another of its class.
        tags: map tags of the object, where a map was read.
        confidence: 0..1 that the change is one of the ground and not of the map; None where not judged.
        direction: ``built`` where more of its pixels are of its class after than before, ``removed`` where fewer are;
            None where the label maps, or the source, do not tell.
        cells: cells in which it has at least ``min_cell_pixels`` pixels, in grid order.
    """

    object_id: int
    class_id: int
    box: tuple[int, int, int, int]
    obb: tuple[float, float, float, float, float]
    centroid: tuple[float, float]
    area_px: int
    outline: tuple[tuple[int, int], ...]
    outer: bool
    tags: Mapping[str, str] | None = None
    confidence: float | None = None
    direction: Direction | None = None
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TransitionFacts:
    """Pixels that went from one class to another (0 is "none"); only where both label maps are known."""

    from_id: int
    to_id: int
    area_px: int
    fraction: float


@dataclass(frozen=True, slots=True)
class CoverFacts:
    """Pixels of a class before and after; only where both label maps are known.

    Both are None where the maps hold classes only where something changed.
    """

    class_id: int
    name: str
    before_px: int | None
    after_px: int | None


@quick_init
@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """The facts of one pair. ``classes``, ``transitions`` and ``cover`` are sorted by class id."""

    version: int
    width: int
    height: int
    gsd_m: float | None
    classes: tuple[ClassFacts, ...]
    objects: tuple[ObjectFacts, ...]
    transitions: tuple[TransitionFacts, ...] = ()
    cover: tuple[CoverFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class FactRules:
    """Which of the named rules a dataset uses; part of its protocol.

    Attributes:
        count: ``components`` (default) or ``contours`` (ChangeChat).
        cells: ``touch`` (default) or ``centroid`` (ChangeChat).
        flag_overrides: with a change flag of 0 nothing counts, whatever the mask says (ChangeChat).
        min_object_pixels: smaller components are not objects.
        min_cell_pixels: changed pixels that make a cell touched.
        change_from: the side whose class names a changed pixel where the change mask is derived from label maps.
    """

    count: Literal["components", "contours"] = "components"
    cells: Literal["touch", "centroid"] = "touch"
    flag_overrides: bool = False
    min_object_pixels: int = 1
    min_cell_pixels: int = 1
    change_from: Side = "after"


@quick_init
@dataclass(frozen=True, slots=True, repr=False)
class FactsView:
    """Facts under one set of rules: what tasks read.

    ``counts``, ``cells`` and ``area_px`` have an entry for every class name, in class-id order. ``cover`` is empty
    where label maps do not tell it; ``land`` names their classes all the same.

    Attributes:
        changed: whether anything changed.
        classes: names of the classes that may change.
        counts: objects of each class.
        cells: cells of the 3x3 grid that each class touches.
        area_px, fraction, area_m2: area of each class in pixels, as a share of the image, and in square metres (None
            without a ground sample distance).
        objects: the objects of each class: box, outline, centroid, area, direction.
        transitions: ``(from, to, pixels)`` between classes of the label maps.
        cover: pixels of each class before and after.
        width, height: of the image, in pixels.
        gsd_m: metres a pixel.
        land: all classes of the label maps.

    Example:
        >>> import rsica_data as rd
        >>> seen = rd.facts([[0, 1], [0, 0]], classes=["road"], gsd_m=0.5)
        >>> seen.changed, seen.counts, seen.area_px, seen.fraction, seen.area_m2
        (True, {'road': 1}, {'road': 1}, {'road': 0.25}, {'road': 0.25})
    """

    changed: bool
    classes: tuple[str, ...]
    counts: Mapping[str, int]
    cells: Mapping[str, tuple[str, ...]]
    area_px: Mapping[str, int]
    fraction: Mapping[str, float]
    area_m2: Mapping[str, float | None]
    objects: Mapping[str, tuple[ObjectFacts, ...]]
    transitions: tuple[tuple[str, str, int], ...]
    cover: Mapping[str, tuple[int, int]]
    width: int
    height: int
    gsd_m: float | None
    land: tuple[str, ...] = ()

    def __repr__(self) -> str:
        parts = [f"{name} {count}" + _in_cells(self.cells[name]) for name, count in self.counts.items()]
        what = "changed" if self.changed else "unchanged"
        return f"Facts({self.width}x{self.height} px, {what}: {'; '.join(parts) or 'no classes'})"


def _in_cells(cells: tuple[str, ...]) -> str:
    return f" in {', '.join(cells)}" if cells else ""


def mask_changed(facts: ChangeFacts) -> bool:
    """Whether the masks show a change: of a reported class, or from one land cover to another."""
    return any(entry.area_px for entry in facts.classes) or any(t.from_id != t.to_id for t in facts.transitions)


def view_facts(facts: ChangeFacts, rules: FactRules, changed: bool | None = None) -> FactsView:
    """Facts as ``rules`` see them.

    Args:
        facts: the facts of a pair.
        rules: which counting and cell rule to apply.
        changed: the pair's own change flag; None means "derive it", by :func:`mask_changed`.
    """
    flag = mask_changed(facts) if changed is None else changed
    entries, counted, transitions = facts.classes, facts.objects, facts.transitions
    if rules.flag_overrides and not flag:
        entries, counted, transitions = _silenced(entries), (), ()
    by_contour, by_centroid = rules.count == "contours", rules.cells == "centroid"
    by_id = {entry.class_id: entry.name for entry in entries}
    objects: dict[str, list[ObjectFacts]] = {name: [] for name in by_id.values()}
    for item in counted:
        if item.outer or not by_contour:
            objects[by_id[item.class_id]].append(item)
    return FactsView(
        changed=flag,
        classes=tuple(by_id.values()),
        counts={entry.name: entry.count_contours if by_contour else entry.count_components for entry in entries},
        cells={entry.name: entry.cells_centroid if by_centroid else entry.cells_touch for entry in entries},
        area_px={entry.name: entry.area_px for entry in entries},
        fraction={entry.name: entry.fraction for entry in entries},
        area_m2={entry.name: entry.area_m2 for entry in entries},
        objects={name: tuple(items) for name, items in objects.items()},
        transitions=_named(facts, transitions, by_id) if transitions else (),
        cover={
            entry.name: (entry.before_px, entry.after_px)
            for entry in facts.cover
            if entry.before_px is not None and entry.after_px is not None
        },
        width=facts.width,
        height=facts.height,
        gsd_m=facts.gsd_m,
        land=tuple(entry.name for entry in facts.cover),
    )


@lru_cache(maxsize=1024)
def unchanged_class(class_id: int, name: str, in_metres: bool) -> ClassFacts:
    """Facts of a class of which nothing changed.

    Args:
        class_id: of the class.
        name: of the class.
        in_metres: whether areas are known in square metres.

    Example:
        >>> unchanged_class(1, "road", in_metres=False).area_m2 is None
        True
    """
    return ClassFacts(class_id, name, 0, 0, 0, 0.0 if in_metres else None, 0.0, (), (), None)


def _silenced(entries: Iterable[ClassFacts]) -> tuple[ClassFacts, ...]:
    return tuple(unchanged_class(entry.class_id, entry.name, entry.area_m2 is not None) for entry in entries)


def _named(
    facts: ChangeFacts, transitions: tuple[TransitionFacts, ...], by_id: dict[int, str]
) -> tuple[tuple[str, str, int], ...]:
    names = {0: "none"} | {entry.class_id: entry.name for entry in facts.cover} | by_id
    return tuple((names[t.from_id], names[t.to_id], t.area_px) for t in transitions if t.from_id != t.to_id)
