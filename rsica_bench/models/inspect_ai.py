"""Any model of Inspect's providers: ``--adapter inspect --model openai/gpt-4o``, ``vllm/NAME``, and so on.

Requests go through ``inspect_ai.model.get_model(NAME).generate`` as chat messages with images as data URLs, several at
a time. Written against inspect_ai 0.3.285.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pydantic import Field, PositiveInt

from rsica_bench.models.api import AdapterSpec, Capabilities, Reply, Request, RunContext
from rsica_bench.models.chat_server import as_image, model_named
from rsica_bench.models.harness import HarnessOptions, harness_errors, harness_module, installed_version
from rsica_data.core.errors import one_line
from rsica_data.schema import EncodedImage, JsonObject


class InspectOptions(HarnessOptions):
    """Options.

    Attributes:
        args: arguments of the provider, for example ``{base_url: ADDRESS}``.
        generation: further settings of Inspect's ``GenerateConfig``, by their names there.
        images: maximum of images of a request; 1 gets a composed image.
        system: system message.
    """

    generation: dict[str, Any] = Field(default_factory=dict)
    images: PositiveInt | None = None
    system: str | None = None


class Inspect:
    """Holds a model of Inspect and the event loop that its client lives in.

    The loop runs in a thread of its own: the caller's may have one that runs, as in a notebook.
    """

    def __init__(self, options: InspectOptions, name: str) -> None:
        self._options, self._name = options, name
        self.capabilities = Capabilities(images=options.images, independent=False)
        self._model: Any = None
        self._runner: asyncio.Runner | None = None
        self._thread = ThreadPoolExecutor(1, "inspect")

    def load(self, context: RunContext) -> None:
        """Make the model.

        Raises:
            UserError: Inspect is not installed, or cannot make the model.
        """
        options = self._options
        with harness_errors("inspect", self._name):
            self._types = harness_module("inspect_ai.model")
            settings = {"max_tokens": options.max_new_tokens, "temperature": options.temperature, "seed": context.seed}
            self._settings = {**settings, **options.generation}
            self._config = self._types.GenerateConfig(**self._settings)
            self._model = self._types.get_model(self._name, **options.args)
        self._runner = asyncio.Runner()

    def describe(self) -> JsonObject:
        """The model, the provider's arguments and how it generates."""
        return {
            "revision": self._options.revision,
            "inspect_ai": installed_version("inspect-ai"),
            "args": dict(self._options.args),
            "system": self._options.system,
            "generation": dict(self._settings),
        }

    def generate(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """One reply a request; Inspect itself limits how many wait at once."""
        assert self._runner is not None
        return self._thread.submit(self._runner.run, self._all(requests)).result()

    def close(self) -> None:
        """Close the event loop."""
        if self._runner is not None:
            self._thread.submit(self._runner.close).result()
            self._runner = None
        self._thread.shutdown()
        self._model = None

    async def _all(self, requests: Sequence[Request]) -> list[Reply]:
        return list(await asyncio.gather(*(self._one(request) for request in requests)))

    async def _one(self, request: Request) -> Reply:
        try:
            output = await self._model.generate(self._messages(request), config=self._config)
        except Exception as error:  # a request that fails costs its own item alone
            return Reply(None, one_line(error), failed=True)
        if getattr(output, "error", None):
            return Reply(None, str(output.error), failed=True)
        usage = {name: getattr(output.usage, name, None) for name in ("input_tokens", "output_tokens")}
        return Reply(
            output.completion, usage={name: float(count) for name, count in usage.items() if count is not None}
        )

    def _messages(self, request: Request) -> list[Any]:
        types, system = self._types, self._options.system
        turns = [*((turn.role, turn.content) for turn in request.history), ("user", request.prompt)]
        images = [types.ContentImage(image=data_url(image)) for image in request.images]
        messages = [] if system is None else [types.ChatMessageSystem(content=system)]
        for place, (role, text) in enumerate(turns):
            if role == "user":
                shown = images if place == 0 else []
                messages.append(types.ChatMessageUser(content=[*shown, types.ContentText(text=text)]))
            else:
                messages.append(types.ChatMessageAssistant(content=text))
        return messages


def data_url(image: EncodedImage) -> str:
    """An image as a data URL."""
    shown = as_image(image)
    return f"data:{shown.media_type};base64,{base64.b64encode(shown.data).decode()}"


def make(options: InspectOptions, model: str | None) -> Inspect:
    """The adapter of the model that ``--model`` names."""
    return Inspect(options, model_named(model, "inspect"))


ADAPTER = AdapterSpec(
    name="inspect",
    summary="Any model of Inspect's providers.",
    kind="text",
    options=InspectOptions,
    make=make,
    needs=("inspect_ai",),
)
