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
import secrets
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rsica_data.core.json_text import loads, read_json_lines
from rsica_data.errors import UserError
from rsica_data.journal import Journal, read_journal, utf8_json
from rsica_data.llm.asking import Asker, raw_row
from rsica_data.llm.budget import row_usage
from rsica_data.llm.payload import PATHS, Garbled, body, read_answer, ways
from rsica_data.llm.transport import Rejected, Trouble
from rsica_data.llm.types import Json, LlmRequest, ServerTrouble

_LARGEST_FILE = 90 * 1024 * 1024  # the service takes 200 MB
_UPLOAD_S = 600.0
_STATE = "state.jsonl"
_ENDED = {"completed", "failed", "expired", "cancelled"}


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
            known = self.batches.get(row["id"], Batch(row["id"]))
            self.batches[row["id"]] = replace(known, **row)
        for path in folder.glob("*.jsonl"):
            # Left by a kill before it was whole, or not needed any more.
            batch = self.batches.get(path.stem)
            if path.name != _STATE and (batch is None or batch.step == "collected"):
                path.unlink()

    def record(self, batch: Batch, **found: Any) -> Batch:
        """Note a step that is done."""
        self._journal.append({"id": batch.id, **found})
        self.batches[batch.id] = replace(batch, **found)
        return self.batches[batch.id]

    def file(self, batch: Batch) -> Path:
        """The file of requests."""
        return self.folder / f"{batch.id}.jsonl"

    def lines(self, batch: Batch) -> Iterator[Json]:
        """The requests, one row each."""
        for _, row in read_json_lines(self.file(batch), "a request"):
            yield row

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

    def __init__(self, folder: BatchFolder, asker: Asker) -> None:
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

    def __init__(self, asker: Asker, folder: BatchFolder) -> None:
        self.asker, self.folder, self.settings = asker, folder, asker.settings

    async def submit(self, batch: Batch) -> Batch:
        """Upload and create, as far as that is not done."""
        if batch.step == "written":
            batch = await self._upload(batch)
        return await self._create(batch) if batch.step == "uploaded" else batch

    async def _upload(self, batch: Batch) -> Batch:
        async def upload() -> Any:
            files = self.asker.transport.client.files
            return await files.create(file=self.folder.file(batch), purpose="batch")

        found = await self._steadily(upload, _UPLOAD_S)
        return self.folder.record(batch, step="uploaded", file_id=found.id)

    async def _create(self, batch: Batch) -> Batch:
        async def create() -> Any:
            # A batch costs money: never make one before looking whether an earlier attempt made it.
            batches = self.asker.transport.client.batches
            async for known in batches.list(limit=100):
                if known.input_file_id == batch.file_id:
                    return known
            endpoint: Any = "/v1" + PATHS[self.settings.api]
            return await batches.create(
                input_file_id=batch.file_id, endpoint=endpoint, completion_window="24h", metadata={"rsica": batch.id}
            )

        found = await self._steadily(create)
        return self.folder.record(batch, step="created", batch_id=found.id)

    async def wait(self, batch: Batch) -> Batch:
        """Look at the batch from time to time until it has ended.

        Raises:
            Stopped: the client is stopping; the next run goes on waiting.
        """
        while batch.step == "created":
            found = await self._steadily(lambda: self.asker.transport.client.batches.retrieve(batch.batch_id))
            if found.status in _ENDED:
                return self.folder.record(
                    batch, step="ended", status=found.status, output=found.output_file_id, errors=found.error_file_id
                )
            await self.asker.pause(self.settings.batch_poll_s)
        return batch

    async def collect(self, batch: Batch) -> Batch:
        """Take the answers in; those that are in already are passed over."""
        if batch.step != "ended":
            return batch
        models = {row["custom_id"]: row["body"]["model"] for row in self.folder.lines(batch)}
        for file_id in (batch.output, batch.errors):
            if file_id is not None:
                self._take_in(await self._content(file_id), models)
        await self.asker.synced()
        if batch.id in self.folder.sent_now:
            for _ in models:
                self.asker.budget.settle()
        batch = self.folder.record(batch, step="collected")
        self.folder.file(batch).unlink()
        return batch

    async def _content(self, file_id: str) -> str:
        async def download() -> Any:
            return (await self.asker.transport.client.files.content(file_id)).text

        text: str = await self._steadily(download, _UPLOAD_S)
        return text

    def _take_in(self, text: str, models: dict[str, str]) -> None:
        for line in text.splitlines():
            row = loads(line)
            key, response = row["custom_id"], row.get("response") or {}
            if key not in models or response.get("status_code") != 200 or self.asker.store.raw(key):
                continue
            try:
                answer = read_answer(response["body"], self.settings.api, response.get("request_id") or "")
            except Garbled:
                continue  # without an answer, like those that failed: asked one by one
            request = LlmRequest((), models[key])
            kept = raw_row(request, 0, answer, self.settings, batch=True) | {"key": key}
            self.asker.store.add("raw", kept)
            self.asker.budget.paid(key, row_usage(kept, models[key], self.settings))
            self.asker.batched.add(key)

    async def _steadily(self, call: Callable[[], Awaitable[Any]], timeout_s: float | None = None) -> Any:
        """A call with retries."""
        for retries in range(self.settings.retries + 1):
            self.asker.budget.count(requests=1)
            try:
                return await self.asker.transport.guarded(call, timeout_s)
            except Trouble as caught:
                trouble = caught
            except Rejected as rejected:
                reason = str(rejected)
                break
            if retries == self.settings.retries:
                reason = trouble.reason
                break
            self.asker.budget.count(retried=1)
            await self.asker.pause(self.asker.wait_before(retries, trouble.wait))
        raise ServerTrouble(
            f"{self.settings.base_url}: the batch cannot go on: {reason}; run the same command again to go on, "
            "or with batch off"
        )
