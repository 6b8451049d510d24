"""Units of work on a Ray cluster: tasks on whatever machines it has. Paths must mean the same on all of them.

``RAY_ADDRESS`` names a running cluster; without it one of this machine alone is started, and ended with the work.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from itertools import takewhile
from typing import Any, TypeVar

from rsica_data.core.errors import RsicaError, RunError, UserError, one_line
from rsica_data.core.extras import install_command

Unit = TypeVar("Unit")
Result = TypeVar("Result")

_RETRIES = 3
"""How often Ray gives a unit to another worker where one has died, with its process or with its machine."""


def import_ray() -> Any:
    """The module ``ray``.

    Raises:
        UserError: Ray is not installed.
    """
    try:
        import ray
    except ImportError:
        raise UserError("Ray is not installed", key="--engine", hint=install_command("ray")) from None
    return ray


@contextmanager
def ray_cluster(cpus: int) -> Iterator[Any]:
    """The module ``ray``, connected; what it prints goes to standard error, for standard output holds results.

    Args:
        cpus: of the cluster that is started where none is named.

    Raises:
        UserError: Ray is not installed.
    """
    ray = import_ray()
    address = os.environ.get("RAY_ADDRESS")
    local: dict[str, Any] = {} if address else {"num_cpus": cpus, "include_dashboard": False}
    ours = not ray.is_initialized()
    # Ray prints at its end too: what it has held back of messages that repeat themselves.
    with redirect_stdout(sys.stderr):
        if ours:
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, **local)
        try:
            yield ray
        finally:
            if ours:
                ray.shutdown()


def run_on_ray(work: Callable[[Unit], Result], units: Sequence[Unit], cpus: int) -> Iterator[tuple[Unit, Result]]:
    """Yield ``(unit, work(unit))`` as units finish, in any order; two units for each processor are under way.

    A unit whose worker or machine dies is done again by another one.

    Args:
        work: importable on every machine; its units and results travel.
        units: what to do.
        cpus: as for `ray_cluster`.

    Raises:
        UserError: Ray is not installed.
        RunError: a unit killed its worker again and again, or ``work`` raised what is no error of this package.
        Whatever of this package's errors ``work`` raises, for the first unit in order for which it raises.
    """
    if not units:
        return
    with ray_cluster(cpus) as ray:
        task = ray.remote(_with_one_thread).options(num_cpus=1, max_retries=_RETRIES)
        most = 2 * max(1, int(ray.cluster_resources().get("CPU", 1)))
        waiting = iter(units)
        pending: dict[Any, Unit] = {}
        try:
            while True:
                for unit in waiting:
                    pending[task.remote(work, unit)] = unit
                    if len(pending) >= most:
                        break
                if not pending:
                    return
                yield from _collect(ray, pending)
        finally:
            for reference in pending:
                ray.cancel(reference)


def _collect(ray: Any, pending: dict[Any, Unit]) -> Iterator[tuple[Unit, Any]]:
    """One unit that has finished; where it has failed, the earlier ones first, for the first that fails is told."""
    (ready,), _ = ray.wait(list(pending), num_returns=1)
    earlier = list(takewhile(lambda reference: reference != ready, pending))
    unit = pending.pop(ready)
    try:
        result = _result(ray, ready)
    except RsicaError:
        for reference in earlier:
            ray.wait([reference], num_returns=1)
            yield pending.pop(reference), _result(ray, reference)
        raise
    yield unit, result


def _result(ray: Any, reference: Any) -> Any:
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, RsicaError):
            raise error.cause from error
        raise RunError(f"a worker failed: {one_line(error.cause)}") from error
    except ray.exceptions.RayError as error:
        problem = "worker processes were killed over the same shard, perhaps for their memory"
        raise RunError(f"{problem}; run the same command again to go on ({one_line(error)})") from error


def _with_one_thread(work: Callable[[Any], Any], unit: Any) -> Any:
    import cv2

    cv2.setNumThreads(1)
    return work(unit)
