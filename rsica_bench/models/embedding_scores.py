"""CLIPScore and RemoteCLIPScore of texts, with the vectors of an embedding adapter.

The adapter gives the name to the score: with OpenAI's CLIP weights it is CLIPScore, with RemoteCLIP's RemoteCLIPScore.
Of a pair the later image is described; `clip_scores` takes whichever image is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np

from rsica_bench.metrics.embedding_scores import clip_score_items, ref_clip_score_items
from rsica_bench.metrics.figures import Floats
from rsica_bench.metrics.statistics_tables import Table, mean_table
from rsica_bench.models.api import EmbeddingAdapter
from rsica_data.core.errors import UserError
from rsica_data.schema import EncodedImage


def clip_scores(
    adapter: EmbeddingAdapter,
    images: Sequence[EncodedImage],
    texts: Sequence[str],
    references: Sequence[Sequence[str]] | None = None,
) -> Table:
    """CLIPScore of texts about images, and RefCLIPScore where references are given.

    Args:
        adapter: a loaded adapter of kind ``embedding``.
        images: an image a text.
        texts: what was said of each.
        references: texts that are right for each, one at least.

    Returns:
        A table whose ``scores()`` are ``CLIPScore`` and ``RefCLIPScore``; its rows are the items.

    Raises:
        UserError: not as many images, texts and lists of references, or none at all.
    """
    counts = {len(images), len(texts), len(texts if references is None else references)}
    if len(counts) > 1 or not images:
        raise UserError(f"{len(images)} images and {len(texts)} texts are no pairs", hint="give one text an image")
    seen, text_vectors = adapter.embed_images(images), adapter.embed_texts(texts)
    columns: dict[str, Floats] = {"CLIPScore": clip_score_items(seen, text_vectors)}
    if references is not None:
        every = adapter.embed_texts([text for group in references for text in group])
        ends = accumulate((len(group) for group in references), initial=0)
        groups = [np.asarray(every[start:end]) for start, end in pairwise(ends)]
        columns["RefCLIPScore"] = ref_clip_score_items(seen, text_vectors, groups)
    return mean_table(None, dict.fromkeys(columns, "score"), **columns)
