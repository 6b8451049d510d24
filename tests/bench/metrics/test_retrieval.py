"""Retrieval by hand, over all orders of equal scores, and with an adapter."""

from itertools import permutations
from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_bench.metrics.retrieval import retrieval_table
from rsica_bench.models.retrieval import retrieval_scores
from rsica_data.core.errors import UserError
from rsica_data.schema import EncodedImage


def test_figures_by_hand():
    scores = np.array([[0.9, 0.8, 0.7, 0.6], [0.1, 0.2, 0.3, 0.4]])
    right = np.array([[False, True, True, False], [False, False, False, True]])
    measured = retrieval_table(scores, right, (1, 2)).scores().values
    assert measured["recall@1"] == pytest.approx((0 + 1) / 2)
    assert measured["recall@2"] == pytest.approx((0.5 + 1) / 2)
    assert measured["nDCG@2"] == pytest.approx((1 / log2(3) / (1 + 1 / log2(3)) + 1) / 2)
    assert measured["mean_reciprocal_rank"] == pytest.approx((0.5 + 1) / 2)
    assert "mR" not in measured
    usual = retrieval_table(scores, right).scores().values
    assert usual["mR"] == pytest.approx((usual["recall@1"] + usual["recall@5"] + usual["recall@10"]) / 3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=5).filter(
    lambda rows: any(hit for _, hit in rows)))  # fmt: skip
def test_equal_scores_are_the_mean_over_their_orders(rows):
    scores, right = np.array([[s for s, _ in rows]], float), np.array([[hit for _, hit in rows]])
    measured = retrieval_table(scores, right, (1, 2)).scores().values
    orders = [o for o in permutations(range(len(rows))) if all(scores[0, a] >= scores[0, b] for a, b in zip(o, o[1:]))]  # noqa: B905, RUF007
    hits = np.array([[right[0, place] for place in order] for order in orders], float)
    discounts = 1 / np.log2(np.arange(2, len(rows) + 2))
    for depth in (1, 2):
        best = discounts[: min(depth, right.sum())].sum()
        assert measured[f"recall@{depth}"] == pytest.approx(hits[:, :depth].sum(axis=1).mean() / right.sum())
        assert measured[f"nDCG@{depth}"] == pytest.approx((hits * discounts)[:, :depth].sum(axis=1).mean() / best)
    assert measured["mean_reciprocal_rank"] == pytest.approx(np.mean(1 / (1 + hits.argmax(axis=1))))


def test_one_score_for_all_is_chance():
    measured = retrieval_table(np.zeros((20, 20)), np.eye(20, dtype=bool)).scores().values
    assert (measured["recall@1"], measured["recall@10"]) == pytest.approx((0.05, 0.5))


class Letters:
    """An embedding adapter: how often each of four letters comes."""

    def embed_texts(self, texts):
        return np.array([[text.count(letter) for letter in "abcd"] for text in texts], np.float32)

    def embed_images(self, images):
        return self.embed_texts([image.data.decode() for image in images])


def test_both_directions_with_an_adapter():
    images = [EncodedImage(f"{letter}.png", letter.encode()) for letter in "abcd"]
    measured = retrieval_scores(Letters(), images, [["a"], ["b", "bb"], ["c"], ["a"]], (1,)).values
    # "a" is a text of the first and of the last image; no text is near to the last one.
    assert measured["text_to_image/recall@1"] == pytest.approx((0.5 + 1 + 1 + 1) / 4)
    assert measured["image_to_text/recall@1"] == pytest.approx((1 + 0.5 + 1 + 0.25) / 4)
    with pytest.raises(UserError, match="every image needs a text"):
        retrieval_scores(Letters(), images, [["a"]])


def test_mistakes():
    with pytest.raises(UserError, match="no right entry"):
        retrieval_table(np.zeros((1, 2)), np.zeros((1, 2), bool))
    with pytest.raises(UserError, match="not finite"):
        retrieval_table(np.array([[np.nan]]), np.ones((1, 1), bool))
    with pytest.raises(UserError, match="gallery"):
        retrieval_table(np.zeros((1, 2)), np.ones((1, 1), bool))
