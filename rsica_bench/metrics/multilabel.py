"""Sets of grid cells as nine yes-no decisions an item: scores as DeltaVLM publishes them (arXiv 2507.22346)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.scores import Scores, ratios


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
    both, either = int(np.sum(true & predicted)), int(np.sum(true | predicted))
    all_true, all_said = int(np.sum(true)), int(np.sum(predicted))
    scores = ratios(
        precision=(both, all_said, "no cell was predicted"),
        recall=(both, all_true, "no cell is true"),
        f1=(2 * both, all_true + all_said, "no cell is true or predicted"),
        cell_iou=(both, either, "no cell is true or predicted"),
        hamming=(int(np.sum(true ^ predicted)), true.size, "no item"),
        subset_accuracy=(int(np.sum((true == predicted).all(axis=1))), len(true), "no item"),
    )
    union = (true | predicted).sum(axis=1)
    shared = (true & predicted).sum(axis=1) / np.maximum(union, 1)
    ours = np.where(union == 0, 1.0, shared)
    return scores | ratios(
        jaccard=(float(ours.sum()), len(true), "no item"),
        jaccard_deltavlm=(float(shared.sum()), len(true), "no item"),
    )
