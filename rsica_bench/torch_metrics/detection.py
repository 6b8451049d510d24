"""Metrics of boxes with scores, of objects of change, and of short texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rsica_bench.metrics import anls, box_metrics, change_objects, detection
from rsica_bench.metrics.scores import Scores
from rsica_bench.torch_metrics.base import Arrays, RowsMetric, SumMetric, decisions, to_array
from rsica_data.core.errors import UserError

_SIZE = 8


class AveragePrecision(RowsMetric):
    """Average precision of boxes with scores, see `rsica_bench.metrics.detection`; pycocotools is not needed.

    Args:
        names: names of the classes.
        iou: ``(true, predicted) -> [T, P]``.
        width: numbers of a box: 4, or 5 for oriented ones.
        kwargs: options of `torchmetrics.Metric`.
    """

    def __init__(
        self, names: Sequence[str], iou: box_metrics.IouMatrix = box_metrics.box_iou, width: int = 4, **kwargs: Any
    ) -> None:
        super().__init__((4 + width) * _SIZE, **kwargs)
        self.names, self.iou, self.width = tuple(names), iou, width
        self._images = 0

    def update(self, preds: Sequence[Mapping[str, Arrays]], target: Sequence[Mapping[str, Arrays]]) -> None:
        """Add images.

        Args:
            preds: of each image ``boxes`` ``[P, width]``, ``scores`` ``[P]`` and ``labels`` ``[P]`` (places of names).
            target: of each image ``boxes`` ``[T, width]`` and ``labels`` ``[T]``.

        Raises:
            UserError: not as many images on both sides, or not as many boxes as labels.
        """
        if len(preds) != len(target):
            raise UserError(f"boxes of {len(target)} images are true, of {len(preds)} predicted")
        for predicted, true in zip(preds, target, strict=True):
            # Images of other processes have other numbers.
            number = self._images + _rank() * 2.0**40
            self._add(number, 0.0, true, np.zeros(len(to_array(true["labels"]))))
            self._add(number, 1.0, predicted, to_array(predicted["scores"]))
            self._images += 1

    def _add(self, number: float, side: float, part: Mapping[str, Arrays], scores: Any) -> None:
        rows_of_boxes, labels = box_metrics.as_boxes(to_array(part["boxes"]), self.width), to_array(part["labels"])
        if not len(rows_of_boxes) == len(labels) == len(scores):
            raise UserError(f"{len(rows_of_boxes)} boxes have {len(labels)} labels and {len(scores)} scores")
        heads = np.stack(
            [np.full(len(rows_of_boxes), number), np.full(len(rows_of_boxes), side), labels, scores], axis=-1
        )
        rows = np.concatenate([heads, rows_of_boxes], axis=-1).astype("<f8")
        # An image without boxes leaves no row: it adds nothing to average precision.
        self.append(rows.view(np.uint8).reshape(len(rows_of_boxes), -1))

    def scores(self) -> Scores:
        """Figures of the images so far."""
        rows = np.ascontiguousarray(self.array()).view("<f8").reshape(-1, 4 + self.width)
        true, predicted, scores = [], [], []
        for number in np.unique(rows[:, 0]):
            true_rows, said_rows = (
                self._by_class(rows[(rows[:, 0] == number) & (rows[:, 1] == side)]) for side in (0, 1)
            )
            true.append({name: part[:, 4:] for name, part in true_rows.items()})
            predicted.append({name: part[:, 4:] for name, part in said_rows.items()})
            scores.append({name: part[:, 3] for name, part in said_rows.items()})
        return detection.average_precision_scores(true, predicted, scores, self.iou)

    def _by_class(self, rows: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        return {name: rows[rows[:, 2] == place] for place, name in enumerate(self.names)}


def _rank() -> int:
    ready = torch.distributed.is_available() and torch.distributed.is_initialized()
    return int(torch.distributed.get_rank()) if ready else 0


class ChangeObjects(SumMetric):
    """Objects of change masks, see `rsica_bench.metrics.change_objects`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(len(change_objects.COLUMNS), **kwargs)

    def update(self, preds: Sequence[Arrays] | Arrays, target: Sequence[Arrays] | Arrays) -> None:
        """Add masks.

        Args:
            preds: predicted masks, booleans or 0 and 1: shape ``[B, H, W]``, or a list of ``[H, W]``.
            target: true masks, in the same form.

        Raises:
            UserError: not as many masks on both sides, shapes differ, or values are no decisions.
        """
        if len(preds) != len(target):
            raise UserError(f"{len(target)} masks are true, {len(preds)} predicted")
        for predicted, true in zip(preds, target, strict=True):
            self.add(change_objects.object_row(decisions(true, "target"), decisions(predicted, "preds")))

    def scores(self) -> Scores:
        """Figures of the masks so far."""
        return change_objects.scores_of_sums(self.array())


class Anls(SumMetric):
    """ANLS of short texts, see `rsica_bench.metrics.anls`.

    Args:
        threshold: normalised distance from which on an answer has 0.
        kwargs: options of `torchmetrics.Metric`.
    """

    def __init__(self, threshold: float = anls.THRESHOLD, **kwargs: Any) -> None:
        super().__init__(2, **kwargs)
        self.threshold = threshold

    def update(self, preds: Sequence[str], target: Sequence[Sequence[str]]) -> None:
        """Add items.

        Args:
            preds: what was said.
            target: what is right, one text at least an item.

        Raises:
            UserError: not as many answers as lists of references, or an item has none.
        """
        self.add(anls.anls_rows(preds, target, self.threshold).sum(axis=0))

    def scores(self) -> Scores:
        """Figures of the items so far."""
        return anls.scores_of_sums(self.array())
