"""Whether marked facts tell what happened: the whole change, or that anything changed at all."""

from __future__ import annotations

from collections.abc import Sequence

from rsica_data.claims.fact_list import Fact
from rsica_data.claims.listed import Listed, value_of

_HAPPENED = frozenset(
    (
        *("any_change", "changed_classes", "unchanged_classes", "class_count", "built_count", "removed_count"),
        *("direction", "cells_of_class", "built_cells", "removed_cells", "cell_objects", "caption", "transition"),
    )
)


def described(facts: Sequence[Fact], listed: Listed) -> bool:
    """Whether facts describe the whole change: what happened to each class that changed, or that nothing did."""
    counts = {str(fact.args["cls"]): fact.value for fact in listed.facts if fact.kind == "class_count"}
    changed = {name for name, count in counts.items() if count}
    happened = [fact for fact in facts if fact.kind in _HAPPENED]
    named = {name for fact in happened for name in fact.classes}
    named |= {name for fact in happened if fact.kind == "caption" for name in listed.words(str(fact.value)).named}
    if changed:
        return changed <= named
    whole = any(fact.kind in ("any_change", "changed_classes", "caption") for fact in happened)
    return whole or (bool(happened) and set(counts) <= named)


def something(facts: Sequence[Fact], listed: Listed) -> bool:
    """Whether facts tell that anything changed at all, or that nothing did."""
    if any(fact.kind in ("any_change", "changed_classes") for fact in facts):
        return True
    if value_of("any_change", None, listed) is False:
        return described(facts, listed)
    return any(fact.kind in _HAPPENED and fact.kind != "unchanged_classes" and fact.value for fact in facts)
