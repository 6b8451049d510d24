"""Masks to ChangeFacts: the only place that counts and measures mask pixels."""

from rsica_data.change_facts.attach import attach_changes
from rsica_data.change_facts.compute import compute_facts
from rsica_data.change_facts.object_polygons import majority, object_pixels, object_polygons
from rsica_data.change_facts.outline import prompt_outline
from rsica_data.change_facts.series_cover import series_cover
from rsica_data.change_facts.standing import standing_objects

__all__ = [
    "attach_changes",
    "compute_facts",
    "majority",
    "object_pixels",
    "object_polygons",
    "prompt_outline",
    "series_cover",
    "standing_objects",
]
