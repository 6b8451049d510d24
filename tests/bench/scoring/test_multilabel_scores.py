"""Figures of lists of classes by hand."""

import pytest

from rsica_bench.metrics.statistics_tables import scores_of_tables
from rsica_bench.protocols import find_protocol
from rsica_bench.scoring.multilabel import SCORER
from rsica_data.schema import Question


def test_figures_by_hand(item):
    among = ["road", "building", "tree"]
    asked = Question("multilabel", {"among": among, "image": ""})
    told = ((["road"], "roads"), (["road", "tree"], "roads and buildings"), (["tree"], None))
    items = [
        item("multilabel", {"kind": "multilabel", "args": asked.args, "value": true}, raw, question=asked, name=f"i{n}")
        for n, (true, raw) in enumerate(told)
    ]
    measured = scores_of_tables(SCORER.measure(items, find_protocol("default")).tables).values
    # An unread reply names the two classes that are not shown: 2 of 5 named classes are right, of 4 shown.
    assert measured["precision"] == pytest.approx(2 / 5) and measured["recall"] == pytest.approx(2 / 4)
    assert measured["f1"] == pytest.approx(4 / 9)
    assert measured["subset_accuracy"] == pytest.approx(1 / 3)
    assert measured["hamming"] == pytest.approx(5 / 9)
    assert (measured["f1/road"], measured["f1/building"], measured["f1/tree"]) == pytest.approx((4 / 5, 0, 0))
    assert measured["macro_f1"] == pytest.approx(4 / 15)
