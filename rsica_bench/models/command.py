"""Any program over JSON lines: ``--model "PROGRAM ARGUMENTS"``. The protocol is on the page docs/command-adapter.md."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

from rsica_bench.models.api import AdapterSpec, Capabilities, PairInput, Reply, Request, RunContext
from rsica_bench.models.command_process import Broken, Program
from rsica_data.core.errors import RunError, UserError
from rsica_data.imagery.images import decode_mask
from rsica_data.schema import EncodedImage, JsonObject, Mask

PROTOCOL = 1
_STARTS = 3
Question = TypeVar("Question", Request, PairInput)


class CommandOptions(BaseModel):
    """Options; docs/command-adapter.md describes the program.

    Attributes:
        timeout: seconds that a line of replies may take.
        start_timeout: seconds that the program may take to start.
        attempts: how often a question is asked before it is listed as failed.
        cwd: folder that the program starts in.
        env: environment variables to add.
        log: file that receives the program's standard error.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    timeout: PositiveFloat = 120.0
    start_timeout: PositiveFloat = 600.0
    attempts: PositiveInt = 2
    cwd: str | None = None
    env: dict[str, str] = Field(default_factory=dict)
    log: str | None = None


class CommandAdapter:
    """Keeps the program running and asks it."""

    def __init__(self, options: CommandOptions, command: str, outputs: tuple[str, ...]) -> None:
        self._options, self._command, self._outputs = options, command, outputs
        self._env: dict[str, str] = {}
        self._program: Program | None = None
        self._hello: JsonObject = {}
        self.capabilities = Capabilities(outputs=outputs)

    def load(self, context: RunContext) -> None:
        """Start the program and wait for its hello."""
        self._env = {"RSICA_SEED": str(context.seed), **self._options.env}
        if context.device is not None:
            self._env["RSICA_DEVICE"] = context.device
        self._start()
        self.capabilities = Capabilities(
            outputs=self._outputs,
            images=self._hello.get("images"),
            multi_turn=bool(self._hello.get("multi_turn", True)),
        )

    def describe(self) -> JsonObject:
        """What the program said of itself."""
        return {"revision": None, **{key: value for key, value in self._hello.items() if key != "hello"}}

    def generate(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """One reply a request."""
        replies = self._ask_all(requests)
        return [_reply(one) if isinstance(one, dict) else Reply(None, one, failed=True) for one in replies]

    def segment(self, pairs: Sequence[PairInput]) -> Sequence[Mask | str]:
        """A mask a pair, or why there is none."""
        return [_mask(one) for one in self._ask_all(pairs)]

    def close(self) -> None:
        """End the program."""
        if self._program is not None:
            self._program.stop()
            self._program = None

    def _ask_all(self, items: Sequence[Question]) -> list[JsonObject | str]:
        size = len(items) if self._hello.get("batch") else 1
        replies: list[JsonObject | str] = []
        for start in range(0, len(items), max(size, 1)):
            replies += self._ask(items[start : start + size])
        return replies

    def _ask(self, items: Sequence[Question]) -> list[JsonObject | str]:
        """Replies, or why there is none; a batch that breaks the program is asked again one by one."""
        reason = ""
        for _ in range(self._options.attempts if len(items) == 1 else 1):
            try:
                return self._ask_once(items)
            except Broken as error:
                reason = str(error)
                self._restart()
        if len(items) > 1:
            return [reply for item in items for reply in self._ask([item])]
        return [reason]

    def _ask_once(self, items: Sequence[Question]) -> list[JsonObject | str]:
        assert self._program is not None
        with tempfile.TemporaryDirectory(prefix="rsica-command-") as folder:
            questions = [_question(item, Path(folder), number) for number, item in enumerate(items)]
            response = self._program.ask({"ask": questions}, self._options.timeout)
            replies = response.get("replies")
            if not isinstance(replies, list) or len(replies) != len(items):
                raise Broken(f"its reply does not hold {len(items)} replies")
            return [_with_mask(reply) for reply in replies]

    def _restart(self) -> None:
        assert self._program is not None
        self._program.kill()
        self._start()

    def _start(self) -> None:
        reason = ""
        for _ in range(_STARTS):
            log = None if self._options.log is None else Path(self._options.log)
            self._program = Program(self._command, self._options.cwd, self._env, log)
            try:
                hello = self._program.ask(None, self._options.start_timeout)
                if hello.get("hello") != PROTOCOL:
                    raise Broken(f"its first line is not the hello of protocol {PROTOCOL}: {hello}")
            except Broken as error:
                reason = str(error)
                self._program.kill()
                self._program = None
            except BaseException:
                self._program.kill()
                raise
            else:
                self._hello = hello
                return
        raise RunError(f"'{self._command}' did not start: {reason}")


def _question(item: Request | PairInput, folder: Path, number: int) -> JsonObject:
    if isinstance(item, PairInput):
        return {
            "key": item.name,
            "images": _write((item.before, item.after), folder, number),
            "classes": list(item.classes),
        }
    return {
        "key": item.key,
        "images": _write(item.images, folder, number),
        "prompt": item.prompt,
        "history": [{"role": turn.role, "content": turn.content} for turn in item.history],
    }


def _write(images: Sequence[EncodedImage], folder: Path, number: int) -> list[str]:
    paths = []
    for place, image in enumerate(images):
        role = ("before", "after")[place] if len(images) == 2 else "image"
        path = folder / f"{number}-{place}-{role}{Path(image.path).suffix}"
        path.write_bytes(image.data)
        paths.append(str(path))
    return paths


def _with_mask(reply: Any) -> JsonObject | str:
    """A reply; a mask is read now, since the program may delete or reuse its file after this."""
    if not isinstance(reply, dict):
        raise Broken("a reply is no JSON object")
    if "mask" not in reply:
        return reply
    try:
        return {**reply, "mask": decode_mask(Path(reply["mask"]).read_bytes())}
    except (OSError, ValueError, TypeError) as error:
        return f"its mask cannot be read: {error}"


def _reply(reply: JsonObject) -> Reply:
    text, error = reply.get("text"), reply.get("error")
    seen, usage = reply.get("seen"), reply.get("usage")
    if not isinstance(text, str):
        return Reply(None, str(error or "the reply has no text"), failed=True)
    numbers = {str(k): float(v) for k, v in usage.items()} if isinstance(usage, dict) else {}
    return Reply(text, model_input=seen if isinstance(seen, dict) else {}, usage=numbers)


def _mask(reply: JsonObject | str) -> Mask | str:
    if isinstance(reply, str):
        return reply
    mask: Mask | None = reply.get("mask")
    return str(reply.get("error") or "the reply has no mask") if mask is None else mask


def _make(outputs: tuple[str, ...]) -> Any:
    def make(options: CommandOptions, model: str | None) -> CommandAdapter:
        if not model:
            raise UserError("this adapter needs a program", key="--model", hint='give --model "PROGRAM ARGUMENTS"')
        return CommandAdapter(options, model, outputs)

    return make


ADAPTER = AdapterSpec(
    name="command",
    summary='Any program that answers questions over JSON lines: --model "PROGRAM ARGUMENTS".',
    kind="text",
    options=CommandOptions,
    make=_make(("text",)),
)

MASK_ADAPTER = AdapterSpec(
    name="command-mask",
    summary="Any change detector over JSON lines: as command, with masks for replies.",
    kind="mask",
    options=CommandOptions,
    make=_make(("mask",)),
    capabilities=Capabilities(outputs=("mask",), images=2),
)
