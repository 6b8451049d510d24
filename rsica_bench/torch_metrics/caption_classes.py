"""Captions: the texts themselves are kept, as CIDEr and METEOR are no sums over items."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from rsica_bench.metrics.caption_metrics import make_corpus, score_corpus
from rsica_bench.metrics.caption_protocols import WORDS, CaptionProtocol, WordMap
from rsica_bench.metrics.scores import Scores
from rsica_bench.torch_metrics.base import RowsMetric
from rsica_data.core.errors import UserError
from rsica_data.core.json_text import loads


class Captions(RowsMetric):
    """Caption figures of a protocol, see `rsica_bench.metrics.caption_metrics`.

    The state is one string of bytes, a line of JSON an item, so that processes can exchange it.

    Args:
        protocol: how text becomes tokens.
        word_map: words to ids, for protocols that need it.
        kwargs: options of `torchmetrics.Metric`.
    """

    def __init__(self, protocol: CaptionProtocol = WORDS, word_map: WordMap | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.protocol, self.word_map = protocol, word_map

    def update(self, preds: Sequence[str], target: Sequence[Sequence[str]]) -> None:
        """Add captions.

        Args:
            preds: hypotheses.
            target: references of each.

        Raises:
            UserError: not as many hypotheses as sets of references, or a text in the place of a set of references.
        """
        if len(preds) != len(target):
            raise UserError(f"{len(preds)} hypotheses and {len(target)} sets of references")
        if isinstance(preds, str) or any(isinstance(references, str) for references in target):
            raise UserError("captions are a list of texts, and references a list of texts for each")
        lines = [
            json.dumps([hypothesis, *references]) + "\n" for hypothesis, references in zip(preds, target, strict=True)
        ]
        # JSON escapes what is not ASCII, and line ends within a text.
        self.append(np.frombuffer("".join(lines).encode("ascii"), np.uint8))

    def scores(self) -> Scores:
        """Figures of the captions so far.

        Raises:
            UserError: the protocol cannot be used here, or needs a word map.
        """
        texts = [loads(line) for line in self.array().tobytes().decode("ascii").splitlines()]
        corpus = make_corpus([t[0] for t in texts], [t[1:] for t in texts], self.protocol, self.word_map)
        corpus_scores = score_corpus(corpus)
        return Scores(dict(corpus_scores.scores), dict(corpus_scores.absent))
