"""Accuracy of damage levels and their distance, by hand."""

import pytest

from rsica_bench.metrics.statistics_tables import scores_of_tables
from rsica_bench.protocols import find_protocol
from rsica_bench.scoring.damage import SCORER
from rsica_data.schema import Question

XBD = ("slightly damaged building", "heavily damaged building", "destroyed building")
SLIGHT, HEAVY, GONE = XBD


def test_scores_by_hand(item):
    asked = Question("worst", {"levels": list(XBD)})
    replies = ((GONE, "destroyed"), (GONE, "slightly damaged"), (SLIGHT, "none"), ("none", None), (HEAVY, None))
    items = [
        item("damage", {"kind": "worst", "args": asked.args, "value": true}, raw, question=asked, name=f"i{n}")
        for n, (true, raw) in enumerate(replies)
    ]
    measured = scores_of_tables(SCORER.measure(items, find_protocol("default")).tables).values
    assert measured["accuracy"] == 1 / 5
    assert measured["level_error"] == pytest.approx((0 + 2 + 1 + 3 + 2) / 5)
