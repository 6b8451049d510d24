"""Boxes that replies name, against the boxes of the changed objects, matched one to one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rsica_bench.metrics.box_metrics import KINDS, REASONS, box_figures, statistics_of_images
from rsica_bench.metrics.statistics_tables import Table
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import ScoredItem
from rsica_bench.scoring.unread import worst_boxes
from rsica_data.schema import FactsView
from rsica_data.tasks.box_replies import Box, boxes_in, to_pixels


def box_tables(items: Sequence[ScoredItem], names: Sequence[str], protocol: BenchProtocol) -> list[Table]:
    """Box figures by class (``box_mean_iou/road``, ``box_precision@0.5/road``); none where no reply names a box.

    A reply without boxes predicts none; one that has no answer either is wrong (`rsica_bench.scoring.unread`). Items
    whose pair has no facts are left out.
    """
    known = [(n, item, item.pair.view) for n, item in enumerate(items) if item.pair.view is not None]
    named_boxes = [_said(item, view, protocol) for _, item, view in known]
    if not any(named_boxes):
        return []
    tables, numbers = [], np.array([n for n, _, _ in known], np.int64)
    lost = [item.answer is None and not boxes for (_, item, _), boxes in zip(known, named_boxes, strict=True)]
    for name in names:
        true = [
            np.array([true_object.box for true_object in view.objects.get(name, ())], np.float64)
            for _, _, view in known
        ]
        given = [
            worst_boxes(boxes) if unread else np.array(named.get(name, ()), np.float64)
            for boxes, named, unread in zip(true, named_boxes, lost, strict=True)
        ]
        rows = statistics_of_images(true, given)
        tables.append(Table(rows, numbers, box_figures, REASONS, "box_", f"/{name}", kinds=KINDS))
    return tables


def _said(item: ScoredItem, view: FactsView, protocol: BenchProtocol) -> dict[str, list[Box]]:
    if item.raw is None:
        return {}
    return to_pixels(boxes_in(item.raw, item.classes), protocol.boxes, view.width, view.height)
