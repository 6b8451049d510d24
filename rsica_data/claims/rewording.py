"""A question and its answer in other words, beside what the row that they were made from is scored by.

What may be asked is known as kind, arguments and value. Where code does not read for certain that the new question asks
for just that, a second model reads it blind, and its reading is compared here.

Example:
    >>> wanted = alternatives("counting", {"road": 2}, ("road",))
    >>> [(entry.kind, dict(entry.args), entry.value) for entry in wanted[0]]
    [('class_count', {'cls': 'road'}, 2)]
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from rsica_data.claims.borne_out import has_value
from rsica_data.claims.fact_list import Fact
from rsica_data.claims.listed import Listed
from rsica_data.claims.reading import ARGUMENTS, VALUES
from rsica_data.claims.readings import Entry, Reading, holds, shown_value
from rsica_data.claims.settled import OPPOSITE

Alternatives = tuple[tuple[Entry, ...], ...]
Json = Mapping[str, Any]
_MIDDLE = "center-center"


@dataclass(frozen=True)
class Reworded:
    """A question and an answer in other words.

    Attributes:
        question: the new question.
        answer: the new answer.
        task: name of the row's task.
        gold: what the row is scored by.
        classes: names of the pair's classes.
        fault: what the rules have against it; None where they read both as the same.
        turned: whether the rules cannot tell that yes and no mean what they meant.
        unread: whether the rules do not read the answer as the same.
    """

    question: str
    answer: str
    task: str
    gold: Json
    classes: tuple[str, ...]
    fault: str | None = None
    turned: bool = False
    unread: bool = False

    @property
    def wanted(self) -> Alternatives:
        """What the question must ask for, with the values that the answer must give: one of several ways to put it."""
        return alternatives(self.task, self.gold, self.classes)

    @property
    def parts(self) -> tuple[int, ...]:
        """The parts of the answer that a reading must say what they state: none, what is asked is enough."""
        return ()

    @property
    def listed(self) -> Listed:
        """What is wanted as facts: their kinds alone tell which kinds a reading may name."""
        entries = next(iter(self.wanted), ())
        return Listed(tuple(Fact(entry.kind, entry.args, entry.value) for entry in entries), self.classes)


def alternatives(task: str, gold: Json, classes: tuple[str, ...]) -> Alternatives:
    """The ways in which a reading may give what a row is scored by; none for tasks and kinds that it cannot hold.

    Args:
        task: name of the row's task.
        gold: the row's gold.
        classes: names of the pair's classes.
    """
    if task == "classification":
        return _changed(bool(gold["changed"]))
    if task == "counting":
        return (tuple(Entry("class_count", {"cls": name}, number) for name, number in gold.items()),)
    if task == "localization":
        return (tuple(Entry("cells_of_class", {"cls": name}, list(cells)) for name, cells in gold.items()),)
    if task != "open_qa" or gold["kind"] == "text":
        return ()
    kind, args, value = gold["kind"], gold.get("args", {}), gold["value"]
    if kind in _ASKED:
        return _ASKED[kind](args, value, classes)
    if kind not in ARGUMENTS:
        return ()
    return ((Entry(kind, {name: args[name] for name in ARGUMENTS[kind]}, value),),)


def _yes_no(value: Any) -> str:
    return "yes" if value else "no"


def _changed(value: bool) -> Alternatives:
    some = Entry("total_count", {}, 1, "at least", _yes_no(value))
    return ((Entry("any_change", {}, value),), (some,))


def _some(name: str, value: bool) -> Entry:
    return Entry("class_count", {"cls": name}, 1, "at least", _yes_no(value))


def _none(args: Json, value: Any, classes: tuple[str, ...]) -> Alternatives:
    unchanged = Entry("unchanged_classes", {}, [args["cls"]], stance=_yes_no(value))
    return ((Entry("class_count", {"cls": args["cls"]}, 0, stance=_yes_no(value)),), (unchanged,))


def _at_least(args: Json, value: Any, classes: tuple[str, ...]) -> Alternatives:
    return ((Entry("class_count", {"cls": args["cls"]}, args["n"], "at least", _yes_no(value)),),)


def _in_cell(args: Json, value: Any, classes: tuple[str, ...]) -> Alternatives:
    name, cell = args["cls"], args.get("cell", _MIDDLE)
    some = Entry("cell_objects", {"cls": name, "cell": cell}, 1, "at least", _yes_no(value))
    return ((some,), (Entry("cells_of_class", {"cls": name}, [cell], stance=_yes_no(value)),))


def _only(args: Json, value: Any, classes: tuple[str, ...]) -> Alternatives:
    only = Entry("changed_classes", {}, [args["cls"]], stance=_yes_no(value))
    others = tuple(_some(name, False) for name in classes if name != args["cls"])
    return ((only,), (_some(args["cls"], True), *others)) if value and others else ((only,),)


def _both(args: Json, value: Any, classes: tuple[str, ...]) -> Alternatives:
    names = [args["a"], args["b"]]
    each = [known for known in product((True, False), repeat=2) if all(known) is bool(value)]
    both = Entry("changed_classes", {}, names, stance=_yes_no(value))
    return ((both,), *(tuple(map(_some, names, known)) for known in each))


def _one(args: Json, value: Any, classes: tuple[str, ...]) -> Alternatives:
    return ((Entry("class_count", {"cls": args["cls"]}, 1, stance=_yes_no(value)),),)


def _either_order(kind: str, turn: Mapping[str, str]) -> Callable[[Json, Any, tuple[str, ...]], Alternatives]:
    def rule(args: Json, value: Any, classes: tuple[str, ...]) -> Alternatives:
        one, other = {"a": args["a"], "b": args["b"]}, {"a": args["b"], "b": args["a"]}
        return ((Entry(kind, one, value),), (Entry(kind, other, turn.get(value, value)),))

    return rule


_ASKED: Mapping[str, Callable[[Json, Any, tuple[str, ...]], Alternatives]] = {
    "any_change": lambda args, value, classes: _changed(bool(value)),
    "class_presence": lambda args, value, classes: ((_some(args["cls"], bool(value)),),),
    "class_absence": _none,
    "at_least": _at_least,
    "exactly_one": _one,
    "cell_presence": _in_cell,
    "centre_changed": _in_cell,
    "only_class": _only,
    "both_classes": _both,
    "more_objects": _either_order("more_objects", {}),
    "more_area": _either_order("more_area", {}),
    "relative_position": _either_order("relative_position", OPPOSITE),
}
"""Kinds of ``open_qa`` that a reading puts in other kinds, or in several ways."""


def differs(reading: Reading, left: Reworded) -> str | None:
    """Why a question and answer are not taken as the same in other words; None where a reading bears them out.

    Args:
        reading: what a model that saw them alone took out of them.
        left: what they must ask for and give.
    """
    if not reading.asks:
        # Nothing was read: the rules decide.
        return left.fault
    reasons = [_against(reading.asks, entries, left) for entries in left.wanted]
    return None if None in reasons or not reasons else reasons[0]


def _against(asks: tuple[Entry, ...], wanted: tuple[Entry, ...], left: Reworded) -> str | None:
    for ask in asks:
        own = [entry for entry in wanted if _one_thing(ask, entry)]
        if not own:
            return f"the question is read to ask for {ask.words()}, and the original asks for {_words(wanted)}"
        if ask.stance == "unanswered" or ask.value is None:
            return f"the question asks for {ask.words()}, and the answer gives another thing"
        if not any(_same_value(ask, entry, left) for entry in own):
            return f"the answer is read to give {shown_value(ask)} for {ask.words()}, and it is {shown_value(own[0])}"
        if left.unread and ask.stance == "yes" and not has_value(ask, left.answer, left.listed):
            return f"the answer does not say {shown_value(ask)} for {ask.words()}"
    missing = [entry for entry in wanted if not any(_one_thing(ask, entry) for ask in asks)]
    if missing:
        return f"the question is not read to ask for {_words(tuple(missing))}"
    # "None" for every class may answer how many there are, too: one must be told by cells.
    if wanted[0].kind == "cells_of_class" and all(ask.kind == "class_count" for ask in asks):
        return f"the question is read to ask for {asks[0].words()}, and the original asks for {_words(wanted)}"
    return None


def _words(entries: tuple[Entry, ...]) -> str:
    return " and ".join(entry.words() for entry in entries)


def _one_thing(ask: Entry, entry: Entry) -> bool:
    """Whether an entry is of what another one is of; that there is none of a class tells its cells, too."""
    none = entry.kind == "cells_of_class" and not entry.value and ask.kind == "class_count"
    return (ask.kind == entry.kind or none) and dict(ask.args) == dict(entry.args)


def _same_value(ask: Entry, entry: Entry, left: Reworded) -> bool:
    type_ = VALUES[ask.kind]
    if type_ == "bool":
        if left.turned and not ask.value:
            return False
        return (bool(ask.value) is (ask.stance == "yes")) is (bool(entry.value) is (entry.stance == "yes"))
    if left.turned and ask.stance != entry.stance:
        return False
    if type_ == "count":
        return _range(ask) == (_range(entry) if VALUES[entry.kind] == "count" else (0.0, 0.0))
    if ask.stance != entry.stance:
        return False
    if type_ == "classes":
        return set(ask.value) == set(entry.value)
    listed = Listed((Fact(entry.kind, entry.args, entry.value),), left.classes)
    return holds(replace(ask, stance="yes"), listed) is True


def _range(entry: Entry) -> tuple[float, float] | tuple[str, float]:
    """The numbers that a count may be: (least, most), or ("not", the only number that it is not)."""
    number = float(entry.value)
    least, most = {
        "exactly": (number, number),
        "at least": (number, math.inf),
        "at most": (0.0, number),
        "more than": (number + 1, math.inf),
        "less than": (0.0, number - 1),
        "about": (number, number),
    }[entry.bound]
    if entry.stance == "yes":
        return least, most
    if most == math.inf:
        return 0.0, least - 1
    return (most + 1, math.inf) if least == 0.0 else ("not", number)


_REFERENCE = re.compile(
    r"\b(?:from|(?<!largest )(?<!biggest )of|than|to|relative to|above|below|beside) (?:the |"
    r"that |its )?(?:largest |biggest )?(?:of the |of )?(?:changed |new )?$"
)


def is_reference(text: str, start: int) -> bool:
    """Whether what is named at ``start`` is what something else is seen from: "left of the road", "from the road"."""
    return _REFERENCE.search(text[:start]) is not None
