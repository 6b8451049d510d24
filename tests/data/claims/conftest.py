"""A pair by hand: two buildings built and one removed, a road, bare land that became buildings; its listed facts."""

import numpy as np
import pytest

from rsica_data.change_facts import compute_facts
from rsica_data.claims import Listed, PairContext, list_facts
from rsica_data.schema import ClassDef, FactRules, view_facts

CLASSES = (ClassDef(1, "road"), ClassDef(2, "building"), ClassDef(3, "vegetation"), ClassDef(4, "bare land"))
NAMES = tuple(entry.name for entry in CLASSES)


@pytest.fixture(scope="session")
def hand_view():
    """30x30 pixels of 2 m: vegetation above, bare land below."""
    before = np.full((30, 30), 3, np.uint8)
    before[15:] = 4
    before[2:5, 2:5] = 2  # will be removed, top-left
    after = before.copy()
    after[2:5, 2:5] = 3
    after[22:28, 22:28] = 2  # on bare land, bottom-right
    after[22:26, 12:15] = 2  # on bare land, bottom-center
    after[0:2, 20:30] = 1  # on vegetation, top-right
    mask = np.where(before != after, after, 0).astype(np.uint8)
    mask[2:5, 2:5] = 2
    facts = compute_facts(
        change_mask=mask,
        before_labels=before,
        after_labels=after,
        classes=CLASSES,
        report=["road", "building"],
        gsd_m=2.0,
    )
    return view_facts(facts, FactRules())


@pytest.fixture(scope="session")
def listed(hand_view):
    context = PairContext(NAMES, captions=("a road is built and a house is removed",), dates=("2012-05-01", None))
    return Listed(list_facts(hand_view, context), NAMES)


@pytest.fixture(scope="session")
def unchanged():
    before = np.full((30, 30), 3, np.uint8)
    before[0:3, 0:3] = 2
    facts = compute_facts(
        change_mask=np.zeros_like(before),
        before_labels=before,
        after_labels=before,
        classes=CLASSES,
        report=["road", "building"],
    )
    context = PairContext(NAMES, captions=("the scene is the same as before",))
    return Listed(list_facts(view_facts(facts, FactRules()), context), NAMES)
