"""Caption scores of a corpus under a protocol: BLEU-1..4, METEOR, ROUGE-L, CIDEr, CIDEr-R, S*m.

Each distinct (hypothesis, references) is scored once: change captions repeat themselves, unchanged pairs above all.
Everything that is a sum over items is kept as a row of numbers an item, so that any subset or resample of the items is
scored by adding rows.

Figures:
    BLEU-1..4: geometric mean of clipped n-gram precisions * brevity penalty by the closest reference. Averaging:
        micro over the corpus. Source: Papineni et al. 2002, coco-caption.
    METEOR: METEOR 1.5, -l en -norm, from summed statistics. Averaging: micro over the corpus. Source: Denkowski and
        Lavie 2014.
    ROUGE-L: F (beta 1.2) of the longest common subsequence. Averaging: mean over items. Source: Lin 2004,
        coco-caption.
    CIDEr: 10 * mean over references of clipped TF-IDF cosines, Gaussian length penalty (CIDEr-D). Averaging: mean
        over items. Source: Vedantam et al. 2015, coco-caption.
    CIDEr_full_df: CIDEr of a part, as changed/CIDEr_full_df, by the document frequencies of all items. Averaging:
        mean over items. Source: this project.
    CIDEr-R: CIDEr with factors for repetition and length in place of the Gaussian. Averaging: mean over items.
        Source: dos Santos et al. 2021.
    S*m: (BLEU-4 + METEOR + ROUGE-L + CIDEr) / 4. Averaging: -. Source: as PromptCC, RSCaMa and SEN print it.
"""

from __future__ import annotations

import itertools
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics import cider
from rsica_bench.metrics.bleu import STATISTICS as BLEU_STATISTICS
from rsica_bench.metrics.bleu import bleu_from_statistics, bleu_statistics
from rsica_bench.metrics.caption_protocols import CaptionProtocol, WordMap
from rsica_bench.metrics.interval_rules import kinds_of
from rsica_bench.metrics.ngrams import (
    GramTable,
    Ints,
    Pairs,
    Sentences,
    blocks,
    make_table,
    part_words,
    ranges,
    shared_grams,
)
from rsica_bench.metrics.rouge import rouge_l
from rsica_bench.metrics.stored_arrays import ArrayWriter, release
from rsica_bench.metrics.text_numbers import ItemNumbers, TextNumbers
from rsica_data.core.errors import UserError
from rsica_data.core.freed_memory import return_freed_memory

Floats = NDArray[np.float64]
MeteorBackEnd = Literal["python", "java", "none"]

METRICS = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "METEOR", "ROUGE-L", "CIDEr", "CIDEr-R", "S*m")
NEEDS_METEOR = ("METEOR", "S*m")
"""Those that are absent where METEOR's data are not installed."""
NEEDS_WEIGHTS = ("CIDEr", "CIDEr-R", "S*m")
"""Figures that say nothing where no n-gram has a weight (`CaptionCorpus.is_weightless`)."""
WEIGHTLESS = "by their own document frequencies no n-gram has a weight: see CIDEr_full_df"
KINDS = kinds_of(METRICS, "ratio") | kinds_of(("CIDEr", "CIDEr-R", "S*m"), "score")

# Columns of an item's row: BLEU's statistics, ROUGE-L, CIDEr, CIDEr-R, METEOR's statistics, 1 (the item itself).
_ROUGE, _CIDER, _CIDER_R, _METEOR = BLEU_STATISTICS, BLEU_STATISTICS + 1, BLEU_STATISTICS + 2, BLEU_STATISTICS + 3
CAPTION_COLUMNS = _METEOR + 24
CIDER_COLUMNS = slice(_CIDER, _METEOR)
"""Where CIDEr and CIDEr-R stand in a row."""
_CHUNK = 1024  # distinct items whose n-grams are compared together: what fits a processor's cache
_ROWS = 4096  # items whose rows are made together
_METEOR_PAIRS = 1 << 13  # pairs of sentences that are aligned together: their words are Python objects


@dataclass(frozen=True)
class CaptionScores:
    """Scores of a corpus.

    Attributes:
        scores: corpus scores by metric; ``absent``: reasons of metrics that are not there.
        per_item: item scores by metric, shape ``[N]`` each.
        table: a row an item, shape ``[N, k]``; :func:`caption_figures` of the sum of rows are the corpus scores.
    """

    scores: dict[str, float]
    absent: dict[str, str]
    per_item: dict[str, Floats] = field(repr=False)
    table: Floats = field(repr=False)


@dataclass(frozen=True)
class CaptionCorpus:
    """Tokenised hypotheses and references, each distinct item once, with the work that subsets share.

    Attributes:
        sentences: the distinct sentences.
        lines: the sentences as ROUGE-L sees them. coco-caption parts tokens at any white space for BLEU and CIDEr, and
            at single spaces for ROUGE-L: a token with a no-break space in it is several there and one here.
        hypotheses: sentence number of each distinct item's hypothesis, shape ``[D]``.
        meant, starts: sentence numbers of all references, and the first of each distinct item, ``[D]``.
        owner: distinct item of each item, shape ``[N]``.
        meteor: what computes METEOR.
    """

    sentences: Sentences
    lines: Sentences
    hypotheses: Ints
    meant: Ints
    starts: Ints
    owner: Ints
    meteor: MeteorBackEnd = "python"

    @cached_property
    def grams(self) -> GramTable:
        """n-grams of the sentences."""
        table = make_table(self.sentences)
        return_freed_memory()  # Arrow, which numbers them, keeps 10 to 20 MB for itself
        return table

    @cached_property
    def ngram_rows(self) -> Floats:
        """BLEU's statistics, ROUGE-L, CIDEr, CIDEr-R (by all references) of the distinct items, ``[D, 13]``."""
        writer = ArrayWriter(np.float64, (_METEOR,))
        lengths, idf = self.sentences.lengths, self.idf()
        norms = cider.make_norms(self.grams, idf)
        for items in _chunks(np.arange(len(self.hypotheses))):
            rows, pairs = np.empty((len(items), _METEOR)), self.pairs(items)
            shared = shared_grams(self.grams, pairs)
            rows[:, :BLEU_STATISTICS] = bleu_statistics(lengths, shared, pairs)
            rows[:, _ROUGE] = rouge_l(self.lines, pairs)
            rows[:, _CIDER:_METEOR] = cider.cider_scores(self.grams, shared, idf, norms, pairs)
            writer.append(rows)
            self.release()
            norms.release()
            release(idf)
        return writer.finish()

    @property
    def distinct_texts(self) -> tuple[list[str], list[list[str]]]:
        """Hypotheses and references of the distinct items, tokens joined by spaces."""
        return self._texts(np.arange(len(self.hypotheses)))

    def _texts(self, items: Ints) -> tuple[list[str], list[list[str]]]:
        """Hypotheses and references of some distinct items."""
        pairs = self.pairs(items)
        meant = self.lines.texts(pairs.meant)
        spans = itertools.pairwise([*pairs.starts.tolist(), len(meant)])
        return self.lines.texts(self.hypotheses[items]), [meant[begin:end] for begin, end in spans]

    @cached_property
    def meteor_rows(self) -> Floats:
        """METEOR's statistics of the distinct items, shape ``[D, 23]``."""
        from rsica_bench.metrics.meteor import Meteor
        from rsica_bench.metrics.meteor.java import JavaMeteor
        from rsica_bench.metrics.meteor.statistics import STATISTICS as METEOR_STATISTICS

        if self.meteor == "java":
            with JavaMeteor() as process:
                return process.statistics(*self.distinct_texts)
        scorer, writer = Meteor(), ArrayWriter(np.float64, (METEOR_STATISTICS,))
        with scorer.processes(len(self.meant)):
            for items in self._blocks_of_pairs(_METEOR_PAIRS):
                writer.append(scorer.statistics(*self._texts(items)))
                self.release()
        return writer.finish()

    def _blocks_of_pairs(self, size: int) -> Iterator[Ints]:
        """Distinct items in blocks of about ``size`` pairs of sentences."""
        block = (self.starts + np.diff(self.starts, append=len(self.meant)) - 1) // size
        firsts = np.flatnonzero(np.diff(block, prepend=-1))
        for begin, end in itertools.pairwise([*firsts.tolist(), len(block)]):
            yield np.arange(begin, end)

    @cached_property
    def meteor_absent(self) -> str | None:
        """Why there is no METEOR; None where there is."""
        from rsica_bench.metrics.meteor import missing_reason

        return "not asked for" if self.meteor == "none" else missing_reason()

    def pairs(self, items: Ints) -> Pairs:
        """Pairs of hypothesis and reference of distinct items."""
        sizes = np.diff(self.starts, append=len(self.meant))[items]
        meant = self.meant[ranges(self.starts[items], sizes)]
        return Pairs(np.repeat(self.hypotheses[items], sizes), meant, np.cumsum(sizes) - sizes)

    @property
    def absent(self) -> dict[str, str]:
        """Reasons of the metrics that are not there."""
        reason = self.meteor_absent
        return dict(zip(NEEDS_METEOR, (reason, "needs METEOR"), strict=True)) if reason else {}

    def times(self, items: Sequence[int] | Ints | None = None) -> Floats:
        """How often each distinct item stands among some items, or among all; shape ``[D]``."""
        owner = self.owner if items is None else self.owner[np.asarray(items, np.int64)]
        return np.bincount(owner, minlength=len(self.hypotheses)).astype(float)

    def frequencies(self, items: Sequence[int] | Ints | None = None) -> Floats:
        """In how many of some items, or of all, the references have each n-gram; shape ``[grams.size]``."""
        times = self.times(items)
        return cider.count_documents(
            self.grams, ((self.pairs(some), times[some]) for some in _chunks(np.flatnonzero(times)))
        )

    def idf(self, items: Sequence[int] | Ints | None = None) -> Floats:
        """CIDEr's weights of the n-grams, by the references of some items, or of all; shape ``[grams.size]``."""
        return cider.idf_of_frequencies(self.frequencies(items), len(self.owner if items is None else items))

    def is_weightless(self, items: Sequence[int] | Ints) -> bool:
        """Whether no n-gram of the references of some items has a weight by their own frequencies.

        So it is where every item has the same references, as unchanged pairs have, or where there is one item: CIDEr is
        0 then, whatever was said.
        """
        idf = self.idf(items)
        for some in _chunks(np.flatnonzero(self.times(items))):
            rows, _ = self.grams.rows(np.unique(self.pairs(some).meant))
            if np.any(np.abs(idf[self.grams.grams[rows]]) > 1e-12):
                return False
        return True

    def document_frequencies(self) -> cider.DocumentFrequencies:
        """Document frequencies of all references, to be saved and used for other corpora."""
        counts = self.frequencies().astype(int).tolist()
        gram_counts = zip(cider.gram_texts(self.sentences), counts, strict=True)
        return cider.DocumentFrequencies({text: count for text, count in gram_counts if count}, len(self.owner))

    def release(self) -> None:
        """Give back the memory of what was looked at."""
        for part in (self.sentences, self.lines, self.grams):
            part.release()
        release(self.hypotheses, self.meant)

    def idf_of(self, saved: cider.DocumentFrequencies) -> Floats:
        """CIDEr's weights of the n-grams by a saved corpus."""
        return cider.idf_of_corpus(self.sentences, saved)


def _chunks(items: Ints) -> list[Ints]:
    return [items[begin : begin + _CHUNK] for begin in range(0, len(items), _CHUNK)]


def make_corpus(
    hypotheses: Iterable[str],
    references: Iterable[Sequence[str]],
    protocol: CaptionProtocol,
    word_map: WordMap | None = None,
    meteor: MeteorBackEnd = "python",
) -> CaptionCorpus:
    """Tokenise a corpus. Equal texts are tokenised once, equal items kept once; both are gone over once.

    Raises:
        UserError: not as many hypotheses as items, an item without references, or a protocol that cannot be used here.
    """
    protocol.check(word_map)
    numbers, items = TextNumbers(protocol, word_map), ItemNumbers()
    # Hypotheses first: sentences and n-grams are numbered in this order, and sums over n-grams go by their numbers.
    hypothesis_numbers = np.fromiter((numbers.of(text) for text in hypotheses), np.int32)
    owner = array("q")
    for texts in references:
        meant = [numbers.of(text) for text in texts]
        if not meant:
            raise UserError("an item has no references")
        # One that has no hypothesis is counted, and told below.
        owner.append(items.of(hypothesis_numbers[len(owner)], meant) if len(owner) < len(hypothesis_numbers) else 0)
    if len(hypothesis_numbers) != len(owner):
        raise UserError(f"{len(hypothesis_numbers)} hypotheses for the references of {len(owner)} items")
    lines = numbers.sentences()
    parted = not all(lines.words) or re.search(r"\s", "\0".join(lines.words))
    return CaptionCorpus(
        part_words(lines) if parted else lines,
        lines,
        *items.arrays(),
        np.array(owner, np.int64),
        meteor,
    )


def caption_figures(sums: Floats) -> dict[str, Floats]:
    """Corpus figures of summed rows, shape ``[..., k]`` to ``[...]`` each; METEOR and S*m only where rows have them."""
    from rsica_bench.metrics.meteor import scores_from_statistics

    bleu = bleu_from_statistics(sums[..., :BLEU_STATISTICS])
    figures = {f"BLEU-{n + 1}": bleu[..., n] for n in range(4)}
    meteor = sums[..., _METEOR:-1]
    if not np.isnan(meteor).any():
        figures["METEOR"] = scores_from_statistics(meteor)
    items = sums[..., -1]
    with np.errstate(invalid="ignore", divide="ignore"):
        for name, column in (("ROUGE-L", _ROUGE), ("CIDEr", _CIDER), ("CIDEr-R", _CIDER_R)):
            figures[name] = sums[..., column] / items
    if "METEOR" in figures:
        figures["S*m"] = (figures["BLEU-4"] + figures["METEOR"] + figures["ROUGE-L"] + figures["CIDEr"]) / 4
    return figures


def item_rows(corpus: CaptionCorpus, items: Ints | None = None, idf: Literal["own", "all"] = "own") -> Iterator[Floats]:
    """The rows of `CaptionScores.table` in blocks; arguments as of `score_corpus`."""
    owner = corpus.owner if items is None else corpus.owner[items]
    weighted = None
    if idf == "own" and items is not None:
        here, place = np.unique(owner, return_inverse=True)
        weighted = _cider_rows(corpus, here, corpus.idf(items))
    for begin, end in blocks(len(owner), _ROWS):
        rows, chosen = np.full((end - begin, CAPTION_COLUMNS), np.nan), owner[begin:end]
        rows[:, :_METEOR] = corpus.ngram_rows[chosen]
        if weighted is not None:
            rows[:, _CIDER:_METEOR] = weighted[place[begin:end]]
        _add_meteor(corpus, chosen, rows)
        rows[:, -1] = 1
        yield rows
        release(corpus.ngram_rows, weighted)


def score_corpus(
    corpus: CaptionCorpus, items: Sequence[int] | None = None, idf: Floats | Literal["own", "all"] = "own"
) -> CaptionScores:
    """Scores of some items of a corpus, or of all.

    Args:
        corpus: tokenised texts.
        items: numbers of the items; None for all.
        idf: CIDEr's weights: by the references of these items ("own") or of the whole corpus ("all"), or given.
    """
    owner = corpus.owner if items is None else corpus.owner[np.asarray(items, np.int64)]
    if not len(owner):
        return CaptionScores({}, dict.fromkeys(METRICS, "no item"), {}, np.zeros((0, CAPTION_COLUMNS)))
    here, place = np.unique(owner, return_inverse=True)
    rows = np.full((len(here), CAPTION_COLUMNS), np.nan)
    rows[:, :_METEOR] = corpus.ngram_rows[here]
    if not isinstance(idf, str):
        rows[:, _CIDER:_METEOR] = _cider_rows(corpus, here, idf)
    elif idf == "own" and items is not None:
        rows[:, _CIDER:_METEOR] = _cider_rows(corpus, here, corpus.idf(items))
    _add_meteor(corpus, here, rows)
    rows[:, -1] = 1
    table = rows[place]
    scores = {name: float(value) for name, value in caption_figures(table.sum(axis=0)).items()}
    per_item = {name: value[place] for name, value in caption_figures(_with_chunks(corpus, here, rows)).items()}
    return CaptionScores(scores, corpus.absent, per_item, table)


def _cider_rows(corpus: CaptionCorpus, items: Ints, idf: Floats) -> Floats:
    norms = cider.make_norms(corpus.grams, idf)
    scores = ArrayWriter(np.float64, (2,))
    for chunk in _chunks(items):
        pairs = corpus.pairs(chunk)
        scores.append(cider.cider_scores(corpus.grams, shared_grams(corpus.grams, pairs), idf, norms, pairs))
        corpus.release()
        norms.release()
        release(idf)
    return scores.finish()


def _add_meteor(corpus: CaptionCorpus, items: Ints, rows: Floats) -> None:
    from rsica_bench.metrics.meteor import summable

    if not corpus.meteor_absent:
        rows[:, _METEOR:-1] = summable(corpus.meteor_rows[items])
        release(corpus.meteor_rows)


def _with_chunks(corpus: CaptionCorpus, items: Ints, rows: Floats) -> Floats:
    """The rows with METEOR's statistics as they are of single items."""
    if corpus.meteor_absent:
        return rows
    whole = rows.copy()
    whole[:, _METEOR:-1] = corpus.meteor_rows[items]
    return whole


def score_captions(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    protocol: CaptionProtocol,
    word_map: Mapping[str, int] | None = None,
    meteor: MeteorBackEnd = "python",
) -> CaptionScores:
    """Scores of hypotheses against their references under a protocol."""
    return score_corpus(make_corpus(hypotheses, references, protocol, word_map, meteor))
