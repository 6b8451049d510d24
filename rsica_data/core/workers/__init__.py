"""Running independent units of work, in local processes or on a Ray cluster."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, TypeVar

from rsica_data.core.workers.guard import check_main_guard, unguarded_place
from rsica_data.core.workers.local import end_with_parent, interrupts_ignored, make_pool
from rsica_data.core.workers.local import run_units as run_locally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Engine = Literal["local", "ray"]
"""What runs units: processes of this machine, or a Ray cluster."""

Unit = TypeVar("Unit")
Result = TypeVar("Result")

_FEW_UNITS = 32
"""So few shards are read sooner than further processes have started."""


def reading_workers(wanted: int | None, units: int) -> int:
    """Processes that read a dataset: as many as are wanted, else one a core, and one alone for few shards.

    Args:
        wanted: what the user gave; None for nothing.
        units: number of shards.

    Example:
        >>> reading_workers(3, 2), reading_workers(None, 2)
        (3, 1)
    """
    return wanted or (os.cpu_count() or 1 if units >= _FEW_UNITS else 1)


def need_engine(engine: Engine) -> None:
    """See that an engine is there, before anything is written.

    Raises:
        UserError: Ray is not installed.
    """
    if engine == "ray":
        from rsica_data.core.workers.ray_cluster import import_ray

        import_ray()


def run_units(
    work: Callable[[Unit], Result], units: Sequence[Unit], workers: int, engine: Engine = "local"
) -> Iterator[tuple[Unit, Result]]:
    """Yield ``(unit, work(unit))`` as units finish; see `local.run_units` and `ray_cluster.run_on_ray`."""
    if engine == "local":
        return run_locally(work, units, workers)
    from rsica_data.core.workers.ray_cluster import run_on_ray

    return run_on_ray(work, units, workers)


__all__ = [
    "Engine",
    "check_main_guard",
    "end_with_parent",
    "interrupts_ignored",
    "make_pool",
    "need_engine",
    "reading_workers",
    "run_units",
    "unguarded_place",
]
