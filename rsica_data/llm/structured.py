"""Answers that must fit a JSON schema: how it is told to a model, and how the answer is read and checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rsica_data.core.json_text import loads
from rsica_data.errors import UserError
from rsica_data.journal import dump_json

MODES = ("schema", "json", "prompt")
"""From the strongest to the weakest: json_schema, json_object with the schema in the prompt, the prompt alone."""

_FENCE = re.compile(r"```[a-zA-Z]*\s*\n(.*?)```", re.DOTALL)
_SHOWN = 200


class Misfit(Exception):
    """An answer that is no JSON, or does not fit the schema; the message can be shown to the model."""


def in_words(schema: Mapping[str, Any]) -> str:
    """The instruction that stands in for a server's structured output."""
    return f"Answer with one JSON value that fits this JSON schema, and nothing else:\n{dump_json(schema)}"


def strict(schema: Any) -> bool:
    """Whether OpenAI's strict mode takes this schema: every object closed, every property required."""
    if isinstance(schema, Mapping):
        if schema.get("type") == "object":
            properties = schema.get("properties") or {}
            if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != set(properties):
                return False
            return all(strict(value) for value in properties.values())
        return all(strict(value) for key, value in schema.items() if key not in ("enum", "const", "required"))
    return all(strict(value) for value in schema) if isinstance(schema, (list, tuple)) else True


def read_json(text: str) -> Any:
    """The JSON value in a model's words: the whole text, a fenced block, or the first object or array in it.

    Raises:
        Misfit: there is none.
    """
    for candidate in (text, *_FENCE.findall(text)):
        try:
            return loads(candidate)
        except ValueError:
            continue
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    for match in re.finditer(r"[{\[]", text):
        try:
            return decoder.raw_decode(text, match.start())[0]
        except ValueError:
            continue
    raise Misfit("the answer holds no JSON value")


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def fit(text: str, schema: Mapping[str, Any]) -> Any:
    """The JSON value in a model's words, checked against the schema.

    Raises:
        Misfit: there is none, or it does not fit: the message says where.
        UserError: the schema is no JSON schema.
    """
    value = read_json(text)
    error = next(iter(_validator(dump_json(schema)).iter_errors(value)), None)
    if error is not None:
        message = error.message if len(error.message) <= _SHOWN else error.message[:_SHOWN] + "..."
        raise Misfit(f"{error.json_path}: {message}")
    return value


@lru_cache(maxsize=256)
def _validator(schema: str) -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    found = loads(schema)
    try:
        Draft202012Validator.check_schema(found)
    except SchemaError as error:
        raise UserError(f"not a JSON schema: {error.message}", key=error.json_path) from None
    return Draft202012Validator(found)


def ask_again(reason: str, schema: Mapping[str, Any]) -> str:
    """What is said to a model whose answer did not fit."""
    return f"Your answer cannot be used: {reason}. {in_words(schema)}"
