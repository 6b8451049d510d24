"""n-gram tables and ROUGE-L's strings, against plain counting."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_bench.metrics import cider, ngrams, rouge
from rsica_bench.metrics.caption_metrics import make_corpus, score_captions
from rsica_bench.metrics.caption_protocols import WORDS

SENTENCES = st.lists(st.lists(st.sampled_from("abc"), max_size=9).map(" ".join), min_size=1, max_size=8)


def corpus_of(texts):
    """Every text is the reference of the first."""
    return make_corpus(texts[:1], [texts], WORDS, meteor="none")


def plain_grams(text):
    words = text.split()
    return Counter(
        " ".join(words[at : at + size]) for size in (1, 2, 3, 4) for at in range(max(0, len(words) - size + 1))
    )


@given(SENTENCES)
def test_a_table_counts_every_gram_of_every_sentence(texts):
    corpus = corpus_of(texts)
    table, names = corpus.grams, cider.gram_texts(corpus.sentences)
    assert len(names) == table.size == len(set(names))
    assert table.orders(np.arange(table.size, dtype=np.int32)).tolist() == [name.count(" ") for name in names]
    for sentence, text in enumerate(corpus.sentences.texts(np.arange(len(corpus.sentences.lengths)))):
        rows, _ = table.rows(np.array([sentence]))
        grams = table.grams[rows].tolist()
        assert grams == sorted(set(grams))
        assert dict(zip([names[gram] for gram in grams], table.counts[rows].tolist(), strict=True)) == plain_grams(text)


@given(st.lists(SENTENCES, min_size=1, max_size=6))
def test_blocks_do_not_show(rows):
    said = [texts[-1] for texts in rows]
    whole = score_captions(said, rows, WORDS, meteor="none")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ngrams, "_BLOCK", 2)
        patch.setattr(cider, "_BLOCK", 2)
        patch.setattr(ngrams, "_TOKENS", 3)
        patch.setattr("rsica_bench.metrics.caption_metrics._CHUNK", 2)
        parts = score_captions(said, rows, WORDS, meteor="none")
    assert parts.scores == pytest.approx(whole.scores, abs=1e-12)
    np.testing.assert_allclose(parts.table, whole.table, atol=1e-12, equal_nan=True)


def test_documents_are_counted_once_an_item_and_as_often_as_the_item_stands_there():
    corpus = make_corpus(["x", "x", "y"], [["a b", "a c"], ["a b", "a c"], ["b a"]], WORDS, meteor="none")
    assert corpus.document_frequencies().counts == {"a": 3, "b": 3, "c": 2, "a b": 2, "a c": 2, "b a": 1}


@pytest.mark.parametrize("limit", [None, 1000], ids=["characters", "more words than characters"])
def test_rouge_of_a_large_vocabulary(monkeypatch, limit):
    """Word numbers go through those of the surrogates, which no string may hold."""
    if limit:
        monkeypatch.setattr(rouge, "_CHARACTERS", limit)
    number = 0xE100
    said = [f"w{n} same w{n + 1}" for n in range(0, number, 2)]
    meant = [[f"w{n} w{n + 1}", "other"] for n in range(0, number, 2)]
    found = score_captions(said, meant, WORDS, meteor="none").per_item["ROUGE-L"]
    precision, recall = 2 / 3, 1.0
    assert np.unique(found) == pytest.approx([(1 + 1.2**2) * precision * recall / (recall + 1.2**2 * precision)])
