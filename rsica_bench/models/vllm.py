"""vLLM's offline engine: ``--model NAME_OR_FOLDER``. It batches by itself; the runner hands it whole units.

Uses ``LLM(...)``, ``LLM.chat`` with messages in OpenAI's form and images as data URLs, and ``SamplingParams``. Batches
form by arrival and memory, so that greedy replies may differ in rare near-ties from run to run.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt

from rsica_bench.models.api import AdapterSpec, Capabilities, Reply, Request, RunContext
from rsica_bench.models.chat_server import conversation, model_named, sizes_of
from rsica_bench.models.transformers_loading import fingerprint
from rsica_data.core.errors import InvalidItemError, UserError, one_line
from rsica_data.core.extras import install_command
from rsica_data.schema import JsonObject


class VllmOptions(BaseModel):
    """Options.

    Attributes:
        dtype, quantization, revision, trust_remote_code: passed to the engine.
        gpus: GPUs that share one model (tensor parallel).
        memory: share of GPU memory that the engine takes.
        max_model_len: longest prompt and reply together.
        images: maximum of images of a question.
        system, max_new_tokens, temperature, top_p: as in adapter ``transformers``.
        engine: further arguments of the engine.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    quantization: str | None = None
    revision: str | None = None
    trust_remote_code: bool = False
    gpus: PositiveInt = 1
    memory: PositiveFloat = 0.9
    max_model_len: PositiveInt | None = None
    images: PositiveInt = 2
    system: str | None = None
    max_new_tokens: PositiveInt = 256
    temperature: NonNegativeFloat = 0.0
    top_p: PositiveFloat = 1.0
    engine: dict[str, Any] = Field(default_factory=dict)


class VllmAdapter:
    """Owns an engine."""

    def __init__(self, options: VllmOptions, name: str) -> None:
        self._options, self._name = options, name
        self.capabilities = Capabilities(outputs=("text", "boxes"), images=options.images, independent=False)
        self._engine: Any = None

    def load(self, context: RunContext) -> None:
        """Start the engine.

        Raises:
            UserError: vLLM is not installed, or cannot start with this model.
        """
        try:
            vllm: Any = import_module("vllm")
        except ImportError as error:
            hint = f"on a GPU: {install_command('vllm')}"
            raise UserError(f"adapter 'vllm' cannot start: {error}", hint=hint) from None
        options = self._options
        arguments: dict[str, Any] = {
            "model": self._name,
            "dtype": options.dtype,
            "quantization": options.quantization,
            "revision": options.revision,
            "trust_remote_code": options.trust_remote_code,
            "tensor_parallel_size": options.gpus,
            "gpu_memory_utilization": options.memory,
            "limit_mm_per_prompt": {"image": options.images},
            "seed": context.seed,
        }
        if options.max_model_len is not None:
            arguments["max_model_len"] = options.max_model_len
        try:
            self._engine = vllm.LLM(**arguments | options.engine)
        except (ValueError, OSError, TypeError) as error:
            raise UserError(f"vLLM cannot start with '{self._name}': {one_line(error)}", key="--model") from error
        self._sampling = vllm.SamplingParams(
            temperature=options.temperature, top_p=options.top_p, max_tokens=options.max_new_tokens, seed=context.seed
        )

    def describe(self) -> JsonObject:
        """Revision, types and generation settings."""
        folder, options = Path(self._name), self._options
        return {
            "revision": fingerprint(folder)
            if folder.is_dir()
            else options.revision and f"{self._name}@{options.revision}",
            "dtype": options.dtype,
            "quantize": options.quantization or "none",
            "system": options.system,
            "generation": {
                "max_new_tokens": options.max_new_tokens,
                "temperature": options.temperature,
                "top_p": options.top_p,
            },
            "packages": {"vllm": _version()},
        }

    def close(self) -> None:
        """Let the engine go."""
        self._engine = None

    def generate(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """One reply a request."""
        made = [self._messages(request) for request in requests]
        good = [messages for messages in made if not isinstance(messages, Reply)]
        outputs = iter(self._engine.chat(good, sampling_params=self._sampling, use_tqdm=False) if good else ())
        return [
            messages if isinstance(messages, Reply) else _reply(next(outputs), request)
            for messages, request in zip(made, requests, strict=True)
        ]

    def _messages(self, request: Request) -> list[dict[str, Any]] | Reply:
        try:
            turns = conversation(request)
            sizes_of(request)
        except InvalidItemError as error:
            return Reply(None, error.detail, failed=True)
        system = [] if self._options.system is None else [{"role": "system", "content": self._options.system}]
        return system + [
            {
                "role": turn.role,
                "content": [
                    *({"type": "image_url", "image_url": {"url": image.url}} for image in turn.images),
                    {"type": "text", "text": turn.content},
                ],
            }
            for turn in turns
        ]


def _reply(output: Any, request: Request) -> Reply:
    completion = output.outputs[0]
    tokens = list(output.prompt_token_ids or ())
    seen: JsonObject = {"images": sizes_of(request), "input_tokens": len(tokens)}
    if isinstance(output.prompt, str):
        seen["prompt"] = output.prompt
    usage = {"input_tokens": float(len(tokens)), "output_tokens": float(len(completion.token_ids))}
    return Reply(completion.text.strip(), model_input=seen, usage=usage)


def _version() -> str | None:
    try:
        return version("vllm")
    except PackageNotFoundError:
        return None


ADAPTER = AdapterSpec(
    name="vllm",
    summary="vLLM's offline engine: --model NAME_OR_FOLDER; needs a GPU.",
    kind="text",
    options=VllmOptions,
    make=lambda options, model: VllmAdapter(options, model_named(model, "vllm")),
    capabilities=Capabilities(outputs=("text", "boxes"), images=2, independent=False),
    runs_code=lambda options, model: f"the code of '{model}'" if options.trust_remote_code else None,
    needs=("vllm",),
)
