"""Classes of images: accuracy over all images and the mean over true classes; an unread reply is wrong.

Figures:
    accuracy: right / images. Averaging: micro over images. Source: usual in scene classification.
    balanced_accuracy: mean over true classes of right / images of the class. Averaging: macro over classes. Source:
        sklearn.metrics.balanced_accuracy_score.
    recall: right / images of a class, as recall/CLASS. Averaging: micro over its images. Source: usual in scene
        classification.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rsica_bench.metrics.figures import Figures, Floats, divide
from rsica_bench.metrics.interval_rules import Kind
from rsica_bench.metrics.statistics_tables import Table
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec
from rsica_data.core import registry
from rsica_data.schema import TaskSpec

REASONS = {"accuracy": "no image", "balanced_accuracy": "no image", "recall": "no image of the class"}
KINDS: dict[str, Kind] = {"accuracy": "share", "balanced_accuracy": "ratio", "recall": "share"}


def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    """Accuracy, and recall of each true class."""
    if not items:
        return Measured((), {"accuracy": "no image"})
    task: TaskSpec = registry.load(registry.TASKS, "scene")
    names = sorted({str(item.gold.gold["value"]) for item in items})
    rows = np.zeros((len(items), len(names), 2))
    for number, item in enumerate(items):
        right = item.answer is not None and task.matches(item.gold.gold, item.answer)
        rows[number, names.index(str(item.gold.gold["value"]))] = (1, right)
    flat = rows.reshape(len(items), -1)
    return Measured((Table(flat, np.arange(len(items)), _figures(names), REASONS, kinds=KINDS),))


def _figures(names: Sequence[str]) -> Callable[[Floats], Figures]:
    def figures(sums: Floats) -> Figures:
        images, right = np.moveaxis(sums.reshape(*sums.shape[:-1], len(names), 2), -1, 0)
        recall = divide(right, images)
        known = images > 0
        return {
            "accuracy": divide(right.sum(axis=-1), images.sum(axis=-1)),
            "balanced_accuracy": divide(np.where(known, recall, 0.0).sum(axis=-1), known.sum(axis=-1)),
            **{f"recall/{name}": recall[..., place] for place, name in enumerate(names)},
        }

    return figures


SCORER = ScorerSpec("scene", measure, ("accuracy", "balanced_accuracy", "unparsed_share"), lower=("unparsed_share",))
