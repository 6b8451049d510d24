"""Objects that stood before and did not change: the intact buildings of sets of damage."""

from __future__ import annotations

import numpy as np

from rsica_data.change_facts.compute import compute_facts
from rsica_data.schema.facts import ObjectFacts
from rsica_data.schema.records import ImagePair


def standing_objects(pair: ImagePair, min_object_pixels: int = 1) -> dict[str, tuple[ObjectFacts, ...]]:
    """The 8-connected components of what stood before and is not marked as changed, by class.

    Args:
        pair: a pair; its ``standing`` names the class.
        min_object_pixels: smaller components are not objects.

    Returns:
        The class that stands to its objects; empty where the source does not tell what stood.
    """
    if pair.standing is None or pair.before_labels is None or pair.change_mask is None:
        return {}
    own = [entry for entry in pair.classes if entry.name == pair.standing]
    mask = np.where((pair.change_mask == 0) & (pair.before_labels == own[0].id), own[0].id, 0).astype(np.uint8)
    facts = compute_facts(change_mask=mask, classes=own, min_object_pixels=min_object_pixels)
    return {pair.standing: facts.objects}
