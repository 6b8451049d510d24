"""Accuracy of CDVQA's types of question: over all, by type, and the mean over types."""

from __future__ import annotations

from rsica_bench.scoring.api import ScorerSpec
from rsica_bench.scoring.by_kind import measure_by_kind

SCORER = ScorerSpec(
    "cdvqa", measure_by_kind("cdvqa"), ("accuracy", "average_accuracy", "unparsed_share"), lower=("unparsed_share",)
)
