"""YAML with the line of every key: see :mod:`rsica_data.core.yaml_text`."""

from __future__ import annotations

from rsica_data.core.yaml_text import compose, construct, line_of

__all__ = ["compose", "construct", "line_of"]
