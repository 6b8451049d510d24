"""Everything that can be asked and said of a pair's facts, as plain questions and answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from rsica_data.claims import Fact
from rsica_data.generation.rules.marking import Listed, marked
from rsica_data.geometry.cells import CELLS
from rsica_data.schema import JsonObject
from rsica_data.text.class_names import a_or_an, counted, join, plural, singular

_THIRD = 1 / 3


@dataclass(frozen=True)
class Item:
    """A question with its answer."""

    about: str
    question: str
    answer: str


def pool(facts: JsonObject, listed: Listed, rng: Random) -> list[Item]:
    """Questions of different meaning, each in one of its wordings, the four sorts of them in turn."""
    items = list(_whole(facts, listed, rng))
    items += [item for entry in facts["classes"] for item in _of_class(entry, facts, listed, rng)]
    if not facts["changed"]:
        items += _unchanged(listed, rng)
    rng.shuffle(items)
    sorts: dict[str, int] = {}
    ranked: list[tuple[int, Item]] = []
    for item in items:
        ranked.append((sorts.get(item.about, 0), item))
        sorts[item.about] = ranked[-1][0] + 1
    return [item for _, item in sorted(ranked, key=lambda entry: entry[0])]


def _whole(facts: JsonObject, listed: Listed, rng: Random) -> Iterator[Item]:
    asked = rng.choice(
        (
            "Has anything changed between the two images?",
            "Does the second image show a change?",
            "Did the scene change?",
        )
    )
    answer = "Yes, the scene has changed" if facts["changed"] else "No, nothing has changed"
    yield Item("whether", asked, f"{marked(answer, listed, 'any_change', bool(facts['changed']))}.")
    there = [entry for entry in facts["classes"] if entry["count"]]
    if there:
        names = join([_told(thing_of(entry), listed, entry) for entry in there])
        have = "has" if len(there) == 1 and there[0]["count"] == 1 else "have"
        asked = rng.choice(("What kind of objects changed?", "What has changed?"))
        yield Item("what", asked, f"{_big(names)} {have} changed.")
    counts = [(entry["count"], entry["class"]) for entry in facts["classes"]]
    if len(counts) == 2 and counts[0][0] != counts[1][0]:
        more, fewer = sorted(counts, reverse=True)
        asked = f"Did more {plural(counts[0][1])} or more {plural(counts[1][1])} change?"
        words = f"More {plural(more[1])} than {plural(fewer[1])} have changed"
        for a, b in ((more[1], fewer[1]), (fewer[1], more[1])):
            if Fact("more_objects", {"a": a, "b": b}, more[1]).words() in listed:
                yield Item("how_much", asked, f"{marked(words, listed, 'more_objects', more[1], a=a, b=b)}.")


def _of_class(entry: dict[str, Any], facts: JsonObject, listed: Listed, rng: Random) -> Iterator[Item]:
    name, count, cells = entry["class"], entry["count"], entry["cells"]
    one, many = singular(name), plural(name)
    whether = rng.choice(
        (f"Have any {many} changed?", f"Is there a change of {many}?", f"Did at least one {one} change?")
    )
    have = "has" if count == 1 else "have"
    yes = f"Yes, {thing_of(entry)} {have} changed" if count else f"No, no {many} have changed"
    yield Item("whether", whether, f"{_told(yes, listed, entry)}.")
    much = rng.choice((f"How many {many} have changed?", f"What is the number of changed {many}?"))
    yield Item("how_much", much, f"{_told(f'{_big(counted(count, name))} {have} changed', listed, entry)}.")
    where = rng.choice((f"Where have {many} changed?", f"In which parts of the scene did {many} change?"))
    if not count:
        yield Item("where", where, f"{_told(f'Nowhere: no {many} have changed', listed, entry)}.")
    elif cells:
        yield Item("where", where, f"{_placed(f'{_big(many)} have changed in the {join(cells)}', listed, entry)}.")
    for cell in cells:
        answer = _placed(f"Yes, {many} have changed in the {cell}", listed, entry)
        yield Item("whether", f"Did {a_or_an(one)} change in the {cell}?", f"{answer}.")
    for cell in free_cells(facts, name) if cells else ():
        answer = _placed(f"No, no {many} have changed in the {cell}", listed, entry)
        yield Item("whether", f"Did {a_or_an(one)} change in the {cell}?", f"{answer}.")


def thing_of(entry: dict[str, Any]) -> str:
    """A class that changed: ``a road``, ``buildings``."""
    return a_or_an(singular(entry["class"])) if entry["count"] == 1 else plural(entry["class"])


def _told(words: str, listed: Listed, entry: dict[str, Any]) -> str:
    return marked(words, listed, "class_count", entry["count"], cls=entry["class"])


def _placed(words: str, listed: Listed, entry: dict[str, Any]) -> str:
    return marked(words, listed, "cells_of_class", entry["cells"], cls=entry["class"])


def _unchanged(listed: Listed, rng: Random) -> Iterator[Item]:
    nothing = f"{marked('Nothing has changed', listed, 'any_change', False)}."
    yield Item("what", rng.choice(("What has changed?", "What is different in the second image?")), nothing)
    nowhere = f"{marked('Nowhere: nothing has changed', listed, 'any_change', False)}."
    yield Item("where", rng.choice(("Where is the change?", "Which part has changed?")), nowhere)
    yield Item("how_much", "How much of the scene has changed?", nothing)


def free_cells(facts: JsonObject, name: str) -> list[str]:
    """Cells that no listed object of a class comes near, by the boxes."""
    boxes = [item["box"] for item in facts["objects"] if item["class"] == name]
    if facts.get("objects_not_listed"):
        return []
    empty_cells = []
    for number, cell in enumerate(CELLS):
        left, top = number % 3 * _THIRD - 0.02, number // 3 * _THIRD - 0.02
        right, bottom = left + _THIRD + 0.04, top + _THIRD + 0.04
        if not any(x0 < right and x1 > left and y0 < bottom and y1 > top for x0, y0, x1, y1 in boxes):
            empty_cells.append(cell)
    return empty_cells


def _big(text: str) -> str:
    at = 1 if text.startswith("[") else 0
    return text[:at] + text[at : at + 1].upper() + text[at + 1 :]
