"""Keys of pairs that are made when they are asked for: an index of millions holds their names alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import overload

from rsica_data.schema import PairKey


class LazyKeys(Sequence[PairKey]):
    """A sequence of keys in runs; each run has a number of keys and makes that of a place.

    Args:
        runs: ``(number of keys, place -> key)``, in the order of the build.
    """

    def __init__(self, runs: Sequence[tuple[int, Callable[[int], PairKey]]]) -> None:
        self._runs = list(runs)
        self._ends = list(accumulate(number for number, _ in self._runs))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[PairKey]:
        for number, make in self._runs:
            yield from map(make, range(number))

    @overload
    def __getitem__(self, place: int) -> PairKey: ...
    @overload
    def __getitem__(self, place: slice) -> list[PairKey]: ...
    def __getitem__(self, place: int | slice) -> PairKey | list[PairKey]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        left = range(len(self))[place]
        for number, make in self._runs:
            if left < number:
                return make(left)
            left -= number
        raise IndexError(place)
