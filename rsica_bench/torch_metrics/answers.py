"""Metrics of decisions, counts, cells and short answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rsica_bench.metrics import binary, counting, multilabel, vqa
from rsica_bench.metrics.figures import check_shapes
from rsica_bench.metrics.scores import Scores
from rsica_bench.torch_metrics.base import Arrays, SumMetric, decisions, to_array
from rsica_data.core.errors import UserError
from rsica_data.schema.rules import COUNT_BINS, CountBin


class BinaryChange(SumMetric):
    """Whether a pair changed at all, see `rsica_bench.metrics.binary`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(4, **kwargs)

    def update(self, preds: Arrays, target: Arrays) -> None:
        """Add decisions.

        Args:
            preds: decisions, booleans or 0 and 1, shape ``[B]``.
            target: truths, same shape.

        Raises:
            UserError: the shapes differ, or values are no decisions.
        """
        predicted, true = decisions(preds, "preds"), decisions(target, "target")
        check_shapes(true, predicted, "decisions")
        self.add(binary.binary_statistics(true, predicted).sum(axis=0))

    def scores(self) -> Scores:
        """Figures of the decisions so far."""
        return binary.binary_scores_of_sums(self.array())


class Counting(SumMetric):
    """Counts of objects, over all items and by bin of the true count, see `rsica_bench.metrics.counting`.

    Args:
        bins: lowest and highest count of each bin, None for no upper limit; together they hold every true count once.
        kwargs: options of `torchmetrics.Metric`.
    """

    def __init__(self, bins: Sequence[CountBin] = COUNT_BINS, **kwargs: Any) -> None:
        super().__init__(len(bins), len(counting.COLUMNS), **kwargs)
        self.bins = tuple(bins)

    def update(self, preds: Arrays, target: Arrays) -> None:
        """Add counts.

        Args:
            preds: predicted counts, integers, shape ``[B]``.
            target: true counts, same shape.

        Raises:
            UserError: the shapes differ, or a true count lies in no bin.
        """
        self.add(counting.bin_statistics(to_array(target), to_array(preds), self.bins))

    def scores(self) -> Scores:
        """Figures of the items so far."""
        sums = self.array()
        return counting.counting_scores_of_sums(sums.sum(axis=0)) | counting.bin_scores(sums, self.bins)


class MultilabelCells(SumMetric):
    """Sets of grid cells, see `rsica_bench.metrics.multilabel`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(len(multilabel.COLUMNS), **kwargs)

    def update(self, preds: Arrays, target: Arrays) -> None:
        """Add items.

        Args:
            preds: predicted cells, booleans or 0 and 1, shape ``[B, 9]``.
            target: true cells, same shape.

        Raises:
            UserError: another shape, or values are no decisions.
        """
        predicted, true = decisions(preds, "preds"), decisions(target, "target")
        check_shapes(true, predicted, "cells")
        if true.shape[1:] != (9,):
            raise UserError(f"cells have shape [B, 9], not {true.shape}")
        self.add(multilabel.multilabel_statistics(true, predicted).sum(axis=0))

    def scores(self) -> Scores:
        """Figures of the items so far."""
        return multilabel.multilabel_scores_of_sums(self.array())


class Vqa(SumMetric):
    """Short answers by question type, see `rsica_bench.metrics.vqa`.

    Args:
        types: the question types.
        kwargs: options of `torchmetrics.Metric`.
    """

    def __init__(self, types: Sequence[str] = tuple(vqa.CDVQA_TYPES), **kwargs: Any) -> None:
        super().__init__(len(types), 2, **kwargs)
        self.types = tuple(types)

    def update(self, preds: Sequence[str], target: Sequence[str], types: Sequence[str]) -> None:
        """Add answers.

        Args:
            preds: given answers; one that cannot be read is an empty string.
            target: true answers.
            types: question type of each.

        Raises:
            UserError: as many answers, truths and types are needed; or a type is unknown.
        """
        self.add(vqa.vqa_statistics(types, target, preds, self.types))

    def scores(self) -> Scores:
        """Figures of the answers so far."""
        return vqa.scores_of_sums(self.array(), self.types)
