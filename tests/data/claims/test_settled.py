"""Values that follow from a list of facts without standing in it."""

import math

import pytest

from rsica_data.claims import Fact, Listed
from rsica_data.claims.settled import settled

BUILDING, ROAD = {"cls": "building"}, {"cls": "road"}


@pytest.mark.parametrize(
    ("kind", "args", "value"),
    [
        ("class_count", BUILDING, 3),
        ("built_count", BUILDING, 2),
        ("built_count", ROAD, 1),
        ("removed_count", ROAD, 0),
        ("removed_cells", ROAD, []),
        ("built_cells", ROAD, ["top-right"]),
        ("direction", BUILDING, "both"),
        ("cell_objects", {"cls": "building", "cell": "center-center"}, 0),
        ("more_objects", {"a": "road", "b": "building"}, "building"),
        ("more_area", {"a": "road", "b": "building"}, "building"),
        ("growth_direction", ROAD, "top right"),
        ("changed_classes", {}, ["road", "building"]),
        ("cover_more", {"cls": "road"}, "after"),
        # Vegetation came where a building went, and went where a road came; its objects are not counted.
        ("built_count", {"cls": "vegetation"}, math.inf),
        ("total_area", {}, 308),
        ("transition", {"a": "road", "b": "building"}, 0.0),
        ("date", {"side": "after"}, None),
    ],
)
def test_of_a_pair_that_changed(listed, kind, args, value):
    assert settled(kind, args, listed) == value


@pytest.mark.parametrize(
    ("kind", "args", "value"),
    [
        ("total_count", {}, 0),
        ("total_share", {}, 0),
        ("cells_of_class", ROAD, []),
        ("cell_count", BUILDING, 0),
        ("area_share", BUILDING, 0.0),
        ("removed_count", BUILDING, 0),
        ("cover_more", BUILDING, "equal"),
        ("class_count", {"cls": "vegetation"}, 0),
        ("more_objects", {"a": "road", "b": "building"}, "equal"),
        ("direction", BUILDING, None),
    ],
)
def test_of_a_pair_that_did_not_change(unchanged, kind, args, value):
    assert settled(kind, args, unchanged) == value


def test_of_two_classes_seen_the_other_way_round():
    facts = (
        Fact("relative_position", {"a": "road", "b": "building"}, "left"),
        Fact("more_objects", {"a": "road", "b": "building"}, "road"),
    )
    about = Listed(facts, ("road", "building"))
    turned = {"a": "building", "b": "road"}
    assert (settled("relative_position", turned, about), settled("more_objects", turned, about)) == ("right", "road")


def test_a_count_without_directions_is_neither_built_nor_removed():
    about = Listed((Fact("class_count", ROAD, 2), Fact("cells_of_class", ROAD, ["top-left"])), ("road",))
    assert settled("built_count", ROAD, about) is None and settled("built_cells", ROAD, about) is None
