"""What the scorers share."""

from __future__ import annotations

from collections.abc import Sequence

from rsica_bench.scoring.api import ScoredItem


def class_names(items: Sequence[ScoredItem]) -> list[str]:
    """Names of all classes, in order of first appearance."""
    return list(dict.fromkeys(name for item in items for name in item.gold.gold))
