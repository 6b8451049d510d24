"""Any chat model of transformers that takes images and gives text: ``--model NAME_OR_FOLDER``.

Requests of a call are sorted by length and cut into batches by a budget of tokens that is measured on the GPU; a batch
that runs out of memory is halved. While one batch is generated, threads decode and preprocess the next.
"""

from __future__ import annotations

import copy
import gc
import hashlib
import os
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rsica_bench.models.api import AdapterSpec, Capabilities, Reply, Request, RunContext
from rsica_bench.models.batching import Batch, Computing, OutOfMemory, batch_of
from rsica_bench.models.fitting import fold_history
from rsica_bench.models.transformers_loading import (
    ONE_IMAGE,
    TransformersOptions,
    chat_template,
    describe,
    load_model,
    load_processor,
)
from rsica_data.core.errors import UserError, one_line
from rsica_data.core.files import dump_json, write_atomic
from rsica_data.core.json_text import read_json_object
from rsica_data.imagery.images import pil_rgb
from rsica_data.schema import JsonObject

_CPU_BUDGET = 8192
_SHARE = 0.85
"""Share of the free GPU memory that batches may take."""
_PROBED_TOKENS = 8
_VALUES = ("image_grid_thw", "image_sizes")
"""Inputs that say the size of each image; of others the shape does."""


@dataclass(frozen=True)
class Asked:
    """A request ready to be processed: its text after the chat template, and its decoded images."""

    text: str
    images: tuple[Any, ...]
    length: int
    seen: JsonObject


@dataclass
class _Plan:
    """Requests that are known ahead, and what is being done for them."""

    asked: list[Future[Asked]]
    inputs: dict[tuple[int, ...], Future[Any]] = field(default_factory=dict)


class TransformersAdapter:
    """Loads a model and generates."""

    def __init__(self, options: TransformersOptions, name: str) -> None:
        self._options, self._name = options, name
        self.capabilities = ADAPTER.capabilities
        self._plans: dict[tuple[str, ...], _Plan] = {}
        self._probes: dict[Any, tuple[int, JsonObject]] = {}
        self._lock, self._local = threading.Lock(), threading.local()
        self._pool: ThreadPoolExecutor | None = None

    def load(self, context: RunContext) -> None:
        """Load model and processor."""
        import torch

        self._device = context.device or ("cuda:0" if torch.cuda.is_available() else "cpu")
        self._seed, self._state = context.seed, context.state
        if context.deterministic:
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS asks for it
            torch.use_deterministic_algorithms(True, warn_only=True)
            torch.backends.cudnn.benchmark = False
        self._processor = load_processor(self._name, self._options)
        self._model = load_model(self._name, self._options, self._device)
        self._template = chat_template(self._processor)
        single = self._model.config.model_type in ONE_IMAGE
        self.capabilities = Capabilities(
            images=self._options.images or (1 if single else None),
            multi_turn=self._template is not None,
            independent=False,
        )
        self._pool = ThreadPoolExecutor(self._options.threads, thread_name_prefix="preprocess")
        self._computing: Computing[Reply] = Computing(
            self._options.batch_tokens or _CPU_BUDGET, self._options.max_batch
        )

    def describe(self) -> JsonObject:
        """What was loaded."""
        return describe(self._model, self._processor, self._name, self._options)

    def close(self) -> None:
        """Give the memory back."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._plans.clear()
        for name in ("_model", "_processor"):
            if hasattr(self, name):
                delattr(self, name)
        if getattr(self, "_device", "").startswith("cuda"):
            import torch

            torch.cuda.empty_cache()

    def prepare(self, requests: Sequence[Request]) -> None:
        """Start to decode the images of requests that come next."""
        key = tuple(request.key for request in requests)
        self._plans[key] = self._start(requests)

    def warm_up(self, requests: Sequence[Request]) -> None:
        """Generate a little, and measure how many tokens fit, unless an earlier session did."""
        if not requests:
            return
        note = None if self._state is None else self._state / f"batch-{self._device.replace(':', '-')}.json"
        if self._options.batch_tokens is None and note is not None and note.is_file():
            tokens = read_json_object(note, "what fits into a batch").get("batch_tokens")
            if isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 1:
                raise UserError("is no number of tokens", file=note, key="batch_tokens", hint="delete the file")
            self._computing.budget = tokens
        asked = [self._ask(request) for request in requests[:4]]
        peaks: list[tuple[int, int]] = []
        for count in sorted({1, len(asked)}):
            try:
                peaks.append(self._peak(asked[:count]))
            except OutOfMemory:
                break
        if self._options.batch_tokens is None and (note is None or not note.is_file()):
            self._computing.budget = self._measured(peaks)
            if note is not None:
                write_atomic(note, dump_json({"batch_tokens": self._computing.budget}))

    def generate(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """One reply a request."""
        plan = self._plans.pop(tuple(request.key for request in requests), None) or self._start(requests)
        outcomes = [_outcome(future) for future in plan.asked]
        asked = [one for one in outcomes if isinstance(one, Asked)]

        def compute(batch: Batch, following: Batch | None) -> list[Reply]:
            inputs = self._inputs(plan, asked, batch)
            if following is not None:
                self._later(plan, asked, following)
            return self._generate([asked[place] for place in batch.places], inputs.result())

        lengths = [one.length + self._options.max_new_tokens for one in asked]
        replies = iter(self._computing.run(lengths, compute, _too_large))
        return [next(replies) if isinstance(one, Asked) else Reply(None, one, failed=True) for one in outcomes]

    # Requests to inputs.

    def _start(self, requests: Sequence[Request]) -> _Plan:
        assert self._pool is not None
        return _Plan([self._pool.submit(self._ask, request) for request in requests])

    def _ask(self, request: Request) -> Asked:

        images = tuple(pil_rgb(image.data) for image in request.images)
        text = self._text(request)
        extra, shapes = self._probe(text, images)
        length = len(self._own_processor().tokenizer(text)["input_ids"]) + extra
        seen: JsonObject = {"prompt": text, "images": [list(image.size) for image in images], "processed": shapes}
        return Asked(text, images, length, seen | {"input_tokens": length})

    def _text(self, request: Request) -> str:
        if self._template is None:
            marks = str(getattr(self._processor, "image_token", "<image>")) * len(request.images)
            return marks + fold_history(request.history, request.prompt) if request.history else marks + request.prompt
        images = [{"type": "image"} for _ in request.images]
        turns = [*request.history, None]
        messages: list[dict[str, Any]] = []
        if self._options.system is not None:
            messages.append({"role": "system", "content": [{"type": "text", "text": self._options.system}]})
        for number, turn in enumerate(turns):
            role, content = ("user", request.prompt) if turn is None else (turn.role, turn.content)
            shown = images if number == 0 else []
            messages.append({"role": role, "content": [*shown, {"type": "text", "text": content}]})
        prompt_text = self._own_processor().apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return str(prompt_text)

    def _probe(self, text: str, images: tuple[Any, ...]) -> tuple[int, JsonObject]:
        """Tokens that images of these sizes add, and the shapes that they have after preprocessing."""
        sizes = tuple(image.size for image in images)
        with self._lock:
            if sizes in self._probes:
                return self._probes[sizes]
        words = self._own_processor()
        features = self._process(words, [text], [images])
        extra = int(features["input_ids"].shape[1]) - len(words.tokenizer(text)["input_ids"])
        shapes: JsonObject = {
            key: value.tolist() if key in _VALUES else list(value.shape)
            for key, value in features.items()
            if key.startswith(("pixel", "image", "aspect")) and hasattr(value, "shape")
        }
        with self._lock:
            return self._probes.setdefault(sizes, (extra, shapes))

    def _own_processor(self) -> Any:
        """A processor of this thread: fast tokenizers cannot be used by two at once."""
        if not hasattr(self._local, "processor"):
            with self._lock:
                self._local.processor = copy.deepcopy(self._processor)
        return self._local.processor

    @staticmethod
    def _process(processor: Any, texts: Sequence[str], images: Sequence[tuple[Any, ...]]) -> Any:
        given: dict[str, Any] = {"images": [list(some) for some in images]} if any(images) else {}
        return processor(text=list(texts), padding=len(texts) > 1, return_tensors="pt", **given)

    def _inputs(self, plan: _Plan, asked: Sequence[Asked], batch: Batch) -> Future[Any]:
        return plan.inputs.pop(batch.places, None) or self._submit(asked, batch)

    def _later(self, plan: _Plan, asked: Sequence[Asked], batch: Batch) -> None:
        if batch.places not in plan.inputs:
            plan.inputs[batch.places] = self._submit(asked, batch)

    def _submit(self, asked: Sequence[Asked], batch: Batch) -> Future[Any]:
        assert self._pool is not None
        chosen = [asked[place] for place in batch.places]
        return self._pool.submit(
            lambda: self._process(self._own_processor(), [one.text for one in chosen], [one.images for one in chosen])
        )

    # Inputs to replies.

    def _generate(self, asked: Sequence[Asked], inputs: Any, most: int | None = None) -> list[Reply]:
        import torch

        words = self._processor.tokenizer
        settings: dict[str, Any] = {"max_new_tokens": most or self._options.max_new_tokens, "do_sample": False}
        if self._options.temperature:
            torch.manual_seed(self._batch_seed(asked))
            settings |= {"do_sample": True, "temperature": self._options.temperature, "top_p": self._options.top_p}
        else:
            settings |= {"temperature": None, "top_p": None, "top_k": None}
        tokens = self._tokens(inputs, settings | {"pad_token_id": words.pad_token_id})
        if tokens is None:
            # Only now the failed call's own tensors are gone, which its exception had kept.
            gc.collect()
            if self._device.startswith("cuda"):
                torch.cuda.empty_cache()
            raise OutOfMemory
        new = tokens[:, inputs["input_ids"].shape[1] :]
        texts = words.batch_decode(new, skip_special_tokens=True)
        counts = (new != words.pad_token_id).sum(dim=1).tolist()
        return [
            Reply(text.strip(), model_input=one.seen, usage={"input_tokens": one.length, "output_tokens": count})
            for text, one, count in zip(texts, asked, counts, strict=True)
        ]

    def _tokens(self, inputs: Any, settings: dict[str, Any]) -> Any:
        """What the model generates; None where it runs out of memory."""
        import torch

        try:
            with torch.inference_mode():
                given = inputs.to(self._model.device, dtype=self._model.dtype)
                return self._model.generate(**given, **settings)
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if _is_out_of_memory(error):
                return None
            raise

    def _batch_seed(self, asked: Sequence[Asked]) -> int:
        """Sampling depends on the seed and the batch, not on what was asked before: a resumed run says the same."""
        digest = hashlib.sha256("\0".join([str(self._seed), *(one.text for one in asked)]).encode())
        return int.from_bytes(digest.digest()[:4], "big")

    # What fits.

    def _peak(self, asked: Sequence[Asked]) -> tuple[int, int]:
        """Tokens of a batch, and the bytes that generating a little from it takes at most (0 on a CPU)."""
        import torch

        cost = batch_of(range(len(asked)), [one.length + _PROBED_TOKENS for one in asked]).cost
        inputs = self._process(self._own_processor(), [one.text for one in asked], [one.images for one in asked])
        if not self._device.startswith("cuda"):
            self._generate(asked, inputs, 1)
            return cost, 0
        before = torch.cuda.memory_allocated(self._device)
        torch.cuda.reset_peak_memory_stats(self._device)
        self._generate(asked, inputs, _PROBED_TOKENS)
        return cost, torch.cuda.max_memory_allocated(self._device) - before

    def _measured(self, peaks: Sequence[tuple[int, int]]) -> int:
        """The budget of tokens that fits into the free memory, by the steeper of the two slopes that were measured."""
        if not peaks:
            return 1  # not even one request fits: each will be tried alone, and listed
        if not self._device.startswith("cuda") or peaks[-1][1] <= 0:
            return _CPU_BUDGET
        import torch

        (few, small), (many, large) = peaks[0], peaks[-1]
        slopes = [large / many] + ([(large - small) / (many - few)] if many > few and large > small else [])
        free, _ = torch.cuda.mem_get_info(self._device)
        free += torch.cuda.memory_reserved(self._device) - torch.cuda.memory_allocated(self._device)
        return max(int(_SHARE * free / max(slopes)), 1)


def _outcome(future: Future[Asked]) -> Asked | str:
    """A request that is ready, or why it cannot be asked (an image that is damaged, say)."""
    try:
        return future.result()
    except Exception as error:
        return one_line(error)


def _too_large() -> Reply:
    return Reply(None, "out of memory for this question alone", failed=True)


def _is_out_of_memory(error: BaseException) -> bool:
    import torch

    message = str(error).lower()
    return (
        isinstance(error, (torch.OutOfMemoryError, MemoryError))
        or "not enough memory" in message
        or "out of memory" in message
    )


def make(options: TransformersOptions, model: str | None) -> TransformersAdapter:
    """The adapter of the model that ``--model`` names."""
    if model is None:
        raise UserError("adapter 'transformers' needs a model", key="--model", hint="give a name or a folder")
    if Path(model).is_absolute() and not Path(model).is_dir():
        raise UserError("no such folder", file=model, key="--model")
    return TransformersAdapter(options, model)


ADAPTER = AdapterSpec(
    name="transformers",
    summary="Any chat model of transformers that takes images: --model NAME_OR_FOLDER.",
    kind="text",
    options=TransformersOptions,
    make=make,
    capabilities=Capabilities(outputs=("text", "boxes"), independent=False),
    runs_code=lambda options, model: f"the code of '{model}'" if options.trust_remote_code else None,
    needs=("torch", "transformers", "accelerate"),
)
