"""Captions of one image against the map, the labels and the metadata of their source, by readings and plain words."""

import pytest

from rsica_data.claims.image_reading import Detail, Ground, Order, entries_of
from rsica_data.generation.caption_reading import UnreadCaption


def item(name, cell, **tags):
    return {"class": name, "tags": tags, "cell": cell, "area_m2": 100}


MAP = [
    item("building", "top-left", building="house"),
    item("building", "top-left", building="house"),
    item("building", "top-left", building="yes"),
    item("building", "center-right", building="yes", amenity="school"),
    item("road", "center-center", highway="residential", surface="asphalt"),
    item("road", "top-left", highway="residential", surface="asphalt"),
    item("vegetation", "bottom-left", landuse="grass"),
    item("bare land", "bottom-center", natural="bare_rock"),
    item("tree", "top-right", natural="tree_row"),
]
METADATA = {
    "before_date": "2012-03-01",
    "after_date": "2015-07-15",
    "place": "Christchurch, New Zealand",
    "sensor": "aerial camera",
    "ground_sample_distance_m": 0.5,
}
COVER = {"road": 14.5, "building": 9.0, "vegetation": 36.4, "tree": 2.6, "bare land": 37.5, "water": 0.0}
IN_MAP, IN_COVER = UnreadCaption("", {"map": MAP}), UnreadCaption("", {"cover": COVER, "metadata": METADATA})

TYPES = ("bare land", "building", "road", "tree", "vegetation")


@pytest.mark.parametrize(
    ("states", "entries"),
    [
        ("house 2 TL TR", [Ground("house", (), number=2.0, places=("TL", "TR"))]),
        ("no bare land", [Ground("bare land", (("bare land",),), denied=True)]),
        ("roads >=2 T", [Ground("road", (("road",),), number=2.0, bound=">=", places=("T",))]),
        ("vegetation+tree ~75%", [Ground("vegetation + tree", (("vegetation", "tree"),), False, 75.0, "~", True)]),
        ("tree/road most", [Ground("tree / road", (("tree",), ("road",)), rank="most")]),
        ("road > tree = building", [Order(((("road",),), (("tree",),), (("building",),)), (">", "="))]),
        ("date 2014-03; source\nplace A", [Detail("date", "2014-03"), Detail("source"), Detail("place", "A")]),
        ("0 houses", [Ground("houses", (), True, 0.0)]),
        ("house top-left", [Ground("house", (), places=("TL",))]),
        ("road > a hill; ;", []),
        ("source: a map; Change.", [Detail("source"), Detail("change")]),
        ("tree: about 25 percent", [Ground("tree", (("tree",),), False, 25.0, "~", True)]),
        ("tree ≥5%; tree at most 5 %", [Ground("tree", (("tree",),), False, 5.0, b, True) for b in (">=", "<=")]),
        ("road 5-10%", [Ground("road", (("road",),), False, 10.0, "~", True)]),
        ("road: none", [Ground("road", (("road",),), True)]),
        ("tree row (TL, BR), 1,200 m²", [Ground("tree row", (("tree",),), places=("TL", "BR"))]),
    ],
)  # fmt: skip
def test_entries_of_a_reading(states, entries):
    assert entries_of({"states": states}, TYPES) == entries
    assert entries_of({"states": states.split(";")}, TYPES) == entries


@pytest.mark.parametrize(
    "states",
    [
        "house 2 TL; tree row TR; asphalt residential road CC TL",
        # Two of the buildings are called houses, the others may be some: 2 to 4 are true, and roads are none of them.
        "house 3; residential road 2; building 4",
        "school CR; bare rock BC; lawn BL; grass B",
        "no pond; no house BR; house >=2; asphalt road ~3",
        "house/church TL; quiet street; rocks BC",
        "open ground TC; grassy strip BL; no open ground",
    ],
)
def test_what_the_map_has(states):
    assert IN_MAP.disagreement({"states": states}) is None


@pytest.mark.parametrize(
    ("states", "reason"),
    [
        ("house 2 BR", "the map has no house in the bottom-right"),
        ("house 5", "the map has 4 house there, not 5"),
        ("house 1 TL", "the map has 3 house there, not 1"),
        ("tree row BL", "the map has no tree row in the bottom-left"),
        ("grass BL; lake TC", "the map has no lake"),
        ("gravel road CC", "the map has no gravel road"),
        ("concrete road", "the map has no concrete road"),
        ("church TL", "the map has no church"),
        ("helter-skelter", "the map has no helter-skelter"),
        ("no house", "the map has house"),
        ("residential building CC", "the map has no residential building in the center-center"),
        ("house TL; source", "it tells what it was taken from"),
        ("house TL; change", "it tells of another date or of change"),
    ],
)
def test_what_it_has_not(states, reason):
    assert IN_MAP.disagreement({"states": states}) == reason


@pytest.mark.parametrize(
    "states",
    [
        "date 2015-07; place Christchurch; sensor aerial photograph; pixel 0.5",
        "date July; date the 2010s; place New Zealand; pixel 50 cm; date 2015",
        "bare land 37.5%; vegetation ~35%; bare land = vegetation; road 14.5%; no water",
        "vegetation+tree 39%; bare land+vegetation ~74%; tree <5%; road >14%",
        "bare land most; tree least; tree little; road much; bare land > road > tree",
        "bare land/vegetation most; hill; vegetation 39%",
    ],
)
def test_what_metadata_and_labels_have(states):
    assert IN_COVER.disagreement({"states": states}) is None


@pytest.mark.parametrize(
    ("states", "reason"),
    [
        ("date 2012", "the metadata have no date 2012"),
        ("date January 2015", "the metadata have no date January 2015"),
        ("place Munich", "the metadata have no place Munich"),
        ("place Christiania", "the metadata have no place Christiania"),
        ("sensor satellite", "the metadata have no sensor satellite"),
        ("sensor Sentinel-2", "the metadata have no sensor Sentinel-2"),
        ("pixel 30 cm", "the metadata have no pixel 30 cm"),
        ("pixel 5", "the metadata have no pixel 5"),
        ("water 12%", "the image has no water"),
        ("pond", "the image has no water"),
        ("road > water", "the image has no water"),
        ("building 61%", "the image is not covered by 61% of building"),
        ("tree ~50%", "the image is not covered by ~50% of tree"),
        ("no vegetation", "the image has vegetation"),
        ("building most", "building does not cover the most of the image"),
        ("vegetation little", "vegetation does not cover the little of the image"),
        ("tree > road", "the image does not have more tree than road"),
        ("road = bare land", "the image does not have as much road as bare land"),
    ],
)
def test_what_they_have_not(states, reason):
    assert IN_COVER.disagreement({"states": states}) == reason


def test_places_of_the_same_name_in_other_forms():
    texan = UnreadCaption("", {"metadata": {"place": "Austin, Texas"}})
    assert texan.disagreement({"states": "place Texan; place Austin"}) is None
    assert texan.disagreement({"states": "place Austria"}) == "the metadata have no place Austria"


@pytest.mark.parametrize(
    "text",
    [
        "Two houses in the top-left, and a tree row in the top-right.",
        "A school stands off an asphalt street. Exposed rock meets grass.",
        "Homes top-left; lawn bottom-left, as flat as a football pitch.",
        "There is no lake and no railway, nor a car park.",
        "Greenery softens the bottom-left.",
        # On trust without a second model: numbers, cells.
        "Nine houses, and in the bottom-right one of brick.",
    ],
)
def test_what_plain_words_have_nothing_against(text):
    assert UnreadCaption(text, {"map": MAP}).fault is None


@pytest.mark.parametrize(
    ("text", "shown", "reason"),
    [
        ("Grass in the bottom-left, a lake in the top-center.", {"map": MAP}, "the map has no lake"),
        ("Two houses stand in the bottom-right.", {"map": MAP}, "the map has no houses in the bottom-right"),
        ("Two houses, and a petrol station beside them.", {"map": MAP}, "the map has no petrol station"),
        ("Grass without a house.", {"map": MAP}, "the map has house"),
        ("A map of houses.", {"map": MAP}, "it tells what it was taken from"),
        ("Christchurch in 2012.", {"metadata": METADATA}, "the metadata have no date 2012"),
        ("A satellite image of Christchurch.", {"metadata": METADATA}, "the metadata have no sensor satellite"),
        ("Christchurch at a resolution of 30 cm.", {"metadata": METADATA}, "the metadata have no pixel 30 cm"),
        ("A pond between roads.", {"cover": COVER}, "the image has no water"),
        ("A site without buildings.", {"cover": COVER}, "the image has building"),
    ],
)
def test_what_plain_words_refuse(text, shown, reason):
    assert UnreadCaption(text, shown).fault == reason


def test_a_reading_without_entries_decides_nothing():
    church = UnreadCaption("A church in the top-left.", {"map": MAP})
    assert church.disagreement({"states": ""}) == church.fault == "the map has no church"
    assert church.disagreement({"states": "house TL"}) is None
    assert UnreadCaption("Quiet.", {"map": MAP}).disagreement({}) is None


def test_the_model_sees_the_caption_and_no_source():
    caption = "Two houses in Christchurch, 14.5% road."
    mapped = UnreadCaption(caption, {"map": MAP}).prompt()
    covered = UnreadCaption(caption, {"cover": COVER, "metadata": METADATA}).prompt()
    alone = UnreadCaption(caption, {"metadata": METADATA}).prompt()
    for prompt in (mapped, covered, alone):
        assert prompt.count(caption) == 1 and "2015" not in prompt and "37.5" not in prompt and "school" not in prompt
    assert "tree row" in mapped and "3x3 grid" in mapped and "percent" not in mapped and "date 2014-03" not in mapped
    assert "road 12.8%" in covered and "date 2014-03" in covered and "3x3 grid" not in covered
    assert "date 2014-03" in alone and "Ground:" not in alone
