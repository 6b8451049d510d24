"""What prose has told of each class in each cell, and what that comes to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from rsica_data.schema import Unparsed

Key = tuple[int, int]
"""A class and a cell."""


@dataclass
class Book:
    """Entries by class and cell.

    Attributes:
        changes: changes, with the number of the sentence that tells of each.
        denied: it is told that the class did not change there.
        same: an object of the class is told to be there still.
        before, after: objects of one date alone.
        open: a class word beside a cell whose state is not told.
        described: cells whose earlier or later state is told in whatever words, by "before" and "after".
        heads: keys of ``before`` whose object is the first thing that is told of the cell.
        scene: the earlier state of the whole scene is told.
        loose: cells where something changed that no class was given.
        notes: how many entries were made.
        claimed, settled: classes that changed at no told place; classes told as a whole not to have changed.
    """

    changes: dict[Key, int] = field(default_factory=dict)
    denied: dict[Key, int] = field(default_factory=dict)
    same: set[Key] = field(default_factory=set)
    before: dict[Key, set[str]] = field(default_factory=dict)
    after: dict[Key, set[str]] = field(default_factory=dict)
    open: set[Key] = field(default_factory=set)
    described: dict[str, set[int]] = field(default_factory=lambda: {"before": set(), "after": set()})
    heads: set[Key] = field(default_factory=set)
    scene: bool = False
    loose: set[int] = field(default_factory=set)
    claimed: set[int] = field(default_factory=set)
    settled: set[int] = field(default_factory=set)
    spoken: set[int] = field(default_factory=set)
    notes: int = 0
    reasons: list[str] = field(default_factory=list)

    def change(self, classes: Iterable[int], cells: Iterable[int], sentence: int) -> None:
        """The classes changed in the cells."""
        self.notes += 1
        cells = list(cells)
        for number in classes:
            self.spoken.add(number)
            if not cells:
                self.claimed.add(number)
            for cell in cells:
                self.changes[number, cell] = sentence

    def deny(self, classes: Iterable[int], cells: Iterable[int], sentence: int) -> None:
        """The classes did not change in the cells."""
        self.notes += 1
        cells = list(cells)
        for number in classes:
            self.spoken.add(number)
            for cell in cells:
                self.denied[number, cell] = sentence

    def keep(self, classes: Iterable[int], cells: Iterable[int]) -> None:
        """Objects of the classes are in the cells at both dates."""
        self.notes += 1
        cells = list(cells)
        for number in classes:
            self.spoken.add(number)
            self.same |= {(number, cell) for cell in cells}

    def leave_open(self, classes: Iterable[int], cells: Iterable[int]) -> None:
        """The classes are named beside the cells, and their state is not told."""
        classes, cells = list(classes), list(cells)
        self.notes += bool(classes)
        for number in classes:
            self.open |= {(number, cell) for cell in cells}

    def describe(self, date: str, objects: dict[int, set[str]], cells: Iterable[int]) -> None:
        """What stands in the cells at one date: words of objects by class."""
        self.notes += 1
        cells = list(cells)
        self.described[date] |= set(cells)
        for number, words in objects.items():
            for cell in cells:
                (self.before if date == "before" else self.after).setdefault((number, cell), set()).update(words)

    def undo(self, sentence: int) -> bool:
        """What one sentence told of changes is taken back; whether it told of any."""
        keys = [key for key, number in self.changes.items() if number == sentence]
        for key in keys:
            del self.changes[key]
        return bool(keys)

    def result(self, count: int) -> dict[int, set[int]] | Unparsed:
        """Cells by class, of the classes that were spoken of."""
        if self.reasons:
            return Unparsed(self.reasons[0])
        cells: dict[int, set[int]] = {}
        unsettled = set(self.open)
        for number, cell in {*self.before, *self.after} - set(self.changes):
            state = self._compared((number, cell))
            if state is None:
                unsettled.add((number, cell))
            elif state:
                self.changes[number, cell] = -1
        for key in unsettled - set(self.changes) - set(self.denied) - self.same:
            if key[0] not in self.settled:
                return Unparsed("a class beside a cell, and not whether it changed")
        for number, cell in self.changes:
            if (number, cell) in self.denied or number in self.settled:
                return Unparsed("says both that a class changed and that it did not")
            cells.setdefault(number, set()).add(cell)
        if self.loose - {cell for of_class in cells.values() for cell in of_class}:
            return Unparsed("a change in a place that no class was given")
        if self.claimed - set(cells):
            return Unparsed("a change without a place")
        for number in self.spoken | self.settled | {number for number, _ in {*self.before, *self.after}}:
            cells.setdefault(number, set())
        return {number: of_class for number, of_class in cells.items() if number < count}

    def _compared(self, key: Key) -> bool | None:
        """Whether the objects of the two dates differ; None where that is not told."""
        before, after, cell = self.before.get(key), self.after.get(key), key[1]
        if key in self.denied or key in self.same:
            return False
        if before is None:
            return True if cell in self.described["before"] or self.scene else None
        if after is None:
            return True if cell in self.described["after"] and key in self.heads else None
        first, second = _numbers(before), _numbers(after)
        if first and second:
            return first != second
        counts_alone = first or second or "?" in _nouns(before) | _nouns(after)
        return True if _nouns(before) != _nouns(after) and not counts_alone else None


def _nouns(words: set[str]) -> set[str]:
    return {re.split(r"[ -]", word)[-1].rstrip("s") for word in words}


def _numbers(words: set[str]) -> set[str]:
    return {number[0] for word in words if (number := re.match(r"\d+", word))}
