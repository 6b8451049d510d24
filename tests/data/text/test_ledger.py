"""Prose that goes from cell to cell over several sentences: what settles a cell of a class, and what does not."""

import pytest

from rsica_data.geometry.cells import CELLS
from rsica_data.schema import Unparsed
from rsica_data.text.grid.cells import read_cells
from rsica_data.text.grid.closing import closings_of
from rsica_data.text.grid.ledger.prose import read_prose
from rsica_data.text.grid.ledger.prose_clauses import clauses_of
from rsica_data.text.grid.ledger.prose_marks import marked_prose, places_of

BOTH = ("road", "building")
SHORT = dict(zip(["tl", "tc", "tr", "cl", "cc", "cr", "bl", "bc", "br"], CELLS, strict=True))

TOLD = {
    "a state of each date": (
        "The top-left cell was an empty lot before. It now holds a supermarket. The top-right cell is a field at "
        "both dates. The road in the bottom-center cell is the same in both images.",
        {"building": "tl"},
    ),
    "a topic for the sentences after it": (
        "Buildings first. In the center-left cell the hut was demolished. The center-right cell still has its barn. "
        "As for the roads, a lane in the top-center cell has been widened.",
        {"building": "cl", "road": "tc"},
    ),
    "numbers of both dates": (
        "Take the top-left cell. Before, it has two houses. Now it has five. Take the top-right cell. Before, it has "
        "two houses. It still has two. The streets look the same in all the cells.",
        {"building": "tl"},
    ),
    "something new that runs on": (
        "A new bypass has been built. It enters the picture in the top-left cell, where there were fields before. It "
        "then passes through the center-left cell. No building has been added anywhere.",
        {"road": "tl cl"},
    ),
    "something old that runs on": (
        "A house has been built in the top-left cell. The road in the top-center cell is old. It runs through the "
        "center-center cell as well. Before, the top-left cell was a lawn.",
        {"building": "tl"},
    ),
    "a first thought and its correction": (
        "I see a new roof in the top-center cell. No, wait: that roof is already in the before image, so top-center "
        "has not changed. The real new building is in the top-right cell, where the before image shows an empty plot. "
        "The roads have not changed.",
        {"building": "tr"},
    ),
    "a summary that decides": (
        "The top-left cell may hold a new kiosk, or an old one. The cell below it is unchanged. There was a field in "
        "the center-right cell, and now there is a street.\n\nTo sum up, buildings have changed in top-left and roads "
        "have changed in center-right.",
        {"building": "tl", "road": "cr"},
    ),
    "what a cell was and is": (
        "top-left: grass → building\ntop-center: road → road\ntop-right: dirt track → road\nthe rest is the same",
        {"building": "tl", "road": "tr"},
    ),
}
OPEN = {
    "a class beside a cell, and no state": (
        "The top-left cell has a house. In the top-right cell a road has been built, where there was a field before. "
        "The bottom-left cell is the same in both images.",
        "a class beside a cell, and not whether it changed",
    ),
    "a contradiction": (
        "In the top-left cell the before image shows a lawn and the after image shows a house. In the top-right cell "
        "there is a wood in both. There are no new buildings in any cell.",
        "says both that a class changed and that it did not",
    ),
    "a thing of no known class": (
        "The top-left cell was a field before, and now there is a zeppelin mast on it. In the top-right cell a new "
        "zeppelin mast has been put up as well. The road in the bottom-left cell is the same.",
        "something new that is no word of a class",
    ),
    "no comparison": (
        "There are houses in the top-left cell and a road in the center-center cell. The bottom row is covered with "
        "fields. The image also contains a small lake in the top-right cell.",
        "a description that compares nothing",
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_prose_is_read(name):
    text, wanted = TOLD[name]
    cells = read_cells(text, BOTH)
    assert isinstance(cells, dict), cells
    assert {key: set(value) for key, value in cells.items() if value} == {
        key: {SHORT[word] for word in words.split()} for key, words in wanted.items()
    }


@pytest.mark.parametrize("name", OPEN)
def test_what_is_not_settled_is_not_read(name):
    text, reason = OPEN[name]
    assert read_cells(text, BOTH) == Unparsed(reason)


def test_verdicts_and_lists_are_no_prose():
    assert read_prose("roads have changed in top-left. buildings have changed in top-right.", BOTH) is None
    assert read_prose("roads: top-left\nbuildings: none", BOTH) is None


def test_a_part_without_a_verb_takes_that_of_the_one_before_it():
    _, text = marked_prose("there are new houses in the top-left, and a road in the top-right", BOTH)
    first, second = clauses_of(text)
    assert "new" in second
    assert (places_of(first), places_of(second)) == ({0}, {2})


def test_closings_the_surest_first():
    assert closings_of("It is gone.\n\n| a | b |\n|---|---|\n| c | d |")[0].startswith("\n\n| a")
    assert closings_of("A shed is gone.\nSummary\nRoads: none")[0] == "Roads: none"
