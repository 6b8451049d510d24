"""A text as tagged tokens whose spans lie in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from rsica_data.claims.lexicon import WORD, Vocabulary
from rsica_data.text.numbers import NUMBER, number_value

_NUMBER_WORD = re.compile(rf"{NUMBER}\Z")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": " ", "*": " ", "#": " ", "“": " ", "”": " ", '"': " "})
_QUOTES |= {ord(mark): "-" for mark in "–—‑"}
_TENS = {"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
FRACTIONS = {"half": 50.0, "third": 100 / 3, "quarter": 25.0, "fifth": 20.0, "sixth": 100 / 6, "tenth": 10.0}
_ENDS = frozenset(".!?;\n")
_LONGEST = 400


class Token(NamedTuple):
    """A word or phrase with its tag (``x`` for a word that says nothing) and its span in the text."""

    tag: str
    value: Any
    start: int
    end: int


def flatten(text: str) -> str:
    """The text in lower case without markup, every character in its place."""
    moved = text.translate(_QUOTES)
    if moved.isascii():
        return moved.lower()
    return "".join(low if len(low := char.lower()) == 1 else char for char in moved)


def tokenize(text: str, words: Vocabulary) -> list[Token]:
    """Tagged tokens of a text, longest phrases first."""
    found = [(match[0], match.start(), match.end()) for match in WORD.finditer(flatten(text))]
    parts = list(_split_apostrophes(found))
    plain = [part[0] for part in parts]
    tokens: list[Token] = []
    at, size, by_first = 0, len(parts), words.by_first
    while at < size:
        word, start, end = parts[at]
        step, tag, value = 1, "x", word
        for rest, entry in by_first.get(word, ()):
            length = len(rest)
            if not length or tuple(plain[at + 1 : at + 1 + length]) == rest:
                step, (tag, value) = 1 + length, entry
                end = parts[at + length][2]
                break
        else:
            step, tag, value = _other(plain, at)
            end = parts[at + step - 1][2]
        tokens.append(Token(tag, value, start, end))
        at += step
    return tokens


def _split_apostrophes(found: list[tuple[str, int, int]]) -> Iterator[tuple[str, int, int]]:
    for word, start, end in found:
        if "'" not in word:
            yield word, start, end
        elif word.endswith("n't"):
            head = {"ca": "can", "wo": "will"}.get(word[:-3], word[:-3])
            if head:
                yield head, start, end - 3
            yield "not", end - 3, end
        else:
            yield word.partition("'")[0], start, end


def _other(plain: list[str], at: int) -> tuple[int, str, Any]:
    """Numbers, dates and marks: (tokens used, tag, value)."""
    word = plain[at]
    first = word[0]
    if first.isascii() and first.isdigit():
        if "-" in word:
            return 1, "date", word
        if "x" in word:
            return 1, "x", word
        value = float(word.replace(",", "")) if len(word) < 16 else float("inf")
        if value == int(value if value != float("inf") else 0) and 1900 <= value <= 2100 and len(word) == 4:
            return 1, "year", word
        return 1, "number", value
    if len(word) == 1 and word in _ENDS:
        return 1, "end", word
    if not first.isalpha():
        return 1, "mark", word
    if word in _TENS and at + 1 < len(plain) and _NUMBER_WORD.match(f"{word}-{plain[at + 1]}"):
        return 2, "number", float(number_value(f"{word}-{plain[at + 1]}"))
    if _NUMBER_WORD.match(word):
        return 1, "number", float(number_value(word))
    if word in ("hundred", "thousand"):
        return 1, "power", 100.0 if word == "hundred" else 1000.0
    if word in FRACTIONS:
        return 1, "fraction", FRACTIONS[word]
    return 1, "x", word


def sentences(tokens: list[Token]) -> Iterator[list[Token]]:
    """Tokens between full stops, semicolons and line ends; an endless sentence is cut, so that time stays linear."""
    current: list[Token] = []
    for token in tokens:
        if token.tag != "end":
            current.append(token)
        if current and (token.tag == "end" or len(current) == _LONGEST):
            yield current
            current = []
    if current:
        yield current
