"""Many images of one input read one after another: what is the same for all of them is settled once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from typing import Any

from rsica_data.imagery.image_limits import limit_settled
from rsica_data.imagery.images import images_trusted
from rsica_data.imagery.input_files import folders_open

Reading = Callable[..., Any]
"""Calls a function with arguments, which reads images as it was settled."""


@contextmanager
def settled_reading(*, check: bool) -> Iterator[Reading]:
    """How a loader is called: the folders that it reads from stay open, and the limit of pixels is that of now.

    Only what is called so reads so: what the block does besides, and who holds a generator with the block in it, reads
    as before.

    Args:
        check: whether images are proved whole, see :func:`images.images_trusted`.

    Raises:
        UserError: as :func:`image_limits.pixel_limit`.

    >>> from rsica_data.imagery.images import images_checked
    >>> with settled_reading(check=False) as reading:
    ...     reading(images_checked), images_checked()
    (False, True)
    """
    context, stack = copy_context(), ExitStack()

    def settle() -> None:
        stack.enter_context(limit_settled())
        stack.enter_context(folders_open())
        if not check:
            stack.enter_context(images_trusted())

    context.run(settle)
    try:
        yield context.run
    finally:
        context.run(stack.close)
