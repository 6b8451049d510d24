"""Retrieval: how early the right entries of a gallery come when it is ordered by scores for a query.

Entries of equal score share their places: a figure of a query is its mean over all orders of the equal ones, so that a
model that gives one score to all has what chance gives.

Figures:
    recall@K: right entries among the first K / right entries. Averaging: macro over queries. Source: usual in
        image-text retrieval with one right entry (there the share of queries found).
    nDCG@K: gain of the first K, each divided by log2(1 + place) / the highest that can be had. Averaging: macro over
        queries. Source: Jarvelin and Kekalainen 2002, with binary gain.
    mR: mean of recall@1, recall@5 and recall@10. Averaging: macro over K. Source: RemoteCLIP (arXiv 2306.11029).
    mean_reciprocal_rank: mean of 1 / place of the first right entry. Averaging: macro over queries. Source: Voorhees
        1999, TREC-8.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Floats, check_shapes
from rsica_bench.metrics.statistics_tables import Table, mean_table
from rsica_data.core.errors import UserError

DEPTHS = (1, 5, 10)


def retrieval_table(scores: NDArray[np.floating], right: NDArray[np.bool_], depths: Sequence[int] = DEPTHS) -> Table:
    """Figures of queries over one gallery; the table's ``scores()`` are their means.

    Args:
        scores: score of each gallery entry for each query, shape ``[Q, G]``, higher for nearer.
        right: which entries are right, same shape; at least one a query.
        depths: the K of recall@K and nDCG@K.

    Raises:
        UserError: the shapes differ, a query has no right entry, or a score is not finite.

    Example:
        >>> import numpy as np
        >>> scores, right = np.array([[0.9, 0.1, 0.5]]), np.array([[False, False, True]])
        >>> measured = retrieval_table(scores, right, (1, 2)).scores().values
        >>> measured["recall@1"], measured["recall@2"], measured["mean_reciprocal_rank"]
        (0.0, 1.0, 0.5)
    """
    check_shapes(right, scores, "gallery")
    if not np.isfinite(scores).all():
        raise UserError("a score is not finite")
    if not right.any(axis=1).all():
        raise UserError("a query has no right entry in the gallery")
    gains = np.stack([_expected_gains(*pair) for pair in zip(scores, right, strict=True)])
    discounts = 1 / np.log2(np.arange(2, gains.shape[1] + 2))
    columns: dict[str, Floats] = {}
    for depth in depths:
        columns[f"recall@{depth}"] = gains[:, :depth].sum(axis=1) / right.sum(axis=1)
        best = np.array([discounts[: min(depth, count)].sum() for count in right.sum(axis=1)])
        columns[f"nDCG@{depth}"] = (gains * discounts)[:, :depth].sum(axis=1) / best
    if tuple(depths) == DEPTHS:
        columns["mR"] = np.mean([columns[f"recall@{depth}"] for depth in depths], axis=0)
    columns["mean_reciprocal_rank"] = np.array([_reciprocal(*pair) for pair in zip(scores, right, strict=True)])
    # A sum of shares may exceed 1 by its last bit.
    bounded = {name: np.minimum(column, 1.0) for name, column in columns.items()}
    return mean_table(None, dict.fromkeys(bounded, "mean"), **bounded)


def _expected_gains(scores: NDArray[np.floating], right: NDArray[np.bool_]) -> Floats:
    """Mean share of right entries at each place, over all orders of equal scores, shape ``[G]``."""
    order = np.argsort(-scores, kind="stable")
    gains = right[order].astype(np.float64)
    starts = np.flatnonzero(np.diff(scores[order], prepend=np.inf))
    for start, end in zip(starts, [*starts[1:], len(gains)], strict=True):
        gains[start:end] = gains[start:end].mean()
    return gains


def _reciprocal(scores: NDArray[np.floating], right: NDArray[np.bool_]) -> float:
    """Mean of 1 / place of the first right entry, over all orders of equal scores."""
    best = scores[right].max()
    before, equal = int((scores > best).sum()), int((scores == best).sum())
    hits = int((right & (scores == best)).sum())
    # The chance that the first right one of the equal entries comes at their place k, one place after the other.
    mean, missed = 0.0, 1.0
    for place in range(equal - hits + 1):
        chance = hits / (equal - place)
        mean += missed * chance / (before + place + 1)
        missed *= 1 - chance
    return mean
