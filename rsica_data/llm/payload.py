"""Requests as the bodies that the two APIs take, and answers as both APIs give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rsica_data.core.json_text import loads
from rsica_data.llm.structured import MODES, in_words, strict
from rsica_data.llm.types import Json, LlmRequest, Message, Usage

Api = Literal["chat", "responses"]
PATHS = {"chat": "/chat/completions", "responses": "/responses"}


class Garbled(Exception):
    """The body of a successful response is not what the API promises."""


@dataclass(frozen=True)
class Answer:
    """What a server sent.

    Args:
        text: the model's words.
        refusal: its words where it refused, else None.
        finish: why it stopped, as the server says (``stop``, ``length``, ``content_filter``, ...).
        model: model name as the server reported it.
        usage: tokens as the server counted them, without cost.
        request_id: the server's name for the request.
    """

    text: str
    refusal: str | None
    finish: str
    model: str
    usage: Usage
    request_id: str


def body(request: LlmRequest, api: Api, mode: str, more: Sequence[Message] = ()) -> Json:
    """The JSON body of one request.

    Args:
        request: the question.
        api: which API.
        mode: how the schema travels, one of ``MODES``; without a schema it does not matter.
        more: messages after the request's own (an answer that did not fit, and what was wrong with it).
    """
    messages = [*request.messages, *more]
    if request.schema is not None and mode != "schema":
        messages = _with_schema(messages, request.schema)
    parameters = dict(request.parameters)
    if request.sample and isinstance(parameters.get("seed"), int):
        parameters["seed"] += request.sample
    if api == "responses":
        return _responses_body(request, messages, parameters, mode)
    found: Json = {"model": request.model, "messages": [_chat_message(message) for message in messages], **parameters}
    if request.schema is not None and mode == "schema":
        described = {"name": request.schema_name, "schema": request.schema, "strict": strict(request.schema)}
        found["response_format"] = {"type": "json_schema", "json_schema": described}
    elif request.schema is not None and mode == "json":
        found["response_format"] = {"type": "json_object"}
    return found


def _with_schema(messages: Sequence[Message], schema: Mapping[str, Any]) -> list[Message]:
    last = messages[-1]
    return [*messages[:-1], Message(last.role, f"{last.content}\n\n{in_words(schema)}", last.images)]


def _chat_message(message: Message) -> Json:
    if not message.images:
        return {"role": message.role, "content": message.content}
    parts: list[Json] = [{"type": "image_url", "image_url": {"url": image.url}} for image in message.images]
    return {"role": message.role, "content": [*parts, {"type": "text", "text": message.content}]}


def _responses_body(request: LlmRequest, messages: Sequence[Message], parameters: Json, mode: str) -> Json:
    for name in ("max_tokens", "max_completion_tokens"):
        if name in parameters:
            parameters["max_output_tokens"] = parameters.pop(name)
    parameters.pop("seed", None)  # this API has none, and refuses unknown names
    found: Json = {"model": request.model, "input": [_responses_message(message) for message in messages], **parameters}
    found.setdefault("store", False)
    if request.schema is not None and mode == "schema":
        described = {"name": request.schema_name, "schema": request.schema, "strict": strict(request.schema)}
        found["text"] = {"format": {"type": "json_schema", **described}}
    elif request.schema is not None and mode == "json":
        found["text"] = {"format": {"type": "json_object"}}
    return found


def _responses_message(message: Message) -> Json:
    if not message.images:
        return {"role": message.role, "content": message.content}
    parts: list[Json] = [{"type": "input_image", "image_url": image.url} for image in message.images]
    return {"role": message.role, "content": [*parts, {"type": "input_text", "text": message.content}]}


def read_answer(content: bytes | str | Json, api: Api, request_id: str = "") -> Answer:
    """The answer in the body of a successful response.

    Raises:
        Garbled: the body is not JSON, or has no answer in it.
    """
    try:
        found = content
        if not isinstance(found, dict):
            found = loads(found if isinstance(found, str) else found.decode())
        return _read_chat(found, request_id) if api == "chat" else _read_responses(found, request_id)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise Garbled(f"a response that is no {PATHS[api]} answer ({type(error).__name__})") from None


def _read_chat(found: Json, request_id: str) -> Answer:
    choice = found["choices"][0]
    message = choice["message"]
    usage = found.get("usage") or {}
    details = usage.get("prompt_tokens_details") or {}
    return Answer(
        text=message.get("content") or "",
        refusal=message.get("refusal"),
        finish=choice.get("finish_reason") or "",
        model=found.get("model") or "",
        usage=Usage(
            int(usage.get("prompt_tokens") or 0),
            int(usage.get("completion_tokens") or 0),
            int(details.get("cached_tokens") or 0),
        ),
        request_id=request_id or found.get("id") or "",
    )


def _read_responses(found: Json, request_id: str) -> Answer:
    parts = [part for item in found["output"] if item["type"] == "message" for part in item["content"]]
    refusals = [part["refusal"] for part in parts if part["type"] == "refusal"]
    usage = found.get("usage") or {}
    details = usage.get("input_tokens_details") or {}
    return Answer(
        text="".join(part["text"] for part in parts if part["type"] == "output_text"),
        refusal="".join(refusals) if refusals else None,
        finish=(found.get("incomplete_details") or {}).get("reason") or found.get("status") or "",
        model=found.get("model") or "",
        usage=Usage(
            int(usage.get("input_tokens") or 0),
            int(usage.get("output_tokens") or 0),
            int(details.get("cached_tokens") or 0),
        ),
        request_id=request_id or found.get("id") or "",
    )


def ways(setting: str) -> tuple[str, ...]:
    """Modes to try, in order, for a ``structured`` setting."""
    return MODES if setting == "auto" else (setting,)
