"""What the local server keeps, and what one request gets."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from rsica_data.core.files import dump_json
from rsica_data.llm.types import Json, Usage
from rsica_data.serve import wire
from rsica_data.serve.answerers import Answered, Answerer, AnswerRequest, SlowAnswerer
from rsica_data.serve.faults import Faults, RateLimit, retry_headers, violate

if TYPE_CHECKING:
    pass


@dataclass
class ServerState:
    """One server.

    Args:
        answerers: by model name.
        faults: what goes wrong how often.
        limit: a real limit on requests.
        log: every request served goes there, one JSON row each; None for nowhere.
        key: the key that requests must bear; None for none.
        latency_s: time that every answer takes, in seconds.
        batch_s: time that a batch takes at least, in seconds.
        refuse_formats: ``response_format`` types answered with 400, for servers without structured output.
    """

    answerers: Mapping[str, Answerer]
    faults: Faults = field(default_factory=Faults)
    limit: RateLimit = field(default_factory=lambda: RateLimit(None, 1))
    log: BinaryIO | None = None
    key: str | None = None
    latency_s: float = 0.0
    batch_s: float = 0.0
    refuse_formats: tuple[str, ...] = ()
    seen: Counter[str] = field(default_factory=Counter)
    prefixes: set[str] = field(default_factory=set)
    served: int = 0

    def record(self, **row: Any) -> None:
        """One row of the log, written through at once."""
        if self.log is not None:
            self.log.write((dump_json(row) + "\n").encode())
            self.log.flush()

    def number(self) -> str:
        """A new number for a response."""
        self.served += 1
        return f"{self.served:08d}"


@dataclass(frozen=True)
class Served:
    """What is to be sent for one request."""

    status: int
    body: Json
    outcome: str
    fault: str | None = None
    text: str = ""
    usage: Usage = field(default_factory=Usage)
    headers: Mapping[str, str] = field(default_factory=dict)
    number: str = ""
    flags: tuple[str, ...] = ()
    sha: str = ""
    finish: str = "stop"


async def answer(state: ServerState, body: Json, responses: bool) -> Served:
    """What a request gets; nothing is logged or sent here."""
    sha = hashlib.sha256(dump_json({k: v for k, v in body.items() if k != "stream"}).encode()).hexdigest()
    state.seen[sha] += 1
    fault, flags = state.faults.draw(sha, state.seen[sha])
    granted, headers = state.limit.take()

    def failed(status: int, message: str, outcome: str, code: str | None = None, **more: Any) -> Served:
        kind = "server_error" if status >= 500 else "invalid_request_error"
        return Served(status, wire.error_body(message, kind, code), outcome, sha=sha, flags=flags, **more)

    if not granted:
        return failed(429, "rate limit reached", "429", "rate_limit_exceeded", headers=headers)
    if fault == "429":
        limited = {
            "x-ratelimit-limit-requests": "100",
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": f"{state.faults.retry_after_s:.3f}s",
            **retry_headers(state.faults.retry_after_s),
        }
        return failed(429, "rate limit reached", "429", "rate_limit_exceeded", headers=limited)
    if fault == "500":
        return failed(500, "the server had an error", "500")
    try:
        messages = wire.read_messages(body, responses)
        schema = wire.read_schema(body, responses)
        _check_format(state, body, responses)
        answerer = state.answerers.get(str(body.get("model")))
        if answerer is None:
            return failed(404, f"the model '{body.get('model')}' does not exist", "404", "model_not_found")
        asked = AnswerRequest(messages, schema, str(body["model"]), flags, **wire.read_sampling(body))
        slow = isinstance(answerer, SlowAnswerer)
        given = await asyncio.to_thread(answerer, asked) if slow else answerer(asked)
    except (wire.BadBody, ValueError, KeyError, TypeError) as error:
        return failed(400, str(error), "400")
    text, finish = (given.text, given.finish) if isinstance(given, Answered) else (given, "stop")
    if fault == "malformed":
        text = text[: len(text) // 2]
    elif fault == "violation":
        text = violate(schema)
    number = state.number()
    if isinstance(given, Answered):
        usage = Usage(given.input_tokens, given.output_tokens)
    else:
        usage = wire.count_usage(messages, text, state.prefixes)
    whole = (wire.responses_body if responses else wire.chat_body)(
        number, str(body["model"]), text, usage, int(time.time()), finish
    )
    outcome = fault if fault in ("cut", "garbled") else "answered"
    return Served(200, whole, outcome, fault, text, usage, headers, number, flags, sha, finish)


def _check_format(state: ServerState, body: Json, responses: bool) -> None:
    wanted = (body.get("text") or {}).get("format") if responses else body.get("response_format")
    kind = (wanted or {}).get("type")
    if kind in state.refuse_formats:
        raise wire.BadBody(f"response_format '{kind}' is not supported")
