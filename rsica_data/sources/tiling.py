"""Pictures cut into tiles: how, where, and what their pairs are called."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.schema import PairKey

TILE = "tile"
"""Key of ``PairKey.extra``: the tile, as :meth:`Cut.to_json` gives it."""
TEXTS_CUT = "texts_cut"
"""Key of ``PairKey.extra``: the picture of the tile has captions, questions or objects."""
_TEXTS = ("questions", "options", "objects", "captions_left_out")
"""Keys of ``PairKey.extra`` that are about all of a picture."""
MOST_TILES = 1_000_000
"""Tiles that one picture is cut into."""


class TileSize(BaseModel):
    """How a picture is cut.

    Attributes:
        size: width and height of a tile in pixels.
        stride: pixels from one tile to the next (default: the size).
        edge: what becomes of the rest at the right and lower edge: ``drop`` it, or ``shift`` the last tile back until
            it fits.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    size: Annotated[int, Field(ge=16, le=8192)] = 256
    stride: PositiveInt | None = None
    edge: Literal["drop", "shift"] = "drop"


def _as_size(given: Any) -> Any:
    return {"size": given} if isinstance(given, int) and not isinstance(given, bool) else given


TileOption = Annotated[TileSize, BeforeValidator(_as_size)]
"""Tiles as a recipe gives them: ``512``, or a mapping."""


def offsets(length: int, size: int, stride: int, edge: str) -> list[int]:
    """First pixels of the tiles along one side.

    Args:
        length: of the side.
        size: of a tile.
        stride: from one tile to the next.
        edge: ``drop`` the rest, ``shift`` the last tile back until it fits, or ``pad`` it past the end.

    Example:
        >>> offsets(1000, 400, 400, "drop"), offsets(1000, 400, 400, "shift"), offsets(1000, 400, 400, "pad")
        ([0, 400], [0, 400, 600], [0, 400, 800])
    """
    if edge == "pad":
        # A tile that starts past the last one that reached the end would show nothing new.
        return [number * stride for number in range(1 + max(0, math.ceil((length - size) / stride)))]
    starts = list(range(0, length - size + 1, stride))
    if edge == "shift" and starts and starts[-1] + size < length:
        starts.append(length - size)
    return starts


@dataclass(frozen=True, slots=True)
class Cut:
    """A tile of a picture: first column and row, width and height, and those of the whole picture."""

    x: int
    y: int
    width: int
    height: int
    whole: tuple[int, int]

    def to_json(self) -> list[int]:
        """As a key keeps it."""
        return [self.x, self.y, self.width, self.height, *self.whole]


def cut_of(key: PairKey) -> Cut | None:
    """The tile of a key; None for a picture that is read whole."""
    numbers = key.extra.get(TILE)
    return None if numbers is None else Cut(numbers[0], numbers[1], numbers[2], numbers[3], (numbers[4], numbers[5]))


def tiled_keys(
    keys: Sequence[PairKey],
    tile: TileSize | None,
    size_of: Callable[[PairKey], tuple[int, int]],
    texts_on: Callable[[PairKey, PairKey], PairKey] | None = None,
) -> list[PairKey]:
    """A key for every tile of every picture, row by row: ``NAME_r0_c1``.

    A picture that is no larger than a tile stays whole. So does one whose size cannot be read: loading it tells why.
    Captions, questions and objects are about all of a picture: tiles have none of them but what ``texts_on`` gives.

    Args:
        keys: of whole pictures.
        tile: how they are cut; None for not at all.
        size_of: width and height of a key's picture in pixels.
        texts_on: the key of a tile with what its picture's texts say of it, from the picture's key and the tile's.

    Raises:
        UserError: a picture would have too many tiles.
    """
    if tile is None:
        return list(keys)
    given = texts_on if texts_on is not None else (lambda whole, part: part)
    return [part if part is key else given(key, part) for key in keys for part in _tiles(key, tile, size_of)]


def _tiles(key: PairKey, tile: TileSize, size_of: Callable[[PairKey], tuple[int, int]]) -> Iterator[PairKey]:
    try:
        width, height = size_of(key)
    except InvalidItemError:
        yield key
        return
    wide, high, stride = min(tile.size, width), min(tile.size, height), tile.stride or tile.size
    if (wide, high) == (width, height):
        yield key
        return
    if (width / stride) * (height / stride) > MOST_TILES:
        what = f"{key.pair_id}: {width}x{height} px would be more than {MOST_TILES:,} tiles"
        raise UserError(what, key="source.options.tile", hint="give a larger size or stride")
    xs, ys = offsets(width, wide, stride, tile.edge), offsets(height, high, stride, tile.edge)
    digits = len(str(len(ys) - 1)), len(str(len(xs) - 1))
    extra = {name: value for name, value in key.extra.items() if name not in _TEXTS}
    extra |= {TEXTS_CUT: True} if key.captions or len(extra) < len(key.extra) else {}
    for row, y in enumerate(ys):
        for column, x in enumerate(xs):
            name = f"{key.pair_id}_r{row:0{digits[0]}d}_c{column:0{digits[1]}d}"
            cut = Cut(x, y, wide, high, (width, height))
            yield replace(key, pair_id=name, captions=(), changed=None, extra={**extra, TILE: cut.to_json()})


def tile_path(path: str, key: PairKey) -> str:
    """What the image of a tile is called: as its picture, in its folder, with the row and column of the tile."""
    folder, slash, file = path.rpartition("/")
    row_and_column = "_".join(key.pair_id.rsplit("_", 2)[1:])
    return f"{folder}{slash}{file.rpartition('.')[0]}_{row_and_column}.png"


def tile_note(keys: Sequence[PairKey], tile: TileSize | None) -> list[str]:
    """What was cut, for the notes of a build."""
    cut = [key for key in keys if TILE in key.extra]
    if tile is None or not cut:
        return []
    pictures = len({key.pair_id.rsplit("_", 2)[0] for key in cut})
    edge = "the rest at the edges is left out" if tile.edge == "drop" else "the last ones are shifted back"
    notes = [f"{pictures} pictures are cut into {len(cut)} tiles of {tile.size} px; {edge}"]
    if any(TEXTS_CUT in key.extra for key in cut):
        notes.append("captions and questions of whole pictures are left out; an object goes to the tile of its centre")
    return notes
