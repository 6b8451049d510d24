"""How an answer of several sentences ends: its last sentence, its first one, and whether it breaks off."""

from __future__ import annotations

import re

_END = re.compile(r"(?<=[.!?])[*_\"')\]]*\s+(?=\S)|\n+")
_OPEN_WORD = re.compile(
    r"\b(?:the|an?|of|in|and|or|to|is|are|was|were|has|have|with|where|which|that|at|on|from|first|by|for|as|there|its|"
    r"i|we|be|been|but|if|when|while|than|then|between|into|this|these)\s*$"
)
_CLOSED = re.compile(r"[.!?)\]}>`\"'*|%:]\s*$")
_FRAGMENT = 4
"""Words of a last sentence that may be a short answer without a full stop."""
_IN_GENERAL = re.compile(
    r"\b(?:refers? to|is defined as|(?:you|one|we) can use|can be (?:used|detected|done|found) (?:by|with|using)|"
    r"(?:the )?following (?:methods|steps|techniques)|(?:strengths|advantages) and (?:weaknesses|disadvantages))\b"
)
_OF_THE_PAIR = re.compile(
    r"\b(?:first|second|before|after|earlier|later|newer|older|both|these|two given) (?:image|picture|photo|scene)s?\b|"
    r"^\W*(?:yes|no)\b|\d"
)


def sentences_of(answer: str) -> list[str]:
    """The sentences and lines of an answer."""
    return [part.strip() for part in _END.split(answer) if part.strip(" *_-#|")]


def breaks_off(answer: str) -> bool:
    """Whether an answer of several sentences stops in the middle of one.

    >>> breaks_off("It shows a town. The town has grown towards the north, where")
    True
    """
    return len(sentences_of(answer)) > 1 and _OPEN_WORD.search(answer.rstrip().lower()) is not None


def is_cut(answer: str) -> bool:
    """Whether a paragraph of several sentences ends without the end of its last one: the token limit was reached.

    A last line of its own (a field, an item, a label) needs no full stop.

    >>> is_cut("The road is still there. Next to it")
    True
    >>> is_cut("The road is still there.\\nBuildings: 2"), is_cut("Two roads. Three houses")
    (False, False)
    """
    last_line = answer.rstrip().rpartition("\n")[2]
    sentences = sentences_of(last_line)
    if len(sentences) < 2 or ":" in sentences[-1] or _CLOSED.search(last_line):
        return False
    return breaks_off(last_line) or len(sentences[-1].split()) > _FRAGMENT


def is_in_general(answer: str) -> bool:
    """Whether an answer speaks of methods or of what words mean, and not of the images."""
    text = answer.lower()
    return _IN_GENERAL.search(text) is not None and _OF_THE_PAIR.search(re.sub(r"(?m)^\s*\d+[.)]", "", text)) is None
