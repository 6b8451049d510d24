"""Counts: errors between true and predicted numbers of objects."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.scores import Scores


def counting_scores(true: NDArray[np.int64], predicted: NDArray[np.int64]) -> Scores:
    """MAE, RMSE, share exact, share within one, and bias (mean of predicted minus true).

    Args:
        true: true counts, shape ``[N]``.
        predicted: predicted counts, shape ``[N]``.
    """
    names = ("mae", "rmse", "exact", "within_1", "bias")
    if len(true) == 0:
        return Scores({}, dict.fromkeys(names, "no item"))
    error = predicted.astype(np.float64) - true
    values = (
        np.abs(error).mean(),
        np.sqrt((error**2).mean()),
        (error == 0).mean(),
        (np.abs(error) <= 1).mean(),
        error.mean(),
    )
    return Scores({name: float(value) for name, value in zip(names, values, strict=True)})
