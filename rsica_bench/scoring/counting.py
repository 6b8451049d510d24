"""Counting: a class that a reply does not count is taken as 0, and its share is reported."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rsica_bench.contracts import ScoredItem, ScorerSpec, TaskScore
from rsica_bench.metrics.counting import counting_scores
from rsica_bench.metrics.scores import Scores
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.common import class_names, task_score


def score(items: Sequence[ScoredItem], protocol: BenchProtocol) -> TaskScore:
    """MAE, RMSE, exact, within-1 and bias by class and as the mean over classes; ``exact_all`` for whole replies."""
    scores = Scores()
    names = class_names(items)
    for name in names:
        chosen = [item for item in items if name in item.gold.gold]
        true = np.array([item.gold.gold[name] for item in chosen], np.int64)
        said = np.array([(item.answer or {}).get(name, 0) for item in chosen], np.int64)
        missing = sum(name not in (item.answer or {}) for item in chosen)
        found = counting_scores(true, said)
        by_class = {f"{metric}/{name}": value for metric, value in found.values.items()}
        scores |= Scores(by_class | {f"missing_share/{name}": missing / len(chosen)})
    for metric in ("mae", "rmse"):
        if names:
            mean = float(np.mean([scores.values[f"{metric}/{name}"] for name in names]))
            scores |= Scores({metric: mean})
    if items:
        right = sum(item.answer == item.gold.gold for item in items)
        scores |= Scores({"exact_all": right / len(items)})
    return task_score(items, scores)


SCORER = ScorerSpec(
    "counting",
    score,
    ("mae", "mae/road", "mae/building", "rmse/road", "rmse/building", "exact_all", "unparsed_share"),
    lower=("mae", "rmse", "missing_share", "unparsed_share"),
)
