"""Contradictions among the answers of one conversation."""

import pytest

from rsica_bench.metrics.statistics_tables import scores_of_tables
from rsica_bench.protocols import find_protocol
from rsica_bench.scoring.consistency import contradictions
from rsica_bench.scoring.task_report import measure_task
from rsica_data.schema import Question

KINDS = {
    "changed": ("classification", Question("classification")),
    "counts": ("counting", Question("counting")),
    "where": ("localization", Question("localization")),
    "caption": ("captioning", Question("captioning")),
    "presence": ("open_qa", Question("class_presence", {"cls": "building"})),
    "absence": ("open_qa", Question("class_absence", {"cls": "building"})),
    "count": ("open_qa", Question("class_count", {"cls": "building"})),
    "total": ("open_qa", Question("total_count")),
}
GOLD = {
    "classification": {"changed": True},
    "counting": {"road": 0, "building": 1},
    "localization": {"road": [], "building": ["top-left"]},
    "captioning": {"captions": ["a house is built"]},
    "open_qa": {"kind": "class_presence", "args": {"cls": "building"}, "value": True},
}


@pytest.fixture
def talk(item):
    def make(*turns, name="i0"):
        return [
            item(KINDS[kind][0], GOLD[KINDS[kind][0]], raw, turn=2 * n + 1, question=KINDS[kind][1], name=name)
            for n, (kind, raw) in enumerate(turns)
        ]

    return make


@pytest.mark.parametrize(
    "turns",
    [
        [("changed", "No"), ("counts", "no roads and 3 buildings")],
        [("counts", "no roads and 3 buildings"), ("changed", "No, nothing changed")],
        [("counts", "no roads and 2 buildings"), ("where", "building [0, 0, 9, 9], [10, 10, 20, 20], [30, 30, 40, 40], "
                                                           "[50, 50, 60, 60]")],
        [("counts", "no roads and 2 buildings"), ("where", "roads ['top-left'] buildings ['top-left']")],
        [("counts", "no roads and 2 buildings"), ("where", "roads [] buildings []")],
        [("changed", "No"), ("where", "roads [] buildings ['top-left']")],
        [("caption", "there is no difference"), ("counts", "1 road and 0 buildings")],
        [("caption", "three new buildings have appeared"), ("counts", "0 roads and 2 buildings")],
        [("caption", "a road has been built"), ("changed", "No")],
        [("caption", "no buildings were built"), ("counts", "0 roads and 2 buildings")],
        [("caption", "buildings appear in the top left corner"), ("where", "roads ['top-left'] buildings []")],
        [("presence", "No"), ("count", "2")],
        [("presence", "Yes"), ("absence", "Yes")],
        [("total", "1"), ("counts", "2 roads and 1 building")],
    ],
)  # fmt: skip
def test_what_cannot_both_be_true(talk, turns):
    assert contradictions(talk(*turns))


@pytest.mark.parametrize(
    "turns",
    [
        [("changed", "Yes"), ("counts", "no roads and 3 buildings")],
        [("changed", "Yes"), ("counts", "no roads and no buildings")],  # trees, perhaps
        [("changed", "No"), ("counts", "no roads and no buildings"), ("where", "roads [] buildings []")],
        [("counts", "no roads and 2 buildings"), ("where", "roads [] buildings ['top-left']")],
        [("caption", "a house is built"), ("counts", "0 roads and 1 building")],
        [("caption", "many houses are built along the road"), ("counts", "0 roads and 7 buildings")],
        [("caption", "two buildings were built in the top left"), ("counts", "0 roads and 5 buildings")],
        [("caption", "a house is built beside the road"), ("counts", "0 roads and 3 buildings")],
        [("caption", "no building in the top left has changed"), ("counts", "0 roads and 5 buildings")],
        [("caption", "lovely"), ("changed", "No")],
        [("caption", "‹C0p› ((( 7 7 7"), ("counts", "no roads and 3 buildings")],
        [("caption", "there seem to be three new buildings"), ("counts", "0 roads and 2 buildings")],
        [("presence", "Yes"), ("count", "2"), ("absence", "No")],
        [("total", "5"), ("counts", "2 roads and 1 building")],  # other classes
        [("changed", "No"), ("counts", "hard to say")],  # not read: says nothing
    ],
)
def test_what_can(talk, turns):
    assert contradictions(talk(*turns)) == []


def test_the_share_of_conversations(talk):
    items = [
        *talk(("changed", "No"), ("counts", "no roads and 3 buildings"), name="a"),
        *talk(("changed", "Yes"), ("counts", "no roads and 1 building"), name="b"),
    ]
    found = scores_of_tables(measure_task("dialogue", items, find_protocol("default")).tables).values
    assert found["contradictory_share"] == 0.5
    assert found["success"] == 0.5
    assert found["classification/accuracy"] == 0.5
    assert found["counting/mae/building"] == 1
