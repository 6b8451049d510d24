"""Append-only journals: what is finished is recorded here after its files are in place.

A torn last line of a journal, left by a kill, is cut off when it is opened again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.files import as_failure, dump_json
from rsica_data.core.json_text import need_object, parse_json
from rsica_data.core.raw import lines_with_ends, open_regular, read_lines
from rsica_data.core.text_encoding import decoded


class Journal:
    """An append-only file of JSON objects, one a line, on disk when :meth:`append` returns.

    Use it as a context manager. Opening cuts off a torn last line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Journal:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._stream = self.path.open("ab+")
            end = _whole_lines(self.path)
            if end < self.path.stat().st_size:
                self._stream.truncate(end)
        except OSError as error:
            raise as_failure(error, self.path) from error
        return self

    def append(self, *rows: dict[str, Any]) -> None:
        """Append rows and sync once.

        Raises:
            RunError: the rows could not be written whole; what was written of them is cut off again.
        """
        before = self._stream.seek(0, os.SEEK_END)
        try:
            self._stream.write("".join(dump_json(row) + "\n" for row in rows).encode())
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            self._cut(before)
            raise as_failure(error, self.path) from error

    def _cut(self, size: int) -> None:
        # The buffered writer would try its pending bytes again on close: drop it and cut the file by name.
        try:
            self._stream.raw.close()
        finally:
            os.truncate(self.path, size)
            self._stream = self.path.open("ab+")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()


def _whole_lines(path: Path) -> int:
    """Length of the longest prefix of the file that consists of whole lines of JSON."""
    end = 0
    with open_regular(path) as stream:
        for line in lines_with_ends(stream, path):
            if not line.endswith(b"\n"):
                break
            end += len(line)
    return end


def read_journal(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a journal, in order; nothing where it does not exist; a torn last line is passed over.

    Raises:
        UserError: a line that is not the last cannot be read: the file was changed by hand or the disk failed.
    """
    if not path.exists():
        return
    hint = "delete the file to start afresh"
    for number, data in read_lines(path, whole_only=True):
        try:
            text = decoded(data, path, own=True, line=number)
            row = parse_json(text, path, line=number, surrogates="keep")
            row = need_object(row, "a row of a journal", path, line=number)
        except UserError as error:
            raise UserError(error.message, file=path, line=number, hint=hint) from None
        yield row
