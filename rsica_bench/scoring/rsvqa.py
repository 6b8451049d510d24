"""RSVQA's accuracies: over all questions, of each family, and the mean over families (Lobry et al. 2020)."""

from __future__ import annotations

from rsica_bench.scoring.api import ScorerSpec
from rsica_bench.scoring.by_kind import measure_by_kind

SCORER = ScorerSpec(
    "rsvqa", measure_by_kind("rsvqa"), ("accuracy", "average_accuracy", "unparsed_share"), lower=("unparsed_share",)
)
