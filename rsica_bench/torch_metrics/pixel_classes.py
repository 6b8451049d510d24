"""Metrics of masks, maps and boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics import (
    box_metrics,
    building_damage,
    change_detection,
    mask_metrics,
    multi_class_change,
    semantic_change,
)
from rsica_bench.metrics.scores import Scores
from rsica_bench.torch_metrics.base import Arrays, SumMetric, decisions, to_array
from rsica_data.core.errors import UserError


class ChangeDetection(SumMetric):
    """Binary change detection, see `rsica_bench.metrics.change_detection`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(len(change_detection.COLUMNS), **kwargs)

    def update(self, preds: Arrays, target: Arrays, ignore: Arrays | None = None) -> None:
        """Add pairs.

        Args:
            preds: predicted masks, booleans or 0 and 1, shape ``[B, H, W]``, or ``[H, W]`` for one pair.
            target: true masks, same shape.
            ignore: pixels that do not count, same shape; None for none.

        Raises:
            UserError: the shapes differ, or values are no decisions.
        """
        predicted, true = decisions(preds, "preds"), decisions(target, "target")
        void = np.zeros_like(true) if ignore is None else decisions(ignore, "ignore")
        rows = [change_detection.confusion_row(*pair) for pair in _together((true, predicted, void), 2)]
        counts = np.array(rows, np.float64).reshape(-1, 4)
        self.add(change_detection.pair_statistics(counts).sum(axis=0))

    def scores(self) -> Scores:
        """Figures of the pairs so far."""
        return change_detection.scores_of_sums(self.array())


class SemanticChange(SumMetric):
    """Semantic change detection, see `rsica_bench.metrics.semantic_change`.

    Args:
        classes: number of classes besides no change.
        kwargs: options of `torchmetrics.Metric`.
    """

    def __init__(self, classes: int, **kwargs: Any) -> None:
        super().__init__(classes + 1, classes + 1, **kwargs)
        self.classes = classes

    def update(self, preds: Arrays, target: Arrays, ignore: Arrays | None = None) -> None:
        """Add pairs.

        Args:
            preds: predicted maps of both dates, integers, shape ``[B, 2, H, W]``, or ``[2, H, W]`` for one pair.
            target: true maps, same shape.
            ignore: pixels that do not count, same shape; None for none.

        Raises:
            UserError: the shapes differ, or a value is no class.
        """
        true = to_array(target)
        void = np.zeros(true.shape, bool) if ignore is None else decisions(ignore, "ignore")
        for maps, predicted, hidden in _together((true, to_array(preds), void), 3):
            self.add(semantic_change.semantic_confusion(maps, predicted, self.classes, hidden))

    def scores(self) -> Scores:
        """Figures of the pairs so far."""
        return semantic_change.semantic_change_scores(self.array())


class MultiClassChange(SumMetric):
    """Change of several classes, see `rsica_bench.metrics.multi_class_change`.

    Args:
        names: names of all classes, no change first.
        kwargs: options of `torchmetrics.Metric`.
    """

    def __init__(self, names: Sequence[str], **kwargs: Any) -> None:
        super().__init__(len(names), len(names), **kwargs)
        self.names = tuple(names)

    def update(self, preds: Arrays, target: Arrays, ignore: Arrays | None = None) -> None:
        """Add pairs.

        Args:
            preds: predicted masks, integers, 0 for no change, shape ``[B, H, W]``, or ``[H, W]`` for one pair.
            target: true masks, same shape.
            ignore: pixels that do not count, same shape; None for none.

        Raises:
            UserError: the shapes differ, or a value is no class.
        """
        true = to_array(target)
        void = np.zeros(true.shape, bool) if ignore is None else decisions(ignore, "ignore")
        for mask, predicted, hidden in _together((true, to_array(preds), void), 2):
            self.add(multi_class_change.multi_class_confusion(mask, predicted, len(self.names) - 1, hidden))

    def scores(self) -> Scores:
        """Figures of the pairs so far."""
        return multi_class_change.multi_class_scores(self.array(), self.names)


class BuildingDamage(SumMetric):
    """Damage to buildings as xView2 scores it, see `rsica_bench.metrics.building_damage`.

    Args:
        names: names of the levels, intact first.
        kwargs: options of `torchmetrics.Metric`.

    Example:
        >>> import torch
        >>> levels = torch.tensor([[0, 1], [2, 3]])
        >>> metric = BuildingDamage(["intact", "damaged", "destroyed"])
        >>> metric.update(levels, levels)
        >>> float(metric.compute()["xview2"])
        1.0
    """

    def __init__(self, names: Sequence[str], **kwargs: Any) -> None:
        super().__init__(1 + len(names), 3, **kwargs)
        self.names = tuple(names)

    def update(self, preds: Arrays, target: Arrays, ignore: Arrays | None = None) -> None:
        """Add images.

        Args:
            preds: predicted levels, integers, 0 for no building, shape ``[B, H, W]``, or ``[H, W]`` for one image.
            target: true levels, same shape.
            ignore: pixels that do not count, same shape; None for none.

        Raises:
            UserError: the shapes differ, or a level that there is not.
        """
        true = to_array(target)
        void = np.zeros(true.shape, bool) if ignore is None else decisions(ignore, "ignore")
        for levels, predicted, hidden in _together((true, to_array(preds), void), 2):
            self.add(building_damage.damage_row(levels, predicted, len(self.names), hidden))

    def scores(self) -> Scores:
        """Figures of the images so far."""
        return building_damage.scores_of_sums(self.array(), self.names)


class ReferringMasks(SumMetric):
    """Masks of referring and grounding questions, see `rsica_bench.metrics.mask_metrics`.

    Args:
        bound: tolerance of the boundary F1.
        kwargs: options of `torchmetrics.Metric`.
    """

    def __init__(self, bound: float = mask_metrics.BOUND, **kwargs: Any) -> None:
        super().__init__(len(mask_metrics.COLUMNS), **kwargs)
        self.bound = bound

    def update(self, preds: Arrays | Sequence[Arrays], target: Arrays | Sequence[Arrays]) -> None:
        """Add items.

        Args:
            preds: predicted masks, booleans or 0 and 1: shape ``[B, H, W]``, or a list of ``[H, W]`` of any sizes.
            target: true masks, in the same form.

        Raises:
            UserError: not as many masks on both sides, shapes differ, or values are no decisions.
        """
        if len(preds) != len(target):
            raise UserError(f"{len(target)} masks are true, {len(preds)} predicted")
        true, predicted = [decisions(mask, "target") for mask in target], [decisions(mask, "preds") for mask in preds]
        for pair in zip(true, predicted, strict=True):
            if pair[0].ndim != 2:
                raise UserError(f"a mask has shape [H, W], not {pair[0].shape}", hint="give a batch or a list of masks")
            self.add(mask_metrics.mask_row(*pair, self.bound))

    def scores(self) -> Scores:
        """Figures of the items so far."""
        return mask_metrics.scores_of_sums(self.array())


class Boxes(SumMetric):
    """Boxes matched one to one, see `rsica_bench.metrics.box_metrics`.

    Args:
        thresholds: least IoU of a hit.
        iou: ``(true, predicted) -> [T, P]``; `rsica_bench.metrics.oriented_boxes.oriented_iou` for oriented boxes.
        kwargs: options of `torchmetrics.Metric`.
    """

    def __init__(
        self,
        thresholds: Sequence[float] = box_metrics.THRESHOLDS,
        iou: box_metrics.IouMatrix = box_metrics.box_iou,
        **kwargs: Any,
    ) -> None:
        super().__init__(5 + 4 * len(thresholds), **kwargs)
        self.thresholds, self.iou = tuple(thresholds), iou

    def update(self, preds: Sequence[Arrays], target: Sequence[Arrays]) -> None:
        """Add images.

        Args:
            preds: predicted boxes of each image, shape ``[P, 4]`` (or what `iou` takes).
            target: true boxes of each image, shape ``[T, 4]``.

        Raises:
            UserError: not as many images on both sides, or boxes of a wrong shape.
        """
        true, predicted = (
            [to_array(image_boxes) for image_boxes in target],
            [to_array(image_boxes) for image_boxes in preds],
        )
        self.add(box_metrics.statistics_of_images(true, predicted, self.thresholds, self.iou).sum(axis=0))

    def scores(self) -> Scores:
        """Figures of the images so far."""
        return box_metrics.scores_of_sums(self.array(), self.thresholds)


def _together(arrays: Sequence[NDArray[Any]], axes: int) -> list[tuple[NDArray[Any], ...]]:
    """Items of arrays of one shape, ``axes`` axes an item.

    Raises:
        UserError: the shapes differ, or there are too few or too many axes.
    """
    shapes = {array.shape for array in arrays}
    if len(shapes) > 1 or arrays[0].ndim not in (axes, axes + 1):
        given = ", ".join(str(array.shape) for array in arrays)
        raise UserError(f"one shape of {axes} axes, or {axes + 1} with the batch, is needed; found {given}")
    if arrays[0].ndim == axes:
        return [tuple(arrays)]
    return list(zip(*arrays, strict=True))
