"""Pydantic validation whose every mistake becomes one line with file, line and key."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, PlainSerializer, ValidationError
from pydantic_core import ErrorDetails, to_json

from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.core.redaction import shown_address, split_login

Model = TypeVar("Model", bound=BaseModel)
Locate = Callable[[Sequence[str | int]], int | None]

WITH_OFF = BeforeValidator(lambda value: "off" if value is False else value)
"""Marks a choice of words of which one is ``off``: YAML 1.1 reads that word without quotes as false."""


# Labels joined by dots, letters of any script; or an IPv6 address, whose brackets urlsplit takes off.
_HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.?|[0-9a-f.]*:[0-9a-f:.]+", re.IGNORECASE)
_ADDRESS_HINT = "http:// or https:// and a host, such as http://127.0.0.1:8000/v1"


def _is_address(text: str) -> bool:
    if not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        # The port is read when it is asked for, and may be no number.
        return parts.scheme in ("http", "https") and parts.port != 0 and bool(_HOST.fullmatch(parts.hostname or ""))
    except ValueError:
        return False


def check_address(text: str, key: str | None = None) -> str:
    """The text, where it has the form of a web address.

    Raises:
        UserError: it has not.
    """
    if not _is_address(text):
        raise UserError(f"{shown_address(text)!r} is not a web address", key=key, hint=_ADDRESS_HINT)
    return text


def _address(text: str) -> str:
    if not _is_address(text):
        raise ValueError(f"{shown_address(text)!r} is not a web address ({_ADDRESS_HINT})")
    return text


def _without_login(address: str | None) -> str | None:
    return address if address is None else split_login(address)[0]


WebAddress = Annotated[str, AfterValidator(_address), PlainSerializer(_without_login)]
"""A field of a pydantic model that holds a web address; what is written of it has no user name and no password."""


_MOST_SHOWN = 50


class UserErrors(UserError):
    """Several mistakes at once, one a line."""

    def __init__(self, errors: Sequence[UserError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(error.message for error in errors))

    def __str__(self) -> str:
        errors = getattr(self, "errors", ())
        more = len(errors) - _MOST_SHOWN
        lines = [str(error) for error in errors[:_MOST_SHOWN]]
        return "\n".join([*lines, f"and {more} more of the kind"] if more > 0 else lines)


def validate_model(
    model: type[Model],
    values: Mapping[str, Any],
    *,
    file: str | Path | None = None,
    prefix: Sequence[str | int] = (),
    locate: Locate | None = None,
) -> Model:
    """``values`` as an instance of ``model``. Nothing counts as a number but a number: not ``true``, not ``'5'``.

    Args:
        model: a pydantic model.
        values: what the user wrote.
        file: the file it stands in, for messages.
        prefix: keys that lead to ``values`` in the file.
        locate: line of a key path in the file.

    Raises:
        UserErrors: every mistake, each with its line and key, unknown keys with the nearest known one.
    """
    instance, entries = _validated(model, dict(values))
    if instance is None or entries:
        raise UserErrors([_as_user_error(entry, model, file, prefix, locate) for entry in entries])
    return instance


def check_form(model: type[Model], values: Mapping[str, Any], file: str | Path, *, line: int | None = None) -> Model:
    """As :func:`validate_model`, of a file that rsica wrote: one mistake shows that it was damaged.

    Raises:
        UserError: the first mistake, with its key.
    """
    try:
        return validate_model(model, values, file=file, locate=None if line is None else lambda path: line)
    except UserErrors as mistakes:
        raise mistakes.errors[0] from None


def _validated(model: type[Model], values: dict[str, Any]) -> tuple[Model | None, list[ErrorDetails]]:
    """The instance, and every mistake; a value of another kind that pydantic would convert is one of them."""
    instance: Model | None = None
    entries: list[ErrorDetails] = []
    try:
        instance = model.model_validate(values)
    except ValidationError as error:
        entries = error.errors()
    entries = [entry for entry in entries if not _follows(entry, entries)]
    located = {entry["loc"] for entry in entries}
    return instance, entries + [entry for entry in _strictly(model, values) if entry["loc"] not in located]


def _follows(entry: ErrorDetails, entries: Sequence[ErrorDetails]) -> bool:
    """Whether a list is called too short only because an entry of it has a mistake of its own."""
    place = entry["loc"]
    inside = (other["loc"] for other in entries if len(other["loc"]) > len(place))
    return entry["type"] == "too_short" and any(other[: len(place)] == place for other in inside)


def _strictly(model: type[BaseModel], values: dict[str, Any]) -> list[ErrorDetails]:
    try:
        # Strict about JSON, not about Python's own types: lists may be tuples there, and texts dates or paths.
        model.model_validate_json(to_json(values, inf_nan_mode="constants", fallback=str), strict=True)
    except ValidationError as error:
        return [entry for entry in error.errors() if _is_of_another_kind(entry)]
    except ValueError:
        # File names that are no UTF-8 cannot be JSON.
        return []
    return []


def _is_of_another_kind(entry: ErrorDetails) -> bool:
    # Keys of JSON are texts always; an int for a bool, or 3.0 for an int, has one meaning only.
    wanted = entry["type"] in ("int_type", "float_type", "bool_type")
    return wanted and isinstance(entry["input"], (bool, str)) and "[key]" not in entry["loc"]


def _as_user_error(
    entry: Mapping[str, Any],
    model: type[BaseModel],
    file: str | Path | None,
    prefix: Sequence[str | int],
    locate: Locate | None,
) -> UserError:
    path = [*prefix, *_written_path(entry["loc"])]
    # A validator of a whole mapping knows which of its keys is wrong; pydantic keeps the error that it raised.
    path += getattr(entry.get("ctx", {}).get("error"), "within", ())
    hint = None
    if entry["type"] == "extra_forbidden":
        message = "unknown key"
        fields = list(_fields_at(model, entry["loc"][:-1]))
        hint = did_you_mean(str(entry["loc"][-1]), fields) if fields else "it takes none"
    elif entry["type"] == "missing":
        message, path = f"missing key '{path[-1]}'", path[:-1]
    else:
        message = _plain(entry)
    line = locate(path) if locate is not None else None
    return UserError(message, file=file, line=line, key=".".join(map(str, path)) or None, hint=hint)


# Pydantic's words for what people do not call so.
_IN_OTHER_WORDS = {
    "dict_type": "a mapping (KEY: VALUE)",
    "model_type": "a mapping (KEY: VALUE)",
    "model_attributes_type": "a mapping (KEY: VALUE)",
    "list_type": "a list ([..])",
    "tuple_type": "a list ([..])",
    "string_type": "text (in quotes, where it looks like a number)",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "finite_number": "a finite number",
}


def _plain(entry: Mapping[str, Any]) -> str:
    kind, given = entry["type"], entry["input"]
    text = str(entry["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    if kind == "value_error":
        return text
    if isinstance(given, str):
        given = shown_address(given) if "://" in given else given
    shown = repr(given) if isinstance(given, (str, int, float, bool, type(None))) else f"a {type(given).__name__}"
    if kind in _IN_OTHER_WORDS:
        return f"{shown}: should be {_IN_OTHER_WORDS[kind]}"
    if kind == "too_short" and not given:
        return "should not be empty"
    if kind.startswith("date"):
        return f"{shown}: should be a date such as 2026-03-01"
    if kind == "string_pattern_mismatch":
        return f"{shown}: should match {entry['ctx']['pattern']}"
    return f"{shown}: should be {text}" if str(entry["msg"]).startswith("Input should") else f"{shown}: {text}"


def _written_path(loc: Sequence[str | int]) -> list[str | int]:
    # Pydantic adds the names of union members to a location; what the user wrote has none of these.
    return [part for part in loc if not (isinstance(part, str) and ("[" in part or part in _TYPE_WORDS))]


_TYPE_WORDS = {"int", "str", "float", "bool", "constrained-str", "constrained-int"}


def _fields_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    current: Any = model
    for part in loc:
        field = getattr(current, "model_fields", {}).get(part)
        # What is no field is a key of a mapping or a place in a list, whose values are of the type found already.
        current = _model_in(field.annotation) if field is not None else current
    return list(getattr(current, "model_fields", {}))


def _model_in(annotation: Any) -> Any:
    """The model that an annotation is or holds (``Model | None``, ``dict[str, Model]``); None where there is none."""
    if hasattr(annotation, "model_fields"):
        return annotation
    return next((part_model for part in get_args(annotation) if (part_model := _model_in(part)) is not None), None)
