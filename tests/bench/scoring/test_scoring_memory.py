"""Scoring many items takes little more memory than scoring some: their rows are made in blocks and lie on disk."""

import tracemalloc
from collections.abc import Sequence

import numpy as np

from rsica_bench.metrics.clusters import numbered
from rsica_bench.metrics.statistics_tables import mean_table
from rsica_bench.metrics.vqa import CDVQA_TYPES
from rsica_bench.protocols import find_protocol
from rsica_bench.scoring import mention_scores
from rsica_bench.scoring.by_kind import accuracy_table
from rsica_bench.scoring.counting import SCORER as COUNTING
from rsica_bench.scoring.localization import SCORER as LOCALIZATION
from rsica_bench.scoring.mention_scores import mention_tables
from rsica_data.schema import Question

FEW, MANY = 12_000, 36_000
PROTOCOL = find_protocol("default")


class Repeated(Sequence):
    """Some items again and again, so that they take no memory of their own."""

    def __init__(self, items, number):
        self.items, self.number = items, number

    def __getitem__(self, place):
        if not 0 <= place < self.number:
            raise IndexError(place)
        return self.items[place % len(self.items)]

    def __len__(self):
        return self.number


def bytes_an_item(work):
    """By how much the peak of what is held grows with an item."""
    work(FEW)  # what is loaded once
    peaks = []
    for number in (FEW, MANY):
        tracemalloc.start()
        try:
            work(number)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    return (peaks[1] - peaks[0]) / (MANY - FEW)


def test_counts(item):
    items = [item("counting", {"road": 1, "building": 5}, raw) for raw in ("2 roads and 4 buildings", "who knows")]
    assert bytes_an_item(lambda number: COUNTING.measure(Repeated(items, number), PROTOCOL)) < 250


def test_cells(item):
    gold = {"road": [], "building": ["top-left"]}
    items = [item("localization", gold, raw) for raw in ("roads [] buildings ['top-left']", "who knows")]
    assert bytes_an_item(lambda number: LOCALIZATION.measure(Repeated(items, number), PROTOCOL)) < 120


def test_short_answers(item):
    items = [item("cdvqa", {"value": "yes"}, None, question=Question(kind)) for kind in CDVQA_TYPES]
    assert bytes_an_item(lambda number: accuracy_table("cdvqa", Repeated(items, number), range(number))) < 60


def test_mentions(item, monkeypatch):
    monkeypatch.setattr(mention_scores, "_row", lambda item, view: (1,) * 10)
    items = [item("captioning", {"captions": ["a house"]}, "a house is built", boxes={"building": [(0, 0, 9, 9)]})]
    assert bytes_an_item(lambda number: mention_tables(Repeated(items, number), True)) < 40


def test_numbers_of_pairs():
    right, names = np.zeros(MANY, bool), np.arange(MANY)
    tables = {number: [mean_table(right=right[:number])] for number in (FEW, MANY)}
    assert bytes_an_item(lambda number: numbered(names[:number], tables[number])) < 40
