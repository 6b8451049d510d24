"""What covers the ground at each date of a series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rsica_data.core.errors import InvalidItemError
from rsica_data.schema.records import ClassDef, Mask


def series_cover(labels: Sequence[Mask], classes: Sequence[ClassDef], ignore_id: int | None) -> list[dict[str, float]]:
    """Share of the ground of each class at each date, of the pixels that are labelled at all dates.

    Args:
        labels: label maps in order of time, class ids ``[H, W]`` uint8, 0 for none.
        classes: the classes.
        ignore_id: id of unlabelled pixels; None where all are labelled.

    Returns:
        Class name to share, 0..1, a date; empty mappings where no pixel is labelled at all dates.

    Raises:
        InvalidItemError: ``size-mismatch`` between the maps.

    Example:
        >>> grown = [np.array([[0, 0]], np.uint8), np.array([[1, 0]], np.uint8)]
        >>> series_cover(grown, [ClassDef(1, "building")], None)
        [{'building': 0.0}, {'building': 0.5}]
    """
    if len({mask.shape for mask in labels}) > 1:
        raise InvalidItemError("size-mismatch", "label maps of a series differ in size")
    valid = np.ones(labels[0].shape, bool) if labels else np.zeros((0, 0), bool)
    for mask in labels if ignore_id is not None else ():
        valid &= mask != ignore_id
    pixels = int(valid.sum())
    return [
        {entry.name: int(np.count_nonzero((mask == entry.id) & valid)) / pixels for entry in classes} if pixels else {}
        for mask in labels
    ]
