"""Running independent units of work, in local processes or on a Ray cluster."""

from __future__ import annotations

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
    "run_units",
    "unguarded_place",
]
