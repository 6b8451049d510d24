"""What a sentence on cells takes from the one before it, and what it takes back at its end.

"Before, the northwest was an orchard; after, it is an estate": the place of the second sentence is that of the first.
"The top-left has buildings as well, but they did not change": a sentence that ends so tells of no change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.text.cell_runs import CHANGED, REST
from rsica_data.text.cell_words import TOKEN, is_denied, pattern_of
from rsica_data.text.places import PLACE

_LATER = re.compile(
    r"^\W*(?:and |but |while )?(?:after(?:wards?)?|now|today|later(?: on)?|t2|"
    r"(?:in|on|at) the (?:second|after|later|newer|new|latter|post-?\w*)(?: (?:image|picture|photo|scene|date|one))?|"
    r"the (?:second|after|later|newer|new|latter) (?:image|picture|photo|scene|date|one)(?: (?:shows|has))?)\b\s*,?\s*"
)
_EARLIER = pattern_of("before")
_HERE = re.compile(
    r"\b(?:it|(?:that|this|the same|the very same) (?:same )?(?:cell|area|place|spot|corner|part|square|region|site|land)|there)\b"
)
_TAKEN_BACK = re.compile(
    r"[^.;:‹]{0,60}?(?:,|\(|\s-|;)?\s*(?:but|and|though|although|yet|which|however|only that)\s*,?\s*"
    r"(?:they|it|these|those|this|that|both|all(?: of (?:them|these|those))?|none of (?:them|these|those)|neither|"
    r"the (?:latter|former)|is|are|was|were|have|has|did|look\w*|remain\w*|stay\w*)\b(?P<tail>[^‹]{0,90})$"
)


def with_places_of_before(sentences: Sequence[str]) -> list[str]:
    """Marked sentences in which "after, it is .." has the place of "before, the northwest was .." in front of it."""
    result: list[str] = []
    places: list[str] = []
    for sentence in sentences:
        later = _LATER.match(sentence)
        if later is not None:
            rest = sentence[later.end() :]
            carried = places and not PLACE.search(rest) and TOKEN.search(rest) and _HERE.search(rest)
            if carried:
                here = " and ".join(f"‹P{place}›" for place in places)
                rest = _HERE.sub(" ", rest)
                sentence = f"in {here} there are new {rest}"
            elif CHANGED.search(rest) or not TOKEN.search(rest):
                sentence = rest or sentence
        elif _EARLIER.search(sentence):
            places = PLACE.findall(sentence)
        result.append(sentence)
    return result


def is_taken_back(text: str) -> bool:
    """Whether a marked sentence describes objects and ends with their not having changed ("but they did not change")."""
    last = list(TOKEN.finditer(text))
    if not last or CHANGED.search(text[: last[-1].end()]):
        return False
    match = _TAKEN_BACK.match(text[last[-1].end() :])
    return match is not None and is_denied(match[0]) and not REST.search(match[0])
