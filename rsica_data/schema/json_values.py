"""The type of JSON objects."""

from __future__ import annotations

from typing import Any

JsonObject = dict[str, Any]
"""A JSON object: str keys; values None, bool, int, float, str, list or JSON object."""
