"""Caption metrics against the recorded scores of a real run, against coco-caption's scorers, and by hand."""

import contextlib
import io
import json
import os
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_bench.metrics.caption_files import read_hypotheses, read_references
from rsica_bench.metrics.caption_metrics import METRICS, make_corpus, score_captions, score_corpus
from rsica_bench.metrics.caption_protocols import COCO, GPT2_BPE, LEVIR_CC, WORDS, CaptionProtocol
from rsica_bench.metrics.caption_report import caption_report
from rsica_bench.metrics.meteor import missing_reason
from rsica_bench.metrics.ptb.java import jar_missing_reason, java_tokens
from rsica_bench.metrics.word_map import derive_word_map, load_word_map
from rsica_data.core.errors import UserError

LEVIR = Path(os.environ.get("RSICA_SHARED", Path(__file__).parents[3].parent / "shared")) / "fixtures" / "levir_cc"
needs_fixtures = pytest.mark.skipif(not LEVIR.is_dir(), reason="no fixtures under RSICA_SHARED")
SHARED = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr", *([] if missing_reason() else ["METEOR"]))


@pytest.fixture(scope="module")
def real_run():
    references = read_references(LEVIR / "LevirCCcaptions.json.gz", "test")
    hypotheses = read_hypotheses(LEVIR / "promptcc_test_hypotheses.txt", references)
    expected = json.loads((LEVIR / "promptcc_expected_scores.json").read_text())
    return hypotheses, references, expected


@needs_fixtures
@pytest.mark.parametrize("protocol", [WORDS, LEVIR_CC], ids=lambda p: p.name)
def test_recorded_scores_are_reproduced(real_run, protocol):
    hypotheses, references, expected = real_run
    report = caption_report(hypotheses, references, protocol).content
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


def tokens_of(texts, protocol):
    """Tokens by the reference's own tokeniser where it can run."""
    if protocol is COCO and jar_missing_reason() is None:
        return java_tokens(texts)
    return [protocol.tokenize(text) for text in texts]


def assert_equal_to_coco_caption(hypotheses, references, protocol=WORDS):
    pytest.importorskip("pycocoevalcap")
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    ours = score_captions(hypotheses, references, protocol, meteor="none")
    distinct = list({text: None for texts in [hypotheses, *references] for text in texts})
    # coco-caption takes tokens joined by spaces.
    joined = dict(zip(distinct, map(" ".join, tokens_of(distinct, protocol)), strict=True))
    gts = {n: [joined[text] for text in texts] for n, texts in enumerate(references)}
    res = {n: [joined[text]] for n, text in enumerate(hypotheses)}
    with contextlib.redirect_stdout(io.StringIO()):
        bleu, bleu_items = Bleu(4).compute_score(gts, res, verbose=0)
        theirs = {f"BLEU-{n + 1}": (bleu[n], bleu_items[n]) for n in range(4)}
        theirs["ROUGE-L"] = Rouge().compute_score(gts, res)
        theirs["CIDEr"] = Cider().compute_score(gts, res)
    for name, (corpus, items) in theirs.items():
        assert ours.scores[name] == pytest.approx(corpus, abs=1e-9), name
        np.testing.assert_allclose(ours.per_item[name], items, rtol=0, atol=1e-9, err_msg=name)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SENTENCE, st.lists(SENTENCE, min_size=1, max_size=4)), min_size=2, max_size=8))
def test_equal_to_coco_caption_on_random_items(items):
    assert_equal_to_coco_caption(*map(list, zip(*items, strict=True)))


PIECES = [
    *("a", "the", "road", "roads", "house", "houses", "built", "is", "are", "new", "no", "change", "trees", "of"),
    *("", ".", "...", "?!", "--", "''", ",", "(", ")", "isn't", "road's", "cannot", "they've"),
    *(
        "1,000",
        "3.5",
        "50%",
        "10m*10m",
        "1/2",
        "caf\u00e9",
        "\u00fcber",
        "\u5efa\u7b51",
        "\U0001f3e0",
        "e\u0301",
        "\u2014",
        "1 1/2",
        "(555) 123-4567",
        '<a href="x">',
        "&amp;",
        "\u201cnew\u201d",
        "$1,000.50",
        ":)",
    ),
]


def adversarial_items(number, seed):
    """Items with empty texts, runs of punctuation, unicode, contractions, numbers, one word and very long texts."""
    rng = random.Random(seed)

    def sentence():
        length = rng.choice([0, 1, 1, 2, 3, 5, 8, 12, 20, 20, 40, 400 if rng.random() < 0.05 else 9])
        return " ".join(rng.choice(PIECES) for _ in range(length))

    def variant(text):
        words = text.split(" ")
        for _ in range(rng.randint(0, 4)):
            words.insert(rng.randrange(len(words) + 1), rng.choice(PIECES))
            words.pop(rng.randrange(len(words)))
        return " ".join(words)

    hypotheses = [sentence() for _ in range(number)]
    return hypotheses, [
        [variant(text) if rng.random() < 0.7 else sentence() for _ in range(rng.randint(1, 5))] for text in hypotheses
    ]


@pytest.mark.parametrize("protocol", [WORDS, COCO], ids=lambda p: p.name)
def test_equal_to_coco_caption_on_two_thousand_adversarial_items(protocol):
    hypotheses, references = adversarial_items(2000, 3)
    assert "" in hypotheses
    assert max(map(len, hypotheses)) > 1000
    assert_equal_to_coco_caption(hypotheses, references, protocol)


def test_no_break_spaces_within_tokens_part_them_for_all_but_rouge():
    hypotheses, references = ["1 1/2 km", "a road"], [["1 1/2 m", "2 1/2 m"], ["a road"]]
    assert_equal_to_coco_caption(hypotheses, references, COCO)
    ours = score_captions(hypotheses, references, COCO, meteor="none")
    # Two of three words for BLEU-1; one of two tokens for ROUGE-L.
    assert ours.per_item["BLEU-1"][0] == pytest.approx(2 / 3)
    assert ours.per_item["ROUGE-L"][0] == pytest.approx(0.5)


def test_by_hand():
    ours = score_captions(["a b c d", "x"], [["a b c d"], ["y"]], WORDS)
    assert ours.per_item["BLEU-4"][0] == pytest.approx(1.0, abs=1e-6)
    assert ours.per_item["ROUGE-L"].tolist() == [1.0, 0.0]
    # Every weight of the first item is log 2, so each of the four cosines is 1.
    assert ours.per_item["CIDEr"].tolist() == pytest.approx([10.0, 0.0])
    # The logarithm of one item is 0, and so is every weight.
    one = score_captions(["a b"], [["a b"]], WORDS)
    assert one.scores["CIDEr"] == 0.0


ITEMS = st.lists(st.tuples(SENTENCE, st.lists(SENTENCE, min_size=1, max_size=4)), min_size=2, max_size=8)
BOUNDS = {"CIDEr": 10.0, "CIDEr-R": 10.0, "S*m": 13 / 4}


@settings(max_examples=15, deadline=None)
@given(ITEMS, st.randoms(use_true_random=False), st.sampled_from([WORDS, COCO]))
def test_properties_of_a_corpus(items, rng, protocol):
    def score(chosen):
        return score_captions(*map(list, zip(*chosen, strict=True)), protocol)

    whole = score(items)
    assert set(whole.scores) | set(whole.absent) == set(METRICS)
    for name, value in whole.scores.items():
        assert 0 <= value <= BOUNDS.get(name, 1.0) + 1e-9, name
        assert (whole.per_item[name] >= 0).all()
        assert (whole.per_item[name] <= BOUNDS.get(name, 1.0) + 1e-9).all()
    shuffled = rng.sample(items, len(items))
    assert score(shuffled).scores == pytest.approx(whole.scores, abs=1e-9)
    # BLEU's small constants, 1e-9 and 1e-15, do not double with the corpus.
    twice = score(items * 2).scores
    for name in {"BLEU-1", "BLEU-4", "ROUGE-L", "METEOR"} & set(twice):
        assert twice[name] == pytest.approx(whole.scores[name], abs=1e-3 if "BLEU" in name else 1e-9), name
    # CIDEr's weights stay where each n-gram stands in a reference: what stands in none counts as one document.
    known = [(items[n - 1][1][0], meant) for n, (_, meant) in enumerate(items)]
    assert score(known * 2).scores["CIDEr"] == pytest.approx(score(known).scores["CIDEr"], abs=1e-9)
    # METEOR takes the first of equally good references, and the corpus sums its length.
    turned = score([(said, meant[::-1]) for said, meant in items])
    if "METEOR" in whole.scores:
        np.testing.assert_allclose(turned.per_item["METEOR"], whole.per_item["METEOR"], atol=1e-9)
    for name in ("BLEU-4", "ROUGE-L", "CIDEr", "CIDEr-R"):
        assert turned.scores[name] == pytest.approx(whole.scores[name], abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.lists(WORD, min_size=4, max_size=9).map(" ".join), min_size=2, max_size=8),
    st.sampled_from([(WORDS, ""), (COCO, ""), (COCO, " ... ?!"), (COCO, "\U0001f3e0")]),
)
def test_the_perfect_and_the_empty_hypothesis(sentences, told):
    protocol, nothing = told
    references = [[text, "something else"] for text in sentences]
    perfect = score_captions(sentences, references, protocol).scores
    for name in ("BLEU-1", "BLEU-4", "ROUGE-L", *(["METEOR"] if "METEOR" in perfect else [])):
        assert perfect[name] == pytest.approx(1.0, abs=1e-6), name
    empty = score_captions([nothing] * len(sentences), references, protocol).scores
    assert max(empty.values()) == pytest.approx(0.0, abs=1e-6)


def test_cider_r_by_hand():
    # The same bigram count; "a" is said twice and meant once: factors 1/2 and 1/1 (b), geometric mean over two words.
    found = score_captions(["a b a", "x"], [["a b c"], ["y"]], WORDS, meteor="none").per_item
    similarity = found["CIDEr"][0]  # no length penalty at equal lengths
    assert similarity > 0
    assert found["CIDEr-R"][0] == pytest.approx(similarity * (1 / 2) ** (0.8 / 2))
    # Two bigrams against four: exp(-(2/4)^2) to the power of 0.2; no word repeated.
    found = score_captions(["a b c", "x"], [["a b c d e"], ["y"]], WORDS, meteor="none").per_item
    cosine = found["CIDEr"][0] / np.exp(-4 / 72)
    assert found["CIDEr-R"][0] == pytest.approx(cosine * np.exp(-0.25) ** 0.2)


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
    absent = CaptionProtocol("mine", 1, "of a package that is not there", None, missing="needs mine")
    with pytest.raises(UserError, match="'mine' is not available: needs mine"):
        score_captions(["a"], [["a"]], absent)
    with pytest.raises(UserError, match="word map"):
        score_captions(["a"], [["a"]], LEVIR_CC)


def test_mistakes_in_files(tmp_path):
    references = tmp_path / "r.json"
    references.write_text('{"1": ["a b"], "2": ["c"]}')
    meant = read_references(references)

    def hypotheses(text, suffix="json"):
        path = tmp_path / f"h.{suffix}"
        path.write_text(text)
        return path

    assert read_hypotheses(hypotheses('{"2": ["x"], "1": "y"}'), meant) == ["y", "x"]
    assert read_hypotheses(hypotheses("y\nx\n", "txt"), meant) == ["y", "x"]
    for text, suffix, match in [
        ("y\n", "txt", "1 lines for 2"),
        ('{"1": ["a"]}', "json", "no hypothesis"),
        ('{"1": ["a"], "2": ["b"], "3": ["c"]}', "json", "no references"),
        ('{"1": ["a", "b"], "2": ["b"]}', "json", "2 hypotheses"),
        ('{"1": ["a"], "1": ["b"]}', "json", "appears twice"),
        ('{"1": [\n', "json", r"h\.json:2"),
        ('{"1": 4, "2": ["b"]}', "json", "a text or a list"),
    ]:
        with pytest.raises(UserError, match=match):
            read_hypotheses(hypotheses(text, suffix), meant)
    with pytest.raises(UserError, match="no such file"):
        read_references(tmp_path / "absent.json")
    references.write_text('{"1": []}')
    with pytest.raises(UserError, match="no references"):
        read_references(references)
    references.write_text("{}")
    with pytest.raises(UserError, match="holds no references"):
        read_references(references)
