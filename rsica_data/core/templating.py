"""Jinja templates of users, in a sandbox and within bounds: whatever is wrong with one is one line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rsica_data.core.errors import UserError, one_line
from rsica_data.core.files import utf8_text

LONGEST = 2_000_000
"""Characters of a rendered prompt; the longest contexts of models take about so many."""
_LARGEST_POWER = 10_000


class _Sandbox(ImmutableSandboxedEnvironment):
    """Also refuses products and powers that would fill the memory."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """The value of a product or a power."""
        sides = (left, right)
        if operator == "**" and any(isinstance(side, (int, float)) and abs(side) > _LARGEST_POWER for side in sides):
            raise SecurityError("a power of that size")
        lengths = [len(side) for side in sides if isinstance(side, (str, bytes, list, tuple))]
        times = [side for side in sides if isinstance(side, int)]
        if operator == "*" and lengths and times and lengths[0] * times[0] > LONGEST:
            raise SecurityError("a repetition of that length")
        return super().call_binop(context, operator, left, right)


@cache
def _environment(trim: bool) -> _Sandbox:
    # Prompts are plain text for a model, so nothing is escaped.
    return _Sandbox(undefined=StrictUndefined, trim_blocks=trim, lstrip_blocks=trim, autoescape=False)


@cache
def compile_template(text: str, file: str, trim: bool = True) -> Template:
    """The template of a text; a name that it uses and nobody gives is a mistake of it.

    Args:
        text: Jinja source.
        file: where it stands, for messages.
        trim: leave out the lines that hold nothing but a tag.

    Raises:
        UserError: it is no template.
    """
    try:
        return _environment(trim).from_string(text)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise UserError(f"not a valid template: {_words(error)}", file=file, line=line) from None
    except (ValueError, SyntaxError, RecursionError, MemoryError, OverflowError) as error:
        raise UserError(f"not a valid template: {one_line(error)}", file=file) from None


def rendered(parts: Iterable[str], file: str) -> str:
    """The text that a template gives, piece by piece.

    Raises:
        UserError: the template fails, or gives more than `LONGEST` characters.
    """
    texts: list[str] = []
    size = 0
    try:
        for part in parts:
            size += len(part)
            if size > LONGEST:
                raise UserError(f"gives more than {LONGEST} characters", file=file)
            texts.append(part)
    except UserError:
        raise
    except TemplateError as error:
        raise UserError(f"cannot be rendered: {_words(error)}", file=file) from None
    except Exception as error:
        # A template may do anything with its values: divide by zero, index what is no list, call what is no function.
        raise UserError(f"cannot be rendered: {one_line(error)}", file=file) from None
    return "".join(texts)


def _words(error: TemplateError) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def fenced_json(value: Any) -> str:
    """JSON for a fenced block of a prompt: a fence inside of it would end the block that holds it."""
    return utf8_text(json.dumps(value, ensure_ascii=False, indent=1).replace("```", "`\u200b``"))
