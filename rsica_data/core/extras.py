"""Packages that only some parts need: a missing one is told with the command that installs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rsica_data.core.errors import UserError


@contextmanager
def need_extra(extra: str) -> Iterator[None]:
    """Imports inside the block need the extra ``extra``.

    Raises:
        UserError: a package of it is not installed; the hint is the command that installs it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "a package").partition(".")[0]
        if package in ("rsica_data", "rsica_bench"):
            raise
        hint = f"pip install 'rsica[{extra}]' (in a checkout: pip install -e '.[{extra}]')"
        raise UserError(f"this needs {package}, which is not installed", hint=hint) from error
