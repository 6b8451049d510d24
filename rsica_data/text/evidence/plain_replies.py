"""Which replies are so plain that the rules alone are trusted where a language model reads too.

A plain reply is one short statement, or short fields, whose words all belong to a closed list: the classes that were
asked about by name, cells, numbers, units, yes and no, and the few verbs of change. It holds as many values as the
answer has and no other (:mod:`plain_shapes`): a number for each class, cells for each class, or one value. What is said
in other words, of the earlier date, by exception or beside a second value is not plain, whatever the rules make of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rsica_data.text.evidence.plain_shapes import Asked, is_of_shape
from rsica_data.text.mentions import mark_classes
from rsica_data.text.normalized.cleaning import NoAnswerError, answer_text, without_reasoning
from rsica_data.text.yaml_files import packaged_yaml

_LONGEST = 400
"""Characters of a plain reply."""
_WORDS = 24
"""Words of a plain statement."""
_MARK = re.compile(r"‹C\d+[spg]›")
_WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")
_CLEAR = re.compile(r"[\w\s.,:;!()\[\]{}\"'|*#~%²+/`<>=-]*")
_PHRASES = re.compile(
    r"\b(?:between|comparing|across|in|of) (?:the )?(?:two|2|both|first and (?:the )?second|before and after) "
    r"(?:satellite |aerial )?(?:images|pictures|photos|dates)\b|"
    r"\b(?:in|of) (?:the|this) (?:image|scene|picture)(?: pair)?\b|"
    r", (?:that is (?:not )?so|it is (?:not )?the case)\b|\bi (?:see|count|would say)\b|"
    r"</?answer>|\\boxed|```(?:json)?"
)
_NEVER = re.compile(
    r"\b\d+ (?:out )?of (?:the |these |those |all )?\d+\b|[\d›]\s*(?:->|→|–|to)\s*[\d‹]|\d\s*/\s*\d|\w/\w"
)


def is_plain(reply: str, classes: Sequence[str], asked: Asked) -> bool:
    """Whether a raw reply says its answer in one plain statement or in plain fields.

    Args:
        reply: the reply as it came.
        classes: names of the classes that were asked about.
        asked: what an answer holds.

    >>> counts = Asked("counts")
    >>> is_plain("**Answer:** 2 roads and 5 buildings.", ("road", "building"), counts)
    True
    >>> is_plain("2 roads and 5 buildings, 7 in all.", ("road", "building"), counts)
    False
    >>> is_plain("Each of the five streets is as it was; none changed.", ("road", "building"), counts)
    False
    """
    try:
        answer = answer_text(reply)
    except NoAnswerError:
        return False
    whole = without_reasoning(reply).replace("\\boxed", "")
    if len(whole) > _LONGEST or not _CLEAR.fullmatch(whole):
        return False
    return all(_is_plain(text.lower(), tuple(classes), asked) for text in dict.fromkeys((answer, whole)))


def _is_plain(text: str, classes: tuple[str, ...], asked: Asked) -> bool:
    marked = mark_classes(_PHRASES.sub(" ", text), classes)
    words = _WORD.findall(_MARK.sub(" ", marked))
    if len(words) > _WORDS or not set(words) <= _known() | set(" ".join(asked.options).split()):
        return False
    return _NEVER.search(marked) is None and is_of_shape(marked, asked)


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(" ".join(packaged_yaml("rsica_data.text", "words/plain.yaml").values()).split())
