"""Texts that repeat themselves, numbered."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.stored_arrays import stored_blocks
from rsica_bench.metrics.stored_numbers import StoredNumbers

_BLOCK = 4096


def first_numbers(texts: Iterable[str]) -> NDArray[np.int64]:
    """The number of each text among the different ones, in the order in which these come first.

    Where they are many, neither the texts nor their numbers are in memory as a whole.

    Example:
        >>> first_numbers(["b", "a", "b"])
        array([0, 1, 0])
    """
    return stored_blocks(_blocks(_numbers(texts)), dtype=np.int64)


def _blocks(numbers: Iterator[int]) -> Iterator[NDArray[np.int64]]:
    while block := list(itertools.islice(numbers, _BLOCK)):
        yield np.array(block, np.int64)


def _numbers(texts: Iterable[str]) -> Iterator[int]:
    known, count = StoredNumbers(), 0
    for text in texts:
        key = text.encode("utf-8", "surrogatepass")
        number = known.get(key)
        if number is None:
            number, count = count, count + 1
            known.put(key, number)
        yield number
