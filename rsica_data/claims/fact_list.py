"""The facts of a pair that a text may tell, numbered: what a prompt lists and a reply refers to.

A fact is one question kind of ``open_qa`` (or one of :data:`OWN_KINDS`) with its arguments and its value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from rsica_data.geometry.cells import CELLS, cell_of
from rsica_data.schema import FactsView, JsonObject
from rsica_data.tasks.open_qa.kinds import KINDS
from rsica_data.text.class_names import join, plural

OWN_KINDS: dict[str, str] = {
    "direction": "choice",
    "built_count": "count",
    "removed_count": "count",
    "built_cells": "cells",
    "removed_cells": "cells",
    "cell_objects": "count",
    "transition": "percent",
    "date": "date",
    "caption": "text",
}
"""Kinds of facts that no question asks about, and the types of their values."""

_MOST_COMPARED = 4
MOST_TRANSITIONS = 8
"""Transitions that are listed, the largest first: where as many are listed, there may be smaller ones besides."""


@dataclass(frozen=True)
class Fact:
    """One fact that a text may tell.

    Attributes:
        kind: a question kind of ``open_qa``, or one of :data:`OWN_KINDS`.
        args: the arguments of the kind.
        value: the value, of the kind's type.
    """

    kind: str
    args: Mapping[str, Any]
    value: Any

    @property
    def type(self) -> str:
        """Type of the value, one of those of ``open_qa``'s values, ``date`` or ``text``."""
        return KINDS[self.kind].type if self.kind in KINDS else OWN_KINDS[self.kind]

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that the fact is about."""
        named = [self.args[key] for key in ("cls", "a", "b") if key in self.args]
        if self.type in ("class", "any_class", "class_or_equal") and self.value != "equal":
            named.append(self.value)
        elif self.type == "classes":
            named += self.value
        return tuple(dict.fromkeys(named))

    def words(self) -> str:
        """The fact as a prompt shows it."""
        names = {key: plural(self.args[key]) for key in ("cls", "a", "b") if key in self.args}
        return _WORDS[self.kind].format(**{**self.args, **names}, value=_value(self))

    def json(self) -> JsonObject:
        """The fact as the machine-readable block of a prompt holds it."""
        return {"kind": self.kind, "args": dict(self.args), "value": self.value, "words": self.words()}


_WORDS: dict[str, str] = {
    "any_change": "anything changed: {value}",
    "changed_classes": "classes that changed: {value}",
    "unchanged_classes": "classes that did not change: {value}",
    "total_count": "changed objects of all classes: {value}",
    "total_share": "share of the image that changed: {value}",
    "class_count": "{cls}: changed objects: {value}",
    "direction": "{cls}: each was {value}",
    "built_count": "{cls}: built: {value}",
    "removed_count": "{cls}: removed: {value}",
    "cells_of_class": "{cls}: cells with change: {value}",
    "built_cells": "{cls}: cells where some were built: {value}",
    "removed_cells": "{cls}: cells where some were removed: {value}",
    "cell_objects": "{cls}: changed objects in {cell}: {value}",
    "cell_count": "{cls}: number of cells with change: {value}",
    "area_share": "{cls}: share of the image that changed: {value}",
    "area_m2": "{cls}: changed area: {value}",
    "largest_cell": "{cls}: cell of the largest: {value}",
    "smallest_cell": "{cls}: cell of the smallest: {value}",
    "busiest_cell": "{cls}: cell with the most of them: {value}",
    "largest_size": "{cls}: size of the largest: {value}",
    "spread": "{cls}: concentrated in one place or scattered: {value}",
    "growth_direction": "{cls}: side of the image where they lie: {value}",
    "border": "{cls}: touch the edge of the image: {value}",
    "more_objects": "more changed objects, {a} or {b}: {value}",
    "more_area": "more changed area, {a} or {b}: {value}",
    "relative_position": "the largest of the {a} seen from the largest of the {b}: {value}",
    "nearest_class": "{cls}: the change nearest to the largest is one of: {value}",
    "left_or_right": "half with more change, left or right: {value}",
    "top_or_bottom": "half with more change, top or bottom: {value}",
    "largest_class": "class of the largest changed object: {value}",
    "cover_more": "{cls}: cover more ground: {value}",
    "cover_before": "{cls}: share of the first image: {value}",
    "cover_after": "{cls}: share of the second image: {value}",
    "most_gained": "land cover that gained the most area: {value}",
    "most_lost": "land cover that lost the most area: {value}",
    "became": "{cls}: mostly became: {value}",
    "was_before": "{cls}: what was there before, mostly: {value}",
    "transition": "from {a} to {b}: {value} of the image",
    "date": "date of the image {side}: {value}",
    "caption": "a person wrote: {value}",
}


def _value(fact: Fact) -> str:
    kind, value = fact.type, fact.value
    if kind == "bool":
        return "yes" if value else "no"
    if kind in ("class", "any_class"):
        return plural(value)
    if kind == "class_or_equal":
        return "as many of both" if value == "equal" else plural(value)
    if kind == "classes":
        return join([plural(name) for name in value]) if value else "none"
    if kind == "cells":
        return join(list(value)) if value else "none"
    return f"{value:.1f}%" if kind == "percent" else f"{value} m2" if kind == "area" else str(value)


@dataclass(frozen=True)
class PairContext:
    """What is known of a pair besides its view.

    Attributes:
        classes: the pair's classes.
        changed: whether it changed, where there is no view.
        captions: what people wrote.
        dates: dates of the two images, where known.
        directions: direction of a class that captions tell where the masks do not.
    """

    classes: tuple[str, ...]
    changed: bool | None = None
    captions: tuple[str, ...] = ()
    dates: tuple[str | None, str | None] = (None, None)
    directions: Mapping[str, str] | None = None


def list_facts(view: FactsView | None, context: PairContext) -> tuple[Fact, ...]:
    """The facts of a pair, in the order in which prompts number them from 1.

    Args:
        view: the facts under the recipe's rules; None without a mask.
        context: what is known besides.
    """
    facts: list[Fact] = []
    if view is not None:
        facts += _of_pair(view)
        for name in view.classes:
            facts += _of_class(view, name, (context.directions or {}).get(name))
        facts += _of_two(view)
        facts += _of_cover(view)
    elif context.changed is not None:
        facts.append(Fact("any_change", {}, context.changed))
    facts += [
        Fact("date", {"side": side}, day) for side, day in zip(("before", "after"), context.dates, strict=True) if day
    ]
    return (*facts, *(Fact("caption", {}, caption) for caption in context.captions))


def _asked(view: FactsView, kinds: Sequence[str], args: Mapping[str, Any] | None = None) -> Iterator[Fact]:
    """The facts of some question kinds that are settled; values that say nothing ("none") are left out."""
    for kind in kinds:
        value = KINDS[kind].value(view, dict(args or {}))
        if value is not None:
            yield Fact(kind, dict(args or {}), value)


def _of_pair(view: FactsView) -> Iterator[Fact]:
    yield from _asked(view, ("any_change",))
    if len(view.classes) > 1:
        among = {"among": list(view.classes)}
        yield from _asked(view, ("changed_classes", "unchanged_classes"), among)
    if any(view.counts.values()):
        yield from _asked(view, ("total_count", "total_share", "left_or_right", "top_or_bottom", "largest_class"))


_OF_PRESENT = (
    *("cells_of_class", "cell_count", "area_share", "area_m2", "largest_cell", "smallest_cell", "busiest_cell"),
    *("largest_size", "spread", "growth_direction", "border", "nearest_class"),
)


def _of_class(view: FactsView, name: str, direction: str | None) -> Iterator[Fact]:
    args = {"cls": name}
    yield from _asked(view, ("class_count",), args)
    if not view.objects[name]:
        if view.cells[name]:
            yield from _asked(view, ("cells_of_class",), args)
        return
    yield from _directions(view, name, direction)
    yield from _asked(view, _OF_PRESENT, args)
    for cell in CELLS:
        count = sum(cell_of(item.centroid, view.width, view.height) == cell for item in view.objects[name])
        if count:
            yield Fact("cell_objects", {**args, "cell": cell}, count)


def _directions(view: FactsView, name: str, direction: str | None) -> Iterator[Fact]:
    ways = [item.direction for item in view.objects[name]]
    if None in ways:
        if direction is not None and set(ways) == {None}:
            yield Fact("direction", {"cls": name}, direction)
        return
    if len(set(ways)) == 1:
        yield Fact("direction", {"cls": name}, ways[0])
        return
    for way in ("built", "removed"):
        items = [item for item in view.objects[name] if item.direction == way]
        touched = {cell for item in items for cell in item.cells}
        yield Fact(f"{way}_count", {"cls": name}, len(items))
        yield Fact(f"{way}_cells", {"cls": name}, [cell for cell in CELLS if cell in touched])


def _of_two(view: FactsView) -> Iterator[Fact]:
    present = sorted((name for name in view.classes if view.objects[name]), key=lambda name: -view.area_px[name])
    for a, b in combinations(present[:_MOST_COMPARED], 2):
        yield from _asked(view, ("more_objects", "more_area", "relative_position"), {"a": a, "b": b})


def _of_cover(view: FactsView) -> Iterator[Fact]:
    if not view.land:
        return
    for name, (before, after) in view.cover.items():
        if before or after:
            yield from _asked(view, ("cover_before", "cover_after", "cover_more"), {"cls": name})
    yield from _asked(view, ("most_gained", "most_lost"), {"among": list(view.land)})
    pixels = view.width * view.height
    largest = sorted(view.transitions, key=lambda step: -step[2])[:MOST_TRANSITIONS]
    for a, b, area in largest:
        yield Fact("transition", {"a": a, "b": b}, round(100 * area / pixels, 1))
    chosen: tuple[tuple[str, Callable[[], list[str]]], ...] = (
        ("became", lambda: list(dict.fromkeys(a for a, _, _ in largest))),
        ("was_before", lambda: list(dict.fromkeys(b for _, b, _ in largest))),
    )
    for kind, names in chosen:
        for name in names():
            yield from _asked(view, (kind,), {"cls": name, "among": list(view.land)})


def numbered(facts: Sequence[Fact]) -> str:
    """The facts as lines ``1. anything changed: yes``."""
    return "\n".join(f"{number}. {fact.words()}" for number, fact in enumerate(facts, 1))
