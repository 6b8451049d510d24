"""Names of many files in little memory: eight bytes more than their letters, where texts in a dict take two hundred."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
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


def packed_images(folder: Path) -> PackedNames:
    """File names of the images in a folder, by their stems in natural order; none where there is no such folder.

    Raises:
        UserError: two images have the same stem, or the folder cannot be read.
    """
    names = [name for name in list_folder(folder) if split_suffix(name)[1]]
    if not _in_order(names):
        names.sort(key=_by_stem)
    before = ""
    for number, name in enumerate(names):
        stem = split_suffix(name)[0]
        if number and stem == before:
            raise UserError(
                f"'{names[number - 1]}' and '{name}' would be one pair", file=folder, hint="keep one of them"
            )
        before = stem
    return PackedNames(names)


def _by_stem(name: str) -> tuple[tuple[tuple[str | int, ...], str], str]:
    return natural(split_suffix(name)[0]), name


def _in_order(names: Sequence[str]) -> bool:
    keys = map(_by_stem, names)
    before = next(keys, None)
    for key in keys:
        if before is not None and key < before:
            return False
        before = key
    return True
