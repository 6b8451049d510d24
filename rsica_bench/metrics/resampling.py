"""Draws of pairs: how many, from which seed, and the weights that they give the pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rsica_bench.metrics.figures import Floats

_BLOCK = 1 << 22  # numbers of one block of weights: bounds the memory
LEAST_DEFINED = 0.95
"""Share of draws in which a figure must be defined to have an interval from them."""


@dataclass(frozen=True)
class Resampling:
    """How uncertainty was found: number of draws, seed, and level of the intervals; no draw means no intervals."""

    draws: int = 1000
    seed: int = 0
    level: float = 0.95


def draws(number: int, how: Resampling) -> Iterator[Floats]:
    """Blocks of weights, ``[draws, clusters]``: how often each cluster was drawn."""
    if number * how.draws <= _BLOCK:
        # The tables of a result are of the same pairs: their weights are drawn once.
        yield _one_block(number, how.draws, how.seed)
        return
    rng = np.random.default_rng(how.seed)
    for size in sizes(number, how.draws):
        yield _weights(rng, number, size)


@lru_cache(maxsize=2)
def _one_block(number: int, size: int, seed: int) -> Floats:
    weights = _weights(np.random.default_rng(seed), number, size)
    weights.flags.writeable = False
    return weights


def _weights(rng: np.random.Generator, number: int, size: int) -> Floats:
    return rng.multinomial(number, np.full(number, 1 / number), size=size).astype(np.float64)


def sizes(number: int, total: int) -> list[int]:
    """Sizes of the blocks of draws of some clusters."""
    block = max(1, _BLOCK // number)
    return [min(block, total - begin) for begin in range(0, total, block)]
