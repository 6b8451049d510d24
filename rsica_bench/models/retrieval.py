"""Retrieval of images by texts and of texts by images, with the vectors of an embedding adapter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rsica_bench.metrics.retrieval import DEPTHS, retrieval_table
from rsica_bench.metrics.scores import Scores
from rsica_bench.models.api import EmbeddingAdapter
from rsica_data.core.errors import UserError
from rsica_data.schema import EncodedImage


def retrieval_scores(
    adapter: EmbeddingAdapter,
    images: Sequence[EncodedImage],
    captions: Sequence[Sequence[str]],
    depths: Sequence[int] = DEPTHS,
) -> Scores:
    """Recall, nDCG and reciprocal rank in both directions, as RemoteCLIP reports them.

    A text is a query for its image, an image one for each of its texts; texts that are equal are right for each other's
    images.

    Args:
        adapter: a loaded adapter of kind ``embedding``.
        images: the gallery.
        captions: texts of each image, one at least.
        depths: the K of recall@K and nDCG@K.

    Returns:
        ``text_to_image/...`` and ``image_to_text/...``, of `rsica_bench.metrics.retrieval`.

    Raises:
        UserError: not as many lists of texts as images, or an image without a text.
    """
    if len(images) != len(captions) or not images or not all(captions):
        raise UserError(f"{len(images)} images and texts of {len(captions)}", hint="every image needs a text")
    texts = list(dict.fromkeys(text for group in captions for text in group))
    right = np.array([[text in group for group in map(set, captions)] for text in texts], bool)
    scores = np.asarray(adapter.embed_texts(texts), np.float64) @ np.asarray(adapter.embed_images(images), np.float64).T
    by_text = retrieval_table(scores, right, depths).under("text_to_image/").scores()
    return by_text | retrieval_table(scores.T, right.T, depths).under("image_to_text/").scores()
