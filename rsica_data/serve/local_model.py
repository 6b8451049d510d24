"""A causal language model on disk as an answerer: a folder as transformers saves it, or a .gguf file.

Nothing is fetched, and no code of the model's folder is run. One request at a time; the tokenizer's chat template; the
likeliest token each time, unless the request names a temperature. A request with a JSON schema is decoded along it.
"""

from __future__ import annotations

import io
import sys
import threading
from contextlib import nullcontext, redirect_stderr
from importlib import import_module
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.extras import install_command
from rsica_data.llm.types import Message
from rsica_data.serve.answerers import Answered, Answerer, AnswererFactory, AnswerRequest, SlowAnswerer
from rsica_data.serve.guided import Grammar

_MAX_TOKENS = 512


def served_name(path: str) -> str:
    """The last part of a path, without ``.gguf``: what clients call the model, and what rows say wrote them."""
    name = Path(path).expanduser().absolute().name
    return name[: -len(".gguf")] if name.lower().endswith(".gguf") else name


def make_answerer(path: str) -> Answerer:
    """An answerer over the model at ``path``, loaded in float32, on the CPU.

    Raises:
        UserError: nothing is there, it is no such model, or a package is missing.
    """
    model = LocalModel(*_load(Path(path).expanduser()))
    return SlowAnswerer(model.answer, model.stop)


FACTORY = AnswererFactory("PATH", served_name, make_answerer)


def _load(path: Path) -> tuple[Any, Any]:
    gguf = path.is_file() and path.suffix.lower() == ".gguf"
    if not path.exists():
        raise UserError(f"--model transformers:{path}: no such file or folder")
    if not gguf and not (path / "config.json").is_file():
        raise UserError(f"--model transformers:{path}: neither a .gguf file nor a folder with a config.json")
    try:
        import torch
        import transformers

        if gguf:
            import_module("gguf")  # transformers asks for it late, in many lines
    except ImportError as error:
        raise UserError(f"--model transformers:{path}: {error}", hint=install_command("transformers")) from None
    where: dict[str, Any] = {"gguf_file": path.name} if gguf else {}
    where |= {"local_files_only": True, "trust_remote_code": False}
    folder = path.parent if gguf else path
    try:
        with nullcontext() if sys.stderr.isatty() else redirect_stderr(io.StringIO()):  # progress bars
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **where)
            model: Any = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **where)
    except Exception as error:  # a damaged file makes the readers fail in any way
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UserError(f"--model transformers:{path}: cannot be loaded: {first}") from error
    if tokenizer.chat_template is None:
        raise UserError(f"--model transformers:{path}: its tokenizer has no chat template; a chat model is needed")
    return model.eval(), tokenizer


class LocalModel:
    """A loaded model with its tokenizer; its methods may be called from any thread."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model, self._tokenizer = model, tokenizer
        self._one_at_a_time = threading.Lock()
        self._stopping = threading.Event()
        self._grammar: Grammar | None = None
        self._longest = getattr(model.config.get_text_config(), "max_position_embeddings", None)

    def stop(self) -> None:
        """End the answer under way after its next token, and refuse those that wait."""
        self._stopping.set()

    def answer(self, request: AnswerRequest) -> Answered:
        """The model's answer.

        Raises:
            ValueError: the prompt does not fit the model, or decoding cannot follow the schema.
        """
        with self._one_at_a_time:
            if self._stopping.is_set():
                raise ValueError("the server is ending")
            return self._answer(request)

    def _answer(self, request: AnswerRequest) -> Answered:
        import torch

        prompt = self._prompt(request.messages)
        size = prompt["input_ids"].shape[1]
        limit = request.max_tokens or _MAX_TOKENS
        if self._longest is not None:
            if size >= self._longest:
                raise ValueError(f"the prompt has {size} tokens; the model's context holds {self._longest}")
            limit = min(limit, self._longest - size)
        steps: dict[str, Any] = {"max_new_tokens": limit, "do_sample": request.temperature > 0}
        if request.temperature > 0:
            steps |= {"temperature": request.temperature, "top_k": 0, "top_p": 1.0}
            torch.manual_seed(request.seed or 0)
        if request.schema is not None:
            steps["prefix_allowed_tokens_fn"] = self._guide(request, size)
        with torch.inference_mode():
            out = self._model.generate(**prompt, **steps, stopping_criteria=[self._stop_now])
        new = out[0, size:].tolist()
        ended = bool(new) and new[-1] in self._ends()
        text = self._tokenizer.decode(new, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return Answered(text, size, len(new), "stop" if ended else "length")

    def _prompt(self, messages: tuple[Message, ...]) -> Any:
        from jinja2 import TemplateError

        if any(message.images for message in messages):
            raise ValueError("this model takes no images")
        conversation = [{"role": message.role, "content": message.content} for message in messages]
        try:
            encoding = self._tokenizer.apply_chat_template(
                conversation, add_generation_prompt=True, return_tensors="pt", return_dict=True
            )
        except TemplateError as error:
            raise ValueError(f"the model's chat template refuses the conversation: {error}") from None
        return {name: encoding[name] for name in ("input_ids", "attention_mask")}

    def _ends(self) -> list[int]:
        """Tokens that end an answer."""
        ends = self._model.generation_config.eos_token_id
        ends = self._tokenizer.eos_token_id if ends is None else ends
        return [ends] if isinstance(ends, int) else list(ends or ())

    def _guide(self, request: AnswerRequest, size: int) -> Any:
        if self._grammar is None:
            self._grammar = Grammar(self._tokenizer, self._ends())
        follow = self._grammar.follow(request.schema or {})
        return lambda row, tokens: follow(tokens[size:].tolist())

    def _stop_now(self, tokens: Any, scores: Any, **more: Any) -> Any:
        import torch

        return torch.full((tokens.shape[0],), self._stopping.is_set(), dtype=torch.bool, device=tokens.device)
