"""Decoding along a JSON schema: at every step, the tokens that may come next.

What the schema fixes (braces, keys, quotes) is written; the model chooses what is left: the words of strings, one of
several values, and whether an array goes on. Objects, arrays, strings, whole numbers from 0, ``enum`` and ``const``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

_LONGEST_STRING = 80
_MOST_ITEMS = 12
_LARGEST_NUMBER = 99

Steps = Generator[Sequence[int], int, None]
"""Gives the tokens that may come next, and is sent the one that came."""


class Grammar:
    """A tokenizer's vocabulary, sorted for writing JSON.

    Args:
        tokenizer: of transformers.
        ends: tokens that end an answer.

    Raises:
        ValueError: the tokenizer has no token for a quotation mark.
    """

    def __init__(self, tokenizer: Any, ends: Sequence[int]) -> None:
        self._tokenizer, self._ends = tokenizer, list(ends)
        special = {*tokenizer.all_special_ids, *tokenizer.added_tokens_decoder}
        texts = tokenizer.batch_decode([[token] for token in range(len(tokenizer))], clean_up_tokenization_spaces=False)
        plain = {token: text for token, text in enumerate(texts) if token not in special}
        self._quotes = [token for token, text in plain.items() if text == '"']
        self._inner = [token for token, text in plain.items() if _inside_a_string(text)]
        if not (self._quotes and self._ends):
            raise ValueError("this tokenizer cannot be led along a JSON schema")

    def follow(self, schema: Mapping[str, Any]) -> Callable[[Sequence[int]], Sequence[int]]:
        """A function from the tokens so far to those that may come next; it must be asked at every step.

        Raises:
            ValueError: the schema holds what cannot be followed.
        """
        check(schema)
        steps = self._whole(schema)
        allowed = next(steps)
        done = 0

        def after(tokens: Sequence[int]) -> Sequence[int]:
            nonlocal allowed, done
            for token in tokens[done:]:
                allowed = steps.send(token)
            done = len(tokens)
            return allowed

        return after

    def _whole(self, schema: Mapping[str, Any]) -> Steps:
        yield from self._value(schema, "")
        while True:
            yield self._ends

    def _tokens(self, text: str) -> list[int]:
        tokens: list[int] = self._tokenizer.encode(text, add_special_tokens=False)
        return tokens

    def _fixed(self, text: str) -> Steps:
        for token in self._tokens(text):
            yield [token]

    def _one_of(self, texts: Sequence[str]) -> Generator[Sequence[int], int, int]:
        """Writes one of the texts, none of which begins another; gives its place."""
        left = {place: self._tokens(text) for place, text in enumerate(texts)}
        at = 0
        while len(left) > 1:
            token = yield sorted({tokens[at] for tokens in left.values()})
            left = {place: tokens for place, tokens in left.items() if tokens[at] == token}
            at += 1
        place, tokens = next(iter(left.items()))
        for token in tokens[at:]:
            yield [token]
        return place

    def _value(self, schema: Mapping[str, Any], then: str) -> Steps:
        """Writes a value and the text ``then`` behind it."""
        choices = _choices(schema)
        if choices is not None:
            yield from self._one_of([json.dumps(choice) + (then or " ") for choice in choices])
        elif schema["type"] == "string":
            yield from self._string(then)
        elif schema["type"] == "array":
            yield from self._array(schema, then)
        else:
            names = list(schema["properties"])
            yield from self._fixed("{")
            for place, name in enumerate(names):
                yield from self._fixed(f"{json.dumps(name)}: ")
                yield from self._value(schema["properties"][name], "}" + then if place == len(names) - 1 else ", ")

    def _string(self, then: str) -> Steps:
        yield self._quotes
        for written in range(_LONGEST_STRING):
            token = yield [*self._inner, *self._quotes] if written else self._inner
            if token in self._quotes:
                break
        else:
            yield self._quotes
        yield from self._fixed(then)

    def _array(self, schema: Mapping[str, Any], then: str) -> Steps:
        least = max(1, schema.get("minItems", 0))
        most = max(least, min(schema.get("maxItems", _MOST_ITEMS), max(_MOST_ITEMS, least)))
        yield from self._fixed("[")
        for number in range(1, most + 1):
            yield from self._value(schema["items"], "")
            if number == most:
                break
            if number < least:
                yield from self._fixed(", ")
            elif (yield from self._one_of([", ", "]"])) == 1:
                yield from self._fixed(then)
                return
        yield from self._fixed("]" + then)


def check(schema: Mapping[str, Any]) -> None:
    """See that a schema can be followed.

    Raises:
        ValueError: it holds what cannot; says what.
    """
    if _choices(schema) is not None:
        return
    kind = schema.get("type")
    if kind == "object" and schema.get("properties"):
        for value in schema["properties"].values():
            check(value)
    elif kind == "array" and isinstance(schema.get("items"), Mapping) and schema.get("maxItems", 1) >= 1:
        check(schema["items"])
    elif kind != "string" or {"pattern", "minLength", "maxLength", "format"} & set(schema):
        raise ValueError(f"response_format: this model cannot be led along {json.dumps(schema)[:120]}")


def _choices(schema: Mapping[str, Any]) -> list[Any] | None:
    """All values that fit, where these are few."""
    if "const" in schema:
        return [schema["const"]]
    if "enum" in schema:
        return list(schema["enum"])
    if schema.get("type") == "boolean":
        return [False, True]
    if schema.get("type") == "null":
        return [None]
    if schema.get("type") == "integer":
        least = schema.get("minimum", 0)
        return list(range(least, min(schema.get("maximum", _LARGEST_NUMBER), least + _LARGEST_NUMBER) + 1)) or None
    return None


def _inside_a_string(text: str) -> bool:
    """Whether a token's text can stand in a JSON string as it is; parts of a character are left out."""
    return bool(text) and not any(char in '"\\\ufffd' or ord(char) < 32 or ord(char) == 127 for char in text)
