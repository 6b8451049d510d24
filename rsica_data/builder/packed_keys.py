"""The keys of a shard in little memory: a plan holds those of all pairs, packed, and a worker unpacks its own."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import overload

from rsica_data.schema import PairKey

_VALUES = attrgetter(*(field.name for field in fields(PairKey)))


class PackedKeys(Sequence[PairKey]):
    """Some keys, pickled and compressed: some 30 bytes a pair without captions, where the objects take 900.

    They never leave the processes of a build.

    >>> keys = PackedKeys([PairKey("mine/test/1", "test", {"before": "a/1.png"})])
    >>> len(keys), keys[0].pair_id, [key.split for key in keys]
    (1, 'mine/test/1', ['test'])
    """

    __slots__ = ("_count", "_data")

    def __init__(self, keys: Iterable[PairKey]) -> None:
        # Values alone: pickle asks each record for its state in Python.
        whole = list(map(_VALUES, keys))
        self._count = len(whole)
        self._data = zlib.compress(pickle.dumps(whole, pickle.HIGHEST_PROTOCOL), 1)

    def _keys(self) -> tuple[PairKey, ...]:
        rows = pickle.loads(zlib.decompress(self._data))  # noqa: S301 - packed above
        return tuple(PairKey(*values) for values in rows)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[PairKey]:
        return iter(self._keys())

    @overload
    def __getitem__(self, place: int) -> PairKey: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[PairKey]: ...
    def __getitem__(self, place: int | slice) -> PairKey | Sequence[PairKey]:
        return self._keys()[place]
