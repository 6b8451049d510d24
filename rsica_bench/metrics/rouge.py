"""ROUGE-L as coco-caption computes it (Lin 2004): beta 1.2, best precision and best recall taken apart."""

from __future__ import annotations

from collections.abc import Sequence

from rsica_bench.metrics.ngrams import Tokens

_BETA = 1.2


def rouge_l(hypothesis: Tokens, references: Sequence[Tokens]) -> float:
    """ROUGE-L of one item. An empty sentence counts as one empty token, as splitting it at single spaces gives."""
    from rapidfuzz.distance import LCSseq

    said = hypothesis or (-1,)
    precision = recall = 0.0
    for reference in references:
        meant = reference or (-1,)
        common = LCSseq.similarity(said, meant)
        precision, recall = max(precision, common / len(said)), max(recall, common / len(meant))
    if precision == 0 or recall == 0:
        return 0.0
    return (1 + _BETA**2) * precision * recall / (recall + _BETA**2 * precision)
