"""Replies that say that there is nothing: no object, no target, no region.

"There is no target object in the image." is how EarthReason answers a question without a target (SegEarth-R1, public
code of its evaluation); other models say "none", "the image contains no ships", "I cannot find any" or "[]".
"""

from __future__ import annotations

import re

_WHERE = r"(?:in )?(?:the |this |that )?(?:image|images|scene|picture|photo|area|tile),? "
_MEANT = r"(?:the |any |such an? |the requested |the described |an? )?(?:target|object|region|mask|match)\w{0,3}"
_SEE = r"(?:see|find|detect|locate|identify|spot)"
_FORMS = (
    r"\s*\[[\[\]\s]*\]\s*",
    r"\W*(?:none|nothing|no|n/a|there (?:is|are) (?:no|none|not any))\b[^0-9]*",
    rf"\W*{_WHERE}(?:shows?|contains?|has|holds?|includes?|there (?:is|are)) (?:no|nothing|none)\b[^0-9]*",
    rf"\W*{_WHERE}(?:does|do) not (?:show|contain|have|hold|include) (?:any|anything|such|the|a)\b[^0-9]*",
    rf"\W*i (?:can |could )?{_SEE} (?:no|nothing|none)\b[^0-9]*",
    rf"\W*(?:i )?(?:can ?not|can't|could not|couldn't|do not|don't|did not|didn't) {_SEE} (?:any\b|{_MEANT})[^0-9]*",
    rf"\W*{_MEANT} (?:is|are|was|were|does|do|could|can) ?(?:absent|missing|not)\b[^0-9]*",
    r"\W*(?:an? )?empty(?: mask| region)?\W*",
)
_NONE = re.compile("|".join(_FORMS), re.IGNORECASE)


def says_none(text: str) -> bool:
    """Whether a text says that what was asked for is not there, and gives no number. Never raises.

    Args:
        text: an answer without its frames.

    Example:
        >>> says_none("There is no target object in the image."), says_none("The image shows a port.")
        (True, False)
    """
    return _NONE.fullmatch(text) is not None
