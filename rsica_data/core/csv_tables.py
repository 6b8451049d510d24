"""CSV tables with a header."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from rsica_data.core.errors import UserError
from rsica_data.core.raw import read_lines
from rsica_data.core.text_encoding import decoded, read_user_text

_MOST_COLUMNS = 1000


def read_table(path: Path, *, key: str | None = None) -> tuple[tuple[str, ...], list[tuple[int, dict[str, str]]]]:
    """A CSV file: the names of its columns, and its rows with their lines.

    A row that is shorter than the header has empty texts in its place.

    Raises:
        UserError: cannot be read, no CSV, a column that appears twice, or a row that is longer than the header.
    """
    reader = csv.reader(io.StringIO(read_user_text(path, key=key), newline=""))
    rows = _rows(reader, path, key)
    _, header = next(rows, (1, []))
    _check_header(header, path, key)
    return tuple(header), [(line, _by_name(header, cells, path, line, key)) for line, cells in rows if cells]


def stream_table(path: Path, needed: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a CSV file that may be larger than memory, also gzip, with their places from 0; no cell has line breaks.

    Raises:
        UserError: as :func:`read_table`, or one of the ``needed`` columns is missing.
    """
    lines = (decoded(data, path, own=number > 1, line=number) for number, data in read_lines(path, unpack=True))
    rows = _rows(csv.reader(lines), path, None)
    _, header = next(rows, (1, []))
    _check_header(header, path, None)
    missing = [name for name in needed if name not in header]
    if missing:
        raise UserError(f"has no column '{missing[0]}'", file=path, line=1, hint="needed: " + ", ".join(needed))
    for place, (line, cells) in enumerate(rows):
        yield place, _by_name(header, cells, path, line, None)


def _rows(reader: Iterator[list[str]], path: Path, key: str | None) -> Iterator[tuple[int, list[str]]]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UserError(f"not CSV: {error}", file=path, line=_line(reader), key=key) from None
        yield _line(reader), cells


def _line(reader: Iterator[list[str]]) -> int:
    return int(getattr(reader, "line_num", 1))


def _check_header(header: list[str], path: Path, key: str | None) -> None:
    if len(header) > _MOST_COLUMNS:
        raise UserError(f"has {len(header)} columns, at most {_MOST_COLUMNS} are read", file=path, line=1, key=key)
    twice = next((name for name in header if name and header.count(name) > 1), None)
    if twice is not None:
        raise UserError(f"column '{twice}' appears twice", file=path, line=1, key=key)


def _by_name(header: list[str], cells: list[str], path: Path, line: int, key: str | None) -> dict[str, str]:
    if any(cells[len(header) :]):
        raise UserError(f"{len(cells)} cells under {len(header)} columns", file=path, line=line, key=key)
    padded = [*cells, *[""] * (len(header) - len(cells))][: len(header)]
    return dict(zip(header, padded, strict=True))
