"""The tokeniser of `coco`: recorded tokens by category, its properties, and the Java tokeniser where it can run."""

import ast
import gzip
import json
import random
import re
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_bench.metrics.caption_metrics import make_corpus
from rsica_bench.metrics.caption_protocols import COCO
from rsica_bench.metrics.ptb import coco_tokens, java, ptb_tokens, tokenizer
from rsica_bench.metrics.ptb.java import jar_missing_reason, java_tokens
from rsica_data.core.errors import UserError

# Texts of this project's own with what the Java tokeniser makes of them.
CASES = json.loads((Path(__file__).parent / "data" / "ptb_cases.json").read_text(encoding="utf-8"))
needs_java = pytest.mark.skipif(jar_missing_reason() is not None, reason=f"no Java tokeniser: {jar_missing_reason()}")

FRAGMENTS = [text for texts in CASES.values() for text in texts if len(text) < 16]
CHARACTERS = [chr(code) for code in range(32, 127)] + list(
    "éñüßøÅ中文かな한글жЯαΩעءअ१²³½¾€£¥¢§©®°±×÷•…–—―‘’‚“”„‹›«»′″\u00a0\u00ad\u200b\u200d\u2009\u3000\ufeff\u0301\u0300ﬁ①Ⅳ™−∞→😀🏠"
)


def random_texts(number, seed):
    """Strings of fragments and characters that tokenisers stumble over, glued and spaced."""
    rng = random.Random(seed)

    def one():
        kind = rng.random()
        if kind < 0.35:
            return "".join(rng.choice(FRAGMENTS) if rng.random() < 0.8 else " " for _ in range(rng.randint(1, 6)))
        if kind < 0.6:
            return " ".join(rng.choice(FRAGMENTS) for _ in range(rng.randint(1, 10)))
        if kind < 0.8:
            return "".join(rng.choice(CHARACTERS[:95]) for _ in range(rng.randint(1, 25)))
        return "".join(rng.choice(CHARACTERS if rng.random() < 0.6 else "abc AB1 ") for _ in range(rng.randint(1, 25)))

    # Line ends inside a caption are a deviation with a test of its own.
    return [re.sub("[\r\v\f\u2028\u2029]", "", one()) for _ in range(number)]


def assert_equal_to_java(texts):
    texts = list(texts)
    different = [
        (text, ours, theirs)
        for text, theirs in zip(texts, java_tokens(texts), strict=True)
        if (ours := coco_tokens(text)) != theirs
    ]
    assert not different, f"{len(different)} of {len(texts)} differ, such as {different[:5]}"


@pytest.mark.parametrize("category", CASES)
def test_recorded_tokens(category):
    found = {text: coco_tokens(text) for text in CASES[category]}
    assert found == CASES[category]


def test_there_are_hundreds_of_cases():
    assert sum(map(len, CASES.values())) > 700
    assert len(CASES) > 10


def test_what_is_seen_in_captions():
    cases = {
        "The road's end isn't built.": ["the", "road", "'s", "end", "is", "n't", "built"],
        "a house (new) , cannot": ["a", "house", "-lrb-", "new", "-rrb-", "can", "not"],
        "10m*10m, 50%": ["10m", "*", "10m", "50", "%"],
        "houses.A": ["houses.a"],
        "": [],
        " . ": [],
    }
    for text, tokens in cases.items():
        assert coco_tokens(text) == tokens, text
    assert ptb_tokens("A house.") == ["a", "house", "."]
    assert COCO.tokenize("A house.") == ["a", "house"]


@pytest.mark.parametrize("end", ["\r", "\r\n", "\u2028", "\u2029", "\v", "\f"])
def test_line_ends_inside_a_caption_shift_nothing(end):
    # In the reference such a caption takes two lines, and every caption after it the tokens of its neighbour.
    assert coco_tokens(f"a road{end}is built") == ["a", "road", "is", "built"]


def test_a_caption_stands_alone():
    # The reference reads on over the line's end: a next caption that begins with "The" takes the dot off "b.".
    assert coco_tokens("plan b.") == ["plan", "b."]
    assert coco_tokens("plan b. The") == ["plan", "b", "the"]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_gives_clean_tokens(text):
    tokens = coco_tokens(text)
    assert all(tokens)
    assert not any(" " in token or "\n" in token or token in tokenizer.PUNCTUATION for token in tokens)
    assert coco_tokens(text.replace("\n", " ")) == tokens


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["a", "road", "house", "T-shaped", "3.5", "1,000", "café", "and/or", "50", "%"])))
def test_plain_tokens_are_tokenised_to_themselves(words):
    once = coco_tokens(" ".join(words))
    assert once == [word.lower() for word in words]
    assert coco_tokens(" ".join(once)) == once


@given(
    st.lists(
        st.sampled_from(
            ["a", "road", "cannot", "Gonna", "houses", "b", "The", "t-shaped", "A-B-c", "pro-x", "5", "120"]
        ),
        min_size=1,
    ),
    st.booleans(),
)
def test_the_short_way_gives_what_the_long_way_gives(words, dot):
    text = " ".join(words) + " ." * dot
    assert coco_tokens(text) == [token for token in ptb_tokens(text) if token not in tokenizer.PUNCTUATION]


def test_each_distinct_caption_is_tokenised_once(monkeypatch):
    seen = []
    monkeypatch.setattr(tokenizer, "ptb_tokens", lambda text: seen.append(text) or [text])
    make_corpus(["A.", "B!", "A."], [["A.", "C?"], ["C?", "B!"], ["A."]], COCO)
    assert sorted(seen) == ["A.", "B!", "C?"]


def test_the_jar_is_asked_for_by_name(monkeypatch):
    monkeypatch.setattr(java.shutil, "which", lambda name: None)
    with pytest.raises(UserError, match="needs a Java runtime"):
        java_tokens(["a"])
    monkeypatch.setattr(java.shutil, "which", lambda name: name)
    monkeypatch.setattr(java, "_jar", lambda: None)
    assert "pycocoevalcap" in java.jar_missing_reason()


@needs_java
def test_equal_to_java_on_the_cases_and_random_strings():
    assert java_tokens([text for texts in CASES.values() for text in texts]) == [
        tokens for texts in CASES.values() for tokens in texts.values()
    ]
    assert_equal_to_java(random_texts(2000, 7))


@needs_java
def test_the_jar_takes_two_lines_for_a_caption_with_a_line_end():
    with pytest.raises(UserError, match="lines for 4"):
        java_tokens(["a\rb", "c"])


@needs_java
@pytest.mark.slow
def test_equal_to_java_on_more_random_strings():
    for seed in range(5):
        assert_equal_to_java(random_texts(20_000, seed))


def levir_captions(real_data):
    found = json.loads(gzip.decompress((real_data / "levir_cc" / "LevirCCcaptions.json.gz").read_bytes()))
    return [sentence["raw"] for image in found["images"] for sentence in image["sentences"]]


def cdchat_captions(real_data):
    found = json.loads(gzip.decompress((real_data / "cdchat_sysu" / "sysu_test_captions.json.gz").read_bytes()))
    return [text for image in found["images"] for text in image["captions"]]


@needs_java
def test_equal_to_java_on_cdchat(real_data):
    texts = cdchat_captions(real_data)
    assert len(texts) > 3000
    assert_equal_to_java(texts)


@needs_java
@pytest.mark.slow
def test_equal_to_java_on_all_captions_of_levir_cc(real_data):
    texts = levir_captions(real_data)
    assert len(texts) == 50_385
    assert_equal_to_java(texts)


def english_sentences(number):
    """Sentences of docstrings and texts in the standard library and the installed packages."""
    folders = [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib")]
    found = {}
    for path in (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()):
        if path.suffix not in (".py", ".txt", ".md", ".rst") and not path.name.startswith("LICENSE"):
            continue
        for paragraph in _paragraphs(path):
            text = " ".join(paragraph.split())
            found.update(
                dict.fromkeys(part for part in re.split(r"(?<=[.!?]) (?=[A-Z])", text) if 15 < len(part) < 400)
            )
        if len(found) >= number:
            break
    return list(found)[:number]


def _paragraphs(path):
    try:
        text = path.read_text(encoding="utf-8")
        whole = [text] if path.suffix != ".py" else _docstrings(text)
    except (UnicodeDecodeError, SyntaxError, ValueError, RecursionError, OSError):
        return []
    return [paragraph for part in whole for paragraph in re.split(r"\n\s*\n", part)]


def _docstrings(text):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
    return [ast.get_docstring(node) or "" for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]


@needs_java
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
def test_equal_to_java_on_english_sentences():
    texts = english_sentences(100_000)
    assert len(texts) == 100_000
    assert_equal_to_java(texts)
