"""Everything that can be asked and said of a pair's facts, as plain questions and answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from rsica_data.schema import CELLS, JsonObject
from rsica_data.text.class_names import a_or_an, counted, join, plural, singular

_THIRD = 1 / 3


@dataclass(frozen=True)
class Item:
    """A question with its answer."""

    about: str
    question: str
    answer: str


def pool(facts: JsonObject, rng: Random) -> list[Item]:
    """Questions of different meaning, each in one of its wordings, the four sorts of them in turn."""
    items = list(_whole(facts, rng)) + [item for entry in facts["classes"] for item in _of_class(entry, facts, rng)]
    if not facts["changed"]:
        items += _unchanged(rng)
    rng.shuffle(items)
    sorts: dict[str, int] = {}
    ranked: list[tuple[int, Item]] = []
    for item in items:
        ranked.append((sorts.get(item.about, 0), item))
        sorts[item.about] = ranked[-1][0] + 1
    return [item for _, item in sorted(ranked, key=lambda entry: entry[0])]


def _whole(facts: JsonObject, rng: Random) -> Iterator[Item]:
    asked = rng.choice(
        (
            "Has anything changed between the two images?",
            "Does the second image show a change?",
            "Did the scene change?",
        )
    )
    answer = "Yes, the scene has changed." if facts["changed"] else "No, nothing has changed."
    yield Item("whether", asked, answer)
    there = [entry for entry in facts["classes"] if entry["count"]]
    if there:
        names = join([plural(entry["class"]) for entry in there])
        yield Item(
            "what", rng.choice(("What kind of objects changed?", "What has changed?")), f"{_big(names)} have changed."
        )
    counts = [(entry["count"], entry["class"]) for entry in facts["classes"]]
    if len(counts) == 2 and counts[0][0] != counts[1][0]:
        more, fewer = sorted(counts, reverse=True)
        asked = f"Did more {plural(counts[0][1])} or more {plural(counts[1][1])} change?"
        yield Item("how_much", asked, f"More {plural(more[1])} than {plural(fewer[1])} have changed.")


def _of_class(entry: dict[str, Any], facts: JsonObject, rng: Random) -> Iterator[Item]:
    name, count, cells = entry["class"], entry["count"], entry["cells"]
    one, many = singular(name), plural(name)
    whether = rng.choice(
        (f"Have any {many} changed?", f"Is there a change of {many}?", f"Did at least one {one} change?")
    )
    yield Item("whether", whether, f"Yes, {many} have changed." if count else f"No, no {many} have changed.")
    much = rng.choice((f"How many {many} have changed?", f"What is the number of changed {many}?"))
    have = "has" if count == 1 else "have"
    yield Item("how_much", much, f"{_big(counted(count, name))} {have} changed.")
    where = rng.choice((f"Where have {many} changed?", f"In which parts of the scene did {many} change?"))
    if not count:
        yield Item("where", where, f"Nowhere: no {many} have changed.")
    elif cells:
        yield Item("where", where, f"{_big(many)} have changed in the {join(cells)}.")
    for cell in cells:
        yield Item("whether", f"Did {a_or_an(one)} change in the {cell}?", f"Yes, {many} have changed in the {cell}.")
    for cell in free_cells(facts, name):
        asked = f"Did {a_or_an(one)} change in the {cell}?"
        yield Item("whether", asked, f"No, no {many} have changed in the {cell}.")


def _unchanged(rng: Random) -> Iterator[Item]:
    yield Item(
        "what", rng.choice(("What has changed?", "What is different in the second image?")), "Nothing has changed."
    )
    yield Item(
        "where", rng.choice(("Where is the change?", "Which part has changed?")), "Nowhere: nothing has changed."
    )
    yield Item("how_much", "How much of the scene has changed?", "Nothing has changed.")


def free_cells(facts: JsonObject, name: str) -> list[str]:
    """Cells that no listed object of a class comes near, by the boxes."""
    boxes = [item["box"] for item in facts["objects"] if item["class"] == name]
    if facts.get("objects_not_listed"):
        return []
    found = []
    for number, cell in enumerate(CELLS):
        left, top = number % 3 * _THIRD - 0.02, number // 3 * _THIRD - 0.02
        right, bottom = left + _THIRD + 0.04, top + _THIRD + 0.04
        if not any(x0 < right and x1 > left and y0 < bottom and y1 > top for x0, y0, x1, y1 in boxes):
            found.append(cell)
    return found


def _big(text: str) -> str:
    return text[:1].upper() + text[1:]
