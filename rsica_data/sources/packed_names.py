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

    def are(self, names: Sequence[str]) -> bool:
        """Whether these are the texts, in their order."""
        return len(names) == len(self) and self == PackedNames(names)


def packed_images(folder: Path, like: PackedNames | None = None) -> PackedNames:
    """File names of the images in a folder, by their stems in natural order; none where there is no such folder.

    Args:
        folder: that is listed.
        like: names of another folder, which most often has the same ones: they need not be looked at again then.

    Raises:
        UserError: two images have the same stem, or the folder cannot be read.
    """
    listed = list_folder(folder)
    if like is not None and like.are(listed):
        return like
    names = [name for name in listed if split_suffix(name)[1]]
    first = _first_out_of_order(names)
    if first is not None and _by_stem(names[first - 1])[0] != _by_stem(names[first])[0]:
        names.sort(key=_by_stem)
        first = _first_out_of_order(names)
    if first is not None:
        one, other = names[first - 1 : first + 1]
        raise UserError(f"'{one}' and '{other}' would be one pair", file=folder, hint="keep one of them")
    return PackedNames(names)


def _by_stem(name: str) -> tuple[tuple[tuple[str | int, ...], str], str]:
    return natural(split_suffix(name)[0]), name


def _first_out_of_order(names: Sequence[str]) -> int | None:
    """The place of the first name whose stem does not come after that of the name before it; None where all do."""
    before = None
    for number, name in enumerate(names):
        stem = natural(split_suffix(name)[0])
        if before is not None and not before < stem:
            return number
        before = stem
    return None
