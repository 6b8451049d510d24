"""What the pages of a Parquet file unpack to, by the headers of the pages themselves.

The footer may say anything: what is unpacked, and what memory is made for, is what stands before each page. The headers
are Thrift's compact protocol; only the few fields that tell sizes are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_LARGEST_HEADER = 16 << 20
_FIRST_READ = 4096
_LEFT_OUT = 100
"""Bytes of a dictionary's page header, which early writers did not count."""
_DEEPEST = 16
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_KIND, _UNPACKED, _PACKED, _DATA, _DICTIONARY, _DATA_2 = 1, 2, 3, 5, 7, 8
_VALUES, _DATA_ENCODING, _DATA_2_ENCODING = 1, 2, 4
_BY_DICTIONARY = frozenset({2, 8})


class PageError(ValueError):
    """A page header that cannot be read."""


@dataclass(frozen=True, slots=True)
class Page:
    """Bytes of a page unpacked and in the file, its number of values, and whether these are places in a dictionary."""

    unpacked: int
    packed: int
    values: int
    is_dictionary: bool
    by_dictionary: bool
    data_at: int


def pages(stream: BinaryIO, start: int, size: int) -> Iterator[Page]:
    """The pages of a column chunk, in order.

    Args:
        stream: the file.
        start: where the chunk's first page begins.
        size: bytes of the chunk.

    Raises:
        PageError: a header is no page's, or a page ends outside the chunk.
    """
    at, end = start, start + size
    while at < end:
        fields, length = _header(stream, at)
        unpacked, packed = _number(fields, _UNPACKED), _number(fields, _PACKED)
        data, other = fields.get(_DATA), fields.get(_DATA_2)
        about = data if isinstance(data, dict) else other if isinstance(other, dict) else {}
        dictionary = fields.get(_DICTIONARY)
        entries = dictionary if isinstance(dictionary, dict) else about
        encoding = about.get(_DATA_ENCODING if about is data else _DATA_2_ENCODING)
        yield Page(
            unpacked,
            packed,
            _number(entries, _VALUES) if entries else 0,
            isinstance(dictionary, dict),
            encoding in _BY_DICTIONARY,
            at + length,
        )
        at += length + packed
    if at > end + _LEFT_OUT:
        raise PageError("a page ends outside its column")


_Fields = dict[int, "int | _Fields | None"]


def _number(fields: _Fields, name: int) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or value < 0:
        raise PageError("a page header without sizes")
    return value


def _header(stream: BinaryIO, at: int) -> tuple[_Fields, int]:
    room = _FIRST_READ
    while True:
        stream.seek(at)
        data = stream.read(room)
        try:
            reader = _Reader(data)
            return reader.struct(0), reader.at
        except IndexError:
            # Statistics hold the least and the largest value, which may be long.
            if len(data) < room or room >= _LARGEST_HEADER:
                raise PageError("a page header is cut short") from None
            room *= 16


class _Reader:
    """Thrift's compact protocol: numbers and structs are kept, everything else is passed over."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return value
            shift += 7
            if shift > 63:
                raise PageError("a page header with a number without end")

    def zigzag(self) -> int:
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def skip(self, length: int) -> None:
        self.at += length
        if self.at > len(self.data):
            raise IndexError

    def struct(self, depth: int) -> _Fields:
        if depth > _DEEPEST:
            raise PageError("a page header that is nested too deeply")
        fields: _Fields = {}
        name = 0
        while (head := self.byte()) != 0:
            step, kind = head >> 4, head & 15
            name = name + step if step else self.zigzag()
            fields[name] = self.value(kind, depth, in_struct=True)
        return fields

    def value(self, kind: int, depth: int, *, in_struct: bool = False) -> int | _Fields | None:
        if kind in (_TRUE, _FALSE):
            return int(kind == _TRUE) if in_struct else self.byte()
        if kind == _BYTE:
            return self.byte()
        if kind in (_I16, _I32, _I64):
            return self.zigzag()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        self.others(kind, depth)
        return None

    def others(self, kind: int, depth: int) -> None:
        if kind == _DOUBLE:
            self.skip(8)
        elif kind == _BINARY:
            self.skip(self.varint())
        elif kind in (_LIST, _SET):
            head = self.byte()
            count = head >> 4 if head >> 4 != 15 else self.varint()
            for _ in range(count):
                self.value(head & 15, depth + 1)
        else:
            raise PageError("a page header with a field of an unknown type")
