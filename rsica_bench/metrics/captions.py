"""Caption scores of a corpus under a protocol: BLEU-1..4, ROUGE-L, CIDEr.

Each distinct (hypothesis, references) is scored once: change captions repeat themselves, unchanged pairs above all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.bleu import bleu_from_statistics, bleu_statistics
from rsica_bench.metrics.cider import DocumentFrequencies, Vector, cider_d, document_frequencies, vector
from rsica_bench.metrics.ngrams import Tokens, Vocabulary, ngram_counts
from rsica_bench.metrics.protocols import CaptionProtocol, WordMap
from rsica_bench.metrics.rouge import rouge_l

METRICS = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr")
_METEOR_ABSENT = "METEOR 1.5 is not part of this release"


@dataclass(frozen=True)
class CaptionScores:
    """Corpus scores by metric, reasons of metrics that are not there, and item scores, shape ``[N]`` each."""

    scores: dict[str, float]
    absent: dict[str, str]
    per_item: dict[str, NDArray[np.float64]] = field(repr=False)


@dataclass(frozen=True)
class CaptionCorpus:
    """Tokenised hypotheses and references, with the work that subsets share.

    Attributes:
        hypotheses: tokens of each item.
        references: tokens of each item's references.
    """

    hypotheses: tuple[Tokens, ...]
    references: tuple[tuple[Tokens, ...], ...]

    @cached_property
    def counts(self) -> dict[Tokens, Counter[Tokens]]:
        """n-gram counts of every distinct sentence."""
        distinct = {*self.hypotheses, *(r for refs in self.references for r in refs)}
        return {tokens: ngram_counts(tokens) for tokens in distinct}

    def frequencies(self, items: Sequence[int] | None = None) -> DocumentFrequencies:
        """Document frequencies of the references of some items, or of all."""
        chosen = range(len(self.references)) if items is None else items
        return document_frequencies([self.counts[r] for r in self.references[i]] for i in chosen)


def make_corpus(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    protocol: CaptionProtocol,
    word_map: WordMap | None = None,
) -> CaptionCorpus:
    """Tokenise a corpus. Equal texts are tokenised once."""
    vocabulary, seen = Vocabulary(), dict[str, Tokens]()

    def encode(text: str) -> Tokens:
        if text not in seen:
            seen[text] = vocabulary.encode(protocol.tokenize(text, word_map))
        return seen[text]

    return CaptionCorpus(
        tuple(encode(text) for text in hypotheses), tuple(tuple(encode(r) for r in refs) for refs in references)
    )


def score_corpus(
    corpus: CaptionCorpus, items: Sequence[int] | None = None, frequencies: DocumentFrequencies | None = None
) -> CaptionScores:
    """Scores of some items of a corpus, or of all.

    Args:
        corpus: tokenised texts.
        items: numbers of the items; None for all.
        frequencies: document frequencies for CIDEr; None for those of the items themselves.
    """
    chosen = list(range(len(corpus.hypotheses)) if items is None else items)
    if not chosen:
        return CaptionScores({}, dict.fromkeys((*METRICS, "METEOR"), "no item"), {})
    used = frequencies or corpus.frequencies(chosen)
    vectors: dict[Tokens, Vector] = {}

    def vector_of(tokens: Tokens) -> Vector:
        if tokens not in vectors:
            vectors[tokens] = vector(corpus.counts[tokens], used)
        return vectors[tokens]

    rows: dict[tuple[Tokens, tuple[Tokens, ...]], NDArray[np.float64]] = {}
    for item in chosen:
        key = (corpus.hypotheses[item], corpus.references[item])
        if key not in rows:
            said, meant = key
            row = np.empty(12)
            row[:10] = bleu_statistics(said, corpus.counts[said], [(r, corpus.counts[r]) for r in meant])
            row[10] = rouge_l(said, meant)
            row[11] = cider_d(vector_of(said), [vector_of(r) for r in meant])
            rows[key] = row
    table = np.stack([rows[corpus.hypotheses[i], corpus.references[i]] for i in chosen])
    bleu, bleu_items = bleu_from_statistics(table[:, :10].sum(axis=0)), bleu_from_statistics(table[:, :10])
    scores = {f"BLEU-{n + 1}": float(bleu[n]) for n in range(4)}
    scores |= {"ROUGE-L": float(table[:, 10].mean()), "CIDEr": float(table[:, 11].mean())}
    per_item = {f"BLEU-{n + 1}": bleu_items[:, n] for n in range(4)}
    return CaptionScores(
        scores, {"METEOR": _METEOR_ABSENT}, per_item | {"ROUGE-L": table[:, 10], "CIDEr": table[:, 11]}
    )


def score_captions(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    protocol: CaptionProtocol,
    word_map: WordMap | None = None,
) -> CaptionScores:
    """Scores of hypotheses against their references under a protocol."""
    return score_corpus(make_corpus(hypotheses, references, protocol, word_map))
