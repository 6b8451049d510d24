"""Files and batches of the local server; kept in memory, gone when it ends."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rsica_data.core.json_text import loads
from rsica_data.llm.types import Json, usage_to_json
from rsica_data.serve import wire
from rsica_data.serve.state import ServerState, answer

if TYPE_CHECKING:
    from aiohttp import web


_ENDPOINTS = {"/v1/chat/completions": False, "/v1/responses": True}


@dataclass
class _File:
    name: str
    purpose: str
    data: bytes
    created: int

    def to_json(self, file_id: str) -> Json:
        return {
            "id": file_id,
            "object": "file",
            "bytes": len(self.data),
            "created_at": self.created,
            "filename": self.name,
            "purpose": self.purpose,
            "status": "processed",
        }


class _Batches:
    """All files and batches of one server."""

    def __init__(self, state: ServerState) -> None:
        self.state = state
        self.files: dict[str, _File] = {}
        self.batches: dict[str, Json] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    def keep(self, name: str, purpose: str, data: bytes) -> str:
        file_id = f"file-{len(self.files) + 1:06d}"
        self.files[file_id] = _File(name, purpose, data, int(time.time()))
        return file_id

    def begin(self, asked: Json) -> Json:
        batch_id = f"batch-{len(self.batches) + 1:06d}"
        now = int(time.time())
        self.batches[batch_id] = {
            "id": batch_id,
            "object": "batch",
            "endpoint": asked["endpoint"],
            "input_file_id": asked["input_file_id"],
            "completion_window": asked.get("completion_window", "24h"),
            "status": "validating",
            "created_at": now,
            "expires_at": now + 86400,
            "output_file_id": None,
            "error_file_id": None,
            "errors": None,
            "metadata": asked.get("metadata"),
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
        }
        task = asyncio.get_running_loop().create_task(self._work(self.batches[batch_id]))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return self.batches[batch_id]

    async def _work(self, batch: Json) -> None:
        state, data = self.state, self.files[batch["input_file_id"]].data
        sha = hashlib.sha256(data).hexdigest()
        state.seen[sha] += 1
        fault = state.faults.of_batch(sha, state.seen[sha])
        await asyncio.sleep(0)
        batch["status"] = "in_progress"
        await asyncio.sleep(state.batch_s)
        if fault == "batch-failed":
            message = {"code": "failed", "message": "the batch could not be started", "line": None, "param": None}
            batch |= {"status": "failed", "errors": {"object": "list", "data": [message]}}
            return
        good: list[Json] = []
        bad: list[Json] = []
        rows = [loads(line) for line in data.decode().splitlines() if line.strip()]
        batch["request_counts"]["total"] = len(rows)
        for place, row in enumerate(rows):
            if batch["status"] == "cancelled":
                break
            late = fault == "batch-expired" and place % 2 == 1
            reply, fine = _expired(row) if late else await self._one(row)
            (good if fine else bad).append(reply)
            batch["request_counts"]["completed" if fine else "failed"] += 1
            if place % 50 == 49:
                await asyncio.sleep(0)
        for name, lines in (("output", good), ("error", bad)):
            if lines:
                text = "".join(json.dumps(line) + "\n" for line in lines)
                batch[f"{name}_file_id"] = self.keep(f"{batch['id']}_{name}.jsonl", "batch_output", text.encode())
        if batch["status"] != "cancelled":
            batch["status"] = "expired" if fault == "batch-expired" else "completed"

    async def _one(self, row: Json) -> tuple[Json, bool]:
        served = await answer(self.state, row["body"], _ENDPOINTS[row["url"]])
        fine = served.outcome == "answered"
        self.state.record(
            at=time.time(),
            path=row["url"],
            sha=served.sha,
            status=served.status,
            outcome=served.outcome,
            fault=served.fault,
            flags=served.flags,
            usage=usage_to_json(served.usage) if fine else None,
            batch=True,
        )
        status = served.status if fine else max(served.status, 500)
        body = served.body if fine else wire.error_body("this item failed", "server_error")
        response = {"status_code": status, "request_id": f"req-{served.number or 'none'}", "body": body}
        return {
            "id": f"item-{served.sha[:12]}",
            "custom_id": row["custom_id"],
            "response": response,
            "error": None,
        }, fine


def _expired(row: Json) -> tuple[Json, bool]:
    error = {"code": "batch_expired", "message": "this item was not reached in time"}
    return {"id": "item-late", "custom_id": row["custom_id"], "response": None, "error": error}, False


def add_batches(app: web.Application, state: ServerState) -> None:
    """Routes of files and batches."""
    held = _Batches(state)
    _add_files(app, held)
    _add_batches(app, held)


def _missing(what: str) -> web.Response:
    from aiohttp import web

    return web.json_response(wire.error_body(f"no such {what}", "invalid_request_error"), status=404)


def _add_files(app: web.Application, held: _Batches) -> None:
    from aiohttp import web

    async def upload(request: web.Request) -> web.Response:
        form = await request.post()
        sent: Any = form.get("file")
        if sent is None or not hasattr(sent, "file"):
            return web.json_response(wire.error_body("'file' is missing", "invalid_request_error"), status=400)
        file_id = held.keep(sent.filename, str(form.get("purpose", "")), sent.file.read())
        return web.json_response(held.files[file_id].to_json(file_id))

    async def files(request: web.Request) -> web.Response:
        listed = [file.to_json(file_id) for file_id, file in held.files.items()]
        return web.json_response({"object": "list", "data": listed, "has_more": False})

    async def file(request: web.Request) -> web.Response:
        stored_file = held.files.get(request.match_info["id"])
        if stored_file is None:
            return _missing("file")
        return web.json_response(stored_file.to_json(request.match_info["id"]))

    async def content(request: web.Request) -> web.Response:
        stored_file = held.files.get(request.match_info["id"])
        return _missing("file") if stored_file is None else web.Response(body=stored_file.data)

    app.router.add_post("/v1/files", upload)
    app.router.add_get("/v1/files", files)
    app.router.add_get("/v1/files/{id}", file)
    app.router.add_get("/v1/files/{id}/content", content)


def _add_batches(app: web.Application, held: _Batches) -> None:
    from aiohttp import web

    async def create(request: web.Request) -> web.Response:
        asked = await request.json()
        if asked.get("input_file_id") not in held.files or asked.get("endpoint") not in _ENDPOINTS:
            return _missing("input file or endpoint")
        return web.json_response(held.begin(asked))

    async def batches(request: web.Request) -> web.Response:
        listed = list(reversed(held.batches.values()))
        after = request.query.get("after")
        if after in held.batches:
            listed = listed[[batch["id"] for batch in listed].index(after) + 1 :]
        limit = int(request.query.get("limit", "20"))
        return web.json_response({"object": "list", "data": listed[:limit], "has_more": len(listed) > limit})

    async def batch(request: web.Request) -> web.Response:
        stored_batch = held.batches.get(request.match_info["id"])
        return _missing("batch") if stored_batch is None else web.json_response(stored_batch)

    async def cancel(request: web.Request) -> web.Response:
        stored_batch = held.batches.get(request.match_info["id"])
        if stored_batch is None:
            return _missing("batch")
        if stored_batch["status"] not in ("completed", "failed", "expired"):
            stored_batch["status"] = "cancelled"
        return web.json_response(stored_batch)

    app.router.add_post("/v1/batches", create)
    app.router.add_get("/v1/batches", batches)
    app.router.add_get("/v1/batches/{id}", batch)
    app.router.add_post("/v1/batches/{id}/cancel", cancel)
