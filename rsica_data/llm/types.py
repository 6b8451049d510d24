"""What goes to a language model and what comes back: requests with a stable key, replies with what they cost."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from rsica_data.core.errors import RunError, UserError
from rsica_data.core.files import dump_json

Json = dict[str, Any]


@dataclass(frozen=True)
class Image:
    """One encoded image.

    Args:
        media_type: as in a data URL, ``image/png``.
        data: the file's bytes.
    """

    media_type: str
    data: bytes

    @cached_property
    def digest(self) -> str:
        """Hex SHA-256 of the bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def url(self) -> str:
        """The image as a data URL."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode()}"


@dataclass(frozen=True)
class Message:
    """One message: ``role`` is ``system``, ``user`` or ``assistant``; images come before the text, in order."""

    role: str
    content: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True)
class LlmRequest:
    """One question to a model.

    Args:
        messages: the conversation so far.
        model: name as the server knows it.
        schema: JSON schema of the answer; None for free text.
        schema_name: name sent with the schema.
        parameters: sampling parameters by their names in the API (``temperature``, ``max_tokens``, ``seed``, ...).
        tag: the caller's own label. Comes back nowhere but on this object, and is not part of the key.
        sample: which of several answers to the same question this is. Part of the key, so that votes differ; where
            ``parameters`` has a ``seed``, the seed that is sent is ``seed + sample``.
    """

    messages: tuple[Message, ...]
    model: str
    schema: Mapping[str, Any] | None = None
    schema_name: str = "answer"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tag: str = ""
    sample: int = 0

    @cached_property
    def key(self) -> str:
        """Hex SHA-256 of what can change the answer: model, messages, images, parameters, schema, sample."""
        value = {
            "model": self.model,
            "messages": [
                [m.role, m.content, [[image.media_type, image.digest] for image in m.images]] for m in self.messages
            ],
            "schema": self.schema,
            "schema_name": self.schema_name if self.schema is not None else None,
            "parameters": dict(self.parameters),
            "sample": self.sample,
        }
        return hashlib.sha256(dump_json(value).encode()).hexdigest()

    @property
    def images(self) -> Iterator[Image]:
        """All images, in order."""
        return (image for message in self.messages for image in message.images)


@dataclass(frozen=True)
class Usage:
    """Tokens of an answer, as the server counted them, and their cost (None where the price is not known).

    ``input_tokens`` includes ``cached_tokens``, those that the server took from its own prompt cache.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost: Decimal | None = None

    def __add__(self, other: Usage) -> Usage:
        cost = None if self.cost is None or other.cost is None else self.cost + other.cost
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
            cost,
        )


@dataclass(frozen=True)
class LlmReply:
    """The answer to one request.

    Args:
        key: key of the request.
        text: the model's words, as they came ("" where there are none).
        data: the parsed JSON where the request had a schema and the answer fits it, else None.
        model: name of the model as the server reported it.
        usage: tokens and cost of this answer, all times that it was asked for together.
        cached: read from the cache; nothing was sent.
        request_id: the server's name for the (last) request, "" where it gave none.
        attempts: HTTP requests made for it in this run, failed ones included; 0 where cached.
        error: why there is no usable answer; None where there is one.
    """

    key: str
    text: str
    data: Any
    model: str
    usage: Usage
    cached: bool
    request_id: str
    attempts: int
    error: str | None = None


@dataclass(frozen=True)
class Totals:
    """What a client has used so far.

    Args:
        answers: replies given, cached ones included.
        cached: of these, read from the cache.
        errors: of these, without a usable answer.
        requests: HTTP requests sent in this run, failed ones included.
        paid: answers that servers sent in this run (the cost counts these).
        retried: attempts that failed (rate limit, server error, time-out, cut connection) and were made again.
        unknown: of these, attempts that may have been billed although no answer reached us (time-outs, cuts).
        usage: tokens and cost of what was paid in this run; its cost is None where a price is not known.
        earlier: tokens and cost of the cached answers, paid in earlier runs.
    """

    answers: int = 0
    cached: int = 0
    errors: int = 0
    requests: int = 0
    paid: int = 0
    retried: int = 0
    unknown: int = 0
    usage: Usage = Usage(cost=Decimal(0))
    earlier: Usage = Usage(cost=Decimal(0))

    def to_json(self) -> Json:
        """As plain JSON; decimals as strings, so that no digit is lost."""
        return {
            "answers": self.answers,
            "cached": self.cached,
            "errors": self.errors,
            "requests": self.requests,
            "paid": self.paid,
            "retried": self.retried,
            "unknown": self.unknown,
            "usage": usage_to_json(self.usage),
            "earlier": usage_to_json(self.earlier),
        }


@dataclass(frozen=True)
class Plan:
    """What a set of requests would need, before any is sent.

    Token counts are estimates (4 characters a token; images by their size); the cached share is exact.

    Args:
        requests: distinct requests.
        repeated: further requests that are equal to one of these; they cost nothing.
        cached: distinct requests whose answer is in the cache.
        to_send: distinct requests that would be sent.
        input_tokens, output_tokens: estimate of what is to be sent.
        cost: estimate for what is to be sent; None where a price is not known.
        spent: exact cost of the cached answers; None where their price is not known.
        unpriced: models to be asked whose price is not known.
        output_measured: output is estimated from answers in the cache rather than from ``max_tokens``.
    """

    requests: int
    repeated: int
    cached: int
    to_send: int
    input_tokens: int
    output_tokens: int
    cost: Decimal | None
    spent: Decimal | None
    unpriced: tuple[str, ...] = ()
    output_measured: bool = False

    def to_json(self) -> Json:
        """As plain JSON; decimals as strings."""
        return {
            "requests": self.requests,
            "repeated": self.repeated,
            "cached": self.cached,
            "to_send": self.to_send,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost": cost_text(self.cost),
            "spent": cost_text(self.spent),
            "unpriced": list(self.unpriced),
            "output_measured": self.output_measured,
        }


class BudgetReached(UserError):
    """The budget is used up; what is answered is kept. Raise the limit and run the same command again to go on."""


class LlmServerError(RunError):
    """The server stopped answering in the middle of the work; what is answered is kept."""


def cost_text(cost: Decimal | None) -> str | None:
    """A cost as text without exponent or trailing zeros; None for a cost that is not known."""
    if cost is None:
        return None
    text = f"{cost:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def usage_to_json(usage: Usage) -> Json:
    """Tokens and cost as plain JSON."""
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_tokens": usage.cached_tokens,
        "cost": cost_text(usage.cost),
    }
