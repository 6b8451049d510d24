"""Python's search for objects that hold each other, left out where many records are made and none of them does."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Iterator[None]:
    """No collection of cycles inside the block: over the rows of a shard it would be a tenth of a build.

    Everything that no cycle holds is freed all the same. Blocks may be nested.
    """
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


@contextmanager
def kept_to_the_end() -> Iterator[None]:
    """As `no_collection`, for what lives as long as the program: modules, a recipe. Later searches leave it out too.

    A program's imports are some hundred thousand objects, over which the searches are an eighth of its start.
    """
    with no_collection():
        yield
        gc.freeze()
