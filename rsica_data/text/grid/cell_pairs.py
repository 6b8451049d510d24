"""Classes of a sentence paired with its places.

The order of the first two decides: "buildings in A and B, roads in C" or "in A new buildings, in B a road". A
class that only says where another lies ("a road that serves the new houses") gets no place; land that was turned
into something else gets the same places as it. "Respectively" pairs one by one; "there", "the same cells" repeat
the places before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.text.grid.cell_facts import CellFacts
from rsica_data.text.grid.cell_runs import BREAK, CHANGED, REST, SOFT_BREAK, Run
from rsica_data.text.grid.cell_words import Scope, is_denied, pattern_of
from rsica_data.text.positions.places import crossed

CONVERSION = pattern_of("conversion")
SAME_PLACE = pattern_of("same_place")
_THERE_FIRST = pattern_of("there_first")


_TO_ANOTHER = re.compile(r"\W*(?:and |or |, )*(?:in)?to\W*(?:an? |new |the )*")
_SAME_BEFORE = re.compile(
    r"\b(?:in|at|on) (?:the |that |this )(?:very )?same (?:cell|place|spot|area|location|corner)\b|"
    r"\bin (?:its|their) place\b|"
    r"\bon (?:the same|that|this) (?:spot|site)\b"
)
_THOSE = re.compile(r"\b(?:those|they|the ones|others|new ones|the others?)\b")


def pair(facts: CellFacts, text: str, runs: list[Run], scope: Scope) -> None:
    """Pair the runs of a sentence: each class with the places after it, or each place with the classes after it."""
    if not any(run.kind == "P" for run in runs):
        _classes_alone(facts, text, runs, scope)
    elif not (re.search(r"\brespective(?:ly)?\b|\bin that order\b", text) and _one_by_one(facts, runs)):
        _Pairing(facts, text, runs, scope).read()


class _Pairing:
    """Goes through the runs of one sentence.

    ``owners`` are the classes that the next places belong to, ``pending`` the places that the next classes get;
    ``subject`` is what "those" means after a denial, and ``spent`` says that the next places are those of a
    denied class.
    """

    def __init__(self, facts: CellFacts, text: str, runs: list[Run], scope: Scope) -> None:
        self._facts, self._text, self._runs, self._scope = facts, text, runs, scope
        self._place_first = runs[0].kind == "P"
        self._owners: list[int] = []
        self._pending: list[str] = []
        self._waiting: list[int] = []
        self._subject: list[int] = []
        self._spent = False

    def read(self) -> None:
        """Note what the sentence says."""
        for number, run in enumerate(self._runs):
            following = self._runs[number + 1] if number + 1 < len(self._runs) else None
            if run.kind == "P":
                self._place(number, run, following)
            elif run.denied:
                self._denied(run, following)
            elif self._pending:
                self._at_pending(number, run, following)
            else:
                self._class(number, run, following)

    def _denied(self, run: Run, following: Run | None) -> None:
        bare = following is None or following.kind == "C"
        qualified = re.search(r"\b(?:other|major|significant|large|obvious|further|more)\b", run.before[-30:])
        if bare and not self._scope.places and not qualified and is_whole(run) and not self._pending:
            self._facts.deny_everywhere(run.classes)
        else:
            self._facts.deny(run.classes)
        self._subject, self._spent = run.classes, not bare
        # "There are new buildings but no roads in A": the place is still that of the buildings.
        self._owners = self._waiting if not bare and re.search(r"\b(?:no|without|not)\b", run.before) else []

    def _at_pending(self, number: int, run: Run, following: Run | None) -> None:
        """A class behind the places that it gets."""
        self._facts.give(run.classes, self._pending)
        rest = [later.kind for later in self._runs[number + 1 :]]
        follows = self._place_first and rest[:1] == ["P"] and "C" not in rest
        self._owners = run.classes if follows else []
        self._waiting = self._subject = self._owners
        joined = following is not None and following.kind == "C"
        if following is not None and joined and CONVERSION.search(following.before) is None:
            joined = SOFT_BREAK.search(following.before) is not None and "P" not in rest
        self._pending = self._pending if joined else []

    def _class(self, number: int, run: Run, following: Run | None) -> None:
        """A class in front of its places, or behind those of another."""
        previous = self._runs[number - 1] if number else None
        if number > 2 and self._runs[0].kind == "C" and _TO_ANOTHER.fullmatch(run.before):
            # "Forest was turned into farmland in A and to buildings in B".
            self._owners = [*self._runs[0].classes, *run.classes]
        elif self._owners and previous and previous.kind == "C" and CONVERSION.search(run.before + run.after):
            self._owners = [*self._owners, *run.classes]
        elif self._owners and previous and previous.kind == "C" and not SOFT_BREAK.search(run.before):
            pass  # "a road that serves the new houses in A": the houses say where.
        elif previous and previous.kind == "P" and not previous.denied and CONVERSION.search(run.before):
            alone = following is None or following.kind == "C"
            self._facts.give(run.classes, previous.values if alone else [])
            joined = not alone and not SOFT_BREAK.search(run.before)
            self._owners = [*self._owners, *run.classes] if joined else run.classes
        else:
            self._owners = run.classes
            if following is None:
                _last_class(self._facts, run, number, self._runs)
        self._waiting = self._subject = self._owners

    def _place(self, number: int, run: Run, following: Run | None) -> None:
        if self._subject and not self._owners and _THOSE.search(run.before):
            self._facts.give(self._subject, run.values)
            self._spent = False
        elif self._spent and not self._owners:
            self._spent = False
        elif run.denied:
            self._facts.take(self._owners, run.values)
            if self._owners and BREAK.search(run.before) and CHANGED.search(self._text[: run.start]):
                self._facts.claim(self._owners)
            elif not self._place_first and following is None:
                self._facts.deny(self._owners)
        elif self._place_first and (not self._owners or any(later.kind == "C" for later in self._runs[number:])):
            self._pending = run.values if self._owners and number else [*self._pending, *run.values]
            self._owners = []
            if following is None:
                give_rest(self._facts, self._pending)
        elif number > 1 and self._opens_a_group(number, run, following):
            self._pending = run.values
        elif self._owners:
            _give_within(self._facts, self._owners, run, self._runs, number)
        else:
            self._pending = run.values
            if following is None and not re.search(r"\bno\b|\bnot\b", self._text):
                give_rest(self._facts, self._pending)

    def _opens_a_group(self, number: int, run: Run, following: Run | None) -> bool:
        """Whether a place begins a group of its own at the end of a sentence ("..., and in B a road")."""
        return (
            following is not None
            and following.kind == "C"
            and not BREAK.search(following.before)
            and _starts_clause(run.before)
            and number + 2 >= len(self._runs)
        )


def _give_within(facts: CellFacts, owners: list[int], run: Run, runs: Sequence[Run], number: int) -> None:
    """Places of a class; after a place that opened the sentence ("On the left, buildings in the top and bottom")."""
    if re.search(r"\bsame (?:two |three |four |\d )?(?:cells?|places?|locations?|corners?|areas?)\b", run.before):
        facts.give(owners, facts.last_places)
    first = runs[0]
    if first.kind == "P" and number >= 2 and len(first.values) == 1 and all(r.kind == "P" for r in runs[2:number]):
        inner = [crossed(first.values[0], value) for value in run.values]
        digits = {digit for value in inner for digit in value}
        if digits < set(first.values[0]):
            if number == 2:
                facts.forget(owners)
            facts.give(owners, inner)
            return
    facts.give(owners, run.values)


def give_rest(facts: CellFacts, marks: list[str]) -> None:
    if facts.last_classes:
        facts.give(facts.last_classes, marks)
    else:
        facts.add_loose(marks)


def _last_class(facts: CellFacts, run: Run, number: int, runs: Sequence[Run]) -> None:
    """A class at the end of a sentence, behind places that were given to another."""
    previous = runs[number - 1] if number else None
    so = re.search(r"\b(?:so|as) (?:is|are|do|does|did|has|have|was|were)\b", run.before)
    together = so or re.search(
        r"\b(?:with|plus|along with|together with|as well as|accompanied by|also)\b|\(", run.before
    )
    if (
        previous is not None
        and previous.kind == "P"
        and not previous.denied
        and (together or re.search(r"\b(?:too|as well|also|there)\b", run.after))
    ):
        facts.give(run.classes, previous.values)
    elif SAME_PLACE.search(run.after) and facts.last_places:
        facts.give(run.classes, facts.last_places)
    elif previous is not None and previous.kind == "P" and not previous.denied and _SAME_BEFORE.search(run.before):
        facts.give(run.classes, previous.values)
    elif CHANGED.search(run.after) or re.search(r"\bnew(?:ly)?\b[^‹]{0,20}$", run.before):
        facts.claim(run.classes)


def is_whole(run: Run) -> bool:
    """Whether a denied class is spoken of as a whole, not one object of it ("the older road")."""
    return (
        not re.search(r"\b(?:it|that|this|one|old|older|existing|its)\W*$", run.before)
        and re.search(r"chang", run.before + run.after) is not None
    )


def _starts_clause(before: str) -> bool:
    return (
        re.search(
            r"[,;]\s*(?:and|while|but|whereas|with)?\s*(?:in|at|on|within|inside)\b|\b(?:and|"
            r"while|but|whereas) (?:in|at|on) (?:the )?\W*$",
            before,
        )
        is not None
    )


def _one_by_one(facts: CellFacts, runs: Sequence[Run]) -> bool:
    classes = [number for run in runs if run.kind == "C" for number in run.classes]
    places = [value for run in runs if run.kind == "P" for value in run.values]
    if len(classes) == 1:
        return False
    if len(classes) != len(places):
        facts.reasons.append("classes and places that do not pair")
        return True
    for number, place in zip(classes, places, strict=True):
        facts.give([number], [place])
    return True


def _classes_alone(facts: CellFacts, text: str, runs: Sequence[Run], scope: Scope) -> None:
    """Classes without a place of their own: denied, in the places before, or changed somewhere."""
    rest = REST.search(text)
    for run in runs:
        own = run.before[-40:] + run.after
        if run.denied:
            qualified = re.search(
                r"\b(?:other|major|significant|large|obvious|further|more|else\w*|removed?|demolish\w*)\b", own
            )
            whole = (
                not scope.places and not qualified and not re.search(r"\bthere\b|\bhere\b", run.after) and is_whole(run)
            )
            (facts.deny_everywhere if whole and not scope.classes else facts.deny)(run.classes)
        elif rest and not is_denied(text):
            facts.give(run.classes, [facts.others])
        elif facts.last_places and (SAME_PLACE.search(run.after) or _THERE_FIRST.search(text)):
            facts.give(run.classes, facts.last_places)
        elif facts.loose and re.search(r"\b(?:both|all|there|these|those|here)\b|^\W*‹C", text):
            facts.give(run.classes, [str(digit) for digit in facts.loose])
        elif CHANGED.search(own) or re.search(r"\bhalf\b", text):
            facts.claim(run.classes)
        if not run.denied or not scope.classes:
            facts.last_classes = run.classes
