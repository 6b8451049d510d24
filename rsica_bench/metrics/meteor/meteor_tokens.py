"""Tokens as METEOR makes them with ``-norm``: punctuation apart, quotes and dashes made plain, lower case.

The rules are those of the Moses tokeniser with changes seen in the jar's output: hyphens inside words become spaces
and abbreviations lose their dots ("U.S." becomes "us").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

# Letters that stay inside a word; any other character but the digits and . ' , - stands alone.
_LETTERS = "A-Za-zÀ-ÖØ-öø-žЀ-ԧᴀ-ᵿꙀ-ꙮ꙾-ꚗ"
_SPACES = re.compile("[\t\n\x0c\r\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_OTHER = re.compile(f"([^{_LETTERS}0-9 \x0b.'`,-])")
_DOTS = re.compile(r"\.\.+")
_LETTER = re.compile(f"[{_LETTERS}]")
_RULES = (
    (re.compile("([^0-9]),([^0-9])"), r"\1 , \2"),
    (re.compile("([0-9]),([^0-9])"), r"\1 , \2"),
    (re.compile("([^0-9]),([0-9])"), r"\1 , \2"),
    (re.compile("--"), "-"),
    (re.compile("`"), "'"),
    (re.compile("''"), ' " '),
    (re.compile(f"([^{_LETTERS}])'([^{_LETTERS}])"), r"\1 ' \2"),
    (re.compile(f"([^{_LETTERS}0-9])'([{_LETTERS}])"), r"\1 ' \2"),
    (re.compile(f"([{_LETTERS}])'([^{_LETTERS}])"), r"\1 ' \2"),
    (re.compile(f"([{_LETTERS}])'([{_LETTERS}])"), r"\1 '\2"),
    (re.compile("([0-9])'(s)"), r"\1 '\2"),
    (re.compile(f"([{_LETTERS}0-9.])-([{_LETTERS}0-9])"), r"\1 \2"),
)
_PLAIN = re.compile("[a-z0-9 ]*")
_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": " - "})


def read_prefixes(text: str) -> dict[str, bool]:
    """Abbreviations whose dot ends no sentence, from the jar's list; True for those that do so only before a number."""
    prefixes = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            prefixes[line.split()[0]] = "#NUMERIC_ONLY#" in line
    return prefixes


def normalize(text: str, prefixes: Mapping[str, bool]) -> list[str]:
    """Tokens of a text.

    Args:
        text: one line.
        prefixes: what :func:`read_prefixes` gave.
    """
    if _PLAIN.fullmatch(text):
        return text.split()
    text = f" {_SPACES.sub(' ', text)} ".translate(_QUOTES)
    text = _OTHER.sub(r" \1 ", text)
    text = _DOTS.sub(lambda match: f" {match.group()} ", text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    words = [word for word in text.split(" ") if word]
    whole = " ".join(
        _final_dot(word, following, prefixes) for word, following in zip(words, [*words[1:], ""], strict=True)
    )
    return [word for word in whole.lower().split(" ") if word]


def _final_dot(word: str, following: str, prefixes: Mapping[str, bool]) -> str:
    """The word with its final dot taken away, kept, or set apart."""
    if len(word) < 2 or not word.endswith(".") or word.endswith(".."):
        return word
    stem = word[:-1]
    if "." in stem and _LETTER.search(stem):
        return word.replace(".", "")
    only_numbers = prefixes.get(stem)
    if only_numbers is False or _starts(following, "a", "z"):
        return word
    if only_numbers and _starts(following, "0", "9"):
        return word
    return stem + " ."


@cache
def _starts(word: str, low: str, high: str) -> bool:
    return bool(word) and low <= word[0] <= high
