"""METEOR's statistics of a segment and the score of (summed) statistics, with the tuned English parameters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.meteor.matching import Match

# Alpha, beta, gamma, delta and the matchers' weights for English (Denkowski and Lavie 2014).
_ALPHA, _BETA, _GAMMA, _DELTA = 0.85, 0.20, 0.60, 0.75
_WEIGHTS = np.array([1.0, 0.6, 0.8, 0.6])

STATISTICS = 23
"""Columns, as the jar prints them: words of hypothesis and reference, function words of each; for each matcher content
words matched in hypothesis and reference, function words matched in each; chunks, matched words of each."""

_CHUNKS, _MATCHED, _REFERENCE_MATCHED = 20, 21, 22


def segment_statistics(
    hypothesis: Sequence[str], reference: Sequence[str], kept: Sequence[Match], chunks: int, function: frozenset[str]
) -> list[int]:
    """Statistics of one segment, 23 numbers."""
    row = [0] * STATISTICS
    row[:2] = len(hypothesis), len(reference)
    row[2] = sum(word in function for word in hypothesis)
    row[3] = sum(word in function for word in reference)
    for start, other, length, size, matcher in kept:
        base = 4 + 4 * matcher
        for word in hypothesis[start : start + length]:
            row[base + 2 * (word in function)] += 1
        for word in reference[other : other + size]:
            row[base + 1 + 2 * (word in function)] += 1
        row[_MATCHED] += length
        row[_REFERENCE_MATCHED] += size
    row[_CHUNKS] = chunks
    return row


def _perfect(rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    is_perfect: NDArray[np.bool_] = (
        (rows[..., _CHUNKS] == 1)
        & (rows[..., _MATCHED] == rows[..., 0])
        & (rows[..., _REFERENCE_MATCHED] == rows[..., 1])
    )
    return is_perfect


def summable(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows that may be added up: a segment matched in one chunk and in full adds no chunk. Shape ``[..., 23]``."""
    adjusted_rows = rows.copy()
    adjusted_rows[..., _CHUNKS] = np.where(_perfect(rows), 0, rows[..., _CHUNKS])
    return adjusted_rows


def scores_from_statistics(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """METEOR of statistics, shape ``[..., 23]`` to ``[...]``."""
    matched = rows[..., 4:20].reshape(*rows.shape[:-1], 4, 4)
    by_side = np.einsum("m,...mk->...k", _WEIGHTS, matched)
    hypothesis = _DELTA * (rows[..., 0] - rows[..., 2]) + (1 - _DELTA) * rows[..., 2]
    reference = _DELTA * (rows[..., 1] - rows[..., 3]) + (1 - _DELTA) * rows[..., 3]
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = (_DELTA * by_side[..., 0] + (1 - _DELTA) * by_side[..., 2]) / hypothesis
        recall = (_DELTA * by_side[..., 1] + (1 - _DELTA) * by_side[..., 3]) / reference
        mean = 1 / ((1 - _ALPHA) / precision + _ALPHA / recall)
        average = (rows[..., _MATCHED] + rows[..., _REFERENCE_MATCHED]) / 2
        broken = np.where(_perfect(rows), 0, rows[..., _CHUNKS] / average)
        scores = mean * (1 - _GAMMA * broken**_BETA)
    return np.asarray(np.where(rows[..., _MATCHED] > 0, scores, 0.0))
