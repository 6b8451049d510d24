"""One loaded adapter and the units that it answers: what runs in this process or in each worker."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from rsica_bench.items import Job
from rsica_bench.models.api import Request, RunContext
from rsica_bench.models.large_images import LargeImages
from rsica_bench.run.answering import Asked, KnownMasks, TextAnswerer, answer_batch, make_answerer
from rsica_bench.run.mask_scores import MaskStore
from rsica_bench.run.run_options import Chosen, RunOptions
from rsica_bench.run.run_plan import JobReader, Unit
from rsica_data.core.errors import RsicaError, RunError, UserError, one_line
from rsica_data.dataset.reader import Images
from rsica_data.schema import JsonObject

STATE = "state"
Pull = Callable[[bool], Unit | None]
"""Gives the next unit, or None where there is none; with True it waits for one that others may give back."""


@dataclass(frozen=True)
class Answered:
    """A unit that was answered: its rows, what the replies used, seconds that it took."""

    unit: Unit
    rows: list[JsonObject]
    usage: dict[str, float]
    seconds: float


@dataclass(frozen=True)
class Described:
    """What the adapter said of itself."""

    content: JsonObject


class Session:
    """A loaded adapter that answers units."""

    def __init__(self, options: RunOptions, chosen: Chosen, adapter: Any, large: LargeImages | None) -> None:
        self._options, self._adapter, self._warm = options, adapter, False
        knows = chosen.spec.kind == "privileged"
        by_masks = None if options.benchmark is None else options.benchmark.masks
        if knows and by_masks is not None and not hasattr(adapter, "known_mask"):
            problem = f"the benchmark is scored by change masks; adapter '{chosen.spec.name}' gives none"
            raise UserError(problem, key="--adapter")
        images: Images = "masks" if knows and by_masks is not None else not knows
        self._reader = JobReader(options.dataset, options.split, images)
        keep = MaskStore(options.out).write if chosen.spec.kind == "mask" or images == "masks" else None
        rules = options.dataset.rules
        self._answerer = make_answerer(chosen.spec, adapter, options.protocol, rules, keep, large)
        if knows and keep is not None:
            self._answerer = KnownMasks(self._answerer, adapter, rules, keep, both_dates=by_masks == "semantic")

    def describe(self) -> JsonObject:
        """What the adapter says of itself."""
        if not hasattr(self._adapter, "describe"):
            return {}
        with _calling(self._options.adapter, "describe itself"):
            return dict(self._adapter.describe())

    def answer_all(self, pull: Pull) -> Iterator[Answered]:
        """Answer the units that ``pull`` gives, reading and preparing the next one in a thread meanwhile."""
        with ThreadPoolExecutor(1, thread_name_prefix="next-unit") as pool:
            unit = pull(True)
            future = None if unit is None else pool.submit(self._jobs, unit, False)
            if future is not None:
                self._warm_up(future.result())
            while unit is not None and future is not None:
                current, jobs = unit, future.result()
                unit = pull(False)
                future = None if unit is None else pool.submit(self._jobs, unit, True)
                started = time.monotonic()
                rows, usage = answer_batch(jobs, self._answerer, self._options.protocol)
                yield Answered(current, rows, dict(usage), time.monotonic() - started)
                if unit is None and (unit := pull(True)) is not None:
                    future = pool.submit(self._jobs, unit, False)

    def answer(self, unit: Unit) -> Answered:
        """Answer one unit; the first time, warm up before."""
        jobs = self._jobs(unit, False)
        if not self._warm:
            self._warm_up(jobs)
        started = time.monotonic()
        rows, usage = answer_batch(jobs, self._answerer, self._options.protocol)
        return Answered(unit, rows, dict(usage), time.monotonic() - started)

    def _jobs(self, unit: Unit, ahead: bool) -> list[Job]:
        jobs = self._reader.jobs(unit)
        if ahead and hasattr(self._adapter, "prepare"):
            with _calling(self._options.adapter, "prepare"):
                self._adapter.prepare(self._requests(jobs))
        return jobs

    def _warm_up(self, jobs: Sequence[Job]) -> None:
        self._warm = True
        if hasattr(self._adapter, "warm_up"):
            with _calling(self._options.adapter, "warm up"):
                self._adapter.warm_up(self._requests(jobs))

    def _requests(self, jobs: Sequence[Job]) -> list[Request]:
        """The requests that are known before any reply is."""
        if not isinstance(self._answerer, TextAnswerer):
            return []
        gold = self._options.protocol.history == "gold"
        asked = [Asked(job, turn) for job in jobs for turn in range(len(job.golds) if gold else 1)]
        prepared = [self._answerer.request(one) for one in asked]
        return [one[0] for one in prepared if isinstance(one, tuple)]


@contextmanager
def open_session(options: RunOptions, chosen: Chosen, device: str | None) -> Iterator[Session]:
    """An adapter made, loaded and, whatever happens then, closed. What could not be loaded is not closed.

    Raises:
        RunError: the adapter raises where it is made, loaded or closed.
    """
    large = None if options.large is None else LargeImages(options.large)
    with ExitStack() as opened:
        adapter = opened.enter_context(opened_adapter(options, chosen, device))
        if large is not None and options.large is not None:
            name = str(options.large.embedding)
            with _calling(name, "load"):
                large.load(_context(options, device, options.out / STATE))
            opened.push(_closing(name, large))
        yield Session(options, chosen, adapter, large)


@contextmanager
def opened_adapter(options: RunOptions, chosen: Chosen, device: str | None) -> Iterator[Any]:
    """An adapter made and loaded, and closed at the end; see :func:`open_session`."""
    set_seeds(options.seed)
    state = options.out / STATE
    state.mkdir(parents=True, exist_ok=True)
    with _calling(options.adapter, "be made"):
        adapter = chosen.spec.make(chosen.options, options.model)
    with ExitStack() as opened:
        with _calling(options.adapter, "load"):
            adapter.load(_context(options, device, state))
        opened.push(_closing(options.adapter, adapter))
        yield adapter


def _closing(name: str, adapter: Any) -> Callable[..., None]:
    """What closes an adapter at the end of a session; an error that ended the session is not hidden by a second one."""

    def close(kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with _calling(name, "close") if error is None else suppress(Exception):
            adapter.close()

    return close


@contextmanager
def _calling(name: str, what: str) -> Iterator[None]:
    """What an adapter raises, as one line with its name; errors of the toolkit's own kind pass through."""
    try:
        yield
    except RsicaError:
        raise
    except (Exception, SystemExit) as error:  # code of others may end the process where it meets an error
        raise RunError(f"adapter '{name}' could not {what}: {one_line(error)}") from error


def _context(options: RunOptions, device: str | None, state: Path) -> RunContext:
    given = (options.dataset, options.split, options.protocol, device, options.seed, options.deterministic)
    return RunContext(*given, state=state, tasks=options.tasks)


def set_seeds(seed: int) -> None:
    """Seed the generators of Python and numpy; adapters seed those of their libraries."""
    import numpy as np

    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - models of others read the global generator
