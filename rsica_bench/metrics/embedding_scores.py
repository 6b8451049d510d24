"""CLIPScore of texts about images, from vectors of any model that embeds both (Hessel et al. 2021, arXiv 2104.08718).

With the vectors of RemoteCLIP (Liu et al. 2024, arXiv 2306.11029) it is RemoteCLIPScore. The vectors come from an
embedding
adapter: see `rsica_bench.models.embedding_scores`.

Figures:
    CLIPScore: mean of 2.5 max(cos(image, text), 0). Averaging: macro over items. Source: Hessel et al. 2021, equation
        1.
    RefCLIPScore: mean of the harmonic mean of CLIPScore and the highest max(cos(text, reference), 0). Averaging: macro
        over items. Source: Hessel et al. 2021, section 3.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Floats
from rsica_data.core.errors import UserError

WEIGHT = 2.5
Vectors = NDArray[np.floating]


def clip_score_items(images: Vectors, texts: Vectors) -> Floats:
    """CLIPScore of each item, shape ``[N]``.

    Args:
        images: a vector an item, shape ``[N, D]``, of any length.
        texts: same shape.

    Raises:
        UserError: the shapes differ, or a vector has no length.

    Example:
        >>> import numpy as np
        >>> clip_score_items(np.array([[1.0, 0.0]]), np.array([[0.6, 0.8]])).tolist()
        [1.5]
    """
    first, second = _unit(images, "images"), _unit(texts, "texts")
    if first.shape != second.shape:
        raise UserError(f"vectors of images have shape {first.shape}, of texts {second.shape}")
    return np.asarray(WEIGHT * np.clip((first * second).sum(axis=-1), 0, None))


def ref_clip_score_items(images: Vectors, texts: Vectors, references: Sequence[Vectors]) -> Floats:
    """RefCLIPScore of each item, shape ``[N]``.

    Args:
        images: a vector an item, shape ``[N, D]``.
        texts: same shape.
        references: vectors of the references of each item, shape ``[R, D]``, one at least.

    Raises:
        UserError: the shapes differ, a vector has no length, or an item has no reference.
    """
    alone = clip_score_items(images, texts)
    if len(references) != len(alone) or not all(len(vectors) for vectors in references):
        raise UserError("every item needs a reference")
    unit_texts = _unit(texts, "texts")
    pairs = zip(unit_texts, references, strict=True)
    near = np.array([max(float((_unit(vectors, "references") @ text).max()), 0.0) for text, vectors in pairs])
    both = alone + near
    return np.asarray(np.divide(2 * alone * near, both, out=np.zeros_like(both), where=both > 0))


def _unit(vectors: Vectors, what: str) -> Floats:
    rows = np.asarray(vectors, np.float64)
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True) if rows.ndim == 2 else np.zeros(1)
    if not (lengths > 0).all():
        raise UserError(f"{what}: vectors of shape [N, D] with a length are needed, not {rows.shape}")
    return np.asarray(rows / lengths)
