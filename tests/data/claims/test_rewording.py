"""Other words for a question and its answer, beside a blind reading of them and the gold of their row."""

import pytest
from marked_texts import written

from rsica_data.claims.readings import reading_of
from rsica_data.claims.rewording import Reworded, alternatives, differs
from rsica_data.tasks.open_qa.kinds import KINDS

CLASSES = ("road", "building")
COUNTS, CELLS = {"road": 0, "building": 2}, {"road": [], "building": ["top-left", "top-center"]}


def asked(kind, value, **args):
    return {"kind": kind, "args": args, "value": value}


def read(task, gold, asks, answer="", **besides):
    new = Reworded("?", answer, task, gold, CLASSES, **besides)
    return differs(reading_of({"asks": written(asks)}, answer, new.listed), new)


SOME = asked("class_presence", True, cls="building")
NONE = asked("class_absence", True, cls="building")
BOTH = {"a": "road", "b": "building"}
SAME = [
    ("classification", {"changed": True}, [["any_change", True]]),
    ("classification", {"changed": False}, [["no", "any_change", True]]),
    ("classification", {"changed": True}, [["total_count", ">=", 1]]),
    ("counting", COUNTS, [["class_count", "road", 0], ["class_count", "building", 2]]),
    ("counting", COUNTS, [["no", "class_count", "road", ">=", 1], ["class_count", "building", 2]]),
    ("localization", CELLS, [["cells_of_class", "road", "none"],
                             ["cells_of_class", "building", "top-center", "top-left"]]),
    ("localization", CELLS, [["class_count", "road", 0], ["cells_of_class", "building", "top-left", "top-center"]]),
    ("open_qa", SOME, [["class_count", "building", ">=", 1]]),
    ("open_qa", asked("class_presence", False, cls="building"), [["no", "class_count", "building", ">=", 1]]),
    ("open_qa", asked("class_presence", False, cls="building"), [["class_count", "building", 0]]),
    ("open_qa", NONE, [["class_count", "building", 0]]),
    ("open_qa", NONE, [["unchanged_classes", "building"]]),
    ("open_qa", asked("at_least", True, cls="road", n=3), [["class_count", "road", ">", 2]]),
    ("open_qa", asked("exactly_one", False, cls="road"), [["no", "class_count", "road", 1]]),
    ("open_qa", asked("area_share", 1.5, cls="road"), [["area_share", "road", 1.5]]),
    ("open_qa", asked("cell_presence", True, cls="road", cell="top-left"), [["cells_of_class", "road", "top-left"]]),
    ("open_qa", asked("cell_presence", False, cls="road", cell="top-left"),
     [["no", "cell_objects", "road", "top-left", ">=", 1]]),
    ("open_qa", asked("more_objects", "road", **BOTH), [["more_objects", "building", "road", "road"]]),
    ("open_qa", asked("relative_position", "left", **BOTH), [["relative_position", "building", "road", "right"]]),
    ("open_qa", asked("both_classes", False, **BOTH),
     [["class_count", "road", ">=", 1], ["no", "class_count", "building", ">=", 1]]),
    ("open_qa", asked("only_class", True, cls="road"), [["changed_classes", "road"]]),
    ("open_qa", asked("cover_before", 20.5, cls="road"), [["cover_before", "road", 20.5]]),
    ("open_qa", asked("border", False, cls="road"), [["border", "road", False]]),
]  # fmt: skip


@pytest.mark.parametrize(("task", "gold", "asks"), SAME)
def test_what_asks_for_the_same_is_the_same(task, gold, asks):
    assert read(task, gold, asks) is None


@pytest.mark.parametrize(
    ("task", "gold", "asks", "reason"),
    [
        ("classification", {"changed": True}, [["class_count", "road", ">=", 1]], "the original asks for any change"),
        ("classification", {"changed": True}, [["any_change", "?"]], "the answer gives another thing"),
        ("classification", {"changed": True}, [["no", "any_change", True]], "read to give not True"),
        ("counting", COUNTS, [["built_count", "road", "?"], ["built_count", "building", "?"]], "built count of roads"),
        ("counting", COUNTS, [["class_count", "building", 2]], "not read to ask for class count of roads"),
        ("counting", COUNTS, [["class_count", "road", 0], ["class_count", "building", ">=", 1]], "give at least 1"),
        ("counting", COUNTS, [["class_count", "road", 2], ["class_count", "building", 0]], "read to give 2"),
        ("counting", COUNTS, [["other"]], "the question is read to ask for other"),
        ("localization", CELLS, [["cells_of_class", "road", "none"], ["cells_of_class", "building", "top-left"]],
         "read to give top-left"),
        ("localization", {"road": [], "building": []}, [["class_count", "road", 0], ["class_count", "building", 0]],
         "read to ask for class count"),
        ("open_qa", SOME, [["class_count", "road", ">=", 1]], "class count of roads"),
        ("open_qa", SOME, [["class_count", "building", 1]], "read to give 1"),
        ("open_qa", asked("exactly_one", True, cls="road"), [["class_count", "road", ">=", 1]], "give at least 1"),
        ("open_qa", asked("area_share", 1.5, cls="road"), [["area_share", "road", 15]], "read to give 15"),
        ("open_qa", asked("area_share", 1.5, cls="road"), [["cover_after", "road", 1.5]], "cover after of roads"),
        ("open_qa", asked("cell_presence", True, cls="road", cell="top-left"),
         [["cells_of_class", "road", "top-left", "top-right"]], "cells of class"),
        ("open_qa", asked("relative_position", "left", **BOTH),
         [["relative_position", "building", "road", "left"]], "relative position"),
        ("open_qa", asked("both_classes", True, **BOTH),
         [["class_count", "road", ">=", 1], ["no", "class_count", "building", ">=", 1]], ""),
    ],
)  # fmt: skip
def test_what_asks_for_or_gives_another_thing_is_refused(task, gold, asks, reason):
    assert reason in (read(task, gold, asks) or "taken")


def test_where_yes_and_no_may_be_turned_the_question_must_put_up_what_the_row_puts_up():
    same = [["no", "any_change", False]]
    assert read("classification", {"changed": True}, same) is None
    assert read("classification", {"changed": True}, same, turned=True) is not None
    assert read("open_qa", NONE, [["no", "class_count", "building", ">=", 1]], turned=True) is not None
    assert read("open_qa", NONE, [["class_count", "building", 0]], turned=True) is None


def test_an_answer_that_the_task_does_not_read_must_say_its_value():
    asks = [["class_count", "road", 0], ["class_count", "building", 2]]
    assert read("counting", COUNTS, asks, "Not a road, but two buildings.", fault="?", unread=True) is None
    reason = read("counting", COUNTS, asks, "Not a road, but some buildings.", fault="?", unread=True)
    assert reason == "the answer does not say 2 for class count of buildings"


def test_where_nothing_is_read_the_rules_decide():
    assert read("counting", COUNTS, []) is None and read("counting", COUNTS, [], fault="differs") == "differs"


def test_every_kind_of_question_can_be_held_by_a_reading():
    values = {"bool": True, "count": 2, "percent": 1.5, "area": 20, "classes": ["road"], "cells": ["top-left"]}
    args = {"cls": "road", "a": "road", "b": "building", "cell": "top-left", "n": 2}
    for name, kind in KINDS.items():
        gold = {"kind": name, "args": args, "value": values.get(kind.type, "road")}
        assert alternatives("open_qa", gold, CLASSES), name
    assert alternatives("map_qa", {}, CLASSES) == ()
