"""Integers that repeat themselves, numbered by their first places, where they are too many for memory."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rsica_bench.metrics.stored_arrays import ArrayWriter, release, stored_zeros

Keys = NDArray[np.int64]
Numbers = NDArray[np.int32]
_PART = 1 << 18  # keys that are sorted together
_BLOCK = 1 << 16  # keys that are looked at together
_MIX, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(33)


def number_keys(key_blocks: Iterable[Keys]) -> tuple[Numbers, int]:
    """Numbers of distinct keys in the order of their first places, and how many there are.

    Args:
        key_blocks: the keys, a block after another.

    Returns:
        The number of each key, shape ``[K]``, on disk where they are many; the number of distinct ones.

    Raises:
        RunError: the folder for temporary files (``TMPDIR``) is full.

    Example:
        >>> number_keys([np.array([7, 5, 7]), np.array([9, 5])])
        (array([0, 1, 0, 2, 1], dtype=int32), 3)
    """
    places, keys, sizes = ArrayWriter(np.int32), ArrayWriter(np.int64), []
    for block in key_blocks:
        block_places, distinct = _encoded(block)
        places.append(block_places)
        keys.append(distinct)
        sizes.append((len(block_places), len(distinct)))
    known, count = _numbered(keys.finish())
    local, numbers, at, first = places.finish(), ArrayWriter(np.int32), 0, 0
    for length, distinct_keys in sizes:
        numbers.append(known[first : first + distinct_keys][local[at : at + length]])
        at, first = at + length, first + distinct_keys
        release(known, local)
    return numbers.finish(), count


def _encoded(keys: Keys) -> tuple[Numbers, Keys]:
    """Numbers of keys by first place, by hashing in memory, and the distinct keys."""
    encoded = pa.array(keys).dictionary_encode()
    return encoded.indices.to_numpy(), encoded.dictionary.to_numpy()


def _numbered(keys: Keys) -> tuple[Numbers, int]:
    if len(keys) <= _PART:
        numbers, distinct = _encoded(keys)
        return numbers, len(distinct)
    firsts, numbers, count = _first_places(keys), stored_zeros((len(keys),), np.int32), 0
    for begin in range(0, len(keys), _BLOCK):
        here, first = numbers[begin : begin + _BLOCK], np.asarray(firsts[begin : begin + _BLOCK])
        new = first == np.arange(begin, begin + len(first))
        here[new] = np.arange(count, count + np.count_nonzero(new))
        here[~new] = numbers[first[~new]]
        count += int(np.count_nonzero(new))
        release(numbers, firsts)
    return numbers, count


def _first_places(keys: Keys) -> Numbers:
    """Where the key of each place stands first: equal keys are in one part, and a part is sorted at a time."""
    firsts, parts = stored_zeros((len(keys),), np.int32), len(keys) // _PART + 1
    for part in range(parts):
        chosen_keys, chosen_places = [], []
        for begin in range(0, len(keys), _BLOCK):
            block = np.asarray(keys[begin : begin + _BLOCK])
            inside = np.flatnonzero((block.view(np.uint64) * _MIX >> _SHIFT) % np.uint64(parts) == part)
            chosen_keys.append(block[inside])
            chosen_places.append(inside + begin)
            release(keys)
        places = np.concatenate(chosen_places)
        _, first, which = np.unique(np.concatenate(chosen_keys), return_index=True, return_inverse=True)
        for begin in range(0, len(places), _BLOCK):
            some = slice(begin, begin + _BLOCK)
            firsts[places[some]] = places[first[which[some]]]
            release(firsts)
    return firsts
