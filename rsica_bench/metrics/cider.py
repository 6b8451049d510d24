"""CIDEr-D (Vedantam et al. 2015) as coco-caption computes it under the name CIDEr; CIDEr-R (dos Santos et al. 2021).

n-grams of 1 to 4 tokens; TF-IDF weights with document frequencies over references, one document an item; clipped;
times 10. CIDEr has a Gaussian length penalty with sigma 6, whose length counts the bigrams. CIDEr-R takes that away and
has two factors instead: for words repeated more or less often than in the reference (weight 0.8), and for the length
in proportion to the reference's (weight 0.2).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.ngrams import (
    LONGEST,
    GramTable,
    Pairs,
    Sentences,
    Shared,
    blocks,
    distinct_grams,
    number_grams,
)
from rsica_bench.metrics.stored_arrays import ArrayWriter, release, stored_zeros

_SIGMA = 6.0
_REPETITION, _LENGTH = 0.8, 0.2
_BLOCK = 2048  # sentences that are counted together: what fits a processor's cache
_GRAMS = 1 << 16  # grams that are weighed together


@dataclass(frozen=True)
class DocumentFrequencies:
    """In how many items' references an n-gram stands, and the number of items.

    Attributes:
        counts: by n-gram, tokens joined by spaces.
        items: number of items.
    """

    counts: Mapping[str, int]
    items: int


def log_items(items: int) -> float:
    """Logarithm of a number of items: 0 for a single item, whose CIDEr is 0 then, as pycocoevalcap 1.2 gives it."""
    return math.log(max(items, 1))


def count_documents(table: GramTable, documents: Iterable[tuple[Pairs, NDArray[np.float64]]]) -> NDArray[np.float64]:
    """In how many items' references each gram stands, shape ``[size]``; on disk where there are many grams.

    Args:
        table: n-grams of the sentences.
        documents: items in blocks: their pairs, and how often each item stands in the corpus.
    """
    frequencies = stored_zeros((table.size,))
    for pairs, times in documents:
        rows, grams = table.rows(pairs.meant)
        item = np.repeat(pairs.items(), grams)
        different, _, kinds = distinct_grams(item, table.grams[rows], len(times), table.size)
        np.add.at(frequencies, different, np.repeat(times, kinds))
        table.release()
        release(frequencies)
    return frequencies


def idf_of_frequencies(frequencies: NDArray[np.float64], items: int) -> NDArray[np.float64]:
    """Inverse document frequency of each gram over a number of items, shape ``[size]``."""
    idf = ArrayWriter(np.float64)
    for begin, end in blocks(len(frequencies), _GRAMS):
        idf.append(log_items(items) - np.log(np.maximum(1, frequencies[begin:end])))
        release(frequencies)
    return idf.finish()


def gram_texts(sentences: Sentences) -> list[str]:
    """The tokens of each gram, joined by spaces."""
    words = [sentences.words[token] for token in sentences.tokens.tolist()]
    codes, bounds = number_grams(sentences)
    texts = [""] * bounds[-1]
    for length, code in enumerate(codes, start=1):
        numbers, places = np.unique(code, return_index=True)
        for gram, at in zip(numbers.tolist(), places.tolist(), strict=True):
            if gram >= 0:
                texts[gram] = " ".join(words[at : at + length])
    return texts


def idf_of_corpus(sentences: Sentences, saved: DocumentFrequencies) -> NDArray[np.float64]:
    """Inverse document frequency of each gram by a saved corpus, shape ``[size]``."""
    counts = [saved.counts.get(text, 0) for text in gram_texts(sentences)]
    return np.asarray(log_items(saved.items) - np.log(np.maximum(1, counts)))


@dataclass(frozen=True)
class Norms:
    """What CIDEr needs of single sentences.

    Attributes:
        norms: lengths of the TF-IDF vectors by order, shape ``[S, 4]``.
        bigrams: number of bigrams, shape ``[S]``.
        kinds: number of distinct words, shape ``[S]``; ``repeats``: sum of the logarithms of their counts.
    """

    norms: NDArray[np.float64]
    bigrams: NDArray[np.float64]
    kinds: NDArray[np.float64]
    repeats: NDArray[np.float64]

    def release(self) -> None:
        """Give back the memory of sentences that were looked at."""
        release(self.norms, self.bigrams, self.kinds, self.repeats)


def make_norms(table: GramTable, idf: NDArray[np.float64]) -> Norms:
    """Norms of all sentences under given weights."""
    number = len(table.starts) - 1
    norms, bigrams, kinds, repeats = ArrayWriter(np.float64, (LONGEST,)), *(ArrayWriter(np.float64) for _ in range(3))
    for begin, end in blocks(number, _BLOCK):
        rows = slice(table.starts[begin], table.starts[end])
        grams, counts = table.grams[rows], table.counts[rows]
        orders, owner = table.orders(grams), np.repeat(np.arange(end - begin), np.diff(table.starts[begin : end + 1]))
        slots, size = owner * LONGEST + orders, (end - begin) * LONGEST
        norms.append(np.sqrt(np.bincount(slots, (counts * idf[grams]) ** 2, size).reshape(-1, LONGEST)))
        bigrams.append(np.bincount(slots, counts, size).reshape(-1, LONGEST)[:, 1])
        words = np.flatnonzero(orders == 0)
        kinds.append(np.bincount(owner[words], minlength=end - begin))
        repeats.append(np.bincount(owner[words], np.log(counts[words]), end - begin))
        table.release()
        release(idf)
    return Norms(norms.finish(), bigrams.finish(), kinds.finish(), repeats.finish())


def cider_scores(
    table: GramTable, shared: Shared, idf: NDArray[np.float64], norms: Norms, pairs: Pairs
) -> NDArray[np.float64]:
    """CIDEr and CIDEr-R of items, shape ``[N, 2]``.

    Args:
        table: n-grams of the sentences.
        shared: what each pair shares.
        idf: weights of the grams.
        norms: the sentences' norms under these weights.
        pairs: hypotheses and references.
    """
    hypotheses, meant = pairs.hypotheses, pairs.meant
    weight = idf[shared.gram]
    products = np.minimum(shared.first * weight, shared.second * weight) * (shared.second * weight)
    slots = shared.pair * LONGEST + table.orders(shared.gram)
    cosine = np.bincount(slots, products, len(hypotheses) * LONGEST).reshape(len(hypotheses), LONGEST).astype(float)
    scale = norms.norms[hypotheses] * norms.norms[meant]
    similarity = np.divide(cosine, scale, out=cosine, where=scale != 0).mean(axis=1)
    scores = similarity[:, None] * length_factors(table, shared, norms, pairs)
    return np.add.reduceat(scores, pairs.starts, axis=0) / pairs.sizes[:, None] * 10.0


def length_factors(table: GramTable, shared: Shared, norms: Norms, pairs: Pairs) -> NDArray[np.float64]:
    """What multiplies the similarity of each pair: the Gaussian of CIDEr, the factors of CIDEr-R, shape ``[P, 2]``."""
    gap = (norms.bigrams[pairs.hypotheses] - norms.bigrams[pairs.meant]) ** 2
    gaussian = np.exp(-gap / (2 * _SIGMA**2))
    return np.stack([gaussian, _robust(table, shared, norms, pairs, gap)], axis=1)


def _robust(
    table: GramTable, shared: Shared, norms: Norms, pairs: Pairs, gap: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The two factors of CIDEr-R for each pair.

    A word said k times and meant m times has the factor 1 / (1 + |k - m|), one that is not in the reference 1 / k;
    their geometric mean counts. A reference without bigrams has no length to compare: the factor is then 1.
    """
    hypotheses, meant = pairs.hypotheses, pairs.meant
    single = table.orders(shared.gram) == 0
    first, second = shared.first[single], shared.second[single]
    changed = np.bincount(shared.pair[single], np.log1p(np.abs(first - second)) - np.log(first), len(hypotheses))
    repetition = np.exp(-(norms.repeats[hypotheses] + changed) / np.maximum(1, norms.kinds[hypotheses]))
    length = np.exp(-gap / np.maximum(1, norms.bigrams[meant]) ** 2)
    return np.asarray(repetition**_REPETITION * np.where(norms.bigrams[meant] > 0, length, 1.0) ** _LENGTH)
