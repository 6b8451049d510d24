"""Wordings by another writer, filled from random facts: how many true statements stand, and contradictions fall."""

from pathlib import Path
from random import Random

import numpy as np
import pytest
import yaml

from rsica_data.claims import context_of, verify
from rsica_data.facts import compute_facts
from rsica_data.schema import CELLS, ClassDef, FactRules, view_facts

HERE = Path(__file__).parent
SETS = {name: yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8")) for name in ("blind", "blind_second")}
NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
PLACES = {"center-center": "center"}
NAMES = ("road", "building")
SIZE = 180


def random_facts(rng):
    """A pair with 0 to 5 objects of each class; often of one cell only, sometimes without change."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    home = [None, rng.randrange(9)][rng.random() < 0.5]
    for number in (1, 2):
        cell = home if home is not None else rng.randrange(9)
        for _ in range(rng.choice([0, 0, 1, 2, 3, 4, 5])):
            place = cell if home is not None else rng.randrange(9)
            free = [(x, y) for y in range(0, 60, 15) for x in range(0, 60, 15)
                    if not mask[60 * (place // 3) + y, 60 * (place % 3) + x]]  # fmt: skip
            x, y = rng.choice(free)
            top, left = 60 * (place // 3) + y, 60 * (place % 3) + x
            mask[top : top + rng.randrange(3, 11), left : left + rng.randrange(3, 11)] = number
    classes = [ClassDef(1, "road"), ClassDef(2, "building")]
    view = view_facts(compute_facts(change_mask=mask, classes=classes), FactRules())
    return view, context_of(view, before_date="2015-05-01", after_date="2019-08-01")


def slots(kind, view, rng, true):
    """Values that make a wording of a kind true, or false; None where these facts have none."""
    counts = view.counts
    some = [name for name in NAMES if counts[name]]
    none = [name for name in NAMES if not counts[name]]
    if kind == "count":
        many = [name for name in NAMES if counts[name] > 1]
        if not many:
            return None
        name = rng.choice(many)
        number = counts[name] if true else rng.choice([n for n in range(2, 9) if n != counts[name]])
        return {"N": number, "W": NUMBERS[number], "C": name, "CS": f"{name}s"}
    if kind in ("presence", "absence"):
        pool = some if (kind == "presence") is true else none
        return {"C": (name := rng.choice(pool)), "CS": f"{name}s"} if pool else None
    if kind == "position":
        single = [name for name in some if len(view.cells[name]) == 1 and counts[name] > 1]
        if not single:
            return None
        name = rng.choice(single)
        cell = view.cells[name][0]
        cell = cell if true else rng.choice([one for one in CELLS if one != cell])
        return {"CS": f"{name}s", "P": PLACES.get(cell, cell.replace("-", " "))}
    if kind in ("changed", "unchanged"):
        return {} if (kind == "changed") is (view.changed is true) else None
    if kind == "relation":
        if counts["road"] == counts["building"] or not all(counts.values()):
            return None
        first, second = sorted(NAMES, key=lambda name: -counts[name])
        first, second = (first, second) if true else (second, first)
        return {"AS": f"{first}s", "BS": f"{second}s"}
    if kind == "total":
        total = sum(counts.values())
        return {"T": total if true else total + rng.choice([-1, 1, 2, 3])} if total > 1 else None
    if kind == "share":
        share = round(100 * sum(view.fraction.values()))
        return {"S": share if true else share + rng.choice([10, 20, 40])} if share >= 2 else None
    if kind == "date":
        if not view.changed:
            return None
        first, second = (2015, 2019) if true else (2011, 2023)
        return {"Y0": first, "Y1": second}
    road, building = counts["road"], counts["building"]
    if min(road, building) < 2:
        return None
    wrong = 0 if true else rng.choice([1, 2, 3])
    return {"N1": road + wrong, "C1S": "roads", "N2": building, "C2S": "buildings", "NR": road + wrong, "NB": building}


def statements(name, number, true, seed):
    """``number`` statements of a set, wordings in turn: (text, context)."""
    rng = Random(seed)
    listed = [(kind, wording) for kind, wordings in SETS[name].items() for wording in wordings]
    found = []
    while len(found) < number:
        kind, wording = listed[len(found) % len(listed)]
        view, context = random_facts(rng)
        values = slots(kind, view, rng, true)
        if values is not None:
            text = wording.format(**values)
            found.append((text[0].upper() + text[1:], context))
    return found


# What each set showed when it was first run stands in docs/claims.md; these bounds hold what was mended since.
@pytest.mark.parametrize(("name", "least"), [("blind", 0.98), ("blind_second", 0.97)])
def test_contradictions_fall_and_true_statements_stand(name, least):
    true = [verify(text, context).ok for text, context in statements(name, 1000, True, 5)]
    planted = [verify(text, context).ok for text, context in statements(name, 1000, False, 5)]
    print(f"{name}: {true.count(False)} of 1,000 true refused, {planted.count(True)} of 1,000 planted accepted")
    assert true.count(True) >= 980
    assert planted.count(False) >= 1000 * least


def test_a_sentence_that_is_no_readable_answer_is_read_alone():
    rng = Random(1)
    while True:
        view, context = random_facts(rng)
        if view.counts["road"] > view.counts["building"] > 0:
            break
    question = "Did more roads or more buildings change?"
    assert verify("More roads than buildings have changed.", context, question).ok
    assert not verify("More buildings than roads have changed.", context, question).ok
