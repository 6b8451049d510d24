"""Texts that repeat themselves, numbered."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_BLOCK = 4096


def first_numbers(texts: Iterable[str]) -> NDArray[np.int64]:
    """The number of each text among the different ones, in the order in which these come first.

    The texts are kept packed while they are numbered, not as objects of Python.

    Example:
        >>> first_numbers(["b", "a", "b"])
        array([0, 1, 0])
    """
    left = iter(texts)
    blocks = []
    while block := list(itertools.islice(left, _BLOCK)):
        blocks.append(pa.array([text.encode("utf-8", "surrogatepass") for text in block], pa.large_binary()))
    encoded = pa.chunked_array(blocks, pa.large_binary()).dictionary_encode().combine_chunks()
    return np.asarray(encoded.indices.to_numpy(), np.int64)
