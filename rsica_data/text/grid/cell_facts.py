"""What a reply has told so far of the cells of each class, and what it comes to in the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rsica_data.geometry.cells import CELLS
from rsica_data.schema import Unparsed

ALL = frozenset(range(9))


def digits_of(marks: Iterable[str]) -> set[int]:
    """Cell numbers of the digits of place marks."""
    return {int(digit) for mark in marks for digit in mark}


class CellFacts:
    """Cells by class number.

    Attributes:
        cells: of the classes that were spoken of; an empty set where it is told that one has none.
        loose: places that were told without a class.
        last_classes, last_places: what "they" and "the same cells" mean.
        corrected, unread: something was taken back; a value could not be read.
        told: every cell named so far, changed or not: what "the other cells" leaves out.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.cells: dict[int, set[int]] = {}
        self.loose: set[int] = set()
        self.stated: set[int] = set()
        self.last_classes: list[int] = []
        self.last_places: list[str] = []
        self.reasons: list[str] = []
        self.corrected = self.unread = False
        self.letters: dict[str, tuple[int, ...]] = {}
        self._claimed: set[int] = set()

    def give(self, classes: Iterable[int], marks: Sequence[str]) -> None:
        """The classes changed in the places; a place without cells makes the answer unreadable."""
        classes = list(classes)
        if any(not mark for mark in marks):
            self.reasons.append("a place that is no cell of the grid")
        cells = digits_of(marks)
        for number in classes:
            self.cells.setdefault(number, set()).update(cells)
        self.stated |= cells
        self.last_classes = classes or self.last_classes
        self.last_places = list(marks) or self.last_places

    def deny(self, classes: Iterable[int]) -> None:
        """The classes did not change, or not in the place that is spoken of."""
        for number in classes:
            self.cells.setdefault(number, set())

    def deny_everywhere(self, classes: Sequence[int]) -> None:
        """It is told of the classes as a whole that they did not change."""
        if any(self.cells.get(number) for number in classes):
            self.reasons.append("says both that a class changed and that it did not")
        self.deny(classes)

    def take(self, classes: Iterable[int], marks: Sequence[str]) -> bool:
        """The places are not among those of the classes after all; whether they were."""
        less, taken = digits_of(marks), False
        for number in classes:
            if self.cells.get(number, set()) & less:
                self.cells[number] -= less
                taken = True
        self.stated |= less
        return taken

    def forget(self, classes: Iterable[int]) -> None:
        """What was told of the classes is taken back."""
        for number in classes:
            self.cells.pop(number, None)

    def claim(self, classes: Iterable[int]) -> None:
        """The classes changed, it is not told where."""
        self._claimed.update(classes)

    @property
    def others(self) -> str:
        """Digits of the cells that were not named."""
        return "".join(str(number) for number in sorted(ALL - self.stated))

    def add_loose(self, marks: Sequence[str]) -> None:
        """Places without a class."""
        self.loose |= digits_of(marks)
        self.stated |= digits_of(marks)
        self.last_places = list(marks) or self.last_places

    @property
    def claimed(self) -> set[int]:
        """Classes that changed, no cell of which is known."""
        return {number for number in self._claimed if not self.cells.get(number)}

    def result(self, names: Sequence[str]) -> dict[str, list[str]] | Unparsed | None:
        """Cells by class name; a reason where they cannot be told; None where no class was spoken of."""
        if self.reasons:
            return Unparsed(self.reasons[0])
        if self.claimed:
            return Unparsed("a change without a place")
        if not self.cells:
            return None
        return {
            name: [cell for number, cell in enumerate(CELLS) if number in self.cells[k]]
            for k, name in enumerate(names)
            if k in self.cells
        }
