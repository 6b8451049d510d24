"""Accuracy of questions on series: over all, by kind, and the mean over kinds."""

from __future__ import annotations

from rsica_bench.scoring.api import ScorerSpec
from rsica_bench.scoring.by_kind import measure_by_kind

SCORER = ScorerSpec(
    "trend",
    measure_by_kind("trend"),
    ("accuracy", "average_accuracy", "unparsed_share"),
    lower=("unparsed_share",),
)
