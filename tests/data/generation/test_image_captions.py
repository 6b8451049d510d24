"""Captions of one image against the map, the labels and the metadata of their source."""

import pytest

from rsica_data.generation.cover_captions import cover_fault
from rsica_data.generation.image_captions import caption_fault


def item(name, cell, **tags):
    return {"class": name, "tags": tags, "cell": cell, "area_m2": 100}


MAP = [
    item("building", "top-left", building="house"),
    item("building", "top-left", building="house"),
    item("building", "center-right", building="yes", amenity="school"),
    item("road", "center-center", highway="residential", surface="asphalt"),
    item("vegetation", "bottom-left", landuse="grass"),
    item("bare land", "bottom-center", natural="bare_rock"),
    item("tree", "top-right", natural="tree_row"),
]


@pytest.mark.parametrize(
    "text",
    [
        "Two houses in the top-left, and a tree row in the top-right.",
        "A school stands in the center-right, off an asphalt street in the center-center.",
        "Exposed rock in the bottom-center meets grass in the bottom-left.",
        "Homes top-left; lawn bottom-left, as flat as a football pitch.",
        "There is no lake and no railway, nor a car park.",
        "Trees take up more room than houses, and greenery softens the bottom-left.",
        "Top-left: houses. Bottom-left: meadow of grass.",
    ],
)
def test_what_the_map_has(text):
    assert caption_fault(text, {"map": MAP}) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Two houses in the bottom-right.", "the map has no houses in the bottom-right"),
        ("A row of trees closes the scene in the bottom left.", "the map has no trees in the bottom-left"),
        ("Grass in the bottom-left, a lake in the top-center.", "the map has no lake"),
        ("A church in the top-left.", "the map has no church"),
        ("Two houses, and a petrol station beside them.", "the map has no petrol station"),
        ("An airport runway in the center-center.", "the map has no airport"),
        ("A school in the top-left.", "the map has no school in the top-left"),
        ("Grass without a single house.", "the map has a house"),
        ("A pond behind the houses.", "the map has no pond"),
    ],
)
def test_what_it_has_not(text, reason):
    assert caption_fault(text, {"map": MAP}) == reason


METADATA = {
    "before_date": "2012-03-01",
    "after_date": "2015-07-15",
    "place": "Christchurch, New Zealand",
    "sensor": "aerial camera",
    "ground_sample_distance_m": 0.5,
}


@pytest.mark.parametrize(
    "text",
    [
        "Aerial view of Christchurch, New Zealand, in July 2015, at 0.5 m ground sampling.",
        "Christchurch from the air. Recorded from above, it may be a suburb.",
        "At a resolution of 50 cm, a road of 2016 m² is seen; I like it.",
        "Seen from the air, Christchurch is green. Roads march on.",
    ],
)
def test_what_metadata_have(text):
    assert caption_fault(text, {"metadata": METADATA}) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A suburb of Munich, Germany.", "the metadata do not name 'Munich'"),
        ("Dubai from the air.", "the metadata do not name 'Dubai'"),
        ("Christchurch in 2012.", "the metadata have no year 2012"),
        ("Christchurch in January 2015.", "the metadata have no date in January"),
        ("A satellite image of Christchurch.", "the metadata name another sensor than 'satellite'"),
        ("A scene that Sentinel-2 took.", "the metadata do not name 'Sentinel-2'"),
        ("Christchurch at a resolution of 30 cm.", "the metadata have no pixels of 30 cm"),
    ],
)
def test_what_they_have_not(text, reason):
    assert caption_fault(text, {"metadata": METADATA}) == reason


COVER = {"road": 14.5, "building": 9.0, "vegetation": 36.4, "tree": 2.6, "bare land": 37.5, "water": 0.0}


@pytest.mark.parametrize(
    "text",
    [
        "Bare land (37.5%) and vegetation (36.4%) cover it in nearly equal shares; roads take 14.5%.",
        "Bare land and vegetation, together close to 74% of the area, and no water.",
        "Green cover totals 39% with trees and vegetation.",
        "Roads take about one seventh of the frame, trees no more than 5%, vegetation over a third of the view.",
        "Open ground everywhere; the upper half is greener.",
    ],
)
def test_what_the_labels_have(text):
    assert cover_fault(text, COVER) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A water surface occupies 12% of the frame.", "the image has no water"),
        ("It is dominated by buildings, which occupy 61% of the area.", "the image is not covered by 61% of building"),
        ("Roads over half.", "the image is not covered by half of road"),
        ("Trees across half the view.", "the image is not covered by half of tree"),
        ("There is no vegetation at all.", "the image has vegetation"),
        ("A site without buildings.", "the image has buildings"),
    ],
)
def test_what_they_have_none_of(text, reason):
    assert cover_fault(text, COVER) == reason
    assert caption_fault(text, {"cover": COVER, "metadata": METADATA}) == reason
