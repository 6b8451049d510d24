"""Random facts for wordings by other writers, and the slots that make a wording of a kind true or false of them."""

from random import Random

import numpy as np

from rsica_data.claims import context_of
from rsica_data.facts import compute_facts
from rsica_data.schema import CELLS, ClassDef, FactRules, view_facts

NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
PLACES = {"center-center": "center"}
NAMES = ("road", "building")
LAND = ("low vegetation", "tree", "water", "bare ground")
SPOKEN = {"tree": "trees", "building": "buildings"}
CLASSES = [ClassDef(number, name) for number, name in enumerate(NAMES + LAND, 1)]
SIZE = 180


def context_for(facts, changed=None):
    view = view_facts(facts, FactRules(), changed)
    return view, context_of(view, before_date="2015-05-01", after_date="2019-08-01")


def random_mask(rng, names=(1, 2)):
    """0 to 5 objects of each class; often of one cell only, sometimes none."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    home = [None, rng.randrange(9)][rng.random() < 0.5]
    for number in names:
        cell = home if home is not None else rng.randrange(9)
        for _ in range(rng.choice([0, 0, 1, 2, 3, 4, 5])):
            place = cell if home is not None else rng.randrange(9)
            free = [(x, y) for y in range(0, 60, 15) for x in range(0, 60, 15)
                    if not mask[60 * (place // 3) + y, 60 * (place % 3) + x]]  # fmt: skip
            x, y = rng.choice(free)
            top, left = 60 * (place // 3) + y, 60 * (place % 3) + x
            mask[top : top + rng.randrange(3, 11), left : left + rng.randrange(3, 11)] = number
    return mask


def random_facts(rng):
    """A pair whose changed objects are known, and nothing else."""
    return context_for(compute_facts(change_mask=random_mask(rng), classes=CLASSES[:2]))


def random_land(rng, kind):
    """A pair whose land cover is known at both dates."""
    before = np.repeat(np.repeat(rng_grid(rng), 60, 0), 60, 1).astype(np.uint8)
    after = before.copy()
    if kind == "transition":
        old, new = rng.sample([2, 3, 4, 5, 6], 2)
        top, left = rng.randrange(0, 120), rng.randrange(0, 120)
        before[top : top + 50, left : left + 50], after[top : top + 50, left : left + 50] = old, new
        return context_for(
            labelled(np.where((before == 2) | (after == 2), 2, 0) * (before != after), before, after), True
        )
    mask = random_mask(rng)
    for number in (1, 2):
        side = rng.choice([before, after])
        side[mask == number] = number
    return context_for(labelled(mask, before, after))


def labelled(mask, before, after):
    return compute_facts(
        change_mask=mask.astype(np.uint8), before_labels=before, after_labels=after, classes=CLASSES,
        report=list(NAMES),
    )  # fmt: skip


def rng_grid(rng):
    return np.array([[rng.randint(3, 6) for _ in range(3)] for _ in range(3)])


def steps_of(view):
    return {(before, after) for before, after, _ in view.transitions}


def slots_of_land(kind, view, rng, true):
    steps = steps_of(view)
    if kind == "transition":
        loose = {(veg(a), veg(b)) for a, b in steps}
        options = sorted(steps) if true else [
            (a, b) for a in ("building", *LAND) for b in ("building", *LAND)
            if veg(a) != veg(b) and (veg(a), veg(b)) not in loose
        ]  # fmt: skip
        a, b = rng.choice(options)
        return {"X": SPOKEN.get(a, a), "Y": SPOKEN.get(b, b)}
    came = {name for name in NAMES if any(b == name for _, b in steps)}
    went = {name for name in NAMES if any(a == name for a, _ in steps)}
    several = {name for name in NAMES if view.counts[name] > 1}  # the wordings say it in the plural
    pool = sorted(several & (came - went if (kind == "built") is true else went - came))
    return {"CS": f"{rng.choice(pool)}s"} if pool else None


def veg(name):
    """Trees are vegetation in plain English: a sentence that differs in this alone is neither true nor false."""
    return "vegetation" if name in ("tree", "low vegetation") else name


def count_slots(view, rng, true):
    many = [name for name in NAMES if view.counts[name] > 1]
    if not many:
        return None
    name = rng.choice(many)
    count = view.counts[name]
    number = count if true else rng.choice([n for n in range(2, 9) if n != count])
    return {"N": number, "W": NUMBERS[number], "C": name, "CS": f"{name}s"}


def class_slots(kind, view, rng, true):
    some = [name for name in NAMES if view.counts[name]]
    none = [name for name in NAMES if not view.counts[name]]
    if kind == "only":
        pool = some if true else NAMES
        if (len(some) == 1) is not true or not some:
            return None
    else:
        pool = some if (kind == "presence") is true else none
    return {"C": (name := rng.choice(pool)), "CS": f"{name}s"} if pool else None


def place_slots(kind, view, rng, true):
    if kind == "largest":
        objects = sorted((item for name in NAMES for item in view.objects[name]), key=lambda item: -item.area_px)
        if not objects or (len(objects) > 1 and objects[0].area_px == objects[1].area_px):
            return None
        x, y = objects[0].centroid
        name, cell = "", CELLS[3 * int(y // 60) + int(x // 60)]
    else:
        single = [name for name in NAMES if len(view.cells[name]) == 1 and view.counts[name] > 1]
        if not single:
            return None
        name = rng.choice(single)
        cell = view.cells[name][0]
    cell = cell if true else rng.choice([one for one in CELLS if one != cell])
    return {"C": name, "CS": f"{name}s", "P": PLACES.get(cell, cell.replace("-", " "))}


def relation_slots(view, rng, true):
    counts = view.counts
    if counts["road"] == counts["building"] or not all(counts.values()):
        return None
    first, second = sorted(NAMES, key=lambda name: -counts[name])
    first, second = (first, second) if true else (second, first)
    return {"AS": f"{first}s", "BS": f"{second}s"}


def number_slots(kind, view, rng, true):
    counts = view.counts
    if kind == "total":
        total = sum(counts.values())
        return {"T": total if true else total + rng.choice([-1, 1, 2, 3])} if total > 1 else None
    if kind == "share":
        share = round(100 * sum(view.fraction.values()))
        return {"S": share if true else share + rng.choice([10, 20, 40])} if share >= 2 else None
    road, building = counts["road"], counts["building"]
    if min(road, building) < 2:
        return None
    wrong = 0 if true else rng.choice([1, 2, 3])
    return {"N1": road + wrong, "C1S": "roads", "N2": building, "C2S": "buildings", "NR": road + wrong, "NB": building}


def slots(kind, view, rng, true):
    """Values that make a wording of a kind true, or false; None where these facts have none."""
    if kind == "count":
        return count_slots(view, rng, true)
    if kind in ("presence", "absence", "only"):
        return class_slots(kind, view, rng, true)
    if kind in ("position", "largest"):
        return place_slots(kind, view, rng, true)
    if kind in ("changed", "unchanged"):
        return {} if (kind == "changed") is (view.changed is true) else None
    if kind == "relation":
        return relation_slots(view, rng, true)
    if kind == "date":
        first, second = (2015, 2019) if true else (2011, 2023)
        return {"Y0": first, "Y1": second} if view.changed else None
    if kind in ("built", "removed", "transition"):
        return slots_of_land(kind, view, rng, true)
    return number_slots(kind, view, rng, true)


def statements(wordings, number, true, seed):
    """``number`` statements of a set, wordings in turn: (kind, wording, text, context)."""
    rng = Random(seed)
    listed = [(kind, wording) for kind, rows in wordings.items() for wording in rows]
    found = []
    while len(found) < number:
        kind, wording = listed[len(found) % len(listed)]
        land = kind in ("built", "removed", "transition")
        view, context = random_land(rng, kind) if land else random_facts(rng)
        values = slots(kind, view, rng, true)
        if values is not None:
            text = wording.format(**values)
            found.append((kind, wording, text[0].upper() + text[1:], context))
    return found
