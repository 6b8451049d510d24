"""Multiple choice: right letters over all questions, by kind, and the mean over kinds (micro, macro of XLRS-Bench)."""

from __future__ import annotations

from rsica_bench.scoring.api import ScorerSpec
from rsica_bench.scoring.by_kind import measure_by_kind

SCORER = ScorerSpec(
    "multiple_choice",
    measure_by_kind("multiple_choice"),
    ("accuracy", "average_accuracy", "unparsed_share"),
    lower=("unparsed_share",),
)
