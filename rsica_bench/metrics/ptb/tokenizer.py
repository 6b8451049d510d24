"""Penn Treebank tokens as coco-caption makes them: Stanford's tokeniser, lower case, punctuation taken out."""

from __future__ import annotations

import re
from functools import lru_cache

from rsica_bench.metrics.ptb.patterns import ENTITIES, PRIVATE, SOFT_HYPHEN, SPLIT_WORDS, Pattern, patterns

# What coco-caption removes. Its list has brackets in upper case while the tokens are in lower case: brackets stay.
PUNCTUATION = frozenset(("''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";"))

_LINE_ENDS = str.maketrans(dict.fromkeys("\n\r\v\f\u2028\u2029", " "))
_STAND_IN = re.compile(f"[{''.join(PRIVATE.values())}]")
_PLAIN_WORD = re.compile("([A-Za-z]+)(?: +(?=[A-Za-z])|(?=[ \n]))")
# Words, hyphenated words, and numbers that no other number follows: with single spaces, nothing reaches over a space.
_PLAIN = "(?:[A-Za-z]+(?:-[A-Za-z]+)*|[0-9]+(?= [A-Za-z]|$))"
_PLAIN_TEXT = re.compile(rf"{_PLAIN}(?: {_PLAIN})*(?: \.)?")
_SPLIT = frozenset(pair.replace(" ", "") for pair in SPLIT_WORDS)
_ENTITY = re.compile("|".join(ENTITIES), re.IGNORECASE)


def coco_tokens(text: str) -> list[str]:
    """Tokens of a caption as coco-caption scores them.

    Equal to ``-preserveLines -lowerCase`` of the Stanford tokeniser 3.4.1 and the removal of punctuation, for a caption
    that stands alone: line ends of any kind inside it are spaces, and the next caption plays no part. A token may hold
    no-break spaces (fractions such as "1 1/2", phone numbers, tags).
    """
    if _PLAIN_TEXT.fullmatch(text):
        words = text.removesuffix(" .").lower().split(" ")
        if _SPLIT.isdisjoint(words):
            return words
    # coco-caption strips the line, and with it white space that the last token holds.
    return [token for token in " ".join(ptb_tokens(text)).rstrip().split(" ") if token and token not in PUNCTUATION]


def ptb_tokens(text: str) -> list[str]:
    """All tokens of a text on one line, in lower case."""
    text = _STAND_IN.sub("\ufffe", text.translate(_LINE_ENDS))
    kept: list[str] = []  # entities in their own case
    if "&" in text:
        kept = _ENTITY.findall(text)
        text = _ENTITY.sub(lambda match: PRIVATE[match.group().lower()], text)
    whole = " ".join(_scan(text))
    if kept:
        restored = iter(kept)
        whole = _STAND_IN.sub(lambda _: next(restored), whole)
    return [token for token in _lower(whole).split(" ") if token]


def _lower(text: str) -> str:
    lower = text.lower()
    if "\u03a3" in text:
        # The form of sigma: for Java, digits, hyphens and low lines go on with a word.
        lower = re.sub(r"ς(?=[\d_-]+[^\W\d_])", "σ", lower)
        lower = re.sub(r"([^\W\d_][\d_-]+)σ(?![\w-])", r"\1ς", lower)
    return lower


def _scan(text: str) -> list[str]:
    line, tokens, place = text + "\n", [], 0
    while place < len(text):
        word = _PLAIN_WORD.match(line, place)
        if word and word[1].lower() not in _SPLIT:
            tokens.append(word[1])
            place = word.end()
            continue
        furthest, taken, by = place, place, None
        for pattern in _starting_with(line[place]):
            match = pattern.token.match(line, place)
            if match and match.end() > furthest:
                furthest, by = match.end(), pattern
                taken = match.end("t") if pattern.partial else furthest
        if by is None:
            place += 1
            continue
        token = line[place:taken]
        if by.rewrite:
            tokens.append(by.rewrite(token))
        else:
            tokens.append(token.replace(SOFT_HYPHEN, "") or "-")
        place = taken
    return tokens


@lru_cache(1 << 16)
def _starting_with(character: str) -> tuple[Pattern, ...]:
    return tuple(pattern for pattern in patterns() if pattern.first.match(character))
