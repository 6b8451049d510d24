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
    phrases = leaks(text)
    assert phrases
    assert all(phrase in text for phrase in phrases)


@pytest.mark.parametrize("text", CLEAN)
def test_no_leaks(text):
    assert leaks(text) == ()


OF_ONE_IMAGE = [
    "The map shows a house.",
    "Mapped: grass in the top-left.",
    "Three objects tagged as houses.",
    "natural=tree_row along the top.",
    "An object with the key building.",
    "Image file town_2015_after.tif.",
    "The file shows a town.",
    "Centred at 43.53 S, 172.63 E.",
    "A town at 25.1 north.",
    "43.5 degrees south of the equator.",
    "The date field gives 2015.",
    "Compared with the earlier picture there are more houses.",
    "Greener than before.",
    "The lake has expanded.",
    "Two houses are new since last time.",
    "The share of buildings has risen to 9 %.",
    "Some vegetation gone.",
    "A newly built road.",
    "A decrease of the vegetation is visible.",
    "The bare land wasn't there.",
    "At 25 N, 55 E a town spreads.",
    "More houses than in 2012, and a smaller lake than earlier.",
    "Three new houses by the road.",
    "A field that has become a street.",
    "On the list are two houses.",
    "highway: residential, asphalt.",
]
NOTHING_OF_IT = [
    "Since the frame is mostly green, the road stands out.",
    "Recorded from the air over Christchurch in July 2015.",
    "New Zealand from above: a key feature is the river.",
    "Houses stand before a wood; most of what remains is grass.",
    "The ground changes from rock to grass along the road.",
    "Dense growth of trees, and a lane on the right.",
    "At 0.5 m ground sampling, 14.5% are roads; the largest has 2136 m².",
    "Houses in single file, as in a town of last century.",
]


@pytest.mark.parametrize("text", OF_ONE_IMAGE)
def test_a_caption_of_one_image_tells_of_no_map_no_file_and_no_other_date(text):
    assert leaks(text, of_image=True) and leaks(text) == ()


@pytest.mark.parametrize("text", NOTHING_OF_IT)
def test_plain_words_of_one_image(text):
    assert leaks(text, of_image=True) == ()
