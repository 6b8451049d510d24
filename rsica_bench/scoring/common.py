"""What the scorers share."""

from __future__ import annotations

from collections.abc import Sequence

from rsica_bench.contracts import ScoredItem, TaskScore
from rsica_bench.metrics.scores import Scores


def unparsed(items: Sequence[ScoredItem]) -> int:
    """Number of turns without an answer."""
    return sum(item.answer is None for item in items)


def task_score(items: Sequence[ScoredItem], scores: Scores) -> TaskScore:
    """A task's score, with the share of turns without an answer."""
    missing = unparsed(items)
    share = {"unparsed_share": missing / len(items)} if items else {}
    return TaskScore(len(items), missing, scores.values | share, scores.absent)


def class_names(items: Sequence[ScoredItem]) -> list[str]:
    """Names of all classes, in order of first appearance."""
    return list(dict.fromkeys(name for item in items for name in item.gold.gold))
