"""Files of replies that name boxes, against true boxes: horizontal or turned, and the regions that they cover.

A row is an image: the reply is a text, the truth a text or a list of boxes in the same unit. Boxes are matched one to
one (`rsica_bench.metrics.box_metrics`); ``any_match_precision`` is EarthDial's protocol, by its own name; ``region/giou``,
``region/ciou`` and ``region/boundary_f1`` compare what the boxes of both sides cover, on a grid of the image
(`rsica_bench.metrics.mask_metrics`). A reply that cannot be read takes the worst case (`rsica_bench.scoring.unread`). A box
without area is a false one where a reply names it; as a true one, which nothing can hit, it is left out and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_bench.files.row_files import FileRow, read_document, rows_of
from rsica_bench.metrics import box_metrics as box_metrics
from rsica_bench.metrics import mask_metrics
from rsica_bench.metrics.figures import Figures, Floats
from rsica_bench.metrics.interval_rules import kinds_of
from rsica_bench.metrics.oriented_boxes import oriented_iou
from rsica_bench.metrics.statistics_tables import Table
from rsica_bench.scoring.unread import worst_boxes
from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json
from rsica_data.geometry.regions import as_oriented, box_region, oriented_region
from rsica_data.tasks.box_replies import TurnedBox, has_area, turned_boxes_in

TRUE_FIELDS = ("boxes", "truth", "target", "ground_truth", "caption0")
REPLY_FIELDS = ("reply", "raw", "answer", "prediction", "text")
_MASK_KINDS = kinds_of(("giou", "boundary_f1"), "mean") | kinds_of(("ciou", "precision", "recall", "f1"), "pixel_ratio")
_ANY_REASON = {"any_match_precision": "no box was predicted"}


@dataclass(frozen=True)
class BoxScores:
    """Scores of a file.

    Attributes:
        tables: tables of its rows.
        items: number of rows.
        unread: the rows whose reply could not be read, from 1.
        true_without_area: number of true boxes that are left out, since they have no area.
    """

    tables: tuple[Table, ...]
    items: int
    unread: tuple[int, ...]
    true_without_area: int


@dataclass(frozen=True)
class BoxOptions:
    """How a file of boxes is read.

    Attributes:
        turned: whether the angle of a box counts.
        size: width and height of the image in the unit of the boxes: the grid of the regions.
        reply, true: the fields of the reply and of the truth; None for the first likely one that a row has.
    """

    turned: bool = False
    size: tuple[int, int] = (100, 100)
    reply: str | None = None
    true: str | None = None


def score_file(path: Path, options: BoxOptions) -> BoxScores:
    """Score a file of rows.

    Raises:
        UserError: no rows, a row without its fields, or a truth that holds no boxes.
    """
    document = read_document(path)
    single = isinstance(document, dict) and not document.keys().isdisjoint((options.true or "", *TRUE_FIELDS))
    rows = rows_of([document] if single else document, path)
    if not rows:
        raise UserError("holds no row", file=path)
    listed = [_true(row, options) for row in rows]
    true = [[box for box in boxes if has_area(box)] for boxes in listed]
    predicted = [_said(row, options) for row in rows]
    unread = tuple(number for number, boxes in enumerate(predicted, 1) if boxes is None)
    pairs = [_arrays(gold, boxes, options.turned) for gold, boxes in zip(true, predicted, strict=True)]
    iou = oriented_iou if options.turned else box_metrics.box_iou
    matrices = [iou(gold, boxes) for gold, boxes in pairs]
    regions = [
        mask_metrics.mask_row(*_regions(*pair, boxes is None, options))
        for pair, boxes in zip(pairs, predicted, strict=True)
    ]
    left_out = sum(map(len, listed)) - sum(map(len, true))
    return BoxScores(_tables(matrices, np.stack(regions)), len(rows), unread, left_out)


def _tables(matrices: Sequence[Floats], regions: Floats) -> tuple[Table, ...]:
    numbers = np.arange(len(matrices))
    matched = box_metrics.image_statistics(np.stack([box_metrics.box_row(iou) for iou in matrices]))
    any_match = np.stack([box_metrics.any_match_row(iou) for iou in matrices])
    reasons = dict.fromkeys(_MASK_KINDS, "no pixel")
    only = ("giou", "ciou", "boundary_f1")
    kinds = kinds_of(_ANY_REASON, "ratio")
    return (
        Table(matched, numbers, box_metrics.box_figures, box_metrics.REASONS, kinds=box_metrics.KINDS),
        Table(any_match, numbers, _any_match, _ANY_REASON, kinds=kinds),
        Table(regions, numbers, mask_metrics.mask_figures, reasons, "region/", only=only, kinds=_MASK_KINDS),
    )


def _any_match(sums: Floats) -> Figures:
    return box_metrics.any_match_figures(sums)


def _field(row: FileRow, asked: str | None, likely: Sequence[str], what: str) -> Any:
    name = asked or next((name for name in likely if name in row.fields), None)
    if name is None or name not in row.fields:
        raise row.mistake(f"has no {what}", hint=f"name its field; the row has {', '.join(sorted(row.fields)[:8])}")
    return row.fields[name]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else dump_json(value)


def _true(row: FileRow, options: BoxOptions) -> list[TurnedBox]:
    text = _text(_field(row, options.true, TRUE_FIELDS, "true boxes"))
    boxes = turned_boxes_in(text)
    if boxes is None:
        raise row.mistake("its truth holds no box", hint="[[x0, y0, x1, y1]], with an angle where boxes are turned")
    return boxes


def _said(row: FileRow, options: BoxOptions) -> list[TurnedBox] | None:
    text = _text(_field(row, options.reply, REPLY_FIELDS, "reply"))
    return turned_boxes_in(text) if text.strip() else None


def _arrays(true: list[TurnedBox], predicted: list[TurnedBox] | None, turned: bool) -> tuple[Floats, Floats]:
    make = _as_turned if turned else _as_straight
    gold = make(true)
    if predicted is not None:
        return gold, make(predicted)
    worst = worst_boxes(gold)
    return gold, np.zeros((len(worst), 5)) if turned else worst


def _as_straight(boxes: list[TurnedBox]) -> Floats:
    return np.array([box[:4] for box in boxes], np.float64).reshape(-1, 4)


def _as_turned(boxes: list[TurnedBox]) -> Floats:
    rows = [as_oriented(box[:4], box[4]) for box in boxes]
    return np.array(rows, np.float64).reshape(-1, 5)


def _regions(
    true: Floats, predicted: Floats, is_unread: bool, options: BoxOptions
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """What the boxes of both sides cover; an unread reply covers nothing, or all where nothing is true."""
    gold = _region(true, options)
    return gold, np.full_like(gold, not gold.any()) if is_unread else _region(predicted, options)


def _region(boxes: Floats, options: BoxOptions) -> NDArray[np.bool_]:
    """What boxes cover: pixels whose centre lies in one of them."""
    rows = [tuple(row) for row in boxes.tolist()]
    return (oriented_region if options.turned else box_region)(rows, *options.size)
