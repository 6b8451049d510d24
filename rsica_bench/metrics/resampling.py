"""Draws of pairs: how many, from which seed, and the weights that they give the pairs."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import IO

import numpy as np

from rsica_bench.metrics.figures import Floats
from rsica_data.core.errors import RunError

_WHOLE = 1 << 22  # numbers of so few pairs that their draws are one block, which stays in memory
_BLOCK = 1 << 20  # numbers of one block of weights of more pairs: bounds the memory
_DRAWN = 1 << 17  # numbers that are drawn at a time, as integers of eight bytes
_DRAWS_STEP = 8  # draws of a block are a multiple of it: a product of matrices takes so many rows at a time
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
    if number * how.draws <= _WHOLE:
        # The tables of a result are of the same pairs: their weights are drawn once.
        yield _one_block(number, how.draws, how.seed)
        return
    yield from _kept(number, how.draws, how.seed).blocks()


@lru_cache(maxsize=2)
def _one_block(number: int, size: int, seed: int) -> Floats:
    weights = _weights(np.random.default_rng(seed), number, size)
    weights.flags.writeable = False
    return weights


class _Kept:
    """The draws of many clusters: made the first time, and read again from a file without a name, a byte each."""

    def __init__(self, number: int, total: int, seed: int) -> None:
        self._number, self._sizes, self._seed = number, sizes(number, total), seed
        self._file: IO[bytes] | None = None

    def blocks(self) -> Iterator[Floats]:
        if self._file is None:
            yield from self._drawn()
            return
        begin = 0
        for size in self._sizes:
            self._file.seek(begin)
            times = np.frombuffer(self._file.read(size * self._number), np.uint8)
            begin += times.size
            yield times.reshape(size, self._number).astype(np.float64)

    def _drawn(self) -> Iterator[Floats]:
        rng, most = np.random.default_rng(self._seed), 0.0
        file = tempfile.TemporaryFile(prefix="rsica-draws-")  # noqa: SIM115 - it lives as long as this
        weakref.finalize(self, file.close)
        try:
            for size in self._sizes:
                weights = _weights(rng, self._number, size)
                most = max(most, weights.max())
                file.write(weights.astype(np.uint8).tobytes())
                yield weights
        except OSError as error:
            raise RunError(f"draws cannot be kept in the folder for temporary files (TMPDIR): {error}") from error
        if most <= np.iinfo(np.uint8).max:
            self._file = file


@lru_cache(maxsize=1)
def _kept(number: int, total: int, seed: int) -> _Kept:
    return _Kept(number, total, seed)


def _weights(rng: np.random.Generator, number: int, size: int) -> Floats:
    weights, chances, block = np.empty((size, number)), np.full(number, 1 / number), max(1, _DRAWN // number)
    for begin in range(0, size, block):
        rows = weights[begin : begin + block]
        rows[:] = rng.multinomial(number, chances, size=len(rows))
    return weights


def sizes(number: int, total: int) -> list[int]:
    """Sizes of the blocks of draws of some clusters."""
    block = max(1, _BLOCK // number)
    block -= block % _DRAWS_STEP if block > _DRAWS_STEP else 0
    return [min(block, total - begin) for begin in range(0, total, block)]
