"""Wording that gives away where a text was taken from."""

import pytest

from rsica_data.claims import leaks

LEAKING = [
    "According to the caption, a road was built.",
    "The mask shows two buildings.",
    "Based on the provided facts, 3 roads.",
    "As stated in the annotation, nothing changed.",
    "The ground truth says so.",
    "The change mask marks a road.",
    "The bounding box coordinates given are at the left.",
    "As an AI, I cannot see images.",
    "The JSON lists 3 roads.",
    "The captions mention trees.",
    "From the metadata, the date is 2012.",
    "Given the provided information, it changed.",
    "As an AI language model I would say no.",
    "The provided captions describe houses.",
    "You provided two captions.",
    "The reference descriptions indicate new houses.",
    "I was given the facts.",
    "Per the annotations there is one road.",
]
CLEAN = [
    "The image shows two buildings.",
    "The second picture reveals a road.",
    "Based on the images, two roads were built.",
    "A mask of trees hides the road.",
    "In the later image the lake is larger.",
    "The facts on the ground have changed.",
    "There are 3 buildings in the top left.",
    "From the first to the second image a house appeared.",
    "A label factory was built.",
]


@pytest.mark.parametrize("text", LEAKING)
def test_leaks(text):
    found = leaks(text)
    assert found
    assert all(phrase in text for phrase in found)


@pytest.mark.parametrize("text", CLEAN)
def test_no_leaks(text):
    assert leaks(text) == ()
