"""Plain replies: what the rules read of them is trusted where a model reads too."""

import json

import pyarrow.parquet as pq
import pytest

from rsica_bench.reading import ReadingCase, is_left
from rsica_bench.reading.reading_cases import TASKS
from rsica_data.schema import Question

CLASSES = ("road", "building")
OWN, PAIR, AMONG = {"cls": "building"}, {"a": "road", "b": "building"}, {"among": list(CLASSES)}


def is_trusted(task, reply, args=None, classes=CLASSES):
    kind = task
    task = task if task in TASKS else "open_qa"
    return not is_left(ReadingCase(task, Question(kind, args or {}), classes, "", reply), is_read=True)


def rows_of(text):
    return [line.replace("⏎", "\n") for line in text.strip().splitlines()]


PLAIN = {
    "classification": """
Yes
No.
**Answer:** No
<answer>Yes</answer>
The answer is \\boxed{yes}.
{"changed": false}
There are no changes between the two images.
Yes, the scene has changed.
No, nothing has changed.
No buildings or roads have changed.
A road was built in the top right.""",
    "counting": """
2 new roads and 5 new buildings
no new roads and 3 new buildings
no new roads or buildings
there are no changes in roads or buildings
No roads has changed, and no buildings has changed.
1 road has changed, and 3 buildings has changed.
Roads: 2⏎Buildings: 5
{"road": 2, "building": 5}
{"roads": "2", "buildings": "5"}
```json⏎{"road": 2, "building": 5}⏎```
[{"class": "road", "count": 2}, {"class": "building", "count": 5}]
| Class | Count |⏎|---|---|⏎| Roads | 2 |⏎| Buildings | 5 |
**Roads:** two⏎**Buildings:** five
1. Roads: 2⏎2. Buildings: 5
In total, 2 roads and 1,204 buildings have changed between the two images.
A road and 3 buildings.""",
    "localization": """
roads ['top-left', 'top-center'] buildings []
{"road": ["top-left"], "building": []}
Roads: top-left, top-center.⏎Buildings: none.
**Roads:**⏎- Top-left⏎- Center⏎**Buildings:**⏎- None
Roads: (top, left), (top, center)⏎Buildings: (bottom, right)
Roads in the top row, buildings in the left column.
Roads and buildings: bottom-center
Buildings were added at the lower left and at the lower right. There are no new roads.
no roads, no buildings""",
}

NOT_PLAIN = {
    "classification": """
Yes and no
Changed/unchanged
Yes or no
Buildings: yes; roads: no
Roads unchanged, buildings changed
Well, yes.""",
    "counting": """
2 roads and 5 buildings have changed, 7 in all.
roads 2, buildings 5, total 7
1 road in row 2, 5 buildings in column 3
2 roads unchanged, 5 buildings changed
5 buildings and roads
more than 5 buildings, 2 roads
2 roads, not 3, and 5 buildings
Of 8 buildings 5 changed; roads: 2
No roads, buildings.
No roads changed and buildings changed
roads: 2%, buildings: 5%
Road: 2/2. Building: 5/9
0 and 0
Roads #2, buildings #5
3 buildings added, 2 buildings removed, 2 roads added""",
    "localization": """
Buildings: not in the center. Roads: none
Buildings: left, right. Roads: top, bottom.
Roads: top row, right column. Buildings: none
Roads: top-left - top-right. Buildings: none.
Roads: top-left to top-right. Buildings: none.
All changes are in the top-left.
Roads: top-left and right. Buildings: none
No roads in the top row; buildings in the top row
Roads: none⏎Top-left
Roads: left top center. Buildings: none.
Roads: top-left⏎Buildings: center⏎Roads: center
top-left: road, building; center: none""",
}

OPEN = [
    ("any_change", {}, "No, nothing has changed.", True), ("any_change", {}, "Yes. No.", False),
    ("class_presence", OWN, "Yes, 3 buildings.", True), ("class_presence", OWN, "Yes, 3 roads.", False),
    ("class_absence", OWN, "No.", True), ("class_absence", OWN, "0", False),
    ("class_absence", OWN, "No, that is not so.", True), ("class_absence", OWN, "No, no buildings changed.", False),
    ("class_count", OWN, "There are 3 new buildings.", True), ("class_count", OWN, "The number is 3.", True),
    ("class_count", OWN, "2 roads and 3 buildings", False), ("class_count", OWN, "3 of 4", False),
    ("class_count", OWN, "1 added, 2 removed", False), ("class_count", OWN, "2 roads", False),
    ("total_count", {}, "Total: 7", True), ("total_count", {}, "2 roads", False),
    ("more_objects", PAIR, "There are more changed buildings.", True), ("more_objects", PAIR, "Equal.", True),
    ("more_objects", PAIR, "More buildings changed, not more roads.", False), ("more_objects", PAIR, "Neither", False),
    ("more_area", PAIR, "It is the road.", True), ("more_area", PAIR, "Not roads.", False),
    ("area_share", OWN, "About 12.5% of the image.", True), ("area_share", OWN, "Roughly 3 percent.", True),
    ("area_share", OWN, "1/4", False), ("area_share", OWN, "0.05 (5%)", False), ("area_share", OWN, "0.12", False),
    ("total_share", {}, "buildings 12%, roads 3%", False),
    ("area_m2", OWN, "It is 1,200 m2 in all.", True), ("area_m2", OWN, "30 m x 40 m", False),
    ("area_m2", OWN, "1.200 m2", False), ("area_m2", OWN, "1,5 m2", False), ("area_share", OWN, "12 m", False),
    ("cell_count", OWN, "cell 5", False), ("area_m2", OWN, "12 %", False), ("area_share", OWN, "12 m2", False),
    ("largest_cell", OWN, "It lies in the top-left part of the image.", True), ("largest_cell", OWN, "Center", True),
    ("largest_cell", OWN, "top-left and top-right", False), ("largest_cell", OWN, "top row", False),
    ("cells_of_class", OWN, "In the cells top-left and center.", True), ("cells_of_class", OWN, "Nowhere.", True),
    ("cells_of_class", OWN, "Top, center and bottom left", False), ("cells_of_class", OWN, "All corners", False),
    ("cells_of_class", OWN, "Not in the center", False),
    ("cell_count", OWN, "Two cells.", True), ("cell_count", OWN, "5 buildings in 3 cells", False),
    ("cell_count", OWN, "5 buildings", False), ("cell_count", OWN, "One row", False),
    ("left_or_right", {}, "The right half.", True), ("left_or_right", {}, "left 2, right 5", False),
    ("left_or_right", {}, "Not left", False),
    ("growth_direction", OWN, "Top left.", True), ("growth_direction", OWN, "left and right", False),
    ("relative_position", PAIR, "Above.", True), ("relative_position", PAIR, "The road is above the building.", False),
    ("changed_classes", AMONG, "Roads and buildings.", True), ("changed_classes", AMONG, "None of them.", True),
    ("changed_classes", AMONG, "roads 0, buildings 5", False), ("changed_classes", AMONG, "No roads.", False),
    ("unchanged_classes", AMONG, "Roads.", True), ("unchanged_classes", AMONG, "Buildings changed.", False),
    ("unchanged_classes", AMONG, "roads: no, buildings: yes", False),
    ("only_class", OWN, "Yes.", True), ("only_class", OWN, "2 buildings, 0 roads", False),
    ("cover_more", OWN, "After.", True), ("cover_more", OWN, "Equal", False),
    ("cover_after", OWN, "15% (before: 12%)", False),
    ("became", {"cls": "road", **AMONG}, "Mostly building.", True),
    ("became", {"cls": "road", **AMONG}, "Roads changed to buildings.", False),
]  # fmt: skip


@pytest.mark.parametrize("task", PLAIN)
def test_plain_replies_are_trusted(task):
    assert [reply for reply in rows_of(PLAIN[task]) if not is_trusted(task, reply)] == []


@pytest.mark.parametrize("task", NOT_PLAIN)
def test_replies_with_a_second_value_are_left_to_the_model(task):
    assert [reply for reply in rows_of(NOT_PLAIN[task]) if is_trusted(task, reply)] == []


@pytest.mark.parametrize(("kind", "args", "reply", "trusted"), OPEN)
def test_open_questions(kind, args, reply, trusted):
    assert is_trusted(kind, reply, args) is trusted


def test_answers_as_the_datasets_word_them_are_plain(synthetic):
    rows = [
        row
        for path in sorted((synthetic / "instructions").glob("*.parquet"))
        for row in pq.read_table(path).to_pylist()
    ]
    answers = [
        (row["kind"], row["turns"][1]["content"], json.loads(row["gold"]).get("args"))
        for row in rows
        if row["task"] in TASKS
    ]
    left = [answer for answer in answers if not is_trusted(*answer)]
    assert len(answers) > 100
    assert len(left) <= 0.05 * len(answers), left
