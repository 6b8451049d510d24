"""A chat model that may look closer: it calls a change detector, a counter, a locator and a zoom before it answers.

In the manner of Change-Agent (Liu et al. 2024, arXiv 2403.19646), over any OpenAI-compatible server: the model says
what it does next as JSON of a fixed schema, so that servers without function calling serve as well. Conversations go on
in rounds, all that are still open together; what was called and what came back is recorded with the reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field, PositiveInt

from rsica_bench.models.agent_tools import TOOLS, PairTools
from rsica_bench.models.api import AdapterSpec, Capabilities, Reply, Request, RunContext
from rsica_bench.models.chat_server import (
    ChatServer,
    ServerOptions,
    as_image,
    conversation,
    model_named,
    sizes_of,
    usage_of,
)
from rsica_data.core import registry
from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.files import dump_json
from rsica_data.core.validation import validate_model
from rsica_data.llm import LlmReply, Message
from rsica_data.schema import JsonObject

ANSWER = "answer"
SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "tool": {"enum": [*TOOLS, ANSWER]},
        "class": {"type": ["string", "null"]},
        "box": {"type": ["array", "null"], "items": {"type": "number"}},
        "text": {"type": ["string", "null"]},
    },
    "required": ["tool", "class", "box", "text"],
    "additionalProperties": False,
}


class AgentOptions(ServerOptions):
    """Options of the server, and:

    Attributes:
        detector: mask adapter that finds the changes.
        detector_model: the model of that adapter.
        detector_options: the options of that adapter.
        classes: names of the classes that it is asked for.
        steps: maximum of tool calls before the model must answer.
    """

    detector: str = "pixel-difference"
    detector_model: str | None = None
    detector_options: dict[str, Any] = Field(default_factory=dict)
    classes: tuple[str, ...] = ("road", "building")
    steps: PositiveInt = 6


@dataclass
class _Dialogue:
    """One request on its way."""

    messages: list[Message]
    tools: PairTools
    sizes: list[list[int]]
    steps: list[JsonObject] = field(default_factory=list)
    usage: dict[str, float] = field(default_factory=dict)
    reply: Reply | None = None


class Agent:
    """Holds the conversations."""

    def __init__(self, options: AgentOptions, model: str) -> None:
        self._options = options
        self._server = ChatServer(options, model)
        self._spec, self._detector = _detector(options)
        self.capabilities = ADAPTER.capabilities

    def load(self, context: RunContext) -> None:
        """Make the client and load the detector."""
        self._rules = context.dataset.rules
        self._detector.load(context)
        try:
            self._server.open(context.state)
        except BaseException:
            self._detector.close()
            raise

    def describe(self) -> JsonObject:
        """The model and its detector."""
        detector = self._detector.describe() if hasattr(self._detector, "describe") else {}
        tools = {"name": self._spec.name, "model": self._options.detector_model, **detector}
        return self._server.describe() | {"detector": tools, "steps": self._options.steps}

    def close(self) -> None:
        """Let go of both."""
        self._server.close()
        self._detector.close()

    def generate(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """One reply a request."""
        dialogues = [self._begin(request) for request in requests]
        for step in range(self._options.steps + 1):
            waiting = [one for one in dialogues if isinstance(one, _Dialogue) and one.reply is None]
            last = step == self._options.steps
            asked = [self._server.request(self._shown(one, last), SCHEMA) for one in waiting]
            for one, reply in zip(waiting, self._server.ask(asked), strict=True):
                self._take(one, reply, last)
        return [one if isinstance(one, Reply) else _given(one) for one in dialogues]

    def _begin(self, request: Request) -> _Dialogue | Reply:
        try:
            messages, sizes = list(conversation(request)), sizes_of(request)
        except InvalidItemError as error:
            return Reply(None, error.detail, failed=True)
        tools = PairTools(request, self._options.classes, self._detector.segment, self._rules)
        return _Dialogue([Message("system", instructions(self._options.classes)), *messages], tools, sizes)

    @staticmethod
    def _shown(one: _Dialogue, last: bool) -> list[Message]:
        if not last:
            return one.messages
        return [*one.messages, Message("user", 'No more tools. Answer now, with tool "answer".')]

    def _take(self, one: _Dialogue, reply: LlmReply | str, last: bool) -> None:
        if isinstance(reply, str):
            one.reply = Reply(None, reply, failed=True)
            return
        for name, value in usage_of(reply).items():
            one.usage[name] = one.usage.get(name, 0.0) + value
        if reply.error is not None:
            one.reply = Reply(None, reply.error, failed=True)
            return
        action: JsonObject = reply.data
        if action["tool"] == ANSWER:
            one.reply = Reply(action["text"] or "")
        elif last:
            one.reply = Reply(None, f"no answer after {self._options.steps} tool calls")
        else:
            arguments = {name: action[name] for name in ("class", "box") if action[name] is not None}
            outcome = one.tools.call(action["tool"], arguments)
            one.steps.append({"tool": action["tool"], "arguments": arguments, "result": outcome.content})
            one.messages.append(Message("assistant", dump_json(action)))
            images = tuple(as_image(image) for image in outcome.images)
            one.messages.append(Message("user", f"{action['tool']}: {dump_json(outcome.content)}", images))


def _given(one: _Dialogue) -> Reply:
    assert one.reply is not None
    seen: JsonObject = {"images": one.sizes, "steps": one.steps}
    return Reply(one.reply.text, one.reply.error, seen, one.reply.failed, one.usage)


def instructions(classes: Sequence[str]) -> str:
    """What the model is told of its tools."""
    lines = [f"- {name}: {what}" for name, what in TOOLS.items()]
    return "\n".join(
        [
            "You compare two images of one place, the first before, the second after, and answer questions on what"
            f" changed. Classes: {', '.join(classes)}. You may call one tool at a time:",
            *lines,
            '- answer: your reply to the user, in "text".',
            'Say what you do as JSON: {"tool": .., "class": .., "box": .., "text": ..}, null for what is not used.',
        ]
    )


def _detector(options: AgentOptions) -> tuple[AdapterSpec, Any]:
    spec: AdapterSpec = registry.load(registry.ADAPTERS, options.detector)
    if spec.kind != "mask":
        raise UserError(
            f"'{spec.name}' gives no masks", key="--set detector", hint="pixel-difference, mask, command-mask"
        )
    chosen = validate_model(spec.options, options.detector_options, prefix=["--set", "detector_options"])
    return spec, spec.make(chosen, options.detector_model)


def _runs_code(options: AgentOptions, model: str | None) -> str | None:
    spec: AdapterSpec = registry.load(registry.ADAPTERS, options.detector)
    chosen = validate_model(spec.options, options.detector_options, prefix=["--set", "detector_options"])
    return spec.runs_code(chosen, options.detector_model)


ADAPTER = AdapterSpec(
    name="agent",
    summary="A chat model with tools (change detector, counter, locator, zoom) over an OpenAI-compatible server.",
    kind="text",
    options=AgentOptions,
    make=lambda options, model: Agent(options, model_named(model, "agent")),
    capabilities=Capabilities(outputs=("text", "boxes"), images=2),
    runs_code=_runs_code,
    needs=("openai",),
)
