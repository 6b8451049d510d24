"""Classes and cells that a text names as changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_data.geometry.cells import CELLS
from rsica_data.text.yes_no.change_mentions import change_mentions

CLASSES = ("road", "building")


@pytest.mark.parametrize(
    ("text", "classes", "cells"),
    [
        ("a road has been built and two buildings appear on both sides of the road", "road building", ""),
        ("the bare land is replaced by a residential area", "building", ""),
        ("a row of villas appears next to the existing road", "building", ""),
        ("no road changed but three houses were built in the top left", "building", "top-left"),
        ("In the top left no road changed, but a building appeared bottom right", "building", "bottom-right"),
        ("There are no new buildings; the road in the center was widened", "road", "center-center"),
        ("No roads, three houses in the top left", "building", "top-left"),
        ("Roads: 0, buildings: 2", "building", ""),
        ("Buildings:\n- two in the top left\nRoads:\n- none", "building", "top-left"),
        ("| class | count |\n|---|---|\n| road | 0 |\n| building | 3 |", "building", ""),
        ("Nothing changed except for a house in the center", "building", "center-center"),
        ("Three houses were built. They are in the top left. The bottom row is unchanged.", "building", "top-left"),
        ("The first image shows a road in the center. In the second, houses have been built.", "building", ""),
        ("there might be new roads", "road", ""),
        ("neither a road nor a building changed in the center", "", ""),
        ("the buildings and the roads have not changed", "", ""),
        ("The image shows houses on both sides of a road. Nothing has changed.", "", ""),
        ("I cannot tell whether a road was built", "", ""),
        ("Is there a new road? No.", "", ""),
        ("many trees are removed", "", ""),
    ],
)
def test_what_is_named(text, classes, cells):
    found = change_mentions(text, CLASSES)
    assert (" ".join(found.classes), " ".join(found.cells)) == (classes, cells)


WORDS = ["no", "new", "‹C0p›", "‹P9›", "road", "building", "house", "top left", "center", "changed", "same", "not",
         "in the", "|", ":", ";", ",", ".", "(", ")", "[", "]", "{", "0", "3", "#", "-", "\n"]  # fmt: skip


@given(st.text() | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_any_text_is_read(text):
    found = change_mentions(text, CLASSES)
    assert set(found.classes) <= set(CLASSES)
    assert set(found.cells) <= set(CELLS)


@given(st.text("‹›|#[]{}():;,.-0129%\n\t \x00é漢\\'\"`*CNPVM"))
def test_garbage_names_no_class(text):
    assert change_mentions(text, CLASSES).classes == ()


def test_a_long_text_is_read_from_both_ends():
    found = change_mentions("A road is new. " + "Grass. " * 20_000 + "A building is new.", CLASSES)
    assert found.classes == CLASSES
    assert change_mentions("a new road", ()).classes == ()
