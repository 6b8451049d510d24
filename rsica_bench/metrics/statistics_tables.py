"""Tables: a row of summable statistics for each item, and the figures of their sums.

Every figure of this package is a function of statistics summed over items. With a table at hand the score of a corpus,
of a part of it, of a resampled corpus, and of two systems mixed, all cost no more than sums.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rsica_bench.metrics.figures import Figures, Floats, as_scores, divide
from rsica_bench.metrics.interval_rules import Kind, kind_of, kinds_of
from rsica_bench.metrics.scores import Scores
from rsica_bench.metrics.stored_arrays import release, stored, stored_blocks
from rsica_data.core.errors import UserError

BLOCK = 1 << 12
"""Rows that are looked at together where they are on disk."""


@dataclass(frozen=True)
class Table:
    """Statistics of items.

    Attributes:
        rows: a row of statistics an item, shape ``[n, k]``.
        items: number of the item that each row belongs to, shape ``[n]``; an item has at most one row.
        figures: figures of summed rows, ``[..., k]`` to ``[...]`` each; NaN where undefined.
        reasons: why a figure is undefined, by its name or the part of it before ``/`` or ``@``.
        prefix, suffix: what a figure's name begins and ends with besides.
        only: the figures to give; None for all.
        kinds: kind of a figure, which says what interval it has, by its name or the part before ``/`` or ``@``.
        spread: what is added to the rows for intervals: what else of a figure varies with the items than their own
            rows; it sums to 0. A column for each of ``spread_columns``, shape ``[n, c]``; None for nothing.
        spread_columns: the columns that it is added to; None for all.
    """

    rows: Floats
    items: NDArray[np.int64]
    figures: Callable[[Floats], Figures]
    reasons: Mapping[str, str]
    prefix: str = ""
    suffix: str = ""
    only: Collection[str] | None = None
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    spread: Floats | None = None
    spread_columns: slice | None = None

    def on_disk(self) -> Table:
        """The table with its arrays in files without names, where they are large; they are mapped when they are read.

        Raises:
            RunError: the folder for temporary files (``TMPDIR``) is full.
        """
        spread = None if self.spread is None else stored(self.spread)
        return replace(self, rows=stored(self.rows), items=stored(self.items), spread=spread)

    def release(self) -> None:
        """Give back the memory of rows that are mapped."""
        release(self.rows, self.items, self.spread)

    def row_blocks(self, *, with_spread: bool = False) -> Iterator[tuple[slice, Floats]]:
        """Blocks of rows, with their places; rows on disk a part at a time, those in memory all at once.

        Args:
            with_spread: as intervals take them, with the spread added.
        """
        whole = not isinstance(self.rows, np.memmap) or self.rows.shape[1] == 1
        size = max(1, len(self.rows)) if whole else BLOCK
        for begin in range(0, max(1, len(self.rows)), size):
            place = slice(begin, begin + size)
            rows = np.asarray(self.rows[place])
            if with_spread and self.spread is not None:
                rows = rows.copy()
                rows[:, self.spread_columns or slice(None)] += self.spread[place]
            yield place, rows
            self.release()

    def total(self) -> Floats:
        """The sum of all rows, shape ``[k]``."""
        return summed(rows for _, rows in self.row_blocks())

    def named_figures(self, sums: Floats) -> Figures:
        """Figures of sums under their full names."""
        figures = self.figures(sums)
        return {f"{self.prefix}{name}{self.suffix}": figures[name] for name in figures if self._kept(name)}

    def kind(self, name: str) -> Kind:
        """Kind of a figure, by its full name."""
        return kind_of(name.removeprefix(self.prefix).removesuffix(self.suffix), self.kinds)

    def scores(self, chosen: NDArray[np.bool_] | None = None) -> Scores:
        """Scores of all items, or of those that ``chosen`` (shape ``[items]``) marks."""
        total = self.total() if chosen is None else self.rows[chosen[self.items]].sum(axis=0)
        figures = self.figures(total)
        scores = as_scores({name: value for name, value in figures.items() if self._kept(name)}, self.reasons)
        return Scores(self._rename(scores.values), self._rename(scores.absent))

    def under(self, prefix: str, items: NDArray[np.int64] | None = None) -> Table:
        """The table with ``prefix`` before all names; ``items`` gives the items new numbers, by their old ones."""
        numbers = self.items if items is None else items[self.items]
        return replace(self, prefix=prefix + self.prefix, items=numbers)

    def _kept(self, name: str) -> bool:
        return self.only is None or name in self.only

    def _rename(self, entries: Mapping[str, Any]) -> dict[str, Any]:
        return {f"{self.prefix}{name}{self.suffix}": value for name, value in entries.items()}


def summed(blocks: Iterator[Floats]) -> Floats:
    """The sum over the rows of all blocks, the same to the bit as that of one array of them, shape ``[k]``.

    An array of several columns is summed row after row, so that a sum goes on as the first row of the next block; one
    of a single column is not, and must be one block.
    """
    total = next(blocks).sum(axis=0)
    for rows in blocks:
        total = np.concatenate([total[None], rows]).sum(axis=0)
    return np.asarray(total)


def mean_table(
    items: Sequence[int] | NDArray[np.int64] | None = None,
    kinds: Mapping[str, Kind] | None = None,
    **columns: ArrayLike,
) -> Table:
    """A table of plain means: ``mean_table(accuracy=right)`` has the figure ``accuracy``.

    Args:
        items: numbers of the items; None for 0, 1, ...
        kinds: kinds of figures, which say what intervals they have: "mean" for values from 0 to 1, "error"
            for means that are never negative. A column of booleans, or of zeros and ones alone, is a share.
        columns: a value an item for each figure, shape ``[n]``.

    Raises:
        UserError: the columns differ in length, or a value is not finite.
    """
    names, arrays = tuple(columns), {name: np.asarray(column) for name, column in columns.items()}
    known = kinds_of((name for name in names if _is_share(arrays[name])), "share") | dict(kinds or {})
    lengths = {name: len(column) for name, column in arrays.items()}
    if len(set(lengths.values())) > 1:
        parts = ", ".join(f"{number} of {name}" for name, number in lengths.items())
        raise UserError(f"the columns of a table differ in length: {parts}")
    for name, column in arrays.items():
        if not np.isfinite(np.asarray(column, np.float64)).all():
            raise UserError(f"a value of {name} is not finite", hint="an item without a value has no row")
    rows = stored_blocks(_mean_blocks(list(arrays.values())), (len(names) + 1,))
    numbers = np.arange(len(rows)) if items is None else np.asarray(items, np.int64)

    def figures(sums: Floats) -> Figures:
        return {name: divide(sums[..., place], sums[..., -1]) for place, name in enumerate(names)}

    return Table(rows, numbers, figures, dict.fromkeys(names, "no item"), kinds=known)


def _mean_blocks(columns: Sequence[NDArray[Any]]) -> Iterator[Floats]:
    """Values of the columns side by side, and a 1 for the item itself."""
    for begin in range(0, len(columns[0]), BLOCK):
        parts = [np.asarray(column[begin : begin + BLOCK], np.float64) for column in columns]
        yield np.stack([*parts, np.ones(len(parts[0]))], axis=-1)


def _is_share(values: NDArray[Any]) -> bool:
    return values.dtype == np.bool_ or bool(values.size and np.isin(values, (0, 1)).all())


def scores_of_tables(tables: Sequence[Table], chosen: NDArray[np.bool_] | None = None) -> Scores:
    """Scores of several tables together."""
    scores = Scores()
    for table in tables:
        scores |= table.scores(chosen)
        table.release()
    return scores
