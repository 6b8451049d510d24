"""What is wrong with an answer: kinds of errors, and each value that was asked for beside the one that was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rsica_bench.scoring.api import ScoredItem
from rsica_bench.scoring.consistency import contradictions
from rsica_data.geometry.cells import CELLS
from rsica_data.text.yes_no.change_mentions import denies_all_change

FAULTS = {
    "missed_change": "missed change",
    "false_change": "false change",
    "wrong_count": "wrong count",
    "wrong_place": "wrong place",
    "contradiction": "contradiction",
    "unparsed": "unparsed",
    "other": "other wrong answer",
}
"""Kinds of errors and their names, in the order of the pages."""

Value = tuple[str, Any, Any]
"""What a value is of, the gold, and what was read; None for what the answer does not say."""


def faults_of(item: ScoredItem) -> list[str]:
    """The kinds of errors of an answer, in the order of `FAULTS`; of a free text, only whether it tells a change.

    Example:
        A count of 0 where the gold is 2 is a ``missed_change``, 3 where it is 2 a ``wrong_count``.
    """
    if item.answer is None:
        return ["unparsed"]
    text = _text(item)
    if text is not None:
        says_change = not denies_all_change(text)
        changed = item.pair.changed
        return [] if changed is None or says_change is changed else [_change_fault(bool(changed))]
    kinds = {_fault(gold, read) for _, gold, read in values_of(item) if not _same(gold, read)}
    return [kind for kind in FAULTS if kind in kinds]


def contradicting(items: Sequence[ScoredItem]) -> set[int]:
    """Places of the answers that stand in a conversation with two answers that cannot both be true."""
    conversations: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        conversations.setdefault(item.instruction_id, []).append(place)
    return {
        place
        for places in conversations.values()
        if len(places) > 1
        for one, other, _ in contradictions([items[place] for place in places])
        for place in places
        if items[place].turn in (one, other)
    }


def values_of(item: ScoredItem) -> Iterator[Value]:
    """Each value of the gold beside the one that was read; none for free text and for replies without an answer."""
    if item.answer is None or _text(item) is not None:
        return
    gold: Mapping[str, Any] = item.gold.gold
    if "value" in gold:
        yield item.gold.question.kind, gold["value"], item.answer.get("value")
        return
    for name, value in gold.items():
        yield name, value, item.answer.get(name)
    for name in sorted(item.answer.keys() - gold.keys()):
        yield name, None, item.answer[name]


def told_values(item: ScoredItem) -> list[dict[str, Any]]:
    """The values as the page shows them: ``{"of", "gold", "read", "right"}``."""
    return [
        {"of": of, "gold": _words(gold), "read": _words(read), "right": _same(gold, read)}
        for of, gold, read in values_of(item)
    ]


def _text(item: ScoredItem) -> str | None:
    text = (item.answer or {}).get("text")
    return text if isinstance(text, str) and "text" not in item.gold.gold else None


def _same(gold: Any, read: Any) -> bool:
    # What is not spoken of has none: the rule of every scorer of counts and cells.
    if isinstance(gold, list) and isinstance(read, (list, type(None))):
        return sorted(map(str, gold)) == sorted(map(str, read or ()))
    return bool(gold == (0 if read is None and _is_number(gold) else read))


def _fault(gold: Any, read: Any) -> str:
    if isinstance(gold, bool) and isinstance(read, bool):
        return _change_fault(gold)
    is_places = isinstance(gold, list) and {*gold, *(read or ())} <= set(CELLS)
    if not is_places and not _is_number(gold):
        return "other"
    if bool(gold) is not bool(read):
        return _change_fault(bool(gold))
    return "wrong_place" if is_places else "wrong_count"


def _change_fault(changed: bool) -> str:
    return "missed_change" if changed else "false_change"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _words(value: Any) -> str:
    if value is None:
        return "not said"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
