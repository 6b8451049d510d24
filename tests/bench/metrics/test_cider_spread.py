"""The frequencies' part in the variance of CIDEr, against items drawn again and against small changes of weights."""

import gzip
import json

import numpy as np
import pytest

from rsica_bench.metrics import cider
from rsica_bench.metrics.caption_metrics import CIDER_COLUMNS, make_corpus, score_corpus
from rsica_bench.metrics.caption_protocols import WORDS
from rsica_bench.metrics.cider_spread import frequency_spread
from rsica_bench.metrics.clusters import cluster_rows
from rsica_bench.scoring.captioning import caption_tables

SAID = ["a house is built", "a road is built in the wood", "there is no change", "some trees are gone", "a house"]
MEANT = [
    ["a house is built", "a villa appears"], ["a road is built", "a new road in the wood"],
    ["there is no change", "nothing changed"], ["trees are removed", "the trees are gone"], ["a house appears"],
]  # fmt: skip


def weighted_cider(corpus, weights):
    """CIDEr and CIDEr-R where items stand a broken number of times in the corpus."""
    pairs, grams = corpus.pairs(np.arange(len(corpus.hypotheses))), corpus.grams
    frequencies = cider.count_documents(grams, [(pairs, weights)])
    idf = np.log(weights.sum()) - np.log(np.where(frequencies > 0, frequencies, 1))
    norms = cider.make_norms(grams, idf)
    scores = cider.cider_scores(grams, cider_shared(grams, pairs), idf, norms, pairs)
    return (weights[:, None] * scores).sum(axis=0) / weights.sum()


def cider_shared(grams, pairs):
    from rsica_bench.metrics.ngrams import shared_grams

    return shared_grams(grams, pairs)


def test_it_is_the_derivative_by_the_weight_of_an_item():
    corpus = make_corpus(SAID, MEANT, WORDS, None, "none")
    items, number = np.arange(len(SAID)), len(SAID)
    spread = frequency_spread(corpus, items)
    rows = score_corpus(corpus).table[:, CIDER_COLUMNS]
    assert np.abs(spread.sum(axis=0)).max() < 1e-12
    for item in range(number):
        slopes = []
        for step in (1e-5, -1e-5):
            weights = np.ones(number)
            weights[item] += step
            slopes.append(weighted_cider(corpus, weights) / step)
        slope = number * (slopes[0] + slopes[1]) / 2
        own = rows[item] - rows.mean(axis=0)
        unseen = spread_of_unseen(corpus, number)
        assert slope == pytest.approx(own + spread[item] + unseen, abs=1e-4)


def spread_of_unseen(corpus, number):
    """What all items share: grams of hypotheses that no reference has weigh more where there are more items."""
    step = 1e-5
    base = [np.full(number, 1 + sign * step) for sign in (1, -1)]
    return number * (weighted_cider(corpus, base[0]) - weighted_cider(corpus, base[1])) / (2 * step) / number


def test_the_variance_is_that_of_items_drawn_with_their_frequencies(real_data):
    levir = real_data / "levir_cc"
    images = json.loads(gzip.decompress((levir / "LevirCCcaptions.json.gz").read_bytes()))["images"]
    meant = [[one["raw"] for one in image["sentences"]] for image in images if image["split"] == "test"][:400]
    said = (levir / "promptcc_test_hypotheses.txt").read_text().splitlines()[:400]
    corpus = make_corpus(said, meant, WORDS, None, "none")
    items, rng = np.arange(400), np.random.default_rng(0)
    drawn = [score_corpus(corpus, rng.integers(0, 400, 400).tolist()).scores["CIDEr"] for _ in range(200)]
    rows = score_corpus(corpus).table[:, CIDER_COLUMNS][:, 0]
    fixed, redrawn = (float(np.std(values) / 20) for values in (rows, rows + frequency_spread(corpus, items)[:, 0]))
    assert fixed < 0.96 * np.std(drawn)
    assert redrawn == pytest.approx(np.std(drawn), rel=0.1)


def test_tables_of_captions_have_it_and_keep_their_figures(item):
    items = [
        item("captioning", {"captions": meant}, said, pair=f"p{n}")
        for n, (said, meant) in enumerate(zip(SAID, MEANT, strict=True))
    ]
    from rsica_bench.protocols import find_protocol

    table = caption_tables(items, "captions", find_protocol("default")).tables[0]
    clusters = np.arange(len(SAID))
    drawn, plain = (cluster_rows(table, clusters, 5, with_spread=spread) for spread in (True, False))
    values = [np.array(list(table.figures(sums.sum(axis=0)).values())) for sums in (drawn, plain)]
    assert values[0] == pytest.approx(values[1])
    assert not np.allclose(drawn, plain)
