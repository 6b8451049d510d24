"""CIDEr-D (Vedantam et al. 2015) as coco-caption computes it under the name CIDEr.

n-grams of 1 to 4 tokens; document frequencies over the references of the corpus given, one document an item; Gaussian
length penalty with sigma 6, whose length counts the bigrams; clipped; times 10.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rsica_bench.metrics.ngrams import Tokens

_SIGMA = 6.0


@dataclass(frozen=True)
class DocumentFrequencies:
    """In how many items' references an n-gram stands, and the logarithm of the number of items."""

    frequencies: Counter[Tokens]
    log_items: float


@dataclass(frozen=True)
class Vector:
    """TF-IDF weights of a sentence by n-gram, their norms by n, and the number of bigrams."""

    weights: dict[Tokens, float]
    norms: tuple[float, float, float, float]
    bigrams: int


def document_frequencies(items: Iterable[Iterable[Counter[Tokens]]]) -> DocumentFrequencies:
    """Document frequencies of a corpus, given each item's reference n-grams.

    With a single item the logarithm is taken as 1, as the reference implementation does: all scores are then 0.
    """
    found: Counter[Tokens] = Counter()
    number = 0
    for references in items:
        number += 1
        found.update({gram for counts in references for gram in counts})
    return DocumentFrequencies(found, math.log(number) if number > 1 else 1.0)


def vector(counts: Counter[Tokens], frequencies: DocumentFrequencies) -> Vector:
    """TF-IDF vector of a sentence."""
    weights: dict[Tokens, float] = {}
    squares = [0.0, 0.0, 0.0, 0.0]
    bigrams = 0
    seen = frequencies.frequencies
    for gram, count in counts.items():
        weight = count * (frequencies.log_items - math.log(max(1, seen.get(gram, 0))))
        weights[gram] = weight
        squares[len(gram) - 1] += weight * weight
        if len(gram) == 2:
            bigrams += count
    return Vector(weights, (squares[0] ** 0.5, squares[1] ** 0.5, squares[2] ** 0.5, squares[3] ** 0.5), bigrams)


def cider_d(hypothesis: Vector, references: Sequence[Vector]) -> float:
    """CIDEr-D of one item, 0..10."""
    total = 0.0
    for reference in references:
        shared = [0.0, 0.0, 0.0, 0.0]
        theirs = reference.weights
        for gram, weight in hypothesis.weights.items():
            other = theirs.get(gram)
            if other is not None:
                shared[len(gram) - 1] += min(weight, other) * other
        penalty = math.exp(-((hypothesis.bigrams - reference.bigrams) ** 2) / (2 * _SIGMA**2))
        for value, mine, other in zip(shared, hypothesis.norms, reference.norms, strict=True):
            if mine != 0 and other != 0:
                value /= mine * other
            total += value * penalty
    return total / 4 / len(references) * 10.0
