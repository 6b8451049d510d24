"""The change mask that facts are measured on: the given one, or where two label maps differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import InvalidItemError
from rsica_data.schema.facts import Side
from rsica_data.schema.records import Mask


def measured_mask(
    change_mask: Mask | None,
    before_labels: Mask | None,
    after_labels: Mask | None,
    ignore_id: int | None = None,
    change_from: Side = "after",
) -> Mask:
    """The change mask that facts are measured on: derived where none is given, 0 where a map is unlabelled.

    Raises:
        InvalidItemError: ``size-mismatch`` between the maps, or ``no-mask``.
    """
    maps = (change_mask, before_labels, after_labels)
    check_shapes(maps)
    return mask_of_valid(maps, valid_pixels(maps, ignore_id), change_from)


def mask_of_valid(
    maps: tuple[Mask | None, Mask | None, Mask | None],
    valid: NDArray[np.bool_] | None,
    change_from: Side,
) -> Mask:
    """:func:`measured_mask` of maps that were checked, with their :func:`valid_pixels`."""
    mask = _change_mask(maps, change_from)
    return np.ascontiguousarray(mask if valid is None else np.where(valid, mask, 0), np.uint8)


def derive_change_mask(before: Mask, after: Mask, change_from: Side = "after") -> Mask:
    """Change mask of two label maps: where they differ, the class of one side; else 0.

    A pixel that is 0 (none) on that side stays 0: a vanished building counts with ``change_from="before"`` only.
    """
    side = after if change_from == "after" else before
    return np.where(before != after, side, 0).astype(np.uint8)


def _change_mask(maps: tuple[Mask | None, Mask | None, Mask | None], side: Side) -> Mask:
    change_mask, before, after = maps
    if change_mask is not None:
        return change_mask
    if before is None or after is None:
        raise InvalidItemError("no-mask", "neither a change mask nor both label maps are given")
    return derive_change_mask(before, after, side)


def check_shapes(maps: Sequence[Mask | None]) -> None:
    """See that all maps have one size.

    Raises:
        InvalidItemError: ``size-mismatch``.
    """
    shapes = {m.shape for m in maps if m is not None}
    if len(shapes) > 1:
        sizes = " and ".join(f"{w}x{h}" for h, w in sorted(shapes))
        raise InvalidItemError("size-mismatch", f"masks of sizes {sizes}")


def valid_pixels(maps: Sequence[Mask | None], ignore_id: int | None) -> NDArray[np.bool_] | None:
    """Pixels that no map marks as unlabelled, ``[H, W]`` bool; None where all are valid."""
    if ignore_id is None:
        return None
    ignored = np.logical_or.reduce([labels == ignore_id for labels in maps if labels is not None])
    return ~np.asarray(ignored, np.bool_)
