"""Which replies are so plain that the rules alone are trusted where a language model reads too.

A plain reply is one short statement, or short fields, whose words all belong to a closed list: the classes that were
asked about by name, cells, numbers, units, yes and no, and the few verbs of change. What is said in other words, over
several sentences, of the earlier date or by exception is not plain, whatever the rules make of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rsica_data.text.mentions import mark_classes
from rsica_data.text.normalized.cleaning import NoAnswerError, answer_text, without_reasoning
from rsica_data.text.yaml_files import packaged_yaml

_LONGEST = 400
"""Characters of a plain reply."""
_WORDS = 24
"""Words of a plain statement."""
_MARK = re.compile(r"‹C\d+[spg]›")
_WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")
_CLEAR = re.compile(r"[\w\s.,:;!()\[\]{}\"'|*#~%²+/-]*")
_STATEMENT = re.compile(r"(?<=[.!?;])\s+|\n+")
_PHRASES = re.compile(
    r"\b(?:between|comparing|across|in|of) (?:the )?(?:two|2|both|first and (?:the )?second|before and after) "
    r"(?:satellite |aerial )?(?:images|pictures|photos|dates)\b|\b(?:square|sq\.?) (?:met(?:er|re)s?|m)\b"
)
_FIELD = re.compile(r"^[\W\d]*(?:\w+[ _-]?){1,4}\W*[:=|]\W*[^.!?;]{0,120}\W*$")
_PARTS = re.compile(r"\b\d+ (?:out )?of (?:the |these |those |all )?\d+\b|\d\s*(?:->|→|-|–|to)\s*\d|\bor\b")


def is_plain(reply: str, classes: Sequence[str]) -> bool:
    """Whether a raw reply says its answer in one plain statement or in plain fields.

    Args:
        reply: the reply as it came.
        classes: names of the classes that were asked about.

    >>> is_plain("**Answer:** 2 roads and 5 buildings.", ("road", "building"))
    True
    >>> is_plain("Each of the five streets is as it was; none changed.", ("road", "building"))
    False
    """
    try:
        answer = answer_text(reply)
    except NoAnswerError:
        return False
    whole = without_reasoning(reply)
    if len(whole) > _LONGEST or not _CLEAR.fullmatch(whole):
        return False
    return all(_is_plain(text.lower(), tuple(classes)) for text in (answer, whole))


def _is_plain(text: str, classes: tuple[str, ...]) -> bool:
    text = _PHRASES.sub(" ", text)
    if _PARTS.search(text):
        return False
    parts = [part for part in _STATEMENT.split(text) if _WORD.search(part) or re.search(r"\d", part)]
    if len(parts) > 1 and not all(_FIELD.match(part) for part in parts):
        return False
    words = _WORD.findall(_MARK.sub(" ", mark_classes(text, classes)))
    return len(words) <= _WORDS and set(words) <= _known()


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(" ".join(packaged_yaml("rsica_data.text", "words/plain.yaml").values()).split())
