"""A Python function in memory as an adapter: it is given the arguments that it names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from rsica_bench.items import Reply, Request
from rsica_bench.models.api import AdapterSpec, RunContext
from rsica_bench.models.common import NoOptions
from rsica_bench.models.python import question_of, words_of
from rsica_data.core.errors import UserError

GIVEN = ("images", "before", "after", "prompt", "history")
"""What a function may name as its parameters."""
IMAGES = frozenset({"images", "before", "after"})
"""Those that are images: they are decoded only for a function that names one."""


class FunctionAdapter:
    """Calls the function, one question at a time."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function, self._names = function, parameters_of(function)
        self._takes_images = bool(set(self._names) & IMAGES)

    def load(self, context: RunContext) -> None:
        """Nothing to load."""

    def generate(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """One reply a request; a function that returns no text fails that request."""
        return [self._reply(request) for request in requests]

    def _reply(self, request: Request) -> Reply:
        if self._takes_images:
            question = question_of(request)
            images = question["images"]
            question |= {"before": images[0], "after": images[-1] if len(images) > 1 else None}
        else:
            question = words_of(request)
        text = self._function(**{name: question[name] for name in self._names})
        if not isinstance(text, str):
            raise TypeError(f"the function returned a {type(text).__name__}, not a text")
        return Reply(text)

    def close(self) -> None:
        """Nothing to give back."""


def parameters_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """Which of :data:`GIVEN` a function takes.

    Raises:
        UserError: it requires another argument.

    Example:
        >>> parameters_of(lambda before, after, prompt, beams=3: "")
        ('before', 'after', 'prompt')
    """
    parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return GIVEN
    for parameter in parameters:
        named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        if parameter.default is parameter.empty and not (named and parameter.name in GIVEN):
            hint = f"name its parameters among {', '.join(GIVEN)}"
            raise UserError(f"the function takes '{parameter.name}', which a question does not have", hint=hint)
    return tuple(parameter.name for parameter in parameters if parameter.name in GIVEN)


def function_adapter(function: Callable[..., Any]) -> AdapterSpec:
    """The function as an adapter of the name ``python``."""
    adapter = FunctionAdapter(function)
    return AdapterSpec(
        name="python",
        summary="A Python function in memory.",
        kind="text",
        options=NoOptions,
        make=lambda options, model: adapter,
    )
