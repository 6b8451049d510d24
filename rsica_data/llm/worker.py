"""From a question to its answer: cache, claim, budget, attempts, schema, re-asking. Lives in one event loop."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rsica_data.llm.bounded_json import flaw_of
from rsica_data.llm.budget import Budget, estimated_usage, row_usage, rows_usage
from rsica_data.llm.limiter import Limiter, WaitTooLong
from rsica_data.llm.payload import Answer, body, ways
from rsica_data.llm.settings import LlmSettings
from rsica_data.llm.store import Store
from rsica_data.llm.structured import SchemaMismatch, Unreadable, ask_again, check_fit, fit
from rsica_data.llm.transport import Rejected, RetryableError, Transport
from rsica_data.llm.types import Json, LlmReply, LlmRequest, LlmServerError, Message, Usage, cost_text

_LONGEST_POLL = 1.0
_FAILURES_IN_A_ROW = 8
_SENT_BACK = 4000
"""Characters of an answer that a model is shown again: one that repeats itself without end would fill the next too."""


class Cancelled(Exception):
    """The client is stopping; nothing was sent for this question."""


class RetriesExhausted(Exception):
    """All attempts failed."""


@dataclass(frozen=True)
class ReplyStatus:
    """What an answer is worth: ``data`` for a fitting one, ``error`` for good, or ``misfit``, to be asked again.

    ``unreadable``: the misfit is such that it says nothing about the next run's answer.
    """

    data: Any = None
    error: str | None = None
    misfit: str | None = None
    unreadable: bool = False


def classify_reply(row: Json, request: LlmRequest) -> ReplyStatus:
    """What a raw row is worth as an answer to the request."""
    if row.get("refusal"):
        return ReplyStatus(error=f"the model refused: {row['refusal']}")
    if row["finish"] == "content_filter":
        return ReplyStatus(error="the server's content filter cut the answer off")
    if request.schema is None:
        return ReplyStatus(misfit="the answer is empty") if not row["text"].strip() else ReplyStatus()
    try:
        return ReplyStatus(data=fit(row["text"], request.schema))
    except SchemaMismatch as misfit:
        cut = row["finish"] in ("length", "max_output_tokens")
        reason = f"{misfit}" + ("; it was cut off at the token limit" if cut else "")
        return ReplyStatus(misfit=reason, unreadable=isinstance(misfit, Unreadable))


def raw_row(request: LlmRequest, number: int, answer: Answer, settings: LlmSettings, batch: bool) -> Json:
    """An answer as a row of ``raw``."""
    usage = answer.usage or estimated_usage(request, answer.text)
    cost = settings.cost(request.model, usage, batch)
    return {
        "key": request.key,
        "n": number,
        "model": answer.model or request.model,
        "text": answer.text,
        "refusal": answer.refusal,
        "finish": answer.finish,
        "usage": {"input": usage.input_tokens, "output": usage.output_tokens, "cached": usage.cached_tokens},
        "estimated": answer.usage is None,
        "cost": cost_text(cost),
        "batch": batch,
        "request_id": answer.request_id,
        "api": settings.api,
        "at": int(time.time()),
    }


def make_reply(
    request: LlmRequest, rows: Sequence[Json], parsed: Json, settings: LlmSettings, attempts: int = 0
) -> LlmReply:
    """The reply that a settled question gets; ``cached`` where no attempt was made for it now."""
    last = rows[-1] if rows else {"text": "", "model": request.model, "request_id": ""}
    return LlmReply(
        key=request.key,
        text=last["text"],
        data=parsed.get("data"),
        model=last["model"],
        usage=rows_usage(rows, request.model, settings),
        cached=attempts == 0,
        request_id=last["request_id"],
        attempts=attempts,
        error=parsed.get("error"),
    )


def cached_reply(request: LlmRequest, store: Store, budget: Budget, settings: LlmSettings) -> LlmReply | None:
    """The reply to a settled question, from the cache, and counted; None where the question is not settled."""
    parsed = store.parsed(request.key)
    if parsed is None:
        return None
    rows = store.raw(request.key)
    if not _settles(parsed, rows, request):
        return None
    reply = make_reply(request, rows, parsed, settings)
    budget.earlier(request.key, reply.usage, len(rows))
    budget.count(answers=1, cached=1, errors=int(reply.error is not None))
    return reply


def _settles(parsed: Json, rows: Sequence[Json], request: LlmRequest) -> bool:
    """Whether what the cache says of a question can be used: other releases, and other hands, wrote caches too."""
    if not rows or parsed.get("unreadable"):
        return False
    if "error" in parsed or request.schema is None:
        return True
    if "data" not in parsed or flaw_of(parsed["data"]) is not None:
        return False
    try:
        check_fit(parsed["data"], request.schema)
    except SchemaMismatch:
        return False
    return True


class RequestWorker:
    """Asks questions, each once."""

    def __init__(self, settings: LlmSettings, store: Store, budget: Budget) -> None:
        self.settings, self.store, self.budget = settings, store, budget
        self.transport = Transport(settings)
        self.limiter = Limiter(settings.concurrency, settings.max_wait_s)
        self.stopping = asyncio.Event()
        self._ways = ways(settings.structured)
        self.batched: set[str] = set()  # answered through the batch API in this run
        self._failures = 0
        self._syncing: asyncio.Future[None] | None = None

    async def ask(self, request: LlmRequest) -> LlmReply:
        """The reply to one question; on the disk when this returns.

        Raises:
            BudgetReached, UserError, LlmServerError, Cancelled.
        """
        await self._claim(request.key)
        try:
            reply = self.cached(request)
            if reply is not None:
                return reply
            reply = await self._ask(request)
        finally:
            self.store.release(request.key)
        await self.synced()
        self.budget.count(answers=1, cached=int(reply.cached), errors=int(reply.error is not None))
        return reply

    def cached(self, request: LlmRequest) -> LlmReply | None:
        """The reply from the cache, counted; None where the question is not settled."""
        return cached_reply(request, self.store, self.budget, self.settings)

    def stop(self) -> None:
        """Send nothing new; what is under way is waited for by those who asked."""
        self.stopping.set()
        self.limiter.let_all_in()

    async def _claim(self, key: str) -> None:
        """Wait for the right to ask; whoever had it may have settled the question meanwhile."""
        wait = 0.01
        while not self.store.claim(key):
            await self.pause(wait)
            wait = min(2 * wait, _LONGEST_POLL)

    async def _ask(self, request: LlmRequest) -> LlmReply:
        rows = self.store.raw(request.key)
        self.budget.earlier(request.key, rows_usage(rows, request.model, self.settings), len(rows))
        number = max((row["n"] for row in rows), default=-1)
        rows = [row for row in rows if not classify_reply(row, request).unreadable]
        attempts = int(request.key in self.batched)
        while True:
            more: tuple[Message, ...] = ()
            if rows:
                verdict = classify_reply(rows[-1], request)
                if verdict.misfit is None or len(rows) > self.settings.schema_retries:
                    return self.settle(request, rows, verdict, attempts)
                more = _objections(request, rows)
            counted = _Count()
            try:
                number += 1
                rows.append(await self._paid_row(request, number, more, counted))
                self._failures = 0
            except WaitTooLong as error:
                raise self._server_error(
                    f"it asks to wait {error.wait:.0f} s, and {self.settings.max_wait_s:g} s is the most"
                ) from None
            except Rejected as rejected:
                return _unsettled(request, attempts + counted.attempts, str(rejected))
            except RetriesExhausted as gave_up:
                self._failures += 1
                if self._failures >= max(_FAILURES_IN_A_ROW, self.settings.concurrency // 2):
                    raise self._server_error(f"{self._failures} questions in a row got no answer ({gave_up})") from None
                return _unsettled(request, attempts + counted.attempts, str(gave_up))
            attempts += counted.attempts

    def _server_error(self, reason: str) -> LlmServerError:
        return LlmServerError(
            f"{self.settings.base_url}: {reason}; every answer so far is kept: run the same command again to go on"
        )

    def settle(self, request: LlmRequest, rows: Sequence[Json], verdict: ReplyStatus, attempts: int) -> LlmReply:
        """Record what became of a question, and give its reply."""
        row: Json = {"key": request.key, "n": len(rows)}
        error = verdict.error or verdict.misfit
        if error is not None:
            row["error"] = error
            if verdict.unreadable:
                row["unreadable"] = True
        elif request.schema is not None:
            row["data"] = verdict.data
        self.store.add("parsed", row)
        return make_reply(request, rows, row, self.settings, attempts)

    async def _paid_row(self, request: LlmRequest, number: int, more: Sequence[Message], counted: _Count) -> Json:
        await self.budget.admit(request)
        try:
            self.store.add("sent", {"key": request.key, "n": number})

            def keep(answer: Answer) -> Json:
                row = raw_row(request, number, answer, self.settings, batch=False)
                self.store.add("raw", row)
                self.budget.paid(request.key, row_usage(row, request.model, self.settings))
                return row

            return await self._any_way(request, more, counted, keep)
        finally:
            self.budget.settle()

    async def _any_way(
        self, request: LlmRequest, more: Sequence[Message], counted: _Count, keep: Callable[[Answer], Json]
    ) -> Json:
        """Send with the strongest structured output that the server takes; what works is remembered."""
        ways = self._ways if request.schema is not None else self._ways[:1]
        first: Rejected | None = None
        for place, way in enumerate(ways):
            try:
                row = await self._persist(body(request, self.settings.api, way, more), counted, keep)
            except Rejected as rejected:
                first = first or rejected
                continue
            if place:
                self._ways = self._ways[-(len(ways) - place) :]
            return row
        raise first or Rejected("no way to ask")

    async def _persist(self, sent: Json, counted: _Count, keep: Callable[[Answer], Json]) -> Json:
        """Attempts until one succeeds; its answer goes to ``keep`` before anything else can happen.

        Raises:
            RetriesExhausted: none did.
            WaitTooLong: the server asks for a longer wait than is allowed.
        """
        retries = garbled = 0
        while True:
            failure = await self._attempt(sent, counted, keep)
            if not isinstance(failure, RetryableError):
                return failure
            self.budget.count(unknown=int(failure.unknown))
            garbled += int(failure.garbled)
            if retries == self.settings.retries or garbled > self.settings.schema_retries:
                raise RetriesExhausted(f"no answer in {retries + 1} attempts, the last: {failure.reason}")
            if failure.wait is not None and failure.wait > self.settings.max_wait_s:
                raise WaitTooLong(failure.wait)
            self.budget.count(retried=1)
            await self.pause(self.wait_before(retries, failure.wait))
            retries += 1

    async def _attempt(self, sent: Json, counted: _Count, keep: Callable[[Answer], Json]) -> Json | RetryableError:
        """One attempt: what ``keep`` made of its answer, or why there is none."""
        if self.stopping.is_set():
            raise Cancelled
        ticket = await self.limiter.enter()
        try:
            if self.stopping.is_set():
                raise Cancelled
            counted.attempts += 1
            self.budget.count(requests=1)
            answer, headers = await self.transport.call(sent)
            row = keep(answer)
            used = row["usage"]
            self.limiter.answered(ticket, headers, used["input"] + used["output"])
            return row
        except RetryableError as failure:
            if failure.limited:
                self.limiter.limited(ticket, failure.wait)
            return failure
        finally:
            self.limiter.leave()

    def wait_before(self, retries: int, named: float | None) -> float:
        """Seconds to wait before an attempt is made again: what the server named, or exponential, with jitter."""
        jitter = random.random()  # noqa: S311 (spreads clients out in time; no secret)
        if named is not None:
            return named * (1 + jitter / 4)
        longest = min(self.settings.backoff_max_s, self.settings.backoff_s * 2.0**retries)
        return longest * (1 + jitter) / 2

    async def pause(self, seconds: float) -> None:
        """Sleep; a stop ends it.

        Raises:
            Cancelled: the client is stopping.
        """
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        except TimeoutError:
            return
        raise Cancelled

    async def synced(self) -> None:
        """Wait until all that was written before is on the disk; one fsync serves all who wait."""
        if self._syncing is not None:
            await asyncio.shield(self._syncing)  # began before our row, perhaps
        if self._syncing is None or self._syncing.done():
            self._syncing = asyncio.ensure_future(asyncio.to_thread(self.store.sync))
        await asyncio.shield(self._syncing)


@dataclass
class _Count:
    """Attempts made, counted also where they fail."""

    attempts: int = 0


def _objections(request: LlmRequest, rows: Sequence[Json]) -> tuple[Message, ...]:
    """Each answer that did not fit, and what was wrong with it: a model that is asked the same gives the same."""
    if request.schema is None:
        return ()
    messages: list[Message] = []
    for row in rows:
        misfit = classify_reply(row, request).misfit or ""
        messages += [
            Message("assistant", row["text"][:_SENT_BACK] or "(no answer)"),
            Message("user", ask_again(misfit, request.schema)),
        ]
    return tuple(messages)


def _unsettled(request: LlmRequest, attempts: int, error: str) -> LlmReply:
    """A question without an answer that was paid for: not kept, so that the next run asks again."""
    return LlmReply(request.key, "", None, request.model, Usage(cost=Decimal(0)), False, "", attempts, error)
