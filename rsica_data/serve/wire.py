"""The server's side of the two APIs: bodies to answer requests, answers to bodies."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rsica_data.llm.types import Image, Json, Message, Usage

_LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens")
_CHARS_A_TOKEN = 4
_IMAGE_TOKENS = 85
_CACHE_FROM = 1024


class BadBody(Exception):
    """The body of a request is not what the API takes; the message says why."""


def read_messages(body: Mapping[str, Any], responses: bool) -> tuple[Message, ...]:
    """The conversation in a body.

    Raises:
        BadBody: there is none.
    """
    given = body.get("input") if responses else body.get("messages")
    if responses and isinstance(given, str):
        given = [{"role": "user", "content": given}]
    if not isinstance(given, list) or not given:
        raise BadBody("'input' is missing" if responses else "'messages' is missing")
    try:
        messages = [_message(entry) for entry in given]
    except (KeyError, TypeError, ValueError) as error:
        raise BadBody(f"a message cannot be read ({type(error).__name__}: {error})") from None
    instructions = [Message("system", body["instructions"])] if responses and body.get("instructions") else []
    return (*instructions, *messages)


def _message(entry: Mapping[str, Any]) -> Message:
    content = entry["content"]
    if isinstance(content, str):
        return Message(entry["role"], content)
    texts = [part["text"] for part in content if part["type"] in ("text", "input_text", "output_text")]
    urls = [part["image_url"] for part in content if part["type"] in ("image_url", "input_image")]
    images = tuple(_image(url["url"] if isinstance(url, dict) else url) for url in urls)
    return Message(entry["role"], "\n".join(texts), images)


def _image(url: str) -> Image:
    head, comma, data = url.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        raise ValueError("only images by data URL are taken")
    return Image(head[len("data:") : -len(";base64")], base64.b64decode(data, validate=True))


def read_schema(body: Mapping[str, Any], responses: bool) -> Json | None:
    """The JSON schema that a body asks the answer to fit; ``{}`` for any JSON object; None for free text."""
    wanted = (body.get("text") or {}).get("format") if responses else body.get("response_format")
    if not wanted or wanted.get("type") == "text":
        return None
    if wanted["type"] == "json_object":
        return {"type": "object"}
    described = wanted if responses else wanted["json_schema"]
    schema: Json = described["schema"]
    return schema


def read_sampling(body: Mapping[str, Any]) -> Json:
    """Length limit, temperature and seed in a body, as arguments of an ``AnswerRequest``; 0 where no temperature is.

    Raises:
        BadBody: one of them is no such number.
    """
    limits = [body[name] for name in _LIMITS if body.get(name) is not None]
    temperature, seed = body.get("temperature"), body.get("seed")
    if any(isinstance(limit, bool) or not isinstance(limit, int) or limit < 1 for limit in limits):
        raise BadBody("the token limit is no whole number from 1")
    if temperature is not None and not (isinstance(temperature, (int, float)) and 0 <= temperature <= 2):
        raise BadBody("'temperature' is no number from 0 to 2")
    if seed is not None and not isinstance(seed, int):
        raise BadBody("'seed' is no whole number")
    return {"max_tokens": min(limits, default=None), "temperature": float(temperature or 0), "seed": seed}


def count_usage(messages: Sequence[Message], text: str, seen: set[str]) -> Usage:
    """Tokens at 4 characters each; a first message of 1,024 tokens and more that was seen before counts as cached."""
    first = messages[0].content
    inputs = sum(
        len(message.content) // _CHARS_A_TOKEN + 4 + _IMAGE_TOKENS * len(message.images) for message in messages
    )
    cached = len(first) // _CHARS_A_TOKEN if first in seen else 0
    seen.add(first)
    return Usage(inputs, max(1, len(text) // _CHARS_A_TOKEN), cached if cached >= _CACHE_FROM else 0)


def chat_body(number: str, model: str, text: str, usage: Usage, created: int, finish: str = "stop") -> Json:
    """A Chat Completions answer."""
    message = {"role": "assistant", "content": text, "refusal": None}
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": _chat_usage(usage),
    }


def chat_chunks(
    number: str, model: str, text: str, usage: Usage, created: int, with_usage: bool, finish: str = "stop"
) -> Iterator[Json]:
    """The same answer in pieces, as a stream sends it."""
    base = {"id": f"chatcmpl-{number}", "object": "chat.completion.chunk", "created": created, "model": model}

    def chunk(delta: Json, finish: str | None) -> Json:
        return {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    yield chunk({"role": "assistant", "content": ""}, None)
    for start in range(0, len(text), 16):
        yield chunk({"content": text[start : start + 16]}, None)
    yield chunk({}, finish)
    if with_usage:
        yield {**base, "choices": [], "usage": _chat_usage(usage)}


def _chat_usage(usage: Usage) -> Json:
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
    }


def responses_body(number: str, model: str, text: str, usage: Usage, created: int, finish: str = "stop") -> Json:
    """A Responses answer."""
    whole = finish == "stop"
    content = {"type": "output_text", "text": text, "annotations": []}
    message = {
        "id": f"msg-{number}",
        "type": "message",
        "role": "assistant",
        "status": "completed" if whole else "incomplete",
        "content": [content],
    }
    return {
        "id": f"resp-{number}",
        "object": "response",
        "created_at": created,
        "model": model,
        "status": "completed" if whole else "incomplete",
        "error": None,
        "incomplete_details": None if whole else {"reason": "max_output_tokens"},
        "instructions": None,
        "output": [message],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "total_tokens": usage.input_tokens + usage.output_tokens,
            "input_tokens_details": {"cached_tokens": usage.cached_tokens},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }


def error_body(message: str, kind: str, code: str | None = None) -> Json:
    """An error as the API words it."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}
