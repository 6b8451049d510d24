"""A change mask's objects named by the map: a mask from any detector and OSM give a multi-class change mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import UserError
from rsica_data.osm.ground_grid import Grid
from rsica_data.osm.rasterize import Pixels, rasterize_named, rasterize_numbers
from rsica_data.osm.scheme import Named
from rsica_data.schema import Mask
from rsica_data.schema.records import IGNORE_ID

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Overlap:
    """A feature under an object of the mask: its class, the share of the object's pixels that show it, its tags."""

    name: str
    class_name: str
    share: float
    tags: dict[str, str]


@dataclass(frozen=True)
class NamedObject:
    """One 8-connected object of the mask.

    Attributes:
        number: 1, 2, ... in row order of the first pixel.
        box: ``(x0, y0, x1, y1)`` in pixels, half-open.
        area_px: pixels.
        class_before, class_after: class that covers most of it, at least ``min_share``; None where none does.
        class_name: what the object is called: the later class, else the earlier one, else ``unknown``.
        share: share of the object that the class which names it covers.
        before, after: features under it, largest share first.
    """

    number: int
    box: tuple[int, int, int, int]
    area_px: int
    class_before: str | None
    class_after: str | None
    class_name: str
    share: float
    before: tuple[Overlap, ...]
    after: tuple[Overlap, ...]


@dataclass(frozen=True)
class NamedMask:
    """The mask with classes.

    Attributes:
        mask: class ids ``[height, width]`` uint8, ``unknown_id`` where no class was found.
        numbers: number of the object in each pixel, int32, 0 for none.
        unknown_id: the id after the scheme's classes.
        objects: in the order of their numbers.
        before, after: label maps of both dates that differ inside the mask only: there each map speaks for its date
            (``IGNORE_ID`` where there is no map of a date), elsewhere the later map for both.
    """

    mask: Mask
    numbers: NDArray[np.int32]
    unknown_id: int
    objects: tuple[NamedObject, ...]
    before: Mask
    after: Mask


def name_mask(
    mask: NDArray[Any],
    grid: Grid,
    before: Sequence[Named] | None,
    after: Sequence[Named] | None,
    *,
    class_count: int,
    min_share: float = 0.2,
    pixels: Pixels = "centre",
) -> NamedMask:
    """Name every object of a change mask by the features that it overlaps.

    Args:
        mask: changed where not zero, ``[height, width]``.
        grid: where it lies.
        before: features of the earlier map that have a class; None where there is only one map.
        after: the same of the later map.
        class_count: number of classes of the scheme; ``unknown`` gets the id after them.
        min_share: a class must cover so much of an object to name it.
        pixels: which pixels belong to a feature.

    Raises:
        UserError: the mask is not of the grid's size, or neither map is given.
    """
    import cv2

    if mask.shape != (grid.height, grid.width):
        size = "x".join(map(str, mask.shape[::-1]))
        raise UserError(f"the mask is {size}, the image {grid.width}x{grid.height}")
    if before is None and after is None:
        raise UserError("no map is given to name the mask with")
    _, *measured = cv2.connectedComponentsWithStats((mask != 0).astype(np.uint8), connectivity=8)
    labels, stats = (np.asarray(part) for part in measured[:2])
    sides = [_Side(side or (), grid, pixels) for side in (before, after)]
    order = _by_first_pixel(labels)
    out, numbers = np.zeros(mask.shape, np.uint8), np.zeros(mask.shape, np.int32)
    objects = []
    for number, label in enumerate(order, 1):
        x, y, width, height, area = (int(value) for value in stats[label])
        window = (slice(y, y + height), slice(x, x + width))
        inside = labels[window] == label
        side_classes = [side.under(window, inside, area, min_share) for side in sides]
        item = _object(number, (x, y, x + width, y + height), area, *side_classes)
        objects.append(item)
        chosen = side_classes[1] if side_classes[1].class_id else side_classes[0]
        out[window][inside] = chosen.class_id or class_count + 1
        numbers[window][inside] = number
    labels_of = [None if given is None else side.classes for given, side in zip((before, after), sides, strict=True)]
    from_to = _from_to(mask != 0, *labels_of)
    return NamedMask(out, numbers, class_count + 1, tuple(objects), *from_to)


def _from_to(inside: NDArray[np.bool_], before: Mask | None, after: Mask | None) -> tuple[Mask, Mask]:
    steady = after if after is not None else before
    assert steady is not None
    unknown = np.full(inside.shape, IGNORE_ID, np.uint8)
    sides = (unknown if side is None else side for side in (before, after))
    one, other = (np.where(inside, side, steady).astype(np.uint8) for side in sides)
    return one, other


def _by_first_pixel(labels: NDArray[Any]) -> list[int]:
    """Labels of the components in the order of their first pixel, row by row."""
    unique_labels, first = np.unique(labels, return_index=True)
    return [int(unique_labels[at]) for at in np.argsort(first) if unique_labels[at] != 0]


@dataclass(frozen=True)
class _Found:
    class_id: int
    class_name: str | None
    share: float
    overlaps: tuple[Overlap, ...]


class _Side:
    """One map drawn on the grid: which class and which feature lies where."""

    def __init__(self, named: Sequence[Named], grid: Grid, pixels: Pixels) -> None:
        self._named = named
        self.classes = rasterize_named(named, grid, pixels)
        self._numbers = rasterize_numbers(named, grid, pixels)
        self._names = {item.class_id: item.class_name for item in named}

    def under(self, window: tuple[slice, slice], inside: NDArray[np.bool_], area: int, min_share: float) -> _Found:
        counts = np.bincount(self.classes[window][inside])
        counts[0] = 0
        class_id = int(counts.argmax())
        share = float(counts[class_id] / area)
        if share < min_share or class_id == 0:
            class_id, share = 0, 0.0
        numbers, pixels = np.unique(self._numbers[window][inside], return_counts=True)
        overlaps = [self._overlap(int(n), int(c) / area) for n, c in zip(numbers, pixels, strict=True) if n]
        overlaps.sort(key=lambda item: (-item.share, item.name))
        return _Found(class_id, self._names.get(class_id), share, tuple(overlaps))

    def _overlap(self, number: int, share: float) -> Overlap:
        named = self._named[number - 1]
        return Overlap(named.feature.name, named.class_name, round(share, 4), dict(named.feature.tags))


def _object(number: int, box: tuple[int, int, int, int], area: int, old: _Found, new: _Found) -> NamedObject:
    chosen = new if new.class_name is not None else old
    return NamedObject(
        number=number,
        box=box,
        area_px=area,
        class_before=old.class_name,
        class_after=new.class_name,
        class_name=chosen.class_name or UNKNOWN,
        share=round(chosen.share, 4),
        before=old.overlaps,
        after=new.overlaps,
    )
