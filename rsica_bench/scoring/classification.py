"""Classification: an unread reply is the opposite of the gold (`rsica_bench.scoring.unread`)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rsica_bench.metrics.binary import KINDS, REASONS, binary_figures, binary_statistics
from rsica_bench.metrics.statistics_tables import Table
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec


def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    """Accuracy, precision, recall, F1 and more, changed being the positive class."""
    true = np.array([bool(item.gold.gold["changed"]) for item in items], bool)
    predicted = np.array(
        [bool(item.answer["changed"]) if item.answer is not None else not item.gold.gold["changed"] for item in items],
        bool,
    )
    rows = binary_statistics(true, predicted)
    return Measured((Table(rows, np.arange(len(items)), binary_figures, REASONS, kinds=KINDS),))


SCORER = ScorerSpec(
    "classification",
    measure,
    ("accuracy", "f1", "precision", "recall", "mcc", "unparsed_share"),
    lower=("unparsed_share",),
)
