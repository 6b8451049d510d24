"""The few errors a user can meet.

Three kinds, and no more:

* :class:`UserError` is a mistake in a recipe, path, option or file. The command line prints it as one
  line and ends with exit status 2.
* :class:`InvalidItemError` is one input item that cannot be used (truncated image, unknown mask value, ...). A
  build skips the item, lists its reason and goes on.
* :class:`RunError` is an operation that could not be finished for a reason outside the user's input, such
  as a full disk or a worker that was killed. Exit status 1; the same command goes on from where it stopped.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

_LONGEST_PART = 1000
"""Characters of each part of a message: what stands in a file may be a megabyte, and an error is one line."""


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_PART else f"{text[: _LONGEST_PART - 200]} ... {text[-100:]}"


class RsicaError(Exception):
    """Base of all errors that are reported as one line, without a traceback.

    Example:
        >>> import rsica_data as rd
        >>> issubclass(rd.UserError, rd.RsicaError) and issubclass(rd.RunError, rd.RsicaError)
        True
    """

    exit_code = 1


class UserError(RsicaError):
    """A mistake of the user: what is wrong, where, and what would be right.

    Args:
        message: what is wrong, in one sentence without a final full stop.
        file: the file in which the mistake stands.
        line: 1-based line in ``file``.
        key: dotted key in ``file`` (``facts.cell_rule``).
        hint: what would be right.

    Example:
        >>> str(UserError("unknown task 'count'", file="my.yaml", line=3, key="tasks", hint="did you mean 'counting'?"))
        "my.yaml:3: tasks: unknown task 'count' (did you mean 'counting'?)"
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        key: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.message, self.file, self.line, self.key, self.hint = message, file, line, key, hint
        super().__init__(str(self))

    def __str__(self) -> str:
        where = ""
        if self.file is not None:
            where = f"{self.file}:{self.line}: " if self.line is not None else f"{self.file}: "
        what = f"{_cut(self.key)}: {_cut(self.message)}" if self.key else _cut(self.message)
        return f"{where}{what}" + (f" ({_cut(self.hint)})" if self.hint else "")


class RunError(RsicaError):
    """Something outside the user's input went wrong; running the same command again continues.

    Example:
        >>> RunError("the disk is full").exit_code, UserError("no such folder").exit_code
        (1, 2)
    """


class InvalidItemError(RsicaError):
    """One input item that is skipped.

    Args:
        reason: short machine-readable reason, e.g. ``truncated-image`` (stable: users filter on it).
        detail: one readable sentence with the file and what was found in it.
    """

    def __init__(self, reason: str, detail: str) -> None:
        self.reason, self.detail = reason, _cut(detail)
        super().__init__(f"{reason}: {self.detail}")

    def __reduce__(self) -> tuple[type[InvalidItemError], tuple[str, str]]:
        return (type(self), (self.reason, self.detail))


class SkippedItem(InvalidItemError):
    """A candidate that a source's own settings leave out, such as a tile that is mostly outside the scene.

    Nothing is wrong with it: it is counted in the manifest by its reason, and is no reject.
    """


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, or all known words where none is near."""
    names = sorted(set(known))
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    return "known: " + ", ".join(names) if names else "none is installed"


def one_line(error: BaseException) -> str:
    """An exception as one line without file names or line numbers, which differ from place to place."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
