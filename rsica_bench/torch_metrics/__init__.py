"""The figures of `rsica_bench.metrics` as `torchmetrics.Metric` classes, for training loops and several processes.

``update(preds, target)`` adds up statistics, ``compute()`` calls the very functions that score a run, so the numbers
are the same. ``compute()`` gives a dictionary of tensors of doubles; a figure that is undefined is not in it.

Importing this package imports torch; nothing else in `rsica_bench` imports it.
"""

from rsica_bench.torch_metrics.answers import BinaryChange, Counting, MultilabelCells, Vqa
from rsica_bench.torch_metrics.base import ScoresMetric
from rsica_bench.torch_metrics.caption_classes import Captions
from rsica_bench.torch_metrics.detection import Anls, AveragePrecision, ChangeObjects
from rsica_bench.torch_metrics.pixel_classes import (
    Boxes,
    BuildingDamage,
    ChangeDetection,
    MultiClassChange,
    ReferringMasks,
    SemanticChange,
)

__all__ = [
    "Anls",
    "AveragePrecision",
    "BinaryChange",
    "Boxes",
    "BuildingDamage",
    "Captions",
    "ChangeDetection",
    "ChangeObjects",
    "Counting",
    "MultiClassChange",
    "MultilabelCells",
    "ReferringMasks",
    "ScoresMetric",
    "SemanticChange",
    "Vqa",
]
