"""The client as the pipeline sees it: plain calls and iterators; the event loop runs in a thread of its own.

The thread goes on while the caller works on a reply, so that answers are written to disk as they come.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, TypeVar

from rsica_data.llm.batch import BatchFolder
from rsica_data.llm.batch_stream import BatchFlow
from rsica_data.llm.budget import Budget, plan
from rsica_data.llm.settings import LlmSettings
from rsica_data.llm.store import Store
from rsica_data.llm.types import LlmReply, LlmRequest, Plan, Totals
from rsica_data.llm.worker import RequestWorker, cached_reply

Result = TypeVar("Result")
_Outcome = LlmReply | BaseException


class LlmClient:
    """Client of one server.

    Use it as a context manager, or call :meth:`close`. The key is read when something must be sent for the first time:
    a build whose answers are all in the cache needs neither key nor server.

    Args:
        settings: server, model, limits, cache.

    Raises:
        UserError: the cache folder cannot be used.
    """

    def __init__(self, settings: LlmSettings) -> None:
        self.settings = settings
        self._scratch = TemporaryDirectory(prefix="rsica-llm-") if settings.cache_dir is None else None
        folder = Path(self._scratch.name) if self._scratch else settings.cache_dir
        self._store = Store(Path(folder or "."), settings.redactor())
        self._budget = Budget(settings)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._asking: _Asking | None = None
        self._checked = False

    def __enter__(self) -> LlmClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- what callers use ---------------------------------------------------------------------------------------------

    def check(self) -> None:
        """See that key, server and model are right, before any work. :meth:`ask_all` does it before its first request.

        Raises:
            UserError: what is wrong, in one line.
        """
        for model in filter(None, (self.settings.model, *self.settings.further_models)):
            self._budget.require_price(model)
        self.settings.key()
        self._run(_Asking.check)
        self._checked = True

    def plan(self, requests: Iterable[LlmRequest]) -> Plan:
        """What these requests would need: how many, how many are cached, tokens and cost. Sends nothing."""
        return plan(requests, self.settings, self._store)

    def ask(self, request: LlmRequest) -> LlmReply:
        """The reply to one request; see :meth:`ask_all`."""
        (reply,) = self.ask_all((request,))
        return reply

    def ask_all(self, requests: Iterable[LlmRequest]) -> Iterator[LlmReply]:
        """Replies as they come, one for each request, in any order; ``reply.key`` says to which request.

        Requests are taken as there is room for them and never all held. Each reply is on the disk before it is given.
        An answer that cannot be had is a reply with ``error``, not an exception. When the caller stops early, or
        Ctrl-C is pressed, nothing new is sent, and what is under way is waited for and kept.

        Raises:
            BudgetReached: after the replies of all that the budget allowed.
            UserError: key, model or server are wrong.
            LlmServerError: the server stopped answering.
        """
        yield from self._in_batches(requests) if self.settings.batch else self._one_by_one(requests)

    def _in_batches(self, requests: Iterable[LlmRequest]) -> Iterator[LlmReply]:
        loop, asking = self._running()
        with closing(BatchFolder(self._store.folder / "batches")) as folder:
            flow = BatchFlow(
                asker=asking.asker,
                folder=folder,
                cached=self._cached,
                each=self._one_by_one,
                run=lambda work: self._wait_for(asyncio.run_coroutine_threadsafe(work, loop)),
                check=self._check_once,
            )
            yield from flow.replies(requests)

    def _one_by_one(self, requests: Iterable[LlmRequest]) -> Iterator[LlmReply]:
        done: SimpleQueue[_Outcome] = SimpleQueue()
        waiting, room = iter(requests), 2 * self.settings.concurrency
        under_way, stop = 0, None
        try:
            while True:
                while stop is None and under_way < room and done.empty():
                    request = next(waiting, None)
                    if request is None:
                        break
                    reply = self._cached(request)
                    if reply is not None:
                        yield reply
                        continue
                    self._submit(request, done)
                    under_way += 1
                if under_way == 0:
                    break
                outcome = done.get()
                under_way -= 1
                if isinstance(outcome, LlmReply):
                    yield outcome
                elif stop is None:
                    stop = outcome
                    self._stop_sending()
            if stop is not None:
                raise stop
        finally:
            if under_way:
                self._finish(done, under_way)
            self._resume_sending()

    @property
    def usage(self) -> Totals:
        """What was used so far."""
        return self._budget.totals

    def close(self) -> None:
        """Let go of server and cache. What is still under way is waited for and kept; Ctrl-C ends the wait."""
        if self._loop is not None and self._thread is not None:
            try:
                self._run(_Asking.finish)
            finally:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join()
                _end(self._loop)
                self._loop = self._thread = self._asking = None
        self._store.close()
        if self._scratch is not None:
            self._scratch.cleanup()

    # -- inside -------------------------------------------------------------------------------------------------------

    def _cached(self, request: LlmRequest) -> LlmReply | None:
        return cached_reply(request, self._store, self._budget, self.settings)

    def _check_once(self) -> None:
        if not self._checked:
            self.check()

    def _submit(self, request: LlmRequest, done: SimpleQueue[_Outcome]) -> None:
        self._check_once()
        self._budget.require_price(request.model)
        loop, asking = self._running()
        loop.call_soon_threadsafe(asking.begin, request, done)

    def _running(self) -> tuple[asyncio.AbstractEventLoop, _Asking]:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="rsica-llm", daemon=True)
            self._thread.start()
        if self._asking is None:
            self._asking = _Asking(RequestWorker(self.settings, self._store, self._budget))
        return self._loop, self._asking

    def _run(self, work: Callable[[_Asking], Coroutine[Any, Any, Result]]) -> Result:
        loop, asking = self._running()
        return self._wait_for(asyncio.run_coroutine_threadsafe(work(asking), loop))

    @staticmethod
    def _wait_for(work: Future[Result]) -> Result:
        try:
            return work.result()
        except BaseException:
            work.cancel()
            raise

    def _stop_sending(self) -> None:
        if self._loop is not None and self._asking is not None:
            self._loop.call_soon_threadsafe(self._asking.asker.stop)

    def _resume_sending(self) -> None:
        if self._loop is not None and self._asking is not None:
            self._loop.call_soon_threadsafe(self._asking.asker.stopping.clear)

    def _finish(self, done: SimpleQueue[_Outcome], under_way: int) -> None:
        """Wait for what is under way, so that what is paid for is kept; Ctrl-C ends the wait."""
        self._stop_sending()
        if sys.stderr is not None and sys.stderr.isatty() and isinstance(sys.exc_info()[1], KeyboardInterrupt):
            sys.stderr.write("\nwaiting for answers that are under way; Ctrl-C again drops them\n")
        for _ in range(under_way):
            done.get()


class _Asking:
    """The part of a client that lives in the loop's thread."""

    def __init__(self, asker: RequestWorker) -> None:
        self.asker = asker
        self._tasks: set[asyncio.Task[None]] = set()  # the loop itself holds tasks weakly

    def begin(self, request: LlmRequest, done: SimpleQueue[_Outcome]) -> None:
        """Start to ask; the outcome, whatever it is, goes to ``done``."""
        task = asyncio.get_running_loop().create_task(self._answer(request, done))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, request: LlmRequest, done: SimpleQueue[_Outcome]) -> None:
        try:
            done.put(await self.asker.ask(request))
        except BaseException as error:
            done.put(error)

    async def check(self) -> None:
        """See :meth:`Transport.check`."""
        await self.asker.transport.check()

    async def finish(self) -> None:
        """Send nothing new, wait for what is under way, close the connections."""
        self.asker.stop()
        while self._tasks:
            await asyncio.wait(self._tasks)
        await self.asker.transport.close()


def _end(loop: asyncio.AbstractEventLoop) -> None:
    """Close a loop that has stopped; what it still runs (after a second Ctrl-C) is dropped."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left))
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
