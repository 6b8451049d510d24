"""Asking a batch so that one bad item costs only itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from rsica_data.core.errors import RsicaError, one_line

Given = TypeVar("Given")
Got = TypeVar("Got")


def ask_each(
    ask: Callable[[Sequence[Given]], Sequence[Any]], items: Sequence[Given], kind: type[Got], together: bool
) -> list[Got | str]:
    """What ``ask`` gives for each item, or the reason why it gives nothing.

    A batch that raises is asked again in halves, down to single items: what then still raises is the item's own
    failure. Errors of the toolkit's own kind (a wrong option, a lost disk) end the run and pass through.

    Args:
        ask: the model; one result an item, in order, or a text that says why there is none.
        items: what to ask.
        kind: what a result must be an instance of.
        together: ask all at once; else one by one.
    """
    if not items:
        return []
    if not together and len(items) > 1:
        return [output for item in items for output in ask_each(ask, [item], kind, True)]
    try:
        return _checked(ask(items), len(items), kind)
    except RsicaError:
        raise
    except (Exception, SystemExit) as error:  # code of others may end the process where it meets an error
        if len(items) == 1:
            return [one_line(error)]
    half = len(items) // 2
    return [*ask_each(ask, items[:half], kind, True), *ask_each(ask, items[half:], kind, True)]


def _checked(outputs: Sequence[Any], expected: int, kind: type[Got]) -> list[Got | str]:
    if len(outputs) != expected:
        raise ValueError(f"{len(outputs)} results for {expected} items")
    wrong = [type(result).__name__ for result in outputs if not isinstance(result, (kind, str))]
    if wrong:
        raise TypeError(f"a result is a {wrong[0]}, not a {kind.__name__}")
    return list(outputs)
