"""Any model of lmms-eval's registry: ``--adapter lmms-eval --model qwen2_5_vl --set 'args={pretrained: PATH}'``.

Models are made by ``lmms_eval.models.get_model`` and asked through ``generate_until``, with requests as the evaluator
makes them: chat classes get messages, simple ones a context and a list of images. Written against lmms-eval 0.7.3.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from pydantic import PositiveInt

from rsica_bench.models.api import AdapterSpec, Capabilities, Reply, Request, RunContext
from rsica_bench.models.chat_server import model_named
from rsica_bench.models.harness import HarnessOptions, harness_errors, harness_module, installed_version
from rsica_bench.models.mask import default_device
from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.imagery.images import pil_rgb
from rsica_data.schema import JsonObject

_TASK, _SPLIT = "rsica", "requests"


class LmmsEvalOptions(HarnessOptions):
    """Options.

    Attributes:
        args: arguments of the model's class, for example ``{pretrained: Qwen/Qwen2-VL-2B-Instruct}``.
        batch_size: of the model's class.
        simple: take the simple class of a model that has a chat class too.
        images: maximum of images that the model takes; 1 gets a composed image.
    """

    batch_size: PositiveInt = 1
    simple: bool = False
    images: PositiveInt | None = None


class LmmsEval:
    """Holds a model of lmms-eval."""

    def __init__(self, options: LmmsEvalOptions, name: str) -> None:
        self._options, self._name = options, name
        self._model: Any = None

    def load(self, context: RunContext) -> None:
        """Make the model.

        Raises:
            UserError: lmms-eval is not installed, knows no such model, or cannot make it.
        """
        options = self._options
        with harness_errors("lmms-eval", self._name):
            models = harness_module("lmms_eval.models")
            self._instances = harness_module("lmms_eval.api.instance")
            known = list(models.list_available_models())
            if self._name not in known:
                hint = did_you_mean(self._name, known)
                raise UserError(f"lmms-eval knows no model '{self._name}'", key="--model", hint=hint)
            made = models.get_model(self._name, force_simple=options.simple)
            device = context.device or default_device()
            arguments = {**_placed(made, device), **options.args}
            self._model = made(**arguments, batch_size=options.batch_size, device=device)
        self._is_simple = bool(getattr(self._model, "is_simple", True))
        self.capabilities = Capabilities(
            images=options.images, multi_turn=not self._is_simple, independent=options.batch_size == 1
        )

    def describe(self) -> JsonObject:
        """The model, its arguments and how it generates."""
        return {
            "revision": self._options.revision,
            "lmms_eval": installed_version("lmms-eval", "lmms_eval"),
            "class": f"{type(self._model).__module__}.{type(self._model).__qualname__}",
            "args": dict(self._options.args),
            "generation": self._generation(),
        }

    def generate(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """One reply a request."""
        documents = [_document(request) for request in requests]
        # Models look their documents up by task, split and number.
        self._model.task_dict = {_TASK: {_SPLIT: documents}}
        instances = [self._instance(number, document) for number, document in enumerate(documents)]
        outputs = self._model.generate_until(instances)
        if len(outputs) != len(requests):
            raise ValueError(f"{len(outputs)} outputs for {len(requests)} requests")
        return [self._reply(output) for output in outputs]

    def close(self) -> None:
        """Let the model free what it holds."""
        if hasattr(self._model, "clean"):
            self._model.clean()
        self._model = None

    def _generation(self) -> JsonObject:
        sampled = self._options.temperature > 0
        return {
            "max_new_tokens": self._options.max_new_tokens,
            "temperature": self._options.temperature,
            "do_sample": sampled,
        }

    def _instance(self, number: int, document: dict[str, Any]) -> Any:
        prompt = document["messages"][-1]["content"][-1]["text"]
        # A dictionary of its own each: models take entries out of it.
        about = (number, _TASK, _SPLIT)
        arguments = (
            (prompt, self._generation(), _images_of, *about)
            if self._is_simple
            else (prompt, _messages_of, self._generation(), *about)
        )
        metadata = {"task": _TASK, "doc_id": number, "repeats": 1}
        return self._instances.Instance(request_type="generate_until", arguments=arguments, idx=0, metadata=metadata)

    def _reply(self, output: Any) -> Reply:
        text, counts = self._instances.unwrap_generation_output(output)
        usage = {name: getattr(counts, name, None) for name in ("input_tokens", "output_tokens")}
        return Reply(text, usage={name: float(number) for name, number in usage.items() if number is not None})


def _placed(made: Any, device: str) -> dict[str, str]:
    """Where weights go, for classes that place them by ``device_map``: its default is the first GPU, or all of them."""
    takes = "device_map" in inspect.signature(made).parameters
    return {"device_map": device} if takes and device != "cuda" else {}


def _document(request: Request) -> dict[str, Any]:
    """A request as a document: its images, and its conversation with the images before the first question."""
    images = [pil_rgb(image.data) for image in request.images]
    turns = [*((turn.role, turn.content) for turn in request.history), ("user", request.prompt)]
    messages: list[dict[str, Any]] = [
        {"role": role, "content": [{"type": "text", "text": text}]} for role, text in turns
    ]
    messages[0]["content"][:0] = [{"type": "image", "url": image} for image in images]
    return {"images": images, "messages": messages}


def _images_of(document: dict[str, Any]) -> list[Any]:
    return list(document["images"])


def _messages_of(document: dict[str, Any]) -> list[Any]:
    return list(document["messages"])


def make(options: LmmsEvalOptions, model: str | None) -> LmmsEval:
    """The adapter of the model that ``--model`` names."""
    return LmmsEval(options, model_named(model, "lmms-eval"))


ADAPTER = AdapterSpec(
    name="lmms-eval",
    summary="Any model of lmms-eval's registry.",
    kind="text",
    options=LmmsEvalOptions,
    make=make,
    needs=("lmms_eval",),
)
