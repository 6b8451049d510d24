"""JSON that others wrote, read within bounds: what breaks no program that goes on with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from rsica_data.core.files import dump_json
from rsica_data.core.json_text import JsonTextError, Numbers, loads
from rsica_data.core.redaction import Redactor
from rsica_data.core.text_encoding import decode_user_text

# Control characters besides tab and line ends, which no format keeps.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def parse_json(text: str | bytes, *, numbers: Numbers = "refuse") -> Any:
    """The value of what a server sent, or of a row of the cache.

    Servers write ``NaN`` for a figure that they do not have, which becomes None; half surrogate pairs stay, as models
    do write them; of a key that appears twice the last value counts.

    Args:
        text: JSON.
        numbers: as for :func:`rsica_data.core.json_text.loads`. In what servers send they are ``"null"``: a count that
            64 bits do not hold is no reason to lose an answer that was paid for.

    Raises:
        ValueError: it is no JSON; as a `JsonLimitError` where it is JSON beyond what is read.
    """
    words = text if isinstance(text, str) else decode_user_text(text)
    return loads(words, numbers=numbers, nan_as_null=True, repeated_keys=True)


def flaw_of(value: Any) -> str | None:
    """Why a parsed value cannot go on into files, in words that can be shown to its writer; None where it can."""
    try:
        loads(dump_json(value), surrogates="refuse")
    except JsonTextError as error:
        return f"JSON that cannot be used: {error.message}"
    except (ValueError, RecursionError):
        return "it holds a number that is not finite, or is nested too deeply"
    return "it holds a control character" if any(map(_CONTROL.search, _texts(value))) else None


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value of few levels, names of keys among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def redacted_json(text: str, redact: Redactor) -> str:
    """A text that may be JSON, or lines of it, without secrets; what was JSON is JSON still."""
    clean = redact(text)
    if clean is text:
        return text
    try:
        # A secret of digits may stand in place of a number, which "***" is not.
        return json.dumps(_redacted(parse_json(text, numbers="null"), redact)) + ("\n" if text.endswith("\n") else "")
    except ValueError:
        lines = text.splitlines(keepends=True)
        return clean if len(lines) == 1 else "".join(redacted_json(line, redact) for line in lines)


def _redacted(value: Any, redact: Redactor) -> Any:
    if isinstance(value, dict):
        return {redact(name): _redacted(inner, redact) for name, inner in value.items()}
    if isinstance(value, list):
        return [_redacted(inner, redact) for inner in value]
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        shown = str(value)
        return value if redact(shown) is shown else None
    return value
