"""Answers that must fit a JSON schema: how it is told to a model, and how the answer is read and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json
from rsica_data.core.json_text import JsonLimitError, JsonTextError, find_value, loads
from rsica_data.llm.bounded_json import flaw_of

MODES = ("schema", "json", "prompt")
"""From the strongest to the weakest: json_schema, json_object with the schema in the prompt, the prompt alone."""

_LONGEST = 1_000_000
"""Characters of an answer that is read; a model that repeats itself without end writes more."""
_BLOCKS = 64
_SHOWN = 200


class SchemaMismatch(Exception):
    """An answer that is no JSON, or does not fit the schema; the message can be shown to the model."""


class Unreadable(SchemaMismatch):
    """An answer that nothing can be made of, such as 100,000 brackets; another run asks again in its place."""


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
        SchemaMismatch: there is none.
        Unreadable: it is nested too deeply, or holds what no file can.
    """
    if len(text) > _LONGEST:
        raise Unreadable(f"the answer is longer than {_LONGEST} characters")
    value = _first_value(text)
    flaw = flaw_of(value)
    if flaw is not None:
        raise Unreadable(flaw)
    return value


def _first_value(text: str) -> Any:
    try:
        for candidate in (text, *_fenced(text)):
            try:
                return loads(candidate, surrogates="refuse", repeated_keys=True)
            except JsonLimitError:
                raise
            except JsonTextError:
                continue
        return find_value(text, surrogates="refuse", repeated_keys=True)
    except JsonLimitError as error:
        raise Unreadable(f"the answer cannot be read: {error.message}") from None
    except JsonTextError:
        raise SchemaMismatch("the answer holds no JSON value") from None


def _fenced(text: str) -> list[str]:
    """What stands in code fences, without the language that follows the opening one."""
    blocks = text.split("```")[1::2][:_BLOCKS]
    return [re.sub(r"\A[a-zA-Z]*[ \t]*\n", "", block) for block in blocks]


def fit(text: str, schema: Mapping[str, Any]) -> Any:
    """The JSON value in a model's words, checked against the schema.

    Raises:
        SchemaMismatch: there is none, or it does not fit: the message says where.
        UserError: the schema is no JSON schema.
    """
    value = read_json(text)
    check_fit(value, schema)
    return value


def check_fit(value: Any, schema: Mapping[str, Any]) -> None:
    """See that a JSON value fits the schema.

    Raises:
        SchemaMismatch: it does not; the message says where.
        UserError: the schema is no JSON schema.
    """
    error = next(iter(_validator(dump_json(schema)).iter_errors(value)), None)
    if error is not None:
        message = error.message if len(error.message) <= _SHOWN else error.message[:_SHOWN] + "..."
        raise SchemaMismatch(f"{error.json_path[:_SHOWN]}: {message}")


@lru_cache(maxsize=256)
def _validator(schema: str) -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    parsed_schema = loads(schema)
    try:
        Draft202012Validator.check_schema(parsed_schema)
    except SchemaError as error:
        raise UserError(f"not a JSON schema: {error.message}", key=error.json_path) from None
    return Draft202012Validator(parsed_schema)


def ask_again(reason: str, schema: Mapping[str, Any]) -> str:
    """What is said to a model whose answer did not fit."""
    return f"Your answer cannot be used: {reason}. {in_words(schema)}"
