"""Records as Arrow arrays, a column at a time: no dictionary for each row, and nothing copied twice.

The type says what is taken: the fields of a struct are attributes of the records, a list holds one array of all its
values. ``pa.array`` over rows of dictionaries gives equal arrays and takes several times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, chain
from operator import attrgetter
from typing import Any, NamedTuple

import pyarrow as pa

Getter = Callable[[Any], Any]

IMAGE_TYPE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
"""An encoded image: ``EncodedImage``."""

TAGS_TYPE = pa.list_(pa.struct([("key", pa.string()), ("value", pa.string())]))
"""A mapping of texts to texts, sorted by key."""


class _Tag(NamedTuple):
    key: str
    value: str


def column(records: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """One array of records or values, None for null.

    Args:
        records: for a struct objects with its fields as attributes, for a list sequences, else plain values. A list of
            a fixed length is never None.
        kind: the array's type.

    Returns:
        As ``pa.array`` gives it for the same values as nested dictionaries and lists.

    >>> from rsica_data.schema.records import ClassDef
    >>> classes = pa.list_(pa.struct([("id", pa.int32()), ("name", pa.string())]))
    >>> column([[ClassDef(1, "road")], None], classes).to_pylist()
    [[{'id': 1, 'name': 'road'}], None]
    """
    if kind == TAGS_TYPE:
        return _list(list(map(_tags, records)), kind)
    if pa.types.is_fixed_size_list(kind):
        values = column(list(chain.from_iterable(records)), kind.value_type)
        return pa.FixedSizeListArray.from_arrays(values, kind.list_size)
    if pa.types.is_list(kind):
        return _list(records, kind)
    if pa.types.is_struct(kind):
        return _struct(records, kind)
    return pa.array(records, kind)


def table(records: Sequence[Any], schema: pa.Schema, converted: Mapping[str, Getter]) -> pa.Table:
    """Records as a table: a column for each field of the schema.

    Args:
        records: objects with the schema's names as attributes.
        schema: names and types of the columns.
        converted: name of a column to what makes its value of a record, in place of the attribute.
    """
    columns = [list(map(converted.get(field.name) or attrgetter(field.name), records)) for field in schema]
    return pa.Table.from_arrays(
        [column(values, field.type) for values, field in zip(columns, schema, strict=True)], schema=schema
    )


def _tags(tags: Mapping[str, str] | None) -> list[_Tag] | None:
    return None if tags is None else [_Tag(key, value) for key, value in sorted(tags.items())]


def _list(records: Sequence[Sequence[Any] | None], kind: pa.DataType) -> pa.Array:
    known = [values for values in records if values is not None]
    ends = list(accumulate(0 if values is None else len(values) for values in records))
    # A null stands where the null list would begin.
    starts = [None if values is None else at for values, at in zip(records, [0, *ends], strict=False)]
    offsets = pa.array([*starts, ends[-1] if ends else 0], pa.int32())
    return pa.ListArray.from_arrays(offsets, column(list(chain.from_iterable(known)), kind.value_type))


def _struct(records: Sequence[Any], kind: pa.DataType) -> pa.Array:
    fields = [kind.field(number) for number in range(kind.num_fields)]
    null = [record is None for record in records]
    if all(null):
        return pa.nulls(len(records), kind)
    some_null = any(null)
    arrays = []
    for field in fields:
        of = attrgetter("data" if kind == IMAGE_TYPE and field.name == "bytes" else field.name)
        values = [None if record is None else of(record) for record in records] if some_null else map(of, records)
        arrays.append(column(list(values), field.type))
    return pa.StructArray.from_arrays(arrays, fields=fields, mask=pa.array(null) if some_null else None)
