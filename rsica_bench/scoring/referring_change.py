"""Regions of described changes, scored as those of `rsica_bench.scoring.grounding`."""

from __future__ import annotations

from dataclasses import replace

from rsica_bench.scoring.grounding import SCORER as GROUNDING

SCORER = replace(
    GROUNDING,
    task="referring_change",
    columns=("giou", "ciou/mask", "accuracy@0.5", "accuracy@0.5/mask", "unparsed_share"),
)
