"""Whether the answers of one conversation agree with one another, whatever the truth is.

Each answered turn says something of the whole: that there is change or none, how many objects of a class there are at
least and at most, in which cells they lie. Two turns contradict one another where no scene could make both true.
"There is change" and "no roads, no buildings" do not: something else may have changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from rsica_bench.scoring.api import ScoredItem
from rsica_data.schema import JsonObject
from rsica_data.tasks.box_replies import boxes_in
from rsica_data.text.amounts.counts import read_counts
from rsica_data.text.grid.cells import read_cells
from rsica_data.text.positions.places import cells_in
from rsica_data.text.yes_no.change_mentions import denies_all_change
from rsica_data.text.yes_no.stance import read_change, stances_of

Range = tuple[float, float]
_ANY: Range = (1, float("inf"))
_NONE: Range = (0, 0)


@dataclass(frozen=True)
class Says:
    """What a turn says: whether there is change, and how many objects there are, ``(least, most)``, by class."""

    changed: bool | None = None
    counts: Mapping[str, Range] = field(default_factory=dict)
    total: Range = (0, float("inf"))


def contradictions(turns: Sequence[ScoredItem]) -> list[tuple[int, int, str]]:
    """(turn, other turn, why) for every two answers of a conversation that cannot both be true."""
    statements = [(item.turn, _says(item)) for item in turns]
    clashes = []
    for (one, first), (other, second) in combinations(statements, 2):
        why = _clash(first, second) or _clash(second, first)
        if why is not None:
            clashes.append((one, other, why))
    return clashes


def _clash(first: Says, second: Says) -> str | None:
    if first.changed is False and second.changed is True:
        return "no change, and change"
    if first.changed is False and (second.total[0] > 0 or any(low > 0 for low, _ in second.counts.values())):
        return "no change, and changed objects"
    for name, (low, high) in first.counts.items():
        least, most = second.counts.get(name, (0, float("inf")))
        if low > most or least > high:
            return f"{name}: {_words((low, high))}, and {_words((least, most))}"
    if sum(low for low, _ in first.counts.values()) > second.total[1]:
        return "more objects of single classes than in all"
    return None


def _words(count: Range) -> str:
    low, high = count
    return f"{low:g}" if low == high else f"at least {low:g}"


def _says(item: ScoredItem) -> Says:
    task = item.gold.task
    if item.answer is None:
        return _listed(item) if task == "localization" else Says()
    if task == "classification":
        return Says(bool(item.answer["changed"]))
    if task == "counting":
        return Says(counts={name: (count, count) for name, count in item.answer.items()})
    if task == "localization":
        counts = {name: _ANY if cells else _NONE for name, cells in item.answer.items()}
        return Says(counts=counts | dict(_listed(item).counts))
    if task == "open_qa" and item.gold.question.kind != "text":
        return _open_question(item.gold.question.kind, item.gold.question.args, item.answer)
    return _text(str(item.answer.get("text", "")), item.classes)


def _listed(item: ScoredItem) -> Says:
    # Boxes are as many as the objects that a reply lists; cells tell only whether there is any.
    class_boxes = boxes_in(item.raw or "", item.classes)
    return Says(counts={name: (len(boxes), len(boxes)) for name, boxes in class_boxes.items()})


_UNSURE = re.compile(
    r"\b(?:seem\w*|appears? to|about|around|approximately|roughly|nearly|almost|"
    r"at (?:least|most)|(?:more|fewer|less) than|over|up to|perhaps|maybe|probably|likely|possibly)\b"
)


def _text(text: str, classes: tuple[str, ...]) -> Says:
    """What a free text says of the whole scene.

    A number or a denial beside a place may be that of a part, "a house" is how captions name any number of them, and
    what is only thought possible is no statement: of these no count is taken. What cannot be read says nothing.
    """
    if any(statement.stance in ("hedge", "doubt") for statement in stances_of(text)):
        return Says()
    changed = False if denies_all_change(text) else True if read_change(text) is True else None
    counts: dict[str, Range] = {}
    cells, numbers = read_cells(text, classes), read_counts(text, classes)
    # No number, no cell: the class is denied; else it changed.
    by_class = {name: bool(class_cells) for name, class_cells in cells.items()} if isinstance(cells, dict) else {}
    by_class |= {name: count > 0 for name, count in numbers.items()} if isinstance(numbers, dict) else {}
    sure = not cells_in(text) and not _UNSURE.search(text.lower())
    for name, some in by_class.items():
        count = numbers.get(name, 0) if isinstance(numbers, dict) else 0
        if some:
            counts[name] = (count, count) if sure and count > 1 else _ANY
        elif sure:
            counts[name] = _NONE
    return Says(changed, counts)


def _open_question(kind: str, args: Mapping[str, object], answer: JsonObject) -> Says:
    value, name = answer.get("value"), str(args.get("cls", ""))
    if kind == "any_change":
        return Says(bool(value))
    if kind in ("class_presence", "class_absence"):
        return Says(counts={name: _ANY if value is (kind == "class_presence") else _NONE})
    if kind == "class_count" and isinstance(value, int):
        return Says(counts={name: (value, value)})
    if kind == "total_count" and isinstance(value, int):
        return Says(total=(value, value))
    if kind == "cells_of_class":
        return Says(counts={name: _ANY if value else _NONE})
    if kind == "changed_classes" and isinstance(value, list):
        return Says(counts=dict.fromkeys(map(str, value), _ANY))
    if kind == "unchanged_classes" and isinstance(value, list):
        return Says(counts=dict.fromkeys(map(str, value), _NONE))
    return Says()
