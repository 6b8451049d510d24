"""Datasets of the package ``datasets``, opened once a process: rows by number, images as their encoded bytes.

A prepared dataset is memory-mapped; a streamed one is read on from where it was, in the order of its rows.
"""

from __future__ import annotations

import atexit
import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rsica_data.core.errors import InvalidItemError, UserError, one_line
from rsica_data.core.extras import need_extra

_KEY = "source.options"
_BATCH = 1000
_SAVED = ("dataset_dict.json", "state.json")
"""Files that ``save_to_disk`` leaves."""


@dataclass(frozen=True)
class Place:
    """What is opened.

    Attributes:
        root: folder of a dataset; None for one of the Hub.
        repo: ``owner/name`` on the Hub; None for a folder.
        config: its configuration.
        revision: commit or branch of the repository.
        streaming: read row by row in place of preparing it whole.
    """

    root: Path | None
    repo: str | None
    config: str | None
    revision: str | None
    streaming: bool

    def __str__(self) -> str:
        return self.repo or str(self.root)


class Rows:
    """The rows of one split."""

    def __init__(self, data: Any, *, streamed: bool) -> None:
        self._data, self._streamed = data, streamed
        self._ahead: Iterator[Mapping[str, Any]] | None = None
        self._next = 0

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self._features())

    def names_of(self, column: str) -> Sequence[str] | None:
        """Names of the classes of a column of class numbers; None for another column."""
        names = getattr(self._features().get(column), "names", None)
        return names if isinstance(names, list) else None

    def _features(self) -> Mapping[str, Any]:
        features = self._data.features
        if features is not None:
            return dict(features)
        # A streamed set whose files do not state their columns.
        with _told("the first row"):
            return dict.fromkeys(next(iter(self._data), {}))

    def texts(self, columns: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """Some columns of every row, in order; a thousand rows at a time are in memory.

        Raises:
            UserError: the files end or break before the last row.
        """
        chosen = self._data.select_columns(list(columns))
        rows = iter(chosen.decode(False)) if self._streamed else _batches(chosen)
        for number in itertools.count():
            with _told(f"row {number}"):
                row = next(rows, None)
            if row is None:
                return
            yield row

    def row(self, number: int) -> Mapping[str, Any]:
        """A whole row; images as ``{"bytes", "path"}``.

        Raises:
            InvalidItemError: ``unreadable-row``.
        """
        try:
            return self._streamed_row(number) if self._streamed else self._mapped_row(number)
        except InvalidItemError:
            raise
        except Exception as error:
            # Of another package, about a file of the user's or of the Hub.
            raise InvalidItemError("unreadable-row", f"row {number}: {one_line(error)}") from error

    def _mapped_row(self, number: int) -> Mapping[str, Any]:
        (row,) = self._data.with_format("arrow")[number : number + 1].to_pylist()
        return dict(row)

    def _streamed_row(self, number: int) -> Mapping[str, Any]:
        if self._ahead is None or number < self._next:
            self._ahead, self._next = iter(self._data.decode(False)), 0
        for row in self._ahead:
            self._next += 1
            if self._next > number:
                return row
        self._ahead = None
        raise InvalidItemError("unreadable-row", f"row {number}: the stream has only {self._next} rows now")


def _batches(data: Any) -> Iterator[Mapping[str, Any]]:
    for table in data.with_format("arrow").iter(batch_size=_BATCH):
        yield from table.to_pylist()


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Whatever the package raises of a damaged file becomes a mistake of the user's."""
    try:
        yield
    except Exception as error:
        raise UserError(f"{what} cannot be read: {one_line(error)}", key=_KEY) from error


@lru_cache(maxsize=4)
def open_rows(place: Place) -> Mapping[str, Rows]:
    """The splits of a dataset.

    Raises:
        UserError: it cannot be opened, with what the package says.
    """
    with need_extra():
        import datasets
    try:
        with _quiet(datasets):
            opened = _load(datasets, place)
    except Exception as error:
        problem = one_line(error)
        raise UserError(f"cannot be opened as a dataset: {problem}", file=str(place), key=_KEY) from error
    if not isinstance(opened, Mapping):
        opened = {str(opened.split or "train"): opened}
    return {str(name): Rows(data, streamed=not hasattr(data, "__len__")) for name, data in opened.items()}


# A stream that is still open when the interpreter ends would be closed after the modules that it needs.
atexit.register(open_rows.cache_clear)


def _load(datasets: Any, place: Place) -> Any:
    if place.root is not None and any((place.root / name).is_file() for name in _SAVED):
        return datasets.load_from_disk(str(place.root))
    path = place.repo or str(place.root)
    return datasets.load_dataset(
        path, place.config, revision=place.revision, streaming=place.streaming, keep_in_memory=False
    )


@contextmanager
def _quiet(datasets: Any) -> Iterator[None]:
    """Without the package's own progress bars."""
    shown = datasets.is_progress_bar_enabled()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            datasets.enable_progress_bars()
