"""Batches of requests by length, within a budget of tokens that out-of-memory lowers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Batch:
    """Places of requests in their list, and the cost of computing them together: the longest, times their number."""

    places: tuple[int, ...]
    cost: int

    def halves(self, lengths: Sequence[int]) -> tuple[Batch, Batch]:
        """Both halves; the batch must hold at least two requests."""
        middle = len(self.places) // 2
        first, second = batch_of(self.places[:middle], lengths), batch_of(self.places[middle:], lengths)
        return first, second


def batch_of(places: Sequence[int], lengths: Sequence[int]) -> Batch:
    """A batch of these requests."""
    return Batch(tuple(places), max(lengths[place] for place in places) * len(places))


def plan_batches(lengths: Sequence[int], budget: int, most: int) -> list[Batch]:
    """Requests sorted by length, longest first, cut where the next one would pass the budget.

    Longest first, so that a budget that is too large shows at the start and not after an hour. A request that passes
    the budget alone is a batch of its own.

    Args:
        lengths: tokens of each request, those still to be generated included.
        budget: tokens of a batch, padding included.
        most: requests of a batch.
    """
    order = sorted(range(len(lengths)), key=lambda place: (-lengths[place], place))
    batches: list[list[int]] = []
    for place in order:
        if batches and len(batches[-1]) < most and lengths[batches[-1][0]] * (len(batches[-1]) + 1) <= budget:
            batches[-1].append(place)
        else:
            batches.append([place])
    return [batch_of(places, lengths) for places in batches]


class OutOfMemory(Exception):
    """A batch did not fit."""


class Computing(Generic[Result]):
    """Computes batches, in order; one that does not fit is halved, and so is what is as large and comes later."""

    def __init__(self, budget: int, most: int) -> None:
        self.budget, self._most = budget, most

    def run(
        self,
        lengths: Sequence[int],
        compute: Callable[[Batch, Batch | None], Sequence[Result]],
        too_large: Callable[[], Result],
    ) -> list[Result]:
        """A result a request, in the order of ``lengths``.

        Args:
            lengths: tokens of each request.
            compute: ``(batch, the one after it) -> results``; raises OutOfMemory.
            too_large: the result of a request that does not fit alone.
        """
        by_place: dict[int, Result] = {}
        waiting = deque(plan_batches(lengths, self.budget, self._most))
        while waiting:
            batch = waiting.popleft()
            if batch.cost > self.budget and len(batch.places) > 1:
                waiting.extendleft(reversed(batch.halves(lengths)))
                continue
            try:
                results = compute(batch, waiting[0] if waiting else None)
            except OutOfMemory:
                self._shrink(batch, waiting, lengths)
                if len(batch.places) == 1:
                    by_place[batch.places[0]] = too_large()
                continue
            by_place |= dict(zip(batch.places, results, strict=True))
        return [by_place[place] for place in range(len(lengths))]

    def _shrink(self, batch: Batch, waiting: deque[Batch], lengths: Sequence[int]) -> None:
        if len(batch.places) > 1:
            halves = batch.halves(lengths)
            self.budget = min(self.budget, max(half.cost for half in halves))
            waiting.extendleft(reversed(halves))
