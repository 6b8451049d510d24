"""Caption scores of texts in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rsica_data.core import registry
from rsica_data.core.arguments import need_list, need_texts
from rsica_data.core.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rsica_bench.metrics.caption_protocols import CaptionProtocol


@dataclass(frozen=True)
class CaptionResult(Mapping[str, float]):
    """Caption scores by metric, as a mapping.

    Attributes:
        protocol: name and version of the caption protocol.
        scores: corpus scores, 0..1 (CIDEr and S*m may be higher).
        absent: metrics that could not be computed here, with the reason.
        per_item: scores of each item by metric, shape ``(N,)`` each.

    Example:
        >>> import rsica_bench as rb
        >>> result = rb.score_captions(["a road", "a house"], [["a road"], ["a tree"]], protocol="words")
        >>> result.protocol, result.per_item["ROUGE-L"].tolist()
        ('words v1', [1.0, 0.5])
    """

    protocol: str
    scores: dict[str, float]
    absent: dict[str, str]
    per_item: dict[str, NDArray[np.float64]] = field(repr=False)

    def __getitem__(self, name: str) -> float:
        return self.scores[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.scores)

    def __len__(self) -> int:
        return len(self.scores)

    def __repr__(self) -> str:
        listed = ", ".join(f"{name} {value:.4f}" for name, value in self.scores.items())
        return f"CaptionResult({self.protocol}: {listed})"


def score_captions(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    protocol: str = "coco",
    *,
    word_map: str | Path | None = None,
) -> CaptionResult:
    """BLEU-1..4, METEOR, ROUGE-L, CIDEr, CIDEr-R and S*m of a corpus of captions.

    Args:
        hypotheses: one caption an item.
        references: the accepted captions of each item.
        protocol: how texts become tokens: ``coco`` (PTB tokens, as coco-caption), ``words`` (white space), ``levir-cc``
            (word ids, as the published LEVIR-CC tables), ``gpt2-bpe`` (token ids).
        word_map: file with the word map of ``levir-cc``.

    Returns:
        The scores; METEOR and S*m are absent, with the reason, where METEOR's data are not installed.

    Raises:
        UserError: unknown protocol, unequal numbers of items, an item without references.

    Source:
        coco-caption (Chen et al., 2015, arXiv:1504.00325); docs/metrics.md names the paper of each metric.

    Example:
        >>> import rsica_bench as rb
        >>> scores = rb.score_captions(["a road is built"], [["a road is built"]], protocol="words")
        >>> round(scores["ROUGE-L"], 3)
        1.0
    """
    from rsica_bench.metrics.caption_metrics import make_corpus, score_corpus
    from rsica_bench.metrics.word_map import load_word_map

    need_texts(need_list(hypotheses, "hypotheses", "captions"), "hypotheses")
    if len(hypotheses) != len(references):
        raise UserError(f"{len(hypotheses)} hypotheses for {len(references)} items with references")
    if any(isinstance(meant, str) for meant in references):
        raise UserError("each item has a list of references, and one is a plain text", key="references")
    if not hypotheses:
        raise UserError("no captions to score", key="hypotheses")
    used: CaptionProtocol = registry.load(registry.METRICS, protocol)
    words = None if word_map is None else load_word_map(Path(word_map))
    scored = score_corpus(make_corpus(list(hypotheses), [list(meant) for meant in references], used, words))
    return CaptionResult(f"{used.name} v{used.version}", scored.scores, scored.absent, scored.per_item)
