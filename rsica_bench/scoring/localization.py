"""Localization: nine cells a class; a reply or class that cannot be read counts as no cell at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.contracts import ScoredItem, ScorerSpec, TaskScore
from rsica_bench.metrics.multilabel import multilabel_scores
from rsica_bench.metrics.scores import Scores
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.common import class_names, task_score
from rsica_data.schema import CELLS


def score(items: Sequence[ScoredItem], protocol: BenchProtocol) -> TaskScore:
    """Scores by class (``f1/road``) and over all classes together (``f1``); exact whole replies as ``exact_all``.

    An unread reply is never an exact one, not even where the gold is empty.
    """
    scores = Scores()
    stacked: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]] = []
    for name in class_names(items):
        chosen = [item for item in items if name in item.gold.gold]
        true = np.stack([_row(item.gold.gold[name]) for item in chosen])
        said = np.stack([_row((item.answer or {}).get(name, ())) for item in chosen])
        found = multilabel_scores(true, said)
        unread = sum(item.answer is None and not item.gold.gold[name] for item in chosen)
        exact = found.values["subset_accuracy"] - unread / len(chosen)
        found |= Scores({"subset_accuracy": exact})
        leading = found.values["jaccard_deltavlm" if protocol.localization == "deltavlm" else "jaccard"]
        by_class = found | Scores({"jaccard_leading": leading})
        scores |= Scores(
            {f"{metric}/{name}": value for metric, value in by_class.values.items()},
            {f"{metric}/{name}": reason for metric, reason in by_class.absent.items()},
        )
        stacked.append((true, said))
    if stacked:
        both = multilabel_scores(np.concatenate([t for t, _ in stacked]), np.concatenate([s for _, s in stacked]))
        kept = ("precision", "recall", "f1", "cell_iou", "hamming", "jaccard", "jaccard_deltavlm")
        scores |= Scores(
            {name: both.values[name] for name in kept if name in both.values},
            {name: both.absent[name] for name in kept if name in both.absent},
        )
        right = sum(item.answer is not None and _same(item) for item in items)
        scores |= Scores({"subset_accuracy": right / len(items)})
    return task_score(items, scores)


def _row(cells: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([cell in cells for cell in CELLS], bool)


def _same(item: ScoredItem) -> bool:
    assert item.answer is not None
    gold = item.gold.gold
    return gold.keys() == item.answer.keys() and all(set(gold[name]) == set(item.answer[name]) for name in gold)


SCORER = ScorerSpec(
    "localization",
    score,
    ("f1", "f1/road", "f1/building", "cell_iou", "jaccard", "subset_accuracy", "hamming", "unparsed_share"),
    lower=("hamming", "unparsed_share"),
)
