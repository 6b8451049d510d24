"""Mention scores of free texts, by hand: what is named as changed beside what changed."""

import pytest

from rsica_bench.metrics.statistics_tables import scores_of_tables
from rsica_bench.protocols import find_protocol
from rsica_bench.scoring.captioning import SCORER as CAPTIONING
from rsica_bench.scoring.dialogue import SCORER as DIALOGUE
from rsica_bench.scoring.mention_scores import mention_tables
from rsica_bench.scoring.open_qa import SCORER as OPEN_QA
from rsica_bench.scoring.task_report import measure_task
from rsica_data.schema import Question

BUILDINGS = {"building": [(0, 0, 9, 9), (40, 40, 49, 49)]}  # top-left and center-center of 90 x 90 pixels
NAMES = ("class_hallucination", "class_hallucination_texts", "class_recall", "cell_hallucination", "cell_recall")


def scored(item, said, boxes=BUILDINGS, with_recall=True):
    gold = {"captions": ["a house"]}
    items = [item("captioning", gold, text, boxes=boxes, pair=f"p{n}", name=f"i{n}") for n, text in enumerate(said)]
    return scores_of_tables(mention_tables(items, with_recall))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two buildings were built in the top-left and center cells.", (0, 0, 1, 0, 1)),
        ("Seven buildings were removed in the top-left cell.", (0, 0, 1, 0, 0.5)),  # numbers are not looked at
        ("A road was built in the bottom-right cell.", (1, 1, 0, 1, 0)),
        ("A road and a building appeared in the top row.", (0.5, 1, 1, 2 / 3, 0.5)),
        ("No road changed, but houses were built.", (0, 0, 1, None, 0)),
        ("Houses are built along the road.", (0, 0, 1, None, 0)),
        ("Nothing has changed.", (None, 0, 0, None, 0)),
        ("The buildings and the roads in the bottom row are unchanged.", (None, 0, 0, None, 0)),
        (" ", (1, 1, 0, 1, 0)),  # not read
    ],
)
def test_one_text(item, text, expected):
    found = scored(item, [text])
    assert tuple(found.values.get(name) for name in NAMES) == pytest.approx(expected)


def test_texts_are_summed_and_a_class_counts_once_a_text(item):
    said = ["a road is new, and the road is wide, and one more road", "buildings were built and a road too", "lovely"]
    found = scored(item, said).values
    assert found["class_hallucination"] == pytest.approx(2 / 3)
    assert found["class_hallucination_texts"] == pytest.approx(2 / 3)
    assert found["class_recall"] == pytest.approx(1 / 3)


def test_what_cannot_be_has_its_reason(item):
    found = scored(item, ["there is no difference"], boxes={})
    assert found.values == {"class_hallucination_texts": 0}
    assert found.absent == {
        "class_hallucination": "no text names a class as changed",
        "class_recall": "no class changed",
        "cell_hallucination": "no text names a cell",
        "cell_recall": "no cell holds a change",
    }
    assert mention_tables([], True) == ()


def test_on_a_pair_without_change_every_mention_is_one_too_many(item):
    found = scored(item, ["a building was built in the center", "no change"], boxes={}).values
    assert found["class_hallucination"] == found["cell_hallucination"] == 1
    assert found["class_hallucination_texts"] == 0.5


def test_captions_have_them_in_their_report_where_there_are_facts(item):
    protocol = find_protocol("default")
    with_facts = [item("captioning", {"captions": ["a house"]}, "two buildings were built", boxes=BUILDINGS)]
    without = [item("captioning", {"captions": ["a house"]}, "two buildings were built")]
    found = scores_of_tables(measure_task("captioning", with_facts, protocol).tables).values
    assert found["class_recall"] == 1
    assert not set(NAMES) & scores_of_tables(measure_task("captioning", without, protocol).tables).values.keys()


def test_free_open_questions_have_them_without_recalls(item):
    gold = {"kind": "text", "args": {}, "references": ["Two buildings."]}
    items = [
        item("open_qa", gold, text, boxes=BUILDINGS, question=Question("text"), pair=f"p{n}", name=f"i{n}")
        for n, text in enumerate(("Two buildings were built in the center.", "A road was built in the center."))
    ]
    found = scores_of_tables(measure_task("open_qa", items, find_protocol("default")).tables).values
    assert found["free_text/class_hallucination"] == found["free_text/class_hallucination_texts"] == 0.5
    assert found["free_text/cell_hallucination"] == 0
    assert not {"free_text/class_recall", "free_text/cell_recall"} & found.keys()


def test_less_hallucination_is_better_and_more_recall():
    assert CAPTIONING.is_lower("class_hallucination")
    assert OPEN_QA.is_lower("free_text/class_hallucination_texts")
    assert DIALOGUE.is_lower("captioning/cell_hallucination")
    assert not CAPTIONING.is_lower("class_recall")
