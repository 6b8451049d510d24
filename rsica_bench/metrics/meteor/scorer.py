"""METEOR of whole corpora: each distinct pair of sentences is aligned once."""

from __future__ import annotations

import gc
import itertools
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.meteor.alignment import align
from rsica_bench.metrics.meteor.lexicon import Words, make_lexicon
from rsica_bench.metrics.meteor.matching import Match, all_matches, make_sentence, make_wanted
from rsica_bench.metrics.meteor.meteor_tokens import normalize, read_prefixes
from rsica_bench.metrics.meteor.resources import Resources, open_resources
from rsica_bench.metrics.meteor.statistics import STATISTICS, scores_from_statistics, segment_statistics
from rsica_data.core.errors import RunError
from rsica_data.core.workers import make_pool, unguarded_place

_KEPT_SENTENCES = 1024
_PARALLEL_FROM = 40_000  # distinct pairs; below this a second process costs more than it saves


class Meteor:
    """METEOR 1.5, English, all four matchers, ``-norm``.

    Args:
        resources: the data; None to find them.

    Raises:
        UserError: the data are not installed.
    """

    def __init__(self, resources: Resources | None = None) -> None:
        self._resources = resources or open_resources()
        self._prefixes = read_prefixes(self._resources.text("nonbreaking.prefixes"))
        self._pool: ProcessPoolExecutor | None = None
        self._workers = 1

    def statistics(self, hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """Statistics of each item against its best reference (the first of equals), shape ``[N, 23]``."""
        words = self._tokens({*hypotheses, *(text for texts in references for text in texts)})
        pairs: dict[tuple[Words, Words], int] = {}
        numbers = [
            [pairs.setdefault((words[hypothesis], words[meant]), len(pairs)) for meant in texts]
            for hypothesis, texts in zip(hypotheses, references, strict=True)
        ]
        rows = self._rows(list(pairs))
        scores = scores_from_statistics(rows)
        return rows[[pair_numbers[int(np.argmax(scores[pair_numbers]))] for pair_numbers in numbers]]

    def _tokens(self, texts: Iterable[str]) -> dict[str, Words]:
        # The wrapper that published scores came through takes bars and doubled spaces out of the hypothesis. Bars part
        # the jar's input, so they cannot be scored in references either.
        # Equal words are one object: less memory here, and less to send to other processes.
        return {
            text: tuple(map(sys.intern, normalize(text.replace("|||", "").replace("  ", " "), self._prefixes)))
            for text in texts
        }

    @contextmanager
    def processes(self, pairs: int) -> Iterator[None]:
        """Further processes for what is aligned meanwhile, where it is much.

        Args:
            pairs: of sentences that will be aligned.
        """
        workers = min(4, os.cpu_count() or 1)
        if pairs < _PARALLEL_FROM or workers == 1 or unguarded_place() is not None:
            yield
            return
        try:
            pool = make_pool(workers, gc.disable)
        except RunError:
            yield
            return
        with pool:
            self._pool, self._workers = pool, workers
            try:
                yield
            finally:
                self._pool = None

    def _rows(self, pairs: Sequence[tuple[Words, Words]]) -> NDArray[np.float64]:
        if self._pool is None:
            with _collector_paused():
                return align_pairs(pairs, self._resources)
        size = max(1, -(-len(pairs) // (2 * self._workers)))
        chunks = [pairs[start : start + size] for start in range(0, len(pairs), size)]
        return np.concatenate(list(self._pool.map(align_pairs, chunks, itertools.repeat(self._resources))))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """For alignment: nothing that it makes refers to itself, and the collector would take most of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def align_pairs(pairs: Sequence[tuple[Words, Words]], resources: Resources) -> NDArray[np.float64]:
    """Statistics of pairs of tokenised sentences, shape ``[len(pairs), 23]``."""
    lexicon = make_lexicon(resources, {words for pair in pairs for words in pair})
    sentence = lru_cache(_KEPT_SENTENCES)(lambda words: make_sentence(words, lexicon))
    rows = np.zeros((len(pairs), STATISTICS))
    by_hypothesis: dict[Words, list[int]] = {}
    for number, (hypothesis_words, _) in enumerate(pairs):
        by_hypothesis.setdefault(hypothesis_words, []).append(number)
    for hypothesis_words, numbers in by_hypothesis.items():
        hypothesis = make_sentence(hypothesis_words, lexicon)
        wanted = make_wanted(hypothesis, lexicon)
        for number in numbers:
            meant = pairs[number][1]
            if hypothesis_words == meant:
                kept, chunks = (
                    [Match(at, at, 1, 1, 0) for at in range(len(hypothesis_words))],
                    min(1, len(hypothesis_words)),
                )
            else:
                kept, chunks = align(all_matches(hypothesis, wanted, sentence(meant)), len(meant))
            rows[number] = segment_statistics(hypothesis_words, meant, kept, chunks, lexicon.function)
    return rows
