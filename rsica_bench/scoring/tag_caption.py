"""Captions from map tags: the corpus scores of captioning against the references of the map."""

from __future__ import annotations

from collections.abc import Sequence

from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec
from rsica_bench.scoring.captioning import caption_tables


def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    """BLEU-1..4, METEOR, ROUGE-L, CIDEr of the replies."""
    return caption_tables(items, "captions", protocol)


SCORER = ScorerSpec(
    "tag_caption",
    measure,
    ("BLEU-1", "BLEU-4", "METEOR", "ROUGE-L", "CIDEr", "unparsed_share"),
    lower=("unparsed_share",),
    lead="CIDEr",
)
