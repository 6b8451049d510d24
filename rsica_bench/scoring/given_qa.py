"""Accuracy of answers to questions that came with a dataset: over all, by type, and the mean over types (CDVQA).

Under the protocol ``rsvqa`` numbers and areas are right in the same range of RSVQA.
"""

from __future__ import annotations

from collections.abc import Sequence

from rsica_bench.metrics.vqa import rsvqa_range
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec
from rsica_bench.scoring.by_kind import accuracy_table
from rsica_data.schema import JsonObject


def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    """Accuracy by the rule of the protocol."""
    if not items:
        return Measured((), {"accuracy": "no item"})
    same = _same_range if protocol.answers == "rsvqa" else None
    return Measured((accuracy_table("given_qa", items, range(len(items)), same),))


def _same_range(gold: JsonObject, given: JsonObject) -> bool:
    return rsvqa_range(str(gold["value"])) == rsvqa_range(str(given["value"]))


SCORER = ScorerSpec(
    "given_qa",
    measure,
    ("accuracy", "average_accuracy", "unparsed_share"),
    lower=("unparsed_share",),
)
