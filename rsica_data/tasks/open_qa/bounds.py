"""Bounds of a number ("more than 5", "between 2 and 4") held against what a question asks for at least."""

from __future__ import annotations

import re

BOUND = re.compile(
    r"(?<!not )(?<!no )\b(?P<word>fewer than|less than|under|below|up to|at most|no more than|at least|"
    r"more than|over)\s+"
    r"(?P<number>\d{1,6})\b|\b(?:between\s+(?P<low>\d{1,6})\s+and|(?P<first>\d{1,6})\s*(?:-|"
    r"to))\s+(?P<high>\d{1,6})\b(?! (?:in|on|at)\b)"
)


def reaches(bound: re.Match[str], least: int) -> bool | None:
    """What a bound ("more than 5", "between 2 and 4") says of "at least"; None where both could be."""
    word, low = bound["word"] or "between", int(bound["low"] or bound["first"] or bound["number"])
    if word in ("fewer than", "less than", "under", "below"):
        return False if low <= least else None
    if word in ("up to", "at most", "no more than", "not more than"):
        return False if low < least else None
    if bound["high"] is not None and int(bound["high"]) < least:
        return False
    return True if low + (word in ("more than", "over")) >= least else None
