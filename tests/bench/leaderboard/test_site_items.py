"""What the site shows of single answers: kinds of errors, what was read of a reply, pictures, diverse examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_data import read_data_script

from rsica_bench.leaderboard.site.answer_errors import contradicting, faults_of, told_values
from rsica_bench.leaderboard.site.examples import diverse
from rsica_bench.leaderboard.site.pictures import outlines
from rsica_bench.leaderboard.site.read_spans import marks_of
from rsica_data.schema import Question

GOLD = {"road": 0, "building": 2}


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        ("2 buildings", []),
        ("No roads and no buildings have changed.", ["missed_change"]),
        ("1 road and 2 buildings", ["false_change"]),
        ("3 buildings", ["wrong_count"]),
        ("1 road and 3 buildings", ["false_change", "wrong_count"]),
        ("I can't tell.", ["unparsed"]),
    ],
)
def test_kinds_of_wrong_counts(item, raw, faults):
    assert faults_of(item("counting", GOLD, raw)) == faults


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        ("Buildings: top-left.", []),
        ("Buildings: top-right.", ["wrong_place"]),
        ("Roads: top-left. Buildings: top-left.", ["false_change"]),
        ("Roads: none. Buildings: none.", ["missed_change"]),
    ],
)
def test_kinds_of_wrong_places(item, raw, faults):
    assert faults_of(item("localization", {"road": [], "building": ["top-left"]}, raw)) == faults


def test_free_text_is_judged_by_change_alone(item):
    gold = {"captions": ["a house is built"]}
    assert faults_of(item("captioning", gold, "nothing has changed")) == ["missed_change"]
    assert faults_of(item("captioning", gold, "two roads are built")) == []
    assert faults_of(item("captioning", gold, "a road is built", changed=False)) == ["false_change"]
    assert faults_of(item("captioning", gold, "a road is built", changed=None)) == []


def test_open_questions_go_by_their_value(item):
    asked = Question("class_count", {"cls": "road"})
    gold = {"args": {"cls": "road"}, "kind": "class_count", "value": 2}
    wrong = item("open_qa", gold, "There are 3.", question=asked)
    assert faults_of(wrong) == ["wrong_count"]
    assert told_values(wrong) == [{"of": "class_count", "gold": "2", "read": "3", "right": False}]


def test_answers_that_contradict_each_other(item):
    turns = [
        item("classification", {"changed": True}, "No.", turn=0),
        item("counting", GOLD, "2 buildings", turn=1),
        item("counting", GOLD, "2 buildings", turn=0, name="i1"),
    ]
    assert contradicting(turns) == {0, 1}


def marked(one):
    return [one.raw[start:end] for start, end in marks_of(one)]


def test_what_was_read_is_marked(item):
    assert marked(item("counting", GOLD, "<think>9 buildings?</think>No roads and two buildings.")) == [
        "No", "roads", "two", "buildings",
    ]  # fmt: skip
    assert marked(item("classification", {"changed": True}, "I think so. Final answer: Yes")) == ["Yes"]
    assert marked(item("localization", {"road": [], "building": ["top-left"]}, "Buildings: top-left.")) == [
        "Buildings", "top-left",
    ]  # fmt: skip
    assert marked(item("captioning", {"captions": ["x"]}, "a house is built")) == ["a house is built"]
    assert marks_of(item("counting", GOLD, "I can't tell.")) == []


@given(st.text(max_size=60))
def test_marks_are_in_order_and_inside(item_of_text, text):
    one = item_of_text(text)
    ends = [0, *(place for span in marks_of(one) for place in span), len(one.raw or "")]
    assert ends == sorted(ends)


@pytest.fixture(scope="module")
def item_of_text():
    from rsica_bench.scoring.api import PairFacts, ScoredItem
    from rsica_data.core import registry
    from rsica_data.schema import GoldTurn, ParseContext, Unparsed

    def make(text):
        raw, question = f"Two roads. {text} 3 buildings", Question("counting")
        answer = registry.load(registry.TASKS, "counting").parse(raw, ParseContext(question, ("road", "building")))
        return ScoredItem(
            "i", 0, PairFacts("p", "s", "test", True, None), GoldTurn("counting", question, GOLD), "", raw,
            None if isinstance(answer, Unparsed) else answer, None, ("road", "building"),
        )  # fmt: skip

    return make


def test_one_of_each_question_comes_first(item):
    from dataclasses import replace

    asked = [("a", "1 road"), ("a", "2 roads"), ("b", "1 road"), ("a", "1 road")]
    items = [replace(item("counting", GOLD, raw), prompt=prompt) for prompt, raw in asked]
    assert diverse([0, 1, 2, 3], items, 4) == [0, 2, 1]
    assert diverse([0, 1, 2, 3], items, 1) == [0]


def test_outlines_of_two_touching_objects():
    mask = np.zeros((12, 12), np.uint8)
    mask[:, 6:] = 2
    shown = outlines(mask)
    assert set(np.unique(shown)) == {0, 2}
    assert (shown == 2)[:, 6:8].all() and not shown[:, 8:].any() and not shown[:, :6].any()


def golds(one):
    return [value["gold"] for answer in one["answers"].values() for value in answer["told"]]


def test_pictures_hold_gold_and_predicted_masks(site):
    (table,) = (one for one in read_data_script(site / "data/simulated.js")["tables"] if one["task"] == "counting")
    items = read_data_script(site / "data/simulated.examples.js")[table["id"]]["items"]
    changed = next(one for one in items if one["changed"] and any(count != "0" for count in golds(one)))
    picture = read_data_script(site / f"data/simulated.pairs/{changed['picture']}.js")
    assert picture["before"].startswith("data:image/") and picture["gold"]
    assert [name.split("-")[0] for name in picture["predicted"]] == ["pixel"]
    assert {entry["name"] for entry in picture["classes"]} >= {"road", "building"}


def test_an_address_of_a_report_is_checked(rsica_bench, site, synthetic, tmp_path):
    words = ["leaderboard", "build", site.parent / "boards/simulated", "--site", tmp_path / "out"]
    for wrong in ("javascript:alert(1)", " data:text/html,x"):
        ended = rsica_bench(*words, "--data", synthetic, "--report", wrong)
        assert ended.status == 2 and "--report: is no address of a page" in ended.err
    assert "--report: 1 address for 0 datasets" in rsica_bench(*words, "--report", "x.html").err
