"""Requests as the bodies that the two APIs take, and answers as both APIs give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rsica_data.core.files import utf8_text
from rsica_data.core.json_text import JsonLimitError
from rsica_data.llm.bounded_json import parse_json
from rsica_data.llm.structured import MODES, in_words, strict
from rsica_data.llm.types import Json, LlmRequest, Message, Usage

Api = Literal["chat", "responses"]
PATHS = {"chat": "/chat/completions", "responses": "/responses"}


MOST_TOKENS = 100_000_000
"""Tokens of one answer; a larger count is no count. The longest contexts of models are a tenth of it."""
_LONGEST_NAME = 200


class Garbled(Exception):
    """The body of a successful response is not what the API promises.

    Args:
        reason: one line.
        is_json: it is JSON of another form; a page of a gateway, say, is none, and seldom comes twice.
    """

    def __init__(self, reason: str, is_json: bool) -> None:
        self.is_json = is_json
        super().__init__(reason)


@dataclass(frozen=True)
class Answer:
    """What a server sent.

    Args:
        text: the model's words.
        refusal: its words where it refused, else None.
        finish: why it stopped, as the server says (``stop``, ``length``, ``content_filter``, ...).
        model: model name as the server reported it.
        usage: tokens as the server counted them, without cost; None where it counted none, or gave no count of tokens.
        request_id: the server's name for the request.
    """

    text: str
    refusal: str | None
    finish: str
    model: str
    usage: Usage | None
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
    payload: Json = {"model": request.model, "messages": [_chat_message(message) for message in messages], **parameters}
    if request.schema is not None and mode == "schema":
        described = {"name": request.schema_name, "schema": request.schema, "strict": strict(request.schema)}
        payload["response_format"] = {"type": "json_schema", "json_schema": described}
    elif request.schema is not None and mode == "json":
        payload["response_format"] = {"type": "json_object"}
    return payload


def _with_schema(messages: Sequence[Message], schema: Mapping[str, Any]) -> list[Message]:
    last = messages[-1]
    return [*messages[:-1], Message(last.role, f"{last.content}\n\n{in_words(schema)}", last.images)]


def _chat_message(message: Message) -> Json:
    if not message.images:
        return {"role": message.role, "content": utf8_text(message.content)}
    parts: list[Json] = [{"type": "image_url", "image_url": {"url": image.url}} for image in message.images]
    return {"role": message.role, "content": [*parts, {"type": "text", "text": utf8_text(message.content)}]}


def _responses_body(request: LlmRequest, messages: Sequence[Message], parameters: Json, mode: str) -> Json:
    for name in ("max_tokens", "max_completion_tokens"):
        if name in parameters:
            parameters["max_output_tokens"] = parameters.pop(name)
    parameters.pop("seed", None)  # this API has none, and refuses unknown names
    payload: Json = {
        "model": request.model,
        "input": [_responses_message(message) for message in messages],
        **parameters,
    }
    payload.setdefault("store", False)
    if request.schema is not None and mode == "schema":
        described = {"name": request.schema_name, "schema": request.schema, "strict": strict(request.schema)}
        payload["text"] = {"format": {"type": "json_schema", **described}}
    elif request.schema is not None and mode == "json":
        payload["text"] = {"format": {"type": "json_object"}}
    return payload


def _responses_message(message: Message) -> Json:
    if not message.images:
        return {"role": message.role, "content": utf8_text(message.content)}
    parts: list[Json] = [{"type": "input_image", "image_url": image.url} for image in message.images]
    return {"role": message.role, "content": [*parts, {"type": "input_text", "text": utf8_text(message.content)}]}


def read_answer(content: bytes | str | Json, api: Api, request_id: str = "") -> Answer:
    """The answer in the body of a successful response.

    Raises:
        Garbled: the body is not JSON, or has no answer in it.
    """
    try:
        response = content if isinstance(content, dict) else parse_json(content, numbers="null")
    except ValueError as error:
        is_json = isinstance(error, JsonLimitError)
        raise Garbled(f"a response that is no {PATHS[api]} answer ({error})", is_json) from None
    try:
        return _read_chat(response, request_id) if api == "chat" else _read_responses(response, request_id)
    except (KeyError, TypeError, IndexError) as error:
        words = error_words(response)
        reason = f"a response that is no {PATHS[api]} answer ({type(error).__name__}: {error})"
        raise Garbled(reason if words is None else f"an error in place of an answer: {words}", is_json=True) from None


def error_words(response: Any) -> str | None:
    """What a server says in an error body; None where it says nothing."""
    inner = response.get("error") if isinstance(response, dict) else None
    words = inner.get("message") if isinstance(inner, dict) else inner
    return words if isinstance(words, str) and words else None


def _read_chat(response: Any, request_id: str) -> Answer:
    choice = _mapping(_items(_mapping(response)["choices"])[0])
    message = _mapping(choice["message"])
    return Answer(
        text=_words(message.get("content")) or "",
        refusal=_words(message.get("refusal")),
        finish=_name(choice.get("finish_reason")),
        model=_name(response.get("model")),
        usage=_usage(response.get("usage"), "prompt_tokens", "completion_tokens"),
        request_id=_name(request_id) or _name(response.get("id")),
    )


def _read_responses(response: Any, request_id: str) -> Answer:
    items = [_mapping(item) for item in _items(_mapping(response)["output"])]
    parts = [_mapping(part) for item in items if item["type"] == "message" for part in _items(item["content"])]
    refusals = [_words(part["refusal"]) or "" for part in parts if part["type"] == "refusal"]
    incomplete = response.get("incomplete_details")
    reason = incomplete.get("reason") if isinstance(incomplete, dict) else None
    return Answer(
        text="".join(_words(part["text"]) or "" for part in parts if part["type"] == "output_text"),
        refusal="".join(refusals) if refusals else None,
        finish=_name(reason) or _name(response.get("status")),
        model=_name(response.get("model")),
        usage=_usage(response.get("usage"), "input_tokens", "output_tokens"),
        request_id=_name(request_id) or _name(response.get("id")),
    )


def _mapping(value: Any) -> Json:
    if not isinstance(value, dict):
        raise TypeError(type(value).__name__)
    return value


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(type(value).__name__)
    return value


def _words(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value


def _name(value: Any) -> str:
    """A name that a server gives; "" for what cannot be one: it says nothing about the answer itself."""
    return value if isinstance(value, str) and len(value) <= _LONGEST_NAME and value.isprintable() else ""


def _usage(usage: Any, asked: str, written: str) -> Usage | None:
    """Tokens as the server counted them; None where one of the two counts is missing or is none."""
    if not isinstance(usage, dict):
        return None
    counts = _tokens(usage.get(asked)), _tokens(usage.get(written))
    if counts[0] is None or counts[1] is None:
        return None
    details = usage.get(f"{asked}_details")
    cached = _tokens(details.get("cached_tokens")) if isinstance(details, dict) else None
    # What is said to be cached costs less: never more of it than there is.
    return Usage(counts[0], counts[1], cached if cached is not None and cached <= counts[0] else 0)


def _tokens(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    sound = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS
    return value if sound else None


def ways(setting: str) -> tuple[str, ...]:
    """Modes to try, in order, for a ``structured`` setting."""
    return MODES if setting == "auto" else (setting,)
