"""Leaks, fact scores, and answers of one conversation against one another."""

import gzip
import json
import time

import pytest

from rsica_data.claims import (
    FactScore,
    Scope,
    contradictions_between,
    expected,
    extract,
    fact_score,
    leaks,
    verify,
)

CLASSES = ("road", "building")
LEAKING = [
    "According to the caption, a road was built.",
    "The mask shows two buildings.",
    "Based on the provided facts, 3 roads.",
    "As stated in the annotation, nothing changed.",
    "The ground truth says so.",
    "The change mask marks a road.",
    "The bounding box coordinates given are at the left.",
    "As an AI, I cannot see images.",
    "The JSON lists 3 roads.",
    "The captions mention trees.",
    "From the metadata, the date is 2012.",
    "Given the provided information, it changed.",
    "As an AI language model I would say no.",
    "The provided captions describe houses.",
    "You provided two captions.",
    "The reference descriptions indicate new houses.",
    "I was given the facts.",
    "Per the annotations there is one road.",
]
CLEAN = [
    "The image shows two buildings.",
    "The second picture reveals a road.",
    "Based on the images, two roads were built.",
    "A mask of trees hides the road.",
    "In the later image the lake is larger.",
    "The facts on the ground have changed.",
    "There are 3 buildings in the top left.",
    "From the first to the second image a house appeared.",
    "A label factory was built.",
]


@pytest.mark.parametrize("text", LEAKING)
def test_leaks(text):
    found = leaks(text)
    assert found
    assert all(phrase in text for phrase in found)


@pytest.mark.parametrize("text", CLEAN)
def test_no_leaks(text):
    assert leaks(text) == ()


def two_classes(simulated):
    return next(c for c in simulated if min(c.view.counts.values()) > 0)


def one_class(simulated):
    return next(c for c in simulated if c.view.counts["road"] == 0 and c.view.counts["building"] > 1)


def test_expected_facts_are_supported_and_scope_selects(simulated):
    for context in simulated:
        facts = expected(context)
        assert facts[0].kind == "change"
        assert {c.kind for c in expected(context, "counting")} == {"count"}
        assert {c.subject for c in expected(context, Scope(classes=frozenset({"road"})))} <= {None, "road"}
        assert [c.kind for c in expected(context, ["change"])] == ["change"]


def test_fact_score_by_hand(simulated):
    context = one_class(simulated)
    n = context.view.counts["building"]
    right = fact_score(f"No roads and {n} buildings have changed.", context, scope="counting")
    assert right == FactScore(supported=2, contradicted=0, unsupported=0, unknown=0, found=2, expected=2)
    assert (right.precision, right.recall, right.contradiction_rate) == (1.0, 1.0, 0.0)
    wrong = fact_score(f"{n + 4} buildings have changed.", context, scope="counting")
    assert wrong == FactScore(0, 1, 0, 0, found=0, expected=2)
    assert wrong.contradiction_rate == 1.0
    both = right + wrong
    assert (both.precision, both.recall) == (2 / 3, 0.5)
    empty = fact_score("", context, scope="counting")
    assert (empty.precision, empty.recall) == (None, 0.0)


def test_fact_score_of_answers_by_question(simulated):
    context = one_class(simulated)
    asked = "Has anything changed between these two images? Answer yes or no."
    assert fact_score("Yes.", context, asked, "classification") == FactScore(1, 0, 0, 0, 1, 1)
    assert fact_score("No.", context, asked, "classification") == FactScore(0, 1, 0, 0, 0, 1)
    cells = context.view.cells["building"]
    text = f"Buildings changed in the {cells[0]}."
    score = fact_score(text, context, scope="localization")
    assert (score.found, score.expected) == (1, len(cells))


CONVERSATIONS = [
    (["Nothing has changed.", "3 buildings have changed."], [(0, 1)]),
    (["Yes, it has changed.", "2 buildings changed.", "Buildings: 4."], [(1, 2)]),
    (["2 buildings changed.", "Two houses were built in the top left."], []),
    (["No roads changed.", "A new road was built."], [(0, 1)]),
    (["Roads changed in the top left.", "No roads changed in the top left."], [(0, 1)]),
    (["Roads changed in the top left.", "No roads changed in the bottom right."], []),
    (["Before there were 3 roads.", "No roads changed."], []),
    (["3 villas changed.", "5 buildings changed."], []),
    (["A house was built.", "No buildings were demolished."], []),
]


@pytest.mark.parametrize(("texts", "pairs"), CONVERSATIONS)
def test_contradictions_between_answers(texts, pairs):
    found = contradictions_between(texts, CLASSES)
    assert [(i, j) for i, j, _ in found] == pairs
    assert all(reason for _, _, reason in found)


def test_contradictions_between_answers_to_questions():
    asked = ["Has anything changed?", "How many roads have changed?"]
    assert [(i, j) for i, j, _ in contradictions_between(["No.", "3"], CLASSES, asked)] == [(0, 1)]


def test_simulated_captions_stand(simulated):
    texts = [(text, context) for context in simulated for text in context.captions]
    assert len(texts) == 5 * len(simulated)
    rejected = [(text, verify(text, context).reasons) for text, context in texts if not verify(text, context).ok]
    assert rejected == []


@pytest.fixture(scope="module")
def human_captions(real_data):
    with gzip.open(real_data / "levir_cc" / "LevirCCcaptions.json.gz", "rt", encoding="utf-8") as file:
        images = json.load(file)["images"]
    return [(s["raw"].strip(), bool(image["changeflag"])) for image in images for s in image["sentences"]]


def test_human_captions_yield_claims(human_captions):
    assert len(human_captions) == 50_385
    some = human_captions[::7]
    start = time.process_time()
    read = [(extract(text, CLASSES), changed) for text, changed in some]
    seconds = time.process_time() - start
    denied = [any(c.kind == "change" and not c.polarity for c in claims) for claims, _ in read]
    unchanged = [no for no, (_, changed) in zip(denied, read, strict=True) if not changed]
    changed = [no for no, (_, changed) in zip(denied, read, strict=True) if changed]
    assert sum(bool(claims) for claims, _ in read) >= 0.98 * len(read)
    assert sum(unchanged) >= 0.99 * len(unchanged)
    assert sum(changed) <= 0.002 * len(changed)
    # Some thousands a second on one core; the bound leaves room for a busy machine.
    assert len(some) / seconds > 700
