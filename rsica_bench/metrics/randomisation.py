"""P-values by randomisation over pairs, and how they are adjusted for their number.

The two systems' results on each pair are swapped at random (Noreen 1989; Riezler and Maxwell 2005), and the share of
swaps whose difference is at least as large as the one seen counts, no swap among them. The swaps are all combinations
of some random ones, a group, so that no more than 5 % of the p-values are 5 % or less where the systems do not differ,
whatever the seed (Hemerik and Goeman 2018, "Exact testing with random permutations"); of independent swaps that holds
on the average over seeds alone. Of so few pairs that there are no more swaps than asked for, every swap is taken. The
statistics of all combinations are one Walsh-Hadamard transform.

No p-value is less than one by the number of swaps. Adjusted for many comparisons it could never be small: the number of
swaps grows with the comparisons, therefore (`swaps_for`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Figures, Floats

SIGNIFICANT = 0.05
CERTAIN = 1e-4
"""A p-value below this one tells two systems apart on a board, whatever the number of its rows."""
_SWAPS_EACH = 160  # the least p-value of a comparison, times their number, is 1/160 at most
_MOST_SWAPS, _SLICE = 1 << 18, 1 << 14


def swaps_for(draws: int, comparisons: int) -> int:
    """How many swaps there are: a power of 2.

    Args:
        draws: how many are asked for at least (no more than 262,144 are made).
        comparisons: how many p-values are adjusted together.
    """
    wanted = max(draws, _SWAPS_EACH * comparisons if comparisons > 1 else 0)
    return int(min(1 << max(1, (wanted - 1).bit_length()), _MOST_SWAPS))


def p_values(
    seen: dict[str, float],
    sums: tuple[Floats, Floats],
    difference: Callable[[Floats, Floats], Figures],
    swaps: int,
    seed: int,
) -> dict[str, float]:
    """Two-sided p-values of differences.

    Args:
        seen: the differences, by figure.
        sums: statistics of each pair under either system, shape ``[n, k]``. Pairs on which the systems are alike
            change nothing.
        difference: differences of figures, from the summed statistics of both, shape ``[..., k]``.
        swaps: their number, a power of 2.
        seed: of the random swaps.
    """
    first, second = (one.sum(axis=0) for one in sums)
    gap = sums[1] - sums[0]
    moved = combined_swaps(gap[gap.any(axis=1)], swaps, seed)
    swaps = len(moved)
    larger = dict.fromkeys(seen, 0)
    for begin in range(0, swaps, _SLICE):
        part = moved[begin : begin + _SLICE]
        values = difference(first + part, second - part)
        for name, here in seen.items():
            # What rounding makes smaller by a hair is as large; an undefined difference speaks for chance.
            larger[name] += int(np.count_nonzero(~(np.abs(values[name]) < abs(here) * (1 - 1e-9))))
    return {name: count / swaps for name, count in larger.items()}


def combined_swaps(gap: Floats, swaps: int, seed: int) -> Floats:
    """What each combination of swaps moves from one system to the other, shape ``[swaps or fewer, k]``; of none first.

    Args:
        gap: what the swap of each pair moves, shape ``[n, k]``.
        swaps: a power of 2.
        seed: of the random swaps.
    """
    number = swaps.bit_length() - 1
    if len(gap) <= number:
        number, swaps = len(gap), 1 << len(gap)
        basis = np.eye(number, dtype=np.int64)
    else:
        basis = np.random.default_rng([seed, 1]).integers(0, 2, (number, len(gap)))
    # A pair is moved by a combination where an odd number of the swaps in it move the pair.
    codes = (basis << np.arange(number)[:, None]).sum(axis=0)
    sums = np.zeros((swaps, gap.shape[1]))
    np.add.at(sums, codes, gap)
    return np.asarray((sums.sum(axis=0) - _walsh_hadamard(sums)) / 2)


def _walsh_hadamard(sums: Floats) -> Floats:
    """``sum_p (-1)^(bits that c and p share) sums[p]`` for every c, shape ``[2^b, k]``."""
    totals, half = sums.copy(), 1
    while half < len(sums):
        parts = totals.reshape(-1, 2, half, sums.shape[1])
        even, odd = parts[:, 0] + parts[:, 1], parts[:, 0] - parts[:, 1]
        parts[:, 0], parts[:, 1] = even, odd
        half *= 2
    return totals


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for their number (Holm 1979), in the same order."""
    order: NDArray[np.intp] = np.argsort(np.asarray(p_values, np.float64), kind="stable")
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order.tolist()):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def differing(p_values: Sequence[float]) -> list[bool]:
    """Which of the comparisons of a table tell two systems apart, in the same order.

    Those whose adjusted p-value is less than `SIGNIFICANT`, and those whose own is less than `CERTAIN`: rows that come
    to a board make no two others alike that differ beyond doubt. Up to 500 comparisons (32 rows) that adds nothing.
    """
    adjusted = holm(p_values)
    return [one < SIGNIFICANT or p < CERTAIN for one, p in zip(adjusted, p_values, strict=True)]
