"""Sets of grid cells as nine yes-no decisions an item: scores as DeltaVLM publishes them (arXiv 2507.22346).

Figures:
    precision: cells right / cells said. Averaging: micro over nine cells an item. Source: DeltaVLM (arXiv
        2507.22346).
    recall: cells right / cells true. Averaging: micro. Source: DeltaVLM.
    f1: 2 cells right / (cells said + cells true). Averaging: micro. Source: DeltaVLM.
    cell_iou: cells right / cells true or said. Averaging: micro. Source: this project.
    hamming: cells wrong / cells. Averaging: micro. Source: sklearn.metrics.hamming_loss.
    subset_accuracy: share of items with every cell right. Averaging: mean over items. Source: DeltaVLM.
    jaccard: mean of right / (true or said), 1 where neither names a cell. Averaging: mean over items. Source: this
        project.
    jaccard_deltavlm: the same, 0 where neither names a cell. Averaging: mean over items. Source: DeltaVLM (sklearn's
        samples average).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Figures, Floats, as_scores, check_shapes, divide
from rsica_bench.metrics.interval_rules import kinds_of
from rsica_bench.metrics.scores import Scores

COLUMNS = ("both", "either", "true", "said", "wrong", "cells", "exact", "jaccard", "jaccard_deltavlm", "items")
_NO_CELL = "no cell is true or predicted"
REASONS = {
    "precision": "no cell was predicted",
    "recall": "no cell is true",
    "f1": _NO_CELL,
    "cell_iou": _NO_CELL,
} | dict.fromkeys(("hamming", "subset_accuracy", "jaccard", "jaccard_deltavlm"), "no item")
KINDS = (
    kinds_of(REASONS, "ratio")
    | kinds_of(("jaccard", "jaccard_deltavlm"), "mean")
    | kinds_of(("subset_accuracy",), "share")
)


def multilabel_statistics(true: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> Floats:
    """Summable statistics of each item.

    Args:
        true: gold cells, shape ``[N, 9]``.
        predicted: predicted cells, shape ``[N, 9]``.

    Returns:
        Shape ``[N, 10]``, see `COLUMNS`.

    Raises:
        UserError: the shapes differ.
    """
    check_shapes(true, predicted, "cells")
    both, either = (true & predicted).sum(axis=1), (true | predicted).sum(axis=1)
    shared = both / np.maximum(either, 1)
    wrong = either - both
    columns = (
        both,
        either,
        true.sum(axis=1),
        predicted.sum(axis=1),
        wrong,
        np.full(len(true), true.shape[1]),
        wrong == 0,
        np.where(either == 0, 1.0, shared),
        shared,
        np.ones(len(true)),
    )
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=-1)


def multilabel_figures(sums: Floats) -> Figures:
    """Figures of summed statistics, shape ``[..., 10]``: those of :func:`multilabel_scores`; NaN where undefined."""
    both, either, true, predicted, wrong, cells, exact, ours, published, items = np.moveaxis(sums, -1, 0)
    return {
        "precision": divide(both, predicted),
        "recall": divide(both, true),
        "f1": divide(2 * both, true + predicted),
        "cell_iou": divide(both, either),
        "hamming": divide(wrong, cells),
        "subset_accuracy": divide(exact, items),
        "jaccard": divide(ours, items),
        "jaccard_deltavlm": divide(published, items),
    }


def multilabel_scores(true: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> Scores:
    """Scores of cell sets of one class (or of all classes stacked).

    Args:
        true: gold cells, shape ``[N, 9]``.
        predicted: predicted cells, shape ``[N, 9]``.

    Returns:
        Micro precision, recall and f1 over all cells; cell_iou (micro intersection over union); hamming (share of cells
        that are wrong); subset_accuracy; and the sample-averaged Jaccard index twice: ``jaccard`` takes empty against
        empty as 1, ``jaccard_deltavlm`` as 0, as the published numbers do.
    """
    return multilabel_scores_of_sums(multilabel_statistics(true, predicted).sum(axis=0))


def multilabel_scores_of_sums(sums: Floats) -> Scores:
    """Scores of summed statistics, shape ``[10]``."""
    return as_scores(multilabel_figures(sums), REASONS)
