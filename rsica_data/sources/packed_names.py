"""Names of many files in little memory: eight bytes more than their letters, where texts in a dict take two hundred."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import overload

from rsica_data.core.errors import UserError
from rsica_data.sources.common import list_folder, natural, split_suffix


class PackedNames(Sequence[str]):
    """A sequence of texts, in one piece.

    >>> names = PackedNames(["a.png", "ü.png"])
    >>> len(names), names[1], list(names), names == PackedNames(["a.png", "ü.png"])
    (2, 'ü.png', ['a.png', 'ü.png'], True)
    """

    def __init__(self, names: Iterable[str]) -> None:
        data, ends = bytearray(), array("q", [0])
        for name in names:
            data += name.encode()
            ends.append(len(data))
        self._data = bytes(data)
        self._ends = ends

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        number = place if 0 <= place < len(self._ends) - 1 else range(len(self))[place]
        return self._data[self._ends[number] : self._ends[number + 1]].decode()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PackedNames) and self._data == other._data and self._ends == other._ends

    __hash__ = None  # type: ignore[assignment]

    def hold(self, names: Sequence[str]) -> bool:
        """Whether these are the texts, in any order."""
        return len(names) == len(self) and sum(map(len, names)) <= len(self._data) and set(names) == set(self)


def packed_images(folder: Path, like: PackedNames | None = None) -> PackedNames:
    """File names of the images in a folder, by their stems in natural order; none where there is no such folder.

    Args:
        folder: that is listed.
        like: names of another folder, which most often has the same ones: they need not be looked at again then.

    Raises:
        UserError: two images have the same stem, or the folder cannot be read.
    """
    listed = list_folder(folder)
    if like is not None and like.hold(listed):
        return like
    by_stem = sorted((natural(stem), name, stem) for name in listed for stem, suffix in (split_suffix(name),) if suffix)
    for (_, first, stem), (_, second, other) in pairwise(by_stem):
        if stem == other:
            raise UserError(f"'{first}' and '{second}' would be one pair", file=folder, hint="keep one of them")
    return PackedNames(name for _, name, _ in by_stem)
