"""Doubled questions and slivers at the edge of an image."""

import numpy as np
import pytest

from rsica_data.change_facts import compute_facts
from rsica_data.dataset.quality.repeated_questions import doubled_questions
from rsica_data.dataset.quality.slivers import SliverSearch
from rsica_data.schema import ClassDef, FactRules


def test_questions_asked_twice(stored_pair, asked):
    pair = stored_pair("x")

    def row(number, question, changed):
        text = "Yes." if changed else "No."
        values = {"gold": {"changed": changed}, "kind": "binary", "number": number}
        return asked(pair, "classification", question, text, **values)

    items = [
        row(0, "Has the scene changed?", True),
        row(1, "Please, has scene changed", True),
        row(2, "has the scene changed ?", False),
        row(3, "Did anything change?", False),
        asked(pair, "captioning", "Describe.", "a road", gold={"captions": ["a road"]}, number=4),
        asked(pair, "captioning", "Describe.", "a new road", gold={"captions": ["a new road"]}, number=5),
        asked(pair, "captioning", "describe", "A road.", gold={"captions": ["a road"]}, number=6),
    ]
    found = [(one.one[-1], one.two[-1], one.contradict) for one in doubled_questions(items)]
    assert found == [("0", "1", False), ("0", "2", True), ("4", "6", False)]


@pytest.fixture
def town(stored_pair):
    """Pairs of 64x64 with buildings of 10x10; the last has two slivers and a half building at the edge."""

    def make(whole, slivers):
        pairs = []
        for number in range(whole):
            mask = np.zeros((64, 64), np.uint8)
            mask[20:30, 20:30] = 1
            pairs.append((f"w{number}", mask))
        mask = np.zeros((64, 64), np.uint8)
        for place, height in enumerate(slivers):
            mask[0:height, 12 * place + 1 : 12 * place + 6] = 1
        pairs.append(("edge", mask))
        classes = (ClassDef(1, "building"),)
        return [
            stored_pair(name, width=64, height=64, classes=classes, facts=compute_facts(change_mask=m, classes=classes))
            for name, m in pairs
        ]

    return make


def search(pairs, **rules):
    found = SliverSearch(FactRules(**rules))
    for pair in pairs:
        found.add(pair)
    return found.result()


def test_slivers_and_the_least_area_that_leaves_them_out(town):
    found = search(town(12, [1, 6, 1]))  # 5, 30 and 5 pixels: below a tenth of 100 are two
    assert [(one.pair_id, one.area_px, one.class_name) for one in found.slivers] == [
        ("hand/test/edge", 5, "building")
    ] * 2
    assert (found.at_edge, found.whole) == (3, 12)
    assert (found.suggested, found.slivers_dropped, found.whole_dropped) == (6, 2, 0)
    assert search(town(12, [1, 6, 1]), min_object_pixels=6).slivers == ()


def test_few_whole_objects_say_nothing(town):
    assert search(town(5, [1, 1])).slivers == ()


def test_no_area_is_suggested_that_loses_whole_objects(town, stored_pair):
    mask = np.zeros((64, 64), np.uint8)
    for row in range(5):
        mask[10 + 4 * row, 40:42] = 1  # five whole buildings of two pixels
    classes = (ClassDef(1, "building"),)
    tiny = stored_pair(
        "t", width=64, height=64, classes=classes, facts=compute_facts(change_mask=mask, classes=classes)
    )
    found = search([*town(12, [1]), tiny])
    assert [one.area_px for one in found.slivers] == [5]
    assert found.suggested is None


def test_the_report_names_slivers(town, write_dataset, rsica_data):
    dataset = write_dataset(town(12, [1, 1]), [])
    text = rsica_data("quality", dataset.root, "--no-images").out
    assert "slivers at the edge: 2 of 2 objects there (2 building)" in text
    assert "min_object_pixels 6 (now 1) leaves out 2 of them and 0 of 12 whole objects" in text
    assert "leaks by image: 0 (images not compared)" in text
