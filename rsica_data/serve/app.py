"""The HTTP server: models, chat completions, responses, files and batches, with what goes wrong on purpose."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from rsica_data.core.json_text import loads
from rsica_data.llm.types import Json, usage_to_json
from rsica_data.serve import wire
from rsica_data.serve.answerers import SlowAnswerer

if TYPE_CHECKING:
    from aiohttp import web

from rsica_data.serve.batches import add_batches
from rsica_data.serve.state import Served, ServerState, answer

HOST = "127.0.0.1"
_LARGEST = 256 * 1024 * 1024


def make_app(state: ServerState) -> web.Application:
    """The application, to be run by :func:`serve`."""
    from aiohttp import web

    def refuse(request: web.Request) -> web.Response | None:
        if state.key is None:
            return None
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if given == state.key:
            return None
        message = f"Incorrect API key provided: {given}."
        return web.json_response(wire.error_body(message, "invalid_request_error", "invalid_api_key"), status=401)

    async def models(request: web.Request) -> web.Response:
        known = [{"id": n, "object": "model", "created": 0, "owned_by": "rsica"} for n in sorted(state.answerers)]
        return web.json_response({"object": "list", "data": known})

    @web.middleware
    async def with_key(request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        refused = refuse(request)
        try:
            response: web.StreamResponse = refused if refused is not None else await handler(request)
        except ConnectionResetError:
            return web.Response(status=499)  # the client went away: there is nobody to tell
        return response

    app = web.Application(client_max_size=_LARGEST, middlewares=[with_key])
    app.router.add_get("/v1/models", models)
    app.router.add_post("/v1/chat/completions", _completion(state, responses=False))
    app.router.add_post("/v1/responses", _completion(state, responses=True))
    add_batches(app, state)
    return app


def _completion(state: ServerState, *, responses: bool) -> Callable[[web.Request], Any]:
    """Answers of one endpoint: responses, or chat completions."""
    from aiohttp import web

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            body = loads((await request.read()).decode())
        except ValueError:
            return web.json_response(wire.error_body("the body is no JSON", "invalid_request_error"), status=400)
        if responses and body.get("stream"):
            message = "streaming is served for chat completions alone"
            return web.json_response(wire.error_body(message, "invalid_request_error"), status=400)
        served = await answer(state, body, responses)
        await asyncio.sleep(state.latency_s + (state.faults.slow_s if served.fault == "slow" else 0))
        state.record(
            at=time.time(),
            path=request.path,
            sha=served.sha,
            status=served.status,
            outcome=served.outcome,
            fault=served.fault,
            flags=served.flags,
            usage=usage_to_json(served.usage) if served.outcome == "answered" else None,
            batch=False,
        )
        return await _send(request, served, body)

    return handle


async def _send(request: web.Request, served: Served, body: Json) -> web.StreamResponse:
    from aiohttp import web

    headers = {**served.headers, "x-request-id": f"req-{served.number or 'none'}"}
    if served.fault == "garbled":
        return web.Response(text="<html>bad gateway</html>", content_type="text/html", headers=headers)
    if served.status == 200 and body.get("stream"):
        return await _stream(request, served, body, headers)
    data = json.dumps(served.body).encode()
    if served.fault != "cut":
        return web.Response(body=data, status=served.status, content_type="application/json", headers=headers)
    response = web.StreamResponse(headers={**headers, "Content-Type": "application/json"})
    response.content_length = len(data)
    await response.prepare(request)
    await response.write(data[: len(data) // 2])
    _cut(request)
    return response


async def _stream(request: web.Request, served: Served, body: Json, headers: Mapping[str, str]) -> web.StreamResponse:
    from aiohttp import web

    response = web.StreamResponse(headers={**headers, "Content-Type": "text/event-stream"})
    await response.prepare(request)
    with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
    created = served.body["created"]
    model = str(body["model"])
    chunks = wire.chat_chunks(served.number, model, served.text, served.usage, created, with_usage, served.finish)
    for place, chunk in enumerate(chunks):
        if served.fault == "cut" and place == 2:
            _cut(request)
            return response
        await response.write(f"data: {json.dumps(chunk)}\n\n".encode())
    await response.write(b"data: [DONE]\n\n")
    return response


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def serve(state: ServerState, port: int, ready: Callable[[int], None]) -> None:
    """Run until interrupted or terminated. Port 0 takes a free one.

    Args:
        state: the server.
        port: on 127.0.0.1.
        ready: told the port once the server listens.
    """
    import signal

    from aiohttp import web

    async def run() -> None:
        runner = web.AppRunner(make_app(state), access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, HOST, port, backlog=1024)
        await site.start()
        ended = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        ready(runner.addresses[0][1])
        await ended.wait()
        for answerer in state.answerers.values():
            if isinstance(answerer, SlowAnswerer):
                answerer.stop()
        await runner.cleanup()

    asyncio.run(run())


def open_log(path: Path | None) -> BinaryIO | None:
    """The log, opened to append."""
    if path is None:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("ab")
