"""Which interval each kind of figure has, and from how many pairs on it holds.

`RULES` is the one table of both. The numbers of pairs come from ``benchmarks/interval_coverage.py``: from there on the
95 % interval of each figure of the kind held the truth in at least 93 % of simulated test sets (docs/protocols.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Literal

Kind = Literal[
    "share",
    "ratio",
    "mean",
    "weighted_ratio",
    "correlation",
    "pixel_ratio",
    "pixel_correlation",
    "error",
    "squared_error",
    "score",
    "real",
]
KORN_GRAUBARD = "korn-graubard"
STUDENTISED = "studentised-bootstrap"


@dataclass(frozen=True)
class Rule:
    """How the interval of a kind of figure is made.

    Attributes:
        method: `KORN_GRAUBARD` or `STUDENTISED`.
        low, high: the values that such a figure can have.
        holds_from: with fewer pairs that have the figure, its interval is approximate.
    """

    method: str
    low: float
    high: float
    holds_from: int


RULES: dict[Kind, Rule] = {
    # Items that are right or wrong: accuracies, recalls, unparsed_share.
    "share": Rule(KORN_GRAUBARD, 0, 1, 5),
    # Sums of parts by sums of wholes, over items: F1 and IoU of decisions, cells and boxes, BLEU, METEOR, ROUGE-L.
    "ratio": Rule(KORN_GRAUBARD, 0, 1, 18),
    # Means of values from 0 to 1, most near 1 and a few near 0: IoU by image, Jaccard, scores of a judge.
    "mean": Rule(KORN_GRAUBARD, 0, 1, 50),
    # Errors of one sort weigh more: F0.5.
    "weighted_ratio": Rule(STUDENTISED, 0, 1, 18),
    # Matthews' correlation of decisions.
    "correlation": Rule(KORN_GRAUBARD, -1, 1, 18),
    # Summed over pixels, so that few pairs with much change weigh most: IoU, F1, precision, recall, OA.
    "pixel_ratio": Rule(STUDENTISED, 0, 1, 300),
    "pixel_correlation": Rule(STUDENTISED, -1, 1, 300),
    # Errors of counts: most are 0, few are large.
    "error": Rule(STUDENTISED, 0, inf, 50),
    "squared_error": Rule(STUDENTISED, 0, inf, 1000),
    # Means without an upper end whose items are alike: CIDEr.
    "score": Rule(STUDENTISED, 0, inf, 18),
    # What may be negative, or is not known: biases, means of a plug-in's columns.
    "real": Rule(STUDENTISED, -inf, inf, 50),
}


def kinds_of(names: Iterable[str], kind: Kind) -> dict[str, Kind]:
    """One kind for several figures."""
    return dict.fromkeys(names, kind)


def kind_of(name: str, kinds: Mapping[str, Kind]) -> Kind:
    """Kind of a figure, by its name or the part before ``/`` or ``@``; real where none is given."""
    return kinds.get(name) or kinds.get(name.partition("/")[0].partition("@")[0]) or "real"
