"""The question kinds: which arguments can be asked about, and what the facts say.

A kind's ``value`` returns None where the facts do not settle the answer (ties, too small a difference, nothing there):
the question is then not asked, and a model that answers through facts gives no answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Annotated, Any

from pydantic import AfterValidator

from rsica_data.core.errors import did_you_mean
from rsica_data.geometry.boxes import box_distance
from rsica_data.geometry.cells import CELLS, cell_of, in_first_half
from rsica_data.schema import FactsView, ObjectFacts, holds_all_change, size_word
from rsica_data.schema.rules import SIZE_WORDS
from rsica_data.tasks.open_qa import object_places as geo

Args = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of question.

    Attributes:
        type: type of its value, one of those of ``values.py``.
        arguments: which argument sets can be asked of a view.
        value: ``(view, args) -> value or None``.
        options: the values of a choice.
        ties: whether a reply may say that the options of a choice are equal, which no fact does: read, and never right.
    """

    type: str
    arguments: Callable[[FactsView], Iterable[Args]]
    value: Callable[[FactsView, Args], Any]
    options: tuple[str, ...] = ()
    ties: bool = False

    @property
    def reply_options(self) -> tuple[str, ...]:
        """The values of a choice that a reply can give."""
        return (*self.options, "equal") if self.ties else self.options


def _once(view: FactsView) -> Iterable[Args]:
    return ({},)


def _each(view: FactsView) -> Iterable[Args]:
    return ({"cls": name} for name in view.classes)


def _present(view: FactsView) -> Iterable[Args]:
    return ({"cls": name} for name in view.classes if view.objects[name])


def _pairs(view: FactsView) -> Iterable[Args]:
    return ({"a": a, "b": b} for a, b in combinations(view.classes, 2))


def _ordered_present(view: FactsView) -> Iterable[Args]:
    present = [name for name in view.classes if view.objects[name]]
    return ({"a": a, "b": b} for a, b in permutations(present, 2))


def _each_number(view: FactsView) -> Iterable[Args]:
    return ({"cls": name, "n": n} for name in view.classes for n in {2, 3, 5, max(view.counts[name], 2)})


def _each_cell(view: FactsView) -> Iterable[Args]:
    return ({"cls": name, "cell": cell} for name in view.classes for cell in CELLS)


def _covered(view: FactsView) -> Iterable[Args]:
    return ({"cls": name} for name, (before, after) in view.cover.items() if before or after)


def _once_among(view: FactsView) -> Iterable[Args]:
    return ({"among": list(view.cover)},) if view.cover else ()


def _from_classes(view: FactsView) -> Iterable[Args]:
    return ({"cls": name, "among": list(view.land)} for name in dict.fromkeys(a for a, _, _ in view.transitions))


def _to_classes(view: FactsView) -> Iterable[Args]:
    return ({"cls": name, "among": list(view.land)} for name in dict.fromkeys(b for _, b, _ in view.transitions))


def _more(view: FactsView, args: Args, of: dict[str, int]) -> str | None:
    a, b = of[args["a"]], of[args["b"]]
    if a == b == 0:
        return None
    return "equal" if a == b else str(args["a"] if a > b else args["b"])


def _more_area(view: FactsView, args: Args) -> str | None:
    a, b = view.area_px[args["a"]], view.area_px[args["b"]]
    if max(a, b) == 0 or abs(a - b) < 0.05 * max(a, b):
        return None
    return str(args["a"] if a > b else args["b"])


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1)


def _largest(view: FactsView, name: str) -> ObjectFacts | None:
    return geo.unique_extreme(view.objects[name], lambda item: item.area_px)


def _largest_cell(view: FactsView, args: Args) -> str | None:
    largest = _largest(view, args["cls"])
    return None if largest is None else cell_of(largest.centroid, view.width, view.height)


def _smallest_cell(view: FactsView, args: Args) -> str | None:
    if len(view.objects[args["cls"]]) < 2:
        return None
    smallest = geo.unique_extreme(view.objects[args["cls"]], lambda item: -item.area_px)
    return None if smallest is None else cell_of(smallest.centroid, view.width, view.height)


def _largest_class(view: FactsView, args: Args) -> str | None:
    sizes = {name: max((item.area_px for item in objects), default=0) for name, objects in view.objects.items()}
    if sum(size > 0 for size in sizes.values()) < 2:
        return None
    return geo.unique_key(sizes)


def _size_bucket(view: FactsView, args: Args) -> str | None:
    largest = _largest(view, args["cls"])
    if largest is None:
        return None
    return size_word(largest.area_px / (view.width * view.height))


def _busiest_cell(view: FactsView, args: Args) -> str | None:
    items = view.objects[args["cls"]]
    if len(items) < 2:
        return None
    tally: dict[str, int] = {}
    for item in items:
        cell = cell_of(item.centroid, view.width, view.height)
        tally[cell] = tally.get(cell, 0) + 1
    return geo.unique_key(tally)


def _side(axis: int, low: str, high: str) -> Callable[[FactsView, Args], str | None]:
    def value(view: FactsView, args: Args) -> str | None:
        items = [item for objects in view.objects.values() for item in objects]
        length = view.width if axis == 0 else view.height
        first = sum(item.area_px for item in items if in_first_half(item.centroid[axis], length))
        second = sum(item.area_px for item in items) - first
        if first + second == 0 or abs(first - second) < 0.2 * (first + second):
            return None
        return low if first > second else high

    return value


def _direction(view: FactsView, args: Args) -> str | None:
    return geo.direction_from_centre(view.objects[args["cls"]], view.width, view.height)


def _nearest(view: FactsView, args: Args) -> str | None:
    largest = _largest(view, args["cls"])
    if largest is None:
        return None
    near = {
        name: min(
            (box_distance(largest.box, item.box) for item in items if item.object_id != largest.object_id),
            default=math.inf,
        )
        for name, items in view.objects.items()
    }
    if sum(distance < math.inf for distance in near.values()) < 2:
        return None
    return geo.unique_key({name: -distance for name, distance in near.items() if distance < math.inf})


def _relative(view: FactsView, args: Args) -> str | None:
    a, b = _largest(view, args["a"]), _largest(view, args["b"])
    if a is None or b is None:
        return None
    return geo.relative_position(a, b, view.width, view.height)


def _spread(view: FactsView, args: Args) -> str | None:
    items = view.objects[args["cls"]]
    if len(items) < 3:
        return None
    cells = len({cell_of(item.centroid, view.width, view.height) for item in items})
    return "concentrated" if cells <= 1 else "scattered" if cells >= 3 else None


def _border(view: FactsView, args: Args) -> bool | None:
    items = view.objects[args["cls"]]
    return any(geo.touches_border(item, view.width, view.height) for item in items) if items else None


def _names(view: FactsView, changed: bool) -> list[str]:
    return [name for name in view.classes if bool(view.counts[name]) is changed]


def _only(view: FactsView, args: Args) -> bool | None:
    changed = _names(view, True)
    return changed == [args["cls"]] if changed and len(view.classes) > 1 else None


def _cover(side: int) -> Callable[[FactsView, Args], float | None]:
    def value(view: FactsView, args: Args) -> float | None:
        pixels = view.cover.get(args["cls"])
        return None if pixels is None else _percent(pixels[side], view.width * view.height)

    return value


def _cover_more(view: FactsView, args: Args) -> str | None:
    if args["cls"] not in view.cover:
        return None
    before, after = view.cover[args["cls"]]
    if abs(before - after) < 0.02 * max(before, after, 1):
        return None
    return "before" if before > after else "after"


def _gain(sign: int) -> Callable[[FactsView, Args], str | None]:
    def value(view: FactsView, args: Args) -> str | None:
        change = {name: sign * (after - before) for name, (before, after) in view.cover.items()}
        best = geo.unique_key(change) if change else None
        return best if best is not None and change[best] > 0 else None

    return value


def _main(source: int, target: int) -> Callable[[FactsView, Args], str | None]:
    def value(view: FactsView, args: Args) -> str | None:
        tally: dict[str, int] = {}
        for step in view.transitions:
            if step[source] == args["cls"]:
                tally[str(step[target])] = tally.get(str(step[target]), 0) + step[2]
        return geo.unique_key(tally) if tally else None

    return value


def _touched(view: FactsView, args: Args) -> bool:
    return args["cell"] in view.cells[args["cls"]]


def _if_complete(value: Callable[[FactsView, Args], Any]) -> Callable[[FactsView, Args], Any]:
    return lambda view, args: value(view, args) if holds_all_change(view) else None


def _total_share(view: FactsView, args: Args) -> float | None:
    if view.cover:
        return _percent(sum(area for _, _, area in view.transitions), view.width * view.height)
    return round(100 * sum(view.fraction.values()), 1) if holds_all_change(view) else None


def _total_count(view: FactsView, args: Args) -> int | None:
    return sum(view.counts.values()) if len(view.classes) > 1 else None


def _once_of_classes(view: FactsView) -> Iterable[Args]:
    return ({"among": list(view.classes)},) if len(view.classes) > 1 else ()


KINDS: dict[str, Kind] = {
    "any_change": Kind("bool", _once, lambda v, a: v.changed),
    "class_presence": Kind("bool", _each, lambda v, a: v.counts[a["cls"]] > 0),
    "class_absence": Kind("bool", _each, lambda v, a: v.counts[a["cls"]] == 0),
    "class_count": Kind("count", _each, lambda v, a: v.counts[a["cls"]]),
    "total_count": Kind("count", _once, _if_complete(_total_count)),
    "at_least": Kind("bool", _each_number, lambda v, a: v.counts[a["cls"]] >= a["n"]),
    "exactly_one": Kind("bool", _each, lambda v, a: v.counts[a["cls"]] == 1),
    "more_objects": Kind("class_or_equal", _pairs, lambda v, a: _more(v, a, dict(v.counts))),
    "more_area": Kind("class", _pairs, _more_area),
    "area_share": Kind("percent", _each, lambda v, a: round(100 * v.fraction[a["cls"]], 1)),
    "total_share": Kind("percent", _once, _total_share),
    "area_m2": Kind("area", _present, lambda v, a: None if (m := v.area_m2[a["cls"]]) is None else round(m)),
    "largest_cell": Kind("cell", _present, _largest_cell),
    "smallest_cell": Kind("cell", _present, _smallest_cell),
    "largest_class": Kind("class", _once, _if_complete(_largest_class)),
    "largest_size": Kind("choice", _present, _size_bucket, SIZE_WORDS),
    "busiest_cell": Kind("cell", _present, _busiest_cell),
    "cells_of_class": Kind("cells", _each, lambda v, a: list(v.cells[a["cls"]])),
    "cell_presence": Kind("bool", _each_cell, _touched),
    "cell_count": Kind("count", _each, lambda v, a: len(v.cells[a["cls"]])),
    "left_or_right": Kind("choice", _once, _if_complete(_side(0, "left", "right")), ("left", "right"), ties=True),
    "top_or_bottom": Kind("choice", _once, _if_complete(_side(1, "top", "bottom")), ("top", "bottom"), ties=True),
    "growth_direction": Kind("choice", _present, _direction, geo.DIRECTIONS),
    "nearest_class": Kind("class", _present, _if_complete(_nearest)),
    "relative_position": Kind("choice", _ordered_present, _relative, ("left", "right", "above", "below")),
    "spread": Kind("choice", _present, _spread, ("concentrated", "scattered")),
    "border": Kind("bool", _present, _border),
    "changed_classes": Kind("classes", _once_of_classes, lambda v, a: _names(v, True)),
    "unchanged_classes": Kind("classes", _once_of_classes, lambda v, a: _names(v, False)),
    "only_class": Kind("bool", _each, _if_complete(_only)),
    "both_classes": Kind("bool", _pairs, lambda v, a: v.counts[a["a"]] > 0 and v.counts[a["b"]] > 0),
    "centre_changed": Kind("bool", _each, lambda v, a: "center-center" in v.cells[a["cls"]]),
    "cover_more": Kind("choice", _covered, _cover_more, ("before", "after")),
    "cover_before": Kind("percent", _covered, _cover(0)),
    "cover_after": Kind("percent", _covered, _cover(1)),
    "most_gained": Kind("any_class", _once_among, _gain(1)),
    "most_lost": Kind("any_class", _once_among, _gain(-1)),
    "became": Kind("any_class", _from_classes, _main(0, 1)),
    "was_before": Kind("any_class", _to_classes, _main(1, 0)),
}
"""Question kinds by name, in a fixed order."""


def _known_kind(name: str) -> str:
    if name not in KINDS:
        raise ValueError(f"unknown kind '{name}', {did_you_mean(name, KINDS)}")
    return name


KindName = Annotated[str, AfterValidator(_known_kind)]
"""Name of a kind of the question bank."""
