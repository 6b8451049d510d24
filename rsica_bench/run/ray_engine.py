"""Several machines: a Ray actor for each device, pulling units from the same kind of queue as local processes.

Dataset and run folder must have the same paths on every machine (a shared disk). ``RAY_ADDRESS`` names a running
cluster; without it a cluster of this machine alone is started, and ended with the run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from rsica_bench.run.queue import DIED, UnitQueue
from rsica_bench.run.run_options import RunOptions, choose_adapter
from rsica_bench.run.run_plan import Unit
from rsica_bench.run.session import Answered, Described, open_session
from rsica_data.core.errors import RsicaError, RunError, one_line
from rsica_data.core.workers.ray_cluster import ray_cluster
from rsica_data.schema import JsonObject

_AHEAD = 2
"""Units that an actor has in hand: the one that it answers and the next."""


class Worker:
    """What an actor holds."""

    def __init__(self, options: RunOptions, device: str) -> None:
        # Ray shows an actor its own GPUs alone, so that the first one that it sees is the right one.
        shown = "cuda:0" if device.startswith("cuda") else device
        self._stack = ExitStack()
        self._session = self._stack.enter_context(open_session(options, choose_adapter(options), shown))

    def describe(self) -> JsonObject:
        """What the adapter says of itself."""
        return self._session.describe()

    def answer(self, unit: Unit) -> Answered | RsicaError:
        """Answer a unit; errors that end the run travel as values."""
        try:
            return self._session.answer(unit)
        except RsicaError as error:
            return error

    def close(self) -> None:
        """Close the adapter."""
        self._stack.close()


@dataclass
class _Actor:
    device: str
    handle: Any
    held: deque[tuple[Any, Unit]] = field(default_factory=deque)
    loading: Any = None  # of one that was started again: what tells that it has loaded


def answer_on_ray(options: RunOptions, units: Sequence[Unit]) -> Iterator[Described | Answered]:
    """Answer units on Ray; what comes, in any order.

    Raises:
        UserError: Ray is not installed.
        RunError: actors cannot be started.
        Whatever the adapter raises when it is loaded.
    """
    devices = options.devices or ("cpu",)
    with ray_cluster(len(devices)) as ray:
        pool = _Pool(ray, options, devices, units)
        try:
            yield from pool.results()
        finally:
            pool.stop()


class _Pool:
    def __init__(self, ray: Any, options: RunOptions, devices: Sequence[str], units: Sequence[Unit]) -> None:
        self._ray, self._options, self._queue = ray, ray.put(options), UnitQueue(units)
        self._actors = [_Actor(device, self._start(device)) for device in devices[: max(len(units), 1)]]

    def _start(self, device: str) -> Any:
        gpu = device.startswith("cuda")
        actor = self._ray.remote(Worker).options(num_cpus=0 if gpu else 1, num_gpus=1 if gpu else 0)
        return actor.remote(self._options, device)

    def results(self) -> Iterator[Described | Answered]:
        for actor in self._actors:
            yield Described(self._get(actor.handle.describe.remote()))
        while True:
            self._hand_out()
            first = {actor.held[0][0]: actor for actor in self._actors if actor.held}
            loading = {actor.loading: actor for actor in self._actors if actor.loading is not None}
            # One that takes the place of a dead one may find no free processor: the others do its units meanwhile.
            if not first and (not loading or not self._queue):
                return
            ready, _ = self._ray.wait([*first, *loading], num_returns=1)
            if ready[0] in first:
                yield from self._take(first[ready[0]])
            else:
                self._get(ready[0])
                loading[ready[0]].loading = None

    def _hand_out(self) -> None:
        # One to each before a second to any, so that none waits while another has two.
        for depth in range(1, _AHEAD + 1):
            for actor in self._actors:
                free = actor.loading is None and len(actor.held) < depth
                unit = self._queue.take() if free else None
                if unit is not None:
                    actor.held.append((actor.handle.answer.remote(unit), unit))

    def _take(self, actor: _Actor) -> Iterator[Answered]:
        reference, unit = actor.held.popleft()
        try:
            outcome = self._ray.get(reference)
        except self._ray.exceptions.RayActorError:
            self._queue.give_back([later for _, later in actor.held])
            actor.held.clear()
            actor.handle = self._start(actor.device)
            actor.loading = actor.handle.describe.remote()
            yield from self._queue.after_death(unit)
            return
        except self._ray.exceptions.RayTaskError as error:
            raise RunError(f"worker on {actor.device}: {one_line(error.cause)}") from error
        if isinstance(outcome, BaseException):
            raise outcome
        yield outcome

    def _get(self, reference: Any) -> JsonObject:
        """A value of an actor that is being made; the errors of its adapter as they are."""
        try:
            content: JsonObject = self._ray.get(reference)
        except self._ray.exceptions.RayActorError as error:
            cause = getattr(error, "cause", None) or error.__cause__
            if isinstance(cause, RsicaError):
                raise cause from error
            last = str(error).strip().splitlines()[-1]
            raise RunError(f"{DIED} while it was loading the model: {last}") from error
        return content

    def stop(self) -> None:
        for actor in self._actors:
            if actor.loading is not None:
                self._ray.kill(actor.handle)
                continue
            try:
                self._ray.get(actor.handle.close.remote(), timeout=10)
            except self._ray.exceptions.RayError:
                continue  # it has died, or is still at work: the cluster ends it
