"""Captioning: corpus scores over all, changed and unchanged pairs; an unread reply is an empty caption."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rsica_bench.contracts import ScoredItem, ScorerSpec, TaskScore
from rsica_bench.metrics.binary import binary_scores
from rsica_bench.metrics.captions import make_corpus, score_corpus
from rsica_bench.metrics.protocols import CaptionProtocol
from rsica_bench.metrics.scores import Scores
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.common import task_score
from rsica_data import plugins

# The five sentences of LEVIR-CC's unchanged pairs: published scoring takes a caption for "no change" exactly if it is
# one of them.
_UNCHANGED = {
    "there is no difference",
    "the two scenes seem identical",
    "the scene is the same as before",
    "no change has occurred",
    "almost nothing has changed",
}


def score(items: Sequence[ScoredItem], protocol: BenchProtocol) -> TaskScore:
    """BLEU-1..4, ROUGE-L, CIDEr; ``changed/`` and ``unchanged/`` with their own document frequencies."""
    scores = caption_scores(items, protocol)
    if protocol.name == "deltavlm":
        known = [item for item in items if item.changed is not None]
        true = np.array([bool(item.changed) for item in known], bool)
        said = np.array([_text(item).lower() not in _UNCHANGED for item in known], bool)
        scores |= binary_scores(true, said).prefixed("from_caption")
    return task_score(items, scores)


def caption_scores(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Scores:
    """Caption scores of turns whose gold is captions."""
    used: CaptionProtocol = plugins.load(plugins.METRICS, protocol.caption)
    reason = used.missing if used.tokens is None else "needs a word map: give --word-map FILE"
    if used.tokens is None or (used.needs_word_map and protocol.word_map is None):
        return Scores({}, {"captions": f"caption protocol '{used.name}': {reason}"})
    corpus = make_corpus(
        [_text(item) for item in items],
        [[_clean(text) for text in item.gold.gold["captions"]] for item in items],
        used,
        protocol.word_map,
    )
    found = score_corpus(corpus)
    scores = Scores(dict(found.scores), dict(found.absent))
    for name, flag in (("changed", True), ("unchanged", False)):
        chosen = [number for number, item in enumerate(items) if item.changed is flag]
        if chosen:
            scores |= Scores(score_corpus(corpus, chosen).scores).prefixed(name)
    return scores


def _text(item: ScoredItem) -> str:
    return _clean(str(item.answer["text"])) if item.answer is not None else ""


def _clean(text: str) -> str:
    # A caption may come as a sentence ("A road is built."): the field's captions are lower case without full stop.
    return " ".join(text.split()).lower().removesuffix(".").strip()


SCORER = ScorerSpec(
    "captioning",
    score,
    ("BLEU-1", "BLEU-4", "METEOR", "ROUGE-L", "CIDEr", "changed/BLEU-4", "unchanged/BLEU-4", "unparsed_share"),
    lower=("unparsed_share",),
)
