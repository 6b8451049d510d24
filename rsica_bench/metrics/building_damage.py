"""Damage to buildings by pixels: the score of the xView2 challenge (Gupta et al. 2019, arXiv 1911.09296).

Of each image the true level of every pixel is known (0 no building, 1 intact, 2.. levels of damage) and the predicted
one. Localization counts pixels of any building, damage levels those true building pixels alone, over all images
together, as the challenge's public code does (github.com/DIUx-xView/xView2_scoring)::

    localization_f1 = F1 of building against none, all pixels
    damage_f1/L     = F1 of level L against the others, pixels that truly are a building
    damage_f1       = K / sum_L 1 / (damage_f1/L + 1e-6), over the K levels, intact included; at most 1
    xview2          = 0.3 localization_f1 + 0.7 damage_f1

An F1 without a true positive is 0, also where a level is neither true nor predicted, as in the challenge.

Figures:
    xview2: 0.3 localization_f1 + 0.7 damage_f1. Averaging: micro over pixels. Source: xView2 (arXiv 1911.09296).
    localization_f1: 2 TP / (2 TP + FP + FN) of building pixels, 0 without TP. Averaging: micro over pixels. Source:
        xView2.
    damage_f1: harmonic mean of damage_f1/LEVEL over levels, with 1e-6 added to each; by level 2 TP / (2 TP + FP + FN)
        of true building pixels. Averaging: micro over pixels, then over levels. Source: xView2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Figures, Floats, as_scores, check_shapes
from rsica_bench.metrics.interval_rules import Kind, kinds_of
from rsica_bench.metrics.scores import Scores
from rsica_data.core.errors import UserError

WEIGHTS = (0.3, 0.7)
EPSILON = 1e-6
REASONS: dict[str, str] = {}
KINDS: Mapping[str, Kind] = kinds_of(("xview2", "localization_f1", "damage_f1"), "pixel_ratio")


def damage_row(
    true: NDArray[np.integer],
    predicted: NDArray[np.integer],
    levels: int,
    ignore: NDArray[np.bool_] | None = None,
    located: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Counts of one image, shape ``[1 + levels, 3]``: of buildings and of each level TP, FP and FN.

    Args:
        true: level of each pixel, shape ``[H, W]``: 0 for no building, 1 for intact, up to ``levels``.
        predicted: the same as predicted.
        levels: number of levels, intact included.
        ignore: pixels that do not count, same shape; None for none.
        located: predicted building pixels where they are not those of ``predicted``, same shape: levels elsewhere do
            not count, as with the two files of the challenge.

    Raises:
        UserError: the shapes differ, or a level that there is not.

    Example:
        >>> damage_row(np.array([[0, 1, 2, 2]]), np.array([[1, 1, 2, 0]]), 2).tolist()
        [[2, 1, 1], [1, 0, 0], [1, 0, 1]]
    """
    check_shapes(true, predicted, "mask")
    for side in (true, predicted):
        if side.size and not 0 <= int(side.min()) <= int(side.max()) <= levels:
            raise UserError(f"a mask holds a level beyond 0..{levels}")
    if located is not None:
        check_shapes(true, located, "mask")
    kept = np.ones(true.shape, bool) if ignore is None else ~ignore
    wanted, given = true[kept], predicted[kept]
    located_mask = given > 0 if located is None else located[kept]
    given = np.where(located_mask, given, 0)
    rows = [_counts(wanted > 0, located_mask)]
    inside = wanted > 0
    rows += [_counts(wanted[inside] == level, given[inside] == level) for level in range(1, levels + 1)]
    return np.array(rows, np.int64)


def _counts(true: NDArray[np.bool_], given: NDArray[np.bool_]) -> tuple[int, int, int]:
    both = int(np.count_nonzero(true & given))
    return both, int(np.count_nonzero(given)) - both, int(np.count_nonzero(true)) - both


def damage_figures(sums: Floats, names: Sequence[str]) -> Figures:
    """Figures of summed counts, shape ``[..., 1 + levels, 3]``; ``names`` are those of the levels."""
    right, false, missed = np.moveaxis(np.asarray(sums, np.float64), -1, 0)
    whole = 2 * right + false + missed
    f1 = np.divide(2 * right, whole, out=np.zeros_like(whole), where=whole > 0)
    # With the added millionth the mean of perfect levels would be above 1.
    damage = np.minimum(len(names) / (1 / (f1[..., 1:] + EPSILON)).sum(axis=-1), 1.0)
    return {
        "xview2": WEIGHTS[0] * f1[..., 0] + WEIGHTS[1] * damage,
        "localization_f1": f1[..., 0],
        "damage_f1": damage,
        **{f"damage_f1/{name}": f1[..., place] for place, name in enumerate(names, 1)},
    }


def damage_scores(
    true: Sequence[NDArray[np.integer]], predicted: Sequence[NDArray[np.integer]], names: Sequence[str]
) -> Scores:
    """The xView2 score of a corpus, with its parts.

    Args:
        true: masks of levels, shape ``[H, W]`` each: 0 for no building, 1 for intact, then the levels of damage.
        predicted: masks of the same images.
        names: names of the levels, intact first.

    Raises:
        UserError: not as many masks on both sides, or masks that `damage_row` refuses.

    Example:
        >>> mask = np.array([[0, 1], [2, 3]])
        >>> damage_scores([mask], [mask], ["intact", "damaged", "destroyed"]).values["xview2"]
        1.0
    """
    if len(true) != len(predicted):
        raise UserError(f"{len(true)} masks are true, {len(predicted)} predicted")
    rows = [damage_row(t, p, len(names)) for t, p in zip(true, predicted, strict=True)]
    return scores_of_sums(np.array(rows, np.float64).reshape(-1, 1 + len(names), 3).sum(axis=0), names)


def scores_of_sums(sums: Floats, names: Sequence[str]) -> Scores:
    """Scores of summed counts, shape ``[1 + levels, 3]``; ``names`` are those of the levels."""
    return as_scores(damage_figures(sums, names), REASONS)
