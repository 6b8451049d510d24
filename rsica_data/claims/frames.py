"""A text in plainer words: ways of saying things (``frames.yaml``) brought to those that the reader knows.

Every character of the plain text remembers the words of the text that it came from, so that a claim's span lies in what
was really said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files

import yaml

from rsica_data.claims.models import Claim

Span = tuple[int, int]
_OPEN = re.compile(r"(\[\^[^\]]+\])\*")
_GROUP = re.compile(r"\\(\d)|\\g<0>")


@dataclass(frozen=True)
class Plain:
    """A text in plainer words; ``spans`` gives for every character where it came from, None where nothing was moved."""

    text: str
    spans: list[Span] | None = None

    def claim(self, claim: Claim, said: str) -> Claim:
        """A claim of the plain text as one of the text that was really said."""
        if self.spans is None:
            return replace(claim, text=said[claim.span[0] : claim.span[1]])
        parts = self.spans[claim.span[0] : claim.span[1]] or [(0, len(said))]
        start, end = min(part[0] for part in parts), max(part[1] for part in parts)
        return replace(claim, span=(start, end), text=said[start:end])


Rule = tuple[re.Pattern[str], str]
Group = tuple[re.Pattern[str], tuple[Rule, ...], bool]
"""What a text must have for the group to be tried, the rules, and whether questions are brought into them too."""


@lru_cache(maxsize=1)
def groups() -> tuple[Group, ...]:
    """The rules in their groups."""
    text = (files("rsica_data.claims") / "frames.yaml").read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    parts: dict[str, str] = {}
    for name, part in content["parts"].items():
        parts[name] = _filled(part, parts)
    return tuple(
        (
            re.compile(_filled(group["when"], parts)),
            tuple((re.compile(_filled(pattern, parts)), words) for pattern, words in group["rules"]),
            bool(group.get("questions")),
        )
        for group in content["groups"]
    )


def _filled(pattern: str, parts: dict[str, str]) -> str:
    named = re.sub(r"\{([a-z]+)\}", lambda match: parts[match[1]], pattern)
    # A sentence without end must not make the search quadratic.
    return _OPEN.sub(r"\1{0,160}", named)


def plain(text: str, question: bool = False) -> Plain:
    """The text in plainer words; ``text`` is in lower case. Of a question only a few ways of saying things are."""
    made = Plain(text)
    for when, rules, questions in groups():
        if (questions or not question) and when.search(made.text):
            for pattern, words in rules:
                made = _rewritten(made, pattern, words)
    return made


def _rewritten(made: Plain, pattern: re.Pattern[str], words: str) -> Plain:
    found, spans = made.text, made.spans
    at = pattern.search(found)
    if at is None:
        return made
    spans = spans if spans is not None else [(number, number + 1) for number in range(len(found))]
    while at is not None:
        said, origin = _say(at, words, spans)
        start, end = at.start(), at.end()
        if not said and found[start - 1 : start] == found[end : end + 1] == " ":
            end += 1  # no two blanks where words were left out
        spans = spans[:start] + origin + spans[end:]
        found = found[:start] + said + found[end:]
        at = pattern.search(found, start + max(len(said), 1))
    return Plain(found, spans)


def _say(match: re.Match[str], words: str, spans: list[Span]) -> tuple[str, list[Span]]:
    """The plain words of a match, and where each of their characters came from."""
    whole = (spans[match.start()][0], spans[match.end() - 1][1])
    made: list[str] = []
    origin: list[Span] = []
    at = 0
    for group in _GROUP.finditer(words):
        literal = words[at : group.start()]
        start, end = match.span(int(group[1] or 0))
        made += [literal, match.string[start:end]]
        origin += [whole] * len(literal) + spans[start:end]
        at = group.end()
    made.append(words[at:])
    origin += [whole] * (len(words) - at)
    return "".join(made), origin
