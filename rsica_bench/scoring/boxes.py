"""Boxes that replies name, against the boxes of the changed objects, matched one to one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rsica_bench.metrics.box_metrics import KINDS, REASONS, box_figures, statistics_of_images
from rsica_bench.metrics.figures import Floats
from rsica_bench.metrics.statistics_tables import Table
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import ScoredItem
from rsica_bench.scoring.item_store import Picked
from rsica_bench.scoring.unread import worst_boxes
from rsica_data.schema import FactsView
from rsica_data.tasks.box_replies import Box, boxes_in, to_pixels

_BLOCK = 1024


def box_tables(items: Sequence[ScoredItem], names: Sequence[str], protocol: BenchProtocol) -> list[Table]:
    """Box figures by class (``box_mean_iou/road``, ``box_precision@0.5/road``); none where no reply names a box.

    A reply without boxes predicts none; one that has no answer either is wrong (`rsica_bench.scoring.unread`). Items
    whose pair has no facts are left out.
    """
    numbers = np.array([n for n, item in enumerate(items) if item.pair.view is not None], np.int64)
    chosen = Picked(items, numbers)
    if not any(_said(item, item.pair.view, protocol) for item in chosen if item.pair.view is not None):
        return []
    tables = []
    for name in names:
        # Some items at a time: their facts are much larger than their statistics.
        blocks = [_rows(chosen[begin : begin + _BLOCK], name, protocol) for begin in range(0, len(chosen), _BLOCK)]
        table = Table(np.concatenate(blocks), numbers, box_figures, REASONS, "box_", f"/{name}", kinds=KINDS)
        tables.append(table)
    return tables


def _rows(items: Sequence[ScoredItem], name: str, protocol: BenchProtocol) -> Floats:
    """Statistics of the boxes of one class."""
    true, given = [], []
    for item in items:
        view = item.pair.view
        assert view is not None
        named = _said(item, view, protocol)
        true.append(np.array([true_object.box for true_object in view.objects.get(name, ())], np.float64))
        lost = item.answer is None and not named
        given.append(worst_boxes(true[-1]) if lost else np.array(named.get(name, ()), np.float64))
    return statistics_of_images(true, given)


def _said(item: ScoredItem, view: FactsView, protocol: BenchProtocol) -> dict[str, list[Box]]:
    if item.raw is None:
        return {}
    return to_pixels(boxes_in(item.raw, item.classes), protocol.boxes, view.width, view.height)
