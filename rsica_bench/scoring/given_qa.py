"""Accuracy of answers to questions that came with a dataset: over all, by type, and the mean over types (CDVQA)."""

from __future__ import annotations

from rsica_bench.scoring.api import ScorerSpec
from rsica_bench.scoring.by_kind import measure_by_kind

SCORER = ScorerSpec(
    "given_qa",
    measure_by_kind("given_qa"),
    ("accuracy", "average_accuracy", "unparsed_share"),
    lower=("unparsed_share",),
)
