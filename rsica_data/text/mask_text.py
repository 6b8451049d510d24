"""Masks as text: a coarse grid, row by row, each row as runs ``label*count``.

``0*12, 1*3, 0*1; 0*16; ...`` is the row-wise run-length encoding of Text4Seg (Lan et al. 2024, arXiv 2410.09855), which
GeoGround (arXiv 2411.11904) uses for masks of one object: 1 is the object, 0 all else. Rows go from the top, runs from
the left, and never over the end of a row. Separators and labels differ between models; all of them are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from rsica_data.schema import Unparsed
from rsica_data.text.normalized.literals import structures_in

_RUN = re.compile(
    r"(?<![\w.])(?:(?P<label>[^\W\d_](?:(?:[^\W\d]|[' -]){0,40}[^\W\d])?|[01])\s*[*x×]\s*(?P<count>\d{1,4})|"
    r"(?P<digits>[01](?:[\s,]*[01])*)(?![\w.]|\s*[*x×]))",
    re.IGNORECASE,
)
_ROWS = re.compile(r";|\\n|\n|\||/(?!\w)")
_REPEATED = re.compile(r"[(\[{]\s*(?P<row>[^()\[\]{}]{1,4000}?)\s*[)\]}]\s*[*x×]\s*(?P<times>\d{1,4})")
_NOTHING = {"others", "other", "background", "none", "nothing", "0", "unchanged", "no change", "outside", "empty"}
_MARKS = re.compile(
    r"</?seg>|</?mask>|```\w*|[\"'`{}\[\]]|^\s*(?:row\s*)?\d{1,3}\s*[:.)]", re.IGNORECASE | re.MULTILINE
)


def mask_text(cells: NDArray[np.bool_]) -> str:
    """A mask as runs.

    Args:
        cells: shape ``[N, N]``.

    Example:
        >>> mask_text(np.array([[0, 1, 1], [0, 0, 0], [1, 0, 0]], bool))
        '0*1, 1*2; 0*3; 1*1, 0*2'
    """
    return "; ".join(", ".join(f"{int(label)}*{count}" for label, count in _runs(row)) for row in cells)


def _runs(row: NDArray[np.bool_]) -> Iterator[tuple[bool, int]]:
    starts = np.flatnonzero(np.diff(row, prepend=not row[0]))
    for start, end in zip(starts, [*starts[1:], len(row)], strict=True):
        yield bool(row[start]), int(end - start)


def read_mask_text(text: str, size: int) -> NDArray[np.bool_] | Unparsed:
    """The mask that a text of runs gives. Never raises.

    Read are runs with any of ``*``, ``x`` and ``×``; rows between semicolons, line ends or bars, numbered or not;
    labels 0 and 1, "others" and "background" against any other word; rows written out (``0 0 1 1``); rows in brackets
    with their number of repeats; JSON lists of rows. There must be ``size`` rows of ``size`` cells each.

    Args:
        text: an answer without its frames.
        size: cells a side.

    Returns:
        Shape ``[size, size]``.

    Example:
        >>> read_mask_text("others*1 road*1\\nothers x2", 2).astype(int).tolist()
        [[0, 1], [0, 0]]
    """
    rows: list[list[bool]] = []
    for line in _lines(text):
        row: list[bool] = []
        for run in _RUN.finditer(line):
            if run["digits"]:
                row += [digit == "1" for digit in run["digits"] if digit in "01"]
                continue
            # All that counts of a label is whether it stands for nothing: "the mask: others *3" ends in one.
            words = run["label"].lower().split()
            nothing = " ".join(words) in _NOTHING or words[-1] in _NOTHING
            row += [not nothing] * min(int(run["count"]), size + 1)
        if row:
            rows.append(row)
    if not rows:
        return Unparsed("no runs of a mask")
    if len(rows) == 1 and len(rows[0]) == size * size:
        rows = [rows[0][start : start + size] for start in range(0, size * size, size)]
    wrong = next((number for number, row in enumerate(rows, 1) if len(row) != size), None)
    if wrong is not None:
        return Unparsed(f"row {wrong} of the mask has {len(rows[wrong - 1])} cells, not {size}")
    if len(rows) != size:
        return Unparsed(f"a mask of {len(rows)} rows, not {size}")
    return np.array(rows, bool)


def _lines(text: str) -> Iterator[str]:
    """The rows of a text, repeated ones as often as they stand for."""
    listed = next((value for value in structures_in(text) if _is_grid(value)), None)
    if listed is not None:
        yield from (" ".join(str(int(str(cell) in ("1", "True"))) for cell in row) for row in listed)
        return
    spread = _REPEATED.sub(lambda row: ";" + ";".join([row["row"]] * min(int(row["times"]), 1000)) + ";", text)
    yield from _ROWS.split(_MARKS.sub(" ", spread))


def _is_grid(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(row, list) and row and all(str(cell) in ("0", "1", "True", "False") for cell in row)
            for row in value
        )
    )
