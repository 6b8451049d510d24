"""How far raters agree: share of agreeing pairs of votes, and Krippendorff's alpha for nominal votes.

Krippendorff 2004, "Content Analysis", chapter 11: alpha = 1 - D_o / D_e, with the observed and the expected share of
disagreeing pairs of votes; items may have different numbers of votes, and items with fewer than two say nothing.

Figures:
    agreement: pairs of votes on an item that agree / pairs of votes on it. Averaging: mean over items. Source: this
        project.
    alpha: 1 - observed / expected share of disagreeing pairs of votes. Averaging: micro over votes. Source:
        Krippendorff 2004.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from rsica_bench.metrics.scores import Scores


def agreement_scores(votes: Sequence[Sequence[Hashable]]) -> Scores:
    """``agreement`` (share of agreeing pairs of votes, mean over items) and ``alpha``.

    Args:
        votes: the votes on each item.
    """
    rated = [Counter(one) for one in votes if len(one) > 1]
    if not rated:
        return Scores({}, dict.fromkeys(("agreement", "alpha"), "no item has two votes"))
    shares = [_agreeing(one) for one in rated]
    values = {"agreement": sum(shares) / len(shares)}
    totals = sum(rated, Counter[Hashable]())
    number = sum(totals.values())
    expected = 1 - sum(count * (count - 1) for count in totals.values()) / (number * (number - 1))
    if not expected:
        return Scores(values, {"alpha": "all votes are the same"})
    # Items weigh by their number of votes, as in the coincidence matrix.
    observed = sum(one.total() * (1 - share) for one, share in zip(rated, shares, strict=True)) / number
    return Scores(values | {"alpha": 1 - observed / expected}, {})


def _agreeing(votes: Counter[Hashable]) -> float:
    number = votes.total()
    return sum(count * (count - 1) for count in votes.values()) / (number * (number - 1))
