"""What adapters of OpenAI-compatible servers share: options, the client, and requests as messages."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from rsica_bench.models.api import Reply, Request
from rsica_data.core.errors import UserError
from rsica_data.core.validation import WebAddress, check_address
from rsica_data.imagery.images import as_png, probe
from rsica_data.llm import Image, LlmClient, LlmReply, LlmRequest, LlmServerError, LlmSettings, Message, Price
from rsica_data.schema import EncodedImage, JsonObject

ADDRESS = "OPENAI_BASE_URL"
_DATED = re.compile(r"\d{4}-?\d{2}-?\d{2}|@\w+")


class ServerOptions(BaseModel):
    """Options.

    Attributes:
        base_url: root of the API; else the environment variable OPENAI_BASE_URL, else OpenAI's own.
        key_env: environment variable with the key.
        api: ``chat`` or ``responses``.
        system: system prompt.
        max_tokens: maximum length of a reply.
        temperature: sent as it is; None sends none, for models that take none.
        seed: sent where it is given.
        parameters: further parameters of the API, by their names there.
        images: maximum of images of a request; 1 gets a composed image.
        concurrency: maximum of concurrent requests.
        timeout_s: seconds of one attempt.
        retries: how often a failed attempt is repeated.
        price: ``{input, output}`` per million tokens, for the cost in run_info.json and for ``max_cost``.
        max_cost: maximum cost of the run.
        cache: folder of the answers; by default in the run folder, so that a resumed run pays nothing twice.
        revision: revision that results state; by default the model's name where it holds a date.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: WebAddress | None = None
    key_env: str | None = "OPENAI_API_KEY"
    api: Literal["chat", "responses"] = "chat"
    system: str | None = None
    max_tokens: PositiveInt | None = 512
    temperature: NonNegativeFloat | None = 0.0
    seed: int | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    images: PositiveInt | None = None
    concurrency: PositiveInt = 16
    timeout_s: PositiveFloat = 120.0
    retries: NonNegativeInt = 8
    price: Price | None = None
    max_cost: NonNegativeFloat | None = None
    cache: str | None = None
    revision: str | None = None


class ChatServer:
    """A server that is asked for the replies to requests."""

    def __init__(self, options: ServerOptions, model: str) -> None:
        self.options, self.model = options, model
        self._client: LlmClient | None = None

    def open(self, state: Path | None) -> None:
        """Make the client and see that key, server and model are right.

        Raises:
            UserError: they are not.
        """
        options = self.options
        folder = Path(options.cache) if options.cache else None if state is None else state / "answers"
        values: dict[str, Any] = {
            "base_url": self.base_url,
            "api": options.api,
            "model": self.model,
            "key_env": options.key_env,
            "concurrency": options.concurrency,
            "timeout_s": options.timeout_s,
            "retries": options.retries,
            "prices": {} if options.price is None else {self.model: options.price},
            "max_cost": options.max_cost,
            "cache_dir": folder,
        }
        self._client = LlmClient(LlmSettings.model_validate(values))

    @property
    def base_url(self) -> str:
        """Where the server is."""
        named = os.environ.get(ADDRESS)
        return self.options.base_url or (check_address(named, ADDRESS) if named else "https://api.openai.com/v1")

    def close(self) -> None:
        """Let go of the server."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def describe(self) -> JsonObject:
        """Model, revision and what is sent with every request."""
        dated = self.model if _DATED.search(self.model) else None
        return {
            "revision": self.options.revision or dated,
            "api": self.options.api,
            "system": self.options.system,
            "generation": self.parameters(),
        }

    def parameters(self) -> JsonObject:
        """Parameters of every request."""
        known = {
            "max_tokens": self.options.max_tokens,
            "temperature": self.options.temperature,
            "seed": self.options.seed,
        }
        return {name: value for name, value in known.items() if value is not None} | self.options.parameters

    def request(self, messages: Sequence[Message], schema: JsonObject | None = None) -> LlmRequest:
        """A conversation as a request."""
        system = () if self.options.system is None else (Message("system", self.options.system),)
        return LlmRequest((*system, *messages), self.model, schema, parameters=self.parameters())

    def ask(self, requests: Sequence[LlmRequest]) -> list[LlmReply | str]:
        """A reply for each request, or why the server gave none.

        Raises:
            UserError: key, model or server are wrong, or the budget is reached.
        """
        assert self._client is not None
        replies: dict[str, LlmReply] = {}
        reason = "the server gave no reply"
        distinct: Iterable[LlmRequest] = {request.key: request for request in requests}.values()
        try:
            for reply in self._client.ask_all(distinct):
                replies[reply.key] = reply
        except LlmServerError as error:
            reason = str(error)
        return [replies.get(request.key, reason) for request in requests]


def conversation(request: Request) -> tuple[Message, ...]:
    """A request as messages, its images before the first question.

    Raises:
        InvalidItemError: an image is damaged.
    """
    images = tuple(as_image(image) for image in request.images)
    turns = [(turn.role, turn.content) for turn in request.history] + [("user", request.prompt)]
    return tuple(Message(role, content, images if place == 0 else ()) for place, (role, content) in enumerate(turns))


def as_image(image: EncodedImage) -> Image:
    """PNG and JPEG files as they are; others as PNG."""
    if image.data.startswith(b"\x89PNG"):
        return Image("image/png", image.data)
    if image.data.startswith(b"\xff\xd8\xff"):
        return Image("image/jpeg", image.data)
    return Image("image/png", as_png(image).data)


def sizes_of(request: Request) -> list[list[int]]:
    """Width and height of each image."""
    return [[info.width, info.height] for info in (probe(image) for image in request.images)]


def usage_of(reply: LlmReply) -> dict[str, float]:
    """Tokens of a reply, and what it cost now."""
    usage = reply.usage
    amounts = {"input_tokens": float(usage.input_tokens), "output_tokens": float(usage.output_tokens)}
    if reply.cached:
        return amounts | {"cached_replies": 1.0}
    return amounts | ({"usd": float(usage.cost)} if usage.cost is not None else {})


def to_reply(server_reply: LlmReply | str, seen: JsonObject) -> Reply:
    """A server's reply as an adapter's."""
    if isinstance(server_reply, str):
        return Reply(None, server_reply, failed=True)
    if server_reply.error is not None:
        return Reply(None, server_reply.error, failed=True, usage=usage_of(server_reply))
    return Reply(server_reply.text, model_input=seen | {"model": server_reply.model}, usage=usage_of(server_reply))


def model_named(model: str | None, adapter: str) -> str:
    """The model's name.

    Raises:
        UserError: there is none.
    """
    if not model:
        raise UserError(f"adapter '{adapter}' needs a model", key="--model", hint="its name on the server")
    return model
