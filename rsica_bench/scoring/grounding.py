"""Regions: IoU of what an answer covers, over all forms and by form; boxes are matched one to one besides.

``accuracy@0.5`` is the share of answers whose region has an IoU of 0.5 or more. ``box_...`` and ``oriented_...`` are
the figures of single boxes (`rsica_bench.metrics.box_metrics`). An unread reply says the worst: nothing where something
is true, the whole image where nothing is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rsica_bench.metrics import box_metrics
from rsica_bench.metrics.figures import Floats
from rsica_bench.metrics.oriented_boxes import oriented_iou
from rsica_bench.metrics.regions import KINDS, REASONS, region_figures, region_row
from rsica_bench.metrics.statistics_tables import Table
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec
from rsica_bench.scoring.item_store import Picked
from rsica_bench.scoring.unread import worst_boxes
from rsica_data.tasks.grounding import is_none, overlap

FORMS = ("box", "oriented", "mask")


def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    """Figures of regions over all forms and by form, and of single boxes."""
    if not items:
        return Measured((), {"accuracy@0.5": "no item"})
    rows = np.stack([_row(item) for item in items])
    forms = [str(item.gold.question.args["form"]) for item in items]
    # Areas of different forms do not add up to anything; their IoU does.
    only = ("accuracy@0.25", "accuracy@0.5", "accuracy@0.75", "giou")
    tables = [Table(rows, np.arange(len(items)), region_figures, REASONS, only=only, kinds=KINDS)]
    for form in FORMS:
        numbers = np.array([number for number, name in enumerate(forms) if name == form], np.int64)
        if len(numbers):
            tables.append(Table(rows[numbers], numbers, region_figures, REASONS, suffix=f"/{form}", kinds=KINDS))
            if form != "mask":
                tables.append(_boxes(Picked(items, numbers), numbers, form))
    return Measured(tuple(tables))


def _row(item: ScoredItem) -> Floats:
    gold, args = item.gold.gold, item.gold.question.args
    if item.answer is None:
        return region_row(0.0, 1.0 if is_none(gold) else overlap(gold, gold, args)[1], False)
    both, either = overlap(gold, item.answer, args)
    return region_row(both, either, is_none(gold) and is_none(item.answer))


def _boxes(items: Sequence[ScoredItem], numbers: np.ndarray, form: str) -> Table:
    iou: Callable[..., Floats] = oriented_iou if form == "oriented" else box_metrics.box_iou
    width = 5 if form == "oriented" else 4
    true = [np.array(item.gold.gold["boxes"], np.float64).reshape(-1, width) for item in items]
    predicted = [
        np.pad(worst_boxes(boxes), ((0, 0), (0, width - 4)))
        if item.answer is None
        else np.array(item.answer["boxes"], np.float64).reshape(-1, width)
        for item, boxes in zip(items, true, strict=True)
    ]
    rows = box_metrics.statistics_of_images(true, predicted, iou=iou)
    return Table(
        rows, numbers, box_metrics.box_figures, box_metrics.REASONS, prefix=f"{form}_", kinds=box_metrics.KINDS
    )


SCORER = ScorerSpec(
    "grounding",
    measure,
    (
        "accuracy@0.5", "giou", *(f"{name}/{form}" for form in FORMS for name in ("accuracy@0.5", "ciou")),
        "box_mean_iou", "oriented_mean_iou", "unparsed_share",
    ),
    lower=("unparsed_share",),
)  # fmt: skip
