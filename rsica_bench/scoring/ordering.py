"""Orders of images in time: exact orders, and Kendall's tau of the others; an unread reply has the order reversed.

Figures:
    accuracy: orders that are right in full / orders. Averaging: micro over items. Source: this project.
    kendall_tau: mean of 1 - 4 D / (n (n - 1)), with D pairs of n images whose order is wrong. Averaging: macro over
        items. Source: Kendall 1938, without ties.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from rsica_bench.metrics.interval_rules import Kind
from rsica_bench.metrics.statistics_tables import mean_table
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec

KINDS: dict[str, Kind] = {"accuracy": "share", "kendall_tau": "real"}


def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    """Exact orders and Kendall's tau."""
    if not items:
        return Measured((), {"accuracy": "no item"})
    taus = [
        -1.0 if item.answer is None else kendall_tau(item.gold.gold["value"], item.answer["value"]) for item in items
    ]
    right = [item.answer is not None and item.answer["value"] == item.gold.gold["value"] for item in items]
    return Measured((mean_table(None, KINDS, accuracy=right, kendall_tau=taus),))


def kendall_tau(true: Sequence[int], given: Sequence[int]) -> float:
    """Kendall's tau of two orders of the same things, -1 to 1; 1 for one thing.

    Example:
        >>> kendall_tau([1, 2, 3], [1, 3, 2]), kendall_tau([1, 2], [2, 1])
        (0.33333333333333337, -1.0)
    """
    places = {name: place for place, name in enumerate(given)}
    pairs = list(combinations(true, 2))
    wrong = sum(places[first] > places[second] for first, second in pairs)
    return 1 - 2 * wrong / len(pairs) if pairs else 1.0


SCORER = ScorerSpec(
    "ordering",
    measure,
    ("accuracy", "kendall_tau", "unparsed_share"),
    lower=("unparsed_share",),
)
