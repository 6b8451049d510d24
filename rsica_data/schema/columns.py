"""Records as Arrow arrays, a column at a time: no dictionary for each row, and nothing copied twice.

The type says what is taken: the fields of a struct are attributes of the records, a list holds one array of all its
values. ``pa.array`` over rows of dictionaries gives equal arrays and takes several times as long; where pandas is
installed it also imports that first, a third of a second. Values of the types below become buffers without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

if TYPE_CHECKING:
    from rsica_data.schema.records import EncodedImage

Getter = Callable[[Any], Any]

IMAGE_TYPE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
"""An encoded image: ``EncodedImage``."""

TAGS_TYPE = pa.list_(pa.struct([("key", pa.string()), ("value", pa.string())]))
"""A mapping of texts to texts, sorted by key."""


_NUMBERS: dict[pa.DataType, tuple[type, Any]] = {
    pa.int32(): (int, np.int32),
    pa.int64(): (int, np.int64),
    pa.float64(): (float, np.float64),
}
_LARGEST_OFFSET = 2**31 - 1
_SMALLEST_BUFFER = 1 << 20
_LARGEST_KEPT, _MOST_KEPT = 32 << 20, 3
_FREE_BUFFERS: list[pa.Buffer] = []
"""Memory of columns of images that are done with, for those to come."""
_NONE = type(None)


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
    return _plain(records, kind)


class ImageColumn:
    """A column of encoded images, taken up one by one and copied while the processor's caches still hold them.

    The caller may then free them, and reads the next image into the same memory. The column's own memory is used again
    after :meth:`clear`, and by other columns after :meth:`release`: no array that it gave may be in use by then.

    >>> from rsica_data.schema.records import EncodedImage
    >>> images = ImageColumn()
    >>> images.append(EncodedImage("A/1.png", b"12"))
    >>> images.append(None)
    >>> images.array().to_pylist()
    [{'bytes': b'12', 'path': 'A/1.png'}, None]
    """

    def __init__(self) -> None:
        self._buffer: pa.Buffer | None = None
        self._target = memoryview(b"")
        self.clear()

    def clear(self) -> None:
        """Leave out all images."""
        self._paths: list[str | None] = []
        self._sizes: list[int | None] = []
        self._end = 0

    def release(self) -> None:
        """Leave out all images, and leave the memory to the next column."""
        self.clear()
        if self._buffer is not None and self._buffer.size <= _LARGEST_KEPT and len(_FREE_BUFFERS) < _MOST_KEPT:
            _FREE_BUFFERS.append(self._buffer)
            _FREE_BUFFERS.sort(key=attrgetter("size"))
        self._buffer, self._target = None, memoryview(b"")

    def append(self, image: EncodedImage | None) -> None:
        """Take up an image.

        Raises:
            ValueError: all of them are too large for one column.
        """
        if image is None:
            self._paths.append(None)
            self._sizes.append(None)
            return
        data = image.data
        start, end = self._end, self._end + len(data)
        if self._buffer is None or end > self._buffer.size:
            self._grow(end)
        self._target[start:end] = data
        self._paths.append(image.path)
        self._sizes.append(len(data))
        self._end = end

    def _grow(self, needed: int) -> None:
        if needed > _LARGEST_OFFSET:
            raise ValueError(f"the images of one row group are {needed} bytes")
        # New memory costs more than a copy: it comes page by page, each filled with zeros first.
        memory = _FREE_BUFFERS.pop() if self._buffer is None and _FREE_BUFFERS else None
        if memory is None or memory.size < needed:
            memory = pa.allocate_buffer(min(max(_SMALLEST_BUFFER, 2 * needed), _LARGEST_OFFSET))
        target = memoryview(memory).cast("B")
        if self._buffer is not None:
            target[: self._end] = self._target[: self._end]
        self._buffer, self._target = memory, target

    def array(self) -> pa.Array:
        """The images as :func:`column` gives them of a list."""
        count = len(self._sizes)
        if self._buffer is None:
            return pa.nulls(count, IMAGE_TYPE)
        null = _nulls(self._sizes) if None in self._sizes else None
        offsets = _offsets([size or 0 for size in self._sizes])
        buffers = [_validity(null), offsets, self._buffer.slice(0, self._end)]
        parts = [pa.Array.from_buffers(pa.binary(), count, buffers), _plain(self._paths, pa.string())]
        return pa.Array.from_buffers(IMAGE_TYPE, count, [_validity(null)], children=parts)


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


def _plain(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    types = set(map(type, values))
    null = _nulls(values) if _NONE in types else None
    types.discard(_NONE)
    if not types:
        return pa.nulls(len(values), kind)
    array = None
    if types == {str} and kind == pa.string():
        array = _texts(values, kind, null)
    elif types == {bytes} and kind == pa.binary():
        array = _blobs([value or b"" for value in values] if null is not None else values, kind, null)
    elif types == {bool} and kind == pa.bool_():
        array = pa.Array.from_buffers(kind, len(values), [_validity(null), _bits(np.array(values, np.bool_))])
    elif kind in _NUMBERS and types == {_NUMBERS[kind][0]}:
        filled = values if null is None else [0 if value is None else value for value in values]
        data = pa.py_buffer(np.array(filled, _NUMBERS[kind][1]))
        array = pa.Array.from_buffers(kind, len(values), [_validity(null), data])
    return pa.array(values, kind) if array is None else array


def _texts(values: Sequence[str | None], kind: pa.DataType, null: NDArray[np.bool_] | None) -> pa.Array | None:
    known = [value or "" for value in values] if null is not None else values
    whole = "".join(known)  # type: ignore[arg-type]
    if not whole.isascii():
        return _sized([value.encode() for value in known if value is not None], kind, null)
    return _of_sizes(list(map(len, known)), whole.encode(), kind, null)  # type: ignore[arg-type]


def _blobs(values: Sequence[bytes], kind: pa.DataType, null: NDArray[np.bool_] | None) -> pa.Array | None:
    """As `_sized`, in memory that Arrow's pool keeps for the next row group: new memory costs more than the copy."""
    sizes = list(map(len, values))
    if sum(sizes) > _LARGEST_OFFSET:
        return None
    data = pa.allocate_buffer(sum(sizes))
    target, at = memoryview(data).cast("B"), 0
    for size, value in zip(sizes, values, strict=True):
        target[at : at + size] = value
        at += size
    return pa.Array.from_buffers(kind, len(sizes), [_validity(null), _offsets(sizes), data])


def _sized(values: Sequence[bytes], kind: pa.DataType, null: NDArray[np.bool_] | None) -> pa.Array | None:
    return _of_sizes(list(map(len, values)), b"".join(values), kind, null)


def _of_sizes(sizes: list[int], data: bytes, kind: pa.DataType, null: NDArray[np.bool_] | None) -> pa.Array | None:
    """An array of texts or bytes that follow each other in ``data``; None where they are too many bytes for one."""
    if len(data) > _LARGEST_OFFSET:
        return None
    return pa.Array.from_buffers(kind, len(sizes), [_validity(null), _offsets(sizes), pa.py_buffer(data)])


def _offsets(sizes: list[int]) -> pa.Buffer:
    offsets = np.zeros(len(sizes) + 1, np.int32)
    np.cumsum(sizes, out=offsets[1:])
    return pa.py_buffer(offsets)


def _bits(values: NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(values, bitorder="little"))


def _validity(null: NDArray[np.bool_] | None) -> pa.Buffer | None:
    return None if null is None else _bits(~null)


def _nulls(values: Sequence[Any]) -> NDArray[np.bool_]:
    return np.array([value is None for value in values], np.bool_)


def _list(records: Sequence[Sequence[Any] | None], kind: pa.DataType) -> pa.Array:
    validity = None
    known: Sequence[Any] = records
    if _NONE in set(map(type, records)):
        validity = _validity(_nulls(records))
        known = [() if values is None else values for values in records]
    values = column(list(chain.from_iterable(known)), kind.value_type)
    buffers = [validity, _offsets(list(map(len, known)))]
    return pa.Array.from_buffers(kind, len(records), buffers, children=[values])


def _struct(records: Sequence[Any], kind: pa.DataType) -> pa.Array:
    types = set(map(type, records))
    if types <= {_NONE}:
        return pa.nulls(len(records), kind)
    some_null = _NONE in types
    arrays = []
    for field in (kind.field(number) for number in range(kind.num_fields)):
        of = attrgetter("data" if field.name == "bytes" and kind == IMAGE_TYPE else field.name)
        values = [None if record is None else of(record) for record in records] if some_null else map(of, records)
        arrays.append(column(list(values), field.type))
    buffers = [_validity(_nulls(records)) if some_null else None]
    return pa.Array.from_buffers(kind, len(records), buffers, children=arrays)
