"""Real facts to check texts against, and wordings filled from them: once truly, once falsely."""

import re
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
import yaml

from rsica_data import plugins
from rsica_data.claims import Context, context_of
from rsica_data.facts import compute_facts
from rsica_data.schema import CELLS, FactRules, view_facts
from rsica_data.synth.scene import CLASSES
from rsica_data.synth.simulate import GSD_M, simulate
from rsica_data.tasks.open_qa.kinds import KINDS
from rsica_data.text.class_names import plural, singular

HERE = Path(__file__).parent
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
PLACES = {"top": "upper", "bottom": "lower", "center": "middle"}


@dataclass(frozen=True)
class Filled:
    """A statement about a pair whose truth is known."""

    kind: str
    text: str
    question: str | None
    true: bool
    context: Context


def masked_pairs(folder, **options):
    source = plugins.load(plugins.SOURCES, "levir-cd")
    chosen = source.options(**options)
    for key in source.index(folder, chosen):
        pair = source.load(folder, key, chosen)
        facts = compute_facts(change_mask=pair.change_mask, classes=pair.classes, gsd_m=pair.gsd_m)
        yield context_of(view_facts(facts, FactRules()), before_date="2012", after_date="2018-05-01")


def simulated_pairs(number, size=128):
    for seed in range(number):
        pair = simulate(seed, changed=seed % 6 != 0, size=size)
        facts = compute_facts(
            change_mask=pair.change_mask,
            before_labels=pair.before_labels,
            after_labels=pair.after_labels,
            classes=CLASSES,
            report=["road", "building"],
            gsd_m=GSD_M,
        )
        view = view_facts(facts, FactRules(), bool(pair.events))
        yield context_of(view, before_date="2009-07-30", after_date="2016", captions=pair.captions)


@pytest.fixture(scope="session")
def simulated():
    return list(simulated_pairs(48))


@pytest.fixture(scope="session")
def contexts(real_data, simulated):
    """Contexts of the LEVIR-CD and DSIFN fixtures and of simulated pairs."""
    levir = list(masked_pairs(real_data / "levir_cd_samples", list="demo"))
    dsifn = list(masked_pairs(real_data / "dsifn_samples"))
    assert (len(levir), len(dsifn)) == (7, 10)
    return levir * 3 + dsifn * 3 + simulated


def wordings(name):
    """(kind, text, question) of every wording of a file."""
    content = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    for kind, rows in content.items():
        for row in rows:
            yield kind, *((row, None) if isinstance(row, str) else (row["text"], row["q"]))


def noun_slots(name, rng):
    one, many = singular(name), plural(name)
    if name == "building" and rng.random() < 0.3:
        one, many = rng.choice([("house", "houses"), ("structure", "structures")])
    return {"thing": one, "things": many, "Things": many[0].upper() + many[1:]}


def count_slots(n, nouns):
    noun = nouns["thing"] if n == 1 else nouns["things"]
    word = WORDS[n] if n < len(WORDS) else str(n)
    return {
        "n": n, "counted": f"{n} {noun}", "counted_w": f"{word} {noun}", "have": "has" if n == 1 else "have",
        "were": "was" if n == 1 else "were", "are": "is" if n == 1 else "are", "look": "looks" if n == 1 else "look",
        "counted_objects": f"{n} object{'s' * (n != 1)}",
    }  # fmt: skip


def cell_slots(cell):
    row, column = cell.split("-")
    place = f"{PLACES.get(row, row)} {PLACES.get(column, column)}" if row != column else "center"
    return {"cell": cell, "place": place}


def other_count(n, rng):
    return rng.choice([m for m in (n - 1, n + 1, n + 2, 2 * n + 1, rng.randint(1, 9)) if m >= 1 and m != n])


def of_count(view, true, rng):
    for name in rng.sample(view.classes, len(view.classes)):
        n = view.counts[name]
        if n >= 1 or not true:
            nouns = noun_slots(name, rng)
            yield nouns, count_slots(n if true else other_count(n, rng), nouns)


def of_presence(wanted):
    def facts(view, true, rng):
        for name in rng.sample(view.classes, len(view.classes)):
            if (view.counts[name] > 0) is (wanted is true):
                yield (noun_slots(name, rng),)

    return facts


def of_change(wanted):
    def facts(view, true, rng):
        if view.changed is (wanted is true):
            yield ({},)

    return facts


def of_position(wanted):
    def facts(view, true, rng):
        for name in rng.sample(view.classes, len(view.classes)):
            inside = [cell for cell in CELLS if (cell in view.cells[name]) is (wanted is true)]
            if inside and (view.counts[name] or not true):
                yield noun_slots(name, rng), cell_slots(rng.choice(inside))

    return facts


def of_percent(view, true, rng):
    for name in rng.sample(view.classes, len(view.classes)):
        share = 100 * view.fraction[name]
        if share >= 1 and true:
            yield noun_slots(name, rng), {"p": rng.choice([f"{share:.1f}", str(round(share))])}
        elif not true:
            yield noun_slots(name, rng), {"p": str(round(share + rng.randint(6, 30) + share))}


def of_area(view, true, rng):
    for name in rng.sample(view.classes, len(view.classes)):
        area = view.area_m2[name]
        if area and area >= 100:
            said = area * (1 if true else rng.choice([0.3, 2, 4]))
            yield noun_slots(name, rng), {"m2": rng.choice([f"{said:,.0f}", f"{said:.0f}"])}


def of_largest(view, true, rng):
    for name in rng.sample(view.classes, len(view.classes)):
        cell = KINDS["largest_cell"].value(view, {"cls": name}) if view.objects[name] else None
        if cell:
            yield noun_slots(name, rng), cell_slots(cell if true else rng.choice([c for c in CELLS if c != cell]))


def of_more(view, true, rng):
    if len(view.classes) == 2 and len(set(view.counts.values())) == 2:
        a, b = sorted(view.classes, key=lambda name: view.counts[name], reverse=true)
        yield ({"a": plural(a), "b": plural(b)},)


def land(name):
    return {"bare land": "bare land", "tree": "trees", "vegetation": "vegetation", "water": "water"}.get(
        name, plural(name)
    )


def of_transition(view, true, rng):
    steps = {(a, b) for a, b, _ in view.transitions}
    names = [name for name in view.cover if sum(view.cover[name])]
    # Trees are vegetation in plain English: what became of vegetation is true of it too.
    wide = {"vegetation": ("vegetation", "tree")}
    held = {
        (a, b): any((x, y) in steps for x in wide.get(a, (a,)) for y in wide.get(b, (b,))) for a in names for b in names
    }
    options = [(a, b) for a, b in held if a != b and {a, b} != {"vegetation", "tree"} and held[a, b] is true]
    if view.cover and options:
        a, b = (land(name) for name in rng.choice(options))
        yield ({"a": a, "b": b, "A": a[0].upper() + a[1:], "B": b[0].upper() + b[1:]},)


def of_direction(gained):
    def facts(view, true, rng):
        for name in view.classes if view.cover else ():
            here = [sum(t[2] for t in view.transitions if t[side] == name) for side in (1, 0)]
            if (here[0 if gained else 1] > 0) is true:
                yield (noun_slots(name, rng),)

    return facts


def of_total(view, true, rng):
    total = sum(view.counts.values())
    if KINDS["total_count"].value(view, {}) is not None and total:
        yield ({"things": "objects"}, count_slots(total if true else other_count(total, rng), {"thing": "object",
               "things": "objects"}))  # fmt: skip


def of_only(view, true, rng):
    for name in view.classes:
        if KINDS["only_class"].value(view, {"cls": name}) is true:
            yield (noun_slots(name, rng),)


VAGUE = {"handful": (3, 8), "Just one": (1, 1), "Dozens": (24, 10**6), "couple": (2, 3), "pair": (2, 2),
         "half a dozen": (6, 6), "Numerous": (5, 10**6), "single": (1, 1), "Hundreds": (100, 10**6)}  # fmt: skip


def of_vague(text):
    low, high = next(limits for word, limits in VAGUE.items() if word.lower() in text.lower())

    def facts(view, true, rng):
        for name in view.classes:
            n = view.counts[name]
            false = n == 0 or n * 2 < low or n > 2 * high
            if (low <= n <= high) if true else (false if low > 1 else n > 1):
                yield (noun_slots(name, rng),)

    return facts


FACTS = {
    "count": of_count, "absence": of_presence(False), "presence": of_presence(True), "change": of_change(True),
    "no_change": of_change(False), "position": of_position(True), "not_position": of_position(False),
    "percent": of_percent, "area": of_area, "largest": of_largest, "more": of_more, "transition": of_transition,
    "appeared": of_direction(True), "disappeared": of_direction(False), "total": of_total, "only_class": of_only,
}  # fmt: skip


def date_slots(context, true, rng):
    years = {"y0": context.before_date[:4], "y1": context.after_date[:4]}
    return years if true else {key: str(int(year) + rng.choice([-4, 3, 5])) for key, year in years.items()}


def fill(kind, text, question, context, true, rng):
    """One statement of a wording about a pair, or None where the pair's facts allow none."""
    view = context.view
    if true and re.search("several|few", text, re.IGNORECASE) and min(view.counts.values()) < 2:
        return None
    if kind == "date":
        slots = date_slots(context, true, rng)
    else:
        facts = of_vague(text) if kind == "vague" else FACTS[kind]
        parts = next(iter(facts(view, true, rng)), None)
        if parts is None:
            return None
        slots = {key: value for part in parts for key, value in part.items()}
    said = text.format(**slots)
    said = said[0].upper() + said[1:]
    asked = question.format(**slots) if question else None
    return Filled(kind, said, asked, true, context)


def statements(name, contexts, number, true, seed):
    """``number`` statements, the wordings in turn and the pairs at random."""
    rng = Random(seed)
    rows, found, at = list(wordings(name)), [], 0
    while len(found) < number and at < 40 * number:
        kind, text, question = rows[at % len(rows)]
        for _ in range(30):
            item = fill(kind, text, question, rng.choice(contexts), true, rng)
            if item is not None:
                found.append(item)
                break
        at += 1
    return found


@pytest.fixture(scope="session")
def planted():
    return statements


@pytest.fixture(scope="session")
def listed():
    return wordings
