"""Masks as runs: there and back, and the ways in which they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rsica_data.schema import Unparsed
from rsica_data.text.mask_text import mask_text, read_mask_text

CELLS = hnp.arrays(bool, st.integers(1, 33).map(lambda n: (n, n)))


def written(cells):
    """A mask in the forms of different models."""
    runs, rows = mask_text(cells), cells.astype(int)
    yield from (runs, runs.replace("; ", "\n"), runs.replace("*", " x "), runs.replace("; ", " | "))
    yield runs.replace("0*", "others *").replace("1*", "building *")
    yield runs.replace("0*", "Background*").replace("1*", "New House*").replace("; ", ";\n")
    yield "The mask of 10x10 cells is:\n```\n" + runs.replace("; ", "\n") + "\n```"
    yield str(rows.tolist())
    yield "\n".join(" ".join(map(str, row)) for row in rows)
    yield "\n".join("".join(map(str, row)) for row in rows)
    yield "\n".join(f"Row {number}: {row}" for number, row in enumerate(runs.split("; "), 1))
    yield f"<seg>{runs}</seg>"
    yield f'{{"mask": "{runs}"}}'


@given(CELLS)
def test_every_way_of_writing_is_read(cells):
    for text in written(cells):
        read = read_mask_text(text, len(cells))
        assert not isinstance(read, Unparsed), (text, read)
        assert (read == cells).all(), text


def test_rows_that_repeat():
    assert read_mask_text("(0*4)*3; 0*2, 1*2", 4).astype(int).tolist() == [[0] * 4] * 3 + [[0, 0, 1, 1]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no runs"),
        ("lovely weather", "no runs"),
        ("0*3; 0*2, 1*1", "2 rows, not 3"),
        ("0*3; 0*2, 1*2; 0*3", "row 2 of the mask has 4 cells, not 3"),
        ("0*9999; 0*3; 0*3", "row 1"),
        ("[[0, 1], [2, 3]]", "row 1"),
    ],
)
def test_what_is_no_mask_of_the_size(text, reason):
    read = read_mask_text(text, 3)
    assert isinstance(read, Unparsed) and reason in read.reason


@given(st.text())
def test_no_text_makes_the_reader_raise(text):
    read_mask_text(text, 4)
