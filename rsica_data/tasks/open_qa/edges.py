"""Whether a reply says that a changed object touches the edge of the image."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rsica_data.text.yes_no.stance import plain

_EDGE = re.compile(
    r"\b(?:touch\w*|reach\w*|cut|cross\w*|extend\w*|run[s ]\w*|at the|on the|along the|meets?|abuts?|borders?|"
    r"intersect\w*|clipp\w*|truncat\w*|adjoin\w*|flush|against|leaves? the|exits?|up to)\b"
)
_RIM = re.compile(
    r"\b(?:edges?|borders?|margins?|boundar\w+|rim|frame|touch\w*|cut off|reach\w*|inside|interior|cropped|clipped)\b"
)
_EDGE_NOT = re.compile(
    r"\b(?:away from|inside|interior|inner|well within|far from|distance (?:to|from)|gap|clear of|does not|do"
    r" not|don't|doesn't|none|no |not |neither|never|short of|stops? before|didn't|did not|isn't|aren't|fully"
    r" within|entirely within|surrounded|(?:fully|completely|entirely|wholly) (?:contained|within|inside))\b|"
    r"\d ?(?:px|pixels?|m|met(?:er|re)s?) (?:away |in )?from\b"
)


def touches_edge(answer: str, args: Mapping[str, Any], classes: tuple[str, ...]) -> bool | None:
    """Whether an object touches the edge; None where the answer speaks of no edge, or of objects of both kinds."""
    text = " ".join(part for part in re.split(r"(?<=[.!?;])\s+|\n+", plain(answer)) if _RIM.search(part)) or plain(
        answer
    )
    if re.search(r"\b(?:all|every one) (?:but|except)\b|\bexcept (?:for )?(?:one|two|the|a)\b", text) and _EDGE.search(
        text
    ):
        return None
    if _EDGE_NOT.search(text) and not re.search(r"\bnot only\b", text):
        return False
    return True if _EDGE.search(text) else None
