"""The fact score of captions, by hand."""

import pytest

from rsica_bench.metrics.tables import scores_of_tables
from rsica_bench.protocols import find_protocol
from rsica_bench.scoring.fact_score import fact_tables
from rsica_bench.scoring.report import measure_task
from rsica_data.schema import Question

TWO = {"building": [(0, 0, 9, 9), (30, 30, 39, 39)]}


def figures(item, said, boxes=TWO, scope="captioning"):
    items = [
        item("captioning", {"captions": ["a house"]}, text, boxes=boxes, pair=f"p{n}") for n, text in enumerate(said)
    ]
    return scores_of_tables(fact_tables(items, list(said), scope))


def test_true_and_false_counts(item):
    assert figures(item, ["two buildings have been built"]).values["fact_precision"] == 1
    found = figures(item, ["five buildings have been built"]).values
    assert found["fact_contradiction"] == 1
    assert found["fact_precision"] == 0


def test_nothing_said_is_no_precision_but_a_recall(item):
    found = figures(item, [""])
    assert found.values == {"fact_recall": 0}
    assert found.absent["fact_precision"] == "no claim that the facts settle"


def test_no_change_where_there_is_some(item):
    assert figures(item, ["there is no difference"]).values["fact_contradiction"] == 1
    assert figures(item, ["there is no difference"], boxes={}).values["fact_precision"] == 1


def test_sums_over_texts(item):
    found = figures(item, ["two buildings have been built", "there is no difference"]).values
    assert 0 < found["fact_precision"] < 1
    assert found["fact_precision"] + found["fact_contradiction"] == pytest.approx(1)


def test_captions_have_it_in_their_report_where_there_are_facts(item):
    protocol = find_protocol("default")
    with_facts = [item("captioning", {"captions": ["a house"]}, "two buildings were built", boxes=TWO)]
    without = [item("captioning", {"captions": ["a house"]}, "two buildings were built")]
    assert "fact_precision" in scores_of_tables(measure_task("captioning", with_facts, protocol).tables).values
    assert "fact_precision" not in scores_of_tables(measure_task("captioning", without, protocol).tables).values


def test_free_open_questions_have_it_without_a_recall(item):
    gold = {"kind": "text", "args": {}, "references": ["Two buildings."]}
    asked = Question("text")
    items = [
        item("open_qa", gold, text, boxes=TWO, question=asked, pair=f"p{n}", name=f"i{n}")
        for n, text in enumerate(("Two buildings were built.", "Five buildings were built."))
    ]
    found = scores_of_tables(measure_task("open_qa", items, find_protocol("default")).tables).values
    assert found["free_text/fact_precision"] == found["free_text/fact_contradiction"] == 0.5
    assert "free_text/fact_recall" not in found
    assert "free_text/BLEU-4" in found
