"""What stands behind the local server: a function from a request to the text of an answer.

An answerer is registered under the entry-point group ``rsica.answerers``; ``rsica-data assist serve --model NAME``
finds it there. An :class:`AnswererFactory` under that group is named ``NAME:ARGUMENT`` and makes an answerer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from rsica_data.core import registry
from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json
from rsica_data.llm.types import Message

_WORDS = ("road", "building", "before", "after", "north", "south", "new", "gone", "image", "change")
_DEEPEST = 12


@dataclass(frozen=True)
class AnswerRequest:
    """One request as the server understood it.

    Args:
        messages: the conversation, images decoded.
        schema: JSON schema that the request asked the answer to fit; None where it came without one.
        model: the model's name.
        faults: flags drawn for this request, by which an answerer makes mistakes on purpose (``wrong-count``, ...).
        max_tokens: longest answer, in tokens; None where the request names none.
        temperature: of sampling; 0 for the likeliest token each time.
        seed: of sampling; None where the request names none.
    """

    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None
    model: str
    faults: tuple[str, ...] = ()
    max_tokens: int | None = None
    temperature: float = 0.0
    seed: int | None = None


@dataclass(frozen=True)
class Answered:
    """An answer with its real token counts; ``finish`` is ``stop``, or ``length`` where it was cut at the limit."""

    text: str
    input_tokens: int
    output_tokens: int
    finish: str = "stop"


Answerer = Callable[[AnswerRequest], str | Answered]


@dataclass(frozen=True)
class SlowAnswerer:
    """An answerer that takes seconds: the server asks it in a thread, and stays awake meanwhile.

    Args:
        ask: answers one request.
        stop: makes an answer under way end soon; called when the server ends.
        flags: those that it knows.
    """

    ask: Callable[[AnswerRequest], str | Answered]
    stop: Callable[[], None]
    flags: tuple[str, ...] = ()

    def __call__(self, request: AnswerRequest) -> str | Answered:
        return self.ask(request)


@dataclass(frozen=True)
class AnswererFactory:
    """Makes an answerer from the argument in ``NAME:ARGUMENT``.

    Args:
        argument: what the argument is, in a word, for messages.
        name: the name that the answerer is served under.
        make: the answerer; raises UserError where the argument is of no use.
    """

    argument: str
    name: Callable[[str], str]
    make: Callable[[str], Answerer]


Function = TypeVar("Function", bound=Callable[..., Any])


def with_flags(*names: str) -> Callable[[Function], Function]:
    """Says which flags an answerer knows, so that ``--fault`` refuses others: a decorator."""

    def state(answerer: Function) -> Function:
        setattr(answerer, _FLAGS, names)
        return answerer

    return state


_FLAGS = "flags"


def flags_of(answerers: Iterable[Answerer]) -> frozenset[str] | None:
    """The flags that some answerers know; None where one of them does not say which it knows.

    >>> flags_of([answer_schema])
    frozenset()
    """
    known = [getattr(answerer, _FLAGS, None) for answerer in answerers]
    return None if None in known else frozenset(name for names in known for name in names or ())


def load_answerers(words: Sequence[str]) -> dict[str, Answerer]:
    """Answerers by the name that they are served under, from ``NAME`` or ``NAME:ARGUMENT``.

    Raises:
        UserError: no such answerer, an argument missing or not taken, or two of one name.
    """
    answerers: dict[str, Answerer] = {}
    for word in dict.fromkeys(words):
        name, colon, argument = word.partition(":")
        plugin = registry.load(registry.ANSWERERS, name)
        if isinstance(plugin, AnswererFactory):
            if not argument:
                raise UserError(f"--model {word}: should be {name}:{plugin.argument}")
            served = plugin.name(argument)
        elif colon:
            raise UserError(f"--model {word}: answerer '{name}' takes nothing behind a colon")
        else:
            served = name
        if served in answerers:
            raise UserError(f"--model {word}: another model is named '{served}'")
        answerers[served] = plugin.make(argument) if isinstance(plugin, AnswererFactory) else plugin
    return answerers


@with_flags()
def answer_schema(request: AnswerRequest) -> str:
    """Fill the schema with values drawn from a hash of the conversation; without a schema, a few words.

    The same conversation gets the same answer. Raises ValueError where no fitting value is found (``pattern``).
    """
    seed = hashlib.sha256(dump_json([[m.role, m.content] for m in request.messages]).encode())
    for image in (image for message in request.messages for image in message.images):
        seed.update(image.data)
    draw = _Draw(seed.digest())
    if request.schema is None:
        return " ".join(draw.word() for _ in range(3 + draw.below(6)))
    return json.dumps(_fill(request.schema, request.schema, draw, 0))


class _Draw:
    """Numbers that follow from a seed."""

    def __init__(self, seed: bytes) -> None:
        self._seed, self._count = seed, 0

    def below(self, bound: int) -> int:
        """A whole number in [0, bound)."""
        self._count += 1
        digest = hashlib.sha256(self._seed + self._count.to_bytes(4, "big")).digest()
        return int.from_bytes(digest[:8], "big") % max(1, bound)

    def word(self) -> str:
        return _WORDS[self.below(len(_WORDS))]


def _fill(schema: Any, root: Mapping[str, Any], draw: _Draw, depth: int) -> Any:
    if schema is True or schema == {}:
        return draw.word()
    if depth > _DEEPEST:
        raise ValueError("the schema goes too deep")
    if "$ref" in schema:
        return _fill(_resolve(schema["$ref"], root), root, draw, depth + 1)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][draw.below(len(schema["enum"]))]
    for word in ("anyOf", "oneOf"):
        if word in schema:
            choices = schema[word]
            # Past half the depth the last choice is taken: in recursive schemas that is the leaf, by custom.
            chosen = choices[draw.below(len(choices))] if depth < _DEEPEST // 2 else choices[-1]
            return _fill(chosen, root, draw, depth + 1)
    if "allOf" in schema:
        return _fill(_merged(schema, root), root, draw, depth + 1)
    kind = schema.get("type") or ("object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    return _KINDS[kind](schema, root, draw, depth)


def _resolve(reference: str, root: Mapping[str, Any]) -> Any:
    node: Any = root
    for part in reference.removeprefix("#").split("/")[1:]:
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def _merged(schema: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema["allOf"]:
        more = _resolve(part["$ref"], root) if "$ref" in part else part
        for key, value in more.items():
            if key == "properties":
                whole[key] = {**whole.get(key, {}), **value}
            elif key == "required":
                whole[key] = [*whole.get(key, []), *value]
            else:
                whole[key] = value
    return whole


def _object(schema: Mapping[str, Any], root: Mapping[str, Any], draw: _Draw, depth: int) -> dict[str, Any]:
    properties = schema.get("properties", {})
    names = [*properties, *(name for name in schema.get("required", ()) if name not in properties)]
    return {name: _fill(properties.get(name, {}), root, draw, depth + 1) for name in names}


def _array(schema: Mapping[str, Any], root: Mapping[str, Any], draw: _Draw, depth: int) -> list[Any]:
    first = [_fill(part, root, draw, depth + 1) for part in schema.get("prefixItems", ())]
    least = schema.get("minItems", 0)
    most = schema.get("maxItems", max(least, 3))
    wanted = least + draw.below(most - least + 1)
    elements = first[:most]
    for _ in range(8 * (wanted + 1)):
        if len(elements) >= wanted or schema.get("items", True) is False:
            break
        value = _fill(schema.get("items", {}), root, draw, depth + 1)
        if not (schema.get("uniqueItems") and value in elements):
            elements.append(value)
    return elements


def _number(schema: Mapping[str, Any], root: Mapping[str, Any], draw: _Draw, depth: int) -> float:
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    high = schema.get("maximum", schema.get("exclusiveMaximum", low + 10))
    step = schema.get("multipleOf")
    value = low + (high - low) * (1 + draw.below(98)) / 100
    return float(step * -(-low // step)) if step else float(value)


def _integer(schema: Mapping[str, Any], root: Mapping[str, Any], draw: _Draw, depth: int) -> int:
    low = int(schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1))
    high = int(schema.get("maximum", schema.get("exclusiveMaximum", low + 11) - 1))
    step = int(schema.get("multipleOf", 1))
    first = -(-low // step) * step
    return first + step * draw.below((high - first) // step + 1)


def _string(schema: Mapping[str, Any], root: Mapping[str, Any], draw: _Draw, depth: int) -> str:
    if "pattern" in schema:
        raise ValueError("strings with a pattern cannot be made up")
    text = " ".join(draw.word() for _ in range(2 + draw.below(5)))
    least = int(schema.get("minLength", 0))
    while len(text) < least:
        text += f" {draw.word()}"
    return text[: int(schema.get("maxLength", max(least, 200)))]


_KINDS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any], _Draw, int], Any]] = {
    "object": _object,
    "array": _array,
    "number": _number,
    "integer": _integer,
    "string": _string,
    "boolean": lambda schema, root, draw, depth: bool(draw.below(2)),
    "null": lambda schema, root, draw, depth: None,
}
