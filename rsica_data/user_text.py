"""Text files that a user made: see :mod:`rsica_data.core.text`."""

from __future__ import annotations

from rsica_data.core.text import decode_user_text, read_user_text

__all__ = ["decode_user_text", "read_user_text"]
