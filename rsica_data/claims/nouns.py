"""What a sentence speaks of, and what it says of each thing: the notes that the reader takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from rsica_data.claims.models import Quantity, Region


@dataclass(slots=True)
class Determiner:
    """Words before a noun: how many, negated, new, largest."""

    start: int | None = None
    number: float | None = None
    upper: float | None = None
    vague: tuple[float, float | None] | None = None
    bound: str = ""
    article: bool = False
    negative: bool = False
    compared: str = ""
    rank: Literal["", "largest", "smallest"] = ""
    marks: set[str] = field(default_factory=set)

    @property
    def numeric(self) -> bool:
        """Whether a number or a word for one was said."""
        return self.number is not None or self.vague is not None

    @property
    def own(self) -> bool:
        """Whether it says how many, so that it does not share the negation of a noun before it."""
        return self.numeric or self.article or self.negative or "definite" in self.marks

    def quantity(self, unit: str = "objects") -> Quantity | None:
        """The range that the words allow."""
        if self.number is not None:
            return _bounded(self.number, self.upper, self.bound or ("about" if self.vague else ""), unit)
        if self.vague is not None:
            return Quantity(self.vague[0], self.vague[1], vague=self.vague[0] != self.vague[1], unit=unit)
        if self.article:
            return Quantity(1, 1, vague=True, unit=unit)
        return None


def _bounded(number: float, upper: float | None, bound: str, unit: str) -> Quantity:
    whole = unit in ("objects", "cells")
    if upper is not None:
        return Quantity(number, upper, unit=unit)
    if bound == "least":
        return Quantity(number, None, unit=unit)
    if bound == "most":
        return Quantity(0, number, unit=unit)
    if bound == "over":
        return Quantity(number + 1 if whole else number, None, unit=unit)
    if bound == "under":
        return Quantity(0, number - 1 if whole else number, unit=unit)
    return Quantity(number, number, approximate=bound == "about", unit=unit)


@dataclass(slots=True)
class Noun:
    """A thing that a sentence speaks of.

    ``kind``: ``class`` (land cover), ``object`` (objects of any class), ``scene`` (the place as a whole), ``change`` (a
    change of nothing named). ``landmark``: only says where something else is. ``verb``: what happened to it.
    ``spared``: the places that are excepted.
    """

    kind: str
    name: str | None
    reach: str
    start: int
    end: int
    det: Determiner
    landmark: bool = False
    soft: bool = False
    negative: bool = False
    verb: str = ""
    used: bool = False
    scope: str = "change"
    quantity: Quantity | None = None
    regions: list[Region] = field(default_factory=list)
    spared: list[Region] = field(default_factory=list)
    led: bool = False
    order: int = 0


@dataclass(slots=True)
class Verb:
    """What is said to happen; ``subjects`` are the things that it is said of."""

    type: str
    negative: bool
    noun: bool
    start: int
    end: int
    subjects: list[Noun] = field(default_factory=list)


@dataclass(slots=True)
class Step:
    """Something that became something else; ``backward`` while the things to come are what it was before."""

    sources: list[Noun]
    targets: list[Noun]
    negative: bool
    backward: bool = False


@dataclass(slots=True)
class Measure:
    """A share, an area or a number of cells, the thing that it measures (None: not named), and the date it is of."""

    quantity: Quantity
    start: int
    end: int
    noun: Noun | None = None
    scope: str = ""


@dataclass(slots=True)
class Notes:
    """What one sentence says, before it is made into claims."""

    nouns: list[Noun] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    relations: list[tuple[str, Noun, Noun]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    dates: list[tuple[str, str, int, int]] = field(default_factory=list)
    numbers: list[tuple[Quantity, int, int]] = field(default_factory=list)
    regions: list[tuple[Region, int, int]] = field(default_factory=list)
    topics: list[Noun] = field(default_factory=list)
    former: list[Noun] = field(default_factory=list)
    hedged: bool = False
    nothing: bool = False
    none: bool = False
    rest: bool = False
    only: bool = False
    excepted: bool = False
    unknown: int = 0
