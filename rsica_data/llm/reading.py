"""JSON that others wrote, read within bounds: what breaks no program that goes on with it."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from rsica_data.redaction import Redactor

DEEPEST = 64
"""Levels of nesting that are read; deeper values would meet the interpreter's own limit somewhere later."""

_LARGEST = 2**63
# Half surrogate pairs, which are no UTF-8, and control characters besides tab and line ends, which no format keeps.
_UNWRITABLE = re.compile("[\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is no JSON, or nested deeper than `DEEPEST` levels.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        value = None
    else:
        if not _too_deep(value):
            return value
    raise ValueError(f"nested deeper than {DEEPEST} levels")


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST + 1):
        if not level:
            return False
        level = [inner for outer in level for inner in _inside(outer)]
    return bool(level)


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def flaw_of(value: Any) -> str | None:
    """Why a parsed value cannot go on into files, in words that can be shown to its writer; None where it can."""
    level = [value]
    for _ in range(DEEPEST + 1):
        for one in level:
            flaw = _own_flaw(one)
            if flaw is not None:
                return flaw
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return None
    return f"it is nested deeper than {DEEPEST} levels"


def _own_flaw(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((flaw for flaw in map(_own_flaw, value) if flaw is not None), None)
    if isinstance(value, str):
        return "it holds half a surrogate pair or a control character" if _UNWRITABLE.search(value) else None
    if isinstance(value, float):
        return None if math.isfinite(value) else "it holds a number that is not finite"
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        return "it holds a number of more than 64 bits"
    return None


def redacted_json(text: str, redact: Redactor) -> str:
    """A text that may be JSON, or lines of it, without secrets; what was JSON is JSON still."""
    clean = redact(text)
    if clean is text:
        return text
    try:
        # A secret of digits may stand in place of a number, which "***" is not.
        return json.dumps(_redacted(parse_json(text), redact)) + ("\n" if text.endswith("\n") else "")
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
