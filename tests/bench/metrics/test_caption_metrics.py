"""Caption metrics against the recorded scores of a real run, against coco-caption's scorers, and by hand."""

import contextlib
import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_bench.metrics.caption_files import caption_report, read_hypotheses, read_references
from rsica_bench.metrics.captions import make_corpus, score_captions, score_corpus
from rsica_bench.metrics.protocols import COCO, GPT2_BPE, LEVIR_CC, WORDS
from rsica_bench.metrics.word_map import derive_word_map, load_word_map
from rsica_data.errors import UserError

LEVIR = Path(os.environ.get("RSICA_SHARED", Path(__file__).parents[3].parent / "shared")) / "fixtures" / "levir_cc"
needs_fixtures = pytest.mark.skipif(not LEVIR.is_dir(), reason="no fixtures under RSICA_SHARED")
SHARED = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr")


@pytest.fixture(scope="module")
def real_run():
    references = read_references(LEVIR / "LevirCCcaptions.json.gz", "test")
    hypotheses = read_hypotheses(LEVIR / "promptcc_test_hypotheses.txt", list(references.by_id))
    expected = json.loads((LEVIR / "promptcc_expected_scores.json").read_text())
    return hypotheses, references, expected


@needs_fixtures
@pytest.mark.parametrize("protocol", [WORDS, LEVIR_CC], ids=lambda p: p.name)
def test_recorded_scores_are_reproduced(real_run, protocol):
    hypotheses, references, expected = real_run
    report = caption_report(hypotheses, references, protocol)
    for name in SHARED:
        assert report["scores"][name] == pytest.approx(expected[protocol.name][name], abs=1e-9), name
    if protocol is WORDS:
        for part, flag in (("unchanged", 0), ("changed", 1)):
            for name in SHARED:
                assert report[part][name] == pytest.approx(expected[f"words/changeflag={flag}"][name], abs=1e-9)
        assert report["changed_full_df"]["CIDEr"] == pytest.approx(0.805, abs=5e-4)


@needs_fixtures
def test_recorded_scores_of_ready_ids(real_run):
    import gzip

    found = json.loads(gzip.decompress((LEVIR / "promptcc_gpt2_ids.json.gz").read_bytes()))
    hypotheses = found.get("hypotheses") or found.get("hyp") or found["hyps"]
    references = found.get("references") or found.get("ref") or found["refs"]
    names = list(references) if isinstance(references, dict) else range(len(references))
    said = [hypotheses[n][0] if isinstance(hypotheses[n], list) else hypotheses[n] for n in names]
    scores = score_captions(said, [references[n] for n in names], GPT2_BPE).scores
    for name in SHARED:
        assert scores[name] == pytest.approx(real_run[2]["gpt2-bpe"][name], abs=1e-9), name


@needs_fixtures
def test_derived_word_map_is_the_published_one():
    corpus = read_references(LEVIR / "LevirCCcaptions.json.gz").corpus
    published = load_word_map(LEVIR / "WORDMAP_LEVIR_CC_5_cap_per_img_5_min_word_freq.json")
    derived = derive_word_map(corpus)
    assert len(derived) == 465
    assert all(published[word] == number for word, number in derived.items())


WORD = st.sampled_from(["a", "b", "c", "d", "road", "roads", "house", "the", "of", "in"])
SENTENCE = st.lists(WORD, min_size=1, max_size=9).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SENTENCE, st.lists(SENTENCE, min_size=1, max_size=4)), min_size=2, max_size=8))
def test_equal_to_coco_caption_on_random_items(items):
    pytest.importorskip("pycocoevalcap")
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    hypotheses, references = [h for h, _ in items], [r for _, r in items]
    gts = dict(enumerate(references))
    res = {number: [text] for number, text in enumerate(hypotheses)}
    ours = score_captions(hypotheses, references, WORDS)
    with contextlib.redirect_stdout(io.StringIO()):
        bleu, bleu_items = Bleu(4).compute_score(gts, res, verbose=0)
        rouge, rouge_items = Rouge().compute_score(gts, res)
        cider, cider_items = Cider().compute_score(gts, res)
    for n in range(4):
        assert ours.scores[f"BLEU-{n + 1}"] == pytest.approx(bleu[n], abs=1e-9)
        np.testing.assert_allclose(ours.per_item[f"BLEU-{n + 1}"], bleu_items[n], atol=1e-9)
    assert ours.scores["ROUGE-L"] == pytest.approx(rouge, abs=1e-9)
    np.testing.assert_allclose(ours.per_item["ROUGE-L"], rouge_items, atol=1e-9)
    assert ours.scores["CIDEr"] == pytest.approx(cider, abs=1e-9)
    np.testing.assert_allclose(ours.per_item["CIDEr"], cider_items, atol=1e-9)


def test_by_hand():
    ours = score_captions(["a b c d", "x"], [["a b c d"], ["y"]], WORDS)
    assert ours.per_item["BLEU-4"][0] == pytest.approx(1.0, abs=1e-6)
    assert ours.per_item["ROUGE-L"].tolist() == [1.0, 0.0]
    # Every weight of the first item is log 2, so each of the four cosines is 1.
    assert ours.per_item["CIDEr"].tolist() == pytest.approx([10.0, 0.0])
    one = score_captions(["a b"], [["a b"]], WORDS)
    assert one.scores["CIDEr"] == pytest.approx(5.0)


def test_order_does_not_matter_and_subsets_have_their_own_frequencies():
    hypotheses, references = ["a b", "c d", "a x"], [["a b"], ["c e"], ["a y"]]
    forward = score_captions(hypotheses, references, WORDS).scores
    assert score_captions(hypotheses[::-1], references[::-1], WORDS).scores == pytest.approx(forward)
    corpus = make_corpus(hypotheses, references, WORDS)
    alone, full = score_corpus(corpus, [0, 2]), score_corpus(corpus, [0, 2], "all")
    assert alone.scores["BLEU-1"] == full.scores["BLEU-1"]
    assert alone.scores["CIDEr"] != full.scores["CIDEr"]


def test_what_is_not_there_is_absent(monkeypatch):
    monkeypatch.setattr("rsica_bench.metrics.meteor.missing_reason", lambda: "no data")
    scores = score_captions(["a"], [["a"]], WORDS)
    assert "METEOR" not in scores.scores
    assert scores.absent == {"METEOR": "no data", "S*m": "needs METEOR"}
    assert score_captions(["a"], [["a"]], WORDS, meteor="none").absent["METEOR"] == "not asked for"
    assert score_captions([], [], WORDS).scores == {}
    with pytest.raises(UserError, match="'coco' is not available"):
        score_captions(["a"], [["a"]], COCO)
    with pytest.raises(UserError, match="word map"):
        score_captions(["a"], [["a"]], LEVIR_CC)


def test_mistakes_in_files(tmp_path):
    references = tmp_path / "r.json"
    references.write_text('{"1": ["a b"], "2": ["c"]}')
    ids = ["1", "2"]

    def hypotheses(text, suffix="json"):
        path = tmp_path / f"h.{suffix}"
        path.write_text(text)
        return path

    assert read_hypotheses(hypotheses('{"2": ["x"], "1": "y"}'), ids) == ["y", "x"]
    assert read_hypotheses(hypotheses("y\nx\n", "txt"), ids) == ["y", "x"]
    for text, suffix, match in [
        ("y\n", "txt", "1 lines for 2"),
        ('{"1": ["a"]}', "json", "no hypothesis"),
        ('{"1": ["a"], "2": ["b"], "3": ["c"]}', "json", "no references"),
        ('{"1": ["a", "b"], "2": ["b"]}', "json", "2 hypotheses"),
        ('{"1": ["a"], "1": ["b"]}', "json", "stands twice"),
        ('{"1": [\n', "json", r"h\.json:2"),
        ('{"1": 4, "2": ["b"]}', "json", "a text or a list"),
    ]:
        with pytest.raises(UserError, match=match):
            read_hypotheses(hypotheses(text, suffix), ids)
    with pytest.raises(UserError, match="no such file"):
        read_references(tmp_path / "absent.json")
    references.write_text('{"1": []}')
    with pytest.raises(UserError, match="no references"):
        read_references(references)
