"""Objects of the facts get the tags and the confidence of the map changes that they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rsica_data.change_facts.object_polygons import object_pixels
from rsica_data.schema.facts import ChangeFacts, Direction, ObjectFacts
from rsica_data.schema.map_scene import MapChange
from rsica_data.schema.records import Mask

_DIRECTIONS: dict[str, Direction] = {"added": "built", "removed": "removed"}


def attach_changes(
    facts: ChangeFacts, mask: Mask, numbers: NDArray[np.int32], changes: Sequence[MapChange]
) -> ChangeFacts:
    """Facts whose objects have ``tags`` and ``confidence``, and a ``direction`` where label maps gave none.

    An object takes those of the change that most of its pixels show; objects that show none keep None.

    Args:
        facts: measured on ``mask``.
        mask: class ids of what changed, ``[H, W]`` uint8.
        numbers: 1 + place in ``changes`` of each changed pixel, ``[H, W]`` int32, 0 for none.
        changes: the map's changes.
    """
    objects = []
    for item in facts.objects:
        counts = np.bincount(_numbers_of(item, mask, numbers), minlength=1)
        counts[0] = 0
        if not counts.any():
            objects.append(item)
            continue
        change = changes[int(counts.argmax()) - 1]
        direction = item.direction or _DIRECTIONS.get(change.kind)
        objects.append(replace(item, tags=change.tags(), confidence=change.confidence, direction=direction))
    return replace(facts, objects=tuple(objects))


def _numbers_of(item: ObjectFacts, mask: Mask, numbers: NDArray[np.int32]) -> NDArray[np.int32]:
    """Numbers at the object's own pixels."""
    x0, y0, x1, y1 = item.box
    return numbers[y0:y1, x0:x1][object_pixels(mask, item).view(np.bool_)]
