"""The batch API: questions go out as a file and come back, at a discount, within a day.

Each step is journalled when it is done, so that a run that ends between any two steps goes on with the next:

    written    CACHE/batches/ID.jsonl holds the requests
    uploaded   the server has the file
    created    the server works on it; a batch that was created but not journalled is found again by its file
    ended      the server is done, has failed, or ran out of time
    collected  every answer is in ``raw``

What has no answer then is asked one by one.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

from rsica_data.core.errors import RunError, UserError
from rsica_data.core.files import utf8_json
from rsica_data.core.journal import Journal, read_journal
from rsica_data.core.raw import lines_with_ends, open_regular
from rsica_data.llm.bounded_json import parse_json
from rsica_data.llm.budget import estimated_input, estimated_output, row_usage
from rsica_data.llm.payload import PATHS, body, ways
from rsica_data.llm.transport import Rejected, RetryableError, Transport
from rsica_data.llm.types import Json, LlmRequest, LlmServerError, Usage
from rsica_data.llm.worker import RequestWorker, raw_row

_LARGEST_FILE = 90 * 1024 * 1024  # the service takes 200 MB
_UPLOAD_S = 600.0
_STATE = "state.jsonl"
_ENDED = {"completed", "failed", "expired", "cancelled"}
_RUNNING = {"validating", "in_progress", "finalizing", "cancelling"}
_PAGES = 100
_NUMBER = re.compile("[0-9a-f]{16}")
_IDENTIFIER = re.compile(r"[A-Za-z0-9_:-][A-Za-z0-9._:-]{0,199}")

Result = TypeVar("Result")


@dataclass(frozen=True)
class Batch:
    """One batch as the journal knows it; ``step`` is the last that is done."""

    id: str
    step: str = "written"
    file_id: str = ""
    batch_id: str = ""
    status: str = ""
    output: str | None = None
    errors: str | None = None


def _checked(batch: Batch) -> Batch:
    """The batch, where each of its fields is what it should be.

    Raises:
        TypeError: one is not.
    """
    optional = isinstance(batch.output, str | None) and isinstance(batch.errors, str | None)
    words = (batch.id, batch.step, batch.file_id, batch.batch_id, batch.status)
    if not optional or not all(isinstance(word, str) for word in words) or not _NUMBER.fullmatch(batch.id):
        raise TypeError(batch)
    return batch


class BatchFolder:
    """The batches of one cache folder; held by one process at a time.

    Raises:
        UserError: another process has it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise UserError(f"{folder}: another process sends batches through this cache", hint="let it end") from None
        self._journal = Journal(folder / _STATE).__enter__()
        self.batches: dict[str, Batch] = {}
        self.sent_now: set[str] = set()
        for row in read_journal(folder / _STATE):
            try:
                known = self.batches.get(row["id"], Batch(row["id"]))
                self.batches[row["id"]] = _checked(replace(known, **row))
            except (KeyError, TypeError, AttributeError):
                self.close()
                raise RunError(
                    f"{folder / _STATE}: holds what is no step of a batch; delete the folder {folder} to start afresh"
                ) from None
        for path in folder.glob("*.jsonl"):
            # Left by a kill before it was whole, or not needed any more.
            batch = self.batches.get(path.stem)
            if path.name != _STATE and (batch is None or batch.step == "collected"):
                path.unlink()

    def record(self, batch: Batch, **updates: Any) -> Batch:
        """Note a step that is done."""
        self._journal.append({"id": batch.id, **updates})
        self.batches[batch.id] = replace(batch, **updates)
        return self.batches[batch.id]

    def file(self, batch: Batch) -> Path:
        """The file of requests."""
        return self.folder / f"{batch.id}.jsonl"

    def lines(self, batch: Batch) -> Iterator[Json]:
        """The requests, one row each."""
        try:
            with open_regular(self.file(batch)) as stream:
                for line in lines_with_ends(stream, self.file(batch)):
                    row = parse_json(line)
                    yield {"custom_id": str(row["custom_id"]), "body": row["body"]}
        except (UserError, OSError, ValueError, KeyError, TypeError, RecursionError):
            raise RunError(
                f"{self.file(batch)}: the requests of a batch cannot be read; delete {self.folder} to send them again"
            ) from None

    def open_keys(self) -> dict[str, str]:
        """Keys of the questions in batches that are not collected, each with its batch."""
        left = [batch for batch in self.batches.values() if batch.step != "collected"]
        return {row["custom_id"]: batch.id for batch in left for row in self.lines(batch)}

    def close(self) -> None:
        """Let go of the folder."""
        self._journal.__exit__(None, None, None)
        os.close(self._lock)


class BatchWriter:
    """A batch that is being put together; on the disk, and in the journal, once :meth:`finish` returns."""

    def __init__(self, folder: BatchFolder, asker: RequestWorker) -> None:
        self._folder, self._settings = folder, asker.settings
        self._batch = Batch(secrets.token_hex(8))
        self._stream = folder.file(self._batch).open("wb")
        self.count = 0

    @property
    def id(self) -> str:
        """Number of the batch."""
        return self._batch.id

    def add(self, request: LlmRequest) -> bool:
        """Add a request; True where the batch is full now."""
        settings = self._settings
        prefix = "" if settings.azure is not None else "/v1"
        row = {
            "custom_id": request.key,
            "method": "POST",
            "url": prefix + PATHS[settings.api],
            "body": body(request, settings.api, ways(settings.structured)[0]),
        }
        self._stream.write(utf8_json(json.dumps(row, ensure_ascii=False)).encode() + b"\n")
        self.count += 1
        return self.count >= settings.batch_size or self._stream.tell() >= _LARGEST_FILE

    def finish(self) -> Batch:
        """Close and journal it."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        self._folder.sent_now.add(self._batch.id)
        return self._folder.record(self._batch, step="written")

    def drop(self) -> None:
        """Give it up."""
        self._stream.close()
        self._folder.file(self._batch).unlink(missing_ok=True)


class BatchRunner:
    """Takes batches from step to step. Lives in the event loop."""

    def __init__(self, asker: RequestWorker, folder: BatchFolder) -> None:
        self.asker, self.folder, self.settings = asker, folder, asker.settings

    async def submit(self, batch: Batch) -> Batch:
        """Upload and create, as far as that is not done."""
        if batch.step == "written":
            batch = await self._upload(batch)
        return await self._create(batch) if batch.step == "uploaded" else batch

    async def _upload(self, batch: Batch) -> Batch:
        files = self._client.files.with_raw_response

        async def upload() -> str:
            sent = partial(files.create, file=self.folder.file(batch), purpose="batch")
            return _identifier(await self._transport.fetch(sent, _UPLOAD_S), "id")

        return self.folder.record(batch, step="uploaded", file_id=await self._steadily(upload))

    async def _create(self, batch: Batch) -> Batch:
        batches = self._client.batches.with_raw_response
        endpoint: Any = "/v1" + PATHS[self.settings.api]
        values = {"input_file_id": batch.file_id, "endpoint": endpoint, "metadata": {"rsica": batch.id}}

        async def create() -> str:
            # A batch costs money: never make one before looking whether an earlier attempt made it.
            known = await self._made_before(batch)
            if known is not None:
                return known
            made = await self._transport.fetch(partial(batches.create, completion_window="24h", **values))
            return _identifier(made, "id")

        return self.folder.record(batch, step="created", batch_id=await self._steadily(create))

    async def _made_before(self, batch: Batch) -> str | None:
        """The number of the batch of this file; None where there is none."""
        batches = self._client.batches.with_raw_response
        after: dict[str, str] = {}
        for _ in range(_PAGES):
            page = await self._transport.fetch(partial(batches.list, limit=100, **after))
            listed = page.get("data")
            known = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
            for row in known:
                if row.get("input_file_id") == batch.file_id:
                    return _identifier(row, "id")
            if not known or page.get("has_more") is not True:
                break
            following = {"after": _identifier(known[-1], "id")}
            if following == after:
                break
            after = following
        return None

    async def wait(self, batch: Batch) -> Batch:
        """Look at the batch from time to time until it has ended.

        Raises:
            Cancelled: the client is stopping; the next run goes on waiting.
        """
        look = partial(self._client.batches.with_raw_response.retrieve, batch.batch_id)

        async def state() -> Json:
            reply = await self._transport.fetch(look)
            if not isinstance(reply.get("status"), str) or reply["status"] not in _RUNNING | _ENDED:
                raise RetryableError("a batch without a known status", garbled=True)
            return {"status": reply["status"]} | {
                name: None if reply.get(key) is None else _identifier(reply, key)
                for name, key in (("output", "output_file_id"), ("errors", "error_file_id"))
            }

        while batch.step == "created":
            batch_state = await self._steadily(state)
            if batch_state["status"] in _ENDED:
                return self.folder.record(batch, step="ended", **batch_state)
            await self.asker.pause(self.settings.batch_poll_s)
        return batch

    async def collect(self, batch: Batch) -> Batch:
        """Take the answers in; those that are in already are passed over."""
        if batch.step != "ended":
            return batch
        bodies = {row["custom_id"]: _Sent.of(row["body"]) for row in self.folder.lines(batch)}
        for file_id in (batch.output, batch.errors):
            if file_id is not None:
                self._take_in(await self._content(file_id), bodies)
        await self.asker.synced()
        if batch.id in self.folder.sent_now:
            for _ in bodies:
                self.asker.budget.settle()
        batch = self.folder.record(batch, step="collected")
        self.folder.file(batch).unlink()
        return batch

    async def _content(self, file_id: str) -> bytes:
        files = self._client.files.with_raw_response

        async def download() -> bytes:
            response = await self._transport.guarded(partial(files.content, file_id), _UPLOAD_S)
            content: bytes = response.http_response.content
            return content

        return await self._steadily(download)

    def _take_in(self, content: bytes, bodies: Mapping[str, _Sent]) -> None:
        for line in BytesIO(content):
            try:
                row = parse_json(line, numbers="null")
                key, response = row["custom_id"], row["response"]
                if key not in bodies or response["status_code"] != 200 or self.asker.store.raw(key):
                    continue
                answer = self._transport.answer(response["body"], response.get("request_id") or "")
            except (ValueError, KeyError, TypeError, AttributeError, RetryableError):
                continue  # without an answer, like those that failed: asked one by one
            sent = bodies[key]
            if answer.usage is None:
                answer = replace(answer, usage=sent.estimate(answer.text))
            kept = raw_row(LlmRequest((), sent.model), 0, answer, self.settings, batch=True) | {"key": key}
            self.asker.store.add("raw", kept)
            self.asker.budget.paid(key, row_usage(kept, sent.model, self.settings))
            self.asker.batched.add(key)

    @property
    def _transport(self) -> Transport:
        return self.asker.transport

    @property
    def _client(self) -> Any:
        return self.asker.transport.client

    async def _steadily(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """A step with retries."""
        retries = garbled = 0
        while True:
            self.asker.budget.count(requests=1)
            try:
                return await work()
            except RetryableError as caught:
                failure = caught
            except Rejected as rejected:
                reason = str(rejected)
                break
            garbled += int(failure.garbled)
            reason = failure.reason
            if failure.wait is not None and failure.wait > self.settings.max_wait_s:
                reason += f"; it asks to wait {failure.wait:.0f} s, and {self.settings.max_wait_s:g} s is the most"
                break
            if retries == self.settings.retries or garbled > self.settings.schema_retries:
                break
            self.asker.budget.count(retried=1)
            await self.asker.pause(self.asker.wait_before(retries, failure.wait))
            retries += 1
        raise LlmServerError(
            f"{self.settings.base_url}: the batch cannot go on: {reason}; run the same command again to go on, "
            "or with batch off"
        )


@dataclass(frozen=True)
class _Sent:
    """What is kept of a request of a batch while its answers are taken in."""

    model: str
    input_tokens: int

    @classmethod
    def of(cls, body: Json) -> _Sent:
        return cls(body["model"], estimated_input(body))

    def estimate(self, text: str) -> Usage:
        """Tokens of an answer whose server counted none."""
        return Usage(self.input_tokens, estimated_output(text))


def _identifier(reply: Json, name: str) -> str:
    """A number that the server gave; it becomes a part of addresses.

    Raises:
        RetryableError: it gave none.
    """
    value = reply.get(name)
    if isinstance(value, str) and _IDENTIFIER.fullmatch(value):
        return value
    raise RetryableError(f"a response without a usable '{name}'", garbled=True)
