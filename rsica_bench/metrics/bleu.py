"""BLEU-1..4 at corpus level as coco-caption computes it (Papineni et al. 2002).

Closest reference length, the shorter one of equally close; counts clipped by their maximum over the references; the
precisions carry the constants 1e-15 and 1e-9 of that implementation, so that a sentence without 4-grams has a tiny
score and not an error.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.ngrams import LONGEST, Ints, Pairs, Shared

_TINY, _SMALL = 1e-15, 1e-9
STATISTICS = 10


def bleu_statistics(lengths: Ints, shared: Shared, pairs: Pairs) -> NDArray[np.float64]:
    """Statistics of items, shape ``[N, 10]``: 4 clipped matches, 4 possible, length, closest reference length.

    Sums of these over items give the corpus score.

    Args:
        lengths: number of tokens of each sentence.
        shared: what each pair shares.
        pairs: hypotheses and references.
    """
    number, hypotheses = len(pairs.starts), pairs.hypotheses[pairs.starts]
    clipped = np.zeros(len(shared.item), np.int32)
    np.maximum.at(clipped, shared.row, np.minimum(shared.first, shared.second))
    rows = np.empty((number, STATISTICS))
    matches = np.bincount(shared.item * LONGEST + shared.orders, clipped, number * LONGEST)
    rows[:, :4] = matches.reshape(number, LONGEST)
    rows[:, 4:8] = np.maximum(0, lengths[hypotheses][:, None] - np.arange(LONGEST))
    rows[:, 8] = lengths[hypotheses]
    # The distance first, then the length: the least of both is the closest, the shorter of equals.
    base = int(lengths.max(initial=0)) + 1
    ranked = np.abs(lengths[pairs.meant] - lengths[pairs.hypotheses]) * base + lengths[pairs.meant]
    rows[:, 9] = np.minimum.reduceat(ranked, pairs.starts) % base
    return rows


def bleu_from_statistics(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """BLEU-1..4 of summed statistics, shape ``[..., 10]`` to ``[..., 4]``."""
    correct, possible = rows[..., 0:4], rows[..., 4:8]
    precision = (correct + _TINY) / (possible + _SMALL)
    scores = np.cumprod(precision, axis=-1) ** (1.0 / np.arange(1, 5))
    ratio = (rows[..., 8] + _TINY) / (rows[..., 9] + _SMALL)
    penalty = np.where(ratio < 1, np.exp(1 - 1 / ratio), 1.0)
    return np.asarray(scores * penalty[..., None])
