"""Label maps that hold classes only where something changed: nothing is asked about cover of the whole image."""

import numpy as np

from rsica_data.change_facts import compute_facts
from rsica_data.schema import ClassDef, FactRules, view_facts
from rsica_data.tasks.open_qa.kinds import KINDS


def small_maps():
    before, after = np.zeros((10, 10), np.uint8), np.zeros((10, 10), np.uint8)
    before[:2], after[:2] = 1, 2
    return before, after


def view_of(labels_whole):
    before, after = small_maps()
    classes = (ClassDef(1, "tree"), ClassDef(2, "building"))
    facts = compute_facts(
        change_mask=after, before_labels=before, after_labels=after, classes=classes, labels_whole=labels_whole
    )
    return view_facts(facts, FactRules())


def asked(view):
    return {name for name, kind in KINDS.items() for args in kind.arguments(view) if kind.value(view, args) is not None}


COVER = {"cover_before", "cover_after", "cover_more", "most_gained", "most_lost"}


def test_cover_is_asked_only_where_the_whole_image_is_labelled():
    assert asked(view_of(labels_whole=True)) >= COVER
    silent = asked(view_of(labels_whole=False))
    assert not COVER & silent
    # What became of what is known all the same.
    assert {"became", "was_before", "area_share", "total_share", "class_count"} <= silent


def test_what_is_known_of_change_does_not_depend_on_it():
    view = view_of(labels_whole=False)
    assert view.cover == {}
    assert view.land == ("tree", "building")
    assert view.transitions == (("tree", "building", 20),)
    assert KINDS["became"].value(view, {"cls": "tree", "among": ["tree", "building"]}) == "building"
    assert KINDS["total_share"].value(view, {}) == 20.0


def test_prompts_for_models_are_silent_too():
    from rsica_data.claims.fact_list import PairContext, list_facts

    told = [fact.words() for fact in list_facts(view_of(labels_whole=False), PairContext(("tree", "building"), True))]
    assert not [line for line in told if "cover" in line and "percent" in line]
    assert any("tree" in line and "building" in line for line in told)
