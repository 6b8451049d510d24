"""Classification: a reply that cannot be read counts as wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rsica_bench.contracts import ScoredItem, ScorerSpec, TaskScore
from rsica_bench.metrics.binary import binary_scores
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.common import task_score


def score(items: Sequence[ScoredItem], protocol: BenchProtocol) -> TaskScore:
    """Accuracy, precision, recall, F1 and more, changed being the positive class."""
    true = np.array([bool(item.gold.gold["changed"]) for item in items], bool)
    # The opposite of the gold: neither decision is given for nothing.
    said = np.array(
        [bool(item.answer["changed"]) if item.answer is not None else not item.gold.gold["changed"] for item in items],
        bool,
    )
    return task_score(items, binary_scores(true, said))


SCORER = ScorerSpec(
    "classification",
    score,
    ("accuracy", "f1", "precision", "recall", "mcc", "unparsed_share"),
    lower=("unparsed_share",),
)
