"""One registry over entry points: listed without importing, loaded when asked for.

What an outside package registers under a group works like what is built in, and the built-in plug-ins are
registered in the same way (``[project.entry-points]`` in ``pyproject.toml``).
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from rsica_data.core.errors import UserError, did_you_mean, one_line
from rsica_data.core.extras import missing_extra

SOURCES = "rsica.sources"
TASKS = "rsica.tasks"
EXPORTERS = "rsica.exporters"
ADAPTERS = "rsica.adapters"
METRICS = "rsica.metrics"
SCORERS = "rsica.scorers"
ANSWERERS = "rsica.answerers"

_NOUN = {
    SOURCES: "source",
    TASKS: "task",
    EXPORTERS: "export format",
    ADAPTERS: "adapter",
    METRICS: "caption protocol",
    SCORERS: "scorer",
    ANSWERERS: "answerer",
}


_installed = cache(entry_points)
"""Of all groups: each look goes through every installed package."""


@cache
def _registered(group: str) -> dict[str, EntryPoint]:
    points = _installed().select(group=group)
    return {point.name: point for point in sorted(points, key=lambda p: (p.name, p.value))}


def names(group: str) -> list[str]:
    """Names registered under ``group``, sorted. Imports nothing."""
    return sorted(_registered(group))


@cache
def load(group: str, name: str) -> Any:
    """The plug-in object registered under ``group`` as ``name``.

    Raises:
        UserError: no such name (with the nearest known one), or its module cannot be imported, whatever it raises.
    """
    entry_point = _registered(group).get(name)
    noun = _NOUN.get(group, group)
    if entry_point is None:
        raise UserError(f"unknown {noun} '{name}'", hint=did_you_mean(name, names(group)))
    try:
        return entry_point.load()
    except Exception as error:  # a package of somebody else's may raise anything where it is imported
        missing = missing_extra(error)
        if missing is not None:
            raise UserError(f"{noun} '{name}': {missing.message}", hint=missing.hint) from error
        problem = str(error) if isinstance(error, (ImportError, AttributeError)) else one_line(error)
        raise UserError(f"{noun} '{name}' ({entry_point.value}) cannot be imported: {problem}") from error
