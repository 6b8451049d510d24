"""METEOR 1.5: by hand, against the jar, and what happens where its data are absent."""

import gzip
import json
import random
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_bench.metrics.caption_metrics import score_captions
from rsica_bench.metrics.caption_protocols import COCO, GPT2_BPE, LEVIR_CC, WORDS
from rsica_bench.metrics.meteor import Meteor, missing_reason, resources, scorer, scores_from_statistics, summable
from rsica_bench.metrics.meteor.alignment import align
from rsica_bench.metrics.meteor.java import JavaMeteor, java_missing_reason
from rsica_bench.metrics.meteor.matching import Match
from rsica_bench.metrics.meteor.meteor_tokens import normalize, read_prefixes
from rsica_bench.metrics.meteor.resources import open_resources, paraphrases
from rsica_bench.metrics.word_map import derive_word_map
from rsica_data.core.errors import UserError

needs_data = pytest.mark.skipif(missing_reason() is not None, reason="pycocoevalcap is not installed")
needs_java = pytest.mark.skipif(
    missing_reason() is not None or java_missing_reason() is not None, reason="no Java, or no pycocoevalcap"
)


@pytest.fixture(scope="module")
def meteor():
    return Meteor()


@pytest.fixture(scope="module")
def jar():
    with JavaMeteor() as process:
        yield process


@pytest.fixture(scope="module")
def captions(real_data):
    found = json.loads(gzip.decompress((real_data / "levir_cc" / "LevirCCcaptions.json.gz").read_bytes()))
    return [[sentence["raw"].strip() for sentence in image["sentences"]] for image in found["images"]]


def assert_equal_to_the_jar(jar, meteor, hypotheses, references):
    rows, theirs = meteor.statistics(hypotheses, references), jar.statistics(hypotheses, references)
    different = np.flatnonzero((rows != theirs).any(axis=1))
    shown = [(hypotheses[n], references[n]) for n in different[:3]]
    assert not len(different), f"{len(different)} items differ, such as {shown}"
    per_item, corpus = jar.evaluate(theirs)
    np.testing.assert_allclose(scores_from_statistics(rows), per_item, rtol=0, atol=1e-12)
    assert float(scores_from_statistics(summable(rows).sum(axis=0))) == pytest.approx(corpus, abs=1e-12)


ADVERSARIAL = [
    ("", ["a house"]),
    ("a", [""]),
    (" ", [" "]),
    ("...", ["... ..."]),
    ("?!?! -- ''", ["''", "``"]),
    ("The roads weren't built.", ["the road isn't being built", "Roads were built."]),
    ("1,000 houses , 3.5 ha", ["1000 houses 3.5 ha", "1,000 house"]),
    ("caf\u00e9 \u00fcber na\u00efve \u2014 \u201cnew\u201d", ["cafe uber naive - new", "caf\u00e9"]),
    ("a||| b ||| c", ["a b c"]),
    ("the the the the", ["the", "the the", "of the"]),
    ("x a", ["a a", "a x a"]),
    ("a new residential area has been constructed", ["new residential areas were built", "some houses appear"]),
    ("houses", ["house", "houses", "housing", "home"]),
    ("he is a man", ["man he a is"]),
    ("word " * 200, ["word " * 150 + "other " * 60, "other word " * 90]),
    ("in the bare land some villas are built along the road", ["villas have been constructed on both sides"] * 3),
    ("U.S. Mr. Smith e.g. etc.", ["us mr smith eg etc", "U.S. mr. smith"]),
    ("tab\there", ["tab here"]),
    ("12 34 465 465 7", ["12 465 34 7", "1 2 3"]),
]


@needs_data
def test_normalised_text():
    prefixes = read_prefixes(open_resources().text("nonbreaking.prefixes"))
    cases = {
        "The Road's new.": ["the", "road", "'s", "new", "."],
        "a,b  c": ["a", ",", "b", "c"],
        "1,000 and 3.5": ["1,000", "and", "3.5"],
        "Mr. Smith": ["mr.", "smith"],
        "": [],
        "...": ["..."],
    }
    for text, words in cases.items():
        assert normalize(text, prefixes) == words, text


def test_alignment_by_hand():
    def exact(hypothesis, reference):
        return [
            Match(j, i, 1, 1, 0)
            for i, meant in enumerate(reference)
            for j, said in enumerate(hypothesis)
            if said == meant
        ]

    kept, chunks = align(exact("abcd", "abcd"), 4)
    assert ([(match[0], match[1]) for match in kept], chunks) == ([(0, 0), (1, 1), (2, 2), (3, 3)], 1)
    kept, chunks = align(exact("cdab", "abcd"), 4)
    assert len(kept) == 4
    assert chunks == 2
    assert align([], 3) == ([], 0)


@needs_data
def test_matchers_by_hand(meteor):
    def score(said, meant):
        return float(scores_from_statistics(meteor.statistics([said], [[meant]]))[0])

    assert score("a new road", "a new road") == 1.0
    assert score("", "a new road") == 0.0
    assert score("q", "z") == 0.0
    # A stem, a synonym and a paraphrase each score, below the same word.
    for said, meant in (("a roads", "a road"), ("a car", "a automobile"), ("has been constructed", "was built")):
        assert 0 < score(said, meant) < 1, (said, meant)
    # Weighted matches are cut to whole numbers: one stem alone is nothing, in the jar too.
    assert score("roads", "road") == 0.0


@needs_data
def test_the_best_reference_counts_and_the_corpus_is_scored_from_sums(meteor):
    rows = meteor.statistics(["a new road", "trees"], [["no", "a new road"], ["some trees", "grass"]])
    per_item = scores_from_statistics(rows)
    assert per_item[0] == 1.0
    corpus = float(scores_from_statistics(summable(rows).sum(axis=0)))
    assert corpus != pytest.approx(per_item.mean())
    found = score_captions(["a new road", "trees"], [["no", "a new road"], ["some trees", "grass"]], WORDS)
    assert found.scores["METEOR"] == corpus
    assert found.per_item["METEOR"].tolist() == per_item.tolist()


@needs_data
def test_processes_change_nothing(meteor, monkeypatch):
    """Each process knows the words of its own pairs alone."""
    said, meant = zip(*ADVERSARIAL, strict=True)
    alone = meteor.statistics(said, meant)
    monkeypatch.setattr(scorer, "_PARALLEL_FROM", 1)
    monkeypatch.setattr(scorer.os, "cpu_count", lambda: 2)
    with meteor.processes(len(said)):
        assert meteor._pool is not None
        np.testing.assert_array_equal(meteor.statistics(said, meant), alone)
    assert meteor._pool is None


@needs_java
def test_adversarial_items_are_the_jars(jar, meteor):
    assert_equal_to_the_jar(jar, meteor, *map(list, zip(*ADVERSARIAL, strict=True)))


WORDS_OF_TEXTS = (
    *("a", "the", "of", "road", "roads", "house", "houses", "built", "constructed", "been", "has", "appear"),
    *(",", ".", "'s", "3", "3.5", "U.S.", "x"),
)
TEXT = st.lists(st.sampled_from(WORDS_OF_TEXTS), max_size=12).map(" ".join)


@needs_java
@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(TEXT, st.lists(TEXT, min_size=1, max_size=4)), min_size=20, max_size=40))
def test_random_items_are_the_jars(jar, meteor, items):
    assert_equal_to_the_jar(jar, meteor, *map(list, zip(*items, strict=True)))


@needs_java
@pytest.mark.parametrize("protocol", [WORDS, COCO, LEVIR_CC, GPT2_BPE], ids=lambda p: p.name)
def test_real_captions_are_the_jars(jar, meteor, real_data, captions, protocol):
    folder = real_data / "levir_cc"
    if protocol is GPT2_BPE:
        found = json.loads(gzip.decompress((folder / "promptcc_gpt2_ids.json.gz").read_bytes()))
        hypotheses, references = found["hypotheses"], found["references"]
    else:
        hypotheses = (folder / "promptcc_test_hypotheses.txt").read_text().splitlines()
        references = captions[-1929:]
    words = derive_word_map(text.removesuffix(" .").strip() for found in captions for text in found)
    said = [" ".join(protocol.tokenize(text, words)) for text in hypotheses]
    meant = [[" ".join(protocol.tokenize(text, words)) for text in texts] for texts in references]
    assert_equal_to_the_jar(jar, meteor, said, meant)


def items_of_cases(number):
    """Tokens of the texts that tokenisers stumble over, each against three others that share tokens with it."""
    cases = json.loads((Path(__file__).parent / "data" / "ptb_cases.json").read_text(encoding="utf-8"))
    said = [" ".join(tokens) for texts in cases.values() for tokens in texts.values()]
    rng = random.Random(5)
    hypotheses = [f"{rng.choice(said)} a road {text} is built" for text in rng.choices(said, k=number)] + said[:number]
    references = [[f"{rng.choice(said)} {text}", text, f"a road {rng.choice(said)} was built"] for text in hypotheses]
    return hypotheses, references


@needs_java
def test_what_tokenisers_stumble_over_is_the_jars(jar, meteor):
    assert_equal_to_the_jar(jar, meteor, *items_of_cases(200))


@needs_java
@pytest.mark.slow
def test_all_that_tokenisers_stumble_over_is_the_jars(jar, meteor):
    assert_equal_to_the_jar(jar, meteor, *items_of_cases(5000))


@needs_java
@pytest.mark.slow
def test_twenty_thousand_leave_one_out_items_are_the_jars(jar, meteor, captions):
    chosen = random.Random(7).sample(captions, 4000)
    hypotheses = [texts[k] for texts in chosen for k in range(5)]
    references = [texts[:k] + texts[k + 1 :] for texts in chosen for k in range(5)]
    assert len(hypotheses) == 20_000
    assert_equal_to_the_jar(jar, meteor, hypotheses, references)


@needs_java
def test_the_java_back_end_is_selectable(rsica_bench, tmp_path):
    (tmp_path / "r.json").write_text('{"1": ["a new road is built"], "2": ["no change"]}')
    (tmp_path / "h.txt").write_text("a road was constructed\nnothing\n")
    call = ("score-captions", "--hypotheses", tmp_path / "h.txt", "--references", tmp_path / "r.json", "--json")
    python, java = rsica_bench(*call).json, rsica_bench(*call, "--meteor", "java").json
    assert java["meteor"] == "java"
    assert python["scores"]["METEOR"] == pytest.approx(java["scores"]["METEOR"], abs=1e-12)
    assert "METEOR" not in rsica_bench(*call, "--meteor", "none").json["scores"]


def test_absent_data_are_named(monkeypatch):
    monkeypatch.setattr(resources, "_package", lambda: None)
    found = score_captions(["a"], [["a"]], WORDS)
    assert "METEOR" not in found.scores
    assert "pycocoevalcap" in found.absent["METEOR"]
    with pytest.raises(UserError, match="not installed"):
        open_resources()


def test_java_is_asked_for_by_name(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(UserError, match="Java runtime"):
        JavaMeteor()


PHRASES = [("big", "large"), ("is built", "has been constructed"), ("no", "not any"), ("big", "huge house")]


@pytest.fixture
def small_package(tmp_path, monkeypatch):
    """A package folder with small lists in the real layout."""
    folder = tmp_path / "meteor"
    (folder / "data").mkdir(parents=True)
    with zipfile.ZipFile(folder / "meteor-1.5.jar", "w") as archive:
        for name in resources._FROM_JAR.values():
            archive.writestr(name, "")
    lines = "".join(f"0.5\n{first}\n{second}\n" for first, second in PHRASES)
    (folder / "data" / "paraphrase-en.gz").write_bytes(gzip.compress(lines.encode()))
    monkeypatch.setattr(resources, "_package", lambda: folder)
    monkeypatch.setenv("RSICA_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.mark.parametrize("block", [resources._BLOCK, 5])
def test_the_table_is_converted_once_and_cut_to_a_vocabulary(small_package, monkeypatch, block):
    monkeypatch.setattr(resources, "_BLOCK", block)
    found = open_resources()
    everything = {"big", "large", "is", "built", "has", "been", "constructed", "no", "not", "any", "huge", "house"}
    assert paraphrases(found, everything) == {
        ("big",): [("huge", "house"), ("large",)],
        ("is", "built"): [("has", "been", "constructed")],
        ("no",): [("not", "any")],
    }
    assert paraphrases(found, {"big", "large", "is"}) == {("big",): [("large",)]}
    assert paraphrases(found, {"unknown"}) == {}
    monkeypatch.setattr(resources, "_convert", lambda *_: pytest.fail("converted again"))
    assert open_resources() == found
    assert [path.name for path in found.folder.parent.iterdir()] == [found.folder.name]


def test_words_are_numbered_as_they_first_come(small_package):
    folder = open_resources().folder
    words = dict.fromkeys(word for pair in PHRASES for phrase in pair for word in phrase.split())
    assert (folder / "words").read_text().split("\n") == list(words)
    assert np.load(folder / "lengths.npy").tolist().count([2, 3]) == 1


def test_a_table_that_ends_within_a_pair_is_refused(small_package, tmp_path):
    (small_package / "data" / "paraphrase-en.gz").write_bytes(gzip.compress(b"0.5\nbig\nlarge\n0.5\nno\n"))
    with pytest.raises(UserError, match="ends within a pair"):
        open_resources()
    assert not (tmp_path / "cache").exists()


def test_a_broken_table_leaves_nothing_behind(small_package, tmp_path):
    (small_package / "data" / "paraphrase-en.gz").write_bytes(b"not gzip")
    with pytest.raises(UserError, match="cannot be kept"):
        open_resources()
    assert not (tmp_path / "cache").exists()
