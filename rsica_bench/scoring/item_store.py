"""The items of a task: in memory while they are few, else on disk, a part in memory at a time.

Scorers go over the items of a task from first to last, several times. Items on disk are read again each time, with what
is seldom looked at (the facts and captions of the pair) left there until it is.
"""

from __future__ import annotations

import copyreg
import io
import pickle
import tempfile
import weakref
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from rsica_bench.scoring.api import PairFacts, ScoredItem
from rsica_data.schema import FactsView, GoldTurn, ObjectFacts, Question

_CHUNK = 256
_IN_MEMORY = 2_048
"""Items of a task, and pairs, of which more are kept on disk."""

Value = TypeVar("Value")


class _Blocks:
    """Values on disk by number, the last ones that were asked for in memory."""

    def __init__(self, load: Callable[[bytes], Any], kept: int) -> None:
        self._file: Any = None
        self._starts = array("q", [0])
        self._load, self._kept = load, kept
        self._recent: OrderedDict[int, Any] = OrderedDict()

    def append(self, data: bytes) -> int:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="rsica-items-")  # noqa: SIM115 - it lives as long as this
            weakref.finalize(self, self._file.close)
        number = len(self._starts) - 1
        self._file.seek(self._starts[-1])
        self._file.write(data)
        self._starts.append(self._starts[-1] + len(data))
        return number

    def __getitem__(self, number: int) -> Any:
        if number in self._recent:
            self._recent.move_to_end(number)
            return self._recent[number]
        self._file.seek(self._starts[number])
        value = self._load(self._file.read(self._starts[number + 1] - self._starts[number]))
        self._recent[number] = value
        if len(self._recent) > self._kept:
            self._recent.popitem(last=False)
        return value


class _FarPair(PairFacts):
    """A pair whose facts and captions are on disk."""

    __slots__ = ("_far", "_place")
    _far: _Blocks
    _place: int

    @classmethod
    def at(cls, place: int, light: tuple[Any, ...], far: _Blocks) -> _FarPair:
        pair = cls.__new__(cls)
        for put, value in zip(_NEAR, light, strict=True):
            put(pair, value)
        object.__setattr__(pair, "_place", place)
        object.__setattr__(pair, "_far", far)
        return pair

    @property
    def view(self) -> FactsView | None:
        view: FactsView | None = self._far[self._place][0]
        return view

    @property
    def captions(self) -> tuple[str, ...]:
        captions: tuple[str, ...] = self._far[self._place][1]
        return captions


_LIGHT = ("pair_id", "source", "split", "changed", "before_date", "after_date")
_light = attrgetter(*_LIGHT)
_NEAR = tuple(vars(PairFacts)[name].__set__ for name in _LIGHT)
"""What sets the fields of a frozen pair: many are made, in each pass over the items."""


class PairSpool:
    """The pairs of a dataset on disk, shared by the items of all tasks."""

    def __init__(self) -> None:
        self._far = _Blocks(pickle.loads, _CHUNK)
        self._last: OrderedDict[int, tuple[PairFacts, int]] = OrderedDict()

    def put(self, pair: PairFacts) -> tuple[Any, ...]:
        """Keep a pair; what finds it again. The last pairs that came are known again."""
        if id(pair) not in self._last:
            self._last[id(pair)] = pair, self._far.append(_dumped((pair.view, pair.captions)))
            if len(self._last) > _CHUNK:
                self._last.popitem(last=False)
        place = self._last[id(pair)][1]
        return place, _light(pair)

    def get(self, kept: tuple[Any, ...]) -> PairFacts:
        """The pair that :meth:`put` kept."""
        place, light = kept
        return _FarPair.at(place, light, self._far)


_FIELDS = {
    kind: attrgetter(*(field.name for field in fields(kind)))
    for kind in (ScoredItem, GoldTurn, Question, FactsView, ObjectFacts)
}


def _made_again(value: Any) -> tuple[type, tuple[Any, ...]]:
    return type(value), _FIELDS[type(value)](value)


_TABLE = copyreg.dispatch_table | dict.fromkeys(_FIELDS, _made_again)


class _Records(pickle.Pickler):
    """Keeps records as calls of their classes: three times as fast to read as the state of a frozen dataclass."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream, pickle.HIGHEST_PROTOCOL)
        self.dispatch_table = _TABLE


class _Pickler(_Records):
    def __init__(self, stream: io.BytesIO, pairs: PairSpool) -> None:
        super().__init__(stream)
        self._pairs = pairs

    def persistent_id(self, value: Any) -> Any:
        return self._pairs.put(value) if isinstance(value, PairFacts) else None


def _dumped(value: Any) -> bytes:
    stream = io.BytesIO()
    _Records(stream).dump(value)
    return stream.getvalue()


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, pairs: PairSpool) -> None:
        super().__init__(io.BytesIO(data))
        self._pairs = pairs
        self._met: dict[int, PairFacts] = {}

    def persistent_load(self, kept: Any) -> PairFacts:
        if kept[0] not in self._met:
            self._met[kept[0]] = self._pairs.get(kept)
        return self._met[kept[0]]


class ItemStore(Sequence[ScoredItem]):
    """Items in the order in which they were appended.

    Args:
        pairs: where the pairs of items on disk are kept.
        most: items that stay in memory; with one more all are on disk.
    """

    def __init__(self, pairs: PairSpool, most: int = _IN_MEMORY) -> None:
        self._pairs, self._most = pairs, most
        self._items: list[ScoredItem] = []  # all of them, or the last ones, which are no whole chunk yet
        self._chunks: _Blocks | None = None
        self._length = 0

    def append(self, item: ScoredItem) -> None:
        """Add an item."""
        self._items.append(item)
        self._length += 1
        if len(self._items) >= (_CHUNK if self._chunks is not None else self._most + 1):
            self._spill()

    def _spill(self) -> None:
        if self._chunks is None:
            pairs = self._pairs  # a reference to the store itself would leave it to the collector of cycles
            self._chunks = _Blocks(lambda data: _Unpickler(data, pairs).load(), max(1, self._most // _CHUNK))
        whole = len(self._items) // _CHUNK * _CHUNK
        for start in range(0, whole, _CHUNK):
            stream = io.BytesIO()
            _Pickler(stream, self._pairs).dump(self._items[start : start + _CHUNK])
            self._chunks.append(stream.getvalue())
        del self._items[:whole]

    @overload
    def __getitem__(self, place: int) -> ScoredItem: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[ScoredItem]: ...

    def __getitem__(self, place: int | slice) -> ScoredItem | Sequence[ScoredItem]:
        if isinstance(place, slice):
            return Picked(self, range(self._length)[place])
        number = range(self._length)[place]
        if self._chunks is None:
            return self._items[number]
        on_disk = self._length - len(self._items)
        if number >= on_disk:
            return self._items[number - on_disk]
        chunk: list[ScoredItem] = self._chunks[number // _CHUNK]
        return chunk[number % _CHUNK]

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[ScoredItem]:
        if self._chunks is not None:
            for number in range((self._length - len(self._items)) // _CHUNK):
                yield from self._chunks[number]
        yield from self._items


class Picked(Sequence[Value], Generic[Value]):
    """Some values of a sequence, looked up when they are asked for: no list of them is made.

    Example:
        >>> list(Picked("abcd", [3, 0]))
        ['d', 'a']
    """

    def __init__(self, values: Sequence[Value], numbers: Sequence[int] | NDArray[np.int64]) -> None:
        self._values, self._numbers = values, numbers

    @overload
    def __getitem__(self, place: int) -> Value: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Value]: ...

    def __getitem__(self, place: int | slice) -> Value | Sequence[Value]:
        if isinstance(place, slice):
            return Picked(self._values, self._numbers[place])
        return self._values[int(self._numbers[place])]

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[Value]:
        return (self._values[int(number)] for number in self._numbers)
