"""The value of a kind by a list of facts: listed, or following from what is listed.

A list leaves out what follows from the rest of it: that no object of a class was built where its direction is
"removed", that a class without changed objects has no cells. A reading may state such things all the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from rsica_data.claims.fact_list import MOST_TRANSITIONS
from rsica_data.claims.listed import Listed

Args = Mapping[str, Any]
OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}
"""The relative position of two things in the other order."""


def settled(kind: str, args: Args, listed: Listed) -> Any:
    """The value of a kind by the list; None where the list does not settle it.

    Args:
        kind: one of ``reading.ARGUMENTS``.
        args: its arguments.
        listed: the facts.

    >>> from rsica_data.claims.fact_list import Fact
    >>> facts = (Fact("class_count", {"cls": "road"}, 2), Fact("direction", {"cls": "road"}, "built"))
    >>> settled("removed_count", {"cls": "road"}, Listed(facts, ("road",)))
    0
    """
    for fact in listed.facts:
        if fact.kind == kind and all(fact.args.get(name) == value for name, value in args.items()):
            return fact.value
    rule = _DERIVED.get(kind)
    return rule(args, listed) if rule is not None else None


def _of(kind: str, args: Args, listed: Listed) -> Any:
    """The value of a kind for the class of some arguments, or for the pair; None where it is not listed."""
    name = args.get("cls")
    return next((fact.value for fact in listed.facts if fact.kind == kind and fact.args.get("cls") == name), None)


def _way_count(way: str) -> Callable[[Args, Listed], Any]:
    def rule(args: Args, listed: Listed) -> Any:
        count, direction = _of("class_count", args, listed), _of("direction", args, listed)
        if count == 0 or direction not in (None, way):
            return 0
        return count if direction == way else None

    return rule


def _way_cells(way: str) -> Callable[[Args, Listed], Any]:
    def rule(args: Args, listed: Listed) -> Any:
        direction = _of("direction", args, listed)
        if _of("class_count", args, listed) == 0 or direction not in (None, way):
            return []
        return _of("cells_of_class", args, listed) if direction == way else None

    return rule


def _direction(args: Args, listed: Listed) -> Any:
    counts = {way: _of(f"{way}_count", args, listed) for way in ("built", "removed")}
    return "both" if all(counts.values()) else None


def _if_none(value: Any) -> Callable[[Args, Listed], Any]:
    """The value of a class of which nothing changed."""
    return lambda args, listed: value if _of("class_count", args, listed) == 0 else None


def _cell_objects(args: Args, listed: Listed) -> Any:
    # Objects are listed for each cell that holds the middle of one.
    count = _of("class_count", args, listed)
    return None if count is None or (count and not any(f.kind == "cell_objects" for f in listed.facts)) else 0


def _none_changed(args: Args, listed: Listed) -> Any:
    return 0 if _of("any_change", {}, listed) is False else None


def _total_area(args: Args, listed: Listed) -> Any:
    counted = [fact.args["cls"] for fact in listed.facts if fact.kind == "class_count"]
    areas = [settled("area_m2", {"cls": name}, listed) for name in counted]
    return None if None in areas else sum(areas)


def _more(part: str) -> Callable[[Args, Listed], Any]:
    def rule(args: Args, listed: Listed) -> Any:
        turned = {"a": args["b"], "b": args["a"]}
        kind = "more_objects" if part == "class_count" else "more_area"
        for fact in listed.facts:
            if fact.kind == kind and {key: fact.args.get(key) for key in turned} == turned:
                return fact.value
        sizes = [settled(part, {"cls": args[key]}, listed) for key in ("a", "b")]
        if None in sizes:
            return None
        return "equal" if sizes[0] == sizes[1] else args["a"] if sizes[0] > sizes[1] else args["b"]

    return rule


def _relative(args: Args, listed: Listed) -> Any:
    for fact in listed.facts:
        if fact.kind == "relative_position" and (fact.args["a"], fact.args["b"]) == (args["b"], args["a"]):
            return OPPOSITE.get(fact.value)
    return None


def _cover_more(args: Args, listed: Listed) -> Any:
    before, after = (_of(kind, args, listed) for kind in ("cover_before", "cover_after"))
    return "equal" if before is not None and before == after else None


def _cover(args: Args, listed: Listed) -> Any:
    # A class that no date shows is left out of a list with land cover.
    shown = any(fact.kind == "cover_before" for fact in listed.facts)
    return 0.0 if shown and args["cls"] in listed.classes else None


def _transition(args: Args, listed: Listed) -> Any:
    # The largest eight are listed: one that is not there may be a small one.
    steps = [fact for fact in listed.facts if fact.kind == "transition"]
    unchanged = _of("any_change", {}, listed) is False
    return 0.0 if unchanged or (0 < len(steps) < MOST_TRANSITIONS) else None


def _classes(changed: bool) -> Callable[[Args, Listed], Any]:
    def rule(args: Args, listed: Listed) -> Any:
        counts = [fact for fact in listed.facts if fact.kind == "class_count"]
        return [fact.args["cls"] for fact in counts if bool(fact.value) is changed] if counts else None

    return rule


def _unlisted_count(*ends: str) -> Callable[[Args, Listed], Any]:
    """Of a class whose objects are not counted: none where no ground of it went, some where any did."""

    def rule(args: Args, listed: Listed) -> Any:
        steps = [fact for fact in listed.facts if fact.kind == "transition"]
        if any(fact.args[end] == args["cls"] and fact.value for fact in steps for end in ends):
            return math.inf
        return 0 if _cover_more(args, listed) == "equal" and len(steps) < MOST_TRANSITIONS else None

    return rule


def _first(*rules: Callable[[Args, Listed], Any]) -> Callable[[Args, Listed], Any]:
    def rule(args: Args, listed: Listed) -> Any:
        return next((value for one in rules if (value := one(args, listed)) is not None), None)

    return rule


def _side(args: Args, listed: Listed) -> Any:
    """The side on which all cells of a class lie, where they share a row or a column."""
    cells = [cell.split("-") for cell in settled("cells_of_class", args, listed) or ()]
    rows, columns = ({cell[place] for cell in cells} - {"center"} for place in (0, 1))
    shared = [next(iter(names)) for names in (rows, columns) if len(names) == 1]
    whole = [name for name in shared if all(name in cell for cell in cells)]
    return " ".join(whole) or None


_DERIVED: dict[str, Callable[[Args, Listed], Any]] = {
    "class_count": _unlisted_count("a", "b"),
    "built_count": _first(_way_count("built"), _unlisted_count("b")),
    "removed_count": _first(_way_count("removed"), _unlisted_count("a")),
    "growth_direction": _side,
    "built_cells": _way_cells("built"),
    "removed_cells": _way_cells("removed"),
    "direction": _direction,
    "cells_of_class": _if_none([]),
    "cell_count": _if_none(0),
    "area_share": _if_none(0.0),
    "area_m2": _if_none(0),
    "cell_objects": _cell_objects,
    "total_area": _total_area,
    "total_count": _none_changed,
    "total_share": _none_changed,
    "more_objects": _more("class_count"),
    "more_area": _more("area_share"),
    "relative_position": _relative,
    "cover_more": _cover_more,
    "cover_before": _cover,
    "cover_after": _cover,
    "transition": _transition,
    "changed_classes": _classes(True),
    "unchanged_classes": _classes(False),
}
