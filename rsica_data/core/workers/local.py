"""Units of work in a pool of local processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import takewhile
from multiprocessing.connection import wait as wait_sentinel
from typing import TypeVar

from rsica_data.core.errors import RunError
from rsica_data.core.workers.guard import check_main_guard

Unit = TypeVar("Unit")
Result = TypeVar("Result")


def run_units(work: Callable[[Unit], Result], units: Sequence[Unit], workers: int) -> Iterator[tuple[Unit, Result]]:
    """Yield ``(unit, work(unit))`` as units finish, in any order.

    With one worker the work is done in this process. Otherwise ``work`` and the units travel to child processes,
    which must be able to import ``work``. At most two units a worker are under way, so that a stopped run has little
    to redo. When this process dies, its children end with it.

    Raises:
        UserError: the running script has no `if __name__ == "__main__":` around this.
        RunError: a child process was killed (by the system for its memory, say).
        Whatever ``work`` raises, unchanged, for the first unit in order for which it raises, whichever fails first;
        later units are then abandoned.
    """
    workers = min(workers, len(units))
    if workers <= 1:
        for unit in units:
            yield unit, work(unit)
        return
    check_main_guard()
    pool = make_pool(workers, _start_child)
    pending: dict[Future[Result], Unit] = {}
    waiting = iter(units)
    try:
        for unit in waiting:
            with interrupts_ignored():
                future = pool.submit(work, unit)
            pending[future] = unit
            if len(pending) >= 2 * workers:
                yield from _collect(pending)
        while pending:
            yield from _collect(pending)
    except BrokenProcessPool as error:
        raise RunError(
            "a worker process was killed, perhaps for its memory; run the same command again to go on, "
            "with fewer --workers if it happens again"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def make_pool(workers: int, initializer: Callable[[], None]) -> ProcessPoolExecutor:
    """A pool of processes that start afresh.

    Raises:
        RunError: the system gives no locks to share between processes (a read-only ``/dev/shm``, say).
    """
    try:
        return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=initializer)
    except (OSError, ImportError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise RunError(
            f"worker processes cannot be started: no locks can be made, as in a read-only /dev/shm ({reason}); "
            "run the same command with --workers 1"
        ) from error


@contextmanager
def interrupts_ignored() -> Iterator[None]:
    """Processes that are started meanwhile ignore Ctrl-C, from their first instruction on.

    It reaches the whole group: the parent decides, and its children end with it. Without this each of them would show
    a traceback. Only the main thread may set how signals are handled; elsewhere this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _collect(pending: dict[Future[Result], Unit]) -> Iterator[tuple[Unit, Result]]:
    done, _ = wait(pending, return_when=FIRST_COMPLETED)
    failed = next((future for future in pending if future in done and future.exception() is not None), None)
    if failed is not None:  # an earlier unit, which was begun before, may fail too, and is the one to tell
        done = {*takewhile(lambda future: future is not failed, pending), failed}
        wait(done)
    for future in [future for future in pending if future in done]:
        unit = pending.pop(future)
        yield unit, future.result()


def _start_child() -> None:
    # One process a core is the parallelism; libraries that start threads of their own would only get in the way.
    import cv2

    cv2.setNumThreads(1)
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """Wait for the parent process to end, and end this one then; for a thread of a worker."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_sentinel([parent.sentinel])
        os._exit(1)
