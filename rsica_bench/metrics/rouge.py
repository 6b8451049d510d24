"""ROUGE-L as coco-caption computes it (Lin 2004): beta 1.2, best precision and best recall taken apart."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.ngrams import Ints, Pairs, Sentences

_BETA = 1.2


def as_strings(sentences: Sentences) -> Sequence[str | tuple[int, ...]]:
    """Sentences with one character a token, which is the fastest form to compare.

    An empty sentence is one empty token, as splitting it at single spaces gives.
    """
    codes, starts = sentences.tokens + 1, sentences.starts.tolist()
    if len(sentences.words) < 0xD000:  # below the surrogates, which no string may hold
        text = codes.astype("<u4").tobytes().decode("utf-32-le")
        return [text[begin:end] or "\0" for begin, end in itertools.pairwise(starts)]
    return [tuple(codes[begin:end].tolist()) or (0,) for begin, end in itertools.pairwise(starts)]


def rouge_l(strings: Sequence[str | tuple[int, ...]], lengths: Ints, pairs: Pairs) -> NDArray[np.float64]:
    """ROUGE-L of items, shape ``[N]``.

    Args:
        strings: the sentences as :func:`as_strings` gives them.
        lengths: number of tokens of each sentence.
        pairs: hypotheses and references.
    """
    from rapidfuzz.distance import LCSseq
    from rapidfuzz.process import cpdist

    common = cpdist(
        [strings[number] for number in pairs.said.tolist()],
        [strings[number] for number in pairs.meant.tolist()],
        scorer=LCSseq.similarity,
        dtype=np.int32,
    )
    precision = np.maximum.reduceat(common / np.maximum(lengths[pairs.said], 1), pairs.starts)
    recall = np.maximum.reduceat(common / np.maximum(lengths[pairs.meant], 1), pairs.starts)
    with np.errstate(invalid="ignore"):
        scores = (1 + _BETA**2) * precision * recall / (recall + _BETA**2 * precision)
    return np.where((precision == 0) | (recall == 0), 0.0, scores)
