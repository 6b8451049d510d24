"""Sentences as sequences of integers, and their n-grams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

Tokens = tuple[int, ...]


class Vocabulary:
    """Words to integers, in order of first appearance."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}

    def encode(self, words: Sequence[str]) -> Tokens:
        """Ids of words; new words get the next ids."""
        ids = self._ids
        return tuple([ids.setdefault(word, len(ids)) for word in words])


def ngram_counts(tokens: Tokens, longest: int = 4) -> Counter[Tokens]:
    """Counts of all n-grams of 1 to ``longest`` tokens, unigrams first."""
    found: Counter[Tokens] = Counter()
    for n in range(1, longest + 1):
        found.update(zip(*[tokens[start:] for start in range(n)], strict=False))
    return found
