"""ROUGE-L as coco-caption computes it (Lin 2004): beta 1.2, best precision and best recall taken apart."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.ngrams import Ints, Pairs, Sentences, ranges

_BETA = 1.2
# A string may hold any character but the surrogates.
_SURROGATES, _SURROGATE_NUMBER = 0xD800, 0x800
_CHARACTERS = 0x110000 - _SURROGATE_NUMBER


def rouge_l(sentences: Sentences, pairs: Pairs) -> NDArray[np.float64]:
    """ROUGE-L of items, shape ``[N]``.

    Args:
        sentences: the sentences.
        pairs: hypotheses and references.
    """
    from rapidfuzz.distance import LCSseq
    from rapidfuzz.process import cpdist

    hypotheses, meant = _strings(sentences, pairs.hypotheses[pairs.starts]), _strings(sentences, pairs.meant)
    repeated = [hypotheses[item] for item in pairs.items().tolist()]
    common = cpdist(repeated, meant, scorer=LCSseq.similarity, dtype=np.int32)
    lengths = sentences.lengths
    precision = np.maximum.reduceat(common / np.maximum(lengths[pairs.hypotheses], 1), pairs.starts)
    recall = np.maximum.reduceat(common / np.maximum(lengths[pairs.meant], 1), pairs.starts)
    with np.errstate(invalid="ignore"):
        scores = (1 + _BETA**2) * precision * recall / (recall + _BETA**2 * precision)
    return np.where((precision == 0) | (recall == 0), 0.0, scores)


def _strings(sentences: Sentences, numbers: Ints) -> Sequence[str | tuple[int, ...]]:
    """Sentences with one character a token, which is the fastest form to compare.

    An empty sentence is one empty token, as splitting it at single spaces gives.
    """
    sizes = sentences.lengths[numbers]
    codes = sentences.tokens[ranges(sentences.starts[numbers], sizes)] + 1
    spans = itertools.pairwise([0, *np.cumsum(sizes).tolist()])
    if len(sentences.words) >= _CHARACTERS:
        return [tuple(codes[begin:end].tolist()) or (0,) for begin, end in spans]
    codes += (codes >= _SURROGATES) * _SURROGATE_NUMBER
    text = codes.astype("<u4").tobytes().decode("utf-32-le")
    return [text[begin:end] or "\0" for begin, end in spans]
