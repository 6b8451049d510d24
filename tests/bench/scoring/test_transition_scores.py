"""Figures of from-to matrices by hand."""

import pytest

from rsica_bench.metrics.statistics_tables import scores_of_tables
from rsica_bench.protocols import find_protocol
from rsica_bench.scoring.transition import SCORER
from rsica_data.schema import Question


def test_figures_by_hand(item):
    asked = Question("matrix", {"among": ["tree", "road", "building"]})
    gold = {"kind": "matrix", "args": asked.args, "value": [["tree", "road", 60.0], ["tree", "building", 40.0]]}
    replies = ("trees to roads: 60%; trees to buildings: 40%", "trees to roads: 100%", "roads to trees: 100%", None)
    items = [item("transition", gold, raw, question=asked, name=f"i{n}") for n, raw in enumerate(replies)]
    measured = scores_of_tables(SCORER.measure(items, find_protocol("default")).tables).values
    assert measured["accuracy"] == measured["accuracy/matrix"] == 1 / 4
    assert measured["matrix_overlap"] == pytest.approx((1 + 0.6 + 0 + 0) / 4)
    assert measured["step_precision"] == pytest.approx((2 + 1 + 0 + 0) / (2 + 1 + 1 + 2))
    assert measured["step_recall"] == pytest.approx(3 / 8)
    assert measured["step_f1"] == pytest.approx(6 / 14)
