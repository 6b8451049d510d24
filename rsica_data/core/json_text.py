"""JSON: bounded in size, nesting and digits; no key twice, no value that could not be written again."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from rsica_data.core.errors import UserError
from rsica_data.core.raw import LEAST_LIMIT, largest_document, read_bytes, read_lines
from rsica_data.core.text_encoding import decoded

Numbers = Literal["refuse", "text", "null"]
Surrogates = Literal["refuse", "keep", "replace"]

DEEPEST = 64
"""Levels of lists and objects in one another. Our own files have about ten, GeoJSON has nine."""

_TOO_DEEP = f"nested more than {DEEPEST} levels deep"
_LONGEST_MESSAGE = 200
_SURROGATE = re.compile("[\ud800-\udfff]")
# All digits, and the sign of an exponent, as zeros: what a long number looks like is then found in a third of the time
# that an expression takes.
_DIGITS_AS_ZEROS = bytes.maketrans(b"123456789+E", b"0000000000e")
_LONG_WHOLE_NUMBER, _LARGE_EXPONENT = b"0" * 19, b"0e000"
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
# A count that somebody got wrong has no more; Python's own limit on whole numbers.
_MOST_DIGITS_OF_NULL = 4300
# Bytes of memory that Python needs: a list, an object, an entry of an object, an item.
_MEMORY = {"[": 72, "{": 80, ":": 60, ",": 60}
_MEMORY_PER_BYTE = 4
_ALWAYS_READ = _MEMORY_PER_BYTE * LEAST_LIMIT // max(_MEMORY.values())
"""Length of a text that holds few enough values whatever the limit is: the lines of most files."""
_DECODER = json.JSONDecoder(parse_int=str)
# What is looked for in a text is read from a few starts, together at most so many times the text's length. A failed
# start costs the length of what stands before it too: the error counts its lines.
_STARTS = 64
_READINGS = 8
_START = re.compile(r"[{\[]")


class JsonTextError(ValueError):
    """A text that is no JSON, or JSON beyond the limits; ``line`` is the line in the text where it is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        self.message, self.line = message, line
        super().__init__(message)


class JsonLimitError(JsonTextError):
    """JSON that is not read all the same: nested too deeply, too many values, or one that could not be written."""


def loads(
    text: str,
    *,
    numbers: Numbers = "refuse",
    surrogates: Surrogates = "keep",
    nan_as_null: bool = False,
    repeated_keys: bool = False,
) -> Any:
    r"""The value of a JSON text.

    Args:
        text: JSON.
        numbers: what numbers become that neither 64 bits nor a float hold: an error, their digits as text, or None.
        surrogates: what happens to half surrogate pairs in texts, which are written as escapes (``\ud83d``) and cannot
            be written as UTF-8: an error, nothing, or U+FFFD in their place.
        nan_as_null: ``NaN`` and ``Infinity``, which some writers of JSON leave, become None; else they are errors.
        repeated_keys: of a key that appears twice in one object the last value counts; else it is an error.

    Raises:
        JsonTextError: not JSON, or a key that appears twice in one object.
        JsonLimitError: nested more than `DEEPEST` levels, too much for memory, or a value that the arguments refuse.
    """
    if text.startswith("\ufeff"):
        raise JsonTextError("not valid JSON: begins with a byte order mark", 1)
    _check_memory(text)
    exact = _may_hold_large_number(text)
    try:
        value = _decoder(numbers if exact else None, nan_as_null, repeated_keys).decode(text)
    except json.JSONDecodeError as error:
        raise JsonTextError(f"not valid JSON: {error.msg} (column {error.colno})", error.lineno) from None
    except RecursionError:
        raise JsonLimitError(_TOO_DEEP) from None
    _check_depth(value, text)
    if surrogates != "keep" and _SURROGATE_ESCAPE.search(text):
        value = _without_surrogates(value, surrogates)
    return value


@cache
def _decoder(numbers: Numbers | None, nan_as_null: bool, repeated_keys: bool) -> json.JSONDecoder:
    """What reads JSON in one way of :func:`loads`, made once: making it takes longer than reading a line."""
    return json.JSONDecoder(
        object_pairs_hook=None if repeated_keys else _object,
        parse_constant=_null if nan_as_null else _refuse_constant,
        parse_int=None if numbers is None else _INTEGERS[numbers],
        parse_float=None if numbers is None else _FLOATS[numbers],
    )


def begins_with_value(text: str) -> bool:
    """Whether a text begins with a whole JSON value, whatever stands after it."""
    try:
        _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return True


def find_value(text: str, *, surrogates: Surrogates = "keep", repeated_keys: bool = False) -> Any:
    """The first object or array in a text that is more than JSON, such as a model's words.

    Args:
        text: any text. At most 64 brackets are tried, and at most eight times its length is read, however many open.
        surrogates: as for :func:`loads`.
        repeated_keys: as for :func:`loads`.

    Raises:
        JsonTextError: there is none, or none among what was read.
        JsonLimitError: as :func:`loads`, of the first.
    """
    left = _READINGS * len(text)
    for match in islice(_START.finditer(text), _STARTS):
        start = match.start()
        try:
            end = _DECODER.raw_decode(text, start)[1]
            return loads(text[start:end], surrogates=surrogates, repeated_keys=repeated_keys)
        except json.JSONDecodeError as error:
            left -= error.pos - start + 1
        except RecursionError:
            raise JsonLimitError(_TOO_DEEP) from None
        except JsonLimitError:
            raise
        except JsonTextError:
            left -= 2 * (end - start)
        if left < 0:
            break
    raise JsonTextError("holds no JSON object or array")


def _check_memory(text: str) -> None:
    if len(text) <= _ALWAYS_READ:
        return
    limit = _MEMORY_PER_BYTE * largest_document()
    # Signs inside texts count too: they are few beside what the limit allows.
    if len(text) > limit / max(_MEMORY.values()) and sum(text.count(c) * n for c, n in _MEMORY.items()) > limit:
        raise JsonLimitError("holds more values than are read into memory (RSICA_MAX_READ_MB raises the limit)")


def _may_hold_large_number(text: str) -> bool:
    """Whether a number may be more than 64 bits hold, or more than a float: then each is looked at by itself."""
    shape = text.encode("utf-8", "surrogatepass").translate(_DIGITS_AS_ZEROS)
    return _LONG_WHOLE_NUMBER in shape or _LARGE_EXPONENT in shape


def _check_depth(value: Any, text: str) -> None:
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    level = [value] if isinstance(value, (list, dict)) else []
    for _ in range(DEEPEST):
        level = [
            part
            for container in level
            for part in (container.values() if type(container) is dict else container)
            if type(part) is dict or type(part) is list
        ]
        if not level:
            return
    raise JsonLimitError(_TOO_DEEP)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        name = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise JsonTextError(f"key '{short(name)}' appears twice in one object")
    return members


def _null(word: str) -> None:
    return None


def _refuse_constant(word: str) -> Any:
    raise JsonTextError(f"{word} is no number of JSON")


def _integer_or_text(digits: str) -> int | str:
    # More digits than 64 bits have are not converted at all: that takes time by the square of their number.
    value = int(digits) if len(digits) <= 20 else None
    return value if value is not None and -(2**63) <= value < 2**63 else digits


def _integer(digits: str) -> int:
    value = _integer_or_text(digits)
    if isinstance(value, str):
        raise JsonLimitError(f"a whole number of {len(digits.lstrip('-'))} digits is too large")
    return value


def _float_or_text(digits: str) -> float | str:
    value = float(digits)
    return value if math.isfinite(value) else digits


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise JsonLimitError(f"the number {short(digits)} is too large")
    return value


def _integer_or_null(digits: str) -> int | None:
    if len(digits) > _MOST_DIGITS_OF_NULL:
        return _integer(digits)
    value = _integer_or_text(digits)
    return None if isinstance(value, str) else value


def _float_or_null(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None


_INTEGERS = {"refuse": _integer, "text": _integer_or_text, "null": _integer_or_null}
_FLOATS = {"refuse": _float, "text": _float_or_text, "null": _float_or_null}


def _without_surrogates(value: Any, how: Surrogates) -> Any:
    if isinstance(value, str):
        if not _SURROGATE.search(value):
            return value
        if how == "refuse":
            raise JsonLimitError(f"half of a surrogate pair stands in the text {short(value)!a}")
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_surrogates(part, how) for part in value]
    if isinstance(value, dict):
        return {_without_surrogates(key, how): _without_surrogates(part, how) for key, part in value.items()}
    return value


def short(text: str) -> str:
    """A text cut to what an error line can show."""
    return text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + "..."


def parse_json(
    text: str,
    path: Path | str,
    *,
    line: int | None = None,
    key: str | None = None,
    hint: str | None = None,
    numbers: Numbers = "refuse",
    surrogates: Surrogates = "refuse",
    nan_as_null: bool = False,
) -> Any:
    """As :func:`loads`, of a text that stands in a file.

    Args:
        text: JSON.
        path: the file, for messages.
        line: line of the text in the file, where the text is one line.
        key: option or key that named the file, or the column in which the text stands.
        hint: what would be right.
        numbers: as for :func:`loads`.
        surrogates: as for :func:`loads`.
        nan_as_null: as for :func:`loads`.

    Raises:
        UserError: as :func:`loads`.
    """
    try:
        return loads(text, numbers=numbers, surrogates=surrogates, nan_as_null=nan_as_null)
    except JsonTextError as error:
        raise UserError(error.message, file=path, line=line or error.line, key=key, hint=hint) from None


def read_json(
    path: Path,
    *,
    own: bool = False,
    unpack: bool = False,
    limit: int | None = None,
    key: str | None = None,
    hint: str | None = None,
    numbers: Numbers = "refuse",
    surrogates: Surrogates = "refuse",
    nan_as_null: bool = False,
) -> Any:
    """The value of a JSON file.

    Args:
        path: the file.
        own: a file that rsica wrote: UTF-8 without byte order mark.
        unpack: unpack gzip.
        limit: most bytes; None for :func:`rsica_data.core.raw.largest_document`.
        key: option or key that named the file.
        hint: what would be right.
        numbers: as for :func:`loads`.
        surrogates: as for :func:`loads`.
        nan_as_null: as for :func:`loads`.

    Raises:
        UserError: cannot be read, too large, or as :func:`loads`.
    """
    text = decoded(read_bytes(path, unpack=unpack, limit=limit, key=key), path, own=own, key=key)
    if not text.strip():
        raise UserError("is empty", file=path, key=key, hint=hint)
    return parse_json(text, path, key=key, hint=hint, numbers=numbers, surrogates=surrogates, nan_as_null=nan_as_null)


def read_json_object(path: Path, what: str, *, own: bool = True, key: str | None = None) -> dict[str, Any]:
    """The object that a JSON file holds.

    Args:
        path: the file.
        what: what it should be ("the manifest of a dataset").
        own: as for :func:`read_json`.
        key: as for :func:`read_json`.

    Raises:
        UserError: as :func:`read_json`, or it holds something else than an object.
    """
    return need_object(read_json(path, own=own, key=key), what, path, key=key)


def need_object(
    value: Any, what: str, path: Path | str, *, line: int | None = None, key: str | None = None
) -> dict[str, Any]:
    """``value``, where it is a JSON object.

    Raises:
        UserError: it is not.
    """
    if not isinstance(value, dict):
        raise UserError(f"not {what}: {kind_of(value)}, not a JSON object", file=path, line=line, key=key)
    return value


def kind_of(value: Any) -> str:
    """What JSON calls a value: ``a list``, ``a text``, ``a number``, ``null``, ``true or false``, ``an object``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    for kind, name in ((dict, "an object"), (list, "a list"), (str, "a text")):
        if isinstance(value, kind):
            return name
    return "a number"


def read_json_lines(
    path: Path,
    what: str,
    *,
    own: bool = True,
    unpack: bool = False,
    key: str | None = None,
    surrogates: Surrogates = "keep",
    nan_as_null: bool = False,
    numbers: Numbers = "refuse",
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file of JSON lines, each with its line from 1, one in memory at a time.

    Args:
        path: the file.
        what: what a line should be ("a feature").
        own: as for :func:`read_json`.
        unpack: as for :func:`read_json`.
        key: as for :func:`read_json`.
        surrogates: as for :func:`read_json`.
        nan_as_null: as for :func:`read_json`.
        numbers: as for :func:`read_json`.

    Raises:
        UserError: as :func:`read_json`, with the line.
    """
    for number, data in read_lines(path, unpack=unpack, key=key):
        text = decoded(data, path, own=own or number > 1, line=number, key=key)
        value = parse_json(
            text, path, line=number, key=key, surrogates=surrogates, nan_as_null=nan_as_null, numbers=numbers
        )
        yield number, need_object(value, what, path, line=number, key=key)
