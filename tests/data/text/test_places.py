"""Places in words as cells of the grid."""

import pytest

from rsica_data.geometry.cells import CELLS
from rsica_data.text.positions.places import cells_in, crossed, mark_places


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("the second cell of the first row", "1"),
        ("the two leftmost cells of the top row", "01"),
        ("top row, left cell", "0"),
        ("the left and right cells of the bottom row", "68"),
        ("the top two rows", "012345"),
        ("the left and middle columns", "013467"),
        ("all eight cells around the center", "01235678"),
        ("the outer ring", "01235678"),
        ("both upper corners", "02"),
        ("everywhere except the corners", "13457"),
        ("the top row but not in the middle", "02"),
        ("from the center-left to the center-right", "345"),
        ("the right column (top-right and center-right)", "25"),
        ("northern part", "012"),
        ("in the lower center part", "7"),
        ("top: left, center", "01"),
        ("row 3, column 2", "7"),
        ("nw, n and c", "014"),
    ],
)
def test_places(text, digits):
    assert cells_in(text) == [CELLS[int(digit)] for digit in digits]


@pytest.mark.parametrize(
    "text",
    [
        "a branch leads off to the east",
        "the road continues south",
        "to the left of it",
        "a north-south road",
        "that's right",
        "left unchanged",
        "the shopping center",
        "the upper half",
        "from the top-left to the center-right",
    ],
)
def test_directions_and_other_meanings_are_no_cells(text):
    assert cells_in(text) == []


@pytest.mark.parametrize(
    ("line", "place", "result"),
    [
        ("012", "036", "0"),
        ("345", "4", "4"),
        ("036", "678", "6"),
        ("4", "258", "5"),
        ("0", "8", "8"),
        ("012", "345", "345"),
    ],
)
def test_a_place_within_a_row_or_column(line, place, result):
    assert crossed(line, place) == result


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_is_itself(cell):
    assert cells_in(cell) == cells_in(cell.replace("-", " ").title()) == [cell]
    assert len(mark_places(cell).split()) == 1
