"""Rules over facts: changed, complete, sizes, bins, the five sentences."""

import re

import numpy as np
import pytest

from rsica_bench.scoring.api import PairFacts
from rsica_bench.scoring.strata import STRATA
from rsica_data.change_facts import compute_facts
from rsica_data.schema import NO_CHANGE_SENTENCES, ClassDef, FactRules, mask_changed, settle_change, view_facts
from rsica_data.schema.rules import (
    COUNT_BINS,
    DISTRIBUTION_BINS,
    bin_name,
    bin_of,
    holds_all_change,
    map_size_word,
    rsvqa_range,
    size_word,
)
from rsica_data.tasks.open_qa.kinds import KINDS
from rsica_data.tasks.template_files import template_file

CLASSES = (ClassDef(1, "building"), ClassDef(2, "grass"), ClassDef(3, "water"))


def facts_of(before, after, report=None, **options):
    maps = (np.asarray(labels, np.uint8) for labels in (before, after))
    one, other = maps
    return compute_facts(
        change_mask=None, before_labels=one, after_labels=other, classes=CLASSES, report=report, **options
    )


GRASS, FLOOD = np.full((9, 9), 2), np.full((9, 9), 3)


def test_a_view_derives_the_flag_by_the_rule_of_the_build():
    """Grass went under water, and only buildings are reported: their mask is empty, the pair has changed."""
    facts = facts_of(GRASS, FLOOD, report=["building"])
    assert mask_changed(facts)
    assert view_facts(facts, FactRules()).changed is settle_change(None, facts, False) is True
    assert not mask_changed(facts_of(GRASS, GRASS))


@pytest.mark.parametrize(
    ("flag", "changed", "overrides", "expected"),
    [
        (None, True, False, True), (None, False, False, False), (None, None, False, None),
        (True, False, False, True), (False, True, False, True), (False, False, False, False),
        (False, True, True, False), (True, False, True, True), (False, None, False, False),
    ],
)  # fmt: skip
def test_flag_and_mask(flag, changed, overrides, expected):
    facts = None if changed is None else facts_of(GRASS, FLOOD if changed else GRASS)
    assert settle_change(flag, facts, overrides) is expected


def test_classes_that_do_not_hold_all_the_change():
    flood = view_facts(facts_of(GRASS, FLOOD, report=["building"]), FactRules())
    assert not holds_all_change(flood) and KINDS["total_count"].value(flood, {}) is None
    assert holds_all_change(view_facts(facts_of(GRASS, FLOOD), FactRules()))


@pytest.mark.parametrize("pixels", [1, 99, 100, 101, 499, 500, 501, 9999])
def test_size_words_of_questions_and_strata_are_one(pixels):
    mask = np.zeros(10000, np.uint8)
    mask[:pixels] = 1
    view = view_facts(compute_facts(change_mask=mask.reshape(100, 100), classes=CLASSES), FactRules())
    word = "small" if pixels < 100 else "medium" if pixels < 500 else "large"
    assert KINDS["largest_size"].value(view, {"cls": "building"}) == word
    assert STRATA["size"](PairFacts("p", "s", "test", True, view)) == word == size_word(pixels / 10000)


def test_questions_say_the_limits_of_the_size_words():
    for question in template_file("open_qa")["largest_size"]["questions"]:
        assert re.findall(r"(\d+)(?=%| to)", question) in (["1", "5"], ["1", "1", "5"]), question


def test_size_words_of_maps():
    assert [map_size_word(area) for area in (0, 99.9, 100, 999.9, 1000)] == ["small"] * 2 + ["medium"] * 2 + ["large"]


def test_bins_hold_every_count_once():
    assert [bin_of(n) for n in (0, 1, 2, 3, 4, 9, 10, 500)] == ["0", "1", "2-3", "2-3", "4-9", "4-9", "10+", "10+"]
    assert [bin_of(n, DISTRIBUTION_BINS) for n in (0, 2, 3, 10, 20, 21)] == ["0", "2", "3-5", "6-10", "11-20", "21+"]
    for bins in (COUNT_BINS, DISTRIBUTION_BINS):
        assert {bin_of(n, bins) for n in range(40)} == {bin_name(limits) for limits in bins}
    assert [rsvqa_range(n) for n in (0, 1, 10, 11, 100, 1000, 1001)] == [0, 1, 1, 2, 2, 3, 4]


def test_templates_use_the_five_sentences():
    assert tuple(template_file("captioning")["from_facts"]["unchanged"]) == NO_CHANGE_SENTENCES
