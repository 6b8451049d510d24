"""Replies to open questions as models write them, with the reading a person makes; a case for each way of writing."""

import pytest
from left_replies import LEFT

from rsica_data.schema import ParseContext, Question, Unparsed
from rsica_data.tasks import open_qa
from rsica_data.tasks.open_qa.kinds import KINDS
from rsica_data.tasks.open_qa.values import same_value

CHANGE = ("road", "building")
LAND = ("farmland", "forest", "bare land", "water", "building", "road")
B = {"cls": "building"}
F = {"cls": "forest"}
AB = {"a": "road", "b": "building"}
AMONG = {"among": ["farmland", "forest", "water", "building"]}
BECAME = {"cls": "forest", "among": ["farmland", "bare land", "water", "building", "road"]}
WAS = {"cls": "building", "among": ["farmland", "forest", "bare land", "water"]}
CELL = {"cls": "building", "cell": "top-left"}
STEPS = "| from | to | share |\n|--|--|--|\n| forest | road | 20 % |\n| forest | bare land | 65 % |"
BOTH = {"among": ["road", "building"]}


def read(kind, args, reply, classes):
    answer = open_qa.parse(reply, ParseContext(Question(kind, args), classes))
    return None if isinstance(answer, Unparsed) else answer["value"]


def check(kind, args, reply, value, classes=CHANGE):
    got = read(kind, args, reply, classes)
    if reply in LEFT:
        assert got is None
    elif value is None or got is None:
        assert got is value, (reply, got)
    elif KINDS[kind].type in ("percent", "area"):
        assert got == pytest.approx(value, rel=0.01, abs=0.1), reply
    else:
        assert same_value(KINDS[kind].type, value, got), (reply, got)


@pytest.mark.parametrize(
    ("kind", "args", "reply", "value"),
    [
        ("left_or_right", {}, "Left: 9 objects, right: 4", "left"),
        ("left_or_right", {}, '{"right": {"changed": 0.13}, "left": {"changed": 0.02}}', "right"),
        ("left_or_right", {}, "| half | change |\n|---|---|\n| left | 3.5 % |\n| right | 1 % |", "left"),
        ("left_or_right", {}, "I see two new houses on the left; on the right there are seven.", "right"),
        ("left_or_right", {}, "The right half holds four new sheds, the left half none.", "right"),
        ("top_or_bottom", {}, "There are 4 changed objects above the midline and 9 below it.", "bottom"),
        ("more_area", AB, "Roads take up 900 m2, buildings 2,400 m2.", "building"),
        ("more_area", AB, "road = 4.5 %, building = 4.1 %", "road"),
        ("more_area", AB, "Roads take up 900 m2, buildings 3 %.", None),
        ("more_objects", AB, "road: 3\nbuilding: 3", "equal"),
        ("more_objects", AB, "Roads: none. Buildings: some.", "building"),
        ("nearest_class", B, "road: 12 px, building: 40 px", "road"),
        ("largest_class", {}, "building (2.3 %), road (1.2 %)", "building"),
    ],
)
def test_numbers_for_the_options_decide_where_no_word_does(kind, args, reply, value):
    check(kind, args, reply, value)


@pytest.mark.parametrize(
    ("kind", "reply", "value"),
    [
        ("most_lost", "Forest: 31 -> 28 %\nFarmland: 25 -> 9 %\nWater: 6 -> 6 %", "farmland"),
        ("most_gained", "farmland -14 %, forest +2 %, water 0 %, building +12 %", "building"),
        ("most_gained", '{"forest": {"before": 20, "after": 31}, "water": {"before": 5, "after": 6}}', "forest"),
        ("most_lost", "Losses: forest 12 %, farmland 5 %.", "forest"),
        ("most_lost", "Farmland shrank by 12 points, forest by 3.", "farmland"),
        ("most_lost", "Forest was mostly replaced by buildings.", "forest"),
        ("most_gained", "Forest was mostly replaced by buildings.", "building"),
        ("most_lost", "Water gained the most.", None),
        ("most_gained", "Forest lost the most.", None),
    ],
)
def test_gains_and_losses(kind, reply, value):
    check(kind, AMONG, reply, value, LAND)


@pytest.mark.parametrize(
    ("kind", "args", "reply", "value"),
    [
        ("more_area", AB, "Although there are 12 buildings and 1 road, the road covers the larger area.", "road"),
        ("more_objects", AB, "Road: 12 px wide, building: 9. Buildings outnumber roads.", "building"),
        ("more_objects", AB, "There are fewer changed buildings than changed roads.", "road"),
        ("more_area", AB, "building > road", "building"),
        ("more_area", AB, "I would say roads, since the buildings are small.", "road"),
        ("left_or_right", {}, "The right half. On the left only one shed was added.", "right"),
        ("left_or_right", {}, "The left half changed very little, so it is the other half.", "right"),
        ("top_or_bottom", {}, "The top shows some sheds. The bottom was rebuilt. The latter changed more.", "bottom"),
        ("more_objects", AB, "(b)", "building"),
        ("largest_size", B, "(c)", "large"),
        ("left_or_right", {}, "B", "right"),
        ("largest_size", B, "Neither small nor large.", "medium"),
        ("largest_size", B, "It takes up about 3.2 % of the image.", "medium"),
        ("spread", B, "I wouldn't call them scattered; they share one block.", "concentrated"),
        ("spread", B, "Some are grouped and some are isolated.", None),
        ("left_or_right", {}, "Both halves changed to the same degree.", None),
    ],
)
def test_words_decide_first(kind, args, reply, value):
    check(kind, args, reply, value)


@pytest.mark.parametrize(
    ("kind", "args", "reply", "value"),
    [
        ("became", BECAME, "forest -> building (25 %), forest -> water (75 %)", "water"),
        ("became", BECAME, STEPS, "bare land"),
        ("became", BECAME, "bare land 55 %, building 30 %, road 15 %", "bare land"),
        ("became", BECAME, "Buildings, roads and bare land in equal parts.", None),
        ("was_before", WAS, '{"now": "building", "before": {"farmland": 0.3, "forest": 0.7}}', "forest"),
        ("was_before", WAS, "water → building: 12 px; bare land → building: 340 px", "bare land"),
        ("was_before", WAS, "The land was agricultural before.", "farmland"),
    ],
)  # fmt: skip
def test_transitions(kind, args, reply, value):
    check(kind, args, reply, value, LAND)


@pytest.mark.parametrize(
    ("kind", "reply", "value"),
    [
        ("cover_after", "| | first | second |\n|---|---|---|\n| forest | 12 % | 9 % |\n| water | 40 % | 38 % |", 9),
        ("cover_before", '{"image_1": {"forest_pct": 44}, "image_2": {"forest_pct": 29}}', 44),
        ("cover_after", "Forest went from about 40 % to about 25 %.", 25),
        ("cover_before", "25 %, down from 40 %", 40),
        ("cover_after", "40% (first), 25% (second)", 25),
        ("cover_after", "第二期影像中森林约占25%，第一期约为40%。", 25),
        ("cover_before", "In image 2 forests cover 30%. In image 1 they covered 42%.", 42),
        ("cover_more", "Forest: 61% → 48%", "before"),
        ("cover_more", '{"t1_cover": 0.22, "t2_cover": 0.31}', "after"),
        ("cover_more", "The forest has shrunk: what used to be woods is now bare soil.", "before"),
        ("cover_more", "There is less forest after.", "before"),
        ("cover_more", "The same on both dates.", None),
    ],
)
def test_two_dates(kind, reply, value):
    check(kind, F, reply, value, LAND)


@pytest.mark.parametrize(
    ("kind", "args", "reply", "value"),
    [
        ("total_share", {}, "97 % of the image is unchanged, which leaves 3 % changed.", 3),
        ("total_share", {}, "About 30 % has changed. The remaining 70 % is stable.", 30),
        ("total_share", {}, "85 % is unchanged.", 15),
        ("total_share", {}, "Roads 1.5 %, buildings 6 %, total 7.5 %, unchanged 92.5 %", 7.5),
        ("total_share", {}, "20 %, of which 15 % are buildings and 5 % roads.", 20),
        ("area_share", B, "Buildings: 8 %, roads: 3 %", 8),
        ("area_share", B, "Six roofs of 1 % each, so 6 % in total.", 6),
        ("area_share", B, "two thirds", 66.7),
        ("area_share", B, "half a percent", 0.5),
        ("area_share", B, "A small part.", None),
        ("area_m2", B, "About 1.2 ha within a scene of some 26 ha.", 12000),
        ("area_m2", B, "Six buildings of 150 m2 each, i.e. 900 m2 in total.", 900),
        ("area_m2", B, "around 1.5k m2", 1500),
        ("area_m2", B, "road: 500 m2, building: 1200 m2", 1200),
    ],
)
def test_the_share_that_was_asked_for(kind, args, reply, value):
    check(kind, args, reply, value)


@pytest.mark.parametrize(
    ("kind", "args", "reply", "value"),
    [
        ("busiest_cell", B, "top-left: 1\ntop-right: 6\nbottom-left: 2", "top-right"),
        ("busiest_cell", B, "[[0, 1, 0],\n [2, 0, 7],\n [1, 0, 3]]", "center-right"),
        ("busiest_cell", B, "There are 4 in the top-left cell and 4 in the bottom-left cell.", None),
        ("smallest_cell", B, '{"largest": "bottom-left", "smallest": "center-left"}', "center-left"),
        ("smallest_cell", B, "top-left (900 px), center-center (120 px), bottom-left (300 px)", "center-center"),
        ("centre_changed", B, '{"building": [[0,0,0],[0,3,0],[0,0,1]]}', True),
        ("cell_count", B, "[[1,0,0],[0,1,0],[0,0,1]]", 3),
        ("cell_count", B, "That's 11 buildings in four of the 9 cells.", 4),
        ("cell_count", B, "Buildings are unchanged in every cell.", 0),
        ("cell_presence", CELL, '{"top-left": {"building": false, "road": true}}', False),
        ("cell_presence", CELL, "The changes are in the lower right, not in the top-left.", False),
        ("centre_changed", B, "The middle still consists of trees; the new buildings are on the periphery.", False),
    ],
)
def test_grids_and_cells(kind, args, reply, value):
    check(kind, args, reply, value)


@pytest.mark.parametrize(
    ("kind", "args", "reply", "value"),
    [
        ("changed_classes", BOTH, "It isn't the roads, it's the buildings that differ.", ["building"]),
        ("changed_classes", BOTH, "Apart from the buildings, nothing changed.", ["building"]),
        ("changed_classes", BOTH, "Everything did.", ["road", "building"]),
        ("unchanged_classes", BOTH, "Neither is without change.", []),
        ("unchanged_classes", BOTH, "The road is the same as before and some villas appear.", ["road"]),
        ("only_class", B, "The roads are unchanged; the buildings are not.", True),
        ("both_classes", AB, "### Roads\nOne is identical. A path was widened.\n### Buildings\nThree are new.", True),
        ("any_change", {}, "It would be wrong to say nothing changed: the parking lot wasn't there before.", True),
        ("class_presence", B, "Three villas in the later image have no counterpart in the earlier one.", True),
        ("class_presence", B, "Every building is where it was.", False),
        ("class_absence", B, "Indeed, no buildings have changed.", True),
        ("border", B, "Possibly, possibly not. The border is too blurred for me to tell.", None),
        ("at_least", {"cls": "building", "n": 3}, "before: 12\nafter: 14\nnew: 2\nresult: fail", False),
    ],
)  # fmt: skip
def test_denials_and_doubts(kind, args, reply, value):
    check(kind, args, reply, value)


@pytest.mark.parametrize(
    ("kind", "args", "reply", "value"),
    [
        ("changed_classes", BOTH, "roads 0, buildings 5", ["building"]),
        ("changed_classes", BOTH, "Roads: 2; buildings: 5", ["road", "building"]),
        ("changed_classes", BOTH, '{"road": 0, "building": 0}', []),
        ("unchanged_classes", BOTH, "roads 0, buildings 5", ["road"]),
        ("unchanged_classes", BOTH, "0 roads and 5 buildings.", ["road"]),
        ("only_class", B, "2 buildings, 0 roads", True),
        ("only_class", B, "2 buildings, 1 road", False),
        ("only_class", B, "0 buildings, 1 road", False),
        ("cell_count", B, "5 buildings in 3 cells", 3),
        ("cell_count", B, "The 5 buildings are in 3 of the cells.", 3),
    ],
)  # fmt: skip
def test_a_number_for_each_class_says_which_changed(kind, args, reply, value):
    check(kind, args, reply, value)


def test_a_corrected_number_counts():
    check("class_count", B, "Looks like 8... sorry, I counted one shed twice, it's 7.", 7)


def test_a_class_without_its_cells_is_unparsed():
    check("cells_of_class", B, 'topchanged|"changed5-except)topyes roads:except( (…没有3 |', None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reply", ["", "(", "‹O0›", "9" * 20_000, "((" * 9_000, "\n" * 64_000, "the " * 5_000])
def test_nothing_raises(kind, reply):
    args = {**B, **AB, "n": 3, "cell": "top-left", "among": ["road", "building"]}
    open_qa.parse(reply, ParseContext(Question(kind, args), CHANGE))
