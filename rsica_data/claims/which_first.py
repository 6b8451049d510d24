"""Which of two comes first in meaning: the greater of a comparison, the earlier of a change."""

from __future__ import annotations

import re
from collections.abc import Sequence

FEWER = re.compile(r"\b(?:fewer|fewest|less|least|smaller|smallest|lowest)\b")
"""Words that turn a comparison round."""

_LOSER = re.compile(r"\b(?:than|compared (?:with|to)|versus|vs\.?|over|not|unlike|against)\s+(?:\w+\s+){0,4}$")

_FORWARD = re.compile(
    r"\breplaced (?:mostly |mainly |largely |in part |partly )?(?:by|with)\b|\bconver(?:ted|"
    r"sion|ting|ts) (?:mostly |mainly )?(?:in)?to\b|\bturned (?:mostly |mainly )?(?:in)?to\b|"
    r"\bturning (?:in)?to\b|\bbec(?:ame|ome|omes|oming)\b|"
    r"\bg[ai]v(?:e|en|es|ing) way to\b|\bma(?:de|king|kes|ke) (?:way|room) for\b|"
    r"\btransform\w* (?:in)?to\b|\bchang(?:ed|ing|es|e)? (?:over )?(?:in)?to\b|"
    r"\b(?:taken over|swallowed|overtaken|displaced|superseded|supplanted|succeeded) by\b|"
    r"\b(?:went|yielded|switched|ceded|passed|lost|moved|gone|going|fell) (?:over |"
    r"ground )?to\b|→|->|(?:^|\W)to\W*$|\bis now\b|\bare now\b|\bnow\b|"
    r"\bcleared for\b|\bused for\b|\bmostly (?:in)?to\b|\bmainly (?:in)?to\b|\binto\b"
)
_BACKWARD = re.compile(
    r"\breplac(?:ed|es|ing|e)\b|\bt(?:ook|aken|akes|aking) the place of\b|"
    r"\bin (?:the )?place of\b|\binstead of\b|\bon (?:what (?:was|had been) |the |"
    r"land that was )?(?:former(?:ly)?|previous(?:ly)?|once)\b|\bover\b|\bon\b|\bwhere\b|"
    r"\bfrom\b|\bout of\b|"
    r"\bat the expense of\b|\bcame in place\b|\bused to be\b|\b(?:was|were) (?:previously|"
    r"formerly|once|mostly|mainly)\b|\bovertook\b|\btook over\b|\bswallowed\b|\bdisplaced\b|"
    r"\bthere (?:was|were|had been)\b|\bformer(?:ly)?\b|\bpreviously\b|\bsucceed(?:ed|s)\b|"
    r"\bsupplant(?:ed|s)\b"
)
_FIRST_IS_OLD = re.compile(
    r"\b(?:from|in (?:the )?place of|instead of|on (?:what was |the |former )*|"
    r"replacing|of what was|out of|once|formerly|former|previously)\s+(?:\w+\s+){0,2}$"
)


def winner(text: str, options: Sequence[tuple[int, str]]) -> str | None:
    """The option that a comparison puts first; None where there is none or it cannot be told.

    Args:
        text: lower case.
        options: where an option is named, and which it is.

    >>> winner("more buildings than roads changed", [(5, "building"), (20, "road")])
    'building'
    """
    names = list(dict.fromkeys(name for _, name in options))
    if len(names) < 2:
        return names[0] if names else None
    if len(names) > 2:
        return None
    losers = {name for start, name in options if _LOSER.search(text[:start])}
    if len(losers) == 1:
        return next(name for name in names if name not in losers)
    return names[0] if not losers else None


def from_to(text: str, named: Sequence[tuple[int, int, str]]) -> tuple[str, str] | None:
    """(old, new) of two classes in a text that tells a change from one into the other; None where it cannot be told.

    >>> from_to("bare land was replaced by houses", [(0, 9, "bare land"), (26, 32, "building")])
    ('bare land', 'building')
    """
    first = named[0]
    second = next((entry for entry in named[1:] if entry[2] != first[2]), None)
    if second is None:
        return None
    last = max((entry for entry in named if entry[2] == first[2] and entry[1] <= second[0]), key=lambda entry: entry[1])
    between = text[last[1] : second[0]]
    if re.search(r"\bbefore (?:the |any |those |these |its |new )*$|\bstood (?:there|where)\b", between):
        return first[2], second[2]
    if re.search(r"\bbefore (?:the |any |those |these |its |new |changed )*$", text[: first[0]]):
        return second[2], first[2]
    if re.search(r"\bwhere\b|\bon what (?:was|were|had been)\b|\bon (?:the )?former\b", between):
        return second[2], first[2]
    if _FORWARD.search(between):
        return first[2], second[2]
    if _FIRST_IS_OLD.search(text[: first[0]]):
        return first[2], second[2]
    if _BACKWARD.search(between):
        return second[2], first[2]
    return None


_REFERENCE = re.compile(
    r"\b(?:from|(?<!largest )(?<!biggest )of|than|to|relative to|above|below|beside) (?:the |"
    r"that |its )?(?:largest |biggest )?(?:of the |of )?(?:changed |new )?$"
)


def is_reference(text: str, start: int) -> bool:
    """Whether what is named at ``start`` is what something else is seen from: "left of the road", "from the road"."""
    return _REFERENCE.search(text[:start]) is not None
