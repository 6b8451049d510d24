"""Fields of rows that others wrote: where the reply stands, and what says which question it belongs to."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from rsica_bench.files.row_files import ID_FIELDS, LIKELY_FIELDS, POSITION, REPLY_FIELDS, FileRow, one_text
from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.core.files import dump_json


def value_at(fields: Mapping[str, Any], path: str) -> Any:
    """The value of a field; ``doc.image_id`` and ``choices.0.text`` go into objects and lists.

    Raises:
        LookupError: there is none.
    """
    if path in fields:
        return fields[path]
    value: Any = fields
    for part in path.split("."):
        if isinstance(value, list) and part.isdigit():
            value = value[int(part)]
        elif isinstance(value, dict):
            value = value[part]
        else:
            raise LookupError(path)
    return value


def field_of(row: FileRow, path: str, option: str) -> Any:
    """The value of the field that ``option`` names.

    Raises:
        UserError: the row has no such field.
    """
    try:
        return value_at(row.fields, path)
    except LookupError:
        hint = did_you_mean(path, [name for name, _ in _leaves(row.fields)])
        raise row.mistake(f"has no field '{path}', which {option}{path} names", hint) from None


def reply_of(row: FileRow, field: str | None = None, option: str = "--set field=") -> str | None:
    """The reply of a row as text; None where it says that there was none.

    Args:
        row: the row.
        field: the field that holds it; None for ``raw``, ``reply`` or ``text``, for ``caption`` beside an
            ``image_id``, and for what lmms-eval writes.
        option: how a user names the field.

    Raises:
        UserError: the row has no such field; the message offers the one that was probably meant.
    """
    if field is not None:
        return _as_text(row, _unwrapped(row, field_of(row, field, option)))
    for name in REPLY_FIELDS:
        if name in row.fields:
            if name == "text":
                _refuse_two(row, option)
            return _as_text(row, row.fields[name])
    if row.is_sample:
        return _sample_reply(row)
    if row.is_caption:
        return _as_text(row, row.fields["caption"])
    raise _no_reply(row, option)


def _refuse_two(row: FileRow, option: str) -> None:
    """Raise where a row has a ``text``, which is also what questions are called, beside another likely reply."""
    other = next((name for name in LIKELY_FIELDS if isinstance(row.fields.get(name), str)), None)
    if other is not None:
        raise row.mistake(f"'text' and '{other}' may both be the reply", f"say which: {option}{other} or {option}text")


def _no_reply(row: FileRow, option: str) -> UserError:
    problem = f"has no field '{REPLY_FIELDS[0]}', the reply as the model wrote it"
    texts = [name for name, value in row.fields.items() if isinstance(value, str) or one_text(value) is not None]
    likely = next((name for name in LIKELY_FIELDS if name in row.fields), None)
    others = [name for name in texts if name not in (*ID_FIELDS, "task", "prompt", "question", "split", "reason")]
    if likely is None and len(others) == 1:
        likely = others[0]
    if likely is not None:
        return row.mistake(problem, f"if '{likely}' holds it, add {option}{likely}")
    return row.mistake(
        problem, f"name the field that holds it: {option}NAME; fields: {', '.join(row.fields) or 'none'}"
    )


def _as_text(row: FileRow, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    try:
        return dump_json(value)
    except ValueError:
        raise row.mistake("not a row of predictions: the reply is no value of JSON") from None


def _unwrapped(row: FileRow, value: Any) -> Any:
    """The text of a list that holds one text alone."""
    if isinstance(value, list) and len(value) > 1 and all(isinstance(one, str) for one in value):
        raise row.mistake(f"holds {len(value)} replies, one is scored")
    return value if one_text(value) is None else value[0]


def _sample_reply(row: FileRow) -> str | None:
    """The raw reply of a sample row where there is one alone, else the one that its filters chose."""
    counts = []
    for name in ("resps", "filtered_resps"):
        if name in row.fields:
            parts = list(_flat(row.fields[name]))
            if len(parts) == 1 and isinstance(parts[0], str):
                return parts[0]
            if any(not isinstance(part, str) for part in parts):
                raise row.mistake(f"'{name}' holds likelihoods, not the text of a reply", "log a generate_until task")
            counts.append(len(parts))
    if not any(counts):
        return None
    raise row.mistake(f"holds {max(counts)} replies to one question, one is scored")


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for part in value:
            yield from _flat(part)
    elif value is not None:
        yield value


def _leaves(fields: Mapping[str, Any], depth: int = 3) -> Iterator[tuple[str, Any]]:
    """Fields with a text or a whole number, those in objects as ``doc.image_id``."""
    for name, value in fields.items():
        if isinstance(value, dict) and depth:
            yield from ((f"{name}.{inner}", leaf) for inner, leaf in _leaves(value, depth - 1))
        elif isinstance(value, (str, int)) and not isinstance(value, bool):
            yield name, value


def field_of_ids(rows: Sequence[FileRow], known: Container[str]) -> str | None:
    """The field that holds one of the ``known`` ids in every row, a different one in each; None where none does."""
    names = [name for name, value in _leaves(rows[0].fields) if str(value) in known] if rows else []
    last = len(ID_FIELDS)
    names.sort(key=lambda name: ID_FIELDS.index(name) if name in ID_FIELDS else last + (name == POSITION))
    for name in names:
        values = [_value_or_none(row, name) for row in rows]
        if all(value in known for value in values) and len(set(values)) == len(values):
            return name
    return None


def _value_or_none(row: FileRow, name: str) -> str:
    try:
        return str(value_at(row.fields, name))
    except LookupError:
        return "\0"


def positions(rows: Sequence[FileRow]) -> list[int]:
    """Places of rows in the order of their dataset, from 0: ``doc_id`` of sample rows, else the order of the file.

    Raises:
        UserError: a ``doc_id`` is no whole number, or appears twice.
    """
    if not rows or not all(row.is_sample for row in rows):
        return list(range(len(rows)))
    met: set[int] = set()
    for row in rows:
        place = row.fields[POSITION]
        if isinstance(place, bool) or not isinstance(place, int) or place < 0:
            raise row.mistake(f"{POSITION} {place!r} is no whole number from 0")
        if place in met:
            raise row.mistake(f"{POSITION} {place} appears twice, with different replies")
        met.add(place)
    return [row.fields[POSITION] for row in rows]


def target_agrees(row: FileRow, texts: Sequence[str]) -> bool | None:
    """Whether the ``target`` that lmms-eval logged is one of the gold texts; None where it logged none."""
    target = _letters(str(row.fields.get("target") or ""))
    if target in ("", "none"):
        return None
    return any(text and (text in target or target in text) for text in map(_letters, texts))


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
