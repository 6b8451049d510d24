"""Any model of VLMEvalKit: ``--adapter vlmeval --model Qwen2-VL-2B-Instruct``.

Models are those of ``vlmeval.config.supported_VLM``, asked through ``generate`` with image files and a text, and
through ``chat`` with earlier turns where they have ``chat_inner``. Models without ``INTERLEAVE`` look at the first
image alone, so they get one composed image. Written against VLMEvalKit 0.1.0.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rsica_bench.models.api import AdapterSpec, Capabilities, Reply, Request, RunContext
from rsica_bench.models.chat_server import as_image, model_named
from rsica_bench.models.harness import HarnessOptions, harness_errors, harness_module, installed_version
from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.core.files import sha256_bytes
from rsica_data.schema import EncodedImage, JsonObject

_FAILED = "Failed to obtain answer via API."
"""What VLMEvalKit's models behind an API return where every attempt has failed."""


class VlmevalOptions(HarnessOptions):
    """Options.

    Attributes:
        args: arguments for the model, in place of those of ``supported_VLM``; how it generates is among them.
        max_new_tokens, temperature: not used; VLMEvalKit's models take them among ``args``.
        one_image: give one composed image, whatever the model says of itself.
    """

    one_image: bool = False


class Vlmeval:
    """Holds a model of VLMEvalKit, and the image files that it reads."""

    def __init__(self, options: VlmevalOptions, name: str) -> None:
        self._options, self._name = options, name
        self._model: Any = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def load(self, context: RunContext) -> None:
        """Make the model.

        Raises:
            UserError: VLMEvalKit is not installed, knows no such model, or cannot make it.
        """
        with harness_errors("vlmeval", self._name):
            known = harness_module("vlmeval.config").supported_VLM
            if self._name not in known:
                hint = did_you_mean(self._name, known)
                raise UserError(f"VLMEvalKit knows no model '{self._name}'", key="--model", hint=hint)
            self._model = known[self._name](**self._options.args)
        self._folder = tempfile.TemporaryDirectory(prefix="rsica-vlmeval-")
        several = bool(getattr(self._model, "INTERLEAVE", False)) and not self._options.one_image
        self.capabilities = Capabilities(
            images=None if several else 1, multi_turn=hasattr(self._model, "chat_inner"), batch=False
        )

    def describe(self) -> JsonObject:
        """The model and its arguments."""
        return {
            "revision": self._options.revision,
            "vlmeval": installed_version("vlmeval", "ms-vlmeval"),
            "class": f"{type(self._model).__module__}.{type(self._model).__qualname__}",
            "args": dict(self._options.args),
        }

    def generate(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """One reply a request."""
        return [self._reply(request) for request in requests]

    def close(self) -> None:
        """Let the model go, and delete the image files."""
        self._model = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _reply(self, request: Request) -> Reply:
        images = [{"type": "image", "value": self._file(image)} for image in request.images]
        if request.history:
            turns = [*((turn.role, turn.content) for turn in request.history), ("user", request.prompt)]
            messages: list[dict[str, Any]] = [
                {"role": role, "content": [{"type": "text", "value": text}]} for role, text in turns
            ]
            messages[0]["content"][:0] = images
            text = self._model.chat(messages)
        else:
            text = self._model.generate(message=[*images, {"type": "text", "value": request.prompt}], dataset=None)
        if not isinstance(text, str):
            raise TypeError(f"the model returned a {type(text).__name__}, not a text")
        if _FAILED in text:
            return Reply(None, text, failed=True)
        return Reply(text)

    def _file(self, image: EncodedImage) -> str:
        """The path of an image file; the same image is written once."""
        assert self._folder is not None
        shown = as_image(image)
        path = Path(self._folder.name) / f"{sha256_bytes(image.data)[:32]}.{shown.media_type.rpartition('/')[2]}"
        if not path.is_file():
            path.write_bytes(shown.data)
        return str(path)


def make(options: VlmevalOptions, model: str | None) -> Vlmeval:
    """The adapter of the model that ``--model`` names."""
    return Vlmeval(options, model_named(model, "vlmeval"))


ADAPTER = AdapterSpec(
    name="vlmeval",
    summary="Any model of VLMEvalKit.",
    kind="text",
    options=VlmevalOptions,
    make=make,
    needs=("vlmeval",),
)
