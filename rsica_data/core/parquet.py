"""Parquet files: damage, footers that lie and columns of other types end in one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from rsica_data.core.errors import UserError
from rsica_data.core.json_text import short
from rsica_data.core.parquet_pages import Page, PageError, pages
from rsica_data.core.raw import open_regular

_LARGEST_FOOTER = 64 << 20
_MOST_COLUMNS = 10_000
_LARGEST_GROUP = 4 << 30
_ANY_SIZE_BELOW, _LARGEST_RATIO = 256 << 20, 40
"""Bytes of all pages unpacked; past the first, as many times the file. Tables of polygons and of texts shrink two- to
tenfold, pages of zeros ten thousandfold."""
_ANY_VALUES_BELOW, _VALUES_A_BYTE = 4_000_000, 64
"""Values of a column of a group of rows, and rows: runs of one value need no bytes."""
_MOST_EXPANDED = 1 << 30

DAMAGE = (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError, MemoryError)
"""What reading a damaged file raises: Arrow checks neither that texts are UTF-8 nor that dates are dates."""


@contextmanager
def opened_parquet(path: Path, *, hint: str | None = None) -> Iterator[pq.ParquetFile]:
    """An open Parquet file; damage that is met while it is open is told with the file's name.

    Checksums of pages are verified where the file has them.

    Raises:
        UserError: the file is missing, no regular file, damaged, or its footer says what cannot be.
    """
    open_regular(path).close()
    try:
        with pq.ParquetFile(
            path,
            page_checksum_verification=True,
            thrift_string_size_limit=_LARGEST_FOOTER,
            thrift_container_size_limit=_LARGEST_FOOTER,
        ) as file:
            _check_footer(file.metadata, path, hint)
            _check_pages(file, path, hint)
            yield file
    except UserError:
        raise
    except DAMAGE as error:
        raise UserError(f"damaged: {_said(error)}", file=path, hint=hint) from None


def _said(error: BaseException) -> str:
    lines = str(error).splitlines()
    return short(lines[0]) if lines else type(error).__name__


def _check_footer(metadata: Any, path: Path, hint: str | None) -> None:
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    rows = sum(group.num_rows for group in groups)
    if metadata.num_rows < 0 or any(group.num_rows < 0 for group in groups) or rows != metadata.num_rows:
        raise UserError("damaged: its footer counts other rows than its row groups", file=path, hint=hint)
    if metadata.num_columns > _MOST_COLUMNS:
        raise UserError(f"has {metadata.num_columns} columns, at most {_MOST_COLUMNS} are read", file=path, hint=hint)
    size = path.stat().st_size
    for group in groups:
        if not 0 <= group.total_byte_size <= _LARGEST_GROUP:
            problem = f"damaged: its footer says {group.total_byte_size} bytes for a group of rows"
            raise UserError(problem, file=path, hint=hint)
        for number in range(group.num_columns):
            column = group.column(number)
            inside = 0 <= column.total_compressed_size <= size and 0 <= column.data_page_offset <= size
            if not inside or column.num_values < 0:
                problem = f"damaged: its footer places column '{short(column.path_in_schema)}' outside the file"
                raise UserError(problem, file=path, hint=hint)


def _check_pages(file: pq.ParquetFile, path: Path, hint: str | None) -> None:
    """Check that the pages hold no more than the size of the file makes likely."""
    size, unpacked = path.stat().st_size, 0
    most_bytes, most_values = max(_ANY_SIZE_BELOW, _LARGEST_RATIO * size), max(_ANY_VALUES_BELOW, _VALUES_A_BYTE * size)
    if file.metadata.num_rows > most_values:
        raise UserError(f"{file.metadata.num_rows} rows in {size} bytes are not read", file=path, hint=hint)
    with open_regular(path) as stream:
        for group in (file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)):
            for column in (group.column(number) for number in range(group.num_columns)):
                try:
                    load = _chunk_load(stream, column)
                except PageError as error:
                    what = f"damaged: column '{short(column.path_in_schema)}' has {error}"
                    raise UserError(what, file=path, hint=hint) from None
                unpacked += load.unpacked
                if (
                    unpacked > most_bytes
                    or load.values > most_values
                    or load.expanded > max(most_bytes, _MOST_EXPANDED)
                ):
                    what = f"column '{short(column.path_in_schema)}' unpacks to far more than its size"
                    raise UserError(what, file=path, hint=hint)


@dataclass(frozen=True, slots=True)
class _Load:
    unpacked: int
    values: int
    expanded: int
    """Bytes of the texts that stand for places in a dictionary, at the most."""


def _chunk_load(stream: BinaryIO, column: Any) -> _Load:
    first = column.dictionary_page_offset if column.has_dictionary_page else None
    # A group without rows has a dictionary, empty, and no page of data: its place is 0 then, and nothing is read there.
    nowhere = column.data_page_offset == 0 and column.num_values == 0
    start = first if first and nowhere else min(first or column.data_page_offset, column.data_page_offset)
    unpacked = values = placed = 0
    dictionary: Page | None = None
    for page in pages(stream, start, column.total_compressed_size):
        unpacked += page.unpacked
        if page.is_dictionary:
            dictionary = page
        else:
            values += page.values
            placed += page.values if page.by_dictionary else 0
    expanded = 0
    if dictionary is not None and column.physical_type == "BYTE_ARRAY":
        # Most dictionaries are small enough whatever their entries; those of the others are measured.
        expanded = placed * dictionary.unpacked
        if expanded > _MOST_EXPANDED and dictionary.unpacked <= _ANY_SIZE_BELOW:
            expanded = placed * _longest_entry(stream, dictionary, column.compression)
    return _Load(unpacked, values, expanded)


def _longest_entry(stream: BinaryIO, page: Page, compression: str) -> int:
    """The length of the longest entry of a dictionary of texts; each stands after its length, of four bytes."""
    stream.seek(page.data_at)
    data = stream.read(page.packed)
    if compression != "UNCOMPRESSED":
        data = pa.decompress(data, page.unpacked, compression.lower(), asbytes=True)
    at = longest = 0
    for _ in range(page.values):
        length = int.from_bytes(data[at : at + 4], "little")
        longest, at = max(longest, length), at + 4 + length
        if at > len(data):
            raise PageError("a dictionary that is cut short")
    return longest


def need_columns(file: pq.ParquetFile, schema: pa.Schema, path: Path, *, hint: str | None = None) -> None:
    """Check that a file has the columns of ``schema``, each of its type. Further columns are let be.

    Raises:
        UserError: a column is missing, appears twice or is of another type.
    """
    stored = file.schema_arrow
    for field in schema:
        places = stored.get_all_field_indices(field.name)
        if len(places) != 1:
            problem = "is missing" if not places else "appears twice"
            raise UserError(f"column '{field.name}' {problem}", file=path, hint=hint)
        kind = stored.field(places[0]).type
        if not kind.equals(field.type):
            problem = f"column '{field.name}' is {short(str(kind))}, not {short(str(field.type))}"
            raise UserError(problem, file=path, hint=hint)


def read_schema(path: Path, *, hint: str | None = None) -> pa.Schema:
    """The Arrow schema of a file.

    Raises:
        UserError: as :func:`opened_parquet`.
    """
    with opened_parquet(path, hint=hint) as file:
        return file.schema_arrow


def count_rows(path: Path) -> int:
    """How many rows a file has.

    Raises:
        UserError: as :func:`opened_parquet`.
    """
    with opened_parquet(path) as file:
        return int(file.metadata.num_rows)


def read_columns(path: Path, columns: Sequence[str] | None = None, *, hint: str | None = None) -> pa.Table:
    """Some columns of a file (None for all) as one table.

    Raises:
        UserError: as :func:`opened_parquet`, or a column is missing.
    """
    with opened_parquet(path, hint=hint) as file:
        missing = [name for name in columns or () if name not in file.schema_arrow.names]
        if missing:
            raise UserError(f"column '{missing[0]}' is missing", file=path, hint=hint)
        return file.read(columns=None if columns is None else list(columns))
