"""Damage: accuracy by kind, and by how many levels an answer is off.

``level_error`` is the mean distance of levels in their order, no damage being one below the lowest; an unread reply
is off by the most that its gold allows.

Figures:
    level_error: mean of abs(place of the answer - place of the true level), for questions about levels. Averaging:
        mean over questions. Source: this project.
"""

from __future__ import annotations

from collections.abc import Sequence

from rsica_bench.metrics.interval_rules import Kind
from rsica_bench.metrics.statistics_tables import mean_table
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec
from rsica_bench.scoring.by_kind import accuracy_table
from rsica_data.tasks.damage import NONE

KINDS: dict[str, Kind] = {"level_error": "error"}
_LEVELS = ("level", "worst", "most")


def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    """Accuracy of all questions, and the distance of levels."""
    if not items:
        return Measured((), {"accuracy": "no item"})
    numbers = [number for number, item in enumerate(items) if item.gold.question.kind in _LEVELS]
    tables = [accuracy_table("damage", items, range(len(items)))]
    if numbers:
        errors = [_error(items[number]) for number in numbers]
        tables.append(mean_table(numbers, KINDS, level_error=errors))
    return Measured(tuple(tables))


def _error(item: ScoredItem) -> float:
    places = {NONE: -1} | {name: place for place, name in enumerate(item.gold.question.args["levels"])}
    true = places[item.gold.gold["value"]]
    if item.answer is None:
        lowest = -1 if item.gold.question.kind == "worst" else 0
        return float(max(true - lowest, len(places) - 2 - true))
    return float(abs(places[item.answer["value"]] - true))


SCORER = ScorerSpec(
    "damage",
    measure,
    ("accuracy", "average_accuracy", "level_error", "unparsed_share"),
    lower=("level_error", "unparsed_share"),
)
