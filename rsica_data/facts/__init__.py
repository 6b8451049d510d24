"""Masks to ChangeFacts: the only place that touches mask pixels."""

from rsica_data.facts.compute import compute_facts, derive_change_mask

__all__ = ["compute_facts", "derive_change_mask"]
