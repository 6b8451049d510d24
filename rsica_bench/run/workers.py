"""Several devices: a worker process each, pulling units from one queue.

A worker holds the unit that it answers and the next one, which it reads meanwhile. When it dies, a new one is started
and both units go back to the queue; the unit that it was answering is then asked an instruction at a time, and an
instruction that then kills two workers is listed as failed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Literal

from rsica_bench.run.queue import DIED, UnitQueue
from rsica_bench.run.run_options import RunOptions, choose_adapter
from rsica_bench.run.run_plan import Unit
from rsica_bench.run.session import Answered, Described, open_session
from rsica_data.core.errors import RsicaError, RunError, one_line
from rsica_data.core.workers import check_main_guard, end_with_parent, interrupts_ignored


@dataclass
class _Worker:
    device: str
    process: BaseProcess
    pipe: Connection
    held: deque[Unit] = field(default_factory=deque)
    ready: bool = False
    asks: Literal["nothing", "now", "later"] = "nothing"
    since: float = 0.0  # when it began its present unit, by the monotonic clock


def answer_on_devices(options: RunOptions, units: Sequence[Unit]) -> Iterator[Described | Answered]:
    """Answer units on ``options.devices``; what comes, in any order.

    Raises:
        UserError: the running script has no `if __name__ == "__main__":` around this.
        RunError: workers die before they answer anything.
        Whatever the adapter raises when it is loaded.
    """
    check_main_guard()
    pool = _Pool(options, units)
    try:
        yield from pool.results()
    finally:
        pool.stop()


class _Pool:
    def __init__(self, options: RunOptions, units: Sequence[Unit]) -> None:
        self._options = options
        self._queue = UnitQueue(units)
        self._context = multiprocessing.get_context("spawn")
        self._never_ready = 0
        self._workers = [self._start(device) for device in options.devices[: max(len(units), 1)]]

    def results(self) -> Iterator[Described | Answered]:
        while self._queue or any(worker.held for worker in self._workers):
            for worker in self._workers:
                self._give(worker)
            waited: list[Any] = [worker.pipe for worker in self._workers]
            for pipe in wait(waited, None if self._options.unit_timeout is None else 1.0):
                worker = next(one for one in self._workers if one.pipe is pipe)
                try:
                    message = worker.pipe.recv()
                except (EOFError, OSError):
                    yield from self._bury(worker)
                    continue
                yield from self._take(worker, message)
            self._kill_hung()

    def _kill_hung(self) -> None:
        limit, now = self._options.unit_timeout, time.monotonic()
        for worker in self._workers if limit is not None else ():
            if worker.ready and worker.held and now - worker.since > (limit or 0):
                worker.process.kill()  # its pipe ends with it, and it is replaced like any that died

    def _take(self, worker: _Worker, message: Any) -> Iterator[Described | Answered]:
        if isinstance(message, BaseException):
            raise message
        if isinstance(message, Described):
            worker.ready = True
            yield message
        elif isinstance(message, Answered):
            worker.held.popleft()
            worker.since = time.monotonic()
            yield message
        else:
            worker.asks = message

    def _give(self, worker: _Worker) -> None:
        # A worker without anything to do waits: another may die and give its units back.
        if worker.asks == "nothing" or (worker.asks == "later" and not self._queue):
            return
        unit = self._queue.take()
        if unit is not None:
            worker.since = worker.since if worker.held else time.monotonic()
            worker.held.append(unit)
        worker.asks = "nothing"
        try:
            worker.pipe.send(unit)
        except OSError:
            return  # it has died: the next read of its pipe says so

    def _bury(self, worker: _Worker) -> Iterator[Answered]:
        """A worker died: put its units back and start another in its place."""
        worker.process.join()
        held = list(worker.held)
        if not worker.ready:
            self._never_ready += 1
            if self._never_ready > len(self._options.devices):
                raise RunError(f"{DIED} while it was loading the model, perhaps for its memory")
            self._queue.give_back(held)
        elif held:
            self._queue.give_back(held[1:])
            yield from self._queue.after_death(held[0])
        self._workers[self._workers.index(worker)] = self._start(worker.device)

    def _start(self, device: str) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(self._options, device, theirs), daemon=False)
        with interrupts_ignored():
            process.start()
        theirs.close()
        return _Worker(device, process, ours)

    def stop(self) -> None:
        for worker in self._workers:
            worker.pipe.close()
        for worker in self._workers:
            worker.process.join(timeout=10)
            if worker.process.is_alive():
                worker.process.terminate()
                worker.process.join()


def _work(options: RunOptions, device: str, pipe: Connection) -> None:
    # Ctrl-C reaches the whole group: the parent decides, and this process ends when its pipe is closed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        with open_session(options, choose_adapter(options), _visible(device)) as session:
            pipe.send(Described(session.describe()))
            for answered in session.answer_all(lambda wait_for_it: _pull(pipe, wait_for_it)):
                pipe.send(answered)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the run is over
    except RsicaError as error:
        _tell(pipe, error)
    except (Exception, SystemExit) as error:
        _tell(pipe, RunError(f"worker on {device}: {one_line(error)}"))


def _tell(pipe: Connection, error: RsicaError) -> None:
    with suppress(OSError):  # another worker's error may have ended the run first
        pipe.send(error)


def _pull(pipe: Connection, wait_for_it: bool) -> Unit | None:
    pipe.send("later" if wait_for_it else "now")
    unit: Unit | None = pipe.recv()
    return unit


def _visible(device: str) -> str:
    """Let the process see its own GPU alone, so that libraries which take the first one take the right one."""
    kind, _, number = device.partition(":")
    if kind != "cuda" or not number:
        return device
    allowed = [part for part in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if part]
    os.environ["CUDA_VISIBLE_DEVICES"] = allowed[int(number)] if int(number) < len(allowed) else number
    return "cuda:0"
