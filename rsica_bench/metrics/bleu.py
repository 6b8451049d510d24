"""BLEU-1..4 at corpus level as coco-caption computes it (Papineni et al. 2002).

Closest reference length, the shorter one of equally close; counts clipped by their maximum over the references; the
precisions carry the constants 1e-15 and 1e-9 of that implementation, so that a sentence without 4-grams has a tiny
score and not an error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.ngrams import Tokens

_TINY, _SMALL = 1e-15, 1e-9


def bleu_statistics(
    hypothesis: Tokens, counts: Counter[Tokens], references: Sequence[tuple[Tokens, Counter[Tokens]]]
) -> NDArray[np.float64]:
    """Statistics of one item, shape ``[10]``: 4 clipped matches, 4 possible, length, closest reference length.

    Sums of these over items give the corpus score.
    """
    best: dict[Tokens, int] = {}
    for _, found in references:
        for gram in counts:
            here = found.get(gram, 0)
            if here > best.get(gram, 0):
                best[gram] = here
    row = np.zeros(10)
    for gram, count in best.items():
        row[len(gram) - 1] += min(count, counts[gram])
    length = len(hypothesis)
    row[4:8] = [max(0, length - n) for n in range(4)]
    row[8] = length
    row[9] = min((abs(len(tokens) - length), len(tokens)) for tokens, _ in references)[1]
    return row


def bleu_from_statistics(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """BLEU-1..4 of summed statistics, shape ``[..., 10]`` to ``[..., 4]``."""
    correct, possible = rows[..., 0:4], rows[..., 4:8]
    precision = (correct + _TINY) / (possible + _SMALL)
    scores = np.cumprod(precision, axis=-1) ** (1.0 / np.arange(1, 5))
    ratio = (rows[..., 8] + _TINY) / (rows[..., 9] + _SMALL)
    penalty = np.where(ratio < 1, np.exp(1 - 1 / ratio), 1.0)
    return np.asarray(scores * penalty[..., None])
