"""What a caption and a change flag of a captions file say. One rule for sources, the simulator and the scorers."""

from __future__ import annotations

from typing import Any

from rsica_data.core.json_text import short

_CHANGED = ("1", "true", "yes", "changed", "change")
_UNCHANGED = ("0", "false", "no", "unchanged", "no change", "no_change", "nochange")
_UNKNOWN = ("", "none", "null", "nan", "unknown")


def strip_caption(raw: str) -> str:
    """A caption without surrounding space and without the " ." that LEVIR-CC's file ends captions in."""
    return raw.strip().removesuffix(" .").strip()


def has_words(text: str | None) -> bool:
    """Whether a sentence holds a letter or a digit; "", " " and " ." say nothing and are no captions."""
    return text is not None and any(map(str.isalnum, text))


def change_flag(value: Any) -> bool | None:
    """A ``changeflag`` as files have it: true, 1, 1.0, "1", "true", "1.0"; None where it is null or empty.

    Raises:
        ValueError: it is something else.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and value in (0, 1):
        return value == 1
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _UNKNOWN:
            return None
        if word in _CHANGED or word in _UNCHANGED:
            return word in _CHANGED
        try:
            return change_flag(float(word))
        except (ValueError, OverflowError):
            pass
    raise ValueError(f"changeflag {short(repr(value))} is neither 1 (changed) nor 0 (unchanged)")
