"""Any Python function: ``--model module:callable --allow-code``.

The function takes one question, ``f(images, prompt, history) -> text``: images as PIL images in RGB, before and after;
history as ``[{"role": .., "content": ..}]``. With ``--set batch=true`` it takes a list of dictionaries with these three
keys and returns a list of texts. A class is made first, with ``--set init='{"key": value}'`` as its arguments.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from rsica_bench.models.api import AdapterSpec, Capabilities, Reply, Request, RunContext
from rsica_data.core.errors import UserError
from rsica_data.imagery.images import pil_rgb
from rsica_data.schema import JsonObject


class PythonOptions(BaseModel):
    """Options.

    Attributes:
        batch: the callable takes a list of questions.
        init: arguments for the callable where it is a class.
        path: folder to look for the module in, besides the usual ones; the current folder by default.
        images: maximum of images that it takes; 1 gets a composed image.
        multi_turn: takes earlier turns; else they are written into the prompt.
        revision: revision that results state.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    batch: bool = False
    init: dict[str, Any] = Field(default_factory=dict)
    path: str = "."
    images: int | None = None
    multi_turn: bool = True
    revision: str | None = None


class PythonAdapter:
    """Calls the function."""

    def __init__(self, options: PythonOptions, where: str) -> None:
        self._options, self._where = options, where
        self.capabilities = Capabilities(images=options.images, multi_turn=options.multi_turn, batch=options.batch)
        self._call: Any = None

    def load(self, context: RunContext) -> None:
        """Import the callable; make it where it is a class."""
        target = import_callable(self._where, self._options.path)
        self._call = target(**self._options.init) if inspect.isclass(target) else target

    def describe(self) -> JsonObject:
        """What the options say."""
        return {"callable": self._where, "revision": self._options.revision}

    def generate(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """One reply a request."""
        questions = [question_of(request) for request in requests]
        texts = self._call(questions) if self._options.batch else [self._call(**one) for one in questions]
        return [Reply(_text(text)) for text in texts]

    def close(self) -> None:
        """Let the callable close itself where it can."""
        if hasattr(self._call, "close"):
            self._call.close()
        self._call = None


def question_of(request: Request) -> dict[str, Any]:
    """A request as plain Python: PIL images, prompt, history."""
    return {"images": [pil_rgb(image.data) for image in request.images], **words_of(request)}


def words_of(request: Request) -> dict[str, Any]:
    """Prompt and history of a request as plain Python."""
    history = [{"role": turn.role, "content": turn.content} for turn in request.history]
    return {"prompt": request.prompt, "history": history}


def _text(output: Any) -> str:
    if not isinstance(output, str):
        raise TypeError(f"the callable returned a {type(output).__name__}, not a text")
    return output


def import_callable(where: str, path: str = ".") -> Callable[..., Any]:
    """The object that ``module:name`` names.

    Raises:
        UserError: not of this form, or there is no such module or callable.
    """
    module, colon, name = where.partition(":")
    if not colon or not module or not name:
        raise UserError(f"'{where}' is not of the form module:callable", key="--model")
    folder = str(Path(path).resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        target: Any = importlib.import_module(module)
        for part in name.split("."):
            target = getattr(target, part)
    except (ImportError, AttributeError) as error:
        raise UserError(f"cannot import '{where}': {error}", key="--model") from error
    if not callable(target):
        raise UserError(f"'{where}' cannot be called", key="--model")
    return target  # type: ignore[no-any-return]


def make(options: PythonOptions, model: str | None) -> PythonAdapter:
    """The adapter of the callable that ``--model`` names."""
    if model is None:
        raise UserError("adapter 'python' needs a callable", key="--model", hint="give --model module:callable")
    return PythonAdapter(options, model)


ADAPTER = AdapterSpec(
    name="python",
    summary="Any Python callable: --model module:callable --allow-code.",
    kind="text",
    options=PythonOptions,
    make=make,
    runs_code=lambda options, model: model,
)
