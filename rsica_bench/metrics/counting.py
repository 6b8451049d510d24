"""Counts: errors between true and predicted numbers of objects, over all items and by bin of the true count.

Figures:
    exact_all: replies with every class counted right / replies. Averaging: mean over items. Source: this project.
    mae: mean of abs(answer - true); without a class the mean over classes. Averaging: mean over items, then macro over
        classes. Source: DeltaVLM (arXiv 2507.22346).
    rmse: root of the mean of (answer - true)^2; without a class the mean over classes. Averaging: mean over items, then
        macro over classes. Source: DeltaVLM.
    exact: share of answers equal to the true count. Averaging: mean over items. Source: this project.
    within_1: share of abs(answer - true) <= 1. Averaging: mean over items. Source: this project.
    bias: mean of answer - true. Averaging: mean over items. Source: this project.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Figures, Floats, as_scores, check_shapes, divide
from rsica_bench.metrics.interval_rules import Kind
from rsica_bench.metrics.scores import Scores
from rsica_data.core.errors import UserError
from rsica_data.schema.rules import COUNT_BINS, CountBin, bin_name

COLUMNS = ("items", "absolute", "squared", "exact", "within_1", "error")
_NAMES = ("mae", "rmse", "exact", "within_1", "bias")
REASONS = dict.fromkeys(_NAMES, "no item")
KINDS: dict[str, Kind] = {
    "mae": "error",
    "rmse": "squared_error",
    "exact": "share",
    "within_1": "share",
    "bias": "real",
    "items": "error",
}


def counting_statistics(true: NDArray[np.integer], predicted: NDArray[np.integer]) -> Floats:
    """Summable statistics of each item.

    Args:
        true: true counts, shape ``[N]``.
        predicted: predicted counts, shape ``[N]``.

    Returns:
        Shape ``[N, 6]``, see `COLUMNS`.

    Raises:
        UserError: the shapes differ, or a count is no number.
    """
    check_shapes(true, predicted, "counts")
    if not (np.isfinite(true).all() and np.isfinite(predicted).all()):
        raise UserError(
            "a count is not finite", hint="a reply without a count has none: leave it out, or count it as wrong"
        )
    error = predicted.astype(np.float64) - true
    size = np.abs(error)
    return np.stack([np.ones_like(error), size, error**2, error == 0, size <= 1, error], axis=-1)


def counting_figures(sums: Floats) -> Figures:
    """Figures of summed statistics, shape ``[..., 6]``; NaN where there is no item."""
    items, absolute, squared, exact, within, error = np.moveaxis(sums, -1, 0)
    values = (absolute, squared, exact, within, error)
    figures = {name: divide(value, items) for name, value in zip(_NAMES, values, strict=True)}
    return figures | {"rmse": np.sqrt(figures["rmse"])}


def counting_scores_of_sums(sums: Floats) -> Scores:
    """Scores of summed statistics, shape ``[6]``."""
    return as_scores(counting_figures(sums), REASONS)


def counting_scores(true: NDArray[np.int64], predicted: NDArray[np.int64]) -> Scores:
    """MAE, RMSE, share exact, share within one, and bias (mean of predicted minus true).

    Args:
        true: true counts, shape ``[N]``.
        predicted: predicted counts, shape ``[N]``.
    """
    return counting_scores_of_sums(counting_statistics(true, predicted).sum(axis=0))


def bin_statistics(
    true: NDArray[np.integer], predicted: NDArray[np.integer], bins: Sequence[CountBin] = COUNT_BINS
) -> NDArray[np.float64]:
    """Statistics summed within each bin of the true count, shape ``[len(bins), 6]``.

    Raises:
        UserError: a true count lies in no bin or in two.
    """
    return np.asarray(bin_rows(true, predicted, bins).sum(axis=0))


def bin_rows(
    true: NDArray[np.integer], predicted: NDArray[np.integer], bins: Sequence[CountBin] = COUNT_BINS
) -> Floats:
    """Statistics of each item at its bin of the true count, 0 elsewhere, shape ``[N, len(bins), 6]``.

    Raises:
        UserError: a true count lies in no bin or in two.
    """
    rows = counting_statistics(true, predicted)
    inside = np.array([(true >= low) & (true <= (np.inf if high is None else high)) for low, high in bins], bool)
    inside = inside.reshape(len(bins), len(true))
    homeless = np.flatnonzero(inside.sum(axis=0) != 1)
    if len(homeless):
        names = ", ".join(map(bin_name, bins))
        raise UserError(f"a true count of {true[homeless[0]]} is not in exactly one bin", hint=f"bins: {names}")
    return np.asarray(inside.T[:, :, None] * rows[:, None, :])


def bin_figures(sums: Floats, bins: Sequence[CountBin] = COUNT_BINS) -> Figures:
    """Figures of the sums of each bin, shape ``[..., len(bins), 6]``: ``mae/bin:2-3`` and so on, ``items/bin:2-3``."""
    figures: Figures = {}
    for place, limits in enumerate(bins):
        name, here = bin_name(limits), sums[..., place, :]
        figures |= {f"{figure}/bin:{name}": values for figure, values in counting_figures(here).items()}
        figures[f"items/bin:{name}"] = here[..., 0]
    return figures


def bin_scores(sums: Floats, bins: Sequence[CountBin] = COUNT_BINS) -> Scores:
    """Scores of the sums of each bin, shape ``[len(bins), 6]``; those of empty bins are absent."""
    reasons = {
        f"{name}/bin:{bin_name(b)}": f"no item has a true count of {bin_name(b)}" for name in _NAMES for b in bins
    }
    return as_scores(bin_figures(sums, bins), reasons)


def counting_by_bin(
    true: NDArray[np.int64], predicted: NDArray[np.int64], bins: Sequence[CountBin] = COUNT_BINS
) -> Scores:
    """The figures of `counting_scores` within each bin of the true count.

    Args:
        true: true counts, shape ``[N]``.
        predicted: predicted counts, shape ``[N]``.
        bins: lowest and highest count of each bin, None for no upper limit; together they hold every true count once.

    Returns:
        ``mae/bin:2-3`` and so on, and the number of items as ``items/bin:2-3``. Figures of empty bins are absent.

    Raises:
        UserError: a true count lies in no bin or in two.
    """
    return bin_scores(bin_statistics(true, predicted, bins), bins)
