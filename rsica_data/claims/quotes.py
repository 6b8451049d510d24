"""Marked texts: ``[words](4)`` and ``[words](4,5)`` into plain text and quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rsica_data.claims.fact_list import Fact

_MARKED = re.compile(r"\[([^\[\]]*)\]\s?\((?P<numbers>[^()]*)\)")
_NUMBERS = re.compile(r"\s*#?\d{1,4}(?:\s*[,;&]\s*#?\d{1,4})*\s*")


@dataclass(frozen=True)
class Quote:
    """A marked part of a text.

    Attributes:
        start, end: where it stands in the plain text.
        words: the part itself.
        facts: the facts that it tells.
    """

    start: int
    end: int
    words: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Marked:
    """A text without its marks, and its quotes in order."""

    text: str
    quotes: tuple[Quote, ...]


class MarkError(Exception):
    """A mark that is none: a bracket left open, a number that no fact has."""


def read_marked(text: str, facts: Sequence[Fact]) -> Marked:
    """Take the marks out of a text.

    Args:
        text: as the model wrote it, white space folded.
        facts: the facts that the prompt listed, numbered from 1.

    Raises:
        MarkError: with a sentence that tells what to mend.

    >>> marked = read_marked("[No](1), nothing there.", [Fact("any_change", {}, False)])
    >>> marked.text, marked.quotes[0].words
    ('No, nothing there.', 'No')
    """
    plain, quotes, at = "", [], 0
    for match in _MARKED.finditer(text):
        plain += text[at : match.start()]
        facts_marked = _facts(match["numbers"], facts)
        words = match[1].strip()
        if not words:
            raise MarkError(f"the mark {match[0]!r} holds no words")
        quotes.append(Quote(len(plain), len(plain) + len(words), words, facts_marked))
        plain += words
        at = match.end()
    plain += text[at:]
    if "[" in plain or "]" in plain:
        raise MarkError("a square bracket is no mark: write [words](number)")
    return Marked(plain, tuple(quotes))


def _facts(numbers: str, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    if not _NUMBERS.fullmatch(numbers):
        raise MarkError(f"'({numbers})' behind a mark is no number of a fact")
    chosen = [int(digits) for digits in re.findall(r"\d+", numbers)]
    for number in chosen:
        if not 1 <= number <= len(facts):
            raise MarkError(f"there is no fact {number}; the list ends with {len(facts)}")
    return tuple(facts[number - 1] for number in dict.fromkeys(chosen))


def without_marks(text: str) -> str:
    """A text without its marks, whatever is wrong with them.

    >>> without_marks("[Two roads](99) changed")
    'Two roads changed'
    """
    return _MARKED.sub(lambda match: match[1].strip(), text)
