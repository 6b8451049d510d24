"""How a stream of questions goes through the batch API: cut into files, sent, waited for, read from the cache."""

from __future__ import annotations

import pickle
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any

from rsica_data.llm.batch import Batch, BatchFolder, BatchRunner, BatchWriter
from rsica_data.llm.types import BudgetReached, LlmReply, LlmRequest
from rsica_data.llm.worker import RequestWorker


class Spool:
    """Requests skipped on disk until their batch has ended, in order."""

    def __init__(self) -> None:
        self._stream = TemporaryFile()  # noqa: SIM115 (open as long as this object)
        self._count = 0

    def add(self, request: LlmRequest) -> None:
        """Set one aside."""
        pickle.dump(request, self._stream)
        self._count += 1

    def drain(self) -> Iterator[LlmRequest]:
        """All of them; then they are gone."""
        self._stream.seek(0)
        try:
            for _ in range(self._count):
                yield pickle.load(self._stream)  # noqa: S301 (our own unnamed temporary file)
        finally:
            self.close()

    def close(self) -> None:
        """Drop what is left."""
        self._stream.close()


@dataclass
class BatchFlow:
    """One pass of questions through the batch API.

    Args:
        asker: asks what batches leave open.
        folder: the batches of the cache.
        cached: the reply to a settled question, or None.
        each: asks one by one; answers that batches brought are read from the cache.
        run: runs a coroutine in the asker's loop.
        check: called before anything is sent for the first time.
    """

    asker: RequestWorker
    folder: BatchFolder
    cached: Callable[[LlmRequest], LlmReply | None]
    each: Callable[[Iterable[LlmRequest]], Iterator[LlmReply]]
    run: Callable[[Coroutine[Any, Any, Batch]], Batch]
    check: Callable[[], None]

    def replies(self, requests: Iterable[LlmRequest]) -> Iterator[LlmReply]:
        """Replies to all requests; raises as ``LlmClient.ask_all`` does."""
        runner = BatchRunner(self.asker, self.folder)
        homes = self.folder.open_keys()
        spools: defaultdict[str, Spool] = defaultdict(Spool)
        singles = Spool()
        stop: BudgetReached | None = None
        writer: BatchWriter | None = None
        try:
            for request in requests:
                reply = self.cached(request)
                if reply is not None:
                    yield reply
                elif request.key in homes:
                    spools[homes[request.key]].add(request)
                elif self.asker.store.raw(request.key):
                    singles.add(request)
                elif not self.asker.budget.admit_batch(request):
                    stop = self.asker.budget.reached(request)
                    break
                else:
                    writer = writer or BatchWriter(self.folder, self.asker)
                    homes[request.key] = writer.id
                    spools[writer.id].add(request)
                    if writer.add(request):
                        full, writer = writer, None
                        self._send(runner, full)
            if writer is not None:
                full, writer = writer, None
                self._send(runner, full)
            for number in list(spools):
                self._await(runner, self.folder.batches[number])
                # It stays listed until it is empty: a caller that stops in its middle must not leave it open.
                yield from self.each(spools[number].drain())
                del spools[number]
            yield from self.each(singles.drain())
            if stop is not None:
                raise stop
        finally:
            if writer is not None:
                writer.drop()
            for spool in (singles, *spools.values()):
                spool.close()

    def _send(self, runner: BatchRunner, writer: BatchWriter) -> None:
        batch = writer.finish()
        self.check()
        self.run(runner.submit(batch))

    def _await(self, runner: BatchRunner, batch: Batch) -> None:
        self.check()
        batch = self.run(runner.submit(batch))
        batch = self.run(runner.wait(batch))
        self.run(runner.collect(batch))
