"""ANLS of short texts: average normalised Levenshtein similarity (Biten et al. 2019, "Scene Text Visual Question
Answering", arXiv 1905.13648, equation 1).

An answer has ``1 - distance / length of the longer text`` against the reference that is nearest to it, and 0 where the
normalised distance is 0.5 or more. Case and white space around words do not count.

Figures:
    ANLS: mean of the items' similarity. Averaging: macro over items. Source: ST-VQA (arXiv 1905.13648).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rsica_bench.metrics.figures import Floats
from rsica_bench.metrics.scores import Scores
from rsica_data.core.errors import UserError

THRESHOLD = 0.5


def anls_of(answer: str, references: Sequence[str], threshold: float = THRESHOLD) -> float:
    """Similarity of one answer to the nearest of its references.

    Args:
        answer: what was said.
        references: what is right; one at least.
        threshold: normalised distance from which on an answer has 0.

    Raises:
        UserError: there is no reference.

    Example:
        >>> anls_of("Residental area", ["residential area", "village"])
        0.9375
    """
    if not references:
        raise UserError("an answer has no reference")
    from rapidfuzz.distance import Levenshtein

    folded = _folded(answer)
    distances = [Levenshtein.normalized_distance(folded, _folded(reference)) for reference in references]
    return max(1 - distance if distance < threshold else 0.0 for distance in distances)


def _folded(text: str) -> str:
    return " ".join(text.lower().split())


def anls_rows(answers: Sequence[str], references: Sequence[Sequence[str]], threshold: float = THRESHOLD) -> Floats:
    """``[similarity, 1]`` of each item, shape ``[N, 2]``: rows to be added.

    Raises:
        UserError: not as many answers as lists of references.
    """
    if len(answers) != len(references):
        raise UserError(f"{len(answers)} answers and {len(references)} lists of references")
    pairs = zip(answers, references, strict=True)
    return np.array([(anls_of(*pair, threshold), 1.0) for pair in pairs], np.float64).reshape(-1, 2)


def scores_of_sums(sums: Floats) -> Scores:
    """Scores of summed rows, shape ``[2]``."""
    return Scores({"ANLS": float(sums[0] / sums[1])}, {}) if sums[1] else Scores({}, {"ANLS": "no item"})


def anls_scores(answers: Sequence[str], references: Sequence[Sequence[str]], threshold: float = THRESHOLD) -> Scores:
    """ANLS of a corpus, as a fraction; arguments as of `anls_rows`."""
    return scores_of_sums(anls_rows(answers, references, threshold).sum(axis=0))
