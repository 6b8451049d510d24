"""What a label says of the values in a text's slots, as claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rsica_data.claims.gist.shape import Shape, Span
from rsica_data.claims.models import Claim, Kind, Quantity, Rank, Region, Relation

Said = Iterator[Claim]


@dataclass(frozen=True)
class Slots:
    """The values of a shape, in the order in which the text names them."""

    shape: Shape
    classes: tuple[str, ...]
    numbers: tuple[float, ...]
    places: tuple[Region, ...]
    years: tuple[str, ...]

    def claim(self, kind: Kind, subject: str | None, value: Any = None, polarity: bool = True, **more: Any) -> Claim:
        """A claim that spans the words for its subject, or the whole text."""
        span: Span = self.shape.classes.get(subject, self.shape.whole) if subject else self.shape.whole
        hedged = self.shape.hedged
        return Claim(kind, subject, value, polarity, span, self.shape.text[span[0] : span[1]], hedged, **more)


def slots_of(shape: Shape) -> Slots:
    """The values of a shape."""
    places = tuple(region for region, _ in shape.places.values())
    return Slots(shape, tuple(shape.classes), tuple(shape.numbers), places, tuple(shape.years))


def _moved(slots: Slots, subject: str, direction: str) -> Said:
    yield slots.claim("presence", subject, direction=direction)
    yield slots.claim("direction", subject, direction)


def _counted(slots: Slots, subject: str | None, number: float, direction: str | None = None) -> Said:
    yield slots.claim("count", subject, Quantity(number, number), direction=direction)
    if direction is not None:
        yield slots.claim("direction", subject, direction)


def _count(direction: str | None = None) -> Callable[[Slots], Said]:
    return lambda slots: _counted(slots, slots.classes[0], slots.numbers[0], direction)


def _only(slots: Slots) -> Said:
    name = slots.classes[0]
    yield slots.claim("presence", name)
    yield slots.claim("relation", name, Relation("only", name))


def _placed(polarity: bool = True, direction: str | None = None) -> Callable[[Slots], Said]:
    def said(slots: Slots) -> Said:
        subject = slots.classes[0] if slots.classes else None
        yield slots.claim("position", subject, slots.places[0], polarity)
        if direction is not None:
            yield slots.claim("direction", subject, direction)

    return said


def _rank(which: Any) -> Callable[[Slots], Said]:
    def said(slots: Slots) -> Said:
        yield slots.claim("size", slots.classes[0] if slots.classes else None, Rank(which, slots.places[0]))

    return said


def _compared(op: str) -> Callable[[Slots], Said]:
    return lambda slots: iter((slots.claim("relation", slots.classes[0], Relation(op, slots.classes[1])),))


def _each(*kinds: Kind) -> Callable[[Slots], Said]:
    """A kind for each class in the order of the text; ``class`` says nothing of it.

    "No roads were built" denies just that: an absence has the direction that the text names, if it is one.
    """

    def said(slots: Slots) -> Said:
        one = next(iter(slots.shape.directions)) if len(slots.shape.directions) == 1 else None
        for kind, name in zip(kinds, slots.classes, strict=False):
            if kind != "class":
                yield slots.claim(kind, name, direction=one if kind == "absence" else None)

    return said


def _step(old: int, new: int) -> Callable[[Slots], Said]:
    return lambda slots: iter(
        (slots.claim("transition", slots.classes[old], (slots.classes[old], slots.classes[new])),)
    )


def _dates(before: int, after: int) -> Callable[[Slots], Said]:
    return lambda slots: iter((
        slots.claim("date", None, slots.years[before], scope="before"),
        slots.claim("date", None, slots.years[after], scope="after"),
    ))  # fmt: skip


def _both(first: int, second: int) -> Callable[[Slots], Said]:
    def said(slots: Slots) -> Said:
        numbers = slots.numbers if len(slots.numbers) == 2 else slots.numbers * 2
        yield from _counted(slots, slots.classes[0], numbers[first])
        yield from _counted(slots, slots.classes[1], numbers[second])

    return said


def _all_moved(*directions: str) -> Callable[[Slots], Said]:
    """A direction for each class in the order of the text."""

    def said(slots: Slots) -> Said:
        for name, direction in zip(slots.classes, directions, strict=True):
            yield from _moved(slots, name, direction)

    return said


def _share(slots: Slots) -> Said:
    share = next(iter(slots.shape.shares))
    yield slots.claim("size", None, Quantity(share, share, approximate=slots.shape.estimated, unit="percent"))


MEANINGS: dict[str, Callable[[Slots], Said]] = {
    "changed": lambda slots: iter((slots.claim("change", None),)),
    "unchanged": lambda slots: iter((slots.claim("change", None, polarity=False),)),
    "presence": _each("presence"),
    "absence": _each("absence"),
    "only": _only,
    "built": lambda slots: _moved(slots, slots.classes[0], "appeared"),
    "removed": lambda slots: _moved(slots, slots.classes[0], "disappeared"),
    "count": _count(),
    "count_built": _count("appeared"),
    "count_removed": _count("disappeared"),
    "total": lambda slots: _counted(slots, None, slots.numbers[0]),
    "share": _share,
    "position": _placed(),
    "some_in_place": _placed(),
    "built_in_place": _placed(direction="appeared"),
    "removed_in_place": _placed(direction="disappeared"),
    "no_in_place": _placed(polarity=False),
    "place_change": _placed(),
    "place_only": _placed(),
    "place_unchanged": _placed(polarity=False),
    "largest": _rank("largest"),
    "largest_of": _rank("largest"),
    "smallest": _rank("smallest"),
    "more": _compared("more"),
    "fewer": _compared("fewer"),
    "equal": _compared("equal"),
    "larger": _compared("larger"),
    "smaller": _compared("smaller"),
    "neither": _each("absence", "absence"),
    "both_presence": _each("presence", "presence"),
    "first_only": _each("presence", "absence"),
    "second_only": _each("absence", "presence"),
    "beside": _each("presence", "class"),
    "beside_second": _each("class", "presence"),
    "gone_and_new": _all_moved("disappeared", "appeared"),
    "both_built": _all_moved("appeared", "appeared"),
    "both_removed": _all_moved("disappeared", "disappeared"),
    "new_and_gone": _all_moved("appeared", "disappeared"),
    "became": _step(0, 1),
    "replaced": _step(1, 0),
    "dates": _dates(0, 1),
    "dates_reversed": _dates(1, 0),
    "both": _both(0, 1),
    "both_crossed": _both(1, 0),
}
"""Labels whose meaning the facts can settle; every other label stands for what says nothing of change."""

KEEPS_DIRECTION = frozenset(MEANINGS) - {
    "changed", "unchanged", "absence", "built", "removed", "neither", "dates", "dates_reversed", "became", "replaced",
    "largest", "largest_of", "smallest", "share", "place_unchanged", "no_in_place", "gone_and_new", "new_and_gone",
    "both_built", "both_removed",
}  # fmt: skip
"""Labels that leave it open whether things appeared or went: what was read of that stays."""
