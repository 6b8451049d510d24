"""Any OpenAI-compatible server: ``--model NAME --set base_url=http://127.0.0.1:8000/v1``.

Requests go out together; answers are cached in the run folder, priced where a price is given, and never paid for twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from rsica_bench.models.api import AdapterSpec, Capabilities, Reply, Request, RunContext
from rsica_bench.models.chat_server import ChatServer, ServerOptions, conversation, model_named, sizes_of, to_reply
from rsica_data.core.errors import InvalidItemError
from rsica_data.llm import LlmRequest
from rsica_data.schema import JsonObject


class OpenAIAdapter:
    """Asks the server."""

    def __init__(self, options: ServerOptions, model: str) -> None:
        self._server = ChatServer(options, model)
        self.capabilities = Capabilities(outputs=("text", "boxes"), images=options.images)

    def load(self, context: RunContext) -> None:
        """Make the client."""
        self._server.open(context.state)

    def describe(self) -> JsonObject:
        """Model and parameters."""
        return self._server.describe()

    def close(self) -> None:
        """Let go of the server."""
        self._server.close()

    def generate(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """One reply a request."""
        made = [self._made(request) for request in requests]
        good = [one for one in made if isinstance(one, tuple)]
        replies = iter(self._server.ask([request for request, _ in good]))
        return [to_reply(next(replies), one[1]) if isinstance(one, tuple) else one for one in made]

    def _made(self, request: Request) -> tuple[LlmRequest, JsonObject] | Reply:
        try:
            return self._server.request(conversation(request)), {"images": sizes_of(request)}
        except InvalidItemError as error:
            return Reply(None, error.detail, failed=True)


ADAPTER = AdapterSpec(
    name="openai",
    summary="Any OpenAI-compatible server: --model NAME --set base_url=URL; cached and priced.",
    kind="text",
    options=ServerOptions,
    make=lambda options, model: OpenAIAdapter(options, model_named(model, "openai")),
    capabilities=Capabilities(outputs=("text", "boxes")),
    needs=("openai",),
)
