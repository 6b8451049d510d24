"""Questions by the map: accuracy over all, by question kind, and as the mean over kinds."""

from __future__ import annotations

from rsica_bench.scoring.api import ScorerSpec
from rsica_bench.scoring.by_kind import measure_by_kind

SCORER = ScorerSpec(
    "map_qa", measure_by_kind("map_qa"), ("accuracy", "average_accuracy", "unparsed_share"), lower=("unparsed_share",)
)
