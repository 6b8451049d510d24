"""Arrays in files of NumPy: opened without unpickling, and read as they are needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import UserError
from rsica_data.core.raw import open_regular


def open_matrix(path: Path, *, key: str | None = None) -> NDArray[np.floating]:
    """A matrix of floats in a ``.npy`` file, mapped into memory.

    Raises:
        UserError: no such file, damage, or something other than a matrix of floats.
    """
    open_regular(path).close()
    try:
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError, OverflowError, SyntaxError) as error:
        raise UserError(f"no array of NumPy: {str(error).splitlines()[0]}", file=path, key=key) from None
    if not isinstance(matrix, np.ndarray) or matrix.ndim != 2 or matrix.dtype.kind != "f":
        raise UserError("should be a matrix of floats, a row an image", file=path, key=key)
    return matrix
