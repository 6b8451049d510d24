"""What the readers of all types share: the words of options and dates, lines with their headings, reasons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rsica_data.schema import Unparsed
from rsica_data.text.normalized.chinese import has_chinese, to_english
from rsica_data.text.normalized.layout import lines_of
from rsica_data.text.word_patterns import word_pattern
from rsica_data.text.yaml_files import packaged_yaml
from rsica_data.text.yes_no.stance import DOUBT, plain

NONE = re.compile(
    r"\b(?:none|no|nothing|nowhere|zero|nil|neither|isn't any|aren't any|not any|not a single|not one|0(?!\.\d))\b"
)
"""Words that say that there is nothing of what was asked."""
BEFORE = word_pattern("options.before")
AFTER = word_pattern("options.after")
SENTENCE = re.compile(r"(?<=[.!?])(?<!\bi\.e\.)(?<!\be\.g\.)\s+|\n+|;")
_DATES = (
    (re.compile(r"第一(?:期|时相|景|时期|个时期)(?:影像|图像)?|前一期(?:影像)?|早期(?:影像)?|以前|先前"), "第一张"),
    (re.compile(r"第二(?:期|时相|景|时期|个时期)(?:影像|图像)?|后一期(?:影像)?|晚期(?:影像)?|现在|目前"), "第二张"),
    (re.compile(r"(?:修建|建设|建造|变化|开发|施工)之?前"), "之前"),
    (re.compile(r"比(?P<than>[^，。,;；\n]{1,16}?)(?:更|要|还|的)?(?:多|大|广|高|强)(?!于)"), r"more than \g<than> "),
    (re.compile(r"比(?P<than>[^，。,;；\n]{1,16}?)(?:更|要|还|的)?(?:少|小|低|弱)(?!于)"), r"less than \g<than> "),
    (re.compile(r"大于|高于|胜过"), "多于"),
    (re.compile(r"少于|小于|低于|不如|不及"), " less than "),
    (re.compile(r"最多"), " most "),
    (re.compile(r"集中(?:在|于)(?:一|同一)(?:处|个|片|块|起)"), " concentrated "),
    (re.compile(r"主要(?:是|为|位于|集中在|在)?"), " mostly "),
    (re.compile(r"少量|小部分|少部分|其次"), " a small part "),
    (re.compile(r"而不是|而非|不是"), " rather than "),
)  # fmt: skip


@lru_cache(maxsize=4096)
def prepared(answer: str) -> str:
    """An answer whose Chinese dates and comparisons are in the order and the words of English."""
    if has_chinese(answer):
        for pattern, words in _DATES:
            answer = pattern.sub(words, answer)
    return answer


def option_words(option: str) -> tuple[str, ...]:
    """Regular expressions of the words for one option of a fixed choice."""
    return tuple(packaged_yaml("rsica_data.text", "words/options.yaml")[option])


def cannot_tell(answer: str, reason: str) -> Unparsed:
    """Unparsed, for the reason given or because the reply says that it cannot tell."""
    return Unparsed("says that it cannot tell" if DOUBT.search(plain(answer)) else reason)


@lru_cache(maxsize=4096)
def headed_lines(answer: str) -> tuple[str, ...]:
    """The lines of an answer in lower case, each after the headings that stand above it, divided by ``|``.

    >>> headed_lines('{"before": {"forest": {"percent": 40}}}')
    ('before | forest | percent: 40',)
    """
    lines = []
    for line in lines_of(to_english(answer)):
        heads = [head for head in line.headings if len(head.split()) <= 6 and not re.search(r"\d", head)]
        lines.append(" | ".join((*heads, line.text)))
    return tuple(lines)


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text, empty ones left out."""
    return (part for part in SENTENCE.split(text) if part.strip())


def date_of(text: str) -> str | None:
    """``before`` or ``after`` where a text speaks of one of the two dates only."""
    earlier, later = BEFORE.search(text) is not None, AFTER.search(text) is not None
    return None if earlier == later else "before" if earlier else "after"


_QUANTITIES = {
    "more_area": re.compile(
        r"(?:\b(?:in(?: terms of)?|by|as to|as for|measured by|regarding) (?:the )?(?:changed |"
        r"total )?(?:area|surface)\b),?"
    ),
    "more_objects": re.compile(
        r"\b(?:in(?: terms of)?|by|as to|as for|regarding) (?:the )?(?:numbers?|counts?|objects)\b(?: of objects)?,?"
    ),
}


def in_asked_quantity(answer: str, kind: str) -> str:
    """What a reply says of the area, or of the number, where it says that it goes over to it ("but in area, ..")."""
    pattern = _QUANTITIES.get(kind)
    match = pattern.search(answer.lower()) if pattern is not None else None
    if match is None or not re.search(r"\b(?:but|though|while|whereas|however)\W+$", answer[: match.start()].lower()):
        return answer
    return answer[match.end() :] if answer[match.end() :].strip(" .") else answer
