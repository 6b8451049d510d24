"""The pairs of a folder by name, and the files that they have in the folders of its sides, in little memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rsica_data.sources.common import natural, split_suffix
from rsica_data.sources.packed_names import PackedNames


class PairedFiles:
    """The pairs of a split by name, in natural order, and the file that each has in each folder.

    Args:
        sides: files of the folders with the images before, those after, and the masks, which make no pair alone.
        captioned: names of further pairs.
    """

    def __init__(self, sides: Sequence[PackedNames], captioned: Collection[str] = ()) -> None:
        before, after, _ = sides
        missing = set(captioned).difference(map(stem_of, before))
        paired = after == before and not missing
        self.names = PackedNames(
            map(stem_of, before)
            if paired
            else sorted({*map(stem_of, before), *map(stem_of, after), *missing}, key=natural)
        )
        # Most folders hold the same names, in the same order: a place then stands for all of them.
        self._files = [side if paired and side == before else {stem_of(file): file for file in side} for side in sides]

    def file(self, side: int, place: int, default: str) -> str:
        """File of a pair; the default where the folder has none of its name."""
        files = self._files[side]
        return files[place] if isinstance(files, PackedNames) else files.get(self.names[place], default)


def stem_of(file: str) -> str:
    """The name of a pair, by one of its files."""
    return split_suffix(file)[0]
