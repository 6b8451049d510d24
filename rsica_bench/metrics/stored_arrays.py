"""Arrays in files without names, mapped where they are read: what would be too much memory as a whole.

Pages that were read count as memory until they are given back, so that whoever goes over a stored array gives back a
block after another (`release`).
"""

from __future__ import annotations

import math
import mmap
import tempfile
import weakref
from collections.abc import Iterable
from itertools import count
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rsica_data.core.errors import RunError

MANY_BYTES = 1 << 20
"""Arrays of fewer bytes stay in memory."""
_MOST_MAPS = 256
_maps: set[int] = set()
_numbers = count()


def stored(array: NDArray[Any]) -> NDArray[Any]:
    """The array in a file, where it is large; the array itself where it is small, or already in one.

    Raises:
        RunError: the folder for temporary files (``TMPDIR``) is full.
    """
    if array.nbytes < MANY_BYTES or isinstance(array, np.memmap) or len(_maps) >= _MOST_MAPS:
        return array
    writer = ArrayWriter(array.dtype, array.shape[1:])
    writer.append(array)
    return writer.finish()


def stored_zeros(shape: tuple[int, ...], dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """An array of zeros to be written to: in a file where it is large, in memory where it is small.

    Example:
        >>> stored_zeros((2, 2)).tolist()
        [[0.0, 0.0], [0.0, 0.0]]

    Raises:
        RunError: the folder for temporary files (``TMPDIR``) is full.
    """
    row = math.prod(shape[1:]) * np.dtype(dtype).itemsize
    size = MANY_BYTES // max(1, row) + 1
    if len(_maps) >= _MOST_MAPS or shape[0] < size:
        return np.zeros(shape, dtype)
    # Written, not left as a hole: of a full disk the file would tell by a signal, as the array is filled.
    writer, block = ArrayWriter(dtype, shape[1:]), np.zeros((size, *shape[1:]), dtype)
    for begin in range(0, shape[0], size):
        writer.append(block[: shape[0] - begin])
    return writer.finish("r+")


def release(*arrays: NDArray[Any] | None) -> None:
    """Give back the memory of arrays that are mapped; others stay as they are."""
    for array in arrays:
        if isinstance(array, np.memmap) and (held := getattr(array, "_mmap", None)) is not None:
            held.madvise(mmap.MADV_DONTNEED)


class ArrayWriter:
    """An array that is made block by block, in memory while it is small.

    Args:
        dtype: of the array.
        row: shape of a row; empty for numbers.

    Example:
        >>> writer = ArrayWriter(np.int64)
        >>> writer.append(np.array([1, 2]))
        >>> writer.append(np.array([3]))
        >>> writer.finish()
        array([1, 2, 3])
    """

    def __init__(self, dtype: DTypeLike, row: tuple[int, ...] = ()) -> None:
        self._dtype, self._row = np.dtype(dtype), row
        self._blocks: list[NDArray[Any]] = []
        self._file: IO[bytes] | None = None
        self._length = self._held = 0

    def append(self, block: NDArray[Any]) -> None:
        """Add rows at the end.

        Raises:
            RunError: the folder for temporary files (``TMPDIR``) is full.
        """
        block = np.ascontiguousarray(block, self._dtype)
        self._length += len(block)
        if self._file is None:
            self._blocks.append(block)
            self._held += block.nbytes
            if self._held < MANY_BYTES or len(_maps) >= _MOST_MAPS:  # each map is an open file
                return
            blocks, self._blocks = self._blocks, []
        else:
            blocks = [block]
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="rsica-rows-")  # noqa: SIM115 - closed in `finish`
                weakref.finalize(self, self._file.close)
            for one in blocks:
                # Not `tofile`, whose buffer is written as it is closed, where a full disk goes unnoticed.
                self._file.write(one.reshape(-1).view(np.uint8).data)
        except OSError as error:
            raise _full(error) from error

    def finish(self, mode: Literal["r", "r+"] = "r") -> NDArray[Any]:
        """The array; nothing may be added then, and what is in a file is written to in the mode ``r+`` alone.

        Raises:
            RunError: the folder for temporary files (``TMPDIR``) is full.
        """
        shape = (self._length, *self._row)
        if self._file is None:
            blocks = self._blocks or [np.zeros(shape, self._dtype)]
            return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
        try:
            self._file.flush()
            mapped = np.memmap(self._file, self._dtype, mode, shape=shape)
        except OSError as error:
            raise _full(error) from error
        self._file.close()
        key = next(_numbers)
        _maps.add(key)
        weakref.finalize(mapped, _maps.discard, key)
        return mapped


def stored_blocks(
    blocks: Iterable[NDArray[Any]], row: tuple[int, ...] = (), dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """The rows of all blocks as one array: in a file where it is large, in memory where it is small.

    Args:
        blocks: rows, a block after another.
        row: shape of a row; empty for numbers.
        dtype: of the array.

    Example:
        >>> stored_blocks([np.zeros(2), np.ones(1)]).tolist()
        [0.0, 0.0, 1.0]

    Raises:
        RunError: the folder for temporary files (``TMPDIR``) is full.
    """
    writer = ArrayWriter(dtype, row)
    for block in blocks:
        writer.append(block)
    return writer.finish()


def _full(error: OSError) -> RunError:
    return RunError(f"rows cannot be kept in the folder for temporary files (TMPDIR): {error}")
